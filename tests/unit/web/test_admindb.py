"""admindb: what waits, decided one by one, in bulk, and by sender."""

import re
from urllib.parse import quote_plus

import pytest

from mailman.constants import Action, MemberFlag, Role
from mailman.lists.requests import Requests
from mailman.mail.message import Message
from mailman.security.passwords import hash_password
from mailman.storage import safefile
from mailman.web import sessions
from mailman.web.request import Request
from mailman.web.sessions import Login

PAGE = 'admindb/test'
GUEST = 'guest@x.example'
REASON = 'Post by non-member to a members-only list'


@pytest.fixture
def hold(mlist):
    """Hold posts; answer their ids."""

    def hold(*subjects, sender=GUEST, body='hello\n', headers='', reason=REASON):
        ids = []
        with mlist.lock():
            for subject in subjects:
                head = f'From: {sender}\nSubject: {subject}\n{headers}'
                text = f'{head}Message-ID: <{len(ids)}@x>\n\n{body}'
                msg = Message.from_string(text)
                ids.append(Requests(mlist).hold_message(msg, reason, {}))
            mlist.save_changes()
        return ids

    return hold


@pytest.fixture
def ask(mlist):
    """Let people ask to join, or members to leave; answer the ids."""

    def ask(*addresses, leave=False):
        requests = Requests(mlist)
        with mlist.lock():
            wish = requests.hold_unsubscription if leave else requests.hold_subscription
            ids = [wish(address) for address in addresses]
            mlist.save_changes()
        return ids

    return ask


@pytest.fixture
def moderator(browser, mlist):
    """A browser that is logged in; passwords take their time."""
    request = Request(mlist.site, {}, 'admindb')
    browser._take(sessions.set_cookie(request, mlist, Login(Role.LIST_ADMIN)))
    return browser


def decide(browser, fields, page=PAGE, **more):
    """Fill the form of a page; answer the page that follows."""
    token = browser.get(page).token()
    sent = {'csrf_token': token, 'submit': '1', **fields}
    return browser.post(page, sent, **more)


def left(mlist):
    mlist.refresh()
    return list(Requests(mlist).all())


def vette(mlist):
    return (mlist.site.logs_dir / 'vette').read_text()


def notices(answer):
    found = re.findall(r'<div class="notice.*?</div>', answer.text, re.DOTALL)
    return ' '.join(re.sub(r'<[^>]*>', ' ', ' '.join(found)).split())


def sent(mlist, queue='virgin'):
    return [msg for msg, _msgdata in mlist.queue(queue).messages]


# --- log-in -----------------------------------------------------------------------


def test_a_moderator_logs_in_with_the_moderators_password(mlist, new_browser):
    mlist.mod_password = hash_password('modpw')
    mlist.save()
    browser = new_browser()
    assert browser.post(PAGE, {'adminpw': 'wrong'}).status == 401
    assert browser.post(PAGE, {'adminpw': 'modpw'}).status == 200
    assert 'nothing waits' in browser.get(PAGE).text
    browser.get(f'{PAGE}/logout')
    assert 'name="adminpw"' in browser.get(PAGE).text


def test_a_moderator_known_to_the_web_server_stands_in_the_log(
    mlist, hold, new_browser, site
):
    site.cfg.WEB_SERVER_LOGIN = True
    mlist.moderator = ['mod@x.example']
    mlist.save()
    ids = hold('a')
    browser = new_browser(REMOTE_USER='mod@x.example')
    answer = decide(browser, {'bulk:id': ids, 'bulk:action': '3'})
    assert '1 of 1 posts discarded.' in notices(answer)
    assert vette(mlist).endswith('(by mod@x.example)\n')


# --- the table --------------------------------------------------------------------


def test_each_post_has_a_row_with_all_that_matters(moderator, hold, mlist):
    mlist.add_member(GUEST)
    mlist.save()
    hold('Hello =?utf-8?q?W=C3=B6rld?=')
    page = moderator.get(PAGE).text
    for text in ('Hello Wörld', GUEST, 'member', REASON, '1 minute', '1 KB'):
        assert text in page


def test_reasons_are_told_in_the_language_of_the_page(moderator, hold, mlist):
    mlist.available_languages = ['en', 'de']
    mlist.preferred_language = 'de'
    mlist.save()
    hold('x')
    assert REASON not in moderator.get(PAGE).text


