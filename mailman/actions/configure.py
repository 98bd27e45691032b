"""Changing settings of a list together: all values, then what follows from them.

The caller has parsed the values (Setting.parse_form), holds the list's lock and saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.settings import Page, Setting
    from mailman.site.i18n import Translator


@dataclass(frozen=True)
class Change:
    """A setting has another value now."""

    setting: Setting
    old: Any
    new: Any


@dataclass
class Changes:
    """What was changed, and what is to be said about it."""

    made: list[Change]
    warnings: list[tuple[str, str]]  # name of the setting, '' for none; text


def change(
    mlist: MailList, page: Page, values: Mapping[Setting, Any], _: Translator
) -> Changes:
    """Give settings of a page these values, and put right what then contradicts."""
    before = {one: getattr(mlist, one.name) for one in page.settings if not one.action}
    for one, value in values.items():
        setattr(mlist, one.name, value)
    warnings = [
        (one.name, text)
        for one, value in values.items()
        for text in one.warnings(value, mlist, _)
    ]
    if page.after is not None:
        warnings += [('', _(text)) for text in page.after(mlist)]
    warnings += [('', _(text)) for text in _settle(mlist, page)]
    made = [
        Change(one, old, getattr(mlist, one.name))
        for one, old in before.items()
        if old != getattr(mlist, one.name)
    ]
    return Changes(made, warnings)


def _settle(mlist: MailList, page: Page) -> list[str]:
    """Say, and where there is one way only mend, what does not go together."""
    found = []
    if page.category == 'language':
        if mlist.preferred_language not in mlist.available_languages:
            known = mlist.available_languages
            mlist.available_languages = [*known, mlist.preferred_language]
    elif page.category in ('digest', 'nondigest'):
        if mlist.digest_members and not mlist.digestable:
            found.append(
                N_('There are digest members, but no digests: they get no mail.')
            )
        if not (mlist.digestable or mlist.nondigestable):
            found.append(
                N_('The list sends neither single posts nor digests: nobody gets mail.')
            )
        if mlist.members and not mlist.nondigestable:
            found.append(
                N_('There are regular members, but digests only: they get no mail.')
            )
    return found


def act(mlist: MailList, name: str, _: Translator) -> str:
    """Do what a button among the settings is for; say what was done."""
    # Start-up time: what makes digests knows mail.
    from mailman.actions import digests

    if name == '_new_volume':
        digests.bump(mlist)
        mlist.save_counters()
        return _('The next digest is issue 1 of volume %(n)s.', n=mlist.volume)
    if name == '_send_digest_now':
        if digests.send(mlist):
            return _('The digest is on its way.')
        return _('There was nothing in the digest to be sent.')
    if name == '_mass_catchup':
        mlist.usenet_watermark = None
        return _('Articles that are in the newsgroup now will not come to the list.')
    raise ValueError(name)
