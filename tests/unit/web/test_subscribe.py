"""subscribe: what the form asks for, and what keeps programs from using it."""

import re

import pytest

from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from mailman.mail.dns import Answer
from mailman.web import questions

ANNE = 'anne@example.org'


@pytest.fixture
def plain(site):
    """A site whose forms need no stamp."""
    site.cfg.SUBSCRIBE_FORM_SECRET = None


def stamp_of(text):
    return re.search(r'name="sub_form_token" value="([^"]*)"', text)[1]


def join(browser, email=ANNE, **more):
    fields = {'email': email, 'digest': '0', 'email-button': 'x', **more}
    environ = {name: fields.pop(name) for name in list(fields) if name.isupper()}
    return browser.post('subscribe/test', fields, **environ)


def wishes(mlist):
    return [op[1]['address'] for _, op in Pending(mlist).items() if op[0] == 'S']


def change(mlist, **settings):
    with mlist.lock():
        for name, value in settings.items():
            setattr(mlist, name, value)
        mlist.save()


# --- what the list wants --------------------------------------------------------------


def test_a_wish_to_join_is_confirmed_by_mail(plain, mlist, browser, mails):
    answer = join(browser, fullname='Anne', pw='geheim', **{'pw-conf': 'geheim'})
    assert answer.status == 200
    (operation,) = [op for _, op in Pending(mlist).items()]
    assert operation[1]['fullname'] == 'Anne'
    assert operation[1]['password'].startswith('scrypt$')
    (mail,) = mails()
    assert ANNE in mail and 'confirm/test/' in mail


def test_digest_and_language_go_along(plain, mlist, browser):
    change(mlist, available_languages=['en', 'de'])
    join(browser, digest='1', language='de')
    ((_, operation),) = Pending(mlist).items()
    assert (operation[1]['digest'], operation[1]['language']) == (1, 'de')


def test_names_in_numbers_are_names(plain, mlist, browser):
    join(browser, fullname='&#381;ofie')
    ((_, operation),) = Pending(mlist).items()
    assert operation[1]['fullname'] == '\u017dofie'


def test_a_moderated_list_holds_the_wish(plain, mlist, browser):
    change(mlist, subscribe_policy=2, private_roster=0)
    assert 'moderators' in join(browser).text
    assert len(Requests(mlist).subscriptions()) == 1


def test_an_open_list_takes_the_member_at_once(plain, mlist, browser):
    change(mlist, subscribe_policy=0, private_roster=0)
    assert 'You are a member of the list now' in join(browser).text
    assert MailList.open(mlist.site, 'test').is_member(ANNE)


@pytest.mark.parametrize(
    'changed, field',
    [
        ({'email': ''}, 'f-email'),
        ({'email': 'no address'}, 'f-email'),
        ({'email': 'x@banned.example'}, 'f-email'),
        ({'email': 'test@lists.example.com'}, 'f-email'),
        ({'pw': 'a', 'pw-conf': 'b'}, 'f-pw-conf'),
        ({'pw': '', 'pw-conf': 'b'}, 'f-pw-conf'),
    ],
)
def test_a_mistake_shows_the_form_with_what_was_typed(
    plain, mlist, browser, mails, changed, field
):
    change(mlist, ban_list=['^.*@banned[.]example'])
    answer = join(browser, fullname='Anne Nonym', **changed)
    assert answer.status == 200
    assert f'href="#{field}"' in answer.text
    assert 'value="Anne Nonym"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert mails() == [] and wishes(mlist) == []


def test_a_get_shows_the_form_filled_in_and_asks_for_nothing(plain, mlist, browser):
    answer = browser.get(f'subscribe/test?email={ANNE}&email-button=1')
    assert answer.status == 200
    assert f'value="{ANNE}"' in answer.text
    assert wishes(mlist) == []


def test_without_a_list_there_is_an_error_page(site, browser):
    assert browser.get('subscribe').status == 200
    assert browser.get('subscribe/nosuch').status == 404


# --- members and strangers ------------------------------------------------------------


def words(answer):
    text = re.sub(r'name="sub_form_token" value="[^"]*"', '', answer.text)
    return answer.status, text


def test_a_private_list_says_the_same_to_members_waiting_ones_and_strangers(
    plain, mlist, new_browser, mails, no_waiting
):
    change(mlist, private_roster=1)
    with mlist.lock():
        mlist.add_member('member@example.org')
        mlist.save()
    answers = [
        words(join(new_browser(), one))
        for one in ('member@example.org', ANNE, ANNE, 'other@example.org')
    ]
    assert len(set(answers)) == 1
    assert len(no_waiting) == 4
    # The member is warned; the one who waits gets no second mail.
    assert len(mails()) == 3


