"""listinfo: all lists of a host, and the page of one."""

import json
import re

import pytest

from mailman.lists import MailList


def make(site, name, **settings):
    return MailList.create(site, name, 'o@example.com', 'pw', **settings)


def links(answer):
    return re.findall(r'href="([^"]*)"', answer.text)


# --- all lists ------------------------------------------------------------------------


def test_the_overview_shows_advertised_lists_with_name_description_and_archive(
    site, browser
):
    make(site, 'dev', description='Of <developers>', archive_private=0)
    make(site, 'hidden', advertised=0)
    answer = browser.get('listinfo')
    assert answer.status == 200
    assert '/mailman/listinfo/dev' in links(answer)
    assert 'Of &lt;developers&gt;' in answer.text
    assert any('/pipermail/dev/' in link for link in links(answer))
    assert 'hidden/' not in answer.text and 'listinfo/hidden' not in answer.text


def test_the_overview_reads_no_list(site, browser, monkeypatch):
    make(site, 'dev')
    monkeypatch.setattr(MailList, 'load', lambda self: pytest.fail('read it'))
    assert '>Dev</a>' in browser.get('listinfo').text


def test_the_overview_shows_lists_of_the_host_asked_for(site, browser):
    make(site, 'other', web_page_url='http://lists.example.net/mailman/')
    assert 'listinfo/other' not in browser.get('listinfo').text
    site.cfg.VIRTUAL_HOST_OVERVIEW = False
    # On another host, so with its name.
    assert 'http://lists.example.net/mailman/listinfo/other' in links(
        browser.get('listinfo')
    )


def test_posts_of_this_month_are_a_number_and_a_bar(site, browser):
    mlist = make(site, 'dev')
    site.now = lambda: 1795246969.0
    path = mlist.directory / 'activity.json'
    path.write_text(json.dumps({'2026-11': 17}))
    text = browser.get('listinfo').text
    assert '<span class="number">17</span>' in text
    assert '<rect width="100.0"' in text


def test_many_lists_can_be_searched(site, browser):
    make(site, 'dev', description='patches and plans')
    assert 'type="search"' not in browser.get('listinfo').text
    for number in range(20):
        make(site, f'list{number}')
    answer = browser.get('listinfo')
    assert 'type="search"' in answer.text
    answer = browser.get('listinfo?q=PLANS+dev')
    assert '>Dev</a>' in answer.text and '>List1</a>' not in answer.text
    assert '1 list of 21 fits' in answer.text


def test_without_lists_the_overview_says_what_to_do(site, browser):
    assert 'behind the address of this page' in browser.get('listinfo').text


def test_an_unknown_list_gives_the_overview_with_404(site, browser):
    make(site, 'dev')
    answer = browser.get('listinfo/nosuchlist')
    assert answer.status == 404
    assert '>Dev</a>' in answer.text
    assert 'nosuchlist' not in answer.text


# --- one list -------------------------------------------------------------------------


def test_the_page_of_a_list_has_2_1s_forms(mlist, browser):
    text = browser.get('listinfo/test').text
    for program in ('subscribe', 'roster', 'options'):
        assert f'action="/mailman/{program}/test"' in text
    names = set(re.findall(r' name="([^"]+)"', text))
    assert names >= {
        'email',
        'fullname',
        'pw',
        'pw-conf',
        'digest',
        'email-button',
        'UserOptions',
        'roster-email',
        'roster-pw',
        'SubscriberRoster',
        'sub_form_token',
    }


def test_a_list_name_in_upper_case_is_the_same_list(mlist, browser):
    assert browser.get('listinfo/TEST').status == 200


def test_the_language_can_be_chosen_among_the_lists(mlist, browser):
    with mlist.lock():
        mlist.available_languages = ['en', 'de']
        mlist.save()
    english = browser.get('listinfo/test').text
    assert 'displang-button' in english
    german = browser.get('listinfo/test?language=de').text
    assert '<html lang="de"' in german
    assert '<option value="de" selected' in german
    assert '<html lang="en"' in browser.get('listinfo/test?language=xx').text