@pytest.mark.parametrize(
    'sort, order',
    [
        ('', 'cab'),
        ('subject', 'abc'),
        ('-subject', 'cba'),
        ('size', 'abc'),
        ('-size', 'cba'),
        ('sender', 'bca'),
        ('age', 'bac'),
        ('-age', 'cab'),
        ('nonsense', 'cab'),
    ],
)
def test_rows_are_sorted_by_any_column(moderator, hold, mlist, sort, order):
    start = mlist.site.now()
    for subject, sender, size, at in [
        ('c', 'm@x.example', 900, 10),
        ('a', 'z@x.example', 10, 20),
        ('b', 'a@x.example', 500, 30),
    ]:
        mlist.site.now = lambda at=at: start - 1000 + at
        hold(f'subject-{subject}', sender=sender, body='x' * size)
    mlist.site.now = lambda: start
    table = moderator.get(f'{PAGE}?sort={sort}').text.partition('</table>')[0]
    assert ''.join(re.findall('<bdi>subject-(.)', table)) == order


def test_rows_are_found_by_words_and_by_kind_of_sender(moderator, hold, mlist):
    mlist.add_member('anne@x.example')
    mlist.save()
    hold('one fish')
    hold('two fish', sender='anne@x.example')

    def found(query):
        table = moderator.get(f'{PAGE}?{query}').text.partition('<h2>The same')[0]
        return re.findall('(one|two) fish</bdi>', table)

    assert found('find=FISH+anne') == ['two']
    assert found('find=fish&who=others') == ['one']
    assert found('who=members') == ['two']
    assert found('find=bird') == []


def test_fifty_rows_make_a_page(moderator, hold):
    hold(*(f'post-{number}' for number in range(101)))
    first = moderator.get(PAGE).text
    assert first.count('name="bulk:id"') == 50
    assert moderator.get(f'{PAGE}?page=3').text.count('name="bulk:id"') == 1
    assert moderator.get(f'{PAGE}?page=99').text.count('name="bulk:id"') == 1
    assert 'Choose all 101 posts' in first


def test_looking_reads_no_post(moderator, hold, monkeypatch):
    hold('one', 'two')
    monkeypatch.setattr(Requests, 'message', None)
    assert moderator.get(PAGE).status == 200


# --- decisions in bulk ------------------------------------------------------------


def test_chosen_rows_are_approved_and_counted(moderator, hold, mlist):
    ids = hold(*'abcde')
    fields = {'bulk:id': ids[:3], 'bulk:action': '1'}
    answer = decide(moderator, fields, follow=False)
    assert answer.status == 303
    assert '3 of 5 posts approved.' in notices(moderator.get(PAGE))
    assert left(mlist) == ids[3:]
    assert len(sent(mlist, 'in')) == 3
    assert vette(mlist).count('held message approved') == 3


def test_all_that_were_found_are_chosen_by_one_box(moderator, hold, mlist):
    ids = hold(*(f'post-{number}' for number in range(60)))
    page = moderator.get(PAGE)
    listed = re.search('name="bulk:all" value="([^"]*)"', page.text)[1]
    later = hold('too late')
    fields = {'csrf_token': page.token(), 'bulk:all': listed, 'bulk:action': '3'}
    answer = moderator.post(PAGE, fields)
    assert f'{len(ids)} of 61 posts discarded.' in notices(answer)
    assert left(mlist) == later


def test_defer_does_nothing(moderator, hold, mlist):
    ids = hold('a', 'b')
    answer = decide(moderator, {'bulk:id': ids, str(ids[0]): '0'})
    assert 'Nothing was decided' in notices(answer)
    assert left(mlist) == ids


def test_hundreds_of_decisions_are_one_write(moderator, hold, mlist, monkeypatch):
    ids = hold(*(f'post-{number}' for number in range(100)))
    written = []
    write = safefile.write

    def counted(path, *arguments, **more):
        written.append(str(path))
        write(path, *arguments, **more)

    monkeypatch.setattr(safefile, 'write', counted)
    decide(moderator, {'bulk:id': ids, 'bulk:action': '3'})
    assert left(mlist) == []
    assert sum(path.endswith('request.pck') for path in written) == 1


def test_a_reason_can_be_given_to_all_that_are_rejected(moderator, hold, mlist):
    ids = hold('a', 'b')
    fields = {'bulk:id': ids, 'bulk:action': '2', 'bulk:comment': 'Too late for this.'}
    assert '2 of 2 posts rejected.' in notices(decide(moderator, fields))
    for msg in sent(mlist):
        assert b'Too late for this.' in msg.get_payload(decode=True)


