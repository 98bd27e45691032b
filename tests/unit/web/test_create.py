"""Making and removing lists on the web."""

import pytest

from mailman.lists import MailList, catalog
from mailman.security.passwords import hash_password

FORM = {
    'listname': 'fresh',
    'owner': 'boss@example.com',
    'autogen': '0',
    'password': 'pw',
    'confirm': 'pw',
    'moderate': '1',
    'langs': ['de', 'en'],
    'notify': '1',
    'auth': 'creatorpw',
    'doit': '1',
}


@pytest.fixture(autouse=True)
def passwords(site):
    (site.data_dir / 'creator.pw').write_text(hash_password('creatorpw') + '\n')
    (site.data_dir / 'adm.pw').write_text(hash_password('sitepw') + '\n')


def virgin(site):
    folder = site.queue_dir('virgin')
    return sorted(folder.glob('*.msg')) if folder.exists() else []


def test_a_list_is_made_as_wished(site, browser):
    answer = browser.post('create', FORM)
    assert answer.status == 200
    assert '/listinfo/fresh' in answer.text
    made = MailList.open(site, 'fresh')
    assert made.owner == ['boss@example.com']
    assert made.default_member_moderation == 1
    assert made.available_languages == ['de', 'en']
    assert len(virgin(site)) == 1


def test_the_site_password_does_as_well(site, browser):
    browser.post('create', {**FORM, 'auth': 'sitepw'})
    assert catalog.exists(site, 'fresh')


def test_a_password_that_is_made_is_mailed(site, browser):
    browser.post(
        'create', {**FORM, 'autogen': '1', 'password': '', 'confirm': '', 'notify': '0'}
    )
    assert catalog.exists(site, 'fresh')
    assert len(virgin(site)) == 1


@pytest.mark.parametrize(
    ('change', 'field'),
    [
        ({'listname': 'a@b'}, 'listname'),
        ({'listname': ''}, 'listname'),
        ({'listname': '..'}, 'listname'),
        ({'listname': 'bad name'}, 'listname'),
        ({'listname': 'x&touch'}, 'listname'),
        ({'listname': 'TEST'}, 'listname'),
        ({'owner': ''}, 'owner'),
        ({'owner': 'no address'}, 'owner'),
        ({'confirm': 'other'}, 'confirm'),
        ({'password': '', 'confirm': ''}, 'password'),
        ({'autogen': '1'}, 'password'),
        ({'auth': 'wrong'}, 'auth'),
        ({'auth': ''}, 'auth'),
        ({'auth': 'listpw'}, 'auth'),
    ],
)
def test_a_mistake_makes_nothing_and_keeps_what_was_typed(
    site, mlist, browser, change, field
):
    answer = browser.post('create', {**FORM, **change})
    assert answer.status == 200
    assert f'href="#{field}"' in answer.text
    assert catalog.names(site) == ['test']
    assert 'value="boss@example.com"' in answer.text or 'owner' in change
    assert 'creatorpw' not in answer.text


def test_a_link_makes_no_list(site, browser):
    browser.get('create?listname=fresh&owner=a@example.com&password=a&confirm=a&doit=1')
    assert catalog.names(site) == []


def test_guessing_the_password_is_stopped(site, browser):
    for _ in range(10):
        browser.post('create', {**FORM, 'auth': 'wrong'})
    assert browser.post('create', FORM).status == 429
    assert not catalog.exists(site, 'fresh')


def test_removing_needs_the_password(site, mlist, browser):
    browser.post('rmlist/test', {'password': 'wrong', 'doit': '1'})
    assert catalog.exists(site, 'test')
    browser.get('rmlist/test?password=listpw&doit=1')
    assert catalog.exists(site, 'test')


@pytest.mark.parametrize('password', ['listpw', 'creatorpw', 'sitepw'])
def test_the_archive_stays_unless_asked(site, mlist, browser, password):
    answer = browser.post('rmlist/test', {'password': password, 'doit': '1'})
    assert answer.status == 200
    assert not catalog.exists(site, 'test')
    assert (site.archives_private / 'test.mbox').exists()


def test_the_archive_goes_when_asked(site, mlist, browser):
    fields = {'password': 'listpw', 'doit': '1', 'delarchives': '1'}
    browser.post('rmlist/test', fields)
    assert not (site.archives_private / 'test.mbox').exists()
    assert not (site.archives_private / 'test').exists()


def test_the_site_may_keep_it_to_itself(site, mlist, browser):
    site.cfg.OWNERS_CAN_DELETE_THEIR_OWN_LISTS = False
    answer = browser.post('rmlist/test', {'password': 'listpw', 'doit': '1'})
    assert answer.status == 200
    assert catalog.exists(site, 'test')
    assert 'RmList' in (site.logs_dir / 'mischief').read_text()


def test_without_a_list_the_page_says_so(browser):
    assert browser.get('rmlist').status == 200
    assert browser.get('rmlist/nothing').status == 404
