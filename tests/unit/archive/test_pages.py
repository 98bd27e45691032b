"""Pages of the archive: what they link, what they hold, and what never gets in."""

import re
import xml.etree.ElementTree as ET

import pytest

from mailman.archive import permalinks
from mailman.archive.pages import DEEPEST, Pages
from mailman.archive.rows import Front, Links, Row, VolumeCount
from tests.support.archive_page import Page

JANUARY = VolumeCount('2020-January', 'January 2020', 3, 1578304800, 1578390000, 2048)
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&lt;&#x3c;'


def row(number, volume='2020-January', **values):
    given = {
        'message_id': f'{number}@example.com',
        'subject': f'Subject {number}',
        'sort_subject': 'x',
        'author': f'Author {number}',
        'email': f'a{number}@example.com',
        'date': 1578304800.0 + number * 60,
    }
    return Row(number, volume, **given | values)


@pytest.fixture
def pages(mlist):
    mlist.real_name = 'Test'
    return Pages(mlist)


def neighbours(one):
    return Links(
        one,
        previous=row(1),
        next=row(3),
        thread_previous=row(0, '2019-December'),
        thread_next=row(4, '2020-February'),
        parent=row(0, '2019-December'),
        followups=[row(4, '2020-February'), row(5)],
    )


def article(pages, one, body, links):
    return pages.article(one, body.encode(), links).decode()


# --- articles -----------------------------------------------------------------


def test_an_article_links_its_neighbours_across_volumes(pages):
    page = Page(article(pages, row(2), '<p>x</p>\n', neighbours(row(2))))
    for address in (
        '../2019-December/000000.html',
        '../2020-January/000001.html',
        '../2020-January/000003.html',
        '../2020-January/000005.html',
        '../2020-February/000004.html',
        '../style.css',
        '../feed.xml',
        f'../{permalinks.file_of("2@example.com")}',
    ):
        assert address in page.links
    for kind in ('date', 'thread', 'subject', 'author'):
        assert f'../2020-January/{kind}.html#2' in page.links


def test_all_links_of_an_article_hold_at_both_of_its_addresses(pages):
    page = Page(article(pages, row(2), '<p>x</p>\n', neighbours(row(2))))
    inner = [link for link in page.links if not re.match(r'https?:|mailto:|#', link)]
    assert inner
    assert all(link.startswith('../') for link in inner)


def test_the_head_names_previous_next_and_robots(pages):
    source = article(pages, row(2), '<p>x</p>\n', neighbours(row(2)))
    assert '<link rel="prev" href="../2019-December/000000.html">' in source
    assert '<link rel="next" href="../2020-February/000004.html">' in source
    assert '<link rel="canonical" href="../2020-January/000002.html">' in source
    assert '<meta name="robots" content="index,nofollow">' in source
    assert '<meta charset="utf-8">' in source
    assert '<html lang="en" dir="ltr">' in source
    for mark in ('beginarticle', 'endarticle', 'threads'):
        assert source.count(f'<!--{mark}-->') == 1


def test_a_page_may_load_its_style_and_pictures_and_nothing_else(pages):
    source = article(pages, row(2), '<p>x</p>\n', Links(row(2)))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', source)[1]
    assert policy.replace('&#39;', "'") == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        'form-action http://lists.example.com'
    )


def test_answering_is_as_in_2_1(pages):
    page = Page(article(pages, row(2), '', Links(row(2))))
    assert (
        'mailto:test%40lists.example.com?Subject=Re%3A%20Subject%202'
        '&In-Reply-To=%3C2%40example.com%3E'
    ) in page.links


def test_a_list_that_hides_its_address_offers_no_answer(mlist):
    mlist.include_list_post_header = 0
    page = Page(article(Pages(mlist), row(2), '', Links(row(2))))
    assert not [link for link in page.links if link.startswith('mailto:')]


def test_a_date_is_on_the_authors_clock_and_in_utc(pages):
    source = article(pages, row(0, zone=-600), '', Links(row(0)))
    assert (
        '<time datetime="2020-01-06T00:00:00-10:00">Mon 6 Jan 2020, 00:00 -1000</time>'
        ' <span class="dim">(10:00 UTC)</span>'
    ) in source
    assert 'Mon 6 Jan 2020, 10:00 UTC</time>' in article(
        pages, row(0), '', Links(row(0))
    )


def test_new_neighbours_change_only_what_is_between_the_marks(pages):
    alone = pages.article(row(2), b'<p>x</p>\n', Links(row(2)))
    full = pages.article(row(2), b'<p>x</p>\n', neighbours(row(2)))
    assert pages.renew(alone, neighbours(row(2))) == full
    assert pages.renew(full, Links(row(2))) == alone
    old = b'<html>a page of 2.1 \xe9'
    assert pages.renew(old, Links(row(2))) == old
    assert alone.count(pages.nav(Links(row(2)))) == 2


