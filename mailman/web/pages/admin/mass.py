"""Members by the hundred: add or invite, remove, change an address, synchronise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.settings.texts import numbered_characters
from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.notices import Notice
from mailman.web.pages.admin import frame

if TYPE_CHECKING:
    from mailman.actions.upkeep import Tally
    from mailman.web.answers import Response
    from mailman.web.view import View

# Lines that a notice shows of those that were done; of the others all are shown.
MOST_SHOWN = 1000
_TITLES = {
    'add': N_('Add members'),
    'remove': N_('Remove members'),
    'change': N_("Change a member's address"),
    'sync': N_('Make the members those of a list'),
}


def show(view: View, part: str, **values: Any) -> Response:
    """Show the form of one of these pages."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    heading = _(_TITLES[part])
    return frame.page(
        view,
        f'members-{part}.html',
        _('%(name)s: %(page)s', name=mlist.real_name, page=heading),
        'members',
        part,
        heading=heading,
        action=mlist.url('admin', 'members', part, absolute=False),
        errors=values.pop('errors', {}),
        typed=view.request.fields if values.pop('typed', False) else None,
        welcome=_choice(view, 'send_welcome_msg_to_this_batch', mlist.send_welcome_msg),
        invite=_choice(
            view, 'subscribe_or_invite', view.site.cfg.DEFAULT_SUBSCRIBE_OR_INVITE
        ),
        tell=_choice(
            view, 'send_notifications_to_list_owner', mlist.admin_notify_mchanges
        ),
        goodbye=_choice(view, 'send_unsub_ack_to_this_batch', mlist.send_goodbye_msg),
        tell_left=_choice(
            view,
            'send_unsub_notifications_to_list_owner',
            mlist.admin_notify_mchanges,
        ),
        count=len(mlist.members) + len(mlist.digest_members),
    )


def _choice(view: View, name: str, default: Any) -> bool:
    """Give a yes or no of the form, by default the list's."""
    number = view.request.fields.number(name)
    return bool(default if number is None else number)


def _lines(view: View, *names: str) -> list[str]:
    """Give the lines of a box and its upload, with characters for their numbers."""
    lines = view.request.fields.lines(*names)
    return [numbered_characters(line) for line in lines]


# --- doing ----------------------------------------------------------------------------


def add(view: View) -> bool | None:
    """Subscribe, or invite, the addresses of the form."""
    mlist = view.mlist
    lines = _lines(view, 'subscribees', 'subscribees_upload')
    if not lines or mlist is None:
        return None
    from mailman.actions import upkeep

    text = view.request.fields.text('invitation').replace('\r\n', '\n')
    invited = _choice(
        view, 'subscribe_or_invite', view.site.cfg.DEFAULT_SUBSCRIBE_OR_INVITE
    )
    with mlist.lock(10):
        if invited:
            tally = upkeep.invite(mlist, lines, text=text)
        else:
            tally = upkeep.add(
                mlist,
                lines,
                welcome=_choice(
                    view, 'send_welcome_msg_to_this_batch', mlist.send_welcome_msg
                ),
                tell_owner=_choice(
                    view,
                    'send_notifications_to_list_owner',
                    mlist.admin_notify_mchanges,
                ),
                text=text,
            )
        mlist.save_changes()
    count = len(tally.done)
    _ = view._
    if invited:
        said = _.plural('%(n)s address was invited:', '%(n)s were invited:', count)
    else:
        said = _.plural('%(n)s member was added:', '%(n)s members were added:', count)
    tell(view, tally, said)
    return True


def remove(view: View) -> bool | None:
    """Unsubscribe the addresses of the form."""
    mlist = view.mlist
    lines = _lines(view, 'unsubscribees', 'unsubscribees_upload')
    if not lines or mlist is None:
        return None
    from mailman.actions import upkeep

    with mlist.lock(10):
        tally = upkeep.remove(
            mlist,
            lines,
            goodbye=_choice(
                view, 'send_unsub_ack_to_this_batch', mlist.send_goodbye_msg
            ),
            tell_owner=_choice(
                view,
                'send_unsub_notifications_to_list_owner',
                mlist.admin_notify_mchanges,
            ),
        )
        mlist.save_changes()
    _tell_removed(view, tally)
    return True


def synchronise(view: View) -> Response | bool | None:
    """Make the members those of the form; nothing while it has a line that is wrong."""
    mlist = view.mlist
    lines = _lines(view, 'memberlist', 'memberlist_upload')
    if not lines or mlist is None:
        return None
    from mailman.actions import upkeep

    with mlist.lock(10):
        joined, left = upkeep.synchronise(mlist, lines)
        mlist.save_changes()
    _ = view._
    wrong = joined.refused.get(upkeep.BAD)
    if wrong:
        text = _(
            'Nothing was changed: these lines are no addresses, and one of them may be'
            ' a member, mistyped.'
        )
        view.notices.append(Notice(text, notices.ERROR, wrong, 'memberlist'))
        return show(view, 'sync', errors={'memberlist': text}, typed=True)
    count = len(joined.done)
    tell(
        view,
        joined,
        _.plural('%(n)s member was added:', '%(n)s members were added:', count),
    )
    _tell_removed(view, left)
    if not (joined.done or joined.refused or left.done):
        view.say(_('Nothing to do: these are the members.'))
    return True


def change_address(view: View) -> Response | bool | None:
    """Give a member another address."""
    form, mlist, _ = view.request.fields, view.mlist, view._
    old, new = form.text('change_from'), form.text('change_to')
    if not (old or new) or mlist is None:
        return None
    from mailman.actions import upkeep
    from mailman.errors import AlreadyAMember, BadAddress, Banned, NotAMember

    errors = {}
    try:
        with mlist.lock(10):
            done = upkeep.change_address(
                mlist,
                old,
                new,
                tell_old='notice_old' in form,
                tell_new='notice_new' in form,
            )
            mlist.save_changes()
    except NotAMember:
        errors['change_from'] = _('This is not the address of a member.')
    except AlreadyAMember:
        errors['change_to'] = _('This is the address of a member already.')
    except Banned:
        errors['change_to'] = _('This address is banned from the list.')
    except BadAddress:
        errors['change_to'] = _('This cannot be the new address.')
    else:
        view.say(_('%(old)s is %(new)s now.', old=done.old, new=done.new))
        return True
    for name, text in errors.items():
        view.say(text, notices.ERROR, field=name)
    return show(view, 'change', errors=errors, typed=True)


# --- saying ---------------------------------------------------------------------------


def _tell_removed(view: View, tally: Tally) -> None:
    count = len(tally.done)
    tell(
        view,
        tally,
        view._.plural(
            '%(n)s member was removed:', '%(n)s members were removed:', count
        ),
    )


def tell(view: View, tally: Tally, said: str) -> None:
    """Say who was done, and who not and why."""
    _ = view._
    if tally.done:
        names = tally.done[:MOST_SHOWN]
        if len(tally.done) > MOST_SHOWN:
            names.append(_('and %(n)s more', n=len(tally.done) - MOST_SHOWN))
        view.notices.append(Notice(said, notices.DONE, names))
    for reason, lines in tally.refused.items():
        text = _.plural(
            '%(n)s left out, %(reason)s:',
            '%(n)s left out, %(reason)s:',
            len(lines),
            reason=_(reason),
        )
        view.notices.append(Notice(text, notices.WARNING, lines))
