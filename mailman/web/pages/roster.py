"""roster: the members of a list, for those whom its private_roster allows it.

====  =====================================================================
 0    everybody
 1    members, moderators and owners
 2    moderators and owners
====  =====================================================================

Who wants to stay hidden is shown to moderators and owners only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from mailman.constants import DeliveryStatus, MemberFlag, Role
from mailman.site.i18n import N_
from mailman.web import auth, controls, joinform, notices, ownerpages
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.request import Request

TEMPLATE = 'roster.html'
EVERYBODY, MEMBERS = 0, 1
NO_LIST = N_('A list is missing in the address of this page.')
# Neither moderators nor owners; they see hidden members, too.
_PLAIN = (Role.USER, Role.UNAUTHORIZED)


def respond(request: Request) -> Response:
    """Show the members to whoever may see them."""
    if not request.list_name:
        view = View(request)
        return view.page('error.html', view._('Members'), text=view._(NO_LIST))
    mlist = open_list(request)
    view = View(request, mlist)
    fields = request.fields
    roster = roster_of(mlist)
    roles = auth.READERS if roster == MEMBERS else auth.MODERATORS
    user = auth.account(fields.get('roster-email')) if roster == MEMBERS else ''
    clear = fields.get('roster-pw')
    login = view.authenticate(roles, clear=clear, user=user)
    if login is None and roster != EVERYBODY:
        return ask(view, wrong=bool(clear))
    return _show(view)


def roster_of(mlist: MailList) -> int:
    """Give the list's private_roster; what is no such number is the strictest."""
    roster = int(mlist.private_roster)
    return roster if roster in (EVERYBODY, MEMBERS) else 2


def ask(view: View, *, wrong: bool) -> Response:
    """Ask who it is; 401, as in 2.1 also before anybody tried."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    if wrong:
        text = _('That does not open the list of members.')
        view.say(text, notices.ERROR)
    url = mlist.url('roster', absolute=False)
    return view.page(
        'roster_login.html',
        _('%(list)s: who may see its members', list=mlist.real_name),
        status=401,
        action=url,
        members=roster_of(mlist) == MEMBERS,
        boxes=joinform.roster_boxes(mlist, _),
        button=joinform.roster_button(_, 'first'),
        code=auth.code_is_wanted(view.request, mlist),
        listinfo=mlist.url('listinfo', absolute=False),
    )


# --- the members ----------------------------------------------------------------------


def _show(view: View) -> Response:
    mlist = view.mlist
    assert mlist is not None
    role = view.login.role if view.login else Role.UNAUTHORIZED
    everybody = role not in _PLAIN
    regular = shown(mlist, mlist.regular_keys(), everybody)
    digest = shown(mlist, mlist.digest_keys(), everybody)
    values: ownerpages.Values = {
        'mm-regular-users': lambda: rows(view, *regular),
        'mm-digest-users': lambda: rows(view, *digest),
    }
    return ownerpages.page(view, TEMPLATE, values)


def shown(mlist: MailList, keys: list[str], everybody: bool) -> tuple[list[str], int]:
    """Give the members to be shown, in order, and how many are hidden."""
    if everybody:
        return sorted(keys), 0
    flag, options = int(MemberFlag.CONCEAL_SUBSCRIPTION), mlist.user_options
    found = [key for key in keys if not options.get(key, 0) & flag]
    return sorted(found), len(keys) - len(found)


def rows(view: View, keys: list[str], hidden: int) -> Markup:
    """Give the lines: an address each, linked to the options of its owner."""
    _ = view._
    out = [controls.lines(_lines(view, keys))]
    if not keys:
        out.append(controls.paragraph(_('Nobody to be shown.'), class_='dim'))
    if hidden:
        text = _.plural('%(n)s member is hidden.', '%(n)s members are hidden.', hidden)
        out.append(controls.paragraph(text, class_='dim'))
    return Markup('\n').join(out)


def _lines(view: View, keys: list[str]) -> Iterator[Markup]:
    mlist = view.mlist
    assert mlist is not None
    base = mlist.url('options', absolute=False)
    off = view._('mail is off')
    # Plain work: lists have many thousands.
    disabled = {
        key
        for key, (status, _) in mlist.delivery_status.items()
        if status != DeliveryStatus.ENABLED
    }
    for key in keys:
        href = f'{base}/{quote(ownerpages.address_in_links(key, mlist), safe="")}'
        text = ownerpages.address_for_eyes(mlist.address_of(key), mlist)
        name = mlist.usernames.get(key) or ''
        yield controls.entry(href, text, name, off if key in disabled else '')
