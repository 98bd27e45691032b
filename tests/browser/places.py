"""All pages of the site, by name: where they are, who sees them, what leads there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from mailman.constants import Role
from mailman.settings import PAGES
from tests.browser.sample import ANNE, GENERATED, PASSWORD, Sample
from tests.browser.visitor import leave_by


class Place(NamedTuple):
    """A page; ``steps`` are done on it to come to the one that is meant."""

    name: str
    path: str
    role: Role | None = None
    steps: Callable[[Any], None] | None = None
    list_name: str = 'dev'


OWNER, MODERATOR, MEMBER = Role.LIST_ADMIN, Role.LIST_MODERATOR, Role.USER


def press(name: str, **fields: str) -> Callable[[Any], None]:
    """Fill a form in and press a button of this name (of its control)."""

    def steps(page: Any) -> None:
        for field, value in fields.items():
            page.locator(f'[name="{field}"]').first.fill(value)
        leave_by(page, page.locator(f'main [name="{name}"]').first)

    return steps


def _settings() -> list[Place]:
    found = []
    for one in PAGES:
        parts = [one.category, one.subcategory] if one.subcategory else [one.category]
        found.append(
            Place('admin-' + '-'.join(parts), f'admin/dev/{"/".join(parts)}', OWNER)
        )
    return found


def _first_post(sample: Sample) -> int:
    from mailman.lists.requests import Requests

    return Requests(sample.dev).held_messages()[1]


def public(sample: Sample) -> list[Place]:
    """Pages that need no log-in."""
    join = press('email-button', email='somebody@example.net')
    return [
        Place('lists', 'listinfo'),
        Place('lists-found', 'listinfo?q=release'),
        Place('lists-unknown', 'listinfo/unknown'),
        Place('list', 'listinfo/dev'),
        Place('list-german', 'listinfo/dev?language=de'),
        Place('list-right-to-left', 'listinfo/dev?language=he'),
        Place('list-empty', 'listinfo/empty'),
        Place('join-error', 'listinfo/dev', steps=press('email-button', email='x@y')),
        Place('joined', 'listinfo/empty', steps=join),
        Place('roster-log-in', 'roster/dev'),
        Place('options-log-in', 'options/dev'),
        Place('options-log-in-wrong', 'options/dev', steps=wrong_log_in),
        Place('confirm-ask', 'confirm/dev'),
        Place('confirm-unknown', 'confirm/dev/' + '0' * 40),
        *(
            Place(f'confirm-{kind}', f'confirm/dev/{sample.cookies[kind]}')
            for kind in 'SIUCHEL'
        ),
        Place('private-log-in', 'private/board/'),
        Place('search', 'search/dev'),
        Place('search-found', 'search/dev?q=release'),
        Place('search-nothing', 'search/dev?q=xyzzyx'),
        Place('create', 'create'),
        Place('create-error', 'create', steps=create('bad name')),
        Place('created', 'create', steps=create('made', PASSWORD)),
        Place('error-404', 'nonsense'),
        Place('error-no-list', 'subscribe'),
        Place('admin-lists', 'admin'),
        Place('admin-log-in', 'admin/dev'),
        Place('admin-log-in-wrong', 'admin/dev', steps=press('admlogin', adminpw='x')),
        Place('admin-forgotten', 'admin/dev/forgotten'),
        Place('admin-new-password', f'admin/dev/newpassword/{sample.cookies["O"]}'),
        Place('admindb-log-in', 'admindb/dev'),
        Place('edithtml-log-in', 'edithtml/dev'),
        Place('rmlist', 'rmlist/empty'),
        Place('removed', 'rmlist/team-19', steps=press('doit', password=PASSWORD)),
    ]


def wrong_log_in(page: Any) -> None:
    page.locator('main [name=email]').first.fill(ANNE)
    page.locator('main [name=password]').first.fill('wrong')
    leave_by(page, page.locator('main [name=login]').first)


def create(name: str, password: str = '') -> Callable[[Any], None]:
    """Fill in what makes a list."""
    values = {'listname': name, 'owner': 'owner@example.com', 'auth': PASSWORD}
    values |= {'password': password, 'confirm': password}
    return press('doit', **values)


def drop(page: Any) -> None:
    """Make a text the list's own, and ask to throw that away."""
    leave_by(page, page.locator('main [name=submit]'))
    leave_by(page, page.locator('main [name=drop]'))


