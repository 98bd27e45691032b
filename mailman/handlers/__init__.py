"""The pipeline's steps: each module has ``process(mlist, msg, msgdata)``.

A step returns None, or raises DiscardMessage, RejectMessage or HoldMessage
(`mailman.errors`).  The table maps 2.1's names, as they stand in GLOBAL_PIPELINE, in a
list's ``pipeline`` and in queue entries, to modules of this package.  A site adds its
own by a file NAME.py in PREFIX/Mailman/Handlers or VAR_PREFIX/handlers, which wins
over ours.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mailman.errors import BrokenHandler, PipelineStop, UnknownHandler
from mailman.site import mmcfg

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.site import Site

Process = Callable[['MailList', 'Message', dict[str, Any]], None]

# In the order of GLOBAL_PIPELINE; what must come before what is said where it matters.
HANDLERS = {
    # May it pass?  Nothing is changed yet, so that a refused post goes back as it came.
    'SpamDetect': 'spam_detect',  # first: also the DMARC verdict that later steps read
    'Approve': 'approve',  # before all checks that a password opens; ends loops
    'Replybot': 'replybot',  # before the checks: a held post is answered too
    'Moderate': 'moderate',
    'Hold': 'hold',
    # What of it may pass?
    'MimeDel': 'mime_del',
    'Scrubber': 'scrubber',
    'Emergency': 'emergency',  # after the filters: nobody moderates what they refuse
    # To whom?
    'Tagger': 'tagger',  # before CalcRecips, which reads the topics hit
    'CalcRecips': 'calc_recips',  # reads Urgent:, so before Cleanse
    'AvoidDuplicates': 'avoid_duplicates',
    # The header as members see it.
    'Cleanse': 'cleanse',  # before archive and digest: it removes passwords
    'CleanseDKIM': 'cleanse_dkim',
    'CookHeaders': 'cook_headers',
    # Copies for others; they take the post before From, Reply-To and Cc are replaced.
    'ToDigest': 'to_digest',
    'ToArchive': 'to_archive',
    'ToUsenet': 'to_usenet',
    # It counts as posted.
    'AfterDelivery': 'after_delivery',
    'Acknowledge': 'acknowledge',
    'WrapMessage': 'wrap_message',  # last change: only delivered copies are wrapped
    'ToOutgoing': 'to_outgoing',
    # Not in GLOBAL_PIPELINE: owner mail, and steps that only a site names.
    'OwnerRecips': 'owner_recips',
    'FileRecips': 'file_recips',
    # At delivery, by DELIVERY_MODULE.
    'Decorate': 'decorate',
    'SMTPDirect': 'smtpdirect',
    'Sendmail': 'sendmail',
}


# --- looking a step up ----------------------------------------------------


def resolve(site: Site, name: str) -> Process:
    """Answer the ``process`` function of a pipeline name.

    Blanks around the name do not count: published recipes have them.  Raises
    UnknownHandler, or BrokenHandler for a file of the site that cannot be imported.
    """
    name = str(name).strip()
    process: Process | None = getattr(module_of(site, name), 'process', None)
    if process is None:
        raise UnknownHandler(name)
    return process


def module_of(site: Site, name: str) -> ModuleType:
    """Answer the module of a handler, the site's before ours; raises as ``resolve``."""
    if not name.isidentifier():
        raise UnknownHandler(name)
    return _site_module(site, name) or _own_module(name)


def _own_module(name: str) -> ModuleType:
    if name not in HANDLERS:
        raise UnknownHandler(name)
    return importlib.import_module(f'{__name__}.{HANDLERS[name]}')


def site_directories(site: Site) -> tuple[str, str]:
    """Answer the folders where a site keeps handlers of its own, first wins."""
    # Plain strings: this is asked for every step of every post.
    return f'{site.prefix}/Mailman/Handlers', f'{site.var_prefix}/handlers'


@dataclass(frozen=True)
class _Loaded:
    """A site's handler file as it was when we imported it."""

    stamp: tuple[int, int, int]
    module: ModuleType


_loaded: dict[str, _Loaded] = {}
_left_out: set[str] = set()


