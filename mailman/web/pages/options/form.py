"""The form with a member's settings, and the pages beside it: a topic, other lists."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_plus

from markupsafe import Markup

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.site.i18n import N_
from mailman.web import controls, notices, ownerpages
from mailman.web.fields import Fields
from mailman.web.mmtags import IDS

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site.i18n import Translator
    from mailman.web.answers import Response
    from mailman.web.view import View

TEMPLATE = 'options.html'
# Field: its flag.  The value 1 sets it.
FLAGS = {
    'mime': MemberFlag.DISABLE_MIME,
    'dontreceive': MemberFlag.DONT_RECEIVE_OWN_POSTS,
    'ackposts': MemberFlag.ACKNOWLEDGE_POSTS,
    'remind': MemberFlag.SUPPRESS_PASSWORD_REMINDER,
    'conceal': MemberFlag.CONCEAL_SUBSCRIPTION,
    'rcvtopic': MemberFlag.RECEIVE_NONMATCHING_TOPICS,
    'nodupes': MemberFlag.DONT_RECEIVE_DUPLICATES,
}
# Tag: field, value, and its name where the page has no label for it.
RADIOS = {
    'mm-delivery-enable-button': ('disablemail', 0, N_('Send me mail of the list')),
    'mm-delivery-disable-button': ('disablemail', 1, N_('Send me no mail for now')),
    'mm-undigest-radio-button': ('digest', 0, N_('Each post by itself')),
    'mm-digest-radio-button': ('digest', 1, N_('Digests')),
    'mm-mime-digests-button': ('mime', 0, N_('Digests in MIME format')),
    'mm-plain-digests-button': ('mime', 1, N_('Digests as plain text')),
    'mm-receive-own-mail-button': ('dontreceive', 0, N_('Send me my own posts')),
    'mm-dont-receive-own-mail-button': ('dontreceive', 1, N_('Not my own posts')),
    'mm-dont-ack-posts-button': ('ackposts', 0, N_('No receipt for my posts')),
    'mm-ack-posts-button': ('ackposts', 1, N_('A receipt for my posts')),
    'mm-get-password-reminder-button': ('remind', 0, N_('Monthly reminders')),
    'mm-dont-get-password-reminder-button': ('remind', 1, N_('No reminders')),
    'mm-public-subscription-button': ('conceal', 0, N_('Show me among the members')),
    'mm-hide-subscription-button': ('conceal', 1, N_('Hide me among the members')),
    'mm-suppress-nonmatching-topics': ('rcvtopic', 0, N_('No posts of no topic')),
    'mm-receive-nonmatching-topics': ('rcvtopic', 1, N_('Posts of no topic, too')),
    'mm-receive-duplicates-button': ('nodupes', 0, N_('Both copies')),
    'mm-dont-receive-duplicates-button': ('nodupes', 1, N_('One copy')),
}
GLOBAL = {
    'mm-global-deliver-button': 'deliver-globally',
    'mm-global-mime-button': 'mime-globally',
    'mm-global-nodupes-button': 'nodupes-globally',
    'mm-global-remind-button': 'remind-globally',
    'mm-global-change-of-address': 'changeaddr-globally',
    'mm-global-pw-changes-button': 'pw-globally',
}
WHY_DISABLED = {
    DeliveryStatus.BY_USER: N_('The mail is off because you switched it off.'),
    DeliveryStatus.BY_ADMIN: N_(
        'The mail is off: an owner of the list switched it off.'
    ),
    DeliveryStatus.BY_BOUNCE: N_(
        'The mail is off because too much mail to your address came back. If that is'
        ' mended, switch it on again below.'
    ),
    DeliveryStatus.UNKNOWN: N_('The mail is off; nobody remembers why.'),
}

NOT_KNOWN = N_(
    'Other lists stay as they are: nobody at this address has shown yet that this'
    ' membership is theirs. Have a link to log in mailed, and use that.'
)


def page(view: View, user: str, *, typed: bool = False) -> Response:
    """Make the form; ``typed``: after a mistake, with what was typed and chosen."""
    mlist = view.mlist
    assert mlist is not None
    given = view.request.form if typed else Fields()
    values: ownerpages.Values = {
        **_who(view, user),
        **_radios(view, user, given),
        **_global(view),
        **_boxes(view, user, given),
        **_buttons(view),
        'mm-topics': lambda: topics(view, user),
        'mm-list-langs': lambda: ownerpages.languages(view, mlist.language_of(user)),
        'mm-displang-box': '',
        'mm-results': '',
    }
    return ownerpages.page(view, TEMPLATE, values)


def url_of(mlist: MailList, user: str) -> str:
    """Give the path of a member's page."""
    return mlist.url('options', user.lower(), absolute=False)


