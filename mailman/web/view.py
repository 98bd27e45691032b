"""One page in the making: the list, the language, who asks, and what goes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from mailman.constants import Role
from mailman.errors import CorruptList, UnknownList
from mailman.lists import MailList, catalog
from mailman.site.i18n import N_
from mailman.site.pages import renderer
from mailman.web import auth, notices, sessions, style, tokens
from mailman.web.answers import Answer, Refused, Response
from mailman.web.notices import Notice
from mailman.web.sessions import Login

if TYPE_CHECKING:
    from mailman.web.request import Request


def open_list(request: Request) -> MailList:
    """Open the list that the path names; raises Refused with 404 or 503.

    No page repeats a name that is no list's (CVE-2018-13796).
    """
    if not request.list_name:
        raise Refused(200, N_('This page is about one list; its address must name it.'))
    try:
        mlist = MailList.open(request.site, request.list_name)
    except UnknownList:
        _log_unknown(request)
        raise Refused(404, N_('There is no such list here.')) from None
    except CorruptList:
        raise Refused(
            503, N_('This list is being repaired. Its administrator can say more.')
        ) from None
    request.charset = mlist.charset
    return mlist


def _log_unknown(request: Request) -> None:
    """Log a name that is no list's; one longer than any list's is mischief (2.1)."""
    site, name = request.site, request.list_name
    longest = int(site.cfg.MAX_LISTNAME_LENGTH)
    longest = longest or max(map(len, catalog.names(site)), default=0)
    if len(name) > longest:
        name = f'{name[:longest]}...'
        text = f'{request.program}: name too long: {name}: remote={request.remote}'
        site.log.write('mischief', text)
    site.log.write('error', f'{request.program}: No such list "{name}"')


class View:
    """What one answer is made of; pages make one, and end with one of its methods."""

    def __init__(
        self, request: Request, mlist: MailList | None = None, lang: str = ''
    ) -> None:
        self.request, self.site, self.mlist = request, request.site, mlist
        self.lang = lang or language(request, mlist)
        self._ = self.site.translator(self.lang)
        self.login: Login | None = None
        self.notices: list[Notice] = []
        self.headers: list[tuple[str, str]] = []

    # --- who asks ---------------------------------------------------------------------

    def authenticate(
        self,
        roles: tuple[Role, ...],
        *,
        clear: str = '',
        user: str = '',
        keep: bool = True,
    ) -> Login | None:
        """Find out who asks, and keep it in the browser; None if it is nobody of these.

        ``clear`` is the password that came along.  With ``keep`` false no cookie is
        set: the page does that later.
        """
        assert self.mlist is not None
        login = auth.authenticate(
            self.request, self.mlist, roles, clear=clear, user=user
        )
        if login is not None:
            self.log_in(login, keep=keep)
        return login

    def log_in(self, login: Login, *, keep: bool = True) -> None:
        """Go on as this person; every answer renews the cookie, as in 2.1."""
        self.login = login
        # The web server keeps its own log-in; a site password opens one list only,
        # unless the site says otherwise.
        if not keep or login.session == 'server':
            return
        where, kept = self.mlist, login
        if login.role == Role.SITE_ADMIN:
            if self.site.cfg.ALLOW_SITE_ADMIN_COOKIES:
                where = None
            else:
                kept = Login(Role.LIST_ADMIN, '', login.session)
                self.login = Login(Role.LIST_ADMIN, '', login.session, login.sent)
        self.header('Set-Cookie', sessions.set_cookie(self.request, where, kept))

    def log_out(self, *roles: Role, user: str = '') -> None:
        """End the sessions of these roles, here and in the browser."""
        from mailman.lists.logins import Logins  # start-up time: few pages do this

        for role in roles:
            where = None if role == Role.SITE_ADMIN else self.mlist
            login = sessions.check(self.request, where, role, user)
            if login is not None and self.mlist is not None:
                Logins(self.mlist).log_out(login.session)
            cookie = sessions.clear_cookie(self.request, where, role, user)
            self.header('Set-Cookie', cookie)
        self.login = None

    def token(self) -> str:
        """Give the token for the forms of this page; '' when nobody is logged in."""
        if self.login is None or self.mlist is None:
            return ''
        return tokens.make(self.request, self.mlist, self.login)

    def may_change(self) -> bool:
        """Tell whether the request may change something.

        It may with a password sent along, or as a POST with a good token.  Otherwise
        the page gets a notice that says so; the caller shows the form again.
        """
        assert self.mlist is not None and self.login is not None
        if self.login.sent:
            return True
        good = tokens.is_good(self.request, self.mlist, self.login)
        if self.request.is_post and good:
            return True
        text = self._(
            'Nothing was changed: the form had lain open for too long, or did not'
            ' come from this page. Please send it again.'
        )
        self.notices.append(Notice(text, notices.ERROR))
        return False

    # --- what goes out ----------------------------------------------------------------

    def header(self, name: str, value: str) -> None:
        """Add a header to the answer."""
        self.headers.append((name, value))

    def say(self, text: str, kind: str = notices.DONE, *, field: str = '') -> None:
        """Add a notice to this page, or to the one that it redirects to."""
        self.notices.append(Notice(text, kind, field=field))

    def page(
        self, template: str, title: str, *, status: int = 200, **values: Any
    ) -> Response:
        """Make the answer from a template in templates/web."""
        host = self.mlist.host_name if self.mlist else self.request.host
        name = self.mlist.name if self.mlist else None
        render = renderer(self.site, self.lang, mlist_name=name, host=host)
        text = render(template, title=title, frame=self.frame(), **values)
        return Response(text, status, headers=self.headers)

    def frame(self) -> dict[str, Any]:
        """Give what templates/web/base.html shows around every page."""
        cfg, mlist = self.site.cfg, self.mlist
        return {
            'site': cfg.DEFAULT_URL_HOST,
            'home': self.url('listinfo'),
            'list_name': mlist.real_name if mlist else '',
            'list_url': mlist.url('listinfo', absolute=False) if mlist else '',
            'style': style.url(self.site, self.base),
            'script': style.url(self.site, self.base, style.SCRIPT),
            'logo': cfg.WEB_LOGO,
            'head': Markup(cfg.WEB_HEAD_ADD or ''),  # noqa: S704 - the site's own
            'login': self.login,
            'own_page': self._own_page(),
            'log_out': self._log_out_url(),
            'token': self.token(),
            'notices': self._all_notices(),
        }

    def _own_page(self) -> str:
        """Give the path of the page where this person's business with the list is."""
        login, mlist = self.login, self.mlist
        if login is None or mlist is None:
            return ''
        if login.role == Role.USER:
            return mlist.url('options', login.user, absolute=False)
        page = 'admindb' if login.role == Role.LIST_MODERATOR else 'admin'
        return mlist.url(page, absolute=False)

    def _log_out_url(self) -> str:
        login, mlist = self.login, self.mlist
        if login is None or mlist is None or login.session == 'server':
            return ''
        if login.role == Role.USER:
            return mlist.url('options', login.user, absolute=False) + '?logout=1'
        page = 'admindb' if login.role == Role.LIST_MODERATOR else 'admin'
        return mlist.url(page, 'logout', absolute=False)

    def _all_notices(self) -> list[Notice]:
        """Give the notices of this page, those kept by the page before first."""
        kept: list[Notice] = []
        for name in self.request.cookies.get(notices.COOKIE, []):
            kept += notices.take(self.site, name)
            attributes = sessions.cookie_attributes(self.request, self.base)
            gone = f'{notices.COOKIE}=; Max-Age=0; {attributes}'
            self.header('Set-Cookie', gone)
        return kept + self.notices

    @property
    def base(self) -> str:
        """The address below which the page programs are."""
        return sessions.base_url(self.site, self.mlist)

    def url(self, program: str, query: str = '') -> str:
        """Give the path of a program's page without a list."""
        from urllib.parse import urlsplit  # start-up time: not all pages need it

        path = urlsplit(self.base).path.rstrip('/')
        return f'{path}/{program}{self.site.cfg.CGIEXT}{query}'

    def see(self, url: str) -> Response:
        """Send the browser to another page of ours with a GET; notices go along."""
        if self.notices:
            name = notices.keep(self.site, self.notices)
            attributes = sessions.cookie_attributes(self.request, self.base)
            life = f'Max-Age={notices.LIFE}'
            cookie = f'{notices.COOKIE}={name}; {life}; {attributes}'
            self.header('Set-Cookie', cookie)
        return Response(
            b'', 303, headers=[*self.headers, ('Location', _absolute(self.base, url))]
        )

    def after_change(self, url: str, show: Callable[[], Response]) -> Response:
        """Answer a change by a redirect; at once where a password was sent along."""
        if self.login is None or self.login.sent or not self.request.is_post:
            return show()
        return self.see(url)

    def end(self, response: Response) -> Answer:
        """Give the exception that ends the page with an answer."""
        return Answer(response)


def _absolute(base: str, path: str) -> str:
    """Give the absolute address of a path; hosts come from the settings alone."""
    from urllib.parse import urljoin

    return urljoin(base, path)


def language(request: Request, mlist: MailList | None) -> str:
    """Give the page's language: the one asked for, else the list's or the site's.

    Every language of the site will do, as in 2.1, also where the list has fewer.
    """
    asked = request.fields.get('language')
    if asked in request.site.languages():
        return asked
    if mlist is None:
        return str(request.site.cfg.DEFAULT_SERVER_LANGUAGE)
    return str(mlist.preferred_language)
