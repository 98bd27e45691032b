"""Private archives: who gets in, what is served as what, and that nothing leaks out."""

import gzip
import os

import pytest

from mailman.actions.passwords import set_member_password
from mailman.lists import MailList

MEMBER = 'anne@example.com'


@pytest.fixture
def archive(site, mlist):
    with mlist.lock():
        mlist.archive_private = 1
        mlist.add_member(MEMBER)
        set_member_password(mlist, MEMBER, 'memberpw')
        mlist.save()
    root = site.archives_private / 'test'
    (root / '2026-May').mkdir(parents=True, exist_ok=True)
    (root / 'index.html').write_text('<h1>Archive</h1>')
    (root / '2026-May' / '000000.html').write_text('<p>text</p>')
    members = gzip.compress(b'May ') + gzip.compress(b'text')
    (root / '2026-May.txt.gz').write_bytes(members)
    (root / 'attachments').mkdir()
    for name in ('a.html', 'a.svg', 'a.png', 'a.txt', 'a"b.exe'):
        (root / 'attachments' / name).write_text('<script>1</script>')
    (root / 'database').mkdir()
    (root / 'database' / 'articles.db').write_text('numbers')
    (root / '.htaccess').write_text('deny')
    mbox = site.archives_private / 'test.mbox'
    mbox.mkdir(exist_ok=True)
    (mbox / 'test.mbox').write_bytes(b'From a\n\nx\n')
    return root


@pytest.fixture
def reader(archive, browser):
    browser.post(
        'private/test/', {'username': MEMBER, 'password': 'memberpw', 'submit': '1'}
    )
    return browser


def test_strangers_get_the_form(archive, browser):
    answer = browser.get('private/test/')
    assert answer.status == 200
    assert 'name="username"' in answer.text
    assert 'Archive</h1>' not in answer.text


def test_an_own_form_of_2_1_is_shown_while_it_is_of_use(archive, browser, mlist):
    folder = mlist.directory / 'en'
    folder.mkdir()
    form = '<p>OURS</p><form action="%(action)s"><input name="password"></form>'
    (folder / 'private.html').write_text(form)
    assert 'OURS' in browser.get('private/test/').text
    (folder / 'private.html').write_text('<p>OURS</p>')
    answer = browser.get('private/test/')
    assert 'OURS' not in answer.text
    assert 'name="username"' in answer.text


def test_a_wrong_password_is_401(archive, browser):
    fields = {'username': MEMBER, 'password': 'x', 'submit': '1'}
    assert browser.post('private/test/', fields).status == 401
    assert 'private' in (browser.site.logs_dir / 'security').read_text()


def test_a_wrong_password_without_a_name_is_logged_in_the_same_form(archive, browser):
    browser.post('private/test/', {'username': '', 'password': 'x', 'submit': '1'})
    line = 'Authorization failed (private): user=: list=test: remote=192.0.2.1'
    assert line in (browser.site.logs_dir / 'security').read_text()


def test_a_log_in_leads_to_the_page_asked_for_and_lasts(archive, browser):
    fields = {'username': MEMBER, 'password': 'memberpw', 'submit': '1'}
    answer = browser.post('private/test/2026-May/000000.html', fields)
    assert '<p>text</p>' in answer.text
    assert '<p>text</p>' in browser.get('private/test/2026-May/000000.html').text


def test_the_list_password_needs_no_name(archive, browser):
    fields = {'username': '', 'password': 'listpw', 'submit': '1'}
    assert 'Archive' in browser.post('private/test', fields).text


def test_a_folder_is_its_index(reader):
    for path in ('private/test/', 'private/TEST/', 'private/test/index.html'):
        assert '<h1>Archive</h1>' in reader.get(path).text


def test_a_volume_is_its_index_of_threads(reader, archive):
    (archive / '2026-May' / 'thread.html').write_text('<h1>Threads</h1>')
    (archive / '2026-May' / 'index.html').symlink_to('thread.html')
    assert '<h1>Threads</h1>' in reader.get('private/test/2026-May/').text


def test_links_in_a_folder_are_right_without_the_slash_at_its_end(reader, archive):
    (archive / '2026-May' / 'index.html').write_text('<a href="000000.html">')
    for path in ('private/test', 'private/test/2026-May'):
        answer = reader.get(path)
        assert answer.status == 303
        assert answer.header('Location').endswith(f'/mailman/{path}/')


