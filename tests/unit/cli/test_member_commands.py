"""The commands about members say what 2.1's say."""

import pytest

from mailman.cli import (
    add_members,
    clone_member,
    find_member,
    list_admins,
    list_members,
    list_owners,
    remove_members,
    sync_members,
)
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList


@pytest.fixture
def run(site, capsys):
    """Run a command; answer its exit status and what it printed."""

    def call(module, *words):
        try:
            status = module.main(site, list(words))
        except SystemExit as ending:
            status = ending.code
        said = capsys.readouterr()
        return status, said.out.splitlines(), said.err.splitlines()

    return call


@pytest.fixture
def people(tmp_path):
    """Write a file of addresses."""

    def write(*lines):
        path = tmp_path / 'people.txt'
        path.write_text('\n'.join(lines) + '\n')
        return str(path)

    return write


def queued(mlist, name='virgin'):
    return [msg for msg, _ in mlist.queue(name).messages]


# --- add_members -------------------------------------------------------------------


def test_each_line_of_the_file_gets_a_line_of_output(run, mlist, people):
    mlist.ban_list = ['^.*@evil\\.example$']
    mlist.save()
    file = people(
        'New One <new@x.example>',
        'anne@member.example',
        'no address',
        'x@evil.example',
        '',
        'a(b@x.example',
        'a|b@x.example',
    )
    status, out, _ = run(add_members, '-r', file, '-w', 'n', 'test')
    assert status == 0
    assert out == [
        'Subscribed: New One <new@x.example>',
        'Already a member: anne@member.example',
        'Bad/Invalid email address: no address',
        'x@evil.example: Banned address (matched ^.*@evil\\.example$)',
        # What stands behind an opening parenthesis is a comment: no domain is left.
        'Bad/Invalid email address: a(b@x.example',
        'Hostile address (illegal characters): a|b@x.example',
    ]


@pytest.mark.parametrize(
    'line',
    [
        *(f'a{sign}b@x.example' for sign in '|^\\[]\x07'),
        '-a@x.example',
        'A Name <a;b@x.example>',
        'A Name <a:b@x.example>',
        'A Name <a,b@x.example>',
        'A Name <a(b@x.example>',
        'A Name <a)b@x.example>',
        'A Name <a<b@x.example>',
    ],
)
def test_an_address_for_attacks_is_called_hostile(run, site, mlist, people, line):
    file = people(line)
    assert run(add_members, '-r', file, 'test')[:2] == (
        0,
        [f'Hostile address (illegal characters): {line}'],
    )
    assert len(MailList.open(site, 'test').member_keys()) == 2


@pytest.mark.parametrize(
    'line',
    [
        'a"b@x.example',
        'a)b@x.example',
        'a>b@x.example',
        'a b@x.example',
        'x: a@x.example',
    ]
    + ['a@x.example b@x.example', 'a@x.example, b@x.example', 'Anne a@x.example'],
)
def test_nobody_is_added_whom_nobody_has_typed(run, site, mlist, people, line):
    file = people(line)
    lines = [f'Bad/Invalid email address: {line}']
    assert run(add_members, '-r', file, 'test')[:2] == (0, lines)
    assert run(sync_members, '-f', file, 'test')[0] == 1
    assert len(MailList.open(site, 'test').member_keys()) == 2


@pytest.mark.parametrize(
    'line, name',
    [
        ('new@x.example', ''),
        ('<new@x.example>', ''),
        ('New One <new@x.example>', 'New One'),
        ('"One, New" <new@x.example>', 'One, New'),
        ('New One < new@x.example >', 'New One'),
        ('new@x.example (New One)', 'New One'),
        ('"new@x.example" <new@x.example>', 'new@x.example'),
        ('new@x.example (or new@x.example)', 'or new@x.example'),
    ],
)
def test_a_line_may_have_a_name(run, site, mlist, people, line, name):
    _, out, _ = run(add_members, '-r', people(line), '-w', 'n', 'test')
    assert out == [f'Subscribed: {line}']
    assert MailList.open(site, 'test').name_of('new@x.example') == name


def test_removing_takes_no_other_address_than_the_one_typed(run, site, mlist):
    _, out, _ = run(remove_members, 'test', 'x anne@member.example')
    assert out == ['No such member: x anne@member.example']
    assert MailList.open(site, 'test').is_member('anne@member.example')


