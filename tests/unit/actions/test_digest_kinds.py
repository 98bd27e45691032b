"""The two kinds of a digest: what stands where, whatever the posts are like."""

import random
import re

import pytest

from mailman.actions.digests import mime, plain
from mailman.actions.digests.issue import Issue, Post
from mailman.archive import attachments
from mailman.mail.message import Message

LONG, SHORT = '-' * 70, '-' * 30


@pytest.fixture
def issue(mlist):
    """Make an issue of posts."""
    mlist.digest_header, mlist.digest_footer = 'the top\n', 'the bottom\n'

    def make(*msgs, number=4):
        raws = [msg if isinstance(msg, bytes) else msg.as_bytes() for msg in msgs]
        posts = [Post.read(mlist, *pair) for pair in enumerate(raws, 1)]
        return Issue(mlist, 2, number, posts)

    return make


def text_of(msg):
    return msg.get_payload(decode=True).decode(msg.get_content_charset())


def made(make, issue):
    """Make a digest, and read it as who gets it does."""
    return Message.from_bytes(make(issue).as_bytes())


def posts_of(digest):
    [part] = [p for p in digest.get_payload() if 'digest' in p.get_content_type()]
    return [one.get_payload(0) for one in part.get_payload()]


# --- table of contents ------------------------------------------------------------


@pytest.mark.parametrize(
    'lines, expected',
    [
        (['Subject: words'], '   1. words (Anne)\n'),
        (['Subject: [Test] words'], '   1. words (Anne)\n'),
        (['Subject: Re: [Test] words'], '   1. Re: words (Anne)\n'),
        (['Subject: =?utf-8?q?caf=C3=A9?='], '   1. café (Anne)\n'),
        (['Subject:'], '   1. (no subject) (Anne)\n'),
        (['Subject: x', 'From: a@b.example'], '   1. x (a@b.example)\n'),
        (['Subject: x', 'From:'], '   1. x\n'),
        (
            ['Subject: x', 'From: =?utf-8?q?J=0Aane?= <a@b.example>'],
            '   1. x (J ane)\n',
        ),
        (['Subject: a\x1b[2J'], '   1. a\\x1b[2J (Anne)\n'),
    ],
)
def test_a_line_of_the_contents(mlist, make_msg, lines, expected):
    mlist.subject_prefix = '[Test] '
    assert Post.read(mlist, 1, make_msg(*lines).as_bytes()).topic() == expected


def test_long_subjects_are_wrapped_and_end(mlist, make_msg):
    post = Post.read(mlist, 12, make_msg('Subject: ' + 'words ' * 1000).as_bytes())
    lines = post.topic().splitlines()
    assert max(map(len, lines)) <= 70
    assert lines[0].startswith('  12. words')
    assert lines[1].startswith('      words')
    assert len(lines) < 12


# --- MIME -------------------------------------------------------------------------


def test_the_mime_digest_is_laid_out_as_in_2_1(issue, make_msg):
    digest = made(mime.make, issue(make_msg('Subject: one'), make_msg('Subject: two')))
    assert digest['subject'] == 'Test Digest, Vol 2, Issue 4'
    parts = digest.get_payload()
    assert [(p.get_content_type(), p['content-description']) for p in parts] == [
        ('text/plain', 'Test Digest, Vol 2, Issue 4'),
        ('text/plain', 'Digest Header'),
        ('text/plain', "Today's Topics (2 messages)"),
        ('multipart/digest', None),
        ('text/plain', 'Digest Footer'),
    ]  # fmt: skip
    assert text_of(digest.get_payload(2)) == (
        "Today's Topics:\n\n   1. one (Anne)\n   2. two (Anne)\n"
    )


def test_each_post_is_a_message_with_its_number(issue, make_msg):
    digest = made(mime.make, issue(make_msg(), make_msg('Subject: two')))
    part = digest.get_payload(3)
    assert [p['content-type'] for p in part.get_payload()] == ['message/rfc822'] * 2
    assert [p['message'] for p in posts_of(digest)] == ['1', '2']


def test_only_the_sites_headers_stay(issue, make_msg, site):
    post = make_msg('X-Secret: a', 'Received: b', 'Keywords: c', 'Message: 99')
    [found] = posts_of(made(mime.make, issue(post)))
    assert sorted(found.keys()) == sorted(
        ['From', 'To', 'Subject', 'Message-ID', 'Date', 'Keywords', 'Message']
    )
    assert found.get_all('message') == ['1']