# --- who ------------------------------------------------------------------------------


def _who(view: View, user: str) -> ownerpages.Values:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    address, name = mlist.address_of(user), mlist.name_of(user)
    return {
        'mm-user': address,
        'mm-email-user': mlist.name,
        'mm-presentable-user': f'{name} <{address}>' if name else address,
        'mm-case-preserved-user': lambda: _case(address, _),
        'mm-umbrella-notice': lambda: _umbrella(mlist, user, _),
        'mm-disabled-notice': lambda: _delivery(mlist, user, _),
        'mm-form-start': lambda: controls.form_start(url_of(mlist, user), view.token()),
    }


def _case(address: str, _: Translator) -> Markup:
    if address == address.lower():
        return Markup('')
    text = _('You joined with the spelling %(address)s.', address=address)
    return controls.paragraph(text, class_='dim')


def _umbrella(mlist: MailList, user: str, _: Translator) -> Markup:
    if not mlist.umbrella_list:
        return Markup('')
    from mailman.actions.membership import admin_address  # few lists are such ones

    text = _(
        'This is a list of lists: mails about your membership go to %(address)s.',
        address=admin_address(mlist, user),
    )
    return controls.paragraph(text, class_='notice warning')


def _delivery(mlist: MailList, user: str, _: Translator) -> Markup:
    """Say why the mail is off, or that some of it came back."""
    status = mlist.delivery_status_of(user)
    if status != DeliveryStatus.ENABLED:
        text = _(WHY_DISABLED.get(status, WHY_DISABLED[DeliveryStatus.UNKNOWN]))
        return controls.paragraph(text, class_='notice warning')
    bounces = mlist.bounce_info_of(user)
    if not bounces:
        return Markup('')
    text = _(
        'Some mail to you came back lately: a score of %(score)s of %(most)s, at which'
        ' it is switched off.',
        score=bounces.get('score', 0),
        most=mlist.bounce_score_threshold,
    )
    return controls.paragraph(text, class_='notice warning')


# --- choices --------------------------------------------------------------------------


def current(mlist: MailList, user: str) -> dict[str, int]:
    """Give the values of the radio buttons as they are stored."""
    found = {name: int(mlist.option(user, flag)) for name, flag in FLAGS.items()}
    enabled = mlist.delivery_status_of(user) == DeliveryStatus.ENABLED
    return {
        **found,
        'disablemail': int(not enabled),
        'digest': int(mlist.is_digest(user)),
    }


def _radios(view: View, user: str, given: Fields) -> ownerpages.Values:
    mlist = view.mlist
    assert mlist is not None
    stored = current(mlist, user)
    chosen = {
        name: int(given.get(name)) if given.get(name) in ('0', '1') else value
        for name, value in stored.items()
    }
    return {
        tag: controls.radio(
            name, value, chosen[name] == value, id=IDS.get(tag), title=view._(title)
        )
        for tag, (name, value, title) in RADIOS.items()
    }


def _global(view: View) -> ownerpages.Values:
    title = view._('On all lists of this host')
    return {
        tag: controls.check_box(name, id=IDS.get(tag), title=title)
        for tag, name in GLOBAL.items()
    }


