"""The text of a mail as a page shows it: quotes, flow, code, links, attachments."""

import time
from html.entities import html5

import pytest

from mailman.archive import flowed, links, obscure
from mailman.archive.article import Reader, read
from mailman.archive.body import line_of
from mailman.archive.quotes import escape
from mailman.archive.texts import UNWANTED, clean
from mailman.mail import headers
from mailman.mail.message import Message
from tests.support.archive_page import Page

TYPE = 'Content-Type: text/plain; charset='


def shown(made):
    return Page(made.body)


# --- quotes and paragraphs -----------------------------------------------------


def test_quotes_are_nested(read_mail):
    body = read_mail('> one\n>> two\n> three\n\nmine\n').body
    assert body == (
        '<blockquote class="q1"><p>one</p>\n'
        '<blockquote class="q2"><p>two</p>\n</blockquote><p>three</p>\n</blockquote>\n'
        '<p>mine</p>\n'
    )


def test_marks_with_blanks_between_are_the_same_depth():
    assert flowed.fixed('> > a\n>> a\n>>a\na > b') == (
        ([2, 2, 2, 0], ['a', 'a', 'a', 'a > b'])
    )


def test_a_long_quote_can_be_folded_without_script(read_mail):
    body = read_mail(''.join(f'> line {n}\n' for n in range(40)) + '\nyes\n').body
    head, _, rest = body.partition('<details><summary>28 more quoted lines</summary>')
    assert 'line 11' in head
    assert 'line 12' in rest


def test_deep_quotes_end_at_a_mark(read_mail):
    lines = ['>' * n + ' x\n' for n in (*range(1, 100), 5000)]
    body = read_mail(''.join(lines)).body
    page = Page(body)
    assert len({a['class'] for a in page.tags('blockquote')}) == 8
    assert '5000>' in page.text


def test_lines_that_a_program_wrapped_are_one_paragraph(read_mail):
    prose = 'word ' * 13 + '\n' + 'word ' * 13 + '\nend.\n'
    assert '<p class="keep">' not in read_mail(prose).body
    assert '<p class="keep">' in read_mail('Roses are red,\nViolets are blue.\n').body


def test_a_signature_is_dimmed(read_mail):
    body = read_mail('Text\n\n-- \nAnn\nphone\n').body
    assert '<p class="keep sig">-- \nAnn\nphone</p>' in body


def test_flowed_text_is_joined(read_mail):
    body = 'one \ntwo\n\n> three \n> four\n>> five\n-- \nsig \nnature\n'
    html = read_mail(body, f'{TYPE}utf-8; format=flowed').body
    assert '<p>one two</p>' in html
    assert '<p>three four</p>' in html
    assert '<p class="keep sig">-- \nsig nature</p>' in html


def test_delsp_joins_without_a_blank():
    assert flowed.flowed('\u6f22 \n\u5b57', True) == ([0], ['\u6f22\u5b57'])


def test_stuffed_lines_lose_one_blank():
    assert flowed.flowed(' > no quote\n From', False)[1] == ['> no quote', 'From']


# --- code ----------------------------------------------------------------------

# git writes "-- " before its version.
PATCH = """\
Fix it.

---
 a.c | 2 +-

diff --git a/a.c b/a.c
--- a/a.c
+++ b/a.c
@@ -1,2 +1,2 @@
 int x;

-int y < 1;
+int y <= 1;
--{blank}
2.30
""".replace('{blank}', ' ')


def test_a_patch_keeps_its_lines(read_mail):
    body = read_mail(PATCH).body
    assert '<span class="del">-int y &lt; 1;</span>\n<span class="add">' in body
    assert '---\n a.c | 2 +-</pre>' in body
    assert 'sig">-- \n2.30' in body


@pytest.mark.parametrize(
    'text',
    ['    indented\n    code\n', '\ttabs\n', 'a      b\nc      d\n', '| a |\n| b |\n'],
)
def test_what_is_laid_out_is_code(read_mail, text):
    assert read_mail(f'Look:\n\n{text}').body.count('<pre class="code"') == 1


def test_fenced_code(read_mail):
    assert '<pre class="code" tabindex="0">x = 1\n\ny</pre>' in (
        read_mail('```\nx = 1\n\ny\n```\n').body
    )


def test_pgp_blocks_are_dimmed(read_mail):
    body = read_mail(
        '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nText\n'
        '-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n'
    ).body
    assert body.count('class="code pgp"') == 2
    assert '<p>Text</p>' in body


# --- links and addresses ---------------------------------------------------------


