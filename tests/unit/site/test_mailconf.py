"""mail/mailman.conf: what the C mail program learns of mm_cfg.py."""

import os
import stat

import pytest

from mailman.site import Site


@pytest.fixture
def prefix(tmp_path):
    for name in ('mail', 'Mailman'):
        (tmp_path / name).mkdir()
    return tmp_path


def settings(prefix, text=''):
    """Open the site with this mm_cfg.py; give what the file then says."""
    (prefix / 'Mailman/mm_cfg.py').write_text(f'from Defaults import *\n{text}\n')
    Site(prefix)
    lines = (prefix / 'mail/mailman.conf').read_text().splitlines()
    return dict(line.split('=', 1) for line in lines)


def test_a_start_of_the_site_writes_the_file(prefix):
    found = settings(prefix)
    assert found['var_prefix'] == str(prefix)
    assert found['list_data_dir'] == f'{prefix}/lists'
    assert found['inqueue_dir'] == f'{prefix}/qfiles/in'
    assert found['cmdqueue_dir'] == f'{prefix}/qfiles/commands'
    assert found['bouncequeue_dir'] == f'{prefix}/qfiles/bounces'
    assert found['data_dir'] == f'{prefix}/data'
    assert found['lock_dir'] == f'{prefix}/locks'
    assert found['max_incoming_message_size'] == '0'


def test_what_mm_cfg_changes_is_in_it(prefix):
    settings(prefix)
    found = settings(prefix, "MAX_INCOMING_MESSAGE_SIZE = 5\nLOCK_DIR = '/run/mm'")
    assert found['max_incoming_message_size'] == '5'
    assert found['lock_dir'] == '/run/mm'


def test_it_stands_beside_the_mail_program(tmp_path):
    (tmp_path / 'exec/mail').mkdir(parents=True)
    Site(tmp_path / 'code', exec_prefix=tmp_path / 'exec')
    assert (tmp_path / 'exec/mail/mailman.conf').exists()


def test_the_same_is_not_written_again(prefix):
    settings(prefix)
    before = (prefix / 'mail/mailman.conf').stat()
    Site(prefix)
    assert (prefix / 'mail/mailman.conf').stat().st_ino == before.st_ino


def test_every_user_may_read_and_not_everybody_write_it(prefix):
    settings(prefix)
    assert stat.S_IMODE((prefix / 'mail/mailman.conf').stat().st_mode) == 0o644


def test_with_a_broken_mm_cfg_the_last_good_file_stays(prefix):
    found = settings(prefix, 'MAX_INCOMING_MESSAGE_SIZE = 5')
    assert settings(prefix, 'MAX_INCOMING_MESSAGE_SIZE = 6\n1 / 0') == found


def test_without_a_mail_directory_nothing_is_written(tmp_path):
    Site(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_value_with_a_line_end_writes_nothing(prefix):
    found = settings(prefix)
    assert settings(prefix, 'LOCK_DIR = "/a\\nmax_incoming_message_size=1"') == found


def test_a_failure_is_no_failure_of_the_site(prefix, monkeypatch):
    def rename(source, target):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'rename', rename)
    Site(prefix)
    assert not (prefix / 'mail/mailman.conf').exists()
