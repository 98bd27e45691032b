"""Every command of 2.1 takes its options (tests/data/cli.json), and ends as it did."""

import importlib
import json
import re
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[3]
FACTS = json.loads((TREE / 'tests/data/cli.json').read_text())['programs']
SCRIPTS = sorted(
    script
    for script in FACTS
    if script[:4] in ('bin/', 'cron') and (TREE / script).exists()
)


def module_of(script):
    (name,) = re.findall(r"paths\.run\('(\w+)'\)", (TREE / script).read_text())
    return importlib.import_module(f'mailman.cli.{name}')


def options_of(module):
    """Answer {option: takes a value}."""
    return {
        string: action.nargs != 0
        for action in module.build_parser()._actions
        for string in action.option_strings
    }


@pytest.mark.parametrize('script', SCRIPTS)
def test_a_script_can_be_started_and_knows_its_module(script):
    assert (TREE / script).stat().st_mode & 0o111 == 0o111
    assert (TREE / script).read_text().startswith('#!/usr/bin/env -S python3 -IS\n')
    assert module_of(script).main


@pytest.mark.parametrize('script', SCRIPTS)
def test_all_options_of_2_1_are_taken(script):
    ours = options_of(module_of(script))
    for option in FACTS[script]['options']:
        for form in (option['short'], option['long']):
            if form is not None:
                assert ours[form] == (option['arg'] is not None), form


@pytest.mark.parametrize('script', SCRIPTS)
def test_the_parser_calls_the_command_by_its_name(script):
    assert module_of(script).build_parser().prog == script.partition('/')[2]


@pytest.mark.parametrize('word', ['-h', '--help'])
@pytest.mark.parametrize('script', SCRIPTS)
def test_help_goes_to_stdout(script, word, run):
    status, out, err = run(module_of(script), word)
    assert (status, err) == (0, [])
    assert out[0].startswith('usage: ')


# bin/reset_pw.py only shows its help: withlist runs it.
@pytest.mark.parametrize('script', [s for s in SCRIPTS if s != 'bin/reset_pw.py'])
def test_wrong_usage_goes_to_stderr_and_has_its_status(script, run):
    status, out, err = run(module_of(script), '--frobnicate')
    assert status == (2 if script == 'bin/export.py' else 1)
    assert out == []
    assert err[0].startswith('usage: ')
    assert err[-1].startswith(script.partition('/')[2] + ': ')


@pytest.mark.parametrize('script', SCRIPTS)
def test_every_option_is_explained(script):
    for action in module_of(script).build_parser()._actions:
        if action.option_strings:
            assert action.help, action.option_strings


# --- cron/crontab.in ----------------------------------------------------------------


def jobs():
    """Answer {job: (time, command)} of the crontab."""
    found = {}
    for line in (TREE / 'cron/crontab.in').read_text().splitlines():
        if line and not line.startswith('#'):
            *times, command = line.split(maxsplit=5)
            found[command.rpartition('/')[2].split()[0]] = (' '.join(times), command)
    return found


def test_each_cron_job_runs_when_it_did_in_2_1():
    for job, (when, _) in jobs().items():
        fact = FACTS[f'cron/{job}']['schedule']
        assert when == {'every 5 minutes': '*/5 * * * *'}.get(fact, fact)


def test_the_crontab_names_the_jobs_that_there_are():
    there = {script.partition('/')[2] for script in SCRIPTS if script[:4] == 'cron'}
    by_hand = {
        job for job in there if FACTS[f'cron/{job}']['schedule'].startswith('not in')
    }
    assert set(jobs()) == there - by_hand


def test_the_crontab_is_filled_in_by_the_installation():
    for job, (_, command) in jobs().items():
        assert command == f'@python@ -IS @prefix@/cron/{job}'
