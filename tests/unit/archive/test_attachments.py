"""Scrubber: attachments become files and links, nothing that runs in a browser."""

import os
import re
import stat

import pytest

from mailman.archive import attachments
from mailman.archive.attachments import Store, day_of, scrub
from mailman.errors import DiscardMessage
from mailman.handlers.scrubber import process

URL = re.compile(r'URL: <(http://[^>]+)>')


@pytest.fixture
def scrubbing(make_list):
    return make_list('test', scrub_nondigest=1)


def part(kind, text='', **fields):
    lines = [f'Content-Type: {kind}']
    lines += [f'{name.replace("_", "-")}: {value}' for name, value in fields.items()]
    return '\n'.join(lines) + '\n\n' + text


def multi(*parts, sub='mixed', boundary='B'):
    body = ''.join(f'--{boundary}\n{one}\n' for one in parts) + f'--{boundary}--\n'
    return f'Content-Type: multipart/{sub}; boundary={boundary}\n\n{body}'


@pytest.fixture
def post(make_msg):
    def make(entity, *lines):
        head, _, body = entity.partition('\n\n')
        return make_msg('MIME-Version: 1.0', *lines, *head.split('\n'), body=body)

    return make


TEXT = part('text/plain; charset=us-ascii', 'text part here\n')
PNG = part(
    'image/png; name="a.png"', 'iVBORw0KGgo=', Content_Transfer_Encoding='base64'
)
NOTES = part(
    'text/plain; name="notes.txt"',
    'bm90ZXMgaW5zaWRlCg==',
    Content_Transfer_Encoding='base64',
    Content_Disposition='attachment; filename="notes.txt"',
)
HTML = part('text/html; charset=us-ascii', '<p>html</p>')


def text_of(msg):
    assert not msg.is_multipart()
    assert msg.get_content_type() == 'text/plain'
    return msg.get_payload(decode=True).decode(msg.get_content_charset())


def files(mlist):
    root = mlist.site.archives_private / mlist.name / 'attachments'
    return sorted(path for path in root.rglob('*') if path.is_file())


def names(mlist):
    return [path.name for path in files(mlist)]


def test_the_members_see_links_and_the_texts(scrubbing, post):
    msg = post(multi(TEXT, PNG, NOTES, HTML))
    process(scrubbing, msg, {'listname': 'test'})
    text = text_of(msg)
    pieces = text.split('-------------- next part --------------\n')
    assert pieces[0] == 'text part here\n'
    assert 'Name: a.png\nType: image/png\nSize: 8 bytes\n' in pieces[1]
    assert pieces[2] == 'notes inside\n'
    assert [url.rsplit('/', 1)[1] for url in URL.findall(text)] == [
        'attachment.png',
        'attachment.html',
    ]
    assert names(scrubbing) == ['attachment.html', 'attachment.png']
    assert msg['subject'] == 'hello'


def test_links_and_files_are_where_21_had_them(make_list, post):
    mlist = make_list('project-talk', scrub_nondigest=1)
    msg = post(multi(TEXT, PNG), 'Message-ID: <carl-1@example.com>')
    del msg['date']
    msg['Date'] = 'Sat, 1 Feb 2020 08:00:00 +0000'
    process(mlist, msg, {'listname': 'project-talk'})
    [path] = files(mlist)
    place = 'attachments/20200201/bcf8d1d3/attachment.png'
    assert str(path).endswith(f'project-talk/{place}')
    [url] = URL.findall(text_of(msg))
    assert url == f'{mlist.archive_url()}{place}'


def test_only_lists_that_want_it_are_scrubbed(mlist, post):
    msg = post(multi(TEXT, PNG))
    before = msg.as_bytes()
    process(mlist, msg, {'listname': 'test'})
    assert msg.as_bytes() == before


def test_archiver_and_digests_scrub_always(mlist, post):
    msg = post(multi(TEXT, PNG))
    assert process(mlist, msg) is msg
    assert 'attachment.png' in text_of(msg)


def test_plain_text_is_left_byte_for_byte(scrubbing, make_msg):
    msg = make_msg(body='grüße\udcff\n')
    before = msg.as_bytes()
    scrub(scrubbing, msg)
    assert msg.as_bytes() == before


def test_files_and_directories_are_for_the_group_and_the_web_server(scrubbing, post):
    scrub(scrubbing, post(multi(TEXT, PNG)))
    [path] = files(scrubbing)
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o2775
    assert path.read_bytes() == b'\x89PNG\r\n\x1a\n'


def test_the_same_post_scrubbed_twice_stores_its_files_once(scrubbing, post):
    for _ in range(2):
        scrub(scrubbing, post(multi(TEXT, PNG, PNG)))
    assert names(scrubbing) == ['attachment-0001.png', 'attachment.png']


