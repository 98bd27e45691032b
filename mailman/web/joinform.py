"""The subscribe form and all else that stands on the page of a list.

listinfo shows it empty; subscribe shows it again, with what was typed and what is
wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from mailman.web import controls, formstamp, notices, ownerpages, questions
from mailman.web.mmtags import IDS

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site.i18n import Translator
    from mailman.web.answers import Response
    from mailman.web.view import View

TEMPLATE = 'listinfo.html'
# A field that people do not see; programs that fill in forms write into it.
TRAP = 'sub_form_note'
OPEN, CONFIRM, APPROVE, CONFIRM_AND_APPROVE = range(4)
EVERYBODY, MEMBERS = 0, 1


@dataclass
class Filled:
    """What stands in the form; ``errors`` by field."""

    email: str = ''
    fullname: str = ''
    digest: bool | None = None
    language: str = ''
    # A stamp that is still good, so that waiting need not begin anew.
    stamp: str = ''
    errors: dict[str, str] = field(default_factory=dict)


# Field: the tag of its control.
TAGS = {
    'email': 'mm-subscribe-box',
    'pw': 'mm-new-password-box',
    'pw-conf': 'mm-confirm-password',
    'digest': 'mm-digest-radio-button',
}
CAPTCHA_ID = 'captcha_answer'


def page(view: View, filled: Filled | None = None, *, status: int = 200) -> Response:
    """Make the page of a list, with the form filled in."""
    filled = filled or Filled()
    for name, text in filled.errors.items():
        place = IDS[TAGS[name]] if name in TAGS else name
        view.say(text, notices.ERROR, field=place if place != 'form' else '')
    values = {**_list(view), **_form(view, filled), **_members(view)}
    response = ownerpages.page(view, TEMPLATE, values, status=status)
    response.policy = questions.policy(view.site)
    return response


# --- the list -------------------------------------------------------------------------


def _list(view: View) -> ownerpages.Values:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    return {
        'mm-list-subscription-msg': lambda: subscription_text(mlist, _),
        'mm-digest-question-start': '' if both_kinds(mlist) else 'hidden',
    }


def both_kinds(mlist: MailList) -> bool:
    """Tell whether members may choose between digests and single posts."""
    return bool(mlist.digestable and mlist.nondigestable)


def subscription_text(mlist: MailList, _: Translator) -> Markup:
    """Say what happens to whoever asks to join, and what others see of it."""
    policy = int(mlist.subscribe_policy)
    texts = []
    if policy in (CONFIRM, CONFIRM_AND_APPROVE):
        texts.append(
            _('You get a mail with a link to confirm, so that nobody can sign you up.')
        )
    if policy == APPROVE:
        texts.append(_('A moderator decides about it, and you hear of it by mail.'))
    elif policy == CONFIRM_AND_APPROVE:
        texts.append(_('After that a moderator decides, and you hear of it by mail.'))
    texts.append(_roster_text(mlist, _))
    return Markup(' ').join(texts)


def _roster_text(mlist: MailList, _: Translator) -> str:
    roster = int(mlist.private_roster)
    if roster == EVERYBODY:
        hidden = _(
            'The list of members is public, with addresses made hard to collect.'
        )
        plain = _('The list of members is public.')
        return hidden if mlist.obscure_addresses else plain
    if roster == MEMBERS:
        return _('Only members can see who else is a member.')
    return _('Only the owners of the list can see who is a member.')


# --- joining --------------------------------------------------------------------------


def _form(view: View, filled: Filled) -> ownerpages.Values:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    question = _question(view, filled)
    digest = bool(mlist.digest_is_default if filled.digest is None else filled.digest)
    boxes = _Boxes(filled)
    return {
        'mm-subscribe-form-start': lambda: _form_start(view, filled, question),
        'mm-subscribe-box': boxes.email(_('Your address')),
        'mm-fullname-box': controls.text_box(
            'fullname',
            filled.fullname,
            id=IDS['mm-fullname-box'],
            autocomplete='name',
            title=_('Your name (optional)'),
        ),
        'mm-new-password-box': boxes.password('pw', _('A password (optional)')),
        'mm-confirm-password': boxes.password('pw-conf', _('The password again')),
        'mm-undigest-radio-button': boxes.digest(0, not digest, _('No digests')),
        'mm-digest-radio-button': boxes.digest(1, digest, _('Digests')),
        'mm-captcha-ui': lambda: _captcha(view, filled, question),
        'mm-recaptcha-ui': lambda: _recaptcha(view),
        'mm-subscribe-button': controls.submit(
            'email-button', _('Join'), id=IDS['mm-subscribe-button'], class_='first'
        ),
    }


class _Boxes:
    """Controls, each tied to what is wrong with it."""

    def __init__(self, filled: Filled) -> None:
        self.filled = filled

    def email(self, title: str) -> Markup:
        control = controls.email_box(
            'email',
            self.filled.email,
            id=IDS['mm-subscribe-box'],
            class_='large',
            title=title,
            **self._described('email'),
        )
        return self._error('email') + control

    def password(self, name: str, title: str) -> Markup:
        control = controls.password_box(
            name,
            autocomplete='new-password',
            id=IDS[TAGS[name]],
            title=title,
            **self._described(name),
        )
        return self._error(name) + control

    def digest(self, value: int, checked: bool, title: str) -> Markup:
        tag = 'mm-digest-radio-button' if value else 'mm-undigest-radio-button'
        return controls.radio('digest', value, checked, id=IDS[tag], title=title)

    def _described(self, name: str) -> dict[str, controls.Value]:
        if name not in self.filled.errors:
            return {}
        return {'aria_invalid': 'true', 'aria_describedby': f'{name}-error'}

    def _error(self, name: str) -> Markup:
        text = self.filled.errors.get(name)
        if text is None:
            return Markup('')
        return controls.element('span', text, id=f'{name}-error', class_='error')


def _form_start(view: View, filled: Filled, question: str) -> Markup:
    """Open the form, with its stamp and the trap."""
    assert view.mlist is not None
    fields = []
    if formstamp.is_needed(view.mlist):
        stamp = filled.stamp or formstamp.make(view.request, view.mlist, question)
        fields.append((formstamp.FIELD, stamp))
    if len(ownerpages.choices_of(view.site, view.mlist)) == 1:
        fields.append(('language', view.lang))
    url = view.mlist.url('subscribe', absolute=False)
    trap = controls.text_box(TRAP, tabindex=-1, autocomplete='off')
    hidden = controls.element('span', trap, class_='trap', aria_hidden='true')
    return controls.form_start(url, fields=fields) + hidden


def _question(view: View, filled: Filled) -> str:
    """Give the question of the form: the one that its stamp has, or another one."""
    if filled.stamp:
        return filled.stamp.split(':')[1]
    return questions.choose(view.site, view.lang)


def _captcha(view: View, filled: Filled, question: str) -> Markup:
    if not question:
        return Markup('')
    error = filled.errors.get(CAPTCHA_ID)
    return ownerpages.piece(
        view,
        'question.html',
        words=questions.text(view.site, question),
        id=CAPTCHA_ID,
        error=error or '',
    )


def _recaptcha(view: View) -> Markup:
    key = questions.recaptcha_key(view.site)
    if not key:
        return Markup('')
    return ownerpages.piece(view, 'recaptcha.html', key=key, script=questions.SCRIPT)


# --- for members ----------------------------------------------------------------------


def _members(view: View) -> ownerpages.Values:
    mlist, _ = view.mlist, view._
    assert mlist is not None

    def start(program: str) -> Markup:
        url = mlist.url(program, absolute=False)
        return controls.form_start(url, fields=[('language', view.lang)])

    return {
        'mm-options-form-start': lambda: start('options'),
        'mm-editing-options': lambda: options_box(_),
        'mm-info-button': lambda: options_button(_),
        'mm-roster-form-start': lambda: start('roster'),
        'mm-roster-option': lambda: roster_box(mlist, _),
    }


def options_box(_: Translator) -> Markup:
    """Give the box and the button that lead to a member's options."""
    box = controls.email_box('email', id=IDS['mm-editing-options'])
    return _labelled(_('Your address on the list'), box) + options_button(_)