def test_members_added_in_bulk_have_name_options_and_no_password(
    run, site, mlist, people
):
    mlist.default_member_moderation = 1
    mlist.save()
    run(add_members, '-r', people('New One <New@x.example>'), '-w', 'n', 'test')
    mlist = MailList.open(site, 'test')
    assert mlist.name_of('new@x.example') == 'New One'
    assert mlist.address_of('new@x.example') == 'New@x.example'
    assert mlist.option('new@x.example', MemberFlag.MODERATE)
    assert mlist.option('new@x.example', MemberFlag.DONT_RECEIVE_DUPLICATES)
    assert not mlist.password_of('new@x.example')


def test_digest_members_and_nomail(run, site, mlist, people):
    run(add_members, '-d', people('d@x.example'), '-n', '-w', 'n', 'test')
    mlist = MailList.open(site, 'test')
    assert mlist.is_digest('d@x.example')
    assert mlist.delivery_status_of('d@x.example') == DeliveryStatus.BY_ADMIN


@pytest.mark.parametrize('word, mails', [('y', 2), ('n', 0)])
def test_welcome_and_owner_notice_are_sent_when_wanted(run, mlist, people, word, mails):
    run(add_members, '-r', people('new@x.example'), '-w', word, '-a', word, 'test')
    notices = queued(mlist)
    assert len(notices) == mails
    if mails:
        to = sorted(notice['to'] for notice in notices)
        assert to == ['new@x.example', 'owner@owner.example']


def test_an_invitation_makes_no_member(run, site, mlist, people):
    _, out, _ = run(add_members, '-i', '-r', people('new@x.example'), 'test')
    assert out == ['Invited: new@x.example']
    assert not MailList.open(site, 'test').is_member('new@x.example')
    (invitation,) = queued(mlist)
    assert invitation['subject'].startswith('confirm ')


def test_an_empty_file_is_no_error(run, mlist, people):
    status, out, _ = run(add_members, '-r', people(''), 'test')
    assert (status, out) == (0, ['Nothing to do: the file holds no address.'])


@pytest.mark.parametrize(
    'words',
    [
        ['-r', 'nowhere.txt', 'test'],
        ['test'],
        ['-r', '-', '-d', '-', 'test'],
        ['-r', '-', 'nolist'],
        ['-m', 'x', '-r', '-', 'test'],
        ['-w', 'maybe', '-r', '-', 'test'],
    ],
)
def test_wrong_usage_exits_1_and_says_why(run, mlist, words):
    status, out, err = run(add_members, *words)
    assert status == 1
    assert out == []
    assert err


# --- list_members ----------------------------------------------------------------


@pytest.fixture
def full_list(make_list):
    mlist = make_list('test', members=['Zoe@x.example', 'adam@x.example'])
    mlist.add_member('dig@x.example', name='Dig Est', digest=True)
    mlist.set_option('dig@x.example', MemberFlag.DISABLE_MIME, True)
    mlist.add_member('plainmime@x.example', digest=True)
    mlist.set_delivery_status('adam@x.example', DeliveryStatus.BY_USER)
    mlist.set_option('zoe@x.example', MemberFlag.MODERATE, True)
    mlist.save()
    return mlist


@pytest.mark.parametrize(
    'words, expected',
    [
        ([], ['adam', 'zoe', 'dig', 'plainmime']),
        (['-p', '-r'], ['Zoe', 'adam']),
        (['-d'], ['dig', 'plainmime']),
        (['-d', 'plain'], ['dig']),
        (['--digest=mime'], ['plainmime']),
        (['-n'], ['adam']),
        (['-n', 'byuser'], ['adam']),
        (['-n', 'bybounce'], []),
        (['-n', 'enabled', '-r'], ['zoe']),
        (['-m'], ['zoe']),
        (['-M'], ['adam', 'dig', 'plainmime']),
        (['-i'], []),
        (['-u'], []),
    ],
)
def test_list_members_chooses(run, full_list, words, expected):
    _, out, _ = run(list_members, *words, 'test')
    assert [line.partition('@')[0] for line in out] == expected


def test_full_names_are_shown_as_they_are(run, full_list):
    full_list.set_name('zoe@x.example', 'Zoë Ñandú')
    full_list.save()
    _, out, _ = run(list_members, '-f', 'test')
    assert 'Zoë Ñandú <zoe@x.example>' in out
    assert 'Dig Est <dig@x.example>' in out


def test_list_members_writes_a_file(run, full_list, tmp_path):
    target = tmp_path / 'out'
    status, out, _ = run(list_members, '-o', str(target), '-r', 'test')
    assert (status, out) == (0, [])
    assert target.read_text() == 'adam@x.example\nzoe@x.example\n'


def test_list_members_without_a_word_shows_usage(run, site):
    status, out, _ = run(list_members)
    assert status == 0
    assert out[0].startswith('usage:')


def test_list_members_of_an_unknown_list(run, site):
    status, _, err = run(list_members, 'nolist')
    assert (status, err) == (1, ['No such list: nolist'])


