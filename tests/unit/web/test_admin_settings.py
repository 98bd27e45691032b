"""admin: settings pages, from the log-in to what is saved."""

import re

import pytest

from mailman.lists import MailList
from mailman.settings import PAGES

PATHS = [
    f'admin/test/{page.category}' + (f'/{page.subcategory}' if page.subcategory else '')
    for page in PAGES
]


@pytest.fixture
def owner(mlist, browser):
    """A browser that is logged in as the owner of the list."""
    answer = browser.post('admin/test', {'adminpw': 'listpw', 'admlogin': '1'})
    assert answer.status == 200
    return browser


def fresh(mlist):
    return MailList.open(mlist.site, mlist.name)


def send(owner, path, fields, **more):
    """Send fields with the token of a page, as its form does."""
    token = owner.get(path).token()
    pairs = list(fields.items() if isinstance(fields, dict) else fields)
    return owner.post(path, [('csrf_token', token), *pairs], **more)


@pytest.mark.parametrize('path', PATHS)
def test_every_page_is_there(owner, path):
    answer = owner.get(path)
    assert answer.status == 200
    assert answer.token()


@pytest.mark.parametrize('path', PATHS)
def test_nobody_else_sees_a_page(mlist, browser, path):
    answer = browser.get(path)
    assert answer.status == 200
    assert 'name="adminpw"' in answer.text
    assert 'csrf_token' not in answer.text


def test_a_setting_is_saved_and_told(owner, mlist):
    answer = send(owner, 'admin/test/general', {'description': 'All about trains'})
    assert fresh(mlist).description == 'All about trains'
    assert answer.status == 200
    assert '1 setting was changed' in answer.text
    assert 'All about trains' in answer.text


def test_a_change_is_answered_by_a_redirect(owner, mlist):
    token = owner.get('admin/test/general').token()
    answer = owner.post(
        'admin/test/general',
        {'csrf_token': token, 'description': 'x'},
        follow=False,
    )
    assert answer.status == 303
    assert answer.header('Location').endswith('/mailman/admin/test/general')


def test_unknown_categories_are_the_first(owner):
    assert 'name="real_name"' in owner.get('admin/test/nonsense').text
    assert 'name="subscribe_policy"' in owner.get('admin/test/privacy/nonsense').text
    assert 'name="findmember"' in owner.get('admin/test/members/nonsense').text


def test_nothing_is_saved_when_one_value_is_wrong(owner, mlist):
    answer = send(
        owner,
        'admin/test/general',
        {'description': 'typed', 'max_message_size': 'much', 'owner': 'no address'},
    )
    assert answer.status == 200
    assert fresh(mlist).description == ''
    assert 'value="typed"' in answer.text
    assert 'value="much"' in answer.text
    assert 'href="#max_message_size"' in answer.text
    assert 'id="max_message_size-error"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_what_somebody_else_saved_meanwhile_stays(owner, mlist):
    page = owner.get('admin/test/general')
    with mlist.lock():
        mlist.subject_prefix = '[theirs] '
        mlist.save()
    stamp = re.search(r'name="as_shown" value="([^"]*)"', page.text)[1]
    owner.post(
        'admin/test/general',
        {
            'csrf_token': page.token(),
            'as_shown': stamp,
            'description': 'mine',
            'subject_prefix': '[Test] ',
        },
    )
    assert fresh(mlist).description == 'mine'
    assert fresh(mlist).subject_prefix == '[theirs] '


def test_two_changes_of_one_setting_are_a_conflict(owner, mlist):
    page = owner.get('admin/test/general')
    with mlist.lock():
        mlist.description = 'theirs'
        mlist.save()
    stamp = re.search(r'name="as_shown" value="([^"]*)"', page.text)[1]
    fields = {'as_shown': stamp, 'description': 'mine', 'info': 'new'}
    answer = owner.post('admin/test/general', {'csrf_token': page.token(), **fields})
    assert fresh(mlist).description == 'theirs'
    assert fresh(mlist).info == ''
    assert 'Somebody else changed' in answer.text
    assert 'value="mine"' in answer.text
    fields['as_shown'] = re.search(r'name="as_shown" value="([^"]*)"', answer.text)[1]
    owner.post('admin/test/general', {'csrf_token': answer.token(), **fields})
    assert fresh(mlist).description == 'mine'


def test_a_value_of_old_times_does_not_hinder_others(owner, mlist):
    with mlist.lock():
        mlist.owner = ['not an address any more']
        mlist.save()
    send(
        owner,
        'admin/test/general',
        {'owner': 'not an address any more', 'description': 'd'},
    )
    assert fresh(mlist).description == 'd'


