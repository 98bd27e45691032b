"""docs/settings.md: nothing is left out."""

import pytest

from mailman.settings import PAGES, declarations
from mailman.settings.manual import text


@pytest.fixture(scope='module')
def manual():
    return text()


@pytest.mark.parametrize('name', [one.name for one in declarations(everything=True)])
def test_each_attribute_is_described(manual, name):
    assert manual.count(f'### `{name}`') + manual.count(f'| `{name}` |') == 1


def test_actions_are_described_as_such(manual):
    actions = [one.name for page in PAGES for one in page.settings if one.action]
    for name in actions:
        assert f'### `{name}`' in manual
    assert manual.count('a button of the page') == len(actions)


def test_choices_tell_what_the_site_must_allow(manual):
    assert '0 None (where `ALLOW_OPEN_SUBSCRIBE` is on), 1 Confirm' in manual
    assert 'on the page where `OWNERS_CAN_ENABLE_PERSONALIZATION` is on' in manual


def test_nothing_of_this_machine_is_in_it(manual):
    assert '/work' not in manual
    assert '/home' not in manual
