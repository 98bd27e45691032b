"""Known holes of archives, tried on a whole archive at once (docs/security.md)."""

from xml.etree import ElementTree

import pytest

from mailman.archive.building import opened
from tests.unit.web.crawling import Page

PROBES = (
    '"><svg/onload=x>',
    "'><script>x</script>",
    '</title><script>x</script>',
    '--><img src=x onerror=x>',
    '<!--nav--><script>x</script><!--/nav-->',
    '<!--beginarticle--><script>x</script>',
    '</pre></textarea><iframe src=javascript:x>',
    'javascript:x//http://x.example/"onmouseover="x',
    'http://x.example/"onmouseover="x"',
    'data:text/html,<script>x</script>',
    '{{7*191}}{% include "x" %} %(x)s {0.__class__}',
    ']]><script>x</script>',
    '=?utf-8?q?=3Cscript=3Ex=3C=2Fscript=3E?=',
)
HEADERS = (
    'Subject', 'From', 'Date', 'In-Reply-To', 'References', 'X-Mailer', 'To', 'Cc',
    'Content-Type', 'Content-Transfer-Encoding', 'Content-Description', 'X-No',
)  # fmt: skip


def hostile(entry):
    """Posts with a probe in each header, all of them, the body, and odd parts."""
    for number, probe in enumerate(PROBES):
        for header in HEADERS:
            more = {header.replace('-', '_'): probe}
            yield entry(f'{header}-{number}', body=probe, **more)
        name = probe.replace('"', '')
        yield entry(
            f'file-{number}',
            'MIME-Version: 1.0',
            'Content-Type: multipart/mixed; boundary=b',
            body=(
                f'--b\n\n{probe}\n--b\nContent-Type: text/html; name="{name}"\n'
                f'Content-Disposition: attachment; filename="../{name}"\n\n{probe}\n'
                f'--b\nContent-Type: image/png; name="{name}.png"\n\n{probe}\n--b--'
            ),
        )
        yield entry('m').replace(b'<m@x.example>', f'<{probe}@x>'.encode())


@pytest.fixture
def archive(shelf, entry):
    posts = list(hostile(entry))
    shelf.add(*posts)
    shelf.number_of_posts = len(posts)
    return shelf


def test_no_header_body_or_file_name_runs_on_any_page(archive):
    pages = archive.pages()
    shown = [name for name in pages if name.endswith('.html')]
    assert len(shown) > archive.number_of_posts
    for name in shown:
        page = Page(pages[name])
        assert page.active == [], name
        assert '<svg/onload' not in page.text and '1337' not in page.text
        for link in page.links:
            assert ':' not in link.partition('/')[0] or link.startswith(
                ('http://', 'https://', 'mailto:')
            ), link


def test_what_depends_on_neighbours_is_replaced_nowhere_else(archive, entry):
    archive.add(entry('another'))
    for name, text in archive.pages().items():
        if name.endswith('.html'):
            assert Page(text).active == [], name
            assert text.count('<!--nav-->') == text.count('<!--/nav-->') <= 2, name


def test_the_feed_is_xml_whatever_was_posted(archive):
    feed = ElementTree.fromstring(archive.page('feed.xml'))  # noqa: S314 - our own
    for element in feed.iter():
        for value in element.attrib.values():
            assert not value.lower().startswith(('javascript:', 'data:'))
    assert '<script' not in archive.page('feed.xml')


def test_every_hostile_post_is_kept_and_found(archive):
    with opened(archive.mlist) as found:
        assert len(found.store.newest(10_000)) == archive.number_of_posts


def test_cve_2020_12137_files_have_names_that_no_server_takes_for_html(archive):
    stored = [p for p in (archive.root / 'attachments').rglob('*') if p.is_file()]
    assert stored
    for path in stored:
        assert path.resolve().is_relative_to(archive.root / 'attachments')
        assert path.suffix in ('.bin', '.html', '.txt', '.png'), path.name
        if path.suffix == '.html':
            assert Page(path.read_text()).active == []


def test_cve_2002_0389_what_the_pages_do_not_need_is_for_the_group(archive):
    assert (archive.root / 'database').stat().st_mode & 0o007 == 0
    assert archive.mbox.stat().st_mode & 0o007 == 0
    for path in (archive.root / 'database').iterdir():
        assert path.stat().st_mode & 0o002 == 0


def test_links_planted_in_an_archive_are_not_written_through(shelf, entry, tmp_path):
    victim = tmp_path / 'victim'
    victim.write_text('kept')
    shelf.add(entry('first'))
    volume = next(
        p for p in shelf.root.iterdir() if p.name.startswith('20') and p.is_dir()
    )
    for name in (
        volume / '000001.html',
        volume / 'thread.html',
        shelf.root / 'feed.xml',
    ):
        name.unlink(missing_ok=True)
        name.symlink_to(victim)
    shelf.add(entry('second'), entry('third'))
    assert victim.read_text() == 'kept'
