"""options: logging in, settings, address, password, leaving."""

import re
from urllib.parse import unquote

import pytest

from mailman.actions.passwords import set_member_password
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList
from mailman.lists.pending import Pending

ANNE = 'anne@example.org'
PAGE = f'options/test/{ANNE}'


def add(mlist, address=ANNE, password='pw', **more):
    with mlist.lock():
        mlist.add_member(address, **more)
        set_member_password(mlist, address, password)
        mlist.save()


@pytest.fixture
def member(mlist):
    add(mlist, name='Anne')
    return mlist


@pytest.fixture
def inside(member, browser):
    """A browser in which the member is logged in."""
    browser.post(PAGE, {'password': 'pw', 'login': '1'})
    return browser


@pytest.fixture
def other(site, member):
    """Another list of the host, with the same member."""
    other = MailList.create(site, 'other', 'o@example.com', 'otherpw')
    add(other)
    return other


def change(mlist, **settings):
    with mlist.lock():
        for name, value in settings.items():
            setattr(mlist, name, value)
        mlist.save()


def fresh(mlist):
    return MailList.open(mlist.site, mlist.name)


def send(browser, button, *, follow=True, **fields):
    token = browser.get(PAGE).token()
    fields = {'csrf_token': token, button: '1', **fields}
    return browser.post(PAGE, fields, follow=follow)


def is_form(answer):
    return 'name="options-submit"' in answer.text


# --- logging in -----------------------------------------------------------------------


def test_without_log_in_there_is_the_log_in_page(member, browser):
    answer = browser.get(PAGE)
    assert answer.status == 200
    assert not is_form(answer)
    assert 'name="login-unsub"' in answer.text and 'name="login-remind"' in answer.text
    assert f'type="hidden" name="email" value="{ANNE}"' in answer.text


@pytest.mark.parametrize('path', ['options/test', 'options/test/anne--at--example.org'])
def test_a_password_opens_the_page_and_stays(member, browser, path):
    answer = browser.post(path, {'email': ANNE, 'password': 'pw', 'login': '1'})
    assert answer.status == 200 and is_form(answer)
    assert is_form(browser.get(PAGE))
    assert is_form(browser.get('options/test'))


def test_a_wrong_password_is_401_and_logged(site, member, browser):
    answer = browser.post(PAGE, {'password': 'x', 'login': '1'})
    assert answer.status == 401 and not is_form(answer)
    log = (site.logs_dir / 'security').read_text()
    assert f'(options): user={ANNE}: list=test: remote=192.0.2.1' in log


def test_on_a_private_list_the_address_is_left_out_after_a_wrong_password(
    member, browser
):
    change(member, private_roster=1)
    assert ANNE not in browser.post(PAGE, {'password': 'x', 'login': '1'}).text
    change(member, private_roster=0)
    assert ANNE in browser.post(PAGE, {'password': 'x', 'login': '1'}).text


def test_a_wrong_password_counts_although_a_cookie_is_there(inside):
    assert inside.post(PAGE, {'password': 'x', 'login': '1'}).status == 401


def test_an_address_with_a_percent_sign_can_log_in(mlist, browser):
    add(mlist, 'per%cent@example.org')
    fields = {'password': 'pw', 'login': '1'}
    answer = browser.post('options/test/per%cent@example.org', fields)
    assert is_form(answer)
    action = re.search(r'action="(/mailman/options/test/[^"]*)"', answer.text)[1]
    assert action.endswith('/per%25cent%40example.org')
    assert is_form(browser.get('options/test/per%cent@example.org'))


def test_an_address_beyond_ascii_has_its_page(mlist, browser):
    add(mlist, 'jörg@xn--bcher-kva.example')
    fields = {'email': 'Jörg@Bücher.example', 'password': 'pw', 'login': '1'}
    answer = browser.post('options/test', fields)
    assert is_form(answer)
    action = re.search(r'action="(/mailman/options/test/[^"]*)"', answer.text)[1]
    # As CGI and WSGI give it: the bytes, each as a character.
    path = unquote(action.removeprefix('/mailman/')).encode().decode('latin-1')
    assert is_form(browser.get(path))
    assert not is_form(browser.get(path.replace('j', 'J ')))
    assert not is_form(browser.get('options/test/j\xf6rg@b\xfccher.example'))