def test_what_somebody_else_decided_is_no_error(moderator, hold, mlist):
    ids = hold('a', 'b')
    with mlist.lock():
        Requests(mlist).remove(ids[0])
    answer = decide(moderator, {'bulk:id': ids, 'bulk:action': '1'})
    assert '1 of 1 posts approved.' in notices(answer)
    assert 'decided already' in notices(answer)


def test_the_table_stays_where_it_was(moderator, hold):
    ids = hold('fish', 'fish')
    page = f'{PAGE}?find=fish&sort=subject'
    fields = {'bulk:id': ids[:1], 'bulk:action': '3'}
    answer = decide(moderator, fields, page, follow=False)
    assert answer.header('Location').endswith('/admindb/test?find=fish&sort=subject')


# --- 2.1's fields for one request -------------------------------------------------


def test_a_post_is_shown_in_full(moderator, hold):
    (number,) = hold('About fish', body='All of it.\n', headers='X-Mine: yes\n')
    for query in (f'msgid={number}', 'details=all', f'sender={quote_plus(GUEST)}'):
        page = moderator.get(f'{PAGE}?{query}').text
        assert 'All of it.' in page
        assert 'X-Mine: yes' in page
        assert f'name="{number}" value="0" checked' in page


def test_which_post_is_asked_for_counts_in_the_address_only(moderator, hold):
    (number,) = hold('About fish')
    answer = moderator.post(PAGE, {'msgid': number})
    assert f'name="comment-{number}"' not in answer.text


def test_the_form_of_a_post_does_all_at_once(moderator, hold, mlist):
    (number,) = hold('About fish')
    fields = {
        str(number): '2',
        f'comment-{number}': 'No fish here.',
        f'preserve-{number}': 'on',
        f'forward-{number}': 'on',
        f'forward-addr-{number}': 'boss@x.example, chef@x.example',
        f'headers-{number}': 'From: x',
        f'fulltext-{number}': 'y',
    }
    answer = decide(moderator, fields, f'{PAGE}?msgid={number}')
    assert '1 of 1 posts rejected. One post forwarded.' in notices(answer)
    forwarded, refused = sorted(
        sent(mlist), key=lambda m: m.get_content_type() != 'message/rfc822'
    )
    assert b'No fish here.' in refused.get_payload(decode=True)
    assert forwarded.get_payload(0)['subject'] == 'About fish'
    assert len(list((mlist.site.data_dir.parent / 'spam').iterdir())) == 1


def test_a_deferred_post_can_be_forwarded_all_the_same(moderator, hold, mlist):
    ids = hold('About fish')
    fields = {
        f'forward-{ids[0]}': 'on',
        f'forward-addr-{ids[0]}': 'boss@x.example',
        str(ids[0]): '0',
    }
    assert 'One post forwarded.' in notices(decide(moderator, fields))
    assert left(mlist) == ids


def test_what_was_typed_stays_when_an_address_is_wrong(moderator, hold, mlist):
    ids = hold('About fish', 'More fish')
    fields = {
        str(ids[0]): '3',
        f'headers-{ids[0]}': 'x',
        f'comment-{ids[0]}': 'my words',
        f'forward-{ids[0]}': 'on',
        f'forward-addr-{ids[0]}': 'no address',
    }
    answer = decide(moderator, fields)
    assert answer.status == 200
    assert left(mlist) == ids
    assert f'href="#forward-addr-{ids[0]}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'my words' in answer.text
    assert f'name="{ids[0]}" value="3" checked' in answer.text


def test_neighbours_are_reached_by_links(moderator, hold):
    first, second, third = hold('a', 'b', 'c')
    page = moderator.get(f'{PAGE}?msgid={second}').text
    assert f'rel="prev" href="/mailman/admindb/test?msgid={first}"' in page
    assert f'rel="next" href="/mailman/admindb/test?msgid={third}"' in page


def test_a_post_in_html_is_shown_as_text(moderator, hold):
    body = '<p>Dear <b>all</b></p><script>alert(1)</script>\n'
    (number,) = hold('x', body=body, headers='Content-Type: text/html\n')
    page = moderator.get(f'{PAGE}?msgid={number}').text
    assert '">Dear all' in page
    assert '<script>alert' not in page


def test_attachments_are_named(moderator, hold):
    body = (
        '--b\nContent-Type: text/plain\n\nSee below.\n--b\n'
        'Content-Type: application/pdf; name="offer.pdf"\n\nPDF\n--b--\n'
    )
    headers = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n'
    (number,) = hold('x', body=body, headers=headers)
    page = moderator.get(f'{PAGE}?msgid={number}').text
    assert 'See below.' in page
    assert 'offer.pdf' in page
    assert 'application/pdf' in page


