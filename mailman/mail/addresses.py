"""E-mail addresses: taken apart leniently, judged strictly, put together safely.

``parse`` and ``parse_all`` read what strangers wrote, in time linear to its length.
``validate`` is for new members and owners: 2.1's rules for ASCII addresses (its
``ValidateEmail``), email-validator for international ones.  Nothing is looked up in
the DNS.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from mailman import errors
from mailman.mail import headers

MAX_LENGTH = 320  # RFC 5321 4.5.3.1: 64 for the local part, 255 for the domain

_PLAIN = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?_`{}~.][A-Za-z0-9!#$%&'*+/=?_`{}~.-]*"
    r'@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{1,63}',
)
_HOSTILE = re.compile(r'[\]\[()<>|:;^,\\"\0-\x1f\x7f-\x9f\ud800-\udfff]|\A-')
# Characters that UTS 46 turns into something with a dot: one label would be two.
_DOTTED = re.compile('[\u2024-\u2026\u2488-\u249b\ufe19]')
_DOMAIN = re.compile(r'(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+')

_TOKEN = re.compile(r'[ \t\r\n]+|[()<>,:;]|"|[^\s()<>,:;"]+|\s')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(.)', re.DOTALL)
_COMMENT = re.compile(r'\((?:[^()\\]|\\.)*\)', re.DOTALL)
_PARENTHESIS = re.compile(r'[()]|\\.', re.DOTALL)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ \t-]*")


# --- taking apart ----------------------------------------------------------


def parse(value: object) -> tuple[str, str]:
    """Return name and address of the first mailbox in a header value.

    Both are empty where there is none.  The name is as written: see headers.decode.
    """
    found = _Parser(str(value)).mailboxes(1)
    return found[0] if found else ('', '')


def parse_all(values: Iterable[object] | str) -> list[tuple[str, str]]:
    """Return name and address of every mailbox in the values; groups are opened up."""
    if isinstance(values, str):
        values = [values]
    return [pair for value in values for pair in _Parser(str(value)).mailboxes()]


class _Parser:
    """One pass over one header value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.quotes = True  # until one without its partner is seen
        self.clear()

    def clear(self) -> None:
        self.words: list[str] = []  # of a name, or of a bare address
        self.glued: list[str] = []  # as written, without comments
        self.comments: list[str] = []
        self.route: str | None = None

    def mailboxes(self, limit: int = 0) -> list[tuple[str, str]]:
        """Return the mailboxes found, ``limit`` at most."""
        found: list[tuple[str, str]] = []
        while self.place < len(self.text):
            if self.step():
                self.finish(found)
                if limit and len(found) >= limit:
                    break
        self.finish(found)
        return found[:limit] if limit else found

    def finish(self, found: list[tuple[str, str]]) -> None:
        """Add the mailbox read so far, if it is one."""
        pair = self.mailbox()
        if pair:
            found.append(pair)
        self.clear()

    def mailbox(self) -> tuple[str, str] | None:
        """Return name and address of what was read since the last comma."""
        comment = ' '.join(filter(None, self.comments))
        if self.route is not None:
            name = ' '.join(self.words) or comment
            return (name, self.route) if name or self.route else None
        pieces = ''.join(self.glued).split()
        whole = [piece for piece in pieces if 0 < piece.find('@') < len(piece) - 1]
        if len(pieces) > 1 and whole:  # `Anne anne@example.com`
            pieces = whole[:1]
        address = ''.join(pieces).replace('\0', ' ')
        return (comment, address) if address else None

    def step(self) -> bool:
        """Read one sign; True when a mailbox ends before it."""
        match = _TOKEN.match(self.text, self.place)
        sign = match[0] if match else self.text[self.place]
        if sign == '"' and self.quotes:
            quoted = _QUOTED.match(self.text, self.place)
            if quoted:
                self.place = quoted.end()
                self.words.append(_ESCAPED.sub(r'\1', quoted[1]))
                self.glued.append(
                    '\0'.join(quoted[0].split())
                )  # blanks come back later
                return False
            self.quotes = False
        self.place += len(sign)
        if sign == '(':
            self.comment()
        elif sign == '<':
            self.angle()
        elif sign in ',;':
            return True
        elif sign == ':':
            self.clear()  # a group's name
        elif sign.isspace():
            self.glued.append(' ')
        elif sign not in '>)"':
            self.words.append(sign)
            self.glued.append(sign)
        return False

    def comment(self) -> None:
        """Read a comment to its end; comments may nest."""
        depth, start = 1, self.place
        for match in _PARENTHESIS.finditer(self.text, self.place):
            depth += {'(': 1, ')': -1}.get(match[0], 0)
            if not depth:
                self.place = match.end()
                self.comments.append(
                    _ESCAPED.sub(r'\1', self.text[start : match.start()]).strip()
                )
                return
        self.comments.append(self.text[start:].strip())
        self.place = len(self.text)

    def angle(self) -> None:
        """Read ``<address>``; the old route in front of it is dropped."""
        end = self.text.find('>', self.place)
        end = len(self.text) if end < 0 else end
        inside = _COMMENT.sub('', self.text[self.place : end])
        self.place = min(end + 1, len(self.text))
        if inside.lstrip().startswith('@') and ':' in inside:
            inside = inside.partition(':')[2]
        if self.route is None:
            self.route = (
                ''.join(inside.split()) if '"' not in inside else inside.strip()
            )