def test_head_is_not_allowed(member, browser):
    assert browser.open('HEAD', PAGE, b'').status == 405


def test_logging_out_ends_it(inside):
    assert not is_form(send(inside, 'logout'))
    assert not is_form(inside.get(PAGE))


def test_logging_out_is_possible_by_a_link(inside):
    cookies = dict(inside.cookies)
    assert not is_form(inside.get(f'{PAGE}?logout=1'))
    # The session is over, wherever its cookie went.
    inside.cookies = cookies
    assert not is_form(inside.get(PAGE))


def test_the_password_of_the_list_opens_every_members_page(site, member, browser):
    answer = browser.post(PAGE, {'password': 'listpw', 'login': '1'})
    assert is_form(answer)
    assert 'test+admin' in browser.cookies
    answer = browser.get('options/test/nobody@example.org')
    assert 'no member of this address' in answer.text


def test_the_page_speaks_the_members_language(member, browser):
    with member.lock():
        member.available_languages = ['en', 'de']
        member.set_language(ANNE, 'de')
        member.save()
    assert '<html lang="en"' in browser.get(PAGE).text
    answer = browser.post(PAGE, {'password': 'pw', 'login': '1', 'language': 'en'})
    assert '<html lang="de"' in answer.text


# --- members and strangers ------------------------------------------------------------


def bare(answer, address):
    return answer.status, answer.text.replace(address, 'ADDRESS')


@pytest.mark.parametrize('roster', [0, 1, 2])
@pytest.mark.parametrize(
    'fields',
    [
        {},
        {'password': 'x', 'login': '1'},
        {'login': '1'},
        {'login-remind': '1'},
        {'login-unsub': '1'},
        {'options-submit': '1', 'conceal': '1'},
        {'VARHELP': 'x'},
        {'logout': '1'},
    ],
)
def test_members_and_strangers_get_the_same(member, new_browser, roster, fields):
    change(member, private_roster=roster)
    stranger = 'nina@example.org'
    for method in ('get', 'post'):
        mine, theirs = (
            bare(ask(new_browser(), method, address, fields), address)
            for address in (ANNE, stranger)
        )
        assert mine == theirs


def ask(browser, method, address, fields):
    page = f'options/test/{address}'
    if method == 'post':
        return browser.post(page, fields)
    return browser.get(f'{page}?' + '&'.join(f'{n}={v}' for n, v in fields.items()))


@pytest.mark.parametrize('button', ['login-remind', 'login-unsub'])
def test_mailing_takes_the_same_time_for_all(member, browser, button, no_waiting):
    for address in (ANNE, 'nina@example.org'):
        browser.post('options/test', {'email': address, button: '1'})
    assert len(no_waiting) == 2


# --- without a password ---------------------------------------------------------------


def test_a_link_to_log_in_comes_by_mail(member, browser, mails):
    answer = browser.post('options/test', {'email': ANNE, 'login-remind': '1'})
    assert answer.status == 200 and 'on its way' in answer.text
    (mail,) = mails()
    assert ANNE in mail and '/confirm/test/' in mail


def test_leaving_without_a_password_is_confirmed_by_mail(member, browser, mails):
    browser.post('options/test', {'email': ANNE.upper(), 'login-unsub': '1'})
    assert len(mails()) == 1
    assert [op for _, op in Pending(member).items()] == [('U', ANNE)]
    assert fresh(member).is_member(ANNE)


@pytest.mark.parametrize('button', ['login-remind', 'login-unsub'])
def test_a_link_makes_us_send_nothing(member, browser, mails, button):
    browser.get(f'{PAGE}?{button}=1')
    assert mails() == []


