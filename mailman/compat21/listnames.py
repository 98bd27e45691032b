"""2.1's method names of a list, for site code: ``mlist.GetListEmail()``.

Each is a function of the list; `MailList.legacy` holds them, and MailList looks there
for what it does not have itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from mailman.actions import membership
from mailman.actions.passwords import list_role
from mailman.constants import MemberFlag, Role
from mailman.errors import HoldMessage, NotAMember
from mailman.lists import MailList

Names = dict[str, Callable[..., Any]]


def install() -> None:
    """Give every list of this process these names."""
    MailList.legacy.update(NAMES)


# --- addresses and pages ------------------------------------------------------

_KINDS = {
    'GetBouncesEmail': 'bounces',
    'GetOwnerEmail': 'owner',
    'GetRequestEmail': 'request',
    'GetJoinEmail': 'join',
    'GetLeaveEmail': 'leave',
}


def _address_of_kind(kind: str) -> Callable[..., str]:
    def get(mlist: MailList, cookie: str = '') -> str:
        return mlist.address(kind)

    return get


def _address(mlist: MailList, extra: str | None = None) -> str:
    return mlist.address(extra or '')


def _confirm_email(mlist: MailList, cookie: str) -> str:
    values = {'addr': f'{mlist.name}-confirm', 'cookie': cookie}
    local = str(mlist.site.cfg.VERP_CONFIRM_FORMAT) % values
    return f'{local}@{mlist.host_name}'


def _script_url(mlist: MailList, scriptname: str, absolute: int = 0) -> str:
    return mlist.url(scriptname, absolute=bool(absolute))


def _options_url(
    mlist: MailList, user: str, obscure: int = 0, absolute: int = 0
) -> str:
    user = user.lower().replace('@', '--at--') if obscure else user.lower()
    return mlist.url('options', user, absolute=bool(absolute))


ADDRESSES: Names = {
    **{name: _address_of_kind(kind) for name, kind in _KINDS.items()},
    'GetListEmail': lambda mlist: mlist.address(),
    'getListAddress': _address,
    'GetConfirmEmail': _confirm_email,
    'GetScriptURL': _script_url,
    'GetOptionsURL': _options_url,
    'GetBaseArchiveURL': lambda mlist: mlist.archive_url(),
    'GetListIdentifier': lambda mlist: mlist.list_id,
    'GetMemberAdminEmail': membership.admin_address,
    'internal_name': lambda mlist: mlist.name,
    'fullpath': lambda mlist: str(mlist.directory),
    'archive_dir': lambda mlist: os.path.join(
        mlist.site.cfg.PRIVATE_ARCHIVE_FILE_DIR, mlist.name
    ),
}

# --- members ------------------------------------------------------------------


def _key(mlist: MailList, member: str) -> str:
    if not mlist.is_member(member):
        raise NotAMember(member)
    return member.lower()


def _set_option(mlist: MailList, member: str, flag: int, value: Any) -> None:
    mlist.set_option(member, MemberFlag(flag), bool(value))


def _add_new_member(mlist: MailList, member: str, **kws: Any) -> None:
    mlist.add_member(
        member,
        digest=bool(kws.get('digest')),
        password=kws.get('password') or None,
        language=kws.get('language') or None,
        name=kws.get('realname') or '',
    )


def _change_address(
    mlist: MailList, member: str, newaddress: str, nodelete: int = 0
) -> None:
    mlist.change_address(member, newaddress, bool(nodelete))


def _with_status(mlist: MailList, status: Any = (1, 2, 3, 4)) -> list[str]:
    codes = (status,) if isinstance(status, int) else tuple(status)
    return mlist.members_with_status(*codes)


def _name(mlist: MailList, member: str) -> str | None:
    return mlist.name_of(member) or None if mlist.is_member(member) else None


MEMBERS: Names = {
    'isMember': lambda mlist, member: mlist.is_member(member),
    'getMembers': lambda mlist: mlist.member_keys(),
    'getRegularMemberKeys': lambda mlist: mlist.regular_keys(),
    'getDigestMemberKeys': lambda mlist: mlist.digest_keys(),
    'getMemberKey': _key,
    'getMemberCPAddress': lambda mlist, member: mlist.address_of(member),
    'getMemberCPAddresses': lambda mlist, members: mlist.addresses_of(members),
    'getMemberName': _name,
    'setMemberName': lambda mlist, member, name: mlist.set_name(member, name),
    'getMemberLanguage': lambda mlist, member: mlist.language_of(member),
    'setMemberLanguage': lambda mlist, m, lang: mlist.set_language(m, lang),
    'getMemberPassword': lambda mlist, member: mlist.password_of(member),
    'getMemberOption': lambda mlist, m, flag: mlist.option(m, MemberFlag(flag)),
    'setMemberOption': _set_option,
    'getMemberTopics': lambda mlist, member: mlist.topics_of(member),
    'setMemberTopics': lambda mlist, m, topics: mlist.set_topics(m, topics),
    'getDeliveryStatus': lambda mlist, m: int(mlist.delivery_status_of(m)),
    'setDeliveryStatus': lambda mlist, m, status: mlist.set_delivery_status(m, status),
    'getDeliveryStatusChangeTime': lambda mlist, m: mlist.delivery_changed_at(m),
    'getDeliveryStatusMembers': _with_status,
    'getBounceInfo': lambda mlist, member: mlist.bounce_info_of(member),
    'addNewMember': _add_new_member,
    'removeMember': lambda mlist, member: mlist.remove_member(member),
    'changeMemberAddress': _change_address,
}


def _choice(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _approved_add(
    mlist: MailList,
    userdesc: Any,
    ack: Any = None,
    admin_notif: Any = None,
    text: str = '',
    whence: str = '',
) -> None:
    digest = getattr(userdesc, 'digest', None)
    membership.add(
        mlist,
        userdesc.address,
        name=getattr(userdesc, 'fullname', None) or '',
        digest=_choice(digest),
        password=_hashed(getattr(userdesc, 'password', None)),
        language=getattr(userdesc, 'language', None),
        welcome=_choice(ack),
        tell_owner=_choice(admin_notif),
        welcome_text=text,
        whence=whence,
    )


def _hashed(clear: str | None) -> str | None:
    if not clear:
        return None
    from mailman.security.passwords import hash_password  # dear, and rarely needed

    return hash_password(clear)


def _set_password(mlist: MailList, member: str, clear: str) -> None:
    from mailman.actions.passwords import changed  # as above

    mlist.set_password(member, _hashed(clear) or '')
    changed(mlist, 'user', member)


def _approved_delete(
    mlist: MailList,
    name: str,
    whence: str | None = None,
    admin_notif: Any = None,
    userack: Any = None,
) -> None:
    membership.remove(
        mlist,
        name,
        goodbye=_choice(userack),
        tell_owner=_choice(admin_notif),
        whence=whence or '',
    )


MEMBERSHIP: Names = {
    'ApprovedAddMember': _approved_add,
    'ApprovedDeleteMember': _approved_delete,
    'setMemberPassword': _set_password,
    'GetBannedPattern': membership.ban_pattern,
}

# --- lock, load and save --------------------------------------------------------

_LOCKED = '_locked_by_name'


def _lock(mlist: MailList, timeout: float = 0) -> None:
    """Take the lock, as ``with mlist.lock()`` does; 2.1's timeout 0 is for ever."""
    if _LOCKED not in vars(mlist):
        stack = ExitStack()
        stack.enter_context(mlist.lock(timeout or None))
        vars(mlist)[_LOCKED] = stack


