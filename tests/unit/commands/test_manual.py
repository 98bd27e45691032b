"""docs/mail-commands.md describes every word."""

import re
from pathlib import Path

from mailman import commands
from mailman.commands import files, reply

PAGE = Path(__file__).resolve().parents[3] / 'docs' / 'mail-commands.md'


def test_every_word_is_in_the_table():
    rows = re.findall(r'(?m)^\| (`[^|]+`) \|', PAGE.read_text())
    words = [word for row in rows for word in re.findall(r'`(\w+)`', row)]
    assert sorted(words) == sorted(commands.COMMANDS)


def test_its_numbers_are_those_of_the_program():
    text = PAGE.read_text()
    for number in (files.LARGEST, files.LARGEST_FOR_STRANGERS):
        assert f'{number:,}' in text
    assert f'{reply.QUOTE_BYTES} bytes' in text