def test_the_source_is_cut_where_the_site_says(moderator, hold, site):
    (number,) = hold('x', body='y' * 5000 + '\n')

    def source():
        page = moderator.get(f'{PAGE}?msgid={number}').text
        return re.search('name="fulltext-.*?>\n?(y*)', page)[1]

    assert len(source()) == 4096
    site.cfg.ADMINDB_PAGE_TEXT_LIMIT = -1
    assert len(source()) == 5000


def test_a_lost_post_is_told_of_and_taken_from_the_list(moderator, hold, mlist):
    ids = hold('a', 'b')
    Requests(mlist).path(ids[0]).unlink()
    assert 'lost' in moderator.get(PAGE).text
    answer = moderator.get(f'{PAGE}?msgid={ids[0]}')
    assert answer.status == 200
    assert 'One post was lost' in notices(answer)
    assert left(mlist) == ids[1:]
    assert 'is lost' in vette(mlist)


def test_a_lost_post_cannot_be_approved(moderator, hold, mlist):
    ids = hold('a', 'b')
    Requests(mlist).path(ids[0]).unlink()
    answer = decide(moderator, {'bulk:id': ids, 'bulk:action': '1'})
    assert '1 of 2 posts approved.' in notices(answer)
    assert 'One post was lost' in notices(answer)
    assert left(mlist) == []


def test_a_post_that_is_gone_is_no_error(moderator):
    answer = moderator.get(f'{PAGE}?msgid=17')
    assert answer.status == 200
    assert 'does not wait any more' in notices(answer)


# --- those who want to come or go -------------------------------------------------


def test_people_are_let_in_refused_and_banned(moderator, ask, mlist):
    one, two, three, four = ask(*(f'{n}@x.example' for n in 'abcd'))
    fields = {
        str(one): '4',
        str(two): '2',
        f'comment-{two}': 'Not now.',
        str(three): '3',
        f'ban-{three}': '1',
        str(four): '0',
    }
    answer = decide(moderator, fields)
    assert left(mlist) == [four]
    assert list(mlist.members) == ['a@x.example']
    assert mlist.ban_list == ['c@x.example']
    refused = [msg for msg in sent(mlist) if 'rejected' in str(msg['subject'])]
    assert b'Not now.' in refused[0].get_payload(decode=True)
    for text in ('Subscribed: 1 a@x.example', 'Banned from joining: 1 c@x.example'):
        assert text in notices(answer)


def test_a_member_leaves_by_his_own_yes_only(moderator, ask, mlist):
    mlist.add_member('a@x.example')
    mlist.save()
    ids = ask('a@x.example', leave=True)
    decide(moderator, {str(ids[0]): '4'})
    assert left(mlist) == ids
    decide(moderator, {str(ids[0]): '5'})
    assert left(mlist) == []
    assert not mlist.members


def test_a_banned_newcomer_waits_on_and_the_page_says_why(moderator, ask, mlist):
    ids = ask('a@x.example', 'b@x.example')
    mlist.ban_list = ['a@x.example']
    mlist.save()
    answer = decide(moderator, {str(number): '4' for number in ids})
    assert 'a@x.example: this address is banned' in notices(answer)
    assert left(mlist) == ids[:1]
    assert list(mlist.members) == ['b@x.example']


def test_of_several_wishes_of_one_address_the_newest_is_left(moderator, ask, mlist):
    ids = ask('a@x.example', 'b@x.example', 'A@x.example')
    ask('nobody@x.example', leave=True)
    assert moderator.get(PAGE).status == 200
    assert left(mlist) == ids[1:]


def test_nothing_is_tidied_for_somebody_without_a_password(browser, ask, mlist):
    ids = ask('a@x.example', 'a@x.example')
    browser.get(PAGE)
    assert left(mlist) == ids


# --- all posts of a sender --------------------------------------------------------

Q = quote_plus('odd+one@x.example')


def test_posts_of_a_sender_that_were_on_the_page_are_decided(moderator, hold, mlist):
    ids = hold('a', 'b', sender='odd+one@x.example')
    page = moderator.get(PAGE)
    assert re.findall(f'name="{re.escape(Q)}" value="(.)"', page.text) == list('12')
    later = hold('c', sender='odd+one@x.example')
    fields = {'csrf_token': page.token(), f'senderaction-{Q}': '1', Q: ids}
    assert '2 of 3 posts approved.' in notices(moderator.post(PAGE, fields))
    assert left(mlist) == later