def _unlock(mlist: MailList) -> None:
    stack = vars(mlist).pop(_LOCKED, None)
    if stack is not None:
        stack.close()


STATE: Names = {
    'Lock': _lock,
    'Unlock': _unlock,
    'Locked': lambda mlist: mlist.locked,
    'Save': lambda mlist: mlist.save(),
    'Load': lambda mlist, check_version=True: mlist.load(),
    'InitTempVars': lambda mlist, name=None: None,
    'CheckVersion': lambda mlist, stored_state=None: None,
}

# --- posts ------------------------------------------------------------------------


def _authenticate(mlist: MailList, roles: Any, response: str, user: Any = None) -> int:
    """Answer the role the password opens; of members and the site: none by mail."""
    return int(list_role(mlist, response, tuple(Role(role) for role in roles)))


def _hold_message(
    mlist: MailList, msg: Any, reason: str, msgdata: dict[str, Any] | None = None
) -> Any:
    from mailman.actions import moderation  # only here

    error = HoldMessage('HeldBySite', reason)
    return moderation.hold(mlist, msg, {} if msgdata is None else msgdata, error)


def _send_digest_now(mlist: MailList) -> bool:
    from mailman.actions import digests  # only here

    return digests.send(mlist)


def _bump_digest_volume(mlist: MailList) -> None:
    from mailman.actions import digests  # only here

    digests.bump(mlist)


POSTS: Names = {
    'send_digest_now': _send_digest_now,
    'bump_digest_volume': _bump_digest_volume,
    'Authenticate': _authenticate,
    'HoldMessage': _hold_message,
    'GetAvailableLanguages': lambda mlist: list(mlist.available_languages),
}

NAMES: Names = {**ADDRESSES, **MEMBERS, **MEMBERSHIP, **STATE, **POSTS}