# --- remove_members ---------------------------------------------------------------


def test_remove_members_is_silent_about_success(run, site, mlist):
    status, out, _ = run(
        remove_members, '-n', '-N', 'test', 'ANNE@member.example', 'who@x.example'
    )
    assert (status, out) == (0, ['No such member: who@x.example'])
    assert not MailList.open(site, 'test').is_member('anne@member.example')


def test_remove_members_from_all_lists(run, make_list):
    for name in ('one', 'two'):
        make_list(name, members=['a@x.example'])
    _, out, _ = run(remove_members, '--fromall', '-n', '-N', 'a@x.example')
    assert out == [
        "User `a@x.example' removed from list: one.",
        "User `a@x.example' removed from list: two.",
    ]


def test_remove_all_members(run, site, mlist):
    run(remove_members, '-a', '-n', '-N', 'test')
    assert MailList.open(site, 'test').member_keys() == []


def test_the_goodbye_goes_out_unless_it_is_switched_off(run, mlist):
    run(remove_members, 'test', 'anne@member.example')
    (goodbye,) = queued(mlist)
    assert goodbye['to'] == 'anne@member.example'


# --- sync_members -----------------------------------------------------------------


def test_sync_adds_and_removes(run, site, mlist, people):
    file = people('# comment', 'Anne@member.example', 'New Person <new@x.example>')
    status, out, _ = run(sync_members, '-w=no', '-g=no', '-f', file, 'test')
    assert status == 0
    assert out == [
        f'Ignore  :  {"# comment":>30}',
        'Added  : New Person <new@x.example>',
        'Removed: Bob@Member.example',
    ]
    keys = sorted(MailList.open(site, 'test').member_keys())
    assert keys == ['anne@member.example', 'new@x.example']


def test_a_wrong_address_stops_sync_before_any_change(run, site, mlist, people):
    status, out, _ = run(sync_members, '-f', people('nonsense', 'n@x.example'), 'test')
    assert status == 1
    assert out[-1] == 'You must fix the preceding invalid addresses first.'
    assert not MailList.open(site, 'test').is_member('n@x.example')


def test_sync_dry_run_changes_nothing(run, site, mlist, people):
    _, out, _ = run(sync_members, '-n', '-f', people('n@x.example'), 'test')
    assert out[0] == 'Dry run mode'
    assert len(MailList.open(site, 'test').member_keys()) == 2


def test_sync_says_when_there_is_nothing_to_do(run, mlist, people):
    file = people('anne@member.example', 'bob@member.example')
    assert run(sync_members, '-f', file, 'test')[1] == ['Nothing to do.']


# --- clone_member, find_member, owners --------------------------------------------


def test_clone_member_copies_the_options(run, site, mlist):
    mlist.set_option('anne@member.example', MemberFlag.ACKNOWLEDGE_POSTS, True)
    mlist.save()
    status, out, _ = run(clone_member, '-r', 'anne@member.example', 'ann@new.example')
    assert status == 0
    assert '    clone address added: ann@new.example' in out
    assert '    original address removed: anne@member.example' in out
    mlist = MailList.open(site, 'test')
    assert mlist.option('ann@new.example', MemberFlag.ACKNOWLEDGE_POSTS)
    assert not mlist.is_member('anne@member.example')


def test_clone_member_changes_owners_when_asked(run, site, mlist):
    run(clone_member, '-a', '-q', 'owner@owner.example', 'boss@new.example')
    assert MailList.open(site, 'test').owner == ['boss@new.example']


def test_find_member_groups_by_address(run, make_list):
    make_list('one', members=['A@x.example'])
    make_list('two', members=['A@x.example', 'b@y.example'])
    _, out, _ = run(find_member, '-w', 'x\\.EXAMPLE', 'owner@')
    assert out == [
        'A@x.example found in:',
        '     one',
        '     two',
        'owner@owner.example found in:',
        '     one (as owner)',
        '     two (as owner)',
    ]


def test_find_member_refuses_a_broken_pattern(run, mlist):
    status, _, err = run(find_member, '(')
    assert status == 1
    assert 'not a regular expression' in err[-1]


def test_list_owners_and_list_admins(run, mlist):
    assert run(list_owners, 'test') == (0, ['owner@owner.example'], [])
    assert run(list_owners, '-w', 'test')[1] == ['test', '\towner@owner.example']
    assert run(list_owners, 'nolist')[0] == 1
    assert run(list_admins, 'test')[1] == ['List: test, \tOwners: owner@owner.example']
    assert run(list_admins, 'nolist')[:2] == (0, ['No such list: nolist'])