def test_a_neighbour_is_named_by_its_subject_only_where_that_is_another(pages):
    near = row(1, sort_subject='x')
    for sort_subject in ('x', 'y', 'x'):
        nav = pages.nav(Links(row(2, sort_subject=sort_subject), next=near)).decode()
        assert ('Subject 1' in nav) == (sort_subject == 'y')
        assert 'Author 1' in nav


def test_a_page_holds_any_characters(pages):
    one = row(2, subject='\udc80 \u2028\U0001f600', author='Zoë \ud800')
    source = article(pages, one, '<p>\U0001f600</p>', Links(one))
    assert '? \u2028\U0001f600' in source
    assert '<bdi>Zoë ?</bdi>' in source
    assert '%3F%20%E2%80%A8%F0%9F%98%80' in source


def test_the_marks_cannot_be_forged(pages):
    one = row(2, subject='\x02body\x03<!--/nav--><!--nav-->')
    source = article(pages, one, '<p>&lt;!--nav--&gt;\x02nav\x03</p>\n', Links(one))
    assert source.count('<!--nav-->\n') == 2
    assert pages.renew(source.encode(), Links(one)).decode() == source


def test_a_removed_message_leaves_a_page(pages):
    one = row(2, removed=True, subject='secret', author='Mallory')
    source = pages.tombstone(one, neighbours(one)).decode()
    page = Page(source)
    assert 'This message was removed' in page.text
    assert 'secret' not in source
    assert '../2020-January/000001.html' in page.links
    line = pages.index_line('date', one).decode()
    assert '(removed)' in line
    assert 'Mallory' not in line


# --- indexes --------------------------------------------------------------------


@pytest.mark.parametrize('kind', ['thread', 'subject', 'author', 'date'])
def test_an_index_has_one_line_for_each_article(pages, kind):
    lines = [pages.index_line(kind, row(n), n * 4).decode() for n in range(4)]
    assert [line.count('\n') for line in lines] == [1] * 4
    head, foot = pages.index_frame(kind, JANUARY)
    page = Page(head + ''.join(lines) + foot)
    assert [a['id'] for a in page.tags('li') if 'id' in a] == ['0', '1', '2', '3']
    assert {f'00000{n}.html' for n in range(4)} <= set(page.links)
    others = {f'{one}.html#start' for one in ('thread', 'subject', 'author', 'date')}
    assert others <= set(page.links)
    assert '../2020-January.txt' in page.links
    [robots] = [a['content'] for a in page.tags('meta') if a.get('name') == 'robots']
    assert robots == 'noindex,follow'


def test_threads_are_indented_and_then_marked(pages):
    assert 'class="d3" aria-level="4"' in pages.index_line('thread', row(1), 3).decode()
    line = pages.index_line('thread', row(1), DEEPEST + 4).decode()
    assert f'class="d{DEEPEST}"' in line
    assert f'<b>{DEEPEST + 4}</b>' in line


# --- front page and feed ----------------------------------------------------------


def test_the_front_page_shows_volumes_activity_and_threads(pages):
    front = Front([JANUARY], 3, [(row(1), 2)], {'2019-11': 4, '2020-01': 8})
    page = Page(pages.front(front))
    for kind in ('thread', 'subject', 'author', 'date'):
        assert f'2020-January/{kind}.html' in page.links
    assert '2020-January.txt' in page.links
    assert '2020-January/000001.html' in page.links
    assert 'http://lists.example.com/mailman/search/test' in page.links
    assert [bar['height'] for bar in page.tags('rect')] == ['50', '0', '100']
    assert 'the most, 8, in January 2020' in page.text
    assert 'test.mbox' not in ''.join(page.links)


def test_the_mbox_is_linked_where_it_may_be_fetched(mlist, site):
    front = Front([JANUARY], 3, [], {})
    mlist.archive_private = 1
    assert '../test.mbox/test.mbox' in Page(Pages(mlist).front(front)).links
    mlist.archive_private, site.cfg.PUBLIC_MBOX = 0, True
    assert '../test.mbox/test.mbox' in Page(Pages(mlist).front(front)).links


def test_an_empty_archive_says_so(pages):
    assert 'No messages have been posted' in Page(pages.empty()).text


def test_odd_activity_is_left_out(pages):
    front = Front([JANUARY], 3, [], {'2020-13': 4, 'x': 1})
    assert not Page(pages.front(front)).tags('rect')


def test_the_feed_is_atom_without_addresses(mlist, pages):
    rows = [
        row(n, author=f'a{n}@example.com', subject='\x00\ud800<b>') for n in range(40)
    ]
    source = pages.feed([row(99, removed=True), *rows])
    assert '@example.com' not in source.replace('xmlns', '')
    atom = '{http://www.w3.org/2005/Atom}'
    root = ET.fromstring(source)
    entries = root.findall(f'{atom}entry')
    assert len(entries) == 30
    assert entries[0].find(f'{atom}author/{atom}name').text == 'a0 at example.com'
    assert entries[0].find(f'{atom}id').text == permalinks.permalink(
        mlist, '0@example.com'
    )
    assert root.find(f'{atom}id').text == mlist.archive_url()


