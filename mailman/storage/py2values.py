"""What stands for 2.1's classes while one of its pickles is read; plain values after.

The names are those of files.json ``pickle_classes``, their older spellings, and the
spellings of Python 3.  Nothing here can run code of the pickle's choosing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from mailman.errors import UnsafePickle
from mailman.storage import py2mail
from mailman.storage.py2mail import RawMessage

DEEPEST = 300


class Instance:
    """An object of a class that is not here: its class's name and its state."""

    __slots__ = ('state',)
    kind = ''

    def __new__(cls, *args: Any) -> Instance:
        """Make an empty one; old-style classes of 2.1 never had arguments stored."""
        if args:
            raise UnsafePickle(f'{cls.kind} with arguments')
        self = object.__new__(cls)
        self.state = {}
        return self

    def __setstate__(self, state: Any) -> None:
        # Protocol 2 may give a pair of __dict__ and slots.
        if isinstance(state, tuple) and len(state) == 2:
            state = {**(state[0] or {}), **(state[1] or {})}
        if type(state) is not dict:
            raise UnsafePickle(f'{self.kind} with a state that is no dict')
        self.state = {_name(key): value for key, value in state.items()}


def _name(key: Any) -> str:
    return key.decode('latin-1') if isinstance(key, bytes) else str(key)


class _Call:
    """A function that a pickle may call; it has no attribute to be overwritten."""

    __slots__ = ('function',)

    function: Callable[..., Any]

    def __init__(self, function: Callable[..., Any]) -> None:
        object.__setattr__(self, 'function', function)

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def __setstate__(self, state: Any) -> NoReturn:
        raise UnsafePickle('a state for a function')

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise UnsafePickle('an attribute for a function')


def _make_set(kind: Any) -> Callable[..., Any]:
    def make(*args: Any) -> Any:
        if not args:
            return kind()
        if len(args) != 1 or type(args[0]) not in (list, tuple):
            raise UnsafePickle('a set of something else than a list')
        return kind(args[0])

    return make


def _make_bytes(*args: Any) -> bytes:
    # bytearray(10**12) would be believed: only the forms that pickles write.
    if not args:
        return b''
    if isinstance(args[0], bytes) and len(args) == 1:
        return args[0]
    return _encode(*args)


def _encode(*args: Any) -> bytes:
    """Undo Python 3's way of writing bytes into protocols 0 to 2."""
    if len(args) != 2 or not isinstance(args[0], str):
        raise UnsafePickle('encode with odd arguments')
    if _name(args[1]) not in ('latin1', 'latin-1'):
        raise UnsafePickle('encode with another charset')
    return args[0].encode('latin-1')


def _reconstruct(*args: Any) -> Any:
    """Make what copy_reg makes for a new-style class without a state."""
    if len(args) != 3 or not (
        isinstance(args[0], type) and issubclass(args[0], Instance)
    ):
        raise UnsafePickle('an object of an unknown class')
    return args[0]()


def _stand_in(kind: str) -> type[Instance]:
    return type(kind, (Instance,), {'__slots__': (), 'kind': kind})


_MESSAGE, _HEADER, _CHARSET, _RECORD = map(
    _stand_in, ('message', 'header', 'charset', 'record')
)
_MIME_KINDS = {
    'text': 'Text',
    'message': 'Message',
    'base': 'Base',
    'multipart': 'Multipart',
    'nonmultipart': 'NonMultipart',
    'image': 'Image',
    'audio': 'Audio',
}
_MESSAGES = (
    'Mailman.Message.Message',
    'Mailman.Message.UserNotification',
    'Mailman.Message.OwnerNotification',
    'email.message.Message',
    'email.Message.Message',
    *(f'email.mime.{low}.MIME{name}' for low, name in _MIME_KINDS.items()),
    *(f'email.MIME{name}.MIME{name}' for name in _MIME_KINDS.values()),
)
_OBJECT = _Call(lambda: UnsafePickle('an object of no class'))

STAND_INS: dict[str, Any] = {
    **dict.fromkeys(_MESSAGES, _MESSAGE),
    'email.header.Header': _HEADER,
    'email.Header.Header': _HEADER,
    'email.charset.Charset': _CHARSET,
    'email.Charset.Charset': _CHARSET,
    'Mailman.UserDesc.UserDesc': _RECORD,
    'Mailman.Bouncer._BounceInfo': _RECORD,
    # Archive pages' articles: read by the archive's importer.
    'Mailman.Archiver.HyperArch.Article': _RECORD,
    'email._policybase.Compat32': _RECORD,
    'copy_reg._reconstructor': _Call(_reconstruct),
    'copyreg._reconstructor': _Call(_reconstruct),
    '_codecs.encode': _Call(_encode),
    **{
        f'{module}.{name}': value
        for module in ('__builtin__', 'builtins')
        for name, value in {
            'object': _OBJECT,
            'set': _Call(_make_set(set)),
            'frozenset': _Call(_make_set(frozenset)),
            'bytearray': _Call(_make_bytes),
            'bytes': _Call(_make_bytes),
        }.items()
    },
}


def weigh(value: Any, limit: int) -> None:
    """Raise UnsafePickle when a value unfolds to more than ``limit`` items.

    A few bytes of pickle can name one list many times over, or a list in itself;
    what walks through such a value would not come back.
    """
    count, stack = 0, [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, Instance):
            item = item.state
        kind = type(item)
        if kind is dict:
            children = [*item.keys(), *item.values()]
        elif kind in (list, tuple, set, frozenset):
            children = item
        else:
            if kind in (_Call, type):
                raise UnsafePickle('a class as a value')
            continue
        count += len(children)
        if count > limit or depth > DEEPEST:
            raise UnsafePickle('a value that unfolds without end')
        # Only what may hold more goes on the stack.
        stack += [(c, depth + 1) for c in children if type(c) not in _ATOMS]


_ATOMS = frozenset((str, bytes, int, float, bool, type(None)))


def settle(value: Any) -> Any:
    """Replace the stand-ins in a value by plain values and messages' bytes."""
    if isinstance(value, Instance):
        return _settle_instance(value)
    kind = type(value)
    if kind is dict:
        return {settle(key): settle(item) for key, item in value.items()}
    if kind in (list, tuple, set, frozenset):
        return kind([settle(item) for item in value])
    return value


def _settle_instance(value: Instance) -> Any:
    state = {key: settle(item) for key, item in value.state.items()}
    if isinstance(value, _MESSAGE):
        return RawMessage(py2mail.flatten(state))
    if isinstance(value, _HEADER):
        return py2mail.HeaderText(state)
    if isinstance(value, _CHARSET):
        return py2mail.charset_name(state)
    return state
