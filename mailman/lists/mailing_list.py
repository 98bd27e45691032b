"""A mailing list as everybody else sees it (2.1: Mailman/MailList.py)."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mailman.errors import (
    BadListName,
    CorruptFile,
    CorruptList,
    ListExists,
    LockTimeout,
    UnknownList,
)
from mailman.lists import archive_links, catalog, overview, store, upgrade
from mailman.lists.members import MEMBER_DICTS, Members
from mailman.settings import Settings, declarations
from mailman.site.i18n import N_
from mailman.storage import pickles
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.lists.list_queue import ListQueue
    from mailman.site import Site
    from mailman.site.i18n import Translator

# Attributes of the object that are no part of the list's state.
_TRANSIENT = frozenset(('site', 'name'))
_NOT_IN_CONFIG = _TRANSIENT | frozenset(store.COUNTERS)


class MailList(Settings, Members):
    """One list.  Its settings are attributes; see mailman/settings for what there is.

    ``open`` reads it.  Whoever changes something does so inside ``with mlist.lock():``
    and saves; what is not saved there is forgotten at the next ``lock``.
    """

    # Further attributes by name, as functions of the list: names of 2.1's that
    # site code uses (compat21 fills this in).
    legacy: ClassVar[dict[str, Callable[..., Any]]] = {}

    site: Site
    name: str

    def __init__(self, site: Site, name: str) -> None:
        self.site, self.name = site, name.lower()
        self._lock = Lock(site.locks_dir / f'{self.name}.lock')
        self._lock_depth = 0
        self._stamp: store.Stamp | None = None
        self._counters_stamp: store.Stamp | None = None
        self._counters_saved = b''
        self._fingerprint = b''
        self._members_changed = False
        # The file is one of 2.1's: the first save must write all of ours.
        self._foreign = False

    def __repr__(self) -> str:
        return f'<MailList {self.name}>'

    def __getattr__(self, name: str) -> Any:
        # Asked only for what the object and its class do not have.
        try:
            function = type(self).legacy[name]
        except KeyError:
            raise AttributeError(f'a list has no attribute {name!r}') from None
        return types.MethodType(function, self)

    @property
    def directory(self) -> Path:
        """The directory of the list's own files."""
        return Path(f'{self.site.cfg.LIST_DATA_DIR}/{self.name}')

    # --- making and opening ---------------------------------------------------

    @classmethod
    def open(cls, site: Site, name: str) -> MailList:
        """Return the list as it is now; raises UnknownList, CorruptList."""
        mlist = cls(site, name)
        mlist.load()
        return mlist

    @classmethod
    def create(
        cls,
        site: Site,
        name: str,
        owner: str | list[str],
        password: str,
        **settings: Any,
    ) -> MailList:
        """Make a list that stores every default, and its directories; return it saved.

        ``password`` is the clear one of its owner, '' for none.  Raises BadListName,
        ListExists.
        """
        mlist = cls(site, name)
        if not catalog.good_name(mlist.name, site):
            raise BadListName(name)
        with mlist._lock:
            if catalog.exists(site, mlist.name):
                raise ListExists(name)
            mlist._set_up(owner, password, settings)
            archive_links.make_directory(mlist.directory, 0o2775)
            archive_links.make_archive(mlist)
            mlist.save()
        return mlist

    def _set_up(
        self, owner: str | list[str], password: str, settings: Mapping[str, Any]
    ) -> None:
        known = {
            'owner': [owner] if isinstance(owner, str) else list(owner),
            'password': _hashed(password),
            'created_at': self.site.now(),
            **settings,
        }
        values = Settings.defaults_for(self.site, self.name, **known)
        self._become({**values, **known})

    # --- loading ----------------------------------------------------------------

    def load(self) -> None:
        """Read the list's state from disk; raises UnknownList, CorruptList.

        Where config.pck cannot be read, the save before it counts, and the error log
        says so.
        """
        if not catalog.good_name(self.name, self.site):
            raise UnknownList(self.name)
        try:
            loaded = store.load(self.directory)
        except store.NothingReadable as error:
            raise self._unreadable(error) from None
        except OSError as error:
            raise CorruptList(self.name, str(error)) from error
        stamp = self._report_damage(loaded)
        self._become(self._values(loaded))
        self._load_counters(loaded)
        self._remember(stamp)

    def _unreadable(self, error: store.NothingReadable) -> UnknownList | CorruptList:
        if not catalog.exists(self.site, self.name):
            return UnknownList(self.name)
        for name, _, reason in error.damaged:
            self._log_damage(name, reason)
        self.site.log.write('error', f'{self.name}: no good copy of config.pck is left')
        return CorruptList(self.name, N_('neither config.pck nor a copy can be read'))

    def _log_damage(self, name: str, reason: str) -> None:
        text = f'{self.name}: cannot read {self.directory / name}: {reason}'
        self.site.log.write('error', text)

    def _report_damage(self, loaded: store.Loaded) -> store.Stamp:
        """Log what could not be read, put the good copy in place; return its stamp."""
        if not loaded.damaged or loaded.source == 'config.db':
            return loaded.stamp
        for name, _, reason in loaded.damaged:
            self._log_damage(name, reason)
        self.site.log.write('error', f'{self.name}: using {loaded.source} instead')
        try:
            self._lock.acquire(0)
            try:
                return store.repair(self.directory, loaded)
            finally:
                self._lock.release()
        except LockTimeout:
            pass  # somebody works on the list, and will see to it
        except OSError as error:
            self.site.log.write('error', f'{self.name}: cannot repair: {error}')
        return loaded.stamp

    def _values(self, loaded: store.Loaded) -> dict[str, Any]:
        """Return what was read in today's form, as ``_become`` takes it."""
        values, today = loaded.values, self.site.cfg.DATA_FILE_VERSION
        old = upgrade.is_python2(values)
        if old:
            values = upgrade.from_python2(values, self.site.charset)
        if old or values.get('data_version') != today:
            upgrade.modernise(values, self.site.now())
            values['data_version'] = today
        return values

    def _become(self, values: Mapping[str, Any]) -> None:
        """Have these values, and defaults where they are silent."""
        own = self.__dict__
        for name in [n for n in own if n[0] != '_' and n not in _TRANSIENT]:
            del own[name]
        own.update((n, v) for n, v in values.items() if n[0] != '_')
        own.update(site=self.site, name=self.name)
        for name in MEMBER_DICTS:
            own.setdefault(name, {})
        for declared in declarations():
            if declared.name not in own:
                own[declared.name] = declared.default_for(self)

    def _load_counters(self, loaded: store.Loaded) -> None:
        self._counters_stamp = store.stamp(self.directory / 'counters.json')
        self._counters_saved = b''
        has_counters = any(n in loaded.values for n in (b'post_id', 'post_id'))
        fresh = loaded.source == 'config.pck' and not loaded.damaged
        # A config.pck of 2.1 is newer than any counters.json beside it.
        self._foreign = has_counters and fresh
        if not self._foreign:
            self._read_counters()
        if loaded.source.startswith('config.db'):
            self._foreign = True

    def _read_counters(self) -> None:
        try:
            counters = store.load_counters(self.directory)
        except (CorruptFile, OSError) as error:
            self.site.log.write('error', f'{self.name}: cannot read counters: {error}')
            store.set_aside(self.directory, 'counters.json')
            return
        if counters is not None:
            self.__dict__.update(counters)
            self._counters_saved = self._packed_counters()

    def _remember(self, stamp: store.Stamp | None) -> None:
        """Note what is on disk now."""
        self._stamp = stamp
        self._members_changed = False
        self._fingerprint = self._small_settings()

    def refresh(self) -> None:
        """Read again what somebody else has saved meanwhile, and only that.

        Raises UnknownList, CorruptList.  Inside ``lock`` it does nothing.
        """
        if self._lock_depth:
            return
        if self._stamp is None or self._stamp != self._stamp_now():
            self.load()
            return
        now = store.stamp(self.directory / 'counters.json')
        if now != self._counters_stamp:
            self._counters_stamp = now
            self._read_counters()

    @property
    def loaded_stamp(self) -> store.Stamp | None:
        """What the file that this is from looked like; see `store.stamp`."""
        return self._stamp

    def _stamp_now(self) -> store.Stamp | None:
        return store.stamp(self.directory / 'config.pck')

    # --- saving -----------------------------------------------------------------

    @property
    def changed(self) -> bool:
        """Whether a setting or member changed since load and save (not counters)."""
        if self._members_changed or self._foreign:
            return True
        return self._fingerprint != self._small_settings()

    def _small_settings(self) -> bytes:
        """Return something that differs when a setting does, cheap for big lists."""
        small, bulk = [], []
        for name, value in self.__dict__.items():
            if name[0] == '_' or name in _NOT_IN_CONFIG:
                continue
            if name in MEMBER_DICTS:
                bulk.append((name, id(value), len(value)))
            else:
                small.append((name, value))
        return pickles.fingerprint((small, bulk))

    def save(self) -> None:
        """Write the list's state durably; what was there stays as config.pck.last."""
        # First: a config.pck of 2.1 has the counters that ours leaves out.
        self._write_counters()
        own = self.__dict__.items()
        values = {n: v for n, v in own if n[0] != '_' and n not in _NOT_IN_CONFIG}
        try:
            stamp = store.save(self.directory, values)
        except TypeError:
            stamp = store.save(self.directory, self._without_odd_values(values))
        self._remember(stamp)
        self._foreign = False
        archive_links.update(self)
        overview.write(self, stamp)

    def _without_odd_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Leave out what is no plain value: it could not be read again."""
        kept = {}
        for name, value in values.items():
            try:
                pickles.dumps(value)
            except TypeError as error:
                text = f'{self.name}: {name} is not saved: {error}'
                self.site.log.write('error', text)
            else:
                kept[name] = value
        return kept

    def save_counters(self) -> None:
        """Write the numbers that a post changes, if they did."""
        if self._foreign:
            self.save()
        else:
            self._write_counters()

    def _write_counters(self) -> None:
        content = self._packed_counters()
        if content != self._counters_saved:
            self._counters_stamp = store.save_counters(self.directory, content)
            self._counters_saved = content

    def save_changes(self) -> None:
        """Write what changed: all of the list, or its counters, or nothing."""
        if self.changed:
            self.save()
        else:
            self.save_counters()

    def _packed_counters(self) -> bytes:
        return store.pack_counters((n, getattr(self, n)) for n in store.COUNTERS)

    @contextmanager
    def lock(self, timeout: float | None = None) -> Iterator[MailList]:
        """Keep the list to oneself, as it is on disk now; the caller saves.

        ``timeout`` in seconds; raises LockTimeout, UnknownList, CorruptList.  May be
        nested.  What was changed and not saved when it ends is forgotten later on.
        """
        self._lock.acquire(timeout)
        try:
            self.refresh()
            self._lock_depth += 1
            try:
                yield self
            finally:
                self._lock_depth -= 1
                if not self._lock_depth and self._unsaved():
                    self._stamp = None
        finally:
            self._lock.release()

    def _unsaved(self) -> bool:
        return self.changed or self._counters_saved != self._packed_counters()

    @property
    def locked(self) -> bool:
        """Whether this object holds the list's lock."""
        return self._lock.held

    # --- addresses and pages ------------------------------------------------------

    def address(self, kind: str = '') -> str:
        """Return the posting address, or with ``kind`` ('bounces', ...) another one."""
        local = f'{self.name}-{kind}' if kind else self.name
        return f'{local}@{self.host_name}'

    @property
    def list_id(self) -> str:
        """The List-Id of RFC 2919, without the brackets."""
        return f'{self.name}.{self.host_name}'

    def url(self, page: str, *extra: str, absolute: bool = True) -> str:
        """Return the address of one of the list's pages; ``extra`` are further parts.

        Not absolute means without scheme and host.
        """
        from mailman.lists import links  # start-up time: not all need links

        base = str(self.web_page_url)
        return links.page(self.site, base, self.name, page, extra, absolute)

    def options_url(self, address: str | None = None) -> str:
        """Return the page of a member's options, or where to log in for it."""
        return self.url('options', *([address.lower()] if address else []))

    def archive_url(self) -> str:
        """Return the address of the list's archive, ending with a slash."""
        if self.archive_private:
            return self.url('private') + '/'
        from mailman.lists import links  # as above

        return links.public_archive(self.site, str(self.web_page_url), self.name)

    # --- what lists are asked for ---------------------------------------------------

    @property
    def charset(self) -> str:
        """The charset that 2.1 used for texts in the list's language."""
        return self.site.charset(self.preferred_language)

    def translator(self) -> Translator:
        """Return the translator into the list's language."""
        return self.site.translator(self.preferred_language)

    def log(self, file: str, text: str) -> None:
        """Write a line about this list into a log file, in 2.1's form ``NAME: ...``."""
        self.site.log.write(file, f'{self.name}: {text}')

    def queue(self, name: str) -> ListQueue:
        """Return a queue that knows which list its messages are of."""
        from mailman.lists.list_queue import ListQueue  # start-up time: knows mail

        return ListQueue(self.site, name, self.name)


def _hashed(password: str) -> str:
    if not password:
        return ''
    from mailman.security.passwords import hash_password  # costs start-up time

    return hash_password(password)