def test_subscribe_policy_is_shown_one_lower(owner, mlist):
    with mlist.lock():
        mlist.subscribe_policy = 1
        mlist.save()
    text = owner.get('admin/test/privacy').text
    assert re.search(r'name="subscribe_policy" value="0"[^>]* checked', text)
    send(owner, 'admin/test/privacy/subscribing', {'subscribe_policy': '2'})
    assert fresh(mlist).subscribe_policy == 3


def test_the_default_of_the_site_is_shown_where_the_list_differs(owner, mlist):
    assert 'The site&#39;s default: 40' not in owner.get('admin/test/general').text
    send(owner, 'admin/test/general', {'max_message_size': '100'})
    assert 'The site&#39;s default: 40' in owner.get('admin/test/general').text


def test_warnings_are_told_with_what_was_saved(owner, mlist):
    answer = send(owner, 'admin/test/nondigest', {'msg_footer': '%(nonsense)s'})
    assert fresh(mlist).msg_footer == '%(nonsense)s'
    assert 'nothing is filled in for nonsense' in answer.text


def test_settings_that_contradict_are_put_right(owner, mlist):
    answer = send(owner, 'admin/test/general', {'reply_goes_to_list': '2'})
    assert fresh(mlist).reply_goes_to_list == 0
    assert 'need that address' in answer.text


def test_a_text_may_come_from_a_file(owner, mlist):
    send(
        owner,
        'admin/test/autoreply',
        {
            'autoresponse_postings_text': 'typed',
            'autoresponse_postings_text_upload': 'from the file\r\n',
        },
    )
    assert fresh(mlist).autoresponse_postings_text == 'from the file\n'


def test_a_new_volume_begins_at_once(owner, mlist):
    before = fresh(mlist).volume
    send(owner, 'admin/test/digest', {'_new_volume': '1'})
    assert fresh(mlist).volume == before + 1


def test_catching_up_forgets_how_far_the_gateway_is(owner, mlist):
    with mlist.lock():
        mlist.usenet_watermark = 17
        mlist.save()
    send(owner, 'admin/test/gateway', {'_mass_catchup': '1'})
    assert fresh(mlist).usenet_watermark is None


def test_the_language_of_a_list_is_always_available(owner, mlist):
    send(owner, 'admin/test/language', {'preferred_language': 'de'})
    assert fresh(mlist).preferred_language == 'de'
    assert 'de' in fresh(mlist).available_languages


# --- help and search ----------------------------------------------------------------


def test_every_setting_has_a_page_of_help(owner):
    links = set()
    for path in PATHS:
        links.update(re.findall(r'\?VARHELP=([^"]+)"', owner.get(path).text))
    assert len(links) > 80
    for link in links:
        answer = owner.get(f'admin/test?VARHELP={link}')
        assert answer.status == 200
        assert link.rpartition('/')[2] in answer.text


@pytest.mark.parametrize('bad', ['x', 'general/nosuch', 'a/b/c/d', '/', 'general/'])
def test_help_for_nothing_is_not_found(owner, bad):
    answer = owner.get(f'admin/test?VARHELP={bad}')
    assert answer.status == 404
    assert 'nosuch' not in answer.text


def test_settings_are_found_by_any_of_their_words(owner):
    text = owner.get('admin/test?find=message+size').text
    assert 'admin/test/general#max_message_size' in text
    text = owner.get('admin/test?find=max_message_size').text
    assert 'admin/test/general#max_message_size' in text
    assert 'No setting has' in owner.get('admin/test?find=zebra').text


# --- rows ---------------------------------------------------------------------------


def topic(number, name='Trains', pattern='train', **more):
    fields = {'box': name, 'rebox': pattern, 'desc': 'about it', **more}
    return {f'topic_{key}_{number:02}': value for key, value in fields.items()}


def test_a_topic_is_added_and_deleted(owner, mlist):
    path = 'admin/test/topics'
    assert 'name="topic_new_01"' in owner.get(path).text
    send(owner, path, topic(1, new='1'))
    assert fresh(mlist).topics == [('Trains', 'train', 'about it', False)]
    assert 'topic_new_' not in owner.get(path).text
    send(owner, path, topic(1, delete='1'))
    assert fresh(mlist).topics == []


