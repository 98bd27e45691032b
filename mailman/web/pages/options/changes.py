"""What the buttons of the options form do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import preferences
from mailman.constants import MemberFlag, Role
from mailman.errors import MailmanError
from mailman.lists.logins import Logins
from mailman.settings.texts import numbered_characters
from mailman.web import notices
from mailman.web.mmtags import IDS
from mailman.web.pages.options import form
from mailman.web.sessions import Login
from mailman.web.wording import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailman.actions.preferences import Elsewhere, Wish
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.view import View

_SWITCH = {'0': False, '1': True}


def _done(view: View, user: str) -> Response:
    """Show the form as it is now."""
    assert view.mlist is not None
    url = form.url_of(view.mlist, user)
    return view.after_change(url, lambda: form.page(view, user))


def _again(view: View, user: str, text: str, field: str = '') -> Response:
    """Show the form with what was typed, and what is wrong with it."""
    view.say(text, notices.ERROR, field=field)
    return form.page(view, user, typed=True)


# --- settings -------------------------------------------------------------------------


def settings(view: View, user: str) -> Response:
    """Save all choices of the form; those that are missing stay."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    wish = _wish(view)
    try:
        with mlist.lock(10):
            changed = preferences.change(mlist, user, wish)
            mlist.save_changes()
    except MailmanError as error:
        if error.temporary:
            raise
        return _again(view, user, explain(error, mlist, _))
    if changed:
        view.say(_('Your settings are saved.'))
    else:
        view.say(_('Nothing was different, so nothing was changed.'))
    form_fields = view.request.fields
    part = _wish_everywhere(form_fields.all, wish)
    if part is not None:
        _everywhere(view, user, lambda other: preferences.change(other, user, part))
    # In the language that was chosen just now.
    view._ = view.site.translator(mlist.language_of(user))
    return _done(view, user)


def _wish(view: View) -> Wish:
    """Read the form.  No box of a topic that is ticked means no topic."""
    from urllib.parse import unquote_plus  # start-up time: showing needs it not here

    mlist, fields = view.mlist, view.request.fields
    assert mlist is not None
    switch = {name: _SWITCH.get(fields.get(name)) for name in ('disablemail', 'digest')}
    off = switch['disablemail']
    topics = None
    if mlist.topics_enabled and mlist.topics:
        topics = [unquote_plus(one) for one in fields.all('usertopic')]
    return preferences.Wish(
        delivery=None if off is None else not off,
        digest=switch['digest'],
        language=fields.get('language') or None,
        topics=topics,
        flags={
            flag: _SWITCH[fields.get(name)]
            for name, flag in form.FLAGS.items()
            if fields.get(name) in _SWITCH
        },
    )


def _wish_everywhere(given: Callable[[str], list[str]], wish: Wish) -> Wish | None:
    """Give what is wanted on all lists; None for nothing."""
    flags = {
        flag: wish.flags[flag]
        for box, flag in (
            ('mime-globally', MemberFlag.DISABLE_MIME),
            ('nodupes-globally', MemberFlag.DONT_RECEIVE_DUPLICATES),
            ('remind-globally', MemberFlag.SUPPRESS_PASSWORD_REMINDER),
        )
        if given(box) and flag in wish.flags
    }
    delivery = wish.delivery if given('deliver-globally') else None
    if delivery is None and not flags:
        return None
    return preferences.Wish(delivery=delivery, flags=flags)


def _everywhere(
    view: View, user: str, action: Callable[[MailList], object]
) -> Elsewhere | None:
    """Do it on the member's other lists, too; owners of this one may not."""
    _, mlist = view._, view.mlist
    assert mlist is not None and view.login is not None
    if view.login.is_admin:
        text = _('Other lists stay as they are: only members can change them there.')
        view.say(text, notices.WARNING)
        return None
    if not preferences.is_known(mlist, user):
        view.say(view._(form.NOT_KNOWN), notices.WARNING)
        return None
    found = preferences.elsewhere(mlist, user, action)
    if found.lists:
        names = ', '.join(found.lists)
        view.say(_('The same was done on: %(lists)s', lists=names))
    if found.busy:
        names = ', '.join(found.busy)
        text = _('These lists were busy, please try again: %(lists)s', lists=names)
        view.say(text, notices.WARNING)
    return found


# --- address and name -----------------------------------------------------------------


def address(view: View, user: str) -> Response:
    """Change the name at once, and the address once the new one has confirmed."""
    from mailman.actions.subscription import clean_name  # start-up time, as below

    mlist, _, fields = view.mlist, view._, view.request.fields
    assert mlist is not None
    new, again = fields.text('new-address'), fields.text('confirm-address')
    if new != again:
        text = _('The two new addresses are not the same.')
        return _again(view, user, text, IDS['mm-confirm-address-box'])
    name = clean_name(numbered_characters(fields.get('fullname')))
    globally = bool(fields.all('changeaddr-globally'))
    if new:
        known = not _is_admin(view) and preferences.is_known(mlist, user)
        problem = _move(view, user, new, globally and known)
        if problem:
            return _again(view, user, problem, IDS['mm-new-address-box'])
    if 'fullname' in fields and name != mlist.name_of(user):
        _rename(view, user, name, globally)
    elif not new:
        text = _('Nothing was different, so nothing was changed.')
        view.say(text)
    return _done(view, user)


