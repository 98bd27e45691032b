"""list_lists, list_owners, list_admins, change_pw; and what all commands share."""

import io
import sys

import pytest

from mailman.cli import (
    change_pw,
    command,
    list_admins,
    list_lists,
    list_members,
    list_owners,
)
from mailman.lists import MailList
from mailman.security import passwords

# --- list_lists -------------------------------------------------------------------


@pytest.fixture
def lists(make_list):
    make_list('longer-name', description='x' * 100, advertised=0)
    make_list('beta', description='  About beta  ', archive_private=1)
    return make_list('alpha', web_page_url='http://web.example.org/mailman/')


def test_names_and_descriptions_stand_in_2_1s_columns(run, lists):
    assert run(list_lists)[1] == [
        '3 matching mailing lists found:',
        '          Alpha - [no description available]',
        '           Beta - About beta',
        '    Longer-name - ' + 'x' * (77 - len('Longer-name')),
    ]


@pytest.mark.parametrize(
    'words, names',
    [
        (['-b'], ['alpha', 'beta', 'longer-name']),
        (['-b', '-a'], ['alpha', 'beta']),
        (['-b', '-p'], ['alpha', 'longer-name']),
        (['-b', '-a', '-p'], ['alpha']),
        (['-b', '-V', 'web.example.org'], ['alpha']),
        (['--bare', '--virtual-host-overview', 'other.example.org'], []),
    ],
)
def test_lists_are_chosen(run, lists, words, names):
    assert run(list_lists, *words) == (0, names, [])


def test_the_web_host_is_ignored_where_the_site_shows_all(run, site, lists):
    site.cfg.VIRTUAL_HOST_OVERVIEW = False
    assert len(run(list_lists, '-b', '-V', 'web.example.org')[1]) == 3


def test_a_site_without_lists(run, site):
    assert run(list_lists)[1] == ['No matching mailing lists found']
    assert run(list_lists, '-b')[1] == []


def test_a_broken_list_hides_no_other(run, lists, make_list):
    for path in lists.directory.glob('config.pck*'):
        path.write_bytes(b'broken')
    status, out, err = run(list_lists)
    assert status == 0
    assert out[0] == '2 matching mailing lists found:'
    assert err[0].startswith('alpha: the list cannot be read')


# --- owners -----------------------------------------------------------------------


@pytest.fixture
def owned(make_list):
    make_list('one', owner=['b@x.example', 'a@x.example'], moderator=['m@x.example'])
    return make_list('two', owner=['a@x.example'], host_name='Two.example')


@pytest.mark.parametrize(
    'words, lines',
    [
        ([], ['a@x.example', 'b@x.example']),
        (['-m'], ['a@x.example', 'b@x.example', 'm@x.example']),
        (['TWO'], ['a@x.example']),
        (
            ['-w', '-m', 'two', 'one'],
            [
                *('two', '\ta@x.example'),
                *('one', '\ta@x.example', '\tb@x.example', '\tm@x.example'),
            ],
        ),
    ],
)
def test_list_owners_sorts_and_groups(run, owned, words, lines):
    assert run(list_owners, *words) == (0, lines, [])


@pytest.mark.parametrize(
    'words, lines',
    [
        (
            ['-a'],
            [
                'List: one, \tOwners: b@x.example, a@x.example',
                'List: two, \tOwners: a@x.example',
            ],
        ),
        (['-v', 'Two.example'], ['List: two, \tOwners: a@x.example']),
        (['two', 'no'], ['List: two, \tOwners: a@x.example', 'No such list: no']),
    ],
)
def test_list_admins_prints_a_line_for_each_list(run, owned, words, lines):
    assert run(list_admins, *words) == (0, lines, [])


def test_list_admins_needs_a_list(run, owned):
    assert run(list_admins)[0] == 1


# --- change_pw ----------------------------------------------------------------------


def opens(site, name, password):
    return passwords.check(password, MailList.open(site, name).password).ok


