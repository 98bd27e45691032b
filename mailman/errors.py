"""Refusals, as exceptions that carry data.  Faces put them into words."""

from __future__ import annotations

from pathlib import Path


class MailmanError(Exception):
    """The root of all refusals; ``temporary`` ones may work later."""

    temporary = False


# --- site -----------------------------------------------------------------


class ConfigError(MailmanError):
    """mm_cfg.py does not run: which file, which line, what Python says."""

    def __init__(self, path: Path | str, line: int | None, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path, self.line, self.reason = str(path), line, reason

    def __str__(self) -> str:
        where = f'{self.path}, line {self.line}' if self.line else self.path
        return f'{where}: {self.reason}'


# --- storage --------------------------------------------------------------


class LockTimeout(MailmanError):
    """Somebody else holds the lock, longer than we wanted to wait."""

    temporary = True

    def __init__(self, path: Path | str, seconds: float | None) -> None:
        super().__init__(path, seconds)
        self.path, self.seconds = str(path), seconds

    def __str__(self) -> str:
        return f'{self.path} is locked by another process'


class UnsafePickle(MailmanError):
    """A pickle asks for a class that no file of ours or of 2.1 needs."""


class CorruptFile(MailmanError):
    """A state file is not what it must be."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = str(path), reason

    def __str__(self) -> str:
        return f'{self.path}: {self.reason}'


class ArchiveError(MailmanError):
    """The archive cannot be built; what was done so far is kept."""

    temporary = True


class SearchError(CorruptFile):
    """The search index of an archive cannot be used; bin/arch LIST makes it anew."""


class BadQueueEntry(CorruptFile):
    """A queue entry that cannot be read; it lies in qfiles/bad already."""


# --- addresses and headers ------------------------------------------------


class BadAddress(MailmanError):
    """Not an e-mail address."""

    def __init__(self, address: str, reason: str = '') -> None:
        super().__init__(address, reason)
        self.address, self.reason = address, reason

    def __str__(self) -> str:
        return f'{self.address}: {self.reason}' if self.reason else self.address


class HostileAddress(BadAddress):
    """An address with characters that only an attack needs."""


class BadHeader(MailmanError):
    """A header value with CR, LF or NUL."""


# --- lists ----------------------------------------------------------------


class ListError(MailmanError):
    """Something about one list."""

    def __init__(self, name: str, reason: str = '') -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f'{self.name}: {self.reason}' if self.reason else self.name


class UnknownList(ListError):
    """There is no list of that name."""


class ListExists(ListError):
    """A list of that name is there already."""


class BadListName(ListError):
    """The name has characters that a list name may not have."""


class CorruptList(ListError):
    """Neither config.pck nor config.pck.last can be read."""

    temporary = True


class BadSetting(MailmanError):
    """A value that a list setting does not take; ``values`` fill the reason."""

    def __init__(
        self, name: str, value: object, reason: str = '', **values: object
    ) -> None:
        super().__init__(name, value, reason)
        self.name, self.value, self.reason = name, value, reason
        self.values = values

    def __str__(self) -> str:
        reason = self.reason % self.values if self.values else self.reason
        return f'{self.name}: {reason or "bad value"}: {self.value!r}'


class AliasError(MailmanError):
    """The mail server's alias files cannot be made; the text says what to do."""

    def __init__(self, path: Path | str, text: str) -> None:
        super().__init__(path, text)
        self.path, self.text = str(path), text

    def __str__(self) -> str:
        return self.text


# --- members --------------------------------------------------------------


class MemberError(MailmanError):
    """Something about one address on one list."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class NotAMember(MemberError):
    """The address is not subscribed."""


class AlreadyAMember(MemberError):
    """The address is subscribed already."""


class Banned(MemberError):
    """The address matches the list's or the site's ban list."""

    def __init__(self, address: str, pattern: str) -> None:
        super().__init__(address)
        self.pattern = pattern


class CannotDigest(MemberError):
    """The list has no digests."""


class MustDigest(MemberError):
    """The list has nothing but digests."""


class AlreadyPending(MemberError):
    """The same was asked for already, and waits for a confirmation or a moderator."""


class TooManyRequests(MailmanError):
    """A limit of the site is reached: for an address, or for a network of callers."""

    temporary = True

    def __init__(self, who: str, limit: int) -> None:
        super().__init__(who, limit)
        self.who, self.limit = who, limit


# --- confirmations and requests -------------------------------------------


class UnknownCookie(MailmanError):
    """No such confirmation: never made, used up, too old, or for another purpose."""

    def __init__(self, cookie: str) -> None:
        super().__init__(cookie)
        self.cookie = cookie


class UnknownRequest(MailmanError):
    """The held request is gone: somebody has decided about it already."""

    def __init__(self, request_id: int) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class WrongPassword(MailmanError):
    """A password was given, and it opens nothing; what it was for still waits."""


class HostileSubscription(MemberError):
    """An invitation to one list was answered at another."""

    def __init__(self, address: str, invited_to: str) -> None:
        super().__init__(address)
        self.invited_to = invited_to


# --- pipeline -------------------------------------------------------------


class PipelineStop(MailmanError):
    """A handler decided the fate of the message; ``handler`` is its 2.1 name."""

    handler = ''


class DiscardMessage(PipelineStop):
    """The message ends here, with a line in the vette log."""

    def __init__(self, reason: str = '') -> None:
        super().__init__(reason)
        self.reason = reason


class LoopError(DiscardMessage):
    """The message has been on this list before."""


class RejectMessage(PipelineStop):
    """The sender gets the post back with this notice, in the sender's language."""

    def __init__(self, notice: str = '') -> None:
        super().__init__(notice)
        self.notice = notice


class HoldMessage(PipelineStop):
    """The post waits for a moderator.

    ``kind`` is 2.1's class name (pipeline.json hold_reasons), ``reason`` untranslated
    English, ``values`` fill ``%(name)s`` in reason and rejection text.
    """

    def __init__(
        self,
        kind: str,
        reason: str = '',
        rejection: str = '',
        **values: object,
    ) -> None:
        super().__init__(kind, reason, rejection)
        self.kind, self.reason, self.rejection = kind, reason, rejection
        self.values = values


class UnknownHandler(MailmanError):
    """A pipeline names a step that is no identifier or no known handler."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class BrokenHandler(MailmanError):
    """A handler of the site does not run: which file, which line, what Python says."""

    def __init__(self, path: Path | str, line: int | None, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path, self.line, self.reason = str(path), line, reason

    def __str__(self) -> str:
        where = f'{self.path}, line {self.line}' if self.line else self.path
        return (
            f'{where}: {self.reason}. Mend this handler, or take it out of the '
            'pipeline; then bin/unshunt'
        )


# --- delivery -------------------------------------------------------------


class SomeRecipientsFailed(MailmanError):
    """Delivery was not complete: who may be tried again, who not.

    Both map an address to (SMTP code, text); code -1 means that the network failed.
    """

    def __init__(
        self,
        temporary: dict[str, tuple[int, str]],
        permanent: dict[str, tuple[int, str]],
    ) -> None:
        super().__init__(temporary, permanent)
        self.temporary_failures, self.permanent_failures = temporary, permanent
