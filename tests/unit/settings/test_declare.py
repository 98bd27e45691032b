"""The descriptor: what a list answers for an attribute it does not store."""

import pytest

from mailman import errors
from mailman.settings import Settings, find
from mailman.settings.declare import Refused, Setting, settings_of
from mailman.settings.widgets import Number, String


class AList(Settings):
    """The least that settings need of a list."""

    def __init__(self, site, name='test'):
        self.site, self.name = site, name


@pytest.fixture
def alist(site):
    return AList(site)


def test_what_the_list_stores_wins(alist):
    alist.max_message_size = 99
    assert alist.max_message_size == 99


def test_the_sites_default_fills_in_and_is_not_stored(alist):
    alist.site.cfg.DEFAULT_MAX_MESSAGE_SIZE = 77
    assert alist.max_message_size == 77
    assert 'max_message_size' not in vars(alist)


def test_a_list_that_forgets_a_value_has_the_default_again(alist):
    alist.max_message_size = 99
    del alist.max_message_size
    assert alist.max_message_size == alist.site.cfg.DEFAULT_MAX_MESSAGE_SIZE


def test_changes_in_place_stick_to_one_list(alist, site):
    alist.ban_list.append('bad@example.com')
    alist.members['a@example.com'] = 0
    assert alist.ban_list == ['bad@example.com']
    assert alist.members == {'a@example.com': 0}
    assert AList(site).ban_list == []
    assert AList(site).members == {}


def test_changes_in_place_do_not_reach_the_sites_default(alist, site):
    alist.pass_mime_types.append('image/png')
    assert 'image/png' not in site.cfg.DEFAULT_PASS_MIME_TYPES


def test_a_tuple_in_mm_cfg_becomes_a_list(alist, site):
    site.cfg.DEFAULT_FILTER_MIME_TYPES = ('text/html',)
    assert alist.filter_mime_types == ['text/html']


def test_defaults_may_follow_from_other_settings(alist):
    alist.real_name = 'TEST'
    assert alist.subject_prefix == '[TEST] '


def test_the_class_answers_the_declaration():
    assert Settings.owner is find('owner')
    assert find('owner').name == 'owner'
    assert find('no_such_setting') is None


def test_a_refusal_names_setting_value_and_reason(alist):
    with pytest.raises(errors.BadSetting) as caught:
        find('max_message_size').parse('much', alist)
    assert caught.value.name == 'max_message_size'
    assert caught.value.value == 'much'
    assert 'number' in caught.value.reason


def test_a_bad_address_shows_as_the_cause(alist):
    with pytest.raises(errors.BadSetting) as caught:
        find('owner').parse('ok@example.com\nnonsense', alist)
    assert caught.value.value == 'nonsense'
    assert isinstance(caught.value.__cause__, errors.BadAddress)


def test_a_check_sees_the_parsed_value(alist):
    def even(value, mlist):
        if value % 2:
            raise Refused(value, 'must be even')
        return value

    class Page:
        size: int = Setting(Number(), 'Size', check=even)

    one = settings_of(Page)[0]
    assert one.parse('4', alist) == 4
    with pytest.raises(errors.BadSetting, match='must be even'):
        one.parse('5', alist)


def test_what_has_no_control_takes_any_value_but_no_form(alist):
    assert find('post_id').parse(7.0, alist) == 7.0
    with pytest.raises(errors.BadSetting):
        find('post_id').parse_form(['7'], alist)


def test_order_of_declaration_is_kept():
    class Page:
        second = Setting(String(), 'b')
        first = Setting(String(), 'a')

    assert [one.name for one in settings_of(Page)] == ['second', 'first']


def test_an_action_is_never_stored(alist):
    assert alist._new_volume == 0
    assert find('_new_volume') is None
