"""Read Python 2's marshal format: config.db of lists before 2.1.

The marshal module believes the lengths in its input and says itself that it is not
for untrusted data.  This reads plain types and nothing else; text comes as bytes.
"""

from __future__ import annotations

import struct
from typing import Any

from mailman.errors import CorruptFile

DEEPEST = 100
_CONSTANTS = {b'N': None, b'T': True, b'F': False}
_NULL = object()


def loads(data: bytes) -> Any:
    """Return the value that ``data`` begins with; raises CorruptFile."""
    try:
        value = _Reader(data).value(0)
    except (struct.error, ValueError, TypeError, OverflowError) as error:
        raise CorruptFile('marshal data', str(error)) from error
    if value is _NULL:
        raise CorruptFile('marshal data', 'no value')
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0
        self.interned: list[bytes] = []

    def take(self, count: int) -> bytes:
        end = self.place + count
        if count < 0 or end > len(self.data):
            raise CorruptFile('marshal data', 'it ends too early')
        piece = self.data[self.place : end]
        self.place = end
        return piece

    def number(self, form: str = '<i') -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise CorruptFile('marshal data', 'nested too deeply')
        kind = self.take(1)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind == b'0':
            return _NULL
        if kind in b'([':
            return self._sequence(kind, depth)
        if kind == b'{':
            return self._dict(depth)
        return self._scalar(kind)

    def _scalar(self, kind: bytes) -> Any:
        if kind in b'ig':
            return self.number({b'i': '<i', b'g': '<d'}[kind])
        if kind == b'I':
            return self.number('<q')
        if kind == b'f':
            return float(self.take(self.number('<B')))
        if kind == b'l':
            return self._long()
        if kind == b'R':
            return self._reference()
        if kind in b'stu':
            return self._string(kind)
        raise CorruptFile('marshal data', f'a value of kind {kind!r}')

    def _string(self, kind: bytes) -> bytes | str:
        raw = self.take(self.number())
        if kind == b't':
            self.interned.append(raw)
        return raw.decode('utf-8', 'replace') if kind == b'u' else raw

    def _reference(self) -> bytes:
        index: int = self.number()
        if not 0 <= index < len(self.interned):
            raise CorruptFile('marshal data', 'a reference to nothing')
        return self.interned[index]

    def _long(self) -> int:
        count: int = self.number()
        digits = struct.unpack(f'<{abs(count)}H', self.take(2 * abs(count)))
        value: int = sum(digit << (15 * place) for place, digit in enumerate(digits))
        return -value if count < 0 else value

    def _sequence(self, kind: bytes, depth: int) -> Any:
        count = self.number()
        if not 0 <= count <= len(self.data) - self.place:
            raise CorruptFile('marshal data', 'it ends too early')
        items = [self.value(depth + 1) for _ in range(count)]
        if any(item is _NULL for item in items):
            raise CorruptFile('marshal data', 'a value is missing')
        return items if kind == b'[' else tuple(items)

    def _dict(self, depth: int) -> dict[Any, Any]:
        items: dict[Any, Any] = {}
        while (key := self.value(depth + 1)) is not _NULL:
            items[key] = self.value(depth + 1)
        if any(item is _NULL for item in items.values()):
            raise CorruptFile('marshal data', 'a value is missing')
        return items