def split(address: str) -> tuple[str, str]:
    """Return local part and domain; the domain is empty without an ``@``."""
    local, at, domain = address.rpartition('@')
    return (local, domain) if at else (address, '')


def domain_key(domain: str) -> str:
    """Return the form of a domain to compare with: lower case, A-labels."""
    domain = domain.strip().rstrip('.')
    if domain.isascii():
        return domain.lower()
    # Costs 10 ms at start-up; few messages need it.
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode('ascii').lower()
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        return unicodedata.normalize('NFKC', domain).lower()


def key(address: str) -> str:
    """Return the form of an address to compare with: caseless, domain in A-labels."""
    if address.isascii():
        return address.lower()
    local, domain = split(address)
    local = unicodedata.normalize('NFC', local).lower()
    return f'{local}@{domain_key(domain)}' if domain else local


# --- judging ---------------------------------------------------------------


def validate(address: str, site: Any = None) -> str:
    """Return an address fit to be subscribed, its domain in A-labels.

    Raises HostileAddress for characters that no plain address needs, BadAddress for
    all else.  ``site`` is there for rules that an installation may add.
    """
    if _PLAIN.fullmatch(address) and len(address) <= MAX_LENGTH:
        return address
    if not address or ' ' in address:
        raise errors.BadAddress(address)
    if _HOSTILE.search(address):
        raise errors.HostileAddress(address)
    if len(address) > MAX_LENGTH:
        raise errors.BadAddress(address[:80] + '...', 'too long')
    if address.isascii():
        raise errors.BadAddress(address)
    return _validate_international(address)


def _validate_international(address: str) -> str:
    """Judge the local part by RFC 6531 and the domain by UTS 46."""
    # Costs 25 ms at start-up; only international addresses need it.
    from email_validator import EmailNotValidError, validate_email

    local, domain = split(address)
    if domain.endswith('.') or _DOTTED.search(domain):
        raise errors.BadAddress(address)
    domain = domain_key(domain)
    if not _DOMAIN.fullmatch(domain) or max(map(len, domain.split('.'))) > 63:
        raise errors.BadAddress(address)
    if _PLAIN.fullmatch(f'{local}@{domain}'):
        return f'{local}@{domain}'
    try:
        # Any other domain would be held against a list of special ones, like .local.
        found = validate_email(f'{local}@example.com', check_deliverability=False)
    except EmailNotValidError as error:
        raise errors.BadAddress(address, str(error)) from error
    return f'{found.local_part}@{domain}'


def is_valid(address: str, site: Any = None) -> bool:
    """Tell whether ``validate`` accepts the address."""
    try:
        validate(address, site)
    except errors.BadAddress:
        return False
    return True


# --- putting together ------------------------------------------------------


def format_address(name: str, address: str, charset: str = 'utf-8') -> str:
    """Return ``name <address>`` for a header, the name quoted or encoded as needed."""
    address = re.sub(r'[\s\0<>]+', '', address)
    name = ' '.join(re.sub(r'[\0-\x20\x7f]+', ' ', name).split())
    if not name:
        return address
    if not name.isascii():
        encoded = headers.encode_phrase(headers.decode(name), charset, 'From')
        return f'{encoded} <{address}>'
    if not _ATOMS.fullmatch(name):
        name = '"' + re.sub(r'(["\\])', r'\\\1', name) + '"'
    return f'{name} <{address}>'


def display(name: str, address: str) -> str:
    """Return ``name <address>`` for people to read: the name quoted, not encoded."""
    name = ' '.join(name.split())
    if not name:
        return address
    if not _ATOMS.fullmatch(name) and name.isascii():
        name = '"' + re.sub(r'(["\\])', r'\\\1', name) + '"'
    return f'{name} <{address}>'