def test_other_content_of_the_same_name_gets_a_number(scrubbing, post):
    other = PNG.replace('iVBORw0KGgo=', 'AAAA')
    msg = post(multi(TEXT, PNG, other))
    scrub(scrubbing, msg)
    assert 'attachment-0001.png>' in text_of(msg)
    assert [path.read_bytes() for path in files(scrubbing)] == [
        b'\0\0\0',
        b'\x89PNG\r\n\x1a\n',
    ]


def test_planted_links_are_not_followed(scrubbing, post, tmp_path):
    scrub(scrubbing, post(multi(TEXT, PNG)))
    [path] = files(scrubbing)
    path.unlink()
    target = tmp_path / 'target'
    path.symlink_to(target)
    scrub(scrubbing, post(multi(TEXT, PNG)))
    assert not target.exists()
    assert (path.parent / 'attachment-0001.png').read_bytes()


@pytest.mark.parametrize(
    'kind, sent, content, expected',
    [
        ('image/png', 'a.png', 'x', '.png'),
        ('image/jpeg', 'a.JPEG', 'x', '.jpeg'),
        ('image/jpeg', 'a.exe', 'x', '.jpg'),
        ('application/octet-stream', 'a.html', '<html>', '.bin'),
        ('application/octet-stream', 'a.obj', 'x', '.obj'),
        ('application/octet-stream', 'a.obj', ' <script>', '.bin'),
        ('application/pdf', 'a.pdf', '%PDF', '.pdf'),
        ('application/pdf', 'a.pdf', '\n<svg', '.bin'),
        ('application/pgp-signature', 'signature.asc', 'x', '.asc'),
        *[
            (kind, f'a.{ext}', 'x', '.bin')
            for kind, ext in [
                ('image/svg+xml', 'svg'),
                ('text/xml', 'xml'),
                ('application/xml', 'xsl'),
                ('application/xhtml+xml', 'xhtml'),
                ('text/javascript', 'js'),
                ('application/javascript', 'mjs'),
                ('application/x-httpd-php', 'php'),
                ('text/x-python', 'py'),
                ('application/x-shockwave-flash', 'swf'),
                ('application/x-sh', 'cgi'),
                ('application/java-archive', 'jar'),
                ('text/cache-manifest', 'manifest'),
                ('multipart/x-mixed-replace', 'mht'),
                ('application/wasm', 'wasm'),
                ('x-odd/../../x', 'shtml'),
                ('nothing', 'htaccess'),
            ]
        ],
    ],
)
def test_the_extension_never_names_what_a_browser_runs(
    scrubbing, post, kind, sent, content, expected
):
    named = part(kind, content, Content_Disposition=f'attachment; filename={sent}')
    if kind.count('/') != 1:
        # What is no type counts as plain text, and stays in the mail.
        scrub(scrubbing, post(multi(TEXT, named)))
        assert names(scrubbing) == []
        return
    for trust in (False, True):
        scrubbing.site.cfg.SCRUBBER_USE_ATTACHMENT_FILENAME_EXTENSION = trust
        scrub(scrubbing, post(multi(TEXT, named)))
    stored = {os.path.splitext(name)[1] for name in names(scrubbing)}
    assert stored <= {expected} | attachments.SAFE
    assert expected in stored


def test_the_sent_extension_counts_where_the_site_trusts_it(scrubbing, post):
    named = part('application/x-foo', 'x', Content_Disposition='a; filename=a.xlsx')
    scrubbing.site.cfg.SCRUBBER_USE_ATTACHMENT_FILENAME_EXTENSION = True
    scrub(scrubbing, post(multi(TEXT, named)))
    assert names(scrubbing) == ['attachment.xlsx']


@pytest.mark.parametrize(
    'sent, expected',
    [
        ('my picture.png', 'mypicture.png'),
        ('../../../etc/passwd.png', 'passwd.png'),
        (r'C:\\windows\\x.png', 'x.png'),
        ('.hidden', 'hidden.png'),
        ('...', 'attachment.png'),
        ('a.exe', 'a.png'),
        ('a.php.png', 'a-php.png'),
        ('=?utf-8?q?=C3=A4rger?=', 'rger.png'),
        ('x' * 5000, 'x' * 100 + '.png'),
        ('a\0b', 'ab.png'),
    ],
)
def test_sent_names_are_used_if_the_site_says_so(scrubbing, post, sent, expected):
    scrubbing.site.cfg.SCRUBBER_DONT_USE_ATTACHMENT_FILENAME = False
    named = part('image/png', 'x', Content_Disposition=f'attachment; filename="{sent}"')
    scrub(scrubbing, post(multi(TEXT, named)))
    [name] = names(scrubbing)
    assert name == expected


