"""What overviews know of lists without reading them."""

import json
import os

import pytest

from mailman.lists import MailList, overview
from mailman.site import Site

CONFIG = """\
from Defaults import *
add_virtualhost('one.example.com', 'one.example.com')
add_virtualhost('two.example.com', 'two.example.com')
"""


@pytest.fixture
def site(tmp_path):
    for name in ('Mailman', 'lists', 'logs', 'locks', 'archives/private', 'data'):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / 'Mailman' / 'mm_cfg.py').write_text(CONFIG)
    return Site(tmp_path)


def make(site, name, **settings):
    settings.setdefault('web_page_url', 'http://one.example.com/mailman/')
    return MailList.create(site, name, 'o@example.com', 'pw', **settings)


def test_a_list_is_not_read_for_an_overview(site, monkeypatch):
    make(site, 'dev', description='Of developers')
    monkeypatch.setattr(MailList, 'load', lambda self: pytest.fail('read it'))
    assert overview.of(site, 'dev').description == 'Of developers'


def test_a_list_saved_by_something_else_is_read_once(site, monkeypatch):
    mlist = make(site, 'dev', description='old')
    kept = (mlist.directory / 'overview.json').read_bytes()
    with mlist.lock():
        mlist.description = 'new'
        mlist.save()
    (mlist.directory / 'overview.json').write_bytes(kept)
    assert overview.of(site, 'dev').description == 'new'
    monkeypatch.setattr(MailList, 'load', lambda self: pytest.fail('read it'))
    assert overview.of(site, 'dev').description == 'new'


@pytest.mark.parametrize(
    'content', [b'', b'{', b'[]', b'{"stamp": 1}', b'{"stamp": [1, 2, 3]}', b'[' * 9999]
)
def test_a_damaged_overview_is_not_believed(site, content):
    mlist = make(site, 'dev', description='right')
    (mlist.directory / 'overview.json').write_bytes(content)
    assert overview.of(site, 'dev').description == 'right'


def test_texts_that_are_no_texts_are_not_believed(site):
    mlist = make(site, 'dev')
    path = mlist.directory / 'overview.json'
    found = json.loads(path.read_text())
    path.write_text(json.dumps({**found, 'web_page_url': 5}))
    assert overview.of(site, 'dev').web_page_url == 'http://one.example.com/mailman/'


def test_an_overview_that_cannot_be_written_is_no_trouble(site):
    mlist = make(site, 'dev')
    path = mlist.directory / 'overview.json'
    path.unlink()
    os.mkdir(path)
    assert overview.of(site, 'dev').real_name == 'Dev'


def test_overviews_show_advertised_lists_of_the_host_by_name(site):
    make(site, 'zoo', real_name='aZoo')
    make(site, 'bar', real_name='Bar')
    make(site, 'hidden', advertised=0)
    make(site, 'other', web_page_url='https://two.example.com:8443/mailman/')
    assert [x.name for x in overview.shown(site, 'one.example.com')] == ['zoo', 'bar']
    assert [x.name for x in overview.shown(site, 'two.example.com')] == ['other']


def test_without_virtual_hosts_all_advertised_lists_are_shown(site):
    make(site, 'other', web_page_url='http://two.example.com/mailman/')
    site.cfg.VIRTUAL_HOST_OVERVIEW = False
    assert [x.name for x in overview.shown(site, 'one.example.com')] == ['other']


def test_a_list_that_cannot_be_read_is_left_out(site):
    make(site, 'dev')
    mlist = make(site, 'bad')
    for name in ('config.pck', 'config.pck.last'):
        (mlist.directory / name).write_bytes(b'nothing')
    assert [x.name for x in overview.all_lists(site)] == ['dev']


def test_addresses_are_those_of_the_list(site):
    mlist = make(site, 'dev+x', archive_private=0)
    one = overview.of(site, 'dev+x')
    assert one.url('listinfo') == mlist.url('listinfo')
    assert one.url('options', 'a@b.c') == mlist.url('options', 'a@b.c')
    assert one.url('admin', absolute=False) == mlist.url('admin', absolute=False)
    assert one.archive_url() == mlist.archive_url()
