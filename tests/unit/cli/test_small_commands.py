"""bin/version, bin/mailman-config, bin/mmsitepass."""

import getpass
import stat

import pytest

from mailman.cli import mailman_config, mmsitepass, version
from mailman.security.passwords import check
from mailman.site import Site


def test_version_prints_the_line_that_scripts_parse(site, capsys):
    assert version.main(site, []) == 0
    assert capsys.readouterr().out == 'Using Mailman version: 2.1.39\n'


def test_mailman_config_prints_the_keys_of_2_1_in_order(site, capsys):
    assert mailman_config.main(site, []) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(':')[0] for line in lines if ':' in line] == [
        *('Mailman version', 'Build Date', 'prefix', 'var_prefix'),
        *('mailman_user', 'mailman_group', 'mail_group', 'cgi_group'),
        'configure_opts',
    ]


def test_mailman_config_prints_what_was_recorded(tmp_path, capsys):
    record = {
        'username': 'list',
        'mail_gids': ['mail', '8'],
        'configure_opts': '--with-mail-gid=mail',
    }
    mailman_config.main(Site(tmp_path, install=record), [])
    out = ' '.join(capsys.readouterr().out.split())
    assert 'mailman_user: list' in out
    assert 'mail_group: mail 8' in out
    assert 'configure_opts: --with-mail-gid=mail' in out
    assert 'Build Date: (not recorded)' in out


@pytest.fixture
def data(site):
    site.data_dir.mkdir()
    return site.data_dir


@pytest.fixture
def typed(monkeypatch):
    """What is typed on the terminal, one answer after the other."""
    answers = []

    def answer(prompt):
        given = answers.pop(0)
        if isinstance(given, type):
            raise given
        return given

    monkeypatch.setattr(getpass, 'getpass', answer)
    return answers


@pytest.mark.parametrize(
    'argv, name',
    [([], 'adm.pw'), (['-c'], 'creator.pw'), (['--listcreator'], 'creator.pw')],
)
def test_a_password_is_stored_as_a_hash(site, data, capsys, argv, name):
    assert mmsitepass.main(site, [*argv, 'secret']) == 0
    assert capsys.readouterr().out == 'Password changed.\n'
    stored = (data / name).read_text()
    assert 'secret' not in stored and stored.endswith('\n')
    assert check('secret', stored.strip()).ok


def test_only_our_group_can_read_it(site, data):
    mmsitepass.main(site, ['secret'])
    assert stat.S_IMODE((data / 'adm.pw').stat().st_mode) == 0o640


def test_the_same_password_is_stored_differently_each_time(site, data):
    mmsitepass.main(site, ['secret'])
    first = (data / 'adm.pw').read_text()
    mmsitepass.main(site, ['secret'])
    assert (data / 'adm.pw').read_text() != first


def test_without_a_password_it_is_asked_for_twice(site, data, typed, capsys):
    typed += ['secret', 'secret']
    assert mmsitepass.main(site, []) == 0
    assert check('secret', (data / 'adm.pw').read_text().strip()).ok


def test_two_different_answers_change_nothing(site, data, typed, capsys):
    typed += ['secret', 'sceret']
    assert mmsitepass.main(site, []) == 1
    assert capsys.readouterr().out == 'Passwords do not match; no changes made.\n'
    assert not (data / 'adm.pw').exists()


@pytest.mark.parametrize('ending', [KeyboardInterrupt, EOFError])
def test_interrupting_is_fine(site, data, typed, ending):
    typed += ['secret', ending]
    assert mmsitepass.main(site, []) == 0
    assert not (data / 'adm.pw').exists()


def test_an_empty_password_is_refused(site, data, capsys):
    assert mmsitepass.main(site, ['']) == 1
    assert capsys.readouterr().out == 'Password change failed.\n'
    assert not (data / 'adm.pw').exists()


def test_a_file_that_cannot_be_written_is_told(site, capsys):
    assert mmsitepass.main(site, ['secret']) == 1
    said = capsys.readouterr()
    assert said.out == 'Password change failed.\n'
    assert 'adm.pw: No such file or directory' in said.err


def test_wrong_usage_exits_1(site, capsys):
    with pytest.raises(SystemExit) as ending:
        mmsitepass.main(site, ['one', 'two'])
    assert ending.value.code == 1
