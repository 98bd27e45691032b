"""Log-ins that browsers keep: signed cookies under 2.1's names.

A value is ``ISSUED.SESSION.MAC``: when it was made (seconds, decimal), 16 random hex
digits that stay through renewals, and an HMAC-SHA256 by the installation's key over
these, the list, when it was made, the role, the member and how often all such log-ins
have been ended.  It is text, compared before anything in it is believed, and nothing in
it follows from a password.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from mailman.constants import Role
from mailman.lists.logins import Logins
from mailman.site.secret import session_key

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.web.request import Request

ROLE_NAMES = {
    Role.USER: 'user',
    Role.LIST_ADMIN: 'admin',
    Role.LIST_MODERATOR: 'moderator',
    Role.LIST_POSTER: 'poster',
    Role.SITE_ADMIN: 'site',
}
_LONGEST = 200
# A clock may be a little ahead of ours.
_SKEW = 60
# Seconds after which a log-in that nobody used ends, also where the site sets no end:
# each use renews it, and a stolen one must not be good for years.
_IDLE = 30 * 86_400


@dataclass
class Login:
    """Who somebody is: a role, for a member whose; and the session that says so.

    ``sent`` means that a password came along with this very request.
    """

    role: Role
    user: str = ''
    session: str = field(default_factory=lambda: secrets.token_hex(8))
    sent: bool = False

    @property
    def name(self) -> str:
        """The role's name in cookies and logs."""
        return ROLE_NAMES[self.role]

    @property
    def is_admin(self) -> bool:
        """Whether this is an owner of the list, or the site's administrator."""
        return self.role in (Role.LIST_ADMIN, Role.SITE_ADMIN)


def sign(site: Site, *words: object) -> str:
    """Sign words with the installation's key: 64 hex digits."""
    text = '\0'.join(map(str, words)).encode('utf-8', 'surrogatepass')
    return hmac.digest(session_key(site.data_dir), text, 'sha256').hex()


def cookie_name(list_name: str, role: Role, user: str = '') -> str:
    """Give 2.1's name of a cookie."""
    if role == Role.SITE_ADMIN:
        return 'site'
    name = f'{list_name}+{ROLE_NAMES[role]}'
    if role == Role.USER:
        name += '+' + quote(user.lower().replace('@', '--at--'), safe='')
    return name


def members_in(request: Request, mlist: MailList) -> list[str]:
    """Give the addresses of all member cookies for a list, unchecked."""
    start = f'{mlist.name}+user+'
    return [
        unquote(name.removeprefix(start)).replace('--at--', '@')
        for name in request.cookies
        if name.startswith(start)
    ]


def check(
    request: Request, mlist: MailList | None, role: Role, user: str = ''
) -> Login | None:
    """Give the log-in that the browser's cookie stands for, None for none."""
    name = cookie_name(mlist.name if mlist else '', role, user)
    for value in request.cookies.get(name, []):
        login = _read(request.site, mlist, role, user, value)
        if login is not None:
            return login
    return None


def _read(
    site: Site, mlist: MailList | None, role: Role, user: str, value: str
) -> Login | None:
    parts = value.split('.')
    if len(value) > _LONGEST or len(parts) != 3 or not value.isascii():
        return None
    issued, session, mac = parts
    logins = Logins(mlist) if mlist is not None else None
    good = _mac(site, mlist, logins, role, user, issued, session)
    if not hmac.compare_digest(mac, good):
        return None
    age = site.now() - int(issued)
    lifetime = int(site.cfg.AUTHENTICATION_COOKIE_LIFETIME) or _IDLE
    if age < -_SKEW or age > lifetime:
        return None
    if logins is not None and logins.is_out(session):
        return None
    return Login(role, user, session)


def _mac(
    site: Site,
    mlist: MailList | None,
    logins: Logins | None,
    role: Role,
    user: str,
    issued: str,
    session: str,
) -> str:
    user = user.lower()
    if mlist is None or logins is None or role == Role.SITE_ADMIN:
        where: tuple[object, ...] = ('', _site_generation(site))
    else:
        ended = logins.generation(ROLE_NAMES[role], user)
        where = (mlist.name, mlist.created_at, ended)
    return sign(site, 'login', *where, ROLE_NAMES[role], user, issued, session)


def _site_generation(site: Site) -> int:
    """Give a number that changes when the site's password does."""
    try:
        return (site.data_dir / 'adm.pw').stat().st_mtime_ns
    except OSError:
        return 0


def set_cookie(request: Request, mlist: MailList | None, login: Login) -> str:
    """Give the Set-Cookie header that keeps or renews a log-in."""
    issued = str(int(request.site.now()))
    logins = Logins(mlist) if mlist is not None else None
    words = (login.role, login.user, issued, login.session)
    mac = _mac(request.site, mlist, logins, *words)
    name = cookie_name(mlist.name if mlist else '', login.role, login.user)
    value = f'{issued}.{login.session}.{mac}'
    return f'{name}={value}; {_attributes(request, mlist)}'


def clear_cookie(
    request: Request, mlist: MailList | None, role: Role, user: str = ''
) -> str:
    """Give the Set-Cookie header that takes a log-in from the browser."""
    name = cookie_name(mlist.name if mlist else '', role, user)
    return f'{name}=; Max-Age=0; {_attributes(request, mlist)}'


def _attributes(request: Request, mlist: MailList | None) -> str:
    return cookie_attributes(request, base_url(request.site, mlist))


def cookie_attributes(request: Request, base: str) -> str:
    """Give the attributes that all our cookies have, for pages below this address."""
    url = urlsplit(base)
    secure = '; Secure' if url.scheme == 'https' else ''
    return f'Path={url.path or "/"}; HttpOnly; SameSite=Lax{secure}'


def base_url(site: Site, mlist: MailList | None) -> str:
    """Give the address below which the page programs are."""
    if mlist is not None:
        url: str = mlist.web_page_url
        return url
    pattern = str(site.cfg.DEFAULT_URL_PATTERN)
    return pattern.replace('%s', str(site.cfg.DEFAULT_URL_HOST))
