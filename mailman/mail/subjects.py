"""A list's tag in subjects: ``[Talk]``, or ``[Talk %d]`` with a number in it."""

from __future__ import annotations

import re

TAG_NUMBER = re.compile(r'%(\d{0,2})d')


def tag_pattern(prefix: str) -> re.Pattern[str]:
    """Make a pattern for the tag with any number in it."""
    pieces = TAG_NUMBER.split(prefix)[::2]
    return re.compile(r'\s{0,9}\d++\s{0,9}'.join(map(re.escape, pieces)))