def test_pages_speak_the_language_of_the_list(make_list, site):
    mlist = make_list('deutsch', preferred_language='de')
    source = article(Pages(mlist), row(1), '', Links(row(1)))
    assert '<html lang="de"' in source
    assert '<meta charset="utf-8">' in source


# --- hostile mails -----------------------------------------------------------------

PARTS = [
    f'Content-Type: text/html\n\n<body onload=x()>{EVIL}<svg/onload=x()>',
    f'Content-Type: text/html; charset="{EVIL}"\n\n<a href="javascript:x()">x</a>',
    'Content-Type: text/html\n\n<a href="data:text/html,x">x</a><base href="//evil">',
    'Content-Type: text/html\n\n<a href="http://x/&quot;onclick=&quot;x">y</a>',
    'Content-Type: text/html\n\n&lt;script&gt;alert(1)&lt;/script&gt;',
    'Content-Type: text/html\n\n<scr<script>ipt>alert(1)</scr</script>ipt>',
    f'Content-Type: image/svg+xml; name="{EVIL}.svg"\n\n<svg onload=alert(1)/>',
    'Content-Type: image/png; name="../../../../etc/passwd"\n\n\x89PNG\r\n',
    f"Content-Type: application/x; name*=utf-8''{'%2e%2e%2f' * 50}x\n\ndata",
    'Content-Type: application/x; '
    + ''.join(f'name*{n}=x; ' for n in range(5000))
    + '\n\nd',
    'Content-Type: application/x; name="\u202egnp.exe"\n\ndata',
    f'Content-Type: text/plain\n\n{EVIL}\nhttp://x.example/"onclick="x javascript:x',
    f'Content-Type: text/plain; format=flowed\n\n{EVIL} \n> {EVIL}\n',
    f'Content-Type: text/x-diff; name="{EVIL}"\n\n--- a\n+++ b\n+{EVIL}\n',
    f'Content-Type: message/rfc822\n\nFrom: {EVIL}\nSubject: {EVIL}\n\n{EVIL}\n',
    f'Content-Type: message/delivery-status\n\nX: {EVIL}\n\nY: {EVIL}\n',
    f'Content-Type: {EVIL}\n\n{EVIL}',
    'Content-Type: text/plain; charset=utf-16\n\n\udcff\udcfe<\x00s\x00',
    'Content-Type: text/plain; charset=utf-7\n\n+ADw-script+AD4-x()+ADw-/script+AD4-',
]


@pytest.mark.parametrize('number', range(len(PARTS)))
def test_nothing_of_a_hostile_part_gets_into_the_page(read_mail, page_of, number):
    one = PARTS[number]
    for head, body in (
        one.split('\n\n', 1),
        ('Content-Type: multipart/mixed; boundary=B', f'--B\n{one}\n--B--\n'),
    ):
        made = read_mail(body, *head.split('\n'))
        source = page_of(made)
        page = Page(source)
        assert not re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]', source)
        for link in page.links:
            if 'attachments' in link:
                assert re.fullmatch(r'\.\./attachments/\d{8}/[0-9a-f]{8}/[-\w.]+', link)
                assert not link.endswith(('.svg', '.xml', '.xhtml', '.js', '.php'))


VALUES = [
    EVIL,
    f'=?utf-8?q?{EVIL}?=',
    '=?utf-8?b?PHNjcmlwdD4KRnJvbTogeA==?=',
    f'<{EVIL}',
    f'"{EVIL}" <{EVIL}@example.com>',
    '\u202e\u2066\x00\x0b',
    '\udcff\udcfe' * 50,
]


HEADERS = [
    'From',
    'Subject',
    'Date',
    'Message-ID',
    'In-Reply-To',
    'References',
    'Received',
] + ['Content-Type', 'Content-Disposition', 'Content-Transfer-Encoding', 'Sender']


@pytest.mark.parametrize('number', range(len(VALUES)))
def test_nothing_of_a_hostile_header_gets_into_any_page(
    pages, read_mail, page_of, number
):
    for header in HEADERS:
        made = read_mail('text\n', f'{header}: {VALUES[number]}')
        Page(page_of(made))
        one = row(
            1,
            subject=made.subject,
            author=made.author,
            email=made.email,
            message_id=made.message_id,
        )
        for kind in ('thread', 'subject', 'author', 'date'):
            Page(pages.index_line(kind, one, 1).decode())
        Page(pages.front(Front([JANUARY], 1, [(one, 1)], {})))
        Page(article(pages, row(2), '', Links(row(2), parent=one, followups=[one])))
        ET.fromstring(pages.feed([one]))
        head = made.entry.split(b'\n\n')[0]
        assert head.count(b'\nFrom: ') <= 1
        assert head.count(b'\n') <= 6


def test_hostile_settings_of_a_list_are_text(make_list):
    mlist = make_list('x', description=EVIL, real_name='X')
    mlist.subject_prefix = '[(((' + EVIL
    pages = Pages(mlist)
    Page(pages.front(Front([JANUARY], 1, [], {})))
    ET.fromstring(pages.feed([row(1)]))
