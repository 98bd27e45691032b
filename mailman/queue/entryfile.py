"""What a queue file holds: one line of JSON, the metadata; then the message's bytes.

2.1's form is read too: two pickles, the message (text, or an object) and a dict.
The first byte tells them apart, for a file keeps its content when its name changes.

JSON has no bytes and no sets.  They are written as ``{"$bytes": "..."}`` (a character
for each byte) and ``{"$set": [...]}``; tuples come back as lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mailman.errors import CorruptFile
from mailman.storage import pickles

# Saved although it begins with an underscore: how often a runner died on the entry.
BAK_COUNT = '_bak_count'


def pack(raw: bytes, msgdata: Mapping[str, Any]) -> bytes:
    """Return a queue file's content."""
    return _json_line(_stored(msgdata)) + b'\n' + raw


def unpack(content: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return a queue file's message and metadata; raises CorruptFile, UnsafePickle."""
    if not content:
        raise CorruptFile('queue entry', 'it is empty')
    if content.startswith(b'{'):
        return _unpack_json(content)
    return _unpack_pickles(content)


def _stored(msgdata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key): value
        for key, value in msgdata.items()
        if not str(key).startswith('_') or key == BAK_COUNT
    }


# --- JSON -----------------------------------------------------------------


def _json_line(data: dict[str, Any]) -> bytes:
    try:
        return _dumps(data)
    except (TypeError, ValueError, RecursionError):
        # A site's handler left something odd: that must not cost the message.
        return _dumps({key: _writable(value) for key, value in data.items()})


def _dumps(data: Any) -> bytes:
    return json.dumps(data, default=_encode_odd).encode('ascii')


def plain(msgdata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata as they would come back from a queue file: plain values only."""
    return unpack(pack(b'', msgdata))[1]


def _writable(value: Any) -> Any:
    try:
        _dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None
    return value


def _encode_odd(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {'$bytes': value.decode('latin-1')}
    if isinstance(value, set | frozenset):
        return {'$set': list(value)}
    return str(value)


def _decode_odd(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        if isinstance(text := value.get('$bytes'), str):
            return text.encode('latin-1', 'replace')
        if isinstance(items := value.get('$set'), list):
            return set(map(_hashable, items))
    return value


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _unpack_json(content: bytes) -> tuple[bytes, dict[str, Any]]:
    end = content.find(b'\n')
    if end < 0:
        raise CorruptFile('queue entry', 'its first line does not end')
    line = content[:end]
    hook = _decode_odd if b'"$' in line else None
    try:
        data = json.loads(line.decode('utf-8', 'surrogateescape'), object_hook=hook)
    except (ValueError, TypeError, RecursionError) as error:
        raise CorruptFile('queue entry', f'no metadata: {error}'[:200]) from error
    if not isinstance(data, dict):
        raise CorruptFile('queue entry', 'its first line is no metadata')
    return content[end + 1 :], data


# --- 2.1's pickles --------------------------------------------------------


def _unpack_pickles(content: bytes) -> tuple[bytes, dict[str, Any]]:
    values = pickles.load_many(content)
    if len(values) != 2:
        raise CorruptFile('queue entry', f'{len(values)} pickles instead of two')
    message, data = values
    if isinstance(message, str):
        message = message.encode('utf-8', 'surrogateescape')
    if not isinstance(message, bytes) or not isinstance(data, dict):
        raise CorruptFile('queue entry', 'not a message and its metadata')
    try:
        data = pickles.decode_strings(data)
    except (TypeError, RecursionError) as error:
        raise CorruptFile('queue entry', f'odd metadata: {error}') from error
    return bytes(message), {str(key): value for key, value in data.items()}