def test_ids_of_other_senders_do_not_count(moderator, hold, mlist):
    ids = hold('a') + hold('b', sender='odd+one@x.example')
    decide(moderator, {f'senderaction-{Q}': '3', Q: ids})
    assert left(mlist) == ids[:1]


def test_all_deferred_posts_are_discarded_by_one_box(moderator, hold, mlist):
    ids = hold('a') + hold('b', sender='odd+one@x.example')
    guest = quote_plus(GUEST)
    fields = {
        'discardalldefersp': '0',
        f'senderaction-{Q}': '1',
        Q: ids[1],
        f'senderaction-{guest}': '0',
        guest: ids[0],
    }
    answer = decide(moderator, fields)
    assert '1 of 2 posts approved. 1 of 2 posts discarded.' in notices(answer)


def test_one_post_counts_more_than_its_sender(moderator, hold, mlist):
    ids = hold('a', 'b')
    guest = quote_plus(GUEST)
    fields = {
        f'senderaction-{guest}': '3',
        guest: ids,
        'bulk:id': ids[0],
        'bulk:action': '1',
    }
    answer = decide(moderator, fields)
    assert '1 of 2 posts approved. 1 of 2 posts discarded.' in notices(answer)


@pytest.mark.parametrize(
    'action, setting',
    [
        (Action.ACCEPT, 'accept_these_nonmembers'),
        (Action.HOLD, 'hold_these_nonmembers'),
        (Action.REJECT, 'reject_these_nonmembers'),
        (Action.DISCARD, 'discard_these_nonmembers'),
    ],
)
def test_further_posts_are_filtered(moderator, hold, mlist, action, setting):
    ids = hold('a')
    guest = quote_plus(GUEST)
    fields = {
        f'senderfilterp-{guest}': '1',
        f'senderfilter-{guest}': str(int(action)),
        f'senderbanp-{guest}': '1',
    }
    for _again in range(2):
        decide(moderator, fields)
        assert left(mlist) == ids
        assert getattr(mlist, setting) == [GUEST]
        assert mlist.ban_list == [GUEST]


def test_a_member_is_trusted_from_now_on(moderator, hold, mlist):
    mlist.add_member(GUEST)
    mlist.set_option(GUEST, MemberFlag.MODERATE, True)
    mlist.save()
    hold('a')
    name = f'senderclearmodp-{quote_plus(GUEST)}'
    assert name in moderator.get(PAGE).text
    assert 'May post freely' in notices(decide(moderator, {name: '1'}))
    mlist.refresh()
    assert not mlist.option(GUEST, MemberFlag.MODERATE)
    assert name not in moderator.get(PAGE).text


def test_copies_of_all_posts_of_a_sender_are_sent(moderator, hold, mlist):
    ids = hold('a', 'b')
    guest = quote_plus(GUEST)
    fields = {
        guest: ids,
        f'senderforward-{guest}': '1',
        f'senderforwardto-{guest}': 'boss@x.example',
    }
    assert '2 posts forwarded.' in notices(decide(moderator, fields))
    assert left(mlist) == ids


@pytest.mark.parametrize('order, first', [('1', 'a@x'), ('2', 'z@x'), ('3', 'z@x')])
def test_senders_are_sorted_as_in_21(moderator, hold, site, order, first):
    hold('first', sender='z@x.example')
    hold('second', sender='a@x.example')
    assert 'summary_sort' not in moderator.get(PAGE).text
    site.cfg.DISPLAY_HELD_SUMMARY_SORT_BUTTONS = 1
    page = moderator.post(PAGE, {'summary_sort': order}).text
    senders = re.findall('<strong><bdi>([^<]*)', page)
    assert senders[0].startswith(first)


# --- with the password in the request ---------------------------------------------


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_a_script_that_sends_the_password_needs_no_token(browser, hold, mlist, method):
    ids = hold('a', 'b')
    fields = {'adminpw': 'listpw', str(ids[0]): '3'}
    if method == 'POST':
        answer = browser.post(PAGE, fields, follow=False)
    else:
        answer = browser.get(f'{PAGE}?adminpw=listpw&{ids[0]}=3')
    assert answer.status == 200
    assert '1 of 2 posts discarded.' in notices(answer)
    assert left(mlist) == ids[1:]


def test_the_instructions_say_how_it_works(moderator):
    answer = moderator.get(f'{PAGE}?details=instructions')
    assert answer.status == 200
    assert 'Several moderators' in answer.text
