"""The settings of a list: each declared once, on the page where it is shown.

``Settings`` is what MailList inherits; ``PAGES`` is the table of pages in the order
of the web interface and of config_list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mailman.settings import gateway, general
from mailman.settings.archive import Archive
from mailman.settings.autoreply import AutoReply
from mailman.settings.bounce import Bounce
from mailman.settings.contentfilter import ContentFilter
from mailman.settings.declare import Page, Setting, settings_of
from mailman.settings.digest import Digest
from mailman.settings.gateway import Gateway
from mailman.settings.general import General
from mailman.settings.internal import Internal
from mailman.settings.language import Languages
from mailman.settings.members import Membership
from mailman.settings.nondigest import NonDigest
from mailman.settings.passwords import Passwords
from mailman.settings.privacy import Recipient, Sender, Spam, Subscribing
from mailman.settings.topics import Topics
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.site import Site

__all__ = [
    'CATEGORIES',
    'INTERNAL',
    'PAGES',
    'Page',
    'Setting',
    'Settings',
    'declarations',
    'find',
    'pages_of',
]

PAGES = (
    Page(
        'general',
        N_('General options'),
        General,
        intro=N_('Who runs the list, how it presents itself, and its basic ways.'),
        after=general.settle_reply_to,
    ),
    Page('passwords', N_('Passwords'), Passwords),
    Page(
        'language',
        N_('Language options'),
        Languages,
        intro=N_('Languages of pages and notices.'),
    ),
    Page('members', N_('Membership: list'), Membership, 'list'),
    Page('members', N_('Membership: add'), Membership, 'add'),
    Page('members', N_('Membership: remove'), Membership, 'remove'),
    Page('members', N_('Membership: change address'), Membership, 'change'),
    Page('members', N_('Membership: synchronise'), Membership, 'sync'),
    Page(
        'nondigest',
        N_('Non-digest options'),
        NonDigest,
        intro=N_('Posts as members get them one by one.'),
    ),
    Page(
        'digest',
        N_('Digest options'),
        Digest,
        intro=N_('Posts collected into one mail.'),
    ),
    Page(
        'privacy',
        N_('Privacy: subscribing'),
        Subscribing,
        'subscribing',
        intro=N_('Who may join and leave, and what is shown of the list.'),
    ),
    Page(
        'privacy',
        N_('Privacy: senders'),
        Sender,
        'sender',
        intro=N_('Whose posts are accepted, held, rejected or discarded.'),
    ),
    Page(
        'privacy',
        N_('Privacy: recipients'),
        Recipient,
        'recipient',
        intro=N_('What To and Cc of a post must look like.'),
    ),
    Page(
        'privacy',
        N_('Privacy: spam'),
        Spam,
        'spam',
        intro=N_('Posts recognised by their headers.'),
    ),
    Page(
        'bounce',
        N_('Bounce options'),
        Bounce,
        intro=N_('What to do about members whose mail comes back.'),
    ),
    Page(
        'archive',
        N_('Archiving options'),
        Archive,
        intro=N_('Whether posts are kept, and who may read them.'),
    ),
    Page(
        'gateway',
        N_('Mail/news gateway'),
        Gateway,
        intro=N_('Posts to a newsgroup of Usenet, and articles from there.'),
        after=gateway.settle_gateway,
    ),
    Page(
        'autoreply',
        N_('Auto-responder'),
        AutoReply,
        intro=N_('Answers that are sent without anybody writing them.'),
    ),
    Page(
        'contentfilter',
        N_('Content filtering'),
        ContentFilter,
        intro=N_('Which parts of a post go out.'),
    ),
    Page(
        'topics',
        N_('Topics'),
        Topics,
        intro=N_('Posts sorted by subject, so that members may choose.'),
    ),
)
INTERNAL = settings_of(Internal)
CATEGORIES = tuple(dict.fromkeys(page.category for page in PAGES))

_BY_NAME = {
    one.name: one for page in PAGES for one in page.settings if not one.action
} | {one.name: one for one in INTERNAL}


class Settings(
    General,
    Passwords,
    Languages,
    Membership,
    NonDigest,
    Digest,
    Subscribing,
    Sender,
    Recipient,
    Spam,
    Bounce,
    Archive,
    Gateway,
    AutoReply,
    ContentFilter,
    Topics,
    Internal,
):
    """Every attribute of a list; the list itself brings ``site`` and ``name``."""

    if TYPE_CHECKING:
        site: Site
        name: str

    @staticmethod
    def defaults_for(site: Site, name: str = '', **known: Any) -> dict[str, Any]:
        """Answer what a new list NAME stores, KNOWN values put in.

        Some defaults follow from others: preferred_language='fr' gives
        available_languages ['fr'].
        """
        fresh = Settings()
        vars(fresh).update(known, site=site, name=name)
        return {one.name: getattr(fresh, one.name) for one in declarations()}


def declarations(*, everything: bool = False) -> list[Setting]:
    """Answer the settings that each list stores; EVERYTHING adds those few may have."""
    return [one for one in _BY_NAME.values() if one.stored or everything]


def find(name: str) -> Setting | None:
    """Answer the declaration of an attribute, or None."""
    return _BY_NAME.get(name)


def pages_of(category: str) -> list[Page]:
    """Answer the pages of a category in order: several for privacy and members."""
    return [page for page in PAGES if page.category == category]


def visible(page: Page, site: Site) -> Iterable[Setting]:
    """Answer what PAGE shows at this site, actions included."""
    return [one for one in page.settings if one.visible(site)]
