"""rmlist: remove a list, for who knows its password, where the site allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import aliases, lifecycle
from mailman.actions.passwords import is_site_password
from mailman.constants import Role
from mailman.errors import AliasError, ConfigError
from mailman.site.i18n import N_
from mailman.storage.locks import Lock
from mailman.web import auth, notices
from mailman.web.answers import Refused
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.request import Request


def respond(request: Request) -> Response:
    """Ask once, on this page; remove the list when the password came."""
    mlist = open_list(request)
    view = View(request, mlist)
    if not request.site.cfg.OWNERS_CAN_DELETE_THEIR_OWN_LISTS:
        request.site.log.write(
            'mischief',
            f'Attempt to sneak past RmList: list={mlist.name}: remote={request.remote}',
        )
        text = N_('On this site, only its administrator removes lists.')
        raise Refused(200, text)
    if not request.is_post or 'doit' not in request.form:
        return form(view)
    if not _may(view, mlist):
        text = view._('This password does not allow removing the list.')
        view.say(text, notices.ERROR, field='password')
        return form(view)
    return _remove(view, mlist)


def form(view: View) -> Response:
    """Say what will go, and ask for the password."""
    mlist = view.mlist
    assert mlist is not None
    return view.page(
        'rmlist.html',
        view._('Remove the mailing list %(name)s', name=mlist.real_name),
        action=mlist.url('rmlist', absolute=False),
        admin=mlist.url('admin', absolute=False),
        members=len(mlist.members) + len(mlist.digest_members),
        address=mlist.address(),
        code=auth.code_is_wanted(view.request, mlist),
        with_archives=view.request.form.get('delarchives') == '1',
    )


def _may(view: View, mlist: MailList) -> bool:
    clear = view.request.form.get('password')
    roles = (Role.LIST_ADMIN, Role.SITE_ADMIN)
    # Whoever guesses wrong ones shall not find out the right one here.
    auth.Attempts(view.request, mlist.name, 'owners').check()
    if is_site_password(view.site, clear, creator=True):
        return True
    return auth.by_password(view.request, mlist, roles, clear, '') is not None


def _remove(view: View, mlist: MailList) -> Response:
    archives = view.request.form.get('delarchives') == '1'
    left = []
    try:
        with Lock(view.site.locks_dir / 'creator'):
            # First the mail server must stop sending mail here, then the list goes.
            aliases.removed(view.site, mlist.name, from_web=True)
            with mlist.lock():
                left = lifecycle.remove_list(view.site, mlist.name, archives=archives)
    except (AliasError, ConfigError) as error:
        view.site.log.write('error', f'rmlist: {mlist.name}: {error}')
        text = N_(
            'The list was not removed: the mail server could not be told. The log of'
            ' errors says why.'
        )
        raise Refused(500, text) from None
    if left:
        view.site.log.write('error', f'rmlist: {mlist.name}: stays: {left}')
    name, view.mlist = mlist.real_name, None
    return view.page(
        'removed.html',
        view._('The mailing list %(name)s is removed', name=name),
        archives=archives,
        complete=not left,
        lists=view.url('listinfo'),
        create=view.url('create'),
    )