def options_button(_: Translator) -> Markup:
    """Give the button alone."""
    return controls.submit('UserOptions', _('My options, or leave'))


def roster_box(mlist: MailList, _: Translator) -> Markup:
    """Give what is needed to see the members, as private_roster says."""
    return roster_boxes(mlist, _) + roster_button(_)


def roster_button(_: Translator, style: str | None = None) -> Markup:
    """Give the button that shows the members."""
    return controls.submit('SubscriberRoster', _('Show the members'), class_=style)


def roster_boxes(mlist: MailList, _: Translator) -> Markup:
    """Give the boxes for address and password, as private_roster says."""
    roster = int(mlist.private_roster)
    parts = []
    first = IDS['mm-roster-option']
    if roster == MEMBERS:
        box = controls.email_box('roster-email', id=first)
        parts.append(_labelled(_('Your address on the list'), box))
    elif roster != EVERYBODY:
        # Nobody asks for it there; programs that fill in the form know the field.
        parts.append(controls.hidden('roster-email', ''))
    if roster != EVERYBODY:
        text = _('Your password') if roster == MEMBERS else _("The owners' password")
        box = controls.password_box('roster-pw', id=first.replace('email', 'pw'))
        parts.append(_labelled(text, box))
    return Markup('').join(parts)


def _labelled(text: str, box: Markup) -> Markup:
    """Give a box with its words; 2.1's templates have none beside these tags."""
    words = escape(f'{text} ')
    return controls.element('label', words + box, class_='labelled') + ' '