def test_one_network_may_not_ask_for_mails_without_end(site, member, browser):
    site.cfg.SUBSCRIBE_REQUESTS_PER_HOUR = 2
    fields = {'email': ANNE, 'login-remind': '1'}
    found = [browser.post('options/test', fields).status for _ in range(3)]
    assert found == [200, 200, 429]


def test_no_address_is_asked_for(member, browser):
    answer = browser.post('options/test', {'email': '', 'login-remind': '1'})
    assert 'Please give the address' in answer.text


# --- settings -------------------------------------------------------------------------


@pytest.mark.parametrize(
    'field, flag',
    [
        ('ackposts', MemberFlag.ACKNOWLEDGE_POSTS),
        ('dontreceive', MemberFlag.DONT_RECEIVE_OWN_POSTS),
        ('conceal', MemberFlag.CONCEAL_SUBSCRIPTION),
        ('remind', MemberFlag.SUPPRESS_PASSWORD_REMINDER),
        ('nodupes', MemberFlag.DONT_RECEIVE_DUPLICATES),
        ('rcvtopic', MemberFlag.RECEIVE_NONMATCHING_TOPICS),
        ('mime', MemberFlag.DISABLE_MIME),
        ('digest', MemberFlag.DIGESTS),
        ('disablemail', MemberFlag.DISABLE_DELIVERY),
    ],
)
def test_each_setting_is_saved_and_shown(member, inside, field, flag):
    for value in ('1', '0'):
        answer = send(inside, 'options-submit', **{field: value})
        assert fresh(member).option(ANNE, flag) == (value == '1')
        assert f'name="{field}" value="{value}" checked' in answer.text


def test_what_is_missing_in_the_form_stays(member, inside):
    send(inside, 'options-submit', conceal='1')
    send(inside, 'options-submit', ackposts='1')
    assert fresh(member).option(ANNE, MemberFlag.CONCEAL_SUBSCRIPTION)


def test_a_change_is_answered_by_a_redirect(inside):
    assert send(inside, 'options-submit', conceal='1', follow=False).status == 303


def test_a_password_sent_along_changes_at_once_without_token(member, browser):
    fields = {'password': 'pw', 'options-submit': '1', 'conceal': '1'}
    answer = browser.post(PAGE, fields)
    assert answer.status == 200 and 'Your settings are saved' in answer.text
    browser.get(f'{PAGE}?password=pw&options-submit=1&conceal=0')
    assert not fresh(member).option(ANNE, MemberFlag.CONCEAL_SUBSCRIPTION)


def test_why_the_mail_is_off_is_said_and_stays_on_record(member, inside):
    with member.lock():
        member.set_delivery_status(ANNE, DeliveryStatus.BY_BOUNCE)
        member.save()
    assert 'too much mail to your address came back' in inside.get(PAGE).text
    send(inside, 'options-submit', disablemail='1')
    assert fresh(member).delivery_status_of(ANNE) == DeliveryStatus.BY_BOUNCE
    send(inside, 'options-submit', disablemail='0')
    assert fresh(member).delivery_status_of(ANNE) == DeliveryStatus.ENABLED


def test_a_list_without_digests_says_so_and_saves_nothing(member, inside):
    change(member, digestable=0)
    answer = send(inside, 'options-submit', digest='1', conceal='1')
    assert 'sends no digests' in answer.text
    assert not fresh(member).option(ANNE, MemberFlag.CONCEAL_SUBSCRIPTION)
    # What was chosen is still chosen.
    assert 'name="conceal" value="1" checked' in answer.text


def test_language_is_one_of_the_lists(member, inside):
    change(member, available_languages=['en', 'de'])
    assert '<html lang="de"' in send(inside, 'options-submit', language='de').text
    send(inside, 'options-submit', language='ja')
    assert fresh(member).language_of(ANNE) == 'de'


TOPICS = [
    ('Release & plans', 'plan\nrelease', 'What comes', False),
    ('b', 'c', '', False),
]


