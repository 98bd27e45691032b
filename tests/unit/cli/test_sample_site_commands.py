"""The commands say about the sample site of 2.1 what 2.1 said."""

import json
import os
import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

LEGACY = Path(__file__).parents[2] / 'data' / 'legacy'
CALLS = json.loads((LEGACY / 'expected.json').read_text())['cli']
# While the cookies of the sample's held posts are good.
WHEN_WRITTEN = 1795246970.0
# 2.1 printed these in the order of a hash or of a directory.
UNORDERED = ('find_member', 'list_owners')


@pytest.fixture
def sample(site):
    """The site, with the sample in it."""
    site.now = lambda: WHEN_WRITTEN
    shutil.copytree(LEGACY / 'tree', site.prefix, dirs_exist_ok=True)
    for folder, _, files in os.walk(site.lists_dir):
        for name in files:
            Path(folder, name).chmod(0o660)
    return type(site)(site.prefix, install=site.install, now=site.now)


def expected_text(call):
    """Undo expected.json's value_notation."""
    text = call['stdout']
    return text['bytes_latin1'] if isinstance(text, dict) else text


def said(text, command):
    lines = text.splitlines()
    return sorted(lines) if command in UNORDERED else lines


@pytest.mark.parametrize('call', CALLS, ids=lambda call: ' '.join(call['argv']))
def test_a_command_says_what_2_1_said(sample, call, capsys):
    program, *words = call['argv']
    command = program.removeprefix('bin/')
    main = import_module(f'mailman.cli.{command}').main
    try:
        status = main(sample, words)
    except SystemExit as ending:
        status = ending.code
    found = said(capsys.readouterr().out, command)
    expected = said(expected_text(call), command)
    assert status == call['exit']
    assert len(found) == len(expected)
    for line, wanted in zip(found, expected, strict=True):
        # Names that 2.1 reduced to ASCII, we show whole.
        pattern = '.'.join(map(re.escape, wanted.split('?')))
        assert re.fullmatch(pattern, line), wanted
