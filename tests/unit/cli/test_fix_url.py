"""bin/fix_url.py, run by bin/withlist: a list moves to another host."""

import pytest

from mailman.cli import fix_url
from mailman.lists import MailList


@pytest.fixture
def moved(site, mlist):
    """Run it as withlist does; answer the list as it was saved."""
    site.cfg.VIRTUAL_HOSTS = {'www.example.net': 'mail.example.net'}
    site.cfg.DEFAULT_URL_HOST = 'www.example.org'
    site.cfg.DEFAULT_EMAIL_HOST = 'example.org'

    def call(*words):
        fix_url.fix_url(mlist, *words)
        return MailList.open(site, 'test')

    return call


@pytest.mark.parametrize(
    'words, web, mail',
    [
        ((), 'www.example.org', 'example.org'),
        (('-u', 'www.example.net'), 'www.example.net', 'mail.example.net'),
        (('-u', 'WWW.example.net'), 'WWW.example.net', 'mail.example.net'),
        (('--urlhost=other.example',), 'other.example', 'other.example'),
    ],
)
def test_web_host_and_mail_host_are_set_and_saved(moved, words, web, mail):
    alist = moved(*words)
    assert alist.web_page_url == f'http://{web}/mailman/'
    assert alist.host_name == mail


def test_verbose_tells_each_step(moved, capsys):
    moved('-v', '-u', 'www.example.net')
    assert capsys.readouterr().out.splitlines() == [
        'Locking list',
        'Setting web_page_url to: http://www.example.net/mailman/',
        'Setting host_name to: mail.example.net',
        'Saving list',
    ]


def test_a_list_that_is_locked_already_is_not_locked_again(moved, mlist, capsys):
    with mlist.lock():
        moved('-v')
        assert 'Locking list' not in capsys.readouterr().out


def test_without_v_it_is_silent(moved, capsys):
    moved()
    assert capsys.readouterr().out == ''


def test_alone_it_shows_how_to_run_it(run):
    status, out, err = run(fix_url)
    assert (status, err) == (0, [])
    assert any('bin/withlist -l -r fix_url' in line for line in out)
