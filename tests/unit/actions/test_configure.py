"""Settings changed together: what is told, and what is put right."""

import pytest

from mailman.actions import configure
from mailman.settings import find, pages_of
from mailman.site.i18n import ENGLISH


def change(mlist, page, **values):
    chosen = {find(name): value for name, value in values.items()}
    return configure.change(mlist, pages_of(page)[0], chosen, ENGLISH)


def test_only_what_is_different_now_is_told(mlist):
    done = change(mlist, 'general', description='new', info=mlist.info)
    assert [(one.setting.name, one.new) for one in done.made] == [
        ('description', 'new')
    ]


def test_what_is_put_right_is_told_too(mlist):
    mlist.reply_goes_to_list, mlist.reply_to_address = 2, 'x@example.com'
    done = change(mlist, 'general', reply_to_address='')
    assert {one.setting.name for one in done.made} == {
        'reply_goes_to_list',
        'reply_to_address',
    }
    assert done.warnings


def test_the_preferred_language_is_an_available_one(mlist):
    done = change(mlist, 'language', available_languages=['de'])
    assert mlist.preferred_language in mlist.available_languages
    assert [one.setting.name for one in done.made] == ['available_languages']


def test_members_who_get_nothing_any_more_are_told(mlist):
    mlist.add_member('d@example.com', digest=True)
    assert change(mlist, 'digest', digestable=0).warnings
    mlist.add_member('r@example.com')
    assert change(mlist, 'nondigest', nondigestable=0).warnings


def test_a_list_that_sends_nothing_at_all_is_told_of(mlist):
    def told(page, **values):
        return [text for _name, text in change(mlist, page, **values).warnings]

    assert not any('nobody' in text for text in told('digest', digestable=0))
    assert any('nobody' in text for text in told('nondigest', nondigestable=0))


def test_only_known_buttons_do_something(mlist):
    with pytest.raises(ValueError, match='emergency'):
        configure.act(mlist, 'emergency', ENGLISH)
    assert 'nothing' in configure.act(mlist, '_send_digest_now', ENGLISH)