def test_an_empty_row_comes_where_it_was_asked_for(owner, mlist):
    path = 'admin/test/topics'
    send(owner, path, topic(1))
    answer = send(owner, path, topic(1, add='1', where='before'))
    assert 'name="topic_new_01"' in answer.text
    assert re.search(r'name="topic_box_02"[^>]*value="Trains"', answer.text)


def test_a_bad_pattern_saves_no_row_at_all(owner, mlist):
    path = 'admin/test/topics'
    send(owner, path, topic(1))
    fields = {**topic(1, name='Ships'), **topic(2, name='Cars', pattern='([')}
    answer = send(owner, path, {**fields, 'topics_enabled': '1'})
    assert [row[0] for row in fresh(mlist).topics] == ['Trains']
    assert not fresh(mlist).topics_enabled
    assert 'topic_error_02' in answer.text
    assert 'value="Ships"' in answer.text


def rule(number, pattern, act='3', **more):
    fields = {'rebox': pattern, 'action': act, **more}
    return {f'hdrfilter_{key}_{number:02}': value for key, value in fields.items()}


def test_rules_are_added_moved_and_deleted(owner, mlist):
    path = 'admin/test/privacy/spam'

    def patterns():
        return [row[0] for row in fresh(mlist).header_filter_rules]

    send(owner, path, {**rule(1, 'x-a: 1'), **rule(2, 'x-b: 1', '7')})
    assert patterns() == ['x-a: 1', 'x-b: 1']
    both = {**rule(1, 'x-a: 1'), **rule(2, 'x-b: 1', '7')}
    send(owner, path, {**both, 'hdrfilter_down_01': '1'})
    assert patterns() == ['x-b: 1', 'x-a: 1']
    both = {**rule(1, 'x-b: 1', '7'), **rule(2, 'x-a: 1')}
    send(owner, path, {**both, 'hdrfilter_up_02': '1'})
    assert patterns() == ['x-a: 1', 'x-b: 1']
    send(owner, path, {**rule(1, 'x-a: 1', delete='1'), **rule(2, 'x-b: 1', '7')})
    assert fresh(mlist).header_filter_rules == [('x-b: 1', 7, False)]


@pytest.mark.parametrize('act', ['1', '99', '', 'x', '٣'])
def test_a_rule_with_an_unknown_action_is_refused(owner, mlist, act):
    send(owner, 'admin/test/privacy/spam', rule(1, 'x-a: 1', act))
    assert fresh(mlist).header_filter_rules == []


# --- scripts --------------------------------------------------------------------------


@pytest.mark.parametrize('method', ['get', 'post'])
def test_a_password_sent_along_needs_no_form(mlist, browser, method):
    fields = 'adminpw=listpw&description=scripted'
    if method == 'get':
        answer = browser.get(f'admin/test/general?{fields}')
    else:
        pairs = [tuple(pair.split('=')) for pair in fields.split('&')]
        answer = browser.post('admin/test/general', pairs, follow=False)
    assert answer.status == 200
    assert fresh(mlist).description == 'scripted'


def test_a_wrong_password_changes_nothing(mlist, owner):
    answer = owner.post('admin/test/general', {'adminpw': 'wrong', 'description': 'x'})
    assert answer.status == 401
    assert fresh(mlist).description == ''


def test_a_list_of_another_host_is_not_in_the_overview(site, mlist, browser):
    assert 'admin/test' in browser.get('admin').text
    with mlist.lock():
        mlist.advertised = 0
        mlist.save()
    assert 'admin/test' not in browser.get('admin').text


def test_what_was_typed_on_a_page_that_is_too_old_is_kept(owner, mlist):
    fields = {'csrf_token': 'old', 'description': 'a long text'}
    own = {'HTTP_SEC_FETCH_SITE': 'same-origin'}
    answer = owner.post('admin/test/general', fields, **own)
    assert fresh(mlist).description == ''
    assert 'value="a long text"' in answer.text
    # Nobody else's page fills in ours.
    other = {'HTTP_SEC_FETCH_SITE': 'cross-site'}
    assert 'a long text' not in owner.post('admin/test/general', fields, **other).text
    fields = {'csrf_token': 'old', 'subscribees': 'anne@example.com'}
    answer = owner.post('admin/test/members/add', fields, **own)
    assert 'anne@example.com</textarea>' in answer.text


def test_an_unknown_list_is_answered_by_the_overview(mlist, browser):
    answer = browser.get('admin/nosuch')
    assert answer.status == 404
    assert 'no such list' in answer.text
    assert 'admin/test' in answer.text