def test_a_given_password_is_stored_as_a_hash_and_mailed(run, site, owned):
    status, out, _ = run(change_pw, '-l', 'TWO', '-p', 'secret')
    assert (status, out) == (0, ['New two password: secret'])
    assert opens(site, 'two', 'secret')
    assert 'secret' not in MailList.open(site, 'two').password
    assert not opens(site, 'one', 'secret')
    ((mail, _),) = owned.queue('virgin').messages
    assert mail['to'] == 'a@x.example'
    assert '    secret\n' in mail.get_payload()


def test_without_one_each_list_gets_its_own(run, site, owned):
    _, out, _ = run(change_pw, '-a', '-q')
    made = dict(line.removeprefix('New ').split(' password: ') for line in out)
    assert set(made) == {'one', 'two'} and made['one'] != made['two']
    assert all(opens(site, name, password) for name, password in made.items())
    assert owned.queue('virgin').messages == []


def test_the_lists_of_a_mail_host_whatever_its_case(run, owned):
    _, out, _ = run(change_pw, '-q', '-d', 'two.EXAMPLE', '-l', 'two')
    assert [line.split()[1] for line in out] == ['two']


@pytest.mark.parametrize(
    'words', [['-l', 'no', '-l', 'one'], ['-a', '-p', ''], ['-a', 'extra']]
)
def test_on_an_error_no_password_is_changed(run, site, owned, words):
    before = MailList.open(site, 'one').password
    assert run(change_pw, *words)[:2] == (1, [])
    assert MailList.open(site, 'one').password == before


def test_without_lists_there_is_nothing_to_do(run, owned):
    assert run(change_pw) == (0, ['Nothing to do.'], [])


# --- list_members' long options ---------------------------------------------------


@pytest.mark.parametrize(
    'words, expected',
    [
        (['--digest', 'test'], ['d@x.example']),
        (['--digest=plain', 'test'], []),
        (['--nomail', 'test'], []),
        (['--nomail=enabled', 'test'], ['a@x.example', 'd@x.example']),
        (['test', '-d'], ['d@x.example']),
    ],
)
def test_a_long_option_does_not_take_the_lists_name(run, make_list, words, expected):
    mlist = make_list('test', members=['a@x.example'])
    mlist.add_member('d@x.example', digest=True)
    mlist.save()
    assert run(list_members, *words) == (0, expected, [])


def test_a_list_may_be_called_like_a_value(run, make_list):
    make_list('mime', members=['a@x.example'])
    assert run(list_members, '--digest', 'mime') == (0, [], [])


# --- what all commands share --------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes half a second further each time one looks."""
    ticks = iter(range(1000))
    monkeypatch.setattr(command.time, 'monotonic', lambda: next(ticks) * 0.5)


def test_on_a_terminal_long_work_shows_how_far_it_is(clock):
    screen = Terminal()
    assert list(command.progress('abcd', 4, 'lists', screen)) == list('abcd')
    shown = screen.getvalue()
    assert shown.startswith('\rlists: 2 of 4 ')
    assert shown.endswith('\rlists: 4 of 4\n')


def test_short_work_shows_nothing():
    screen = Terminal()
    assert list(command.progress('abcd', 4, 'lists', screen)) == list('abcd')
    assert screen.getvalue() == ''


def test_nothing_is_shown_where_nobody_looks(clock):
    screen = io.StringIO()
    list(command.progress('abcd', 4, 'lists', screen))
    assert screen.getvalue() == ''


@pytest.mark.parametrize(
    'content, lines',
    [
        (b'one\ntwo\n', ['one', 'two']),
        ('\ufeffé\r\n'.encode(), ['é']),
        (b'caf\xe9\n', ['café']),
        (b'', []),
    ],
)
def test_a_file_of_lines_may_come_from_anywhere(tmp_path, monkeypatch, content, lines):
    (tmp_path / 'file').write_bytes(content)
    assert command.lines_of(str(tmp_path / 'file')) == lines
    monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(content)))
    assert command.lines_of('-') == lines
