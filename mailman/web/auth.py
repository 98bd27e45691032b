"""Who somebody is: by a password sent along, by a cookie, or by the web server.

A password that is sent counts alone; cookies are not looked at then (2.1's rule).
Wrong ones are counted per network, list and account; beyond
LOGIN_FAILURES_PER_QUARTER_HOUR the answer is 429 until it is over.  Most forms take a
list's or the site's password beside any address, too, so a network's are also counted
together, with some more patience.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import passwords
from mailman.actions.secondfactor import SecondFactor
from mailman.constants import Role
from mailman.errors import LockTimeout
from mailman.site.i18n import N_
from mailman.web import sessions
from mailman.web.answers import Refused
from mailman.web.sessions import Login

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.request import Request

QUARTER_HOUR = 900.0
# What a whole network may get wrong, in times of what is allowed for one account.
NETWORK_PATIENCE = 10
OWNERS = (Role.LIST_ADMIN, Role.SITE_ADMIN)
MODERATORS = (Role.LIST_MODERATOR, *OWNERS)
READERS = (Role.USER, *MODERATORS)
# Programs whose log lines name a user, even if it is nobody.
_OF_MEMBERS = frozenset(('options', 'private', 'roster'))
_BY_LIST = (Role.LIST_ADMIN, Role.LIST_MODERATOR)


def authenticate(
    request: Request,
    mlist: MailList,
    roles: tuple[Role, ...],
    *,
    clear: str = '',
    user: str = '',
) -> Login | None:
    """Give who this is, if it is one of the roles; ``user`` is for a member's.

    ``clear`` is a password that was sent along.  Raises Refused with 429.
    """
    if clear:
        return by_password(request, mlist, roles, clear, user)
    return by_cookie(request, mlist, roles, user) or by_server(
        request, mlist, roles, user
    )


def account(typed: str) -> str:
    """Give an address as members are known by: lower case, the domain in A-labels."""
    typed = typed.strip()
    if typed.isascii():
        return typed.lower()
    from mailman.mail.addresses import key  # start-up time: few addresses need it

    return key(typed)


# --- passwords ------------------------------------------------------------------------


def by_password(
    request: Request, mlist: MailList, roles: tuple[Role, ...], clear: str, user: str
) -> Login | None:
    """Give whom the password makes one; counts wrong ones.  Raises Refused (429)."""
    limit = Attempts(request, mlist.name, user or 'owners')
    limit.check()
    role = _role_of(request, mlist, roles, clear, user)
    if role is Role.UNAUTHORIZED or not code_is_right(request, mlist, role):
        limit.failed()
        log_failure(request, mlist, user)
        return None
    limit.succeeded()
    member = mlist.address_of(user) if role == Role.USER else ''
    return Login(role, member, sent=True)


def code_is_right(request: Request, mlist: MailList | None, role: Role) -> bool:
    """Tell whether the code of the second factor is right, where one is asked for."""
    if role == Role.SITE_ADMIN or mlist is None:
        factor = SecondFactor(request.site)
    elif role == Role.LIST_ADMIN:
        factor = SecondFactor(request.site, mlist)
    else:
        return True
    return factor.accepts(request.fields.get('otp'))


def code_is_wanted(request: Request, mlist: MailList | None) -> bool:
    """Tell whether a form for passwords needs a field for the code."""
    wanted = SecondFactor(request.site).wanted
    return wanted or (mlist is not None and SecondFactor(request.site, mlist).wanted)


def _role_of(
    request: Request, mlist: MailList, roles: tuple[Role, ...], clear: str, user: str
) -> Role:
    wanted = tuple(role for role in _BY_LIST if role in roles)
    role = passwords.list_role(mlist, clear, wanted)
    member = role is Role.UNAUTHORIZED and user and Role.USER in roles
    if member and passwords.check_member(mlist, user, clear):
        role = Role.USER
    if role is not Role.UNAUTHORIZED:
        _keep_new_form(mlist, wanted, clear, user)
    elif Role.SITE_ADMIN in roles and passwords.is_site_password(request.site, clear):
        return Role.SITE_ADMIN
    return role


def _keep_new_form(
    mlist: MailList, roles: tuple[Role, ...], clear: str, user: str
) -> None:
    """Save the list when the password was stored in a form of 2.1's."""
    if not mlist.changed:
        return
    try:
        with mlist.lock(2):
            passwords.list_role(mlist, clear, roles)
            if user:
                passwords.check_member(mlist, user, clear)
            mlist.save_changes()
    except LockTimeout:
        pass  # the next log-in will do it


