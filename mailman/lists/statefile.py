"""pending.pck and request.pck: small dicts that are read, changed and replaced.

2.1's files are read too.  One that cannot be read is set aside and logged: whoever
waits for a confirmation asks again, but the list goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.errors import CorruptFile, UnsafePickle
from mailman.lists import store, upgrade
from mailman.storage import pickles, safefile

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList


def load(mlist: MailList, name: str) -> dict[Any, Any]:
    """Return what a state file of a list holds, as text; empty when there is none."""
    path = mlist.directory / name
    try:
        return _read(path, mlist.charset)
    except FileNotFoundError:
        return {}
    except (CorruptFile, UnsafePickle) as error:
        mlist.log('error', f'cannot read {path}, set aside as {name}.corrupt: {error}')
        store.set_aside(mlist.directory, name)
        return {}


def _read(path: Path, charset: str) -> dict[Any, Any]:
    values = pickles.loads(safefile.read(path))
    if not isinstance(values, dict):
        raise CorruptFile(path, f'it holds a {type(values).__name__}')
    if upgrade.is_python2(values):
        values = pickles.decode_strings(values, charset)
    return dict(values)


def save(mlist: MailList, name: str, values: dict[Any, Any]) -> None:
    """Replace a state file durably; the caller holds the list's lock."""
    safefile.write(mlist.directory / name, pickles.dumps(values))
