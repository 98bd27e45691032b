"""Pickles as data: the only reader and the only writer of them.

Read: files of 2.1 (Python 2, protocols 0 to 2), of its Python 3 port, and ours.
No class is ever imported.  The few names that such files need stand in one table and
become inert holders, which are turned into plain values after reading::

    Mailman.Message.Message ...   -> RawMessage: the message's bytes
    Mailman.UserDesc.UserDesc     -> dict
    Mailman.Bouncer._BounceInfo   -> dict
    email.header.Header           -> str

Python 2's ``str`` arrives as bytes; ``decode_strings`` is the pass that makes it text.

Written: a pickle (protocol 4) of plain types only, and behind its STOP, where other
readers do not look, one line with a checksum.  A pickle that has that line is held
against it, so silent damage is noticed.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import re
from typing import Any, NoReturn

from mailman.errors import CorruptFile, UnsafePickle
from mailman.storage import py2values
from mailman.storage.picklescan import find_end
from mailman.storage.py2mail import HeaderText, RawMessage

__all__ = ['RawMessage', 'decode_strings', 'dumps', 'fingerprint', 'load_many', 'loads']

PROTOCOL = 4
_CHECKSUM = re.compile(rb'\n#mailman-sha256:([0-9a-f]{64})\n\Z')
_CHECKSUM_LENGTH = 82
_PLAIN = (
    type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset,
)  # fmt: skip


# --- writing --------------------------------------------------------------


class _PlainPickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> NoReturn:
        """Refuse; the pickler asks only for what is no plain type."""
        raise TypeError(f'not a plain value: {type(obj).__qualname__}')


def dumps(obj: Any) -> bytes:
    """Pickle plain values; raises TypeError for an object of any other class.

    Members of enumerations and other heirs of plain types become plain ones.
    """
    try:
        body = _dump(obj)
    except TypeError:
        body = _dump(_plain(obj, 0))
    digest = hashlib.sha256(body).hexdigest().encode()
    return body + b'\n#mailman-sha256:' + digest + b'\n'


def _dump(obj: Any) -> bytes:
    target = io.BytesIO()
    _PlainPickler(target, PROTOCOL).dump(obj)
    return target.getvalue()


def fingerprint(obj: Any) -> bytes:
    """Return bytes that differ when plain values differ; for comparing, not storing."""
    try:
        return _dump(obj)
    except TypeError:
        return _dump(repr(obj))


def _plain(value: Any, depth: int) -> Any:
    """Copy a value, turning heirs of plain types into plain ones."""
    if depth > 200:
        raise TypeError('nested too deeply')
    if isinstance(value, dict):
        return {_plain(k, depth + 1): _plain(v, depth + 1) for k, v in value.items()}
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return kind(_plain(item, depth + 1) for item in value)
    if type(value) in _PLAIN:
        return value
    if isinstance(value, bytes | bytearray):
        return bytes(value)
    for scalar in (int, float, str):
        if isinstance(value, scalar):
            # Not str(value): an enumeration prints its name.
            return scalar.__add__(value, scalar())  # type: ignore[operator]
    raise TypeError(f'not a plain value: {type(value).__qualname__}')


# --- reading --------------------------------------------------------------


def loads(data: bytes) -> Any:
    """Return the plain value of one pickle.

    Raises UnsafePickle when it asks for a class that no file of ours needs, and
    CorruptFile for everything else that is wrong with it.
    """
    match = _CHECKSUM.search(data, max(0, len(data) - _CHECKSUM_LENGTH))
    if match:
        body = data[: match.start()]
        if hashlib.sha256(body).hexdigest().encode() != match[1]:
            raise CorruptFile('pickle', 'the checksum does not match')
        # Whoever writes a checksum on purpose could write a large file just as well:
        # what is left to guard against in here is code, and _load does.
        return _load(body, known_good=True)
    end = find_end(data)
    if data[end:].strip():
        raise CorruptFile('pickle', 'something follows it that is no checksum')
    return _load(data[:end])


def load_many(data: bytes) -> list[Any]:
    """Return the values of pickles that follow one another, as in 2.1's queue files.

    Raises what ``loads`` raises, for the first one that is wrong.
    """
    values = []
    start = 0
    while start < len(data):
        end = find_end(data, start)
        values.append(_load(data[start:end]))
        start = end
    return values


class _SafeUnpickler(pickle.Unpickler):
    named_a_class = False

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a class; nothing is imported."""
        self.named_a_class = True
        try:
            return py2values.STAND_INS[f'{module}.{name}']
        except KeyError:
            raise UnsafePickle(f'{module}.{name}'[:200]) from None

    def persistent_load(self, pid: object) -> NoReturn:
        """Refuse; no file of ours or of 2.1 has such references."""
        raise UnsafePickle('a persistent reference')


def _load(data: bytes, *, known_good: bool = False) -> Any:
    unpickler = _SafeUnpickler(io.BytesIO(data), encoding='bytes')
    try:
        value = unpickler.load()
        if not known_good or unpickler.named_a_class:
            py2values.weigh(value, 10_000 + 4 * len(data))
        return py2values.settle(value) if unpickler.named_a_class else value
    except UnsafePickle:
        raise
    # A broken pickle may raise nearly anything.
    except Exception as error:
        reason = f'{type(error).__name__}: {error}'[:200]
        raise CorruptFile('pickle', reason) from error


# --- Python 2's byte strings ----------------------------------------------


def decode_strings(value: Any, charset: str = 'us-ascii') -> Any:
    """Make text of the byte strings in what ``loads`` returned for a Python 2 file.

    Each is read in ``charset``; where it is not valid there, as UTF-8, else as
    Latin-1, so nothing keeps a file from loading.  Messages stay bytes.
    """
    return _Decoder(charset).decode(value)


class _Decoder:
    """Decoding in one charset; equal strings are decoded once and shared."""

    def __init__(self, charset: str) -> None:
        self.charsets = (charset, 'utf-8', 'latin-1')
        self.strings: dict[bytes, str] = {}

    def text(self, raw: bytes) -> str:
        found = self.strings.get(raw)
        if found is None:
            found = self.strings[raw] = _decode(raw, self.charsets)
        return found

    def decode(self, value: Any) -> Any:
        kind = type(value)
        if kind is bytes:
            return self.text(value)
        if kind is dict:
            decode = self.decode
            return {decode(key): decode(item) for key, item in value.items()}
        if kind in (list, tuple, set, frozenset):
            return kind([self.decode(item) for item in value])
        return str(value) if kind is HeaderText else value


def _decode(raw: bytes, charsets: tuple[str, ...]) -> str:
    for charset in charsets:
        try:
            return raw.decode(charset)
        except (UnicodeError, LookupError):
            continue
    return raw.decode('latin-1')
