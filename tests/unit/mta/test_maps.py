"""Postfix's commands are run without a shell; the maps are the mailman user's."""

import os
import pwd

import pytest

from mailman.errors import AliasError
from mailman.mta import maps


@pytest.fixture
def site(postfix_site):
    return postfix_site


@pytest.fixture
def path(site):
    path = site.data_dir / 'aliases'
    path.write_text('test: anne\n')
    return path


def update(site, path, command):
    site.cfg.POSTFIX_ALIAS_CMD = command
    maps.update(site, 'POSTFIX_ALIAS_CMD', path)


def test_the_name_of_the_file_comes_last(site, path, called):
    command = site.cfg.POSTFIX_ALIAS_CMD
    update(site, path, f"{command} -c '/etc/post fix'")
    assert called() == [f'-c /etc/post fix {path}']


def test_no_shell_reads_the_command(site, path, called):
    update(site, path, f'{site.cfg.POSTFIX_ALIAS_CMD} ; $(reboot) |')
    assert called() == [f'; $(reboot) | {path}']


@pytest.mark.parametrize('command', ['', None])
def test_an_empty_command_runs_nothing(site, path, command, called):
    update(site, path, command)
    assert called() == []


@pytest.mark.parametrize('ending', ['.db', '.lmdb', '.cdb', '.pag'])
def test_the_map_can_be_read_whatever_its_type(site, path, program, ending):
    text = f'#!/bin/sh\ncp "$1" "$1{ending}"; chmod 600 "$1{ending}"\n'
    update(site, path, str(program('postalias', text)))
    assert path.with_name(f'aliases{ending}').stat().st_mode & 0o777 == 0o664


@pytest.mark.parametrize('kind', ['texthash', 'regexp'])
def test_a_type_that_postfix_reads_as_text_needs_no_command(site, path, program, kind):
    program('postconf', f'#!/bin/sh\necho {kind}\n')
    update(site, path, str(program('postalias', '#!/bin/sh\nexit 1\n')))
    assert list(path.parent.glob('aliases.*')) == []


def test_postfix_is_asked_about_the_configuration_of_the_command(
    site, path, program, tmp_path
):
    program('postconf', f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho hash\n')
    update(site, path, f'{program("postalias", "#!/bin/sh")} -c /etc/postfix-2')
    asked = (tmp_path / 'asked').read_text()
    assert asked == '-c /etc/postfix-2 -h default_database_type\n'


def test_each_change_of_a_map_is_newer_by_a_whole_second(site, path):
    """Postfix compares whole seconds; a list made in the same one stayed unknown."""
    times = []
    for _ in range(3):
        update(site, path, site.cfg.POSTFIX_ALIAS_CMD)
        times.append(int(path.with_name('aliases.db').stat().st_mtime))
    assert len(set(times)) == 3


# --- trouble ---------------------------------------------------------------------


def test_a_command_that_is_missing_tells_what_to_do(site, path):
    with pytest.raises(AliasError) as caught:
        update(site, path, '/nowhere/postalias')
    text = str(caught.value)
    assert '/nowhere/postalias: No such file or directory' in text
    assert 'POSTFIX_ALIAS_CMD in mm_cfg.py' in text
    assert 'bin/genaliases' in text


def test_a_command_that_fails_is_quoted(site, path, program):
    failing = program('postalias', '#!/bin/sh\necho "no such map type" >&2\nexit 3\n')
    with pytest.raises(AliasError, match='ended with status 3: no such map type'):
        update(site, path, str(failing))


def test_a_command_that_does_not_end_is_given_up(site, path, program, monkeypatch):
    monkeypatch.setattr(maps, 'PATIENCE', 0.05)
    with pytest.raises(AliasError, match='it does not end'):
        update(site, path, str(program('slow', '#!/bin/sh\nexec sleep 9\n')))


def test_quotes_that_do_not_match_are_told(site, path):
    with pytest.raises(AliasError, match='POSTFIX_ALIAS_CMD: No closing quotation'):
        update(site, path, 'postalias "')


# --- owners ------------------------------------------------------------------------


def test_a_map_of_somebody_else_is_warned_of(site, path, capsys):
    """Postfix would run the mail program as its owner, who may not call it."""
    others = [user for user in pwd.getpwall() if user.pw_uid != os.geteuid()]
    site.cfg.MAILMAN_USER = others[0].pw_name
    if os.geteuid() == 0:
        pytest.skip('root gives the file away instead (next test)')
    update(site, path, '')
    assert f'not to {others[0].pw_name}' in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason='needs root, to give files away')
def test_root_gives_the_map_to_the_mailman_user(site, path, capsys):
    other = next(user for user in pwd.getpwall() if user.pw_uid)
    site.cfg.MAILMAN_USER = other.pw_name
    update(site, path, site.cfg.POSTFIX_ALIAS_CMD)
    assert path.with_name('aliases.db').stat().st_uid == other.pw_uid
    assert capsys.readouterr().err == ''


def test_where_there_is_no_mailman_user_nobody_is_warned(site, path, capsys):
    update(site, path, '')
    assert capsys.readouterr().err == ''
