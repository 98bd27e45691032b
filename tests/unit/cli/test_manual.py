"""docs/commands.md: each command and each of its options is described."""

from pathlib import Path

import pytest

from mailman.cli import manual

TREE = Path(__file__).resolve().parents[3]


@pytest.fixture(scope='module')
def page():
    return manual.text()


def sections(page):
    """Answer {command: its part of the page}."""
    parts = page.split('\n### `')[1:]
    return {part.partition('`')[0]: part for part in parts}


def commands():
    return [
        (f'{folder}/{parser.prog}', parser)
        for parser, _ in manual._commands()
        for folder in ('bin', 'cron')
        if (TREE / folder / parser.prog).exists()
    ]


def test_every_command_has_its_section(page):
    names = [name for name, _ in commands()]
    assert sorted(sections(page)) == sorted(names)
    assert 'bin/withlist' in names and 'cron/cull_bad_shunt' in names


def test_every_option_is_in_the_section_of_its_command(page):
    found = sections(page)
    for name, parser in commands():
        for action in parser._actions:
            if action.option_strings and action.dest != 'help':
                assert f'`{", ".join(action.option_strings)}' in found[name]


def test_words_on_the_command_line_are_shown_as_they_are_taken(page):
    found = sections(page)
    assert '    bin/check_db [options] [listname ...]\n' in found['bin/check_db']
    assert '    bin/show_qfiles [options] FILE ...\n' in found['bin/show_qfiles']
    assert '    bin/version\n' in found['bin/version']


def test_exit_codes_are_told_from_the_programs(page):
    assert 'Exit status: 15 after SIGTERM' in sections(page)['bin/qrunner']


def test_no_placeholder_is_left(page):
    assert '%(' not in page