def test_a_site_cannot_take_away_what_makes_the_content_readable(issue, make_msg, site):
    site.cfg.MIME_DIGEST_KEEP_HEADERS = ['Subject']
    post = make_msg(
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: base64',
        body='Y2Fmw6k=\n',
    )
    [found] = posts_of(made(mime.make, issue(post)))
    assert text_of(found) == 'café'
    assert 'from' not in found


def test_the_content_of_a_post_keeps_its_bytes(issue, make_msg):
    body = '--B\nContent-Type:  text/x ;a\n\n caf\udce9 \n--B\n\nno end\n'
    post = make_msg('Content-Type: multipart/signed;\n\tboundary=B', body=body)
    raw = mime.make(issue(post)).as_bytes()
    assert post.as_bytes().partition(b'\n\n')[2] in raw
    assert b'Content-Type: multipart/signed;\n\tboundary=B\n' in raw


@pytest.mark.parametrize('body, label', [('caf\udce9\n', '8bit'), ('words\n', None)])
def test_what_holds_8_bit_text_says_so(issue, make_msg, body, label):
    digest = made(mime.make, issue(make_msg(body=body)))
    part = digest.get_payload(3)
    found = [digest, part, part.get_payload(0)]
    assert [one['content-transfer-encoding'] for one in found] == [label] * 3


# --- plain ------------------------------------------------------------------------


def test_the_plain_digest_is_that_of_rfc_1153(issue, make_msg):
    one = make_msg('Subject: first', 'X-No: a', 'Keywords: kk', body='one\n')
    two = make_msg('Subject: second', 'Cc: c@d.example', body='two\n')
    text = text_of(made(plain.make, issue(one, two)))
    masthead, _, rest = text.partition('\nthe top\n')
    assert 'test-owner@lists.example.com' in masthead
    head = 'From: Anne <anne@member.example>\nTo: test@lists.example.com\n'
    end = 'End of Test Digest, Vol 2, Issue 4'
    assert rest == (
        "\nToday's Topics:\n\n   1. first (Anne)\n   2. second (Anne)\n\n"
        f'{LONG}\n\n'
        'Message: 1\nDate: Thu, 08 Jan 2026 10:20:30 +0000\n'
        f'{head}Subject: first\nMessage-ID: <one@member.example>\nKeywords: kk\n\n'
        f'one\n\n{SHORT}\n\n'
        'Message: 2\nDate: Thu, 08 Jan 2026 10:20:30 +0000\n'
        f'{head}Cc: c@d.example\nSubject: second\nMessage-ID: <one@member.example>\n\n'
        f'two\n\n{SHORT}\n\n'
        f'Subject: Digest Footer\n\nthe bottom\n\n{SHORT}\n\n'
        f'{end}\n{"*" * len(end)}\n'
    )


def test_headers_are_decoded_and_wrapped(issue, make_msg):
    post = make_msg('Subject: =?utf-8?q?caf=C3=A9?= ' + 'words ' * 30)
    text = text_of(made(plain.make, issue(post)))
    assert re.search(r'(?m)^Subject: café words .*\n\twords ', text)
    assert max(map(len, text.splitlines())) < 80


def test_one_text_holds_all_charsets(issue, make_msg):
    posts = [
        make_msg(f'Content-Type: text/plain; charset={charset}', body=body)
        for charset, body in [
            ('iso-8859-1', 'caf\udce9\n'),
            ('koi8-r', '\udcd4\udcc5\n'),
            ('utf-8', 'öß\n'),
            ('nonsense', 'caf\udce9\n'),
            ('utf-7', '+2AA-\n'),
        ]
    ]
    text = text_of(made(plain.make, issue(*posts)))
    for words in ('café', 'те', 'öß'):
        assert words in text
    assert made(plain.make, issue(*posts)).get_content_charset() == 'utf-8'


def test_attachments_are_files_with_links(issue, make_msg, mlist):
    body = (
        '--B\n\nthe text\n--B\nContent-Type: image/png\n'
        'Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--B--\n'
    )
    post = make_msg('Content-Type: multipart/mixed; boundary=B', body=body)
    text = text_of(made(plain.make, issue(post)))
    assert 'the text\n' in text
    assert 'Content-Type: text/plain; charset="us-ascii"\n' in text
    [url] = re.findall(r'http://\S+/attachments/20260108/\w{8}/attachment\.png', text)
    stored = mlist.site.archives_private / 'test' / url.partition('/test/')[2]
    assert stored.read_bytes() == b'\x89PNG\r\n\x1a\n'


def test_what_the_filter_leaves_nothing_of_is_told(issue, make_msg, site):
    site.cfg.ARCHIVE_HTML_SANITIZER = 0
    post = make_msg('Content-Type: text/html', body='<p>x</p>\n')
    text = text_of(made(plain.make, issue(post, make_msg(body='other\n'))))
    assert 'content filter' in text
    assert 'Message: 2' in text
    assert 'other\n' in text