@pytest.mark.parametrize(
    'text, url',
    [
        ('see http://e.example/?a=1&b=2.', 'http://e.example/?a=1&amp;b=2'),
        ('(https://e.example/x)', 'https://e.example/x'),
        ('https://e.example/a_(b)', 'https://e.example/a_(b)'),
        ('<https://e.example/a%20b>,', 'https://e.example/a%20b'),
        ('"ftp://e.example/"', 'ftp://e.example/'),
        ('HTTPS://E.example/!', 'HTTPS://E.example/'),
        ('https://e.example/@ann/x', 'https://e.example/@ann/x'),
        ('https://e.example/?m=a@b.example', 'https://e.example/?m=a%40b.example'),
        ('http://[::1]/x', 'http://[::1]/x'),
        ('http://e.example/a"onclick="x', 'http://e.example/a'),
    ],
)
def test_links_of_the_web_are_live(text, url):
    made = links.live(escape(text))
    assert f'<a href="{url}" rel="nofollow noopener ugc">{url}</a>' in made


@pytest.mark.parametrize(
    'text',
    ['javascript://x', 'data:text/html,x', 'xhttp://a', 'http://', 'http:///', '://']
    + ['http://user@evil.example/', 'file:///etc/passwd', 'vbscript://a'],
)
def test_nothing_else_is(text):
    assert '<a' not in links.live(escape(text))


def test_addresses_are_obscured_everywhere(read_mail, page_of):
    made = read_mail(
        'Ask bob@example.net or mailto:eve@example.net,\nhttp://x.example/?carl@example.net'
        '\n> "dan"@example.net\n\ngit@github.example:x @decorator a@b\n',
        'From: ann@example.com',
        'Subject: to ann@example.com',
    )
    page = page_of(made)
    addresses = ('bob', 'eve', 'dan"', 'carl', 'ann')
    assert not [name for name in addresses if f'{name}@example' in page]
    assert 'bob at example.net' in page
    assert '@decorator' in page


def test_a_site_may_show_addresses(make_list, site):
    site.cfg.ARCHIVER_OBSCURES_EMAILADDRS = False
    made = read(Reader(make_list('plain')), b'From: a@b.example\n\nc@d.example\n')
    assert 'c@d.example' in made.body
    assert b'From: a@b.example' in made.entry


def test_obscuring_needs_an_address():
    assert obscure.obscure('a @ b, @c, x@, 5@home') == 'a @ b, @c, x@, 5@home'


# --- charsets --------------------------------------------------------------------


@pytest.mark.parametrize(
    'charset, data',
    [
        ('utf-8', 'Gr\u00fc\u00dfe'.encode()),
        ('iso-8859-1', 'Gr\u00fc\u00dfe'.encode('latin-1')),
        ('us-ascii', 'Gr\u00fc\u00dfe'.encode()),
        ('iso-8859-1', 'Gr\u00fc\u00dfe'.encode()),
        ('utf-8', 'Gr\u00fc\u00dfe'.encode('latin-1')),
        ('no-such', 'Gr\u00fc\u00dfe'.encode('latin-1')),
        ('', 'Gr\u00fc\u00dfe'.encode()),
    ],
)
def test_charsets_declared_wrong_and_absent(read_mail, charset, data):
    head = f'{TYPE}{charset}\n' if charset else ''
    assert read_mail(raw=head.encode() + b'\n' + data).text == 'Gr\u00fc\u00dfe'


def test_one_bad_byte_does_not_change_the_charset(read_mail):
    data = f'{TYPE}utf-8\n\n'.encode() + 'Gr\u00fc\u00dfe '.encode() * 9 + b'\xff'
    assert read_mail(raw=data).text.startswith('Gr\u00fc\u00dfe Gr')


def test_windows_letters_are_no_controls(read_mail):
    raw = f'{TYPE}iso-8859-1\n\n'.encode() + b'\x93so\x94'
    assert read_mail(raw=raw).text == '\u201cso\u201d'


def test_bytes_of_no_charset_are_in_that_of_the_list(make_list):
    made = read(Reader(make_list('x', preferred_language='cs')), b'X: y\n\n\xe8\xf9')
    assert made.text == '\u010d\u016f'


def test_japanese_mail(read_mail):
    data = '\u65e5\u672c\u8a9e'.encode('iso-2022-jp')
    made = read_mail(raw=f'{TYPE}iso-2022-jp\n\n'.encode() + data)
    assert made.text == '\u65e5\u672c\u8a9e'


def test_controls_and_turned_text_are_taken_out(read_mail):
    text = read_mail('a\x00b\x07c\x1b[31m\u202ed\u2066e\x85\n', TYPE + 'utf-8').text
    assert text == 'abc[31mde\n'