def test_a_public_list_says_who_is_a_member(plain, mlist, browser):
    change(mlist, private_roster=0)
    with mlist.lock():
        mlist.add_member(ANNE)
        mlist.save()
    assert 'a member of the list already' in join(browser).text


def test_one_address_waits_once(plain, mlist, browser, mails):
    for _ in range(5):
        assert join(browser).status == 200
    assert len(mails()) == 1


def test_one_address_gets_few_mails_a_day_from_all_lists(
    plain, site, mlist, browser, mails
):
    for number in range(8):
        MailList.create(site, f'other{number}', 'o@example.com', 'pw')
        answer = browser.post(f'subscribe/other{number}', {'email': ANNE})
        assert answer.status == 200
    assert len(mails()) == 3


def test_one_network_may_ask_so_often_and_then_is_told(plain, site, mlist, new_browser):
    site.cfg.SUBSCRIBE_REQUESTS_PER_HOUR = 2
    near = new_browser(REMOTE_ADDR='198.51.100.7')
    assert [join(near, f'a{n}@example.org').status for n in range(3)] == [200, 200, 429]
    assert join(new_browser(), 'b@example.org').status == 200
    assert len(wishes(mlist)) == 3


# --- the stamp ------------------------------------------------------------------------


@pytest.fixture
def clock(site):
    class Clock:
        now = 1_795_246_969.0

    site.now = lambda: Clock.now
    return Clock


def form(browser, **environ):
    return stamp_of(browser.get('listinfo/test', **environ).text)


def test_a_form_of_ours_that_lay_open_a_while_is_taken(clock, mlist, browser):
    stamp = form(browser)
    clock.now += 20
    join(browser, sub_form_token=stamp)
    assert wishes(mlist) == [ANNE]


def test_a_form_without_stamp_comes_back_with_the_address(clock, mlist, browser, mails):
    answer = join(browser)
    assert answer.status == 200
    assert f'value="{ANNE}"' in answer.text
    assert mails() == [] and wishes(mlist) == []
    # One more click is enough.
    clock.now += 20
    join(browser, sub_form_token=stamp_of(answer.text))
    assert wishes(mlist) == [ANNE]


@pytest.mark.parametrize('gone, taken', [(1, False), (6, True), (3599, True)])
def test_a_form_has_its_time(clock, mlist, browser, gone, taken):
    stamp = form(browser)
    clock.now += gone
    join(browser, sub_form_token=stamp)
    assert bool(wishes(mlist)) is taken


def test_a_form_that_was_too_quick_need_not_wait_anew(clock, mlist, browser):
    stamp = form(browser)
    clock.now += 2
    assert stamp_of(join(browser, sub_form_token=stamp).text) == stamp
    clock.now += 4
    join(browser, sub_form_token=stamp)
    assert wishes(mlist) == [ANNE]


def test_a_form_that_is_too_old_comes_back(clock, mlist, browser):
    stamp = form(browser)
    clock.now += 3_700
    assert stamp_of(join(browser, sub_form_token=stamp).text) != stamp
    assert wishes(mlist) == []


def test_a_stamp_of_another_list_or_network_or_hand_is_none(
    clock, site, mlist, browser, new_browser
):
    MailList.create(site, 'other', 'o@example.com', 'pw')
    theirs = stamp_of(browser.get('listinfo/other').text)
    far = form(new_browser(REMOTE_ADDR='203.0.113.9'))
    good = form(browser)
    clock.now += 20
    turned = good[:-1] + ('0' if good[-1] != '0' else '1')
    earlier = str(int(good[:10]) - 5) + good[10:]
    for stamp in (theirs, far, turned, earlier, 'x', '::', '1:2:3', ''):
        join(browser, sub_form_token=stamp)
    assert wishes(mlist) == []


def test_the_trap_catches_programs_and_lets_people_try_again(clock, mlist, browser):
    stamp = form(browser)
    clock.now += 20
    answer = join(browser, sub_form_token=stamp, sub_form_note='http://spam.example')
    assert wishes(mlist) == []
    assert 'spam.example' not in answer.text
    join(browser, sub_form_token=stamp_of(answer.text))
    assert wishes(mlist) == [ANNE]


# --- other sites' pages ---------------------------------------------------------------