def test_any_language_of_the_site_can_be_asked_for(mlist, browser):
    text = browser.get('listinfo/test?language=de').text
    assert '<html lang="de"' in text
    assert 'displang-button' not in text


def test_one_language_needs_no_choice(mlist, browser):
    text = browser.get('listinfo/test').text
    assert 'displang-button' not in text
    assert '<select' not in text


def test_a_list_without_digests_does_not_ask_for_them(mlist, browser):
    with mlist.lock():
        mlist.digestable = 0
        mlist.save()
    assert 'name="digest"' not in browser.get('listinfo/test').text


@pytest.mark.parametrize(
    'roster, asked',
    # Owners alone need no address; 2.1's form has the field all the same.
    [(0, False), (1, True), (2, True)],
)
def test_the_roster_form_asks_for_what_is_needed(mlist, browser, roster, asked):
    with mlist.lock():
        mlist.private_roster = roster
        mlist.save()
    text = browser.get('listinfo/test').text
    assert ('roster-email' in text) == asked
    assert ('roster-pw' in text) == asked


def test_posts_per_month_are_a_picture_with_words(site, mlist, browser):
    site.now = lambda: 1795246969.0
    path = mlist.directory / 'activity.json'
    path.write_text(json.dumps({'2026-11': 4, '2026-10': 8}))
    text = browser.get('listinfo/test').text
    assert text.count('<rect') == 12
    assert '2026-10: 8, 2026-11: 4"' in text
    assert '12 posts in twelve months' in text


def test_the_owner_is_named_in_a_way_that_is_hard_to_collect(mlist, browser):
    text = browser.get('listinfo/test').text
    assert 'test-owner at lists.example.com' in text
    assert 'owner@example.com' not in text


def test_the_owners_text_is_made_harmless(mlist, browser):
    with mlist.lock():
        mlist.info = '<b>Hello</b><script>alert(1)</script>'
        mlist.save()
    text = browser.get('listinfo/test').text
    assert '<b>Hello</b>' in text
    assert 'alert' not in text


def test_an_owners_page_keeps_working(mlist, browser):
    folder = mlist.directory / 'en'
    folder.mkdir()
    (folder / 'listinfo.html').write_text(
        '<html><head><title><MM-List-Name></title></head><body bgcolor="#fff">'
        '<p>D:<MM-List-Description></p><MM-Subscribe-Form-Start><MM-Subscribe-Box>'
        '<MM-New-Password-Box><MM-Confirm-Password><MM-Subscribe-Button><MM-Form-End>'
        '<MM-Unknown><script>alert(1)</script><MM-Mailman-Footer></body></html>'
    )
    text = browser.get('listinfo/test').text
    assert 'mm-' not in text.lower()
    assert 'alert' not in text
    assert 'action="/mailman/subscribe/test"' in text and 'name="pw-conf"' in text


def test_recaptcha_is_allowed_by_the_policy_only_where_it_is_used(site, mlist, browser):
    assert 'google' not in browser.get('listinfo/test').header(
        'Content-Security-Policy'
    )
    site.cfg.RECAPTCHA_SITE_KEY, site.cfg.RECAPTCHA_SECRET_KEY = 'key"x', 'secret'
    answer = browser.get('listinfo/test')
    assert 'https://www.google.com' in answer.header('Content-Security-Policy')
    assert 'data-sitekey="key&#34;x"' in answer.text


def test_a_list_of_2_1_has_no_figure_before_its_first_post(site, mlist, browser):
    archive = site.archives_private / 'test'
    archive.mkdir(exist_ok=True)
    (archive / 'pipermail.pck').write_bytes(b'')
    assert '<svg' not in browser.get('listinfo/test').text
    assert browser.get('listinfo').status == 200
