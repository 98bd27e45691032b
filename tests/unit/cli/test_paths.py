"""bin/paths.py: finding the installation, from wherever and with whatever Python."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[3]
SCRIPT = """\
import os, sys
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import paths
paths.run('made_up')
"""
COMMAND = """\
import os, sys
def main(site):
    print(site.prefix, site.cfg.DEFAULT_EMAIL_HOST, sys.argv[1:])
    return 3
"""


def start(script, *argv, options=('-IS',)):
    """Run a script; give its status, output and complaints."""
    done = subprocess.run(
        [sys.executable, *options, str(script), *argv],
        capture_output=True,
        text=True,
        cwd='/',
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def lay_out(prefix, package):
    """Make bin/ and, below package, ours with one more command."""
    (prefix / 'bin').mkdir(parents=True)
    (prefix / 'bin/paths.py').write_bytes((TREE / 'bin/paths.py').read_bytes())
    (prefix / 'bin/made_up').write_text(SCRIPT)
    (package / 'mailman').mkdir(parents=True)
    for path in (TREE / 'mailman').iterdir():
        if path.name != 'cli':
            (package / 'mailman' / path.name).symlink_to(path)
    (package / 'mailman/cli').mkdir()
    for path in (TREE / 'mailman/cli').glob('*.py'):
        (package / 'mailman/cli' / path.name).symlink_to(path)
    (package / 'mailman/cli/made_up.py').write_text(COMMAND)


@pytest.fixture
def installed(tmp_path):
    """An installed prefix whose record names a mail host."""
    prefix = tmp_path / 'prefix'
    lay_out(prefix, prefix / 'pythonlib')
    record = json.dumps({'mailhost': 'mx.example.org'})
    (prefix / 'pythonlib/install.json').write_text(record)
    return prefix


@pytest.fixture
def checkout(tmp_path):
    """A checkout that was built, but not configured."""
    prefix = tmp_path / 'checkout'
    lay_out(prefix, prefix)
    version = '.'.join(map(str, sys.version_info[:2]))
    (prefix / f'.venv/lib/python{version}/site-packages').mkdir(parents=True)
    return prefix


@pytest.mark.parametrize('options', [('-IS',), (), ('-ES',)])
def test_a_command_of_an_installed_prefix_runs(installed, options):
    status, out, err = start(installed / 'bin/made_up', 'a', '-b', options=options)
    assert (status, err) == (3, '')
    assert out == f"{installed} mx.example.org ['a', '-b']\n"


def test_a_command_of_a_checkout_runs_without_a_record(checkout):
    status, out, err = start(checkout / 'bin/made_up')
    assert (status, err) == (3, '')
    assert out.startswith(f'{checkout} ')


def test_a_checkout_takes_its_record_from_build(checkout):
    (checkout / 'build').mkdir()
    (checkout / 'build/install.json').write_text('{"mailhost": "trial.example.org"}')
    assert 'trial.example.org' in start(checkout / 'bin/made_up')[1]


def test_a_link_to_a_command_runs(installed, tmp_path):
    (tmp_path / 'link').symlink_to(installed / 'bin/made_up')
    assert start(tmp_path / 'link')[0] == 3


def test_the_modules_of_the_caller_are_not_used(installed, tmp_path, monkeypatch):
    (tmp_path / 'mailman.py').write_text('raise SystemExit("hostile")')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    assert start(installed / 'bin/made_up')[0] == 3


def test_a_python_without_the_packages_is_told_what_to_do(checkout):
    for path in (checkout / '.venv/lib').iterdir():
        (path / 'site-packages').rmdir()
    status, out, err = start(checkout / 'bin/made_up')
    assert (status, out) == (1, '')
    assert "Type 'make'" in err


def test_the_venvs_python_is_used_where_the_running_one_lacks_packages(checkout):
    for path in (checkout / '.venv/lib').iterdir():
        (path / 'site-packages').rmdir()
    (checkout / '.venv/bin').mkdir()
    python = checkout / '.venv/bin/python'
    python.write_text('#!/bin/sh\necho "venv:" "$@"\n')
    python.chmod(0o755)
    out = start(checkout / 'bin/made_up', 'x')[1]
    assert out == f'venv: -IS {checkout}/bin/made_up x\n'


def test_a_missing_package_is_told_in_words(installed):
    (installed / 'pythonlib/mailman/cli/made_up.py').write_text(
        'import no_such_package'
    )
    status, _, err = start(installed / 'bin/made_up')
    assert status == 1
    assert 'no_such_package' in err and 'Traceback' not in err


def test_a_broken_record_is_told_in_words(installed):
    (installed / 'pythonlib/install.json').write_text('{')
    status, _, err = start(installed / 'bin/made_up')
    assert status == 1
    assert 'install.json' in err and 'Traceback' not in err


def test_cron_finds_the_same_installation():
    assert (TREE / 'cron/paths.py').resolve() == TREE / 'bin/paths.py'


def test_what_a_start_pulls_in_is_small():
    """Commands and pages start a process each time: nothing slow may come along."""
    code = (
        f'import sys; sys.path.insert(0, {str(TREE)!r}); import mailman.site;'
        "mailman.site.Site('/nonexistent'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, '-IS', '-c', code], capture_output=True, text=True, check=True
    )
    heavy = {'argparse', 'email', 'filelock', 'gettext', 'jinja2', 'json', 'locale'}
    heavy |= {'logging', 'random', 'secrets', 'socket', 'subprocess', 'traceback'}
    assert not heavy & set(done.stdout.split())
