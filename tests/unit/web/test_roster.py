"""roster: who sees the members, and which."""

import pytest

from mailman.actions.passwords import set_member_password
from mailman.constants import DeliveryStatus, MemberFlag

ANNE, BEN, HIDDEN = 'anne@example.org', 'Ben@example.org', 'shy@example.org'


@pytest.fixture
def full(mlist):
    with mlist.lock():
        mlist.add_member(ANNE, name='Anne <b>')
        mlist.add_member(BEN, digest=True)
        mlist.add_member(HIDDEN)
        mlist.set_option(HIDDEN, MemberFlag.CONCEAL_SUBSCRIPTION, True)
        mlist.set_delivery_status(ANNE, DeliveryStatus.BY_USER)
        set_member_password(mlist, ANNE, 'pw')
        mlist.obscure_addresses = 0
        mlist.save()
    return mlist


def change(mlist, **settings):
    with mlist.lock():
        for name, value in settings.items():
            setattr(mlist, name, value)
        mlist.save()


def test_a_public_list_shows_its_members_to_everybody(full, browser):
    change(full, private_roster=0)
    answer = browser.get('roster/test')
    assert answer.status == 200
    assert ANNE in answer.text and BEN in answer.text
    assert 'Anne &lt;b&gt;' in answer.text
    assert '(mail is off)' in answer.text


def test_who_hides_is_counted_and_shown_to_owners_only(full, browser):
    change(full, private_roster=0)
    text = browser.get('roster/test').text
    assert HIDDEN not in text and '1 member is hidden.' in text
    assert HIDDEN in browser.post('roster/test', {'roster-pw': 'listpw'}).text


def test_addresses_are_written_so_that_programs_do_not_collect_them(full, browser):
    change(full, private_roster=0, obscure_addresses=1)
    text = browser.get('roster/test').text
    assert ANNE not in text
    assert 'anne at example.org' in text
    assert '/options/test/anne--at--example.org"' in text


def test_a_list_for_members_asks_who_it_is(full, browser):
    change(full, private_roster=1)
    answer = browser.get('roster/test')
    assert answer.status == 401 and BEN not in answer.text
    assert 'name="roster-email"' in answer.text
    fields = {'roster-email': ANNE, 'roster-pw': 'wrong'}
    answer = browser.post('roster/test', fields)
    assert answer.status == 401 and BEN not in answer.text and ANNE not in answer.text
    answer = browser.post('roster/test', {**fields, 'roster-pw': 'pw'})
    assert answer.status == 200 and BEN in answer.text and HIDDEN not in answer.text


def test_a_member_who_is_logged_in_sees_it(full, browser):
    change(full, private_roster=1)
    browser.post(f'options/test/{ANNE}', {'password': 'pw', 'login': '1'})
    assert BEN in browser.get('roster/test').text


def test_a_list_for_owners_lets_no_member_in(full, browser):
    change(full, private_roster=2)
    fields = {'roster-email': ANNE, 'roster-pw': 'pw'}
    assert browser.post('roster/test', fields).status == 401
    assert browser.post('roster/test', {'roster-pw': 'listpw'}).status == 200
    assert HIDDEN in browser.get('roster/test').text


def test_a_wrong_password_is_logged(full, site, browser):
    change(full, private_roster=1)
    fields = {'roster-email': ANNE, 'roster-pw': 'x'}
    browser.post('roster/test', fields)
    log = (site.logs_dir / 'security').read_text()
    line = f'Authorization failed (roster): user={ANNE}: list=test: remote=192.0.2.1'
    assert line in log


def test_an_unknown_roster_is_the_strictest(full, browser):
    change(full, private_roster=7)
    assert browser.get('roster/test').status == 401


def test_a_list_without_members_says_so(mlist, browser):
    change(mlist, private_roster=0)
    assert 'Nobody to be shown' in browser.get('roster/test').text


def test_without_a_list_there_is_an_error_page(site, browser):
    assert browser.get('roster').status == 200


def test_the_form_for_owners_has_the_field_for_the_address_too(mlist, browser):
    with mlist.lock():
        mlist.private_roster = 2
        mlist.save()
    for path in ('roster/test', 'listinfo/test'):
        text = browser.get(path).text
        assert '<input type="hidden" name="roster-email" value="">' in text