def test_topics_are_chosen_by_their_names(member, inside):
    change(member, topics=TOPICS, topics_enabled=1)
    text = inside.get(PAGE).text
    assert 'value="Release+%26+plans"' in text
    send(inside, 'options-submit', usertopic=['Release+%26+plans', 'nosuch'])
    assert fresh(member).topics_of(ANNE) == ['Release & plans']
    send(inside, 'options-submit')
    assert fresh(member).topics_of(ANNE) == []


def test_a_topic_is_explained_to_members(member, inside):
    change(member, topics=TOPICS, topics_enabled=1)
    text = inside.get(f'{PAGE}?VARHELP=Release%2B%2526%2Bplans').text
    assert 'What comes' in text and 'plan\nrelease' in text
    assert 'no such topic' in inside.get(f'{PAGE}?VARHELP=x').text


def test_settings_can_be_the_same_on_all_lists_of_the_host(site, member, other, inside):
    far = MailList.create(site, 'far', 'o@example.com', 'pw', host_name='far.example')
    add(far)
    fields = {'nodupes-globally': '1', 'nodupes': '0', 'disablemail': '1'}
    answer = send(inside, 'options-submit', **fields, **{'deliver-globally': '1'})
    assert 'The same was done on: Other' in answer.text
    assert fresh(other).delivery_status_of(ANNE) == DeliveryStatus.BY_USER
    assert not fresh(other).option(ANNE, MemberFlag.DONT_RECEIVE_DUPLICATES)
    assert fresh(far).delivery_status_of(ANNE) == DeliveryStatus.ENABLED


def test_owners_change_nothing_on_other_lists(member, other, browser):
    fields = {'disablemail': '1', 'deliver-globally': '1', 'options-submit': '1'}
    answer = browser.post(PAGE, {'password': 'listpw', **fields})
    assert 'Other lists stay as they are' in answer.text
    assert fresh(member).delivery_status_of(ANNE) == DeliveryStatus.BY_USER
    assert fresh(other).delivery_status_of(ANNE) == DeliveryStatus.ENABLED


def test_members_see_their_other_lists_and_owners_do_not(member, other, inside):
    text = send(inside, 'othersubs').text
    assert '/options/other/anne%40example.org' in text
    assert '/options/test/anne%40example.org' in text
    text = inside.post(PAGE, {'password': 'listpw', 'othersubs': '1'}).text
    assert '/options/other/' not in text


# --- name and address -----------------------------------------------------------------


def test_a_name_changes_at_once(member, inside):
    answer = send(inside, 'change-of-address', fullname='Anne &#381;')
    assert fresh(member).name_of(ANNE) == 'Anne \u017d'
    assert 'value="Anne \u017d"' in answer.text


def test_a_name_can_change_everywhere(member, other, inside):
    send(inside, 'change-of-address', fullname='A', **{'changeaddr-globally': '1'})
    assert fresh(other).name_of(ANNE) == 'A'


def move(browser, new, again=None):
    fields = {'new-address': new, 'confirm-address': new if again is None else again}
    return send(browser, 'change-of-address', fullname='Anne', **fields)


def test_a_new_address_is_asked_first(member, inside, mails):
    answer = move(inside, 'new@example.org')
    assert 'A mail was sent to new@example.org' in answer.text
    assert len(mails()) == 1
    ((_, operation),) = Pending(member).items()
    assert operation == ('C', ANNE, 'new@example.org', 0)
    assert list(fresh(member).members) == [ANNE]


@pytest.mark.parametrize(
    'new, again, field',
    [
        ('new@example.org', 'other@example.org', 'f-confirm-address'),
        ('no address', 'no address', 'f-new-address'),
        (ANNE, ANNE, 'f-new-address'),
    ],
)
def test_a_mistake_in_the_new_address_changes_nothing(
    member, inside, mails, new, again, field
):
    answer = move(inside, new, again)
    assert answer.status == 200
    assert f'href="#{field}"' in answer.text
    assert f'value="{new}"' in answer.text
    assert mails() == []


