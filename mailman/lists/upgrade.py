"""From a config.pck of 2.1, or of what came before it, to ours.

Python 2's byte strings become text in the charset of the list's language; names that
2.1 gave up become those that took their place.  What is in nobody's table is kept: a
site's own handlers may want it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists.members import MEMBER_DICTS
from mailman.storage import pickles

Values = dict[str, Any]
_LIST_PASSWORDS = ('password', 'mod_password', 'post_password')


def from_python2(raw: dict[Any, Any], charset: Callable[[str], str]) -> Values:
    """Return the values of a Python 2 file as text.

    ``charset`` gives the charset of a language's texts.
    """
    language = raw.get(b'preferred_language', b'en')
    if isinstance(language, bytes):
        language = language.decode('latin-1')
    values: Values = pickles.decode_strings(raw, charset(language))
    for name in _LIST_PASSWORDS:
        stored = raw.get(name.encode())
        # 2.0 stored an MD5 digest, which is no text in any charset.
        if isinstance(stored, bytes) and len(stored) == 16 and not stored.isascii():
            values[name] = stored
    return values


def is_python2(raw: dict[Any, Any]) -> bool:
    """Tell whether values as read come from a file that Python 2 wrote."""
    return any(type(key) is bytes for key in raw)


def modernise(values: Values, now: float) -> None:
    """Replace what older versions stored, in place; ``now`` dates changes."""
    _member_dicts(values)
    for old, convert in _OLD_NAMES.items():
        if old in values:
            convert(values, values.pop(old))
    _disabled_flags(values, now)
    values['bounce_info'] = _bounce_infos(values.get('bounce_info') or {})


def _member_dicts(values: Values) -> None:
    """Give every member dict its form: lists before 2.0, keys with capitals later."""
    for name in MEMBER_DICTS:
        stored = values.get(name) or {}
        if isinstance(stored, list):
            stored = {a.lower(): 0 if a == a.lower() else a for a in stored}
        elif any(key != key.lower() for key in stored if isinstance(key, str)):
            stored = {str(key).lower(): value for key, value in stored.items()}
        values[name] = stored


def _disabled_flags(values: Values, now: float) -> None:
    """Turn the old option bit "no mail" into a delivery status without a reason."""
    disabled = int(MemberFlag.DISABLE_DELIVERY)
    for key, bits in list(values['user_options'].items()):
        if bits & disabled:
            status = (int(DeliveryStatus.UNKNOWN), now)
            values['delivery_status'].setdefault(key, status)
            values['user_options'][key] = bits & ~disabled


def _bounce_infos(stored: dict[str, Any]) -> dict[str, Any]:
    """Keep the bounce records of 2.1; those of 2.0 were lists and mean nothing now."""
    return {key: info for key, info in stored.items() if isinstance(info, dict)}


# --- names that are gone ----------------------------------------------------

Convert = Callable[[Values, Any], None]


def _renamed(new: str) -> Convert:
    def convert(values: Values, value: Any) -> None:
        values.setdefault(new, value)

    return convert


def _forget(values: Values, value: Any) -> None:
    """Drop a setting that nothing replaced."""


def _closed(values: Values, value: Any) -> None:
    values.setdefault('private_roster', int(bool(value)))


def _open_subscribe(values: Values, value: Any) -> None:
    # Open: confirm only.  Not open: an owner approves.
    values.setdefault('subscribe_policy', 1 if value else 2)


def _auto_subscribe(values: Values, value: Any) -> None:
    values.setdefault('subscribe_policy', 1 if value else 3)


def _moderated(values: Values, value: Any) -> None:
    """Hold all posts, except those of the posters, which come next."""
    if not value:
        return
    values.setdefault('default_member_moderation', 1)
    values.setdefault('generic_nonmember_action', 1)
    for key in (*values['members'], *values['digest_members']):
        _flag(values, key, True)


def _posters(values: Values, value: Any) -> None:
    """Let these post: members are freed from moderation, others are named."""
    accepted = values.setdefault('accept_these_nonmembers', [])
    for address in value or ():
        key = address.lower()
        if key in values['members'] or key in values['digest_members']:
            _flag(values, key, False)
        elif address not in accepted:
            accepted.append(address)


def _member_posting_only(values: Values, value: Any) -> None:
    values.setdefault('generic_nonmember_action', 1 if value else 0)


def _forbidden(values: Values, value: Any) -> None:
    """Hold the posts of these, as 2.0 did."""
    held = values.setdefault('hold_these_nonmembers', [])
    for address in value or ():
        key = address.lower()
        if key in values['members'] or key in values['digest_members']:
            _flag(values, key, True)
        elif address not in held:
            held.append(address)


def _flag(values: Values, key: str, moderated: bool) -> None:
    bits = values['user_options'].get(key, 0) & ~int(MemberFlag.MODERATE)
    if moderated:
        bits |= int(MemberFlag.MODERATE)
    values['user_options'][key] = bits


# The order matters: who may post comes after who may not.
_OLD_NAMES: dict[str, Convert] = {
    'moderated': _moderated,
    'posters': _posters,
    'member_posting_only': _member_posting_only,
    'forbidden_posters': _forbidden,
    'bad_posters': _forbidden,
    'auto_subscribe': _auto_subscribe,
    'open_subscribe': _open_subscribe,
    'closed': _closed,
    'reminders_to_admins': _renamed('umbrella_list'),
    'author_is_list': _renamed('from_is_list'),
    'automatically_remove': _forget,
}