class Attempts:
    """Wrong passwords of one caller for one account."""

    def __init__(self, request: Request, list_name: str, account: str) -> None:
        # For start-up time: few requests bring a password.
        from mailman.security.ratelimit import RateLimit, network_of

        site = request.site
        most = int(site.cfg.LOGIN_FAILURES_PER_QUARTER_HOUR)
        directory = site.data_dir / 'limits' / 'logins'
        self._limit = RateLimit(directory, most, QUARTER_HOUR, site.now)
        most *= NETWORK_PATIENCE
        self._of_all = RateLimit(directory, most, QUARTER_HOUR, site.now)
        self._network = network_of(request.remote) or request.remote
        self._key = f'{self._network} {list_name} {account.lower()}'

    def check(self) -> None:
        """Raise Refused with 429 when there were too many."""
        tired = self._of_all.exceeded(self._network)
        if tired or self._limit.exceeded(self._key):
            raise Refused(
                429,
                N_(
                    'Too many wrong passwords came from your network. Wait a quarter'
                    ' of an hour, then try again.'
                ),
            )

    def failed(self) -> None:
        """Count a wrong password."""
        self._limit.hit(self._key)
        self._of_all.hit(self._network)

    def succeeded(self) -> None:
        """Forget the account's wrong ones before the right one.

        The network's stay: who has an account could otherwise guess without end.
        """
        self._limit.forget(self._key)


def log_failure(request: Request, mlist: MailList | None, user: str = '') -> None:
    """Write 2.1's line into logs/security, which fail2ban and others read."""
    who = f'user={user}: ' if user or request.program in _OF_MEMBERS else ''
    where = f'list={mlist.name}: ' if mlist else ''
    text = f'{who}{where}remote={request.remote}'
    request.site.log.write(
        'security', f'Authorization failed ({request.program}): {text}'
    )


# --- cookies and the web server ------------------------------------------------------


def by_cookie(
    request: Request, mlist: MailList, roles: tuple[Role, ...], user: str
) -> Login | None:
    """Give whom the browser's cookies make one: the member first, then in order."""
    for role in roles:
        if role == Role.SITE_ADMIN:
            login = sessions.check(request, None, role)
            if not request.site.cfg.ALLOW_SITE_ADMIN_COOKIES:
                login = None
        elif role == Role.USER:
            login = _member_by_cookie(request, mlist, user)
        else:
            login = sessions.check(request, mlist, role)
        if login is not None:
            return login
    return None


def _member_by_cookie(request: Request, mlist: MailList, user: str) -> Login | None:
    # Without an address, as in private archives, any member will do.
    for one in [user] if user else sessions.members_in(request, mlist):
        if mlist.is_member(one):
            login = sessions.check(request, mlist, Role.USER, mlist.address_of(one))
            if login is not None:
                return login
    return None


def by_server(
    request: Request, mlist: MailList, roles: tuple[Role, ...], user: str
) -> Login | None:
    """Give whom the web server's log-in makes one, where the site trusts it."""
    address = server_user(request)
    if not address:
        return None
    for role in roles:
        if role == Role.USER:
            mine = mlist.is_member(address) and user.lower() in ('', address)
            if mine:
                return Login(role, mlist.address_of(address), 'server')
        elif address in _addresses_of(request, mlist, role):
            return Login(role, address, 'server')
    return None


def server_user(request: Request) -> str:
    """Give the address that the web server vouches for, in lower case; '' for none."""
    if not request.site.cfg.WEB_SERVER_LOGIN:
        return ''
    return str(request.environ.get('REMOTE_USER', '')).strip().lower()


def _addresses_of(request: Request, mlist: MailList, role: Role) -> set[str]:
    names = {
        Role.LIST_ADMIN: mlist.owner,
        Role.LIST_MODERATOR: mlist.moderator,
        Role.SITE_ADMIN: request.site.cfg.WEB_SERVER_SITE_ADMINS,
    }
    return {str(one).lower() for one in names.get(role, ())}
