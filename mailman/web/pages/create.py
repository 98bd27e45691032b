"""create: make a list, for who knows the site's or the creators' password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions import aliases, lifecycle
from mailman.actions.passwords import is_site_password
from mailman.constants import Role
from mailman.errors import AliasError, BadAddress, BadListName, ConfigError, ListExists
from mailman.lists import catalog
from mailman.storage.locks import Lock
from mailman.web import notices
from mailman.web.auth import Attempts, code_is_right, code_is_wanted, log_failure
from mailman.web.view import View

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.fields import Fields
    from mailman.web.request import Request


def respond(request: Request) -> Response:
    """Show the form, or make the list."""
    view = View(request)
    if request.pieces:
        view.say(view._('This page takes no list in its address.'), notices.ERROR)
        return form(view, {})
    if not request.is_post or 'doit' not in request.form:
        return form(view, {})
    wish = _wish(view, request.form)
    errors = _errors(view, wish)
    if not errors and not _may(view, wish['auth']):
        errors['auth'] = view._('This password does not allow making lists.')
    if not errors:
        mlist = _make(view, wish, errors)
        if mlist is not None:
            return done(view, mlist, wish)
    for field, text in errors.items():
        view.say(text, notices.ERROR, field=field)
    return form(view, errors, wish)


# --- the form -------------------------------------------------------------------------


def _wish(view: View, form: Fields) -> dict[str, Any]:
    cfg = view.site.cfg
    known = view.site.languages()
    langs = [code for code in form.all('langs') if code in known]
    return {
        'listname': form.text('listname').lower(),
        'owner': form.text('owner'),
        'password': form.get('password'),
        'confirm': form.get('confirm'),
        'auth': form.get('auth'),
        'autogen': form.get('autogen') == '1',
        'notify': form.get('notify') == '1',
        'moderate': form.get(
            'moderate', str(int(cfg.DEFAULT_DEFAULT_MEMBER_MODERATION))
        )
        == '1',
        'langs': langs or [cfg.DEFAULT_SERVER_LANGUAGE],
    }


def form(
    view: View, errors: dict[str, str], wish: dict[str, Any] | None = None
) -> Response:
    """Show the form, with what was typed; passwords are typed again."""
    cfg, _ = view.site.cfg, view._
    blank = {
        'listname': '',
        'owner': '',
        'autogen': False,
        'notify': True,
        'moderate': bool(cfg.DEFAULT_DEFAULT_MEMBER_MODERATION),
        'langs': [cfg.DEFAULT_SERVER_LANGUAGE],
    }
    languages = [
        (code, _(description[0])) for code, description in cfg.LC_DESCRIPTIONS.items()
    ]
    return view.page(
        'create.html',
        _('Make a mailing list'),
        action=view.url('create'),
        wish={**blank, **(wish or {})},
        errors=errors,
        languages=languages,
        host=_hosts(view).mail,
        code=code_is_wanted(view.request, None),
    )


def _errors(view: View, wish: dict[str, Any]) -> dict[str, str]:
    """Check what was typed, in 2.1's order; give the first error as {field: text}."""
    _, name = view._, wish['listname']
    given = bool(wish['password'] or wish['confirm'])
    checks = [
        (
            '@' in name,
            'listname',
            _(
                'The name of a list has no @: its addresses end with %(host)s.',
                host=_hosts(view).mail,
            ),
        ),
        (not name, 'listname', _('A list needs a name.')),
        (
            bool(name) and catalog.exists(view.site, name),
            'listname',
            _('There is a list of this name already.'),
        ),
        (not wish['owner'], 'owner', _("A list needs an owner's address.")),
        (
            wish['autogen'] and given,
            'password',
            _('Leave both passwords empty, or have none made.'),
        ),
        (
            not wish['autogen'] and wish['password'] != wish['confirm'],
            'confirm',
            _('The two passwords differ.'),
        ),
        (
            not wish['autogen'] and not wish['password'],
            'password',
            _('A list needs a password.'),
        ),
    ]
    return next(({field: text} for wrong, field, text in checks if wrong), {})


def _may(view: View, clear: str) -> bool:
    limit = Attempts(view.request, '', 'creator')
    limit.check()
    good = is_site_password(view.site, clear, creator=True) or (
        is_site_password(view.site, clear)
        and code_is_right(view.request, None, Role.SITE_ADMIN)
    )
    if good:
        limit.succeeded()
    else:
        limit.failed()
        log_failure(view.request, None)
    return good


# --- the list -------------------------------------------------------------------------


def _hosts(view: View) -> lifecycle.Hosts:
    """Give the hosts of a list that is made under the request's host name."""
    cfg = view.site.cfg
    known = {name.lower() for name in cfg.VIRTUAL_HOSTS}
    host = view.request.host
    return lifecycle.hosts_for(view.site, urlhost=host if host in known else '')


def _make(view: View, wish: dict[str, Any], errors: dict[str, str]) -> MailList | None:
    """Make the list; an error goes into ``errors``."""
    _ = view._
    if wish['autogen']:
        from mailman.security.tokens import make_password  # start-up time: rarely done

        wish['password'] = make_password(int(view.site.cfg.ADMIN_PASSWORD_LENGTH))
    try:
        with Lock(view.site.locks_dir / 'creator'):
            aliases.writer(view.site)
            mlist = lifecycle.create_list(
                view.site,
                wish['listname'],
                wish['owner'],
                wish['password'],
                hosts=_hosts(view),
                language=wish['langs'][0],
            )
            _settle(mlist, wish)
            _announce(view, mlist)
        return mlist
    except BadListName as error:
        errors['listname'] = _(error.reason)
    except ListExists:
        errors['listname'] = _('There is a list of this name already.')
    except BadAddress as error:
        errors['owner'] = _(error.reason)
    except ConfigError as error:
        view.site.log.write('error', f'create: {error}')
        errors['listname'] = _('The settings of this site are wrong; tell its owner.')
    return None


def _settle(mlist: MailList, wish: dict[str, Any]) -> None:
    with mlist.lock():
        mlist.default_member_moderation = int(wish['moderate'])
        mlist.available_languages = list(wish['langs'])
        # The language of the site first, where it is among them.
        server = mlist.site.cfg.DEFAULT_SERVER_LANGUAGE
        if server in wish['langs']:
            mlist.preferred_language = server
        mlist.save()


def _announce(view: View, mlist: MailList) -> None:
    """Tell the mail server; what goes wrong there does not take the list back."""
    try:
        aliases.added(mlist, from_web=True)
    except AliasError as error:
        view.site.log.write('error', f'create: {mlist.name}: {error}')
        text = view._(
            'The list is made, but no mail reaches it yet: the mail server could not'
            ' be told. The log of errors says why.'
        )
        view.say(text, notices.WARNING)


def done(view: View, mlist: MailList, wish: dict[str, Any]) -> Response:
    """Say what was made, and where to go on."""
    if wish['notify'] or wish['autogen']:
        lifecycle.tell_owner(mlist, wish['owner'], wish['password'])
    return view.page(
        'created.html',
        view._('The mailing list %(name)s is there', name=mlist.name),
        address=mlist.address(),
        told=wish['owner'] if wish['notify'] or wish['autogen'] else '',
        listinfo=mlist.url('listinfo', absolute=False),
        admin=mlist.url('admin', absolute=False),
        another=view.url('create'),
    )
