"""The secret of subscribe forms: made once, kept, never in the way."""

import stat

import pytest

from mailman.site import Site
from mailman.site.secret import FORM_FILE, form_secret, session_key


@pytest.fixture
def data(tmp_path):
    (tmp_path / 'data').mkdir()
    return tmp_path / 'data'


def test_it_is_made_once(data):
    first = form_secret(data)
    assert len(first) == 64
    assert form_secret(data) == first


def test_others_cannot_read_it(data):
    form_secret(data)
    assert stat.S_IMODE((data / FORM_FILE).stat().st_mode) == 0o660


def test_two_installations_have_two(tmp_path):
    for name in 'ab':
        (tmp_path / name).mkdir()
    assert form_secret(tmp_path / 'a') != form_secret(tmp_path / 'b')


def test_without_its_directory_there_is_none(tmp_path):
    assert form_secret(tmp_path / 'data') is None


def test_what_is_no_secret_is_none(data):
    (data / FORM_FILE).write_bytes(b'\xff')
    assert form_secret(data) is None
    (data / FORM_FILE).write_text('\n')
    assert form_secret(data) is None


def test_the_site_takes_it_as_the_default(data):
    assert form_secret(data) == Site(data.parent).cfg.SUBSCRIBE_FORM_SECRET


def test_mm_cfg_may_switch_it_off(data):
    folder = data.parent / 'Mailman'
    folder.mkdir()
    (folder / 'mm_cfg.py').write_text(
        'from Defaults import *\nSUBSCRIBE_FORM_SECRET = None\n'
    )
    assert Site(data.parent).cfg.SUBSCRIBE_FORM_SECRET is None


def test_the_key_of_sessions_is_another(data):
    key = session_key(data)
    assert key == session_key(data)
    assert len(key) == 64
    assert key.decode() != form_secret(data)


def test_without_a_key_there_are_no_sessions(tmp_path):
    with pytest.raises(PermissionError):
        session_key(tmp_path / 'data')