def members(sample: Sample) -> list[Place]:
    """Pages of members."""
    return [
        Place('options', f'options/dev/{ANNE}', MEMBER),
        Place('options-saved', f'options/dev/{ANNE}', MEMBER, press('options-submit')),
        Place('options-leave', f'options/dev/{ANNE}', MEMBER, press('unsub')),
        Place('options-error', f'options/dev/{ANNE}', MEMBER, press('changepw')),
        Place('options-lists', f'options/dev/{ANNE}', MEMBER, press('othersubs')),
        Place('options-topic', f'options/dev/{ANNE}?VARHELP=Patches', MEMBER),
        Place('roster', 'roster/dev', MEMBER),
        Place('private', 'private/board/', MEMBER, list_name='board'),
        Place('private-search', 'search/board?q=patch', MEMBER, list_name='board'),
    ]


def owners(sample: Sample) -> list[Place]:
    """Pages of owners and moderators."""
    post = _first_post(sample)
    return [
        *_settings(),
        Place('admin-help', 'admin/dev?VARHELP=general/real_name', OWNER),
        Place('admin-found', 'admin/dev?find=digest', OWNER),
        Place('admin-found-nothing', 'admin/dev?find=xyzzyx', OWNER),
        Place('admin-saved', 'admin/dev/general', OWNER,
              press('submit', description='Another description of dev')),
        Place('admin-error', 'admin/dev/general', OWNER,
              press('submit', owner='no address')),
        Place('members-second', 'admin/dev/members?letter=p&chunk=1', OWNER),
        Place('members-found', 'admin/dev/members?findmember=person01', OWNER),
        Place('members-nobody', 'admin/dev/members?findmember=xyzzyx', OWNER),
        Place('members-none', 'admin/empty/members', OWNER, list_name='empty'),
        Place('members-added', 'admin/dev/members/add', OWNER,
              press('setmemberopts_btn', subscribees='a@new.example\nnonsense')),
        Place('admindb', 'admindb/dev', MODERATOR),
        Place('admindb-found', 'admindb/dev?find=older&who=members', MODERATOR),
        Place('admindb-not-found', 'admindb/dev?find=xyzzyx', MODERATOR),
        Place('admindb-post', f'admindb/dev?msgid={post}', MODERATOR),
        Place('admindb-sender', 'admindb/dev?sender=guest2%40guests.example.net',
              MODERATOR),
        Place('admindb-decided', f'admindb/dev?msgid={post}', MODERATOR,
              press('submit')),
        Place('admindb-instructions', 'admindb/dev?details=instructions', MODERATOR),
        Place('admindb-nothing', 'admindb/empty', MODERATOR, list_name='empty'),
        Place('edithtml', 'edithtml/dev', OWNER),
        Place('edithtml-page', 'edithtml/dev/listinfo.html', OWNER),
        Place('edithtml-mail', 'edithtml/dev/postack.txt', OWNER),
        Place('edithtml-drop', 'edithtml/dev/verify.txt', OWNER, drop),
        Place('edithtml-preview', 'edithtml/dev/listinfo.html', OWNER,
              press('preview')),
    ]  # fmt: skip


def archives(sample: Sample) -> list[Place]:
    """Pages that are files."""
    root = sample.site.archives_private / 'dev'
    volumes = sorted(path.parent for path in root.glob('*/thread.html'))
    volume = max(volumes, key=lambda path: len(list(path.glob('[0-9]*.html'))))
    newest = f'/pipermail/dev/{sample.removed.partition("/")[0]}'
    found = [
        Place('archive', '/pipermail/dev/'),
        Place('archive-empty', '/pipermail/empty/'),
    ]
    for kind in ('thread', 'subject', 'author', 'date'):
        found.append(
            Place(f'archive-{kind}', f'/pipermail/dev/{volume.name}/{kind}.html')
        )
    for number, name in ((1, 'quotes'), (2, 'patch'), (4, 'picture')):
        page = next(root.glob(f'*/{GENERATED + number:06d}.html')).relative_to(root)
        found.append(Place(f'archive-{name}', f'/pipermail/dev/{page}'))
    found.append(
        Place('archive-removed', f'{newest}/{sample.removed.partition("/")[2]}')
    )
    return found


def everything(sample: Sample) -> list[Place]:
    """All pages."""
    return [*public(sample), *members(sample), *owners(sample), *archives(sample)]
