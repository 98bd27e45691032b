"""Every page: no hindrance, nothing wider than a phone, two requests, no complaints.

With MAILMAN_SCREENSHOTS=FOLDER it also leaves pictures there, to be looked at.
"""

import os
from pathlib import Path

import pytest

from mailman.constants import Role
from tests.browser import places
from tests.browser.sample import ANNE
from tests.browser.visitor import Visitor

SHOTS = os.environ.get('MAILMAN_SCREENSHOTS')
# Besides the rules of WCAG 2.2 AA, what axe-core calls good practice.
TAGS = [
    *('wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'),
    'best-practice',
]
RUN = """async options => {
  const result = await axe.run(document, options);
  return result.violations.map(one => one.id + ': ' +
    one.nodes.map(node => node.target.join(' ')).slice(0, 4).join(' | '));
}"""
# What depends on the colour scheme.
COLOURS = {'runOnly': {'type': 'rule', 'values': ['color-contrast']}}
WIDTH = 'document.documentElement.scrollWidth - innerWidth'


@pytest.fixture(scope='module')
def seen(chromium, sample, axe):
    """Looks at all places of a kind; answers what is wrong, by place."""

    def look(found):
        wrong = {}
        for role in dict.fromkeys((one.role, one.list_name) for one in found):
            same = [one for one in found if (one.role, one.list_name) == role]
            with Visitor(chromium, sample) as visitor:
                visitor.context.add_init_script(axe)
                become(visitor, *role)
                for place in same:
                    if complaints := inspect(visitor, place):
                        wrong[place.name] = complaints
        return wrong

    return look


def become(visitor, role, name):
    """Be logged in as this role."""
    if role is not None:
        user = ANNE if role == Role.USER else ''
        visitor.log_in(visitor.sample.cookie(name, role, user))


def inspect(visitor, place):
    """Tell what is wrong with a page."""
    page, wrong = visitor.page, []
    visitor.trouble.clear(), visitor.strangers.clear(), visitor.asked.clear()
    page.set_viewport_size({'width': 1280, 'height': 800})
    page.emulate_media(color_scheme='light')
    visitor.go(place.path)
    wrong += requests(visitor, place)
    if place.steps:
        place.steps(page)
    # Nothing under the bar that stays at the bottom.
    height = page.evaluate('document.documentElement.scrollHeight')
    page.set_viewport_size({'width': 1280, 'height': max(800, height)})
    wrong += page.evaluate(RUN, {'runOnly': TAGS, 'resultTypes': ['violations']})
    shoot(page, place, 1280, 'light')
    page.emulate_media(color_scheme='dark')
    wrong += [f'dark: {x}' for x in page.evaluate(RUN, COLOURS)]
    shoot(page, place, 1280, 'dark')
    # 640 is a desk at 200 %.
    for width, scheme in ((768, 'dark'), (640, 'dark'), (360, 'dark'), (360, 'light')):
        page.set_viewport_size({'width': width, 'height': 740})
        page.emulate_media(color_scheme=scheme)
        if (more := page.evaluate(WIDTH)) > 0:
            wrong.append(f'{more} pixels wider than {width}')
        shoot(page, place, width, scheme)
    return wrong + visitor.trouble + visitor.strangers


def requests(visitor, place):
    """Tell what was asked for beside one HTML, one CSS, and pictures of a mail."""
    kinds = [kind for kind, _ in visitor.asked]
    allowed = {'document': 1, 'stylesheet': 1}
    # It waits until the page is there, and only improves it.
    allowed['script'] = place.name.startswith(('admin', 'members'))
    allowed['image'] = place.name == 'archive-picture'
    return [
        f'asks for {kind}: {kinds.count(kind)}'
        for kind in sorted(set(kinds))
        if kinds.count(kind) > allowed.get(kind, 0)
    ]


def shoot(page, place, width, scheme):
    """Leave a picture, if somebody wants to look at it."""
    if SHOTS:
        path = Path(SHOTS) / f'{place.name}.{width}.{scheme}.png'
        page.screenshot(path=path, full_page=True)


@pytest.mark.parametrize('kind', ['public', 'members', 'owners', 'archives'])
def test_no_page_is_a_hindrance(seen, sample, kind):
    assert seen(getattr(places, kind)(sample)) == {}