# --- parts -----------------------------------------------------------------------


def part(kind, text, *lines):
    return '\n'.join([f'Content-Type: {kind}', *lines, '', text])


def multi(*parts, sub='mixed', boundary='B'):
    body = ''.join(f'--{boundary}\n{one}\n' for one in parts) + f'--{boundary}--\n'
    return body, f'Content-Type: multipart/{sub}; boundary={boundary}'


TEXT = part('text/plain', 'the text\n')
HTML = part('text/html', '<p>the <b>HTML</b></p><script>x()</script>')
PNG = part(
    'image/png; name="a b.png"', 'iVBORw0KGgo=', 'Content-Transfer-Encoding: base64'
)
FAKE = part('image/png; name="x.png"', '<svg onload=x()>')


def test_of_alternatives_the_plain_one_is_shown(read_mail):
    made = read_mail(*multi(TEXT, HTML, sub='alternative'))
    assert made.body.startswith('<p>the text</p>')
    assert 'the HTML' not in made.text
    assert [one.type for one in made.attachments] == ['text/html']
    assert not made.has_attachments
    assert 'HTML version' in made.body


def test_html_alone_becomes_text(read_mail, mlist):
    made = read_mail(
        '<html><style>p{}</style><p>Hi <a href="https://e.example/x">you</a>'
        '<ul><li>one<li>two</ul><blockquote>old</blockquote>'
        '<a href="javascript:x">y</a>',
        'Content-Type: text/html',
    )
    assert made.text == 'Hi you <https://e.example/x>\n\n* one\n* two\n\n> old\ny'
    [one] = made.attachments
    path = mlist.site.archives_private / mlist.name / one.url
    assert b'&lt;ul&gt;' in path.read_bytes()


@pytest.mark.parametrize(
    'how, files',
    [(0, []), (1, ['html']), (2, []), (3, ['txt']), ('cat %(filename)s', [])],
)
def test_the_sanitizer_decides_what_is_kept_of_html(make_list, site, how, files):
    site.cfg.ARCHIVE_HTML_SANITIZER = how
    made = read(Reader(make_list('x')), f'{HTML}\n'.encode())
    assert 'the HTML' in made.text
    assert [one.url[-5:].removeprefix('t') for one in made.attachments] == files or (
        [
            one.url.endswith(end)
            for one, end in zip(made.attachments, files, strict=True)
        ]
    )


def test_html_beside_text_is_removed_where_the_site_wants_that(make_list, site):
    site.cfg.ARCHIVE_HTML_SANITIZER = 0
    body, head = multi(TEXT, HTML)
    made = read(Reader(make_list('x')), f'{head}\n\n{body}'.encode())
    assert 'the HTML' not in made.body
    assert b'An HTML part was removed.' in made.entry


def test_attachments_are_listed_and_pictures_shown(read_mail):
    made = read_mail(*multi(TEXT, PNG, part('application/pdf; name=x.pdf', '%PDF')))
    assert [(a.name, a.type, a.picture) for a in made.attachments] == [
        ('a b.png', 'image/png', True),
        ('x.pdf', 'application/pdf', False),
    ]
    page = shown(made)
    [img] = page.tags('img')
    assert img['src'] == f'../{made.attachments[0].url}'
    assert (img['alt'], img['loading']) == ('a b.png', 'lazy')
    assert 'application/pdf, 4 bytes' in page.text
    assert (
        b'Name: x.pdf\nType: application/pdf\nSize: 4 bytes\nURL: <http' in made.entry
    )


def test_a_picture_that_is_none_is_not_shown(read_mail):
    made = read_mail(*multi(TEXT, FAKE))
    assert not shown(made).tags('img')
    assert made.attachments[0].url.endswith('.bin')


@pytest.mark.parametrize('allowed, expected', [(False, 0), (['x'], 1), (['y'], 0)])
def test_pictures_are_shown_where_the_site_allows(make_list, site, allowed, expected):
    site.cfg.ARCHIVE_PICTURES = allowed
    body, head = multi(TEXT, PNG)
    made = read(Reader(make_list('x')), f'{head}\n\n{body}'.encode())
    assert len(shown(made).tags('img')) == expected


def test_a_text_file_is_kept_and_shown(read_mail):
    notes = part('text/plain; name="n.txt"', 'my notes\n')
    made = read_mail(*multi(TEXT, notes))
    assert 'my notes' in made.text
    assert made.attachments[0].url.endswith('/attachment.txt')