def topics(view: View, user: str) -> Markup:
    """Give the topics to choose from."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    if not (mlist.topics_enabled and mlist.topics):
        return controls.paragraph(_('This list has no topics.'))
    chosen = set(mlist.topics_of(user))
    rows = []
    for name in (str(topic[0]) for topic in mlist.topics):
        quoted = quote_plus(name)
        box = controls.check_box('usertopic', quoted, name in chosen)
        help_url = f'{url_of(mlist, user)}?VARHELP={quote_plus(quoted)}'
        more = _('What is in %(topic)s?', topic=name)
        about = controls.element('small', controls.link(help_url, more))
        rows.append(controls.labelled(box, name) + ' ' + about)
    return (controls.element('br') + '\n').join(rows)


# --- boxes and buttons ----------------------------------------------------------------


def _boxes(view: View, user: str, given: Fields) -> ownerpages.Values:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    wrong = {notice.field for notice in view.notices if notice.field}

    def described(tag: str) -> dict[str, controls.Value]:
        place: dict[str, controls.Value] = {'id': IDS[tag]}
        return place | ({'aria_invalid': 'true'} if IDS[tag] in wrong else {})

    name = given.get('fullname', mlist.name_of(user))
    return {
        'mm-fullname-box': controls.text_box(
            'fullname',
            name,
            title=_('Your name'),
            autocomplete='name',
            id=IDS['mm-fullname-box'],
        ),
        'mm-new-address-box': controls.email_box(
            'new-address',
            given.get('new-address'),
            title=_('New address'),
            **described('mm-new-address-box'),
        ),
        'mm-confirm-address-box': controls.email_box(
            'confirm-address',
            given.get('confirm-address'),
            title=_('New address again'),
            **described('mm-confirm-address-box'),
        ),
        'mm-new-pass-box': controls.password_box(
            'newpw',
            autocomplete='new-password',
            title=_('New password'),
            **described('mm-new-pass-box'),
        ),
        'mm-confirm-pass-box': controls.password_box(
            'confpw',
            autocomplete='new-password',
            title=_('New password again'),
            **described('mm-confirm-pass-box'),
        ),
    }


def _buttons(view: View) -> ownerpages.Values:
    _ = view._
    words = {
        'mm-options-submit-button': ('options-submit', _('Save these settings')),
        'mm-change-address-button': (
            'change-of-address',
            _('Change my address and name'),
        ),
        'mm-change-pass-button': ('changepw', _('Change my password')),
        'mm-email-my-pw': ('emailpw', _('Mail me a link to log in')),
        'mm-other-subscriptions-submit': ('othersubs', _('Show my other lists')),
        'mm-logout-button': ('logout', _('Log out')),
    }
    values: ownerpages.Values = {
        tag: controls.submit(*pair) for tag, pair in words.items()
    }
    values['mm-unsubscribe-button'] = _leave_button(view)
    return values


def _leave_button(view: View) -> Markup:
    _ = view._
    place = IDS['mm-unsubscribe-button']
    box = controls.check_box('unsubconfirm', id=place)
    button = controls.submit('unsub', _('Leave the list'), class_='danger')
    label = controls.labelled(box, _('Yes, I want to leave'))
    return controls.paragraph(label) + controls.paragraph(button)


# --- beside it ------------------------------------------------------------------------


def topic(view: View, user: str) -> Response:
    """Show what a topic is."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    name = unquote_plus(view.request.fields.get('VARHELP'))
    for known, pattern, description, *_rest in mlist.topics:
        if known == name:
            return view.page(
                'options_topic.html',
                _('Topic: %(topic)s', topic=name),
                pattern=str(pattern).splitlines(),
                description=description,
                back=url_of(mlist, user),
            )
    view.say(_('The list has no such topic.'), notices.ERROR)
    return page(view, user)


def other_lists(view: View, user: str) -> Response:
    """Show the other lists of this host that the member is on, to the member alone."""
    from mailman.actions.preferences import is_known, lists_of  # it reads lists

    mlist, _ = view.mlist, view._
    assert mlist is not None and view.login is not None
    if view.login.is_admin:
        text = _('Only members themselves can see their other lists.')
        view.say(text, notices.ERROR)
        return page(view, user)
    if not is_known(mlist, user):
        view.say(_(NOT_KNOWN), notices.ERROR)
        return page(view, user)
    found = [
        (one.real_name, one.description, one.url('options', user.lower()))
        for one in lists_of(view.site, str(mlist.host_name), user)
    ]
    return view.page(
        'options_lists.html',
        _('Your lists at %(host)s', host=mlist.host_name),
        lists=found,
        user=mlist.address_of(user),
        back=url_of(mlist, user),
    )
