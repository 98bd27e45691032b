"""Checks on texts that owners write: substitutions and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mailman.settings.declare import Refused
from mailman.site.i18n import N_, Translator

# What headers and footers may name (2.1's), and what else when posts are personalised.
LIST_NAMES = frozenset(
    {
        'real_name',
        'list_name',
        'host_name',
        'web_page_url',
        'description',
        'info',
        'cgiext',
        '_internal_name',
    }
)
MEMBER_NAMES = frozenset(
    {
        'user_address',
        'user_delivered_to',
        'user_password',
        'user_name',
        'user_optionsurl',
    }
)
REPLY_NAMES = frozenset(
    {'listname', 'listurl', 'requestemail', 'adminemail', 'owneremail'}
)

_PERCENT = re.compile(r'%\((\w+)\)')
_PERCENT_WITHOUT_S = re.compile(r'%\((\w+)\)(?!s)')
_DOLLAR = re.compile(r'\$(?:(\w+)|\{(\w+)\})')
_NUMBERED_CHARACTER = re.compile(r'&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}));')


def names_in(text: str, *, dollar: bool = False) -> set[str]:
    """Answer what a template wants filled in: ``%(name)s``, or ``$name``."""
    if dollar:
        return {plain or braced for plain, braced in _DOLLAR.findall(text)}
    return set(_PERCENT.findall(text))


def complete(text: str, mlist: Any) -> str:
    """Put in the ``s`` that was forgotten behind ``%(name)``; 2.1 did so too."""
    if uses_dollars(mlist):
        return text
    return _PERCENT_WITHOUT_S.sub(r'%(\1)s', text)


def uses_dollars(mlist: Any) -> bool:
    """Tell whether the list's templates are written with ``$name``."""
    return bool(getattr(mlist, 'use_dollar_strings', 0))


def _unknown(text: str, mlist: Any, _: Translator, known: Iterable[str]) -> list[str]:
    odd = sorted(names_in(text, dollar=uses_dollars(mlist)) - set(known))
    if not odd:
        return []
    return [_('nothing is filled in for %(names)s', names=', '.join(odd))]


def warn_header(text: str, mlist: Any, _: Translator) -> list[str]:
    """Say which names in a header or footer of posts stay as they are."""
    members = MEMBER_NAMES if mlist.personalize else frozenset()
    return _unknown(text, mlist, _, LIST_NAMES | members)


def warn_digest(text: str, mlist: Any, _: Translator) -> list[str]:
    """Say which names in a header or footer of digests stay as they are."""
    return _unknown(text, mlist, _, LIST_NAMES)


def warn_reply(text: str, mlist: Any, _: Translator) -> list[str]:
    """Say which names in an automatic reply stay as they are."""
    return _unknown(text, mlist, _, REPLY_NAMES)


def numbered_characters(text: str, mlist: Any = None) -> str:
    """Turn ``&#233;`` into its character, as browsers send what a charset lacks."""
    return _NUMBERED_CHARACTER.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    number = int(found[1]) if found[1] else int(found[2], 16)
    # Controls and halves of surrogate pairs stay as they were written.
    if number < 32 or 0x7F <= number < 0xA0 or 0xD800 <= number < 0xE000:
        return found[0]
    return chr(number) if number <= 0x10FFFF else found[0]


def no_script(text: str, mlist: Any) -> str:
    """Refuse HTML that could run something.

    A courtesy to its author: what pages show goes through the allow-list in any
    case, and old lists may hold anything.
    """
    if '<' not in text:
        return text
    # Start-up time: only texts with tags need a parser.
    from mailman.security import htmlclean

    for kind, what in htmlclean.findings(text):
        if kind in htmlclean.RUNS:
            reason = N_('HTML here must not hold scripts, frames or embedded objects')
            raise Refused(what, reason)
    return text