def test_an_attached_message_is_a_frame_of_its_own(read_mail):
    inner = 'From: Dan <dan@example.com>\nSubject: <b>\n\n> inner\n'
    made = read_mail(*multi(TEXT, part('message/rfc822', inner)))
    page = shown(made)
    assert 'Dan <dan at example.com>' in page.text
    assert page.tags('blockquote')
    assert made.attachments[0].url.endswith('.eml')


def test_types_are_no_surer_than_names(read_mail, page_of):
    """Fuzzing found bytes of a Content-Type in a page, which no file could hold."""
    for kind in ('text/\udcc8', 'message/\udce9', 'image/\u202e'):
        page_of(read_mail(*multi(TEXT, part(kind, 'From: x\n\ny')))).encode('utf-8')


def test_a_thousand_parts_and_deep_ones_are_listed_shortly(read_mail):
    made = read_mail(*multi(*[part('application/x', 'data')] * 1100))
    assert len(made.attachments) == 1100
    assert 'and 900 more' in made.body
    deep, head = 'x\n', 'Content-Type: text/plain'
    for n in range(300):
        deep, head = multi(f'{head}\n\n{deep}', boundary=f'B{n}')
    shown(read_mail(deep, head))


# --- limits ----------------------------------------------------------------------


def test_what_is_too_long_is_cut_and_said(read_mail, page_of):
    made = read_mail('x ' * 500_000)
    assert len(made.body) < 400_000
    assert len(made.entry) > 990_000
    page = page_of(made)
    assert 'The rest of it is not shown here.' in page
    assert '../index.html#volumes' in page


RUNS = (
    ['a', '@', '.', '_', 'a@', '>', '> ', '>\n', '<', '&', '://', 'http://', '\n', ' ']
    + ['http://a)', '(', '-- \n', '--- a\n+++ b\n', 'diff --git \n', '```\n', '\t', '|']
    + ['-----BEGIN PGP SIGNED MESSAGE-----\n', '-----BEGIN PGP MESSAGE-----\n']
    + [
        '=?utf-8?q?a?=',
        '<a href="http://',
        '<!--',
        '<script>',
        '&amp',
        'a ' * 30 + '\n',
    ]
    + ['@@ -1 +1 @@\n', 'x@y.z ', 'http://x@', '---\n a | 1\n', '> \n\n', 'a\n']
)


@pytest.mark.parametrize('kind', ['plain', 'plain; format=flowed', 'html'])
def test_no_run_of_signs_takes_long(read_mail, kind):
    for unit in RUNS:
        start = time.process_time()
        made = read_mail(unit * (100_000 // len(unit)), f'Content-Type: text/{kind}')
        assert time.process_time() - start < 5, unit
        assert len(made.body) < 5_000_000, unit


def test_a_line_of_ten_megabytes(read_mail):
    start = time.process_time()
    made = read_mail('a' * 10_000_000)
    assert time.process_time() - start < 5
    assert len(made.body) < 100_000


def test_each_part_is_decoded_once(read_mail, monkeypatch):
    decoded = []
    plainly = Message._decoded

    def counted(part, data):
        decoded.append(part.get_content_type())
        return plainly(part, data)

    monkeypatch.setattr(Message, '_decoded', counted)
    parts = ['text/plain\n\n \n', 'text/plain\n\nyes\n', 'text/html\n\n<b>yes\n']
    lines = ''.join(f'--e\nContent-Type: {one}\n' for one in parts)
    kind = 'Content-Type: multipart/alternative; boundary=e'
    assert '<p>yes</p>' in read_mail(lines + '--e--\n', kind).body
    assert decoded == ['text/plain', 'text/plain', 'text/html']


@pytest.mark.parametrize(
    'text',
    [
        'plain words',
        ' blanks around\t',
        'two  blanks',
        'a\ttab',
        'a\n fold',
        '=?utf-8?q?caf=C3=A9?=',
        'caf\xe9 \u202e\x07',
        'caf\udce9',
        'x' * 30,
        'x ' * 30,
        '\x00',
        ' ',
    ],
)
def test_a_line_of_plain_words_is_what_the_careful_way_makes(text):
    careful = ' '.join(clean(headers.decode(text)).split())
    careful = careful if len(careful) <= 20 else careful[:20] + '\u2026'
    assert line_of(text, 20) == careful


def test_references_in_html_bring_back_nothing_unwanted(read_mail):
    unwanted = '&#x202e;&#8238;&#129;&#7;&#xffff;'
    made = read_mail(f'<p>a{unwanted}b', 'Content-Type: text/html')
    assert '<p>ab</p>' in made.body
    # A name needs no look.
    assert not UNWANTED.search(''.join(html5.values()))
