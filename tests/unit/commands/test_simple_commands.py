"""help, info, lists, echo, end, who, and what several of them in one mail do."""

import pytest

from mailman import commands
from mailman.constants import MemberFlag

STOPPING = ['echo x', 'end', 'stop']


def test_every_word_of_the_facts_is_known():
    facts = (
        'confirm echo end stop help info join subscribe leave unsubscribe remove '
        'lists password set who which index get intro approve'
    )
    assert set(commands.COMMANDS) == set(facts.split())


@pytest.mark.parametrize('word', sorted(commands.COMMANDS))
def test_every_command_has_its_module(word):
    module = commands.module_of(word)
    assert callable(module.process)
    assert isinstance(module.HELP, str)


@pytest.mark.parametrize('word', sorted(commands.COMMANDS))
@pytest.mark.parametrize(
    'args', ['', 'x', 'x y', 'a b c d e', 'address=', 'x address=']
)
def test_no_arguments_make_a_command_raise(ask, word, args):
    ask(f'{word} {args}')


def test_commands_may_be_written_in_capitals(ask):
    assert 'echo Hello' in ask('ECHO Hello').text


def test_several_commands_are_answered_together(ask):
    text = ask('info', '', '  lists', 'help', 'end', 'who').text
    for words in ('List name:', 'Public lists', 'angle brackets'):
        assert words in text
    assert text.split('- Unprocessed:')[1].split()[0] == 'who'


@pytest.mark.parametrize('line', STOPPING)
def test_some_end_the_reading(ask, line):
    assert 'List name:' not in ask(line, 'info').text


def test_help_names_all_commands_and_the_page(ask, mlist):
    text = ask(subject='help').text
    for word in set(commands.COMMANDS) - {'echo', 'approve'}:
        assert f'    {word}' in text
    assert mlist.url('listinfo') in text
    assert mlist.address('request') in text
    assert '%(' not in text


def test_help_tells_members_where_their_options_are(ask, mlist):
    url = mlist.options_url('anne@member.example')
    assert url in ask('help').text
    assert url not in ask('help', sender='new@joiner.example').text


def test_info_tells_of_the_list(ask, change):
    change(description='About things')
    text = ask('info').text
    assert 'About things' in text
    assert 'test-owner@lists.example.com' in text
    assert 'Usage' in ask('info me').text


def test_lists_names_those_that_are_advertised(ask, make_list):
    make_list('shown', description='Shown to all')
    make_list('hidden', advertised=0)
    make_list('elsewhere', host_name='other.example')
    text = ask('lists').text
    assert '. Shown' in text
    assert 'Shown to all' in text
    assert 'Hidden' not in text
    assert 'Elsewhere' not in text


def test_without_virtual_hosts_lists_names_all(site, ask, make_list):
    site.cfg.VIRTUAL_HOST_OVERVIEW = False
    make_list('elsewhere', host_name='other.example')
    assert 'Elsewhere' in ask('lists').text


def test_a_list_that_cannot_be_read_is_left_out(site, ask, make_list):
    make_list('broken')
    for path in (site.lists_dir / 'broken').glob('config.pck*'):
        path.write_bytes(b'junk')
    text = ask('lists').text
    assert 'Broken' not in text
    assert '. Test' in text


def test_echo_is_short(ask):
    assert len(ask('echo ' + 'x' * 5000).text) < 1000


# --- who --------------------------------------------------------------------------


@pytest.fixture
def hidden(mlist):
    with mlist.lock():
        mlist.add_member('dora@member.example', name='Dora D', digest=True)
        mlist.set_option('bob@member.example', MemberFlag.CONCEAL_SUBSCRIPTION, True)
        mlist.save()


@pytest.mark.parametrize(
    'roster, line, sees',
    [
        (0, 'who', 'anne dora'),
        (0, 'who modpw', 'anne bob dora'),
        (0, 'who listpw', 'anne bob dora'),
        (0, 'who wrong', ''),
        (0, 'who annepw', ''),
        (0, 'who listpw address=anne@member.example', ''),
        (1, 'who', ''),
        (1, 'who annepw', 'anne dora'),
        (1, 'who wrong', ''),
        (1, 'who annepw address=anne@member.example', 'anne dora'),
        (1, 'who annepw address=bob@member.example', ''),
        (1, 'who annepw address=no@body.example', ''),
        (1, 'who annepw nonsense', ''),
        (1, 'who modpw', 'anne bob dora'),
        (2, 'who', ''),
        (2, 'who annepw', ''),
        (2, 'who modpw', 'anne bob dora'),
        (2, 'who listpw', 'anne bob dora'),
        (2, 'who listpw more', ''),
    ],
)
def test_who_shows_what_the_roster_allows(
    ask, change, passwords, hidden, roster, line, sees
):
    change(private_roster=roster)
    text = ask(line).text.lower()
    found = [n for n in ('anne', 'bob', 'dora') if f'    {n}@member.example' in text]
    assert found == sees.split()


def test_who_sorts_and_names(ask, change, hidden):
    change(private_roster=0)
    text = ask('who').text
    assert '        dora@member.example (Dora D)\n' in text
    assert text.index('single posts') < text.index('digests')


def test_who_on_an_empty_list(ask, mlist, change):
    change(private_roster=0, members={}, digest_members={})
    assert 'no members' in ask('who').text


def test_a_mail_is_no_place_to_guess_passwords(ask, change, passwords):
    change(private_roster=2)
    guesses = [f'set authenticate wrong{n}' for n in range(4)]
    text = ask(*guesses, 'who listpw').text
    assert 'bob' not in text