@pytest.mark.parametrize('line', [SHORT, SHORT + '  '])
def test_a_post_cannot_look_like_two(issue, make_msg, line):
    body = f'mine\n\n{line}\n\nMessage: 2\nFrom: victim@member.example\n\nforged\n'
    text = text_of(made(plain.make, issue(make_msg(body=body))))
    assert re.findall(rf'(?m)^{SHORT} *$', text) == [SHORT, SHORT]
    assert f'\n {line}\n' in text


# --- bad posts --------------------------------------------------------------------

BAD = [
    b'From x\n',
    b'\n\n',
    b'\n',
    b'no header at all',
    b'Subject: \xff\xfe=?x?q?=?=\nFrom: <<>>"@\xff\nDate: never\n\n\xff\x00\x80',
    b'Content-Type: multipart/mixed; boundary=B\n\n--B\n--B\n--B\n',
    b'Content-Type: multipart/mixed; boundary=""\n\n--\n',
    b'Content-Type: message/rfc822\n\n' * 300,
    b'Content-Type: message/delivery-status\n\nx',
    b'Content-Type: text/plain; charset="=?utf-8?q?x?="\n\n\xff',
    b'Content-Type: text/plain; charset*=x\'\'%ff\n'
    b'Content-Transfer-Encoding: base64\n\n=',
    b'Content-Type: image/png; name*0*=utf-8\'\'%ff%00../../x\n'
    b'Content-Transfer-Encoding: base64\n\n/9j/\n',
    b'Content-Type: text/plain; charset=utf-16\n\n\xd8',
    b'A: 1\n' * 20000 + b'\nx',
    b'Message-ID: ' + b'x' * 100000 + b'\n\nx',
]  # fmt: skip


@pytest.mark.parametrize('raw', BAD, ids=range(len(BAD)))
def test_a_bad_post_never_blocks_a_digest(issue, make_msg, raw):
    digest = issue(make_msg('Subject: before'), raw, make_msg('Subject: after'))
    text = text_of(made(plain.make, digest))
    assert 'Subject: before\n' in text
    assert 'Subject: after\n' in text
    assert text.endswith('*\n')
    first, _, last = posts_of(made(mime.make, digest))
    assert (first['subject'], last['subject']) == ('before', 'after')


def test_random_bytes_never_block_a_digest(issue, make_msg):
    chance = random.Random(4)
    post = make_msg(
        'Content-Type: multipart/mixed; boundary=B',
        body='--B\n\ntext\n--B\nContent-Type: text/html\n\n<p>x\n--B--\n',
    ).as_bytes()
    raws = []
    for _ in range(100):
        raw = bytearray(post)
        for _ in range(5):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        raws.append(bytes(raw))
    digest = issue(*raws)
    assert len(posts_of(made(mime.make, digest))) == 100
    assert 'Message: 100\n' in text_of(made(plain.make, digest))


def test_a_mistake_of_ours_costs_one_post_its_scrubbing(
    issue, make_msg, monkeypatch, site
):
    def mistaken(mlist, msg):
        raise RecursionError('mistake')

    monkeypatch.setattr(plain, 'scrub', mistaken)
    text = text_of(made(plain.make, issue(make_msg(body='the words\n'))))
    assert 'the words\n' in text
    assert 'mistake' in (site.logs_dir / 'error').read_text()


@pytest.mark.parametrize('reason', [28, 13])
def test_attachments_that_cannot_be_stored_leave_the_texts(
    issue, make_msg, monkeypatch, site, reason
):
    def full(self, data, name, extension):
        raise OSError(reason, 'no way')

    monkeypatch.setattr(attachments.Store, 'save', full)
    body = '--B\n\nthe text\n--B\nContent-Type: image/png\n\nxyz\n--B--\n'
    post = make_msg('Content-Type: multipart/mixed; boundary=B', body=body)
    text = text_of(made(plain.make, issue(post)))
    assert 'the text\n' in text
    assert 'cannot be shown' in text
    assert 'xyz' not in text
    assert 'no way' in (site.logs_dir / 'error').read_text()


def test_an_owner_may_want_no_masthead(mlist, make_msg):
    (mlist.directory / 'en').mkdir()
    (mlist.directory / 'en' / 'masthead.txt').write_text('')
    post = Post.read(mlist, 1, make_msg().as_bytes())
    text = text_of(plain.make(Issue(mlist, 1, 1, [post])))
    assert text.startswith("Today's Topics:")
