"""How a list setting is declared: once, and everything else follows.

``setting()`` makes a non-data descriptor.  A list keeps plain values in its
``__dict__``; where one is missing (an older config.pck, a new setting) the
descriptor answers the site's default.  The class that holds the declaration is the
settings page, the order written is the order shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailman import errors
from mailman.site.i18n import ENGLISH, N_, Translator

if TYPE_CHECKING:
    from mailman.settings.widgets import Widget

# A check gets the parsed value and the list, and answers the value to store.
# It refuses by raising ``Refused``.
Check = Callable[[Any, Any], Any]
Derive = Callable[[Any], Any]


class Refused(ValueError):
    """A widget or check does not take VALUE; REASON (English) says the way out."""

    def __init__(self, value: object, reason: str, **values: object) -> None:
        super().__init__(value, reason)
        self.value, self.reason, self.values = value, reason, values


@dataclass(eq=False)
class Setting:
    """One attribute of a list: what it is, where it is shown, what it takes."""

    widget: Widget | None
    summary: str
    help: str = ''
    default: Any = None
    site_default: str = ''
    derive: Derive | None = None  # for defaults that need the site or the list's name
    derived_from: str = ''  # what ``derive`` answers, in words
    check: Check | None = None
    warn: Callable[[Any, Any, Translator], list[str]] | None = None
    shown_if: str = ''  # name of the site variable that puts it on the page
    stored: bool = True  # False: a list has it only once it was set
    action: bool = False  # True: a button of the page, nothing is kept
    unit: str = ''
    name: str = field(default='', init=False)
    page: Page | None = field(default=None, init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, mlist: Any, owner: type | None = None) -> Any:
        if mlist is None:
            return self
        value = self.default_for(mlist)
        if isinstance(value, list | dict):
            # So that changes in place stick to this list, and to no other.
            mlist.__dict__[self.name] = value
        return value

    def default_for(self, mlist: Any) -> Any:
        """Answer the value for a list (``.site``, ``.name``) that has none."""
        if self.derive is not None:
            value = self.derive(mlist)
        elif self.site_default:
            value = getattr(mlist.site.cfg, self.site_default)
        else:
            value = self.default
        if isinstance(value, list | tuple):
            return list(value)
        return dict(value) if isinstance(value, dict) else value

    @property
    def category(self) -> str | None:
        """Answer the page's category; None for what has no page."""
        return self.page.category if self.page else None

    @property
    def subcategory(self) -> str | None:
        """Answer the part of the category, where it has parts."""
        return self.page.subcategory if self.page else None

    def visible(self, site: Any) -> bool:
        """Tell whether the setting stands on its page at this site."""
        if self.widget is None or self.page is None:
            return False
        return not self.shown_if or bool(getattr(site.cfg, self.shown_if))

    def parse(self, value: Any, mlist: Any) -> Any:
        """Turn a value of config_list, or a form's text, into the one to store.

        Raises errors.BadSetting; its ``__cause__`` is an errors.BadAddress where an
        e-mail address was the trouble.
        """
        try:
            if self.widget is not None:
                value = self.widget.parse(value, mlist)
            return self.check(value, mlist) if self.check else value
        except Refused as err:
            raise errors.BadSetting(
                self.name, err.value, err.reason, **err.values
            ) from err
        except errors.BadAddress as err:
            reason = err.reason or N_('not an e-mail address')
            raise errors.BadSetting(self.name, err.address, reason) from err

    def parse_form(self, values: list[str], mlist: Any) -> Any:
        """Turn the form field's values into the one to store; raises BadSetting."""
        if self.widget is None:
            raise errors.BadSetting(self.name, values, N_('this is not set by a form'))
        try:
            value = self.widget.from_form(values, mlist)
        except Refused as err:
            raise errors.BadSetting(
                self.name, err.value, err.reason, **err.values
            ) from err
        return self.parse(value, mlist)

    def warnings(self, value: Any, mlist: Any, _: Translator = ENGLISH) -> list[str]:
        """Say what is odd about a value that is taken all the same."""
        return self.warn(value, mlist, _) if self.warn else []

    def shown(self, mlist: Any) -> Any:
        """Answer the list's value as forms and config_list show it."""
        value = getattr(mlist, self.name)
        return self.widget.show(value) if self.widget else value


def setting(widget: Widget | None = None, *, summary: str, **more: Any) -> Any:
    """Declare a setting; ``more`` are the fields of Setting.

    Typed Any, so that the annotation of the attribute is what a checker sees.
    """
    return Setting(widget, summary, **more)


def action(widget: Widget, *, summary: str, help: str = '') -> Any:  # noqa: A002
    """Declare a control of a page that does something once and stores nothing."""
    return Setting(widget, summary, help, default=0, stored=False, action=True)


@dataclass(frozen=True, eq=False)
class Page:
    """One page of settings: a category, or one part of it."""

    category: str
    title: str
    declared_in: type
    subcategory: str | None = None
    intro: str = ''
    # Puts settings right that contradict each other; answers what it says about it.
    after: Callable[[Any], list[str]] | None = None

    def __post_init__(self) -> None:
        for one in self.settings:
            one.page = self

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Answer the page's settings and actions in order."""
        return settings_of(self.declared_in)


def settings_of(declared_in: type) -> tuple[Setting, ...]:
    """Answer what a class declares, in the order written."""
    return tuple(v for v in vars(declared_in).values() if isinstance(v, Setting))