def test_a_form_on_another_sites_page_asks_for_one_more_click(clock, mlist, browser):
    stamp = form(browser)
    clock.now += 20
    join(browser, sub_form_token=stamp, HTTP_ORIGIN='https://elsewhere.example')
    join(browser, sub_form_token=stamp, HTTP_SEC_FETCH_SITE='cross-site')
    assert wishes(mlist) == []


@pytest.mark.parametrize('hosts', [['*'], ['www.example.com']])
def test_a_site_may_allow_forms_on_other_pages(site, mlist, browser, hosts):
    site.cfg.SUBSCRIBE_FORM_HOSTS = hosts
    join(browser, 'b@example.org', HTTP_ORIGIN='https://evil.example')
    join(browser, HTTP_ORIGIN='https://www.example.com')
    assert ANNE in wishes(mlist)
    assert ('b@example.org' in wishes(mlist)) == (hosts == ['*'])


def test_our_own_page_is_no_other_site(clock, mlist, browser):
    stamp = form(browser)
    clock.now += 20
    join(browser, sub_form_token=stamp, HTTP_ORIGIN='http://lists.example.com:8080')
    assert wishes(mlist) == [ANNE]


@pytest.mark.parametrize('origin', ['null', 'http://[', 'x' * 3000])
def test_a_strange_origin_is_foreign(clock, mlist, browser, origin):
    stamp = form(browser)
    clock.now += 20
    assert join(browser, sub_form_token=stamp, HTTP_ORIGIN=origin).status == 200
    assert wishes(mlist) == []


# --- questions ------------------------------------------------------------------------


def test_a_question_must_be_answered(clock, site, mlist, browser):
    site.cfg.CAPTCHAS = {'en': [('Two and <three>?', '^5|five$')]}
    text = browser.get('listinfo/test').text
    assert 'Two and &lt;three&gt;?' in text
    stamp = stamp_of(text)
    clock.now += 20
    for wrong in ('', '4', 'not five at all'):
        answer = join(browser, sub_form_token=stamp, captcha_answer=wrong)
        assert 'id="captcha_answer-error"' in answer.text
    assert wishes(mlist) == []
    join(browser, sub_form_token=stamp, captcha_answer=' FIVE ')
    assert wishes(mlist) == [ANNE]


def test_recaptcha_is_asked_once_the_rest_is_right(
    plain, site, mlist, browser, monkeypatch
):
    site.cfg.RECAPTCHA_SITE_KEY, site.cfg.RECAPTCHA_SECRET_KEY = 'k', 's'
    asked = []
    monkeypatch.setattr(
        questions,
        'recaptcha_is_solved',
        lambda site, word, remote: asked.append((word, remote)) or word == 'good',
    )
    join(browser, **{'g-recaptcha-response': 'bad'})
    assert wishes(mlist) == []
    join(browser, **{'g-recaptcha-response': 'good'})
    assert wishes(mlist) == [ANNE]
    assert asked == [('bad', '192.0.2.1'), ('good', '192.0.2.1')]


# --- block lists ----------------------------------------------------------------------


@pytest.mark.parametrize('network, domain', [(True, False), (False, True)])
def test_who_is_listed_by_spamhaus_may_not_join(
    plain, site, mlist, new_browser, monkeypatch, network, domain
):
    site.cfg.BLOCK_SPAMHAUS_LISTED_IP_SUBSCRIBE = network
    site.cfg.BLOCK_SPAMHAUS_LISTED_DBL_SUBSCRIBE = domain
    listed = {'7.0.8.8.zen.spamhaus.org', 'bad.example.dbl.spamhaus.org'}

    class Resolver:
        def __init__(self, *args):
            pass

        def __call__(self, name, kind, seconds):
            return Answer(('127.0.0.2',) if name in listed else ()), 1.0

    monkeypatch.setattr('mailman.mail.dns.Resolver', Resolver)
    bad = new_browser(REMOTE_ADDR='8.8.0.7')
    assert 'may not join' in join(bad, 'x@bad.example').text
    join(new_browser(REMOTE_ADDR='8.8.0.9'), ANNE)
    assert wishes(mlist) == [ANNE]
    log = (site.logs_dir / 'vette').read_text()
    assert 'spamhaus.org' in log


def test_the_result_stands_in_the_owners_page(plain, mlist, browser):
    folder = mlist.directory / 'en'
    folder.mkdir()
    (folder / 'subscribe.html').write_text('<h1>Hi!</h1><b><MM-Results></b>')
    assert '<h1>Hi!</h1>' in join(browser).text