def _site_module(site: Site, name: str) -> ModuleType | None:
    """Import the site's file of that name; again when the file has changed."""
    for directory in site_directories(site):
        if not _may_hold(directory, name):
            continue
        path = f'{directory}/{name}.py'
        try:
            about = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            # Anything else fails: a file that we may not read could be a stricter step.
            continue
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        known = _loaded.get(path)
        if known is None or known.stamp != stamp:
            if _belongs_to_21(directory, name):
                if path not in _left_out:
                    site.log.write('error', f"{path} is 2.1's own and left out")
                    _left_out.add(path)
                continue
            _loaded.pop(path, None)
            known = _loaded[path] = _Loaded(stamp, _import_file(path, name))
            site.log.write(
                'qrunner', f'Handler {name} is the file of this site: {path}'
            )
        return known.module
    return None


@dataclass
class _Listing:
    """What lay in a folder of handlers, the folder's stamp, and until when to trust."""

    stamp: tuple[int, int]
    names: frozenset[str]
    good_until: float = 0.0


_listings: dict[str, _Listing] = {}
_EMPTY = _Listing((0, 0), frozenset())
# A folder that changed later than this before we looked may change again unnoticed:
# its time is counted in ticks of some milliseconds.  Seconds, for network disks.
_SETTLED = 2_000_000_000
_TRUSTED = 0.1  # seconds without another look: the steps of a post follow each other


def _may_hold(directory: str, name: str) -> bool:
    """Tell whether the folder may hold a file of that name, without a look for each."""
    known = _listings.get(directory)
    if known is None or time.monotonic() > known.good_until:
        known = _look_into(directory, known)
    return known is None or f'{name}.py' in known.names


def _look_into(directory: str, known: _Listing | None) -> _Listing | None:
    """Answer what lies in the folder; None where only a look at each file tells."""
    try:
        about = os.stat(directory)
        stamp = (about.st_mtime_ns, about.st_ino)
        if known is None or known.stamp != stamp:
            _listings.pop(directory, None)
            if time.time_ns() - about.st_mtime_ns < _SETTLED:
                return None
            known = _listings[directory] = _Listing(
                stamp, frozenset(os.listdir(directory))
            )
    except (FileNotFoundError, NotADirectoryError):
        return _EMPTY
    except OSError:
        return None
    known.good_until = time.monotonic() + _TRUSTED
    return known


def _belongs_to_21(directory: str, name: str) -> bool:
    """Tell whether a file is one of 2.1's handlers: somebody copied its package here.

    `make install` moves that package aside, because its Python 2 would stop all mail.
    """
    return name in HANDLERS and os.path.exists(f'{directory}/../MailList.py')


def _import_file(path: str, name: str) -> ModuleType:
    """Run a file as module ``Mailman.Handlers.NAME``, the name it had under 2.1.

    Raises BrokenHandler, and SystemExit and the like as they come.
    """
    full_name = f'Mailman.Handlers.{name}'
    spec = importlib.util.spec_from_file_location(full_name, path)
    if spec is None:
        raise UnknownHandler(name)
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(full_name)
    sys.modules[full_name] = module
    try:
        # Not through the loader: a stale .pyc of the same second and size would win.
        code = compile(Path(path).read_bytes(), path, 'exec', dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 the site's own code, as mm_cfg.py is
    except BaseException as error:
        sys.modules.pop(full_name)
        if before is not None:
            sys.modules[full_name] = before
        if isinstance(error, Exception):
            raise _broken(path, error) from error
        raise
    return module


def _broken(path: str, error: Exception) -> BrokenHandler:
    """Say which line of a site's file fails, and how Python 3 writes it."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return BrokenHandler(path, error.lineno, mmcfg.explain_syntax(error))
    line = mmcfg.line_within(Path(path), error.__traceback__)
    return BrokenHandler(path, line, mmcfg.explain(error))


# --- running steps --------------------------------------------------------


def run(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], names: list[str]
) -> None:
    """Take the post through the named steps; what is left stands in msgdata meanwhile.

    When a step ends the post's way by Discard, Reject or Hold, the steps after it are
    left.  On any other failure, importing the step included, the one that failed is the
    first of those left, so that bin/unshunt goes on there.  Afterwards the list of
    steps left is empty, which is not the same as none given.
    """
    left = list(names)
    msgdata['pipeline'] = left
    while left:
        step(mlist, msg, msgdata, left)


def step(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], left: list[str]
) -> None:
    """Run the first of the steps left, and take it off the list unless it failed."""
    name = left.pop(0)
    try:
        resolve(mlist.site, name)(mlist, msg, msgdata)
    except PipelineStop as stop:
        stop.handler = str(name).strip()
        raise
    except BaseException:
        # SystemExit, MemoryError and RecursionError of a handler count as its failure.
        left.insert(0, name)
        msgdata['pipeline'] = left
        raise