def test_on_a_private_list_one_member_does_not_learn_of_another(member, inside, mails):
    change(member, private_roster=1)
    add(member, 'ben@example.org')
    shown = [
        move(inside, new).text.replace(new, 'NEW')
        for new in ('ben@example.org', 'new@example.org')
    ]
    clean = [re.sub('value="[^"]*"', '', text) for text in shown]
    assert clean[0] == clean[1]
    assert [op[2] for _, op in Pending(member).items()] == ['new@example.org']


# --- password -------------------------------------------------------------------------


def test_a_new_password_keeps_this_session_and_ends_the_others(
    member, inside, new_browser
):
    elsewhere = new_browser()
    elsewhere.post(PAGE, {'password': 'pw', 'login': '1'})
    answer = send(inside, 'changepw', newpw='n1', confpw='n1')
    assert 'Your password is changed' in answer.text
    assert is_form(inside.get(PAGE))
    assert not is_form(elsewhere.get(PAGE))
    login = {'login': '1'}
    assert elsewhere.post(PAGE, {'password': 'pw', **login}).status == 401
    assert is_form(elsewhere.post(PAGE, {'password': 'n1', **login}))


@pytest.mark.parametrize('new, again', [('a', 'b'), ('', ''), ('', 'x')])
def test_a_password_is_typed_twice(member, inside, browser, new, again):
    answer = send(inside, 'changepw', newpw=new, confpw=again)
    assert answer.status == 200 and 'class="notice error"' in answer.text
    assert browser.post(PAGE, {'password': 'pw', 'login': '1'}).status == 200


def test_a_password_can_change_everywhere(member, other, inside, new_browser):
    send(inside, 'changepw', newpw='n1', confpw='n1', **{'pw-globally': '1'})
    fields = {'password': 'n1', 'login': '1'}
    assert is_form(new_browser().post(f'options/other/{ANNE}', fields))


@pytest.mark.parametrize('allowed', [True, False])
def test_owners_change_passwords_where_the_site_lets_them(
    site, member, browser, allowed
):
    site.cfg.OWNERS_CAN_CHANGE_MEMBER_PASSWORDS = allowed
    fields = {'changepw': '1', 'newpw': 'n1', 'confpw': 'n1'}
    browser.post(PAGE, {'password': 'listpw', **fields})
    status = browser.post(PAGE, {'password': 'n1', 'login': '1'}).status
    assert (status == 200) is allowed


def test_a_link_to_log_in_can_be_sent_from_inside(inside, mails):
    assert 'is on its way' in send(inside, 'emailpw').text
    assert len(mails()) == 1


# --- leaving --------------------------------------------------------------------------


def test_leaving_needs_the_box(member, inside):
    answer = send(inside, 'unsub')
    assert 'href="#f-unsubconfirm"' in answer.text
    assert fresh(member).is_member(ANNE)


def test_leaving_leads_to_the_page_of_the_list_and_logs_out(member, inside):
    answer = send(inside, 'unsub', unsubconfirm='1')
    assert 'has left Test' in answer.text and 'name="email-button"' in answer.text
    assert not fresh(member).members
    assert not any('+user+' in name for name in inside.cookies)


def test_leaving_with_a_password_sent_along_is_answered_at_once(member, browser):
    fields = {'password': 'pw', 'unsub': '1', 'unsubconfirm': '1'}
    answer = browser.post(PAGE, fields, follow=False)
    assert answer.status == 200 and 'has left Test' in answer.text


def test_a_list_may_want_moderators_to_let_members_go(member, inside):
    change(member, unsubscribe_policy=1)
    assert 'moderators were asked' in send(inside, 'unsub', unsubconfirm='1').text
    assert 'asked for already' in send(inside, 'unsub', unsubconfirm='1').text
    assert fresh(member).is_member(ANNE)


def test_without_a_list_there_is_an_error_page(site, browser):
    assert browser.get('options').status == 200
    assert browser.get('options/nosuch').status == 404
