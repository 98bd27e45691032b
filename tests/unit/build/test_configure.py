"""configure.py: its options, what it finds, what it writes down."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from installer import configure, findings, record
from installer.findings import Findings
from installer.options import build_parser, parse

TREE = Path(__file__).resolve().parents[3]


def test_every_option_of_2_1_is_there():
    words = """--prefix --exec-prefix --with-var-prefix --with-python --with-username
        --with-groupname --with-mail-gid --with-cgi-gid --with-cgi-ext --with-mailhost
        --with-urlhost --with-gcc --without-gcc --with-permcheck --without-permcheck"""
    known = {
        name for action in build_parser()._actions for name in action.option_strings
    }
    assert set(words.split()) <= known


def test_the_defaults_are_those_of_2_1():
    options = parse([])
    assert str(options.prefix) == str(options.var_prefix) == '/usr/local/mailman'
    assert options.mail_gids == ['mailman', 'other', 'mail', 'daemon']
    assert options.cgi_gids == ['www', 'www-data', 'nobody']
    assert (options.username, options.groupname) == ('mailman', 'mailman')
    assert options.permcheck


def test_the_other_prefixes_follow_the_prefix():
    options = parse(['--prefix=/a', '--with-var-prefix', '/b'])
    assert [str(options.exec_prefix), str(options.var_prefix)] == ['/a', '/b']


def test_groups_may_be_several_by_name_or_number():
    assert parse(['--with-mail-gid=mail, 67']).mail_gids == ['mail', '67']


@pytest.mark.parametrize(
    'word, complaint',
    [
        ('--frobnicate', '--frobnicate'),
        ('--with-mailman=x', '--with-mailman'),
        ('--prefix=relative', 'absolute'),
        ('--prefix=/a b', 'blank'),
        ('--prefix=/a/../b', 'absolute'),
        ('--with-mail-gid=', 'at least one'),
        ('--with-cgi-gid=a"b', 'no name'),
    ],
)
def test_a_mistake_is_told_in_a_sentence(word, complaint, capsys):
    with pytest.raises(SystemExit) as ending:
        parse([word])
    error = capsys.readouterr().err
    assert ending.value.code == 2
    assert complaint in error and '--help' in error


def test_an_old_python_is_told_which_one_is_needed():
    # The file must still compile for it, so it is run with the version faked.
    code = (
        'import sys, runpy; sys.version_info = (3, 8); sys.argv = ["configure.py"];'
        f'runpy.run_path({str(TREE / "configure.py")!r}, run_name="__main__")'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 1
    assert 'Python 3.8' in done.stderr and '3.11 or newer' in done.stderr


# --- findings -------------------------------------------------------------------


def looked(monkeypatch, *words, **tools):
    """Findings on a machine with only these tools."""
    real = findings.shutil.which
    monkeypatch.setattr(
        findings.shutil,
        'which',
        lambda name: tools.get(name.replace('-', '_'), real(name)),
    )
    found = Findings(parse(['--with-mailhost=lists.example.com', *words]))
    found.look()
    return found


@pytest.mark.parametrize(
    'tools, hint',
    [
        ({'cc': None, 'gcc': None, 'clang': None}, 'apt install gcc'),
        ({'make': None, 'gmake': None}, 'apt install make'),
    ],
)
def test_what_is_missing_is_named_with_its_package(monkeypatch, tools, hint):
    monkeypatch.delenv('CC', raising=False)
    found = looked(monkeypatch, **tools)
    assert any(hint in problem for problem in found.problems)


def test_a_python_without_venv_is_named_with_its_package(monkeypatch):
    real = findings.run
    monkeypatch.setattr(
        findings,
        'run',
        lambda words: None if 'import venv' in words[-1] else real(words),
    )
    assert any('python3-venv' in problem for problem in looked(monkeypatch).problems)


@pytest.mark.parametrize('python', ['/no/such/python', '/bin/true', '/bin/sh'])
def test_what_is_no_python_is_refused(monkeypatch, python):
    found = looked(monkeypatch, f'--with-python={python}')
    assert any(python in problem for problem in found.problems)


def test_an_old_python_is_refused(monkeypatch, tmp_path):
    python = tmp_path / 'python'
    python.write_text(f'#!/bin/sh\necho 3 9 {python}\n')
    python.chmod(0o755)
    found = looked(monkeypatch, f'--with-python={python}')
    assert any('Python 3.9' in problem for problem in found.problems)


def test_a_python_in_a_closed_folder_is_pointed_out(monkeypatch, tmp_path):
    (tmp_path / 'home').mkdir(mode=0o700)
    python = tmp_path / 'home' / 'python'
    python.write_text(f'#!/bin/sh\necho 3 11 {python}\n')
    python.chmod(0o755)
    found = looked(monkeypatch, f'--with-python={python}')
    assert any('--with-python' in note for note in found.notes)


def test_a_missing_account_comes_with_the_line_that_makes_it(monkeypatch):
    found = looked(monkeypatch, '--with-username=nobody-such', '--prefix=/opt/mm')
    (note,) = [note for note in found.notes if 'useradd' in note]
    assert '-d /opt/mm' in note and 'nobody-such' in note


def test_a_group_from_elsewhere_goes_in_by_number(monkeypatch):
    monkeypatch.setattr(findings, 'local_groups', lambda: {'root', '0'})
    monkeypatch.setattr(
        findings, 'group_id', {'root': 0, 'ldapmail': 7001, '55': 55}.get
    )
    options = parse(['--with-mail-gid=root ldapmail none', '--with-cgi-gid=55'])
    Findings(options).find_callers()
    assert options.mail_gids == ['root', 'ldapmail', 'none', 'mailman', '7001']
    assert options.cgi_gids == ['55']


def test_groups_that_are_all_missing_are_pointed_out():
    found = Findings(parse(['--with-cgi-gid=nobody-such']))
    found.find_callers()
    assert any('--with-cgi-gid' in note for note in found.notes)


def test_the_users_locale_does_not_matter(monkeypatch):
    monkeypatch.setenv('LC_ALL', 'tr_TR.UTF-8')
    monkeypatch.setenv('PYTHONHOME', '/nowhere')
    assert findings.run(['sh', '-c', 'echo $LC_ALL$PYTHONHOME']) == 'C'


# --- what is written -------------------------------------------------------------


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(record, 'build_dir', lambda trial: tmp_path / str(trial))
    return tmp_path


def test_everything_is_written_for_c_make_and_python(folder, capsys):
    words = ['--prefix=/opt/mm', '--with-mail-gid=exim mail', '--with-cgi-ext=.cgi']
    assert configure.main(words) == 0
    facts = json.loads((folder / 'False/install.json').read_text())
    assert facts['var_prefix'] == '/opt/mm' and facts['mail_gids'] == [
        'exim',
        'mail',
        'mailman',
    ]
    assert facts['configure_opts'] == ' '.join(words)
    header = (folder / 'False/config.h').read_text()
    assert '#define MAIL_GROUPS "exim", "mail", "mailman"' in header
    assert '#define VAR_PREFIX "/opt/mm"\n' in header
    assert 'CGIEXT = .cgi\n' in (folder / 'False/config.mk').read_text()
    assert '/opt/mm/Mailman/mm_cfg.py' in capsys.readouterr().out


def test_an_unchanged_configuration_does_not_compile_anew(folder):
    configure.main(['--trial'])
    before = (folder / 'True/config.h').stat().st_mtime_ns
    configure.main(['--trial'])
    assert (folder / 'True/config.h').stat().st_mtime_ns == before


def test_with_something_missing_nothing_is_written(folder, capsys):
    assert configure.main(['--with-python=/no/such']) == 1
    assert not (folder / 'False').exists()
    assert '/no/such' in capsys.readouterr().err


def test_the_trial_needs_no_root(folder):
    assert configure.main(['--trial']) == 0
    facts = json.loads((folder / 'True/install.json').read_text())
    assert facts['prefix'] == facts['var_prefix'] == str(TREE)
    assert facts['mail_gids'] == facts['cgi_gids']


def test_quotes_cannot_leave_a_c_string():
    assert record._c_string('a"\\b') == '"a\\"\\\\b"'


def test_every_option_has_its_line_in_the_manual():
    from installer.manual import text

    for action in build_parser()._actions:
        assert action.option_strings[-1] in text() or action.dest == 'help'