# --- HTML -------------------------------------------------------------------------


def test_html_is_stored_to_be_read_not_run(scrubbing, post):
    evil = part('text/html; charset=utf-8', '<script>x("ü")</script>&amp;')
    msg = post(multi(TEXT, evil))
    scrub(scrubbing, msg)
    [path] = files(scrubbing)
    assert path.suffix == '.html'
    page = path.read_text(encoding='utf-8')
    assert '&lt;script&gt;x("ü")&lt;/script&gt;&amp;amp;' in page
    assert '<script' not in page


def test_a_post_of_html_alone_becomes_a_link(scrubbing, post):
    msg = post(HTML)
    scrub(scrubbing, msg)
    assert URL.search(text_of(msg))


def test_sanitizer_0_removes_html_and_posts_of_nothing_else(scrubbing, post):
    scrubbing.site.cfg.ARCHIVE_HTML_SANITIZER = 0
    msg = post(multi(TEXT, HTML))
    scrub(scrubbing, msg)
    assert '<p>' not in text_of(msg)
    assert names(scrubbing) == []
    with pytest.raises(DiscardMessage):
        scrub(scrubbing, post(HTML))


def test_sanitizer_2_leaves_html_as_text(scrubbing, post):
    scrubbing.site.cfg.ARCHIVE_HTML_SANITIZER = 2
    msg, alone = post(multi(TEXT, HTML)), post(HTML)
    before = alone.as_bytes()
    scrub(scrubbing, msg)
    scrub(scrubbing, alone)
    assert '<p>html</p>\n' in text_of(msg)
    assert alone.as_bytes() == before


def test_sanitizer_3_keeps_the_source_as_it_came(scrubbing, post):
    scrubbing.site.cfg.ARCHIVE_HTML_SANITIZER = 3
    scrub(scrubbing, post(multi(TEXT, HTML)))
    [path] = files(scrubbing)
    assert path.read_text() == '<p>html</p>'
    assert path.suffix == '.txt'


@pytest.mark.parametrize(
    'command, expected',
    [('/bin/cat %(filename)s', '<p>html</p>'), ('/no/such %(filename)s', 'html\n')],
)
def test_a_command_may_sanitise(scrubbing, post, command, expected):
    scrubbing.site.cfg.ARCHIVE_HTML_SANITIZER = command
    scrub(scrubbing, post(multi(TEXT, HTML)))
    [path] = files(scrubbing)
    assert (path.name, path.read_text()) == ('attachment.txt', expected)


# --- messages and odd parts -------------------------------------------------------


def test_a_message_becomes_a_link_with_its_headers(scrubbing, post):
    inner = (
        'From: Dan <dan@x.example>\nSubject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\n\n<b>hi</b>'
    )
    msg = post(multi(TEXT, part('message/rfc822', inner)))
    scrub(scrubbing, msg)
    text = text_of(msg)
    assert 'From: Dan <dan@x.example>\nSubject: grüße\n' in text
    [path] = files(scrubbing)
    assert path.name == 'attachment.eml'
    assert '&lt;b&gt;hi&lt;/b&gt;' in path.read_text()


def test_a_delivery_report_stays_readable(scrubbing, post):
    report = part(
        'message/delivery-status', 'Reporting-MTA: dns; x\n\nAction: failed\n'
    )
    msg = post(multi(TEXT, report, sub='report'))
    scrub(scrubbing, msg)
    assert 'Reporting-MTA: dns; x\n' in text_of(msg)
    assert 'Action: failed\n' in text_of(msg)


def test_all_texts_end_up_in_one_charset(scrubbing, post):
    latin = part('text/plain; charset=iso-8859-1', 'gr\udcfc\udcdfe')
    utf = part('text/plain; charset=utf-8', 'grüße')
    msg = post(multi(latin, utf))
    scrub(scrubbing, msg)
    assert text_of(msg).count('grüße') == 2


def test_how_the_first_text_flows_is_kept(scrubbing, post):
    msg = post(multi(part('text/plain; format=flowed; delsp=yes', 'x \ny\n'), PNG))
    scrub(scrubbing, msg)
    assert msg.get_param('format') == 'flowed'
    assert msg.get_param('delsp') == 'yes'


def test_a_message_without_id_gets_one(scrubbing, post):
    msg = post(multi(TEXT, PNG))
    del msg['message-id']
    scrub(scrubbing, msg)
    assert msg['message-id'].startswith('<mailman.')


