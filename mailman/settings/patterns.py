"""Regular expressions that list owners wrote.

Lists of 2.1 hold patterns for Python 2.  The one thing Python 3.11 refuses in them
is a flag group that is not in front, ``^(?i).*@example\\.com``; it is moved there.
"""

from __future__ import annotations

import re

_FLAG_GROUP = re.compile(r'\(\?([aiLmsux]+)\)')


def compile_pattern(pattern: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Compile an owner's pattern, case ignored; raises re.error as re.compile does."""
    try:
        return re.compile(pattern, flags)
    except re.error:
        letters = ''.join(_FLAG_GROUP.findall(pattern))
        if not letters:
            raise
    # 'L' is for bytes only, 'a' would change what \w means in other scripts: left out.
    wanted = ''.join(sorted(set(letters) & set('imsx')))
    front = f'(?{wanted})' if wanted else ''
    return re.compile(front + _FLAG_GROUP.sub('', pattern), flags)


def trouble_with(pattern: str) -> str:
    """Say in a few words why PATTERN does not compile; '' when it does."""
    try:
        compile_pattern(pattern)
    except (re.error, OverflowError, RecursionError) as err:
        return str(err) or 'too complicated'
    return ''
