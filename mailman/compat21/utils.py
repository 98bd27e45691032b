"""``Mailman.Utils``: the functions of it that site code calls."""

from __future__ import annotations

import html
import os
import re
import time
from typing import Any

from mailman import errors
from mailman.actions import systemmail
from mailman.compat21 import current
from mailman.lists import catalog
from mailman.mail import addresses, charsets, headers, text
from mailman.mail.text import to_dollar, to_percent  # noqa: F401 same name as in 2.1

# --- addresses --------------------------------------------------------------


def ParseEmail(email: str) -> tuple[str, list[str] | None]:
    """Answer the user and the labels of the domain, None without one; lower case."""
    user, domain = addresses.split(email.lower())
    return user, domain.split('.') if domain else None


def LCDomain(addr: str) -> str:
    """Answer the address with its domain in lower case."""
    local, domain = addresses.split(addr)
    return f'{local}@{domain.lower()}' if domain else addr


def ValidateEmail(s: str) -> None:
    """Raise Errors.EmailAddressError for what is no address."""
    addresses.validate(s, current.site())


def GetPossibleMatchingAddr(name: str) -> list[str]:
    """Answer the address and those with the same user in the domains above."""
    user, labels = ParseEmail(name)
    found = [name.lower()]
    while labels and len(labels) > 2:
        labels = labels[1:]
        found.append(f'{user}@{".".join(labels)}')
    return found


def ObscureEmail(addr: str, for_text: int = 0) -> str:
    """Answer the address in a form for web pages."""
    return addr.replace('@', ' at ' if for_text else '--at--')


def UnobscureEmail(addr: str) -> str:
    """Undo ObscureEmail(addr)."""
    return addr.replace('--at--', '@')


def get_domain() -> str:
    """Answer the mail host of the site."""
    return str(current.site().cfg.DEFAULT_EMAIL_HOST)


def get_site_email(hostname: str | None = None, extra: str | None = None) -> str:
    """Answer an address of the site list."""
    name = current.site().cfg.MAILMAN_SITE_LIST
    local = f'{name}-{extra}' if extra else name
    return f'{local}@{hostname or get_domain()}'


# --- lists --------------------------------------------------------------------


def list_names() -> list[str]:
    """Answer the names of all lists."""
    return catalog.names(current.site())


def list_exists(listname: str) -> bool:
    """Tell whether there is a list of that name."""
    return catalog.exists(current.site(), listname)


def unique_message_id(mlist: Any) -> str:
    """Make a Message-ID."""
    return systemmail.unique_message_id(mlist)


# --- texts --------------------------------------------------------------------


def wrap(text_: str, column: int = 70, honor_leading_ws: bool = True) -> str:
    """Fill paragraphs to the column."""
    return text.wrap(text_, column)


def oneline(s: Any, cset: str = 'us-ascii', in_unicode: bool = False) -> str:
    """Decode a header value to text on one line."""
    return headers.decode(s)


def maketext(
    templatefile: str,
    dict: dict[str, Any] | None = None,  # noqa: A002 2.1's name
    raw: int = 0,
    lang: str | None = None,
    mlist: Any = None,
) -> str:
    """Fill a mail text of the site."""
    known = {}
    if mlist is not None:
        known = {'mlist_name': mlist.name, 'host': mlist.host_name}
        known['list_lang'] = mlist.preferred_language
    return current.site().render(
        templatefile, dict or {}, lang=lang, raw=bool(raw), **known
    )


def QuotePeriods(text_: str) -> str:
    """Keep a line of one dot from ending an SMTP conversation."""
    return text_.replace('\n.\n', '\n .\n')


def websafe(s: Any) -> str:
    """Escape text for HTML."""
    return html.escape(str(s), quote=True)


def strip_verbose_pattern(pattern: str) -> str:
    """Answer a pattern written for re.VERBOSE as an ordinary one."""
    lines = [re.sub(r'(?<!\\)#.*', '', line) for line in pattern.splitlines()]
    return ''.join(re.sub(r'(?<!\\)\s+', '', line) for line in lines)


# --- languages ------------------------------------------------------------------


def GetCharSet(lang: str) -> str:
    """Answer the charset that 2.1 used for a language."""
    return current.site().charset(lang)


def IsLanguage(lang: str) -> bool:
    """Tell whether the site knows a language of that code."""
    return lang in current.site().cfg.LC_DESCRIPTIONS


def GetLanguageDescr(lang: str) -> str:
    """Answer the English name of a language."""
    return str(current.site().cfg.LC_DESCRIPTIONS[lang][0])


def canonstr(s: Any, lang: str | None = None) -> str:
    """Answer text; bytes are read in the language's charset."""
    if isinstance(s, bytes):
        return charsets.decode(s, GetCharSet(lang) if lang else 'utf-8')
    return html.unescape(str(s))


uncanonstr = canonstr


# --- small things -----------------------------------------------------------------


def List2Dict(L: Any, foldcase: int = 0) -> dict[Any, int]:  # noqa: N803 2.1's name
    """Answer a dict with the items as keys."""
    return dict.fromkeys((one.lower() for one in L) if foldcase else L, 1)


def midnight(date: tuple[int, int, int] | None = None) -> float:
    """Answer the last midnight, or that of (year, month, day), local time."""
    if date is None:
        date = time.localtime(current.site().now())[:3]
    return time.mktime((*date, 0, 0, 0, 0, 0, -1))


def MakeRandomPassword(length: int = -1) -> str:
    """Make a password."""
    from mailman.security.tokens import make_password

    site = current.site()
    return make_password(site.cfg.MEMBER_PASSWORD_LENGTH if length < 0 else length)


def nntpsplit(s: str) -> tuple[str, int]:
    """Answer host and port of ``host`` or ``host:port``."""
    host, _, port = s.partition(':')
    return (host, int(port)) if port.isdigit() else (s, 119)


def makedirs(path: str, mode: int = 0o2775) -> None:
    """Make a directory and those above it, with these rights."""
    os.makedirs(path, mode, exist_ok=True)


EmailAddressError = errors.BadAddress
