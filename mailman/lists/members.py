"""The members of a list (2.1: OldStyleMemberships).

Dicts of plain values, 2.1's layout, all with the address in lower case as key::

    members, digest_members   0, or the address as it was given
    user_options              sum of MemberFlag bits, absent: 0
    language, passwords, usernames, topics_userinterest
    delivery_status           (DeliveryStatus, since when), absent: enabled
    bounce_info               dict: member score date noticesleft lastnotice cookie

An address is looked up whatever its case and shown as it was given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import AlreadyAMember, NotAMember

if TYPE_CHECKING:
    from mailman.site import Site

Value = TypeVar('Value')

# What else is known about a member: a dict each.
DETAILS = (
    'user_options',
    'language',
    'passwords',
    'usernames',
    'delivery_status',
    'topics_userinterest',
    'bounce_info',
    'one_last_digest',
)
MEMBER_DICTS = ('members', 'digest_members', *DETAILS)


class Members:
    """Members of a list, as a part of MailList.  Nothing is saved by these methods."""

    site: Site
    members: dict[str, Any]
    digest_members: dict[str, Any]
    user_options: dict[str, int]
    language: dict[str, str]
    passwords: dict[str, str]
    usernames: dict[str, str]
    delivery_status: dict[str, tuple[int, float]]
    topics_userinterest: dict[str, list[str]]
    bounce_info: dict[str, dict[str, Any]]
    one_last_digest: dict[str, Any]
    preferred_language: str
    new_member_options: int
    _members_changed: bool = False

    # --- who ----------------------------------------------------------------

    def is_member(self, address: str) -> bool:
        """Tell whether an address is subscribed, to whichever kind of delivery."""
        key = address.lower()
        return key in self.members or key in self.digest_members

    def is_digest(self, address: str) -> bool:
        """Tell whether an address is subscribed to digests."""
        return address.lower() in self.digest_members

    def regular_keys(self) -> list[str]:
        """Return the lower-case addresses of members who get single messages."""
        return list(self.members)

    def digest_keys(self) -> list[str]:
        """Return the lower-case addresses of members who get digests."""
        return list(self.digest_members)

    def member_keys(self) -> list[str]:
        """Return the lower-case addresses of all members."""
        return [*self.members, *self.digest_members]

    def recipients(self, digest: bool = False) -> list[str]:
        """Return, as given, the addresses whose delivery is enabled."""
        source = self.digest_members if digest else self.members
        if not (disabled := self._disabled()):
            return [given or key for key, given in source.items()]
        return [
            given or key for key, given in source.items() if key not in disabled
        ]  # fmt: skip

    def _disabled(self) -> set[str]:
        enabled = DeliveryStatus.ENABLED
        return {
            key
            for key, (status, _) in self.delivery_status.items()
            if status != enabled
        }

    def address_of(self, address: str) -> str:
        """Return a member's address as it was given."""
        key = address.lower()
        source = self.members if key in self.members else self.digest_members
        if key not in source:
            raise NotAMember(address)
        return source[key] or key

    def addresses_of(self, keys: Iterable[str]) -> list[str]:
        """Return members' addresses as they were given."""
        return [self.address_of(key) for key in keys]

    def _key(self, address: str) -> str:
        """Return the dict key of a member; raises NotAMember."""
        key = address.lower()
        if key not in self.members and key not in self.digest_members:
            raise NotAMember(address)
        return key

    def _set(self, which: dict[str, Value], key: str, value: Value) -> None:
        """Store a detail of a member; an empty one is left out."""
        self._members_changed = True
        if value:
            which[key] = value
        else:
            which.pop(key, None)

    # --- details --------------------------------------------------------------

    def name_of(self, address: str) -> str:
        """Return a member's name, '' if none is known."""
        return self.usernames.get(self._key(address)) or ''

    def set_name(self, address: str, name: str) -> None:
        """Give a member a name."""
        self._set(self.usernames, self._key(address), name)

    def language_of(self, address: str) -> str:
        """Return a member's language: the list's where none, or a gone one, is set."""
        chosen = self.language.get(address.lower())
        if chosen and chosen in self.site.cfg.LC_DESCRIPTIONS:
            return chosen
        return self.preferred_language

    def set_language(self, address: str, language: str) -> None:
        """Set a member's language."""
        self._set(self.language, self._key(address), language)

    def password_of(self, address: str) -> str:
        """Return a member's password as it is stored (a hash; 2.1: clear), or ''."""
        return self.passwords.get(self._key(address)) or ''

    def set_password(self, address: str, stored: str) -> None:
        """Store a member's password; the caller has hashed it."""
        self._set(self.passwords, self._key(address), stored)

    def option(self, address: str, flag: MemberFlag) -> bool:
        """Tell whether one of a member's options is on."""
        key = self._key(address)
        if flag == MemberFlag.DIGESTS:
            return key in self.digest_members
        if flag == MemberFlag.DISABLE_DELIVERY:
            return self.delivery_status_of(key) != DeliveryStatus.ENABLED
        return bool(self.user_options.get(key, 0) & flag)

    def set_option(self, address: str, flag: MemberFlag, on: bool) -> None:
        """Switch one of a member's options; DIGESTS moves between the two kinds."""
        key = self._key(address)
        if flag == MemberFlag.DIGESTS:
            self._set_digest(key, on)
        elif flag == MemberFlag.DISABLE_DELIVERY:
            status = DeliveryStatus.BY_USER if on else DeliveryStatus.ENABLED
            self.set_delivery_status(key, status)
        else:
            bits = self.user_options.get(key, 0) & ~int(flag)
            self._set(self.user_options, key, bits | int(flag) if on else bits)

    def options_of(self, address: str) -> int:
        """Return all of a member's option bits."""
        return self.user_options.get(self._key(address), 0)

    def set_options(self, address: str, bits: int) -> None:
        """Store all of a member's option bits."""
        self._set(self.user_options, self._key(address), int(bits))

    def _set_digest(self, key: str, digest: bool) -> None:
        source, target = self.members, self.digest_members
        if not digest:
            source, target = target, source
        if key in source:
            target[key] = source.pop(key)
            self._members_changed = True
            # Whoever leaves the digest still gets what is collected in it.
            if digest:
                self.one_last_digest.pop(key, None)
            else:
                self.one_last_digest[key] = target[key]

    def delivery_status_of(self, address: str) -> DeliveryStatus:
        """Return whether and why a member gets no mail."""
        status = self.delivery_status.get(self._key(address), (0, 0))[0]
        try:
            return DeliveryStatus(status)
        except ValueError:
            return DeliveryStatus.UNKNOWN

    def set_delivery_status(self, address: str, status: int) -> None:
        """Switch a member's delivery, from now on; enabling forgets the bounces."""
        key = self._key(address)
        if status == DeliveryStatus.ENABLED:
            self._members_changed = True
            self.delivery_status.pop(key, None)
            self.bounce_info.pop(key, None)
        else:
            self._set(self.delivery_status, key, (int(status), self.site.now()))

    def delivery_changed_at(self, address: str) -> float:
        """Return when a member's delivery was disabled, 0 if it is not."""
        return self.delivery_status.get(self._key(address), (0, 0.0))[1]

    def members_with_status(self, *statuses: int) -> list[str]:
        """Return the lower-case addresses of members in one of these states."""
        wanted = set(map(int, statuses))
        get = self.delivery_status.get
        return [key for key in self.member_keys() if get(key, (0, 0))[0] in wanted]

    def topics_of(self, address: str) -> list[str]:
        """Return the names of the topics a member chose."""
        return list(self.topics_userinterest.get(self._key(address)) or ())

    def set_topics(self, address: str, names: Iterable[str]) -> None:
        """Choose a member's topics."""
        self._set(self.topics_userinterest, self._key(address), list(names))

    def bounce_info_of(self, address: str) -> dict[str, Any] | None:
        """Return what is known about a member's bounces; None if there were none."""
        return self.bounce_info.get(self._key(address))

    def set_bounce_info(self, address: str, info: dict[str, Any] | None) -> None:
        """Remember, or with None forget, a member's bounces."""
        self._set(self.bounce_info, self._key(address), info or {})

    # --- coming and going -------------------------------------------------------

    def add_member(
        self,
        address: str,
        *,
        name: str = '',
        digest: bool = False,
        password: str | None = None,
        language: str | None = None,
    ) -> None:
        """Subscribe an address, without asking anyone or telling anyone.

        The caller has validated the address.  ``password`` is stored as it is.
        Raises AlreadyAMember.
        """
        key = address.lower()
        if key in self.members or key in self.digest_members:
            raise AlreadyAMember(address)
        self._members_changed = True
        where = self.digest_members if digest else self.members
        where[key] = 0 if key == address else address
        self.language[key] = language or self.preferred_language
        if password:
            self.passwords[key] = password
        if name:
            self.usernames[key] = name
        if self.new_member_options:
            self.user_options[key] = int(self.new_member_options)

    def remove_member(self, address: str) -> None:
        """Unsubscribe an address and forget all about it; raises NotAMember."""
        key = self._key(address)
        self._members_changed = True
        for name in MEMBER_DICTS:
            getattr(self, name).pop(key, None)

    def change_address(self, old: str, new: str, keep_old: bool = False) -> None:
        """Move a member, with all that is known, to another address.

        A change of case alone is one, too.  Where ``new`` is a member already, the
        details of ``old`` replace those of ``new``.  With ``keep_old`` both remain.
        Raises NotAMember.
        """
        old_key, new_key = self._key(old), new.lower()
        given = 0 if new_key == new else new
        digest = old_key in self.digest_members
        self._members_changed = True
        details = {
            name: getattr(self, name)[old_key]
            for name in DETAILS
            if old_key in getattr(self, name)
        }
        # Bounces were those of the old mailbox.
        details.pop('bounce_info', None)
        if self.delivery_status_of(old) == DeliveryStatus.BY_BOUNCE:
            del details['delivery_status']
        if 'one_last_digest' in details:
            details['one_last_digest'] = given
        if not keep_old:
            self.remove_member(old)
        if self.is_member(new):
            self.remove_member(new)
        (self.digest_members if digest else self.members)[new_key] = given
        for name, value in details.items():
            getattr(self, name)[new_key] = value