def test_a_link_out_of_a_folder_is_not_followed(reader, archive, tmp_path):
    (tmp_path / 'secret.html').write_text('secret')
    (archive / 'out').mkdir()
    (archive / 'out' / 'index.html').symlink_to(tmp_path / 'secret.html')
    (archive / 'out2').mkdir()
    (archive / 'out2' / 'index.html').symlink_to('../database/articles.db')
    for path in ('private/test/out/', 'private/test/out2/'):
        assert reader.get(path).status == 404


def test_compressed_files_come_unpacked(reader):
    answer = reader.get('private/test/2026-May.txt')
    assert answer.body == b'May text'
    assert answer.header('Content-Type').startswith('text/plain')


def test_the_mbox_is_served_whatever_other_lists_are_called(reader, site):
    MailList.create(site, 'averyveryverylongname', 'a@example.com', 'x')
    for path in ('private/test.mbox/test.mbox', 'private/test.mbox'):
        answer = reader.get(path)
        assert answer.body.startswith(b'From ')
        assert answer.header('Content-Type').startswith('text/plain')


def test_an_archive_without_posts_says_so(reader, archive):
    (archive / 'index.html').unlink()
    answer = reader.get('private/test/')
    assert answer.status == 200
    assert (archive / 'index.html').exists()


def test_a_missing_page_is_404(reader):
    assert reader.get('private/test/2099-May/000000.html').status == 404


def test_an_unchanged_page_is_not_sent_again(reader):
    first = reader.get('private/test/')
    again = reader.get(
        'private/test/', HTTP_IF_MODIFIED_SINCE=first.header('Last-Modified')
    )
    assert again.status == 304
    assert again.body == b''


@pytest.mark.parametrize(
    ('name', 'kind'),
    [
        ('a.html', 'text/plain'),
        ('a.svg', 'application/octet-stream'),
        ('a.txt', 'text/plain'),
        ('a.png', 'image/png'),
    ],
)
def test_attachments_are_inert(reader, name, kind):
    answer = reader.get(f'private/test/attachments/{name}')
    assert answer.header('Content-Type').startswith(kind)
    assert 'sandbox' in answer.header('Content-Security-Policy')
    assert answer.header('X-Content-Type-Options') == 'nosniff'
    if kind.startswith('application'):
        assert answer.header('Content-Disposition').startswith('attachment')


@pytest.mark.parametrize(
    'path',
    [
        'test/../other/index.html',
        'test/....//....//data/adm.pw',
        'test/.../....///data/adm.pw',
        'test/..;/other/index.html',
        'test/./index.html',
        'test/database/articles.db',
        'test/.htaccess',
        'test//etc/passwd',
        'test/2026-May\\..\\..',
        'test.mbox/other.mbox',
        'test/other.mbox',
        '../lists/test/config.pck',
    ],
)
def test_cve_2005_0202_no_path_leaves_the_archive(reader, site, path):
    other = site.archives_private / 'other'
    other.mkdir()
    (other / 'index.html').write_text('OTHER')
    answer = reader.get(f'private/{path}')
    assert answer.status == 404
    assert 'OTHER' not in answer.text


def test_a_link_out_of_the_archive_is_not_followed(reader, archive, site):
    (site.data_dir / 'secret.txt').write_text('SECRET')
    os.symlink(site.data_dir / 'secret.txt', archive / 'link.txt')
    os.symlink('database/articles.db', archive / 'db.txt')
    os.symlink('2026-May/000000.html', archive / 'inside.html')
    assert reader.get('private/test/link.txt').status == 404
    assert reader.get('private/test/db.txt').status == 404
    assert reader.get('private/test/inside.html').status == 200


def test_a_member_of_one_list_does_not_read_another(reader, site):
    other = MailList.create(site, 'other', 'a@example.com', 'x', archive_private=1)
    (site.archives_private / 'other' / 'index.html').write_text('OTHER')
    assert 'OTHER' not in reader.get(f'private/{other.name}/').text


def test_the_reminder_answers_everybody_alike(archive, browser, new_browser):
    texts = []
    for who in (MEMBER, 'stranger@example.com'):
        answer = new_browser().post(
            'private/test/', {'username': who, 'login-remind': '1'}
        )
        texts.append(answer.text)
    assert texts[0] == texts[1]
    assert len(list(browser.site.queue_dir('virgin').glob('*.msg'))) == 1


def test_a_link_mails_nobody(archive, browser):
    browser.get(f'private/test/?username={MEMBER}&login-remind=1')
    assert not list(browser.site.queue_dir('virgin').glob('*.msg'))