@pytest.mark.parametrize(
    'date, expected',
    [
        ('Thu, 08 Jan 2026 10:20:30 +0000', '20260108'),
        ('Wed, 31 Dec 2025 23:30:00 -0800', '20251231'),
        ('1 Feb 2025 23:30:00 +0000 (with more)', '20250201'),
        ('Thu, 08 jan 2026 10:20', '20260108'),
        ('Thu, 08 Jan 26 10:20:30 +0000', '20260108'),
        ('Thu, 08 Foo 2026 10:20:30 +0000', '19700102'),
        ('Thu, 32 Jan 2026 10:20:30 +0000', '19700102'),
        ('Thu, 08 Jan 1969 10:20:30 +0000', '19700102'),
        ('Thu, 08 Jan 0026 10:20:30 +0000', '20260108'),
        ('1 Jan 99999999 00:00', '19700102'),
        ('Thu, 99 Jan 2026 10:20:30', '19700102'),
        ('nonsense', '19700102'),
        ('', '19700102'),
        ('1' * 100_000, '19700102'),
        ('Mon, 1 \udcff 2026', '19700102'),
    ],
)
def test_the_day_is_the_posts_or_that_of_its_arrival(make_msg, date, expected):
    msg = make_msg()
    del msg['date']
    msg['Date'] = date
    assert day_of(msg, {'received_time': 86_400.0}, 0.0) == expected


def test_a_store_replaces_nothing_but_what_is_stale(tmp_path):
    target = tmp_path / 'attachments' / '20260108' / '0123abcd'

    def save(data, stale=0.0, durable=False):
        store = Store(target, 'http://x.example/a', durable=durable, stale=stale)
        return store.save(data, 'attachment', '.bin').rpartition('/')[2]

    assert save(b'half') == 'attachment.bin'
    assert stat.S_IMODE(target.stat().st_mode) == 0o2775
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o2775
    assert save(b'half', durable=True) == 'attachment.bin'
    assert save(b'whole') == 'attachment-0001.bin'
    later = (target / 'attachment.bin').stat().st_mtime + 1
    assert save(b'whole', stale=later) == 'attachment.bin'
    assert {one.name: one.read_bytes() for one in target.iterdir()} == {
        'attachment.bin': b'whole',
        'attachment-0001.bin': b'whole',
    }


@pytest.mark.parametrize('kind', ['link', 'lost link', 'directory', 'fifo'])
def test_what_is_no_file_keeps_its_name(tmp_path, kind):
    path = tmp_path / 'attachment.bin'
    (tmp_path / 'other').write_bytes(b'data')
    if kind == 'directory':
        path.mkdir()
    elif kind == 'fifo':
        os.mkfifo(path)
    else:
        path.symlink_to('other' if kind == 'link' else 'nothing')
    store = Store(tmp_path, '', durable=False, stale=path.lstat().st_mtime + 1)
    assert store.save(b'data', 'attachment', '.bin') == '/attachment-0001.bin'
    assert not (tmp_path / 'nothing').exists()


def test_folders_that_cannot_be_made_are_told_of(tmp_path):
    (tmp_path / 'lost').symlink_to('nothing')
    (tmp_path / 'file').write_bytes(b'')
    for name in ('lost', 'file'):
        with pytest.raises(OSError):
            Store(tmp_path / name / 'a' / 'b', '').save(b'data', 'x', '.bin')


def test_hostile_names_and_types_cannot_leave_the_directory(scrubbing, post):
    scrubbing.site.cfg.SCRUBBER_DONT_USE_ATTACHMENT_FILENAME = False
    evil = part(
        "application/octet-stream; name*=utf-8''..%2F..%2Fetc%2Fp%C3%A4ss.txt",
        'data',
        Content_Disposition="attachment; filename*=utf-8''..%2F..%00%2Fx%0a.txt",
    )
    scrub(scrubbing, post(multi(TEXT, evil), 'Message-ID: ../../x'))
    [path] = files(scrubbing)
    assert path.parent.parent.parent.name == 'attachments'


def test_there_is_an_end_to_the_files_of_one_post(scrubbing, post, monkeypatch):
    monkeypatch.setattr(attachments, 'MAX_SAVED', 3)
    msg = post(multi(TEXT, *[PNG] * 6))
    scrub(scrubbing, msg)
    assert len(names(scrubbing)) == 3


def test_parts_too_deep_to_look_into_are_put_aside(scrubbing, post):
    entity = TEXT
    for level in range(150):
        entity = multi(entity, boundary=f'b{level}')
    msg = post(entity)
    scrub(scrubbing, msg)
    assert '.bin>' in text_of(msg)


@pytest.mark.parametrize('run', ['a', '1.', '@', '_', '=?utf-8?q?x?= ', '<', '\udcff'])
def test_long_runs_take_no_time(scrubbing, post, run):
    long = run * (100_000 // len(run))
    scrub(scrubbing, post(multi(part('text/plain', long), part('text/html', long))))
