"""mailman.cli.run: what every command has in common around its main."""

import io
import os
import sys
from types import ModuleType

import pytest

from mailman import cli
from mailman.site import Site
from mailman.storage import safefile


@pytest.fixture
def command(monkeypatch):
    """Make a command out of a function."""

    def make(main, **attributes):
        module = ModuleType('mailman.cli.made_up')
        vars(module).update(main=main, **attributes)
        monkeypatch.setitem(sys.modules, 'mailman.cli.made_up', module)
        return 'made_up'

    return make


@pytest.fixture
def broken_site(tmp_path):
    (tmp_path / 'Mailman').mkdir()
    (tmp_path / 'Mailman/mm_cfg.py').write_text('from Defaults import *\nprint 1\n')
    return Site(tmp_path)


@pytest.fixture(autouse=True)
def _same_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize('answer, status', [(0, 0), (3, 3), (None, 0)])
def test_the_answer_of_main_is_the_exit_status(site, command, answer, status):
    assert cli.run(site, command(lambda site: answer)) == status


def test_a_file_of_others_is_named_with_who_may(site, command, capsys):
    def main(site):
        raise PermissionError(13, 'Permission denied', '/x/locks/creator')

    assert cli.run(site, command(main)) == 1
    said = capsys.readouterr().err
    assert said.startswith('/x/locks/creator: Permission denied\n')
    assert f'as user {site.cfg.MAILMAN_USER}' in said


def test_a_full_disk_is_said_without_a_traceback(site, command, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    def main(site, argv=None):
        safefile.write(site.prefix / 'config', b'x')

    monkeypatch.setattr(os, 'write', full)
    status = cli.run(site, command(main))
    monkeypatch.undo()
    assert status == 1
    assert capsys.readouterr().err == f'{site.prefix}/config: No space left on device\n'


@pytest.mark.parametrize('code, status', [(None, 0), (2, 2), ('What?', 1)])
def test_sys_exit_counts_as_everywhere(site, command, capsys, code, status):
    def main(site):
        sys.exit(code)

    assert cli.run(site, command(main)) == status
    assert capsys.readouterr().err == ('What?\n' if code == 'What?' else '')


def test_a_broken_mm_cfg_is_shown_and_nothing_is_done(broken_site, command, capsys):
    status = cli.run(broken_site, command(lambda site: pytest.fail('was run')))
    assert status == 1
    assert 'mm_cfg.py, line 2: ' in capsys.readouterr().err


def test_a_broken_mm_cfg_is_logged_where_nobody_watches(broken_site, command):
    cli.run(broken_site, command(lambda site: 0))
    logged = (broken_site.logs_dir / 'error').read_text()
    assert ' made_up(' in logged and 'mm_cfg.py, line 2: ' in logged


def test_a_command_may_work_with_a_broken_mm_cfg(broken_site, command):
    name = command(lambda site: 7, WORKS_WITH_BROKEN_CONFIG=True)
    assert cli.run(broken_site, name) == 7


def test_a_good_mm_cfg_has_nothing_to_say(site):
    assert cli.config_error_text(site) == ''


def test_control_c_ends_quietly(site, command, capsys):
    def main(site):
        raise KeyboardInterrupt

    assert cli.run(site, command(main)) == 130
    assert capsys.readouterr().err == ''


def test_a_closed_pipe_ends_quietly(site, command, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, 'w') as stream:
        monkeypatch.setattr(sys, 'stdout', stream)

        def main(site):
            print('into nowhere')
            return 0

        assert cli.run(site, command(main)) == 141


def test_a_character_that_the_terminal_lacks_is_escaped(site, command, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding='ascii')
    monkeypatch.setattr(sys, 'stdout', stream)
    cli.run(site, command(lambda site: print('Müller')))
    assert stream.buffer.getvalue() == b'M\\xfcller\n'


def test_files_of_a_command_are_the_groups(site, command):
    seen = []
    cli.run(site, command(lambda site: seen.append(os.umask(0o077))))
    assert seen == [0o007]


def test_a_question_that_nobody_can_answer_is_said(site, command, monkeypatch, capsys):
    monkeypatch.setattr('sys.stdin', io.StringIO(''))
    assert cli.run(site, command(lambda _: input('Name? '))) == 1
    assert 'nobody to answer it' in capsys.readouterr().err