def _is_admin(view: View) -> bool:
    return view.login is not None and view.login.is_admin


def _move(view: View, user: str, new: str, everywhere: bool) -> str:
    """Ask the new address; give what is wrong with it, '' for nothing."""
    from mailman.actions import subscription
    from mailman.errors import AlreadyAMember, AlreadyPending, TooManyRequests

    mlist, _, remote = view.mlist, view._, view.request.remote
    assert mlist is not None
    try:
        with mlist.lock(10):
            try:
                subscription.change_address(
                    mlist, user, new, everywhere=everywhere, remote=remote
                )
            except AlreadyAMember:
                subscription.warn_member(mlist, new, remote)
                raise
            mlist.save_changes()
    except (AlreadyAMember, AlreadyPending, TooManyRequests) as error:
        # A private list does not tell one member of another.
        if not mlist.private_roster:
            return explain(error, mlist, _)
    except MailmanError as error:
        if error.temporary:
            raise
        return explain(error, mlist, _)
    text = _(
        'A mail was sent to %(address)s. Use the link in it: then mail of the list goes'
        ' there. Until then nothing changes.',
        address=new,
    )
    view.say(text)
    return ''


def _rename(view: View, user: str, name: str, globally: bool) -> None:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    with mlist.lock(10):
        mlist.set_name(user, name)
        mlist.save_changes()
    view.say(_('Your name is now: %(name)s', name=name) if name else _('No name now.'))
    if globally:
        _everywhere(view, user, lambda other: other.set_name(user, name))


# --- password -------------------------------------------------------------------------


def password(view: View, user: str) -> Response:
    """Give the member another password; all other log-ins of the member end."""
    mlist, _, fields = view.mlist, view._, view.request.fields
    assert mlist is not None and view.login is not None
    new, again = fields.get('newpw'), fields.get('confpw')
    if _is_admin(view) and not view.site.cfg.OWNERS_CAN_CHANGE_MEMBER_PASSWORDS:
        text = _('On this site only members themselves can change their passwords.')
        return _again(view, user, text)
    if not new:
        text = _('Please type a new password, twice.')
        return _again(view, user, text, IDS['mm-new-pass-box'])
    if new != again:
        text = _('The two passwords are not the same.')
        return _again(view, user, text, IDS['mm-confirm-pass-box'])
    _set_password(mlist, user, new)
    if _is_admin(view):
        Logins(mlist).doubt(user)
    if view.login.role == Role.USER:
        sent = view.login.sent
        view.log_in(Login(Role.USER, mlist.address_of(user), sent=sent))
    view.say(_('Your password is changed. Elsewhere you are logged out.'))
    if fields.all('pw-globally'):
        _everywhere(view, user, lambda other: _store(other, user, new))
    return _done(view, user)


def _set_password(mlist: MailList, user: str, clear: str) -> None:
    with mlist.lock(10):
        _store(mlist, user, clear)
        mlist.save_changes()


def _store(mlist: MailList, user: str, clear: str) -> None:
    from mailman.actions.passwords import set_member_password

    set_member_password(mlist, user, clear)


def mail_link(view: View, user: str) -> Response:
    """Mail the member a link that logs in."""
    from mailman.actions.loginlinks import send_login_link

    mlist, _ = view.mlist, view._
    assert mlist is not None
    with mlist.lock(10):
        sent = send_login_link(mlist, user)
        mlist.save_changes()
    if sent is None:
        text = _('This address was sent as many such mails today as one may get.')
        view.say(text, notices.WARNING)
    else:
        view.say(_('A mail with a link to log in is on its way.'))
    return _done(view, user)


# --- leaving --------------------------------------------------------------------------


def leave(view: View, user: str) -> Response:
    """Take the member off the list, or ask the moderators to."""
    from mailman.actions import membership, subscription
    from mailman.errors import AlreadyPending
    from mailman.outcomes import AwaitingApproval

    mlist, _ = view.mlist, view._
    assert mlist is not None
    if not view.request.fields.get('unsubconfirm'):
        text = _('Please tick the box as well, if you really want to leave.')
        return _again(view, user, text, IDS['mm-unsubscribe-button'])
    whence = f'via the member options page: {view.request.remote}'
    try:
        with mlist.lock(10):
            if _is_admin(view):
                outcome: object = membership.remove(mlist, user, whence=whence)
            else:
                outcome = subscription.unsubscribe(
                    mlist, user, confirmed=True, whence=whence
                )
            mlist.save_changes()
    except AlreadyPending as error:
        return _again(view, user, explain(error, mlist, _))
    if isinstance(outcome, AwaitingApproval):
        view.say(_('The moderators were asked to let you go. You will hear of it.'))
        return _done(view, user)
    return _farewell(view, user)


def _farewell(view: View, user: str) -> Response:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    text = _(
        '%(address)s has left %(list)s. You can join again on this page at any time.',
        address=user,
        list=mlist.real_name,
    )
    view.say(text)
    sent = view.login is not None and view.login.sent
    if not _is_admin(view):
        view.log_out(Role.USER, user=user)
    # Who sends a password with each request is told at once.
    if sent:
        from mailman.web import joinform  # start-up time: browsers see it anyway

        return joinform.page(view)
    return view.see(mlist.url('listinfo', absolute=False))
