"""What was tried against members' pages, and must not work (SECURITY 2.1, 2.2)."""

import re
from html.parser import HTMLParser

import pytest

from mailman.actions.passwords import set_member_password
from mailman.lists import MailList
from mailman.lists.pending import Pending

ANNE, BEN = 'anne@example.org', 'ben@example.org'
PROBES = ['"><svg/onload=alert(1)>', "'><script>alert(1)</script>", '</title><b onx=1>']
SENTENCE = 'Your account is closed, call 555 0100 to pay'


@pytest.fixture
def full(site, mlist):
    site.cfg.SUBSCRIBE_FORM_SECRET = None
    with mlist.lock():
        for one in (ANNE, BEN):
            mlist.add_member(one)
            set_member_password(mlist, one, 'pw')
        mlist.private_roster = 1
        mlist.topics, mlist.topics_enabled = [('t', 'p', 'd', False)], 1
        mlist.save()
    return mlist


def log_in(browser, address=ANNE):
    browser.post(f'options/test/{address}', {'password': 'pw', 'login': '1'})
    return browser


class Active(HTMLParser):
    """Finds what could run: handlers, scripts that are not ours, odd addresses."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ('script', 'iframe', 'object', 'embed', 'base'):
            self.found.append(tag)
        for name, value in attrs:
            url = (value or '').strip().lower()
            bad = url.startswith(('javascript:', 'vbscript:'))
            bad = bad or (url.startswith('data:') and url != 'data:,')
            if name.startswith('on') or bad:
                self.found.append((tag, name, value))


def active(text):
    parser = Active()
    parser.feed(text)
    return parser.found


FIELDS = {
    'listinfo/test': ['language', 'email', 'q', 'displang-button'],
    'listinfo': ['q', 'language'],
    'subscribe/test': [
        'email',
        'fullname',
        'pw',
        'pw-conf',
        'digest',
        'language',
        'sub_form_token',
        'captcha_answer',
        'g-recaptcha-response',
        'sub_form_note',
    ],
    'roster/test': ['roster-email', 'roster-pw', 'language'],
    'confirm/test': ['cookie', 'realname', 'digests', 'language', 'submit', 'cancel'],
    'options/test': ['email', 'language', 'password', 'login', 'VARHELP', 'csrf_token'],
    f'options/test/{ANNE}': ['language', 'UserOptions', 'login-remind', 'logout'],
}


@pytest.mark.parametrize('probe', PROBES)
@pytest.mark.parametrize('page', FIELDS)
def test_cve_2002_0855_script_in_a_parameter_does_not_run(full, browser, page, probe):
    for field in FIELDS[page]:
        for answer in (
            browser.post(page, {field: probe}),
            browser.get(f'{page}?{field}={probe}'),
        ):
            assert answer.status < 500
            assert probe not in answer.text
            assert active(answer.text) == []


INSIDE = [
    'fullname',
    'new-address',
    'confirm-address',
    'newpw',
    'language',
    'usertopic',
    'digest',
    'VARHELP',
    'conceal',
    'unsubconfirm',
]


@pytest.mark.parametrize('probe', PROBES)
def test_cve_2003_0038_and_2018_5950_script_on_the_options_page(full, browser, probe):
    log_in(browser)
    page = f'options/test/{ANNE}'
    for button in ('change-of-address', 'changepw', 'options-submit', 'unsub', 'x'):
        fields = dict.fromkeys(INSIDE, probe)
        if button != 'x':
            del fields['VARHELP']
        fields |= {button: probe, 'csrf_token': browser.get(page).token()}
        answer = browser.post(page, fields)
        assert probe not in answer.text and active(answer.text) == []


@pytest.mark.parametrize('probe', PROBES)
@pytest.mark.parametrize('program', ['listinfo', 'subscribe', 'confirm', 'options'])
def test_cve_2002_0388_script_in_the_path_does_not_run(full, browser, program, probe):
    for path in (probe, f'test/{probe}', f'test/{ANNE}/{probe}'):
        answer = browser.get(f'{program}/{path}')
        assert probe not in answer.text and active(answer.text) == []


def test_cve_2011_0707_script_as_a_full_name(full, browser):
    for probe in PROBES:
        with full.lock():
            wish = {'address': 'new@example.org', 'fullname': probe, 'digest': 0}
            cookie = Pending(full).new('S', wish)
            full.set_name(ANNE, probe)
            full.save()
        answers = [
            browser.get(f'confirm/test/{cookie}'),
            browser.post('roster/test', {'roster-pw': 'listpw'}),
            browser.post(f'options/test/{ANNE}', {'password': 'pw', 'login': '1'}),
        ]
        for answer in answers:
            assert answer.status == 200
            assert probe not in answer.text and active(answer.text) == []


def test_cve_2010_3089_script_in_the_description(full, browser):
    for probe in PROBES:
        with full.lock():
            full.description, full.info = probe, probe
            full.save()
        for page in ('listinfo', 'listinfo/test', 'confirm/test', 'options/test'):
            text = browser.get(page).text
            assert probe not in text and active(text) == []


def test_cve_2018_13796_a_sentence_as_the_name_of_a_list(site, browser):
    for program in ('listinfo', 'subscribe', 'confirm', 'options', 'roster'):
        for name in ('x' * 300, 'call-555-0100-now', 'a%0ab', 'na\u00efve'):
            answer = browser.get(f'{program}/{name}')
            assert answer.status in (200, 404)
            assert name not in answer.text


@pytest.mark.parametrize('button', ['login-remind', 'login-unsub', 'login', 'x'])
def test_cve_2020_12108_a_sentence_as_the_address(full, browser, button):
    fields = {'email': SENTENCE, 'password': 'x', button: '1'}
    for page in ('options/test', f'options/test/{SENTENCE}'):
        for answer in (browser.post(page, fields), browser.get(page)):
            assert 'account is closed' not in answer.text.lower()
    fields = {'roster-email': SENTENCE, 'roster-pw': 'x'}
    assert 'closed' not in browser.post('roster/test', fields).text


@pytest.mark.parametrize(
    'host', ['evil.example', 'evil"><x>', 'lists.example.com@evil']
)
def test_links_are_not_built_from_the_host_header(full, browser, host):
    answer = browser.get('listinfo/test', HTTP_HOST=host)
    assert answer.status == 400 and 'evil' not in answer.text
    answer = browser.get('listinfo/test', HTTP_X_FORWARDED_HOST=host)
    assert answer.status == 200 and 'evil' not in answer.text


# --- forms from elsewhere -------------------------------------------------------------

CHANGES = [
    {'options-submit': '1', 'conceal': '1'},
    {'changepw': '1', 'newpw': 'evil', 'confpw': 'evil'},
    {'change-of-address': '1', 'fullname': 'Evil'},
    {
        'change-of-address': '1',
        'new-address': 'evil@example.net',
        'confirm-address': 'evil@example.net',
    },
    {'unsub': '1', 'unsubconfirm': '1'},
    {'emailpw': '1'},
]


def state(mlist, mails):
    mlist = MailList.open(mlist.site, mlist.name)
    return (
        mlist.members,
        mlist.user_options,
        mlist.passwords,
        mlist.usernames,
        list(Pending(mlist).items()),
        mails(),
    )


@pytest.mark.parametrize('fields', CHANGES)
def test_cve_2016_6893_a_form_without_a_good_token_changes_nothing(
    site, full, browser, new_browser, mails, fields
):
    other = MailList.create(site, 'other', 'o@example.com', 'otherpw')
    with other.lock():
        other.add_member(ANNE)
        set_member_password(other, ANNE, 'pw')
        other.save()
    log_in(browser)
    page = f'options/test/{ANNE}'
    mine = browser.get(page).token()
    bens = log_in(new_browser(), BEN).get(f'options/test/{BEN}').token()
    own_elsewhere = new_browser()
    own_elsewhere.post(f'options/other/{ANNE}', {'password': 'pw', 'login': '1'})
    lists = own_elsewhere.get(f'options/other/{ANNE}').token()
    assert mine and bens and lists
    before = state(full, mails)
    for token in (None, '', 'x', '1.2', bens, lists, mine[:-1], mine + '0'):
        sent = fields if token is None else {**fields, 'csrf_token': token}
        answer = browser.post(page, sent)
        assert answer.status == 200 and 'Nothing was changed' in answer.text
    later = site.now() + site.cfg.FORM_LIFETIME + 1
    site.now = lambda: later
    browser.post(page, {**fields, 'csrf_token': mine})
    # Nor by a link, with a token that is good.
    fresh = browser.get(page).token()
    query = '&'.join(f'{n}={v}' for n, v in {**fields, 'csrf_token': fresh}.items())
    browser.get(f'{page}?{query}')
    assert state(full, mails) == before


def test_cve_2021_42097_a_members_token_is_no_good_in_anothers_form(full, browser):
    log_in(browser, ANNE)
    log_in(browser, BEN)
    token = browser.get(f'options/test/{ANNE}').token()
    fields = {'csrf_token': token, 'changepw': '1', 'newpw': 'evil', 'confpw': 'evil'}
    browser.post(f'options/test/{BEN}', fields)
    login = {'password': 'evil', 'login': '1'}
    assert browser.post(f'options/test/{BEN}', login).status == 401


def test_cve_2001_1132_an_empty_password_opens_nothing(full, browser):
    with full.lock():
        full.password = ''
        full.passwords.clear()
        full.save()
    for fields in ({'password': ''}, {'password': ' '}, {'password': '\n'}, {}):
        answer = browser.post(f'options/test/{ANNE}', {**fields, 'login': '1'})
        assert answer.status == 401 and 'options-submit' not in answer.text


def test_cve_2004_0412_no_page_shows_or_mails_a_password(full, browser, mails):
    with full.lock():
        full.passwords[ANNE] = 'clear-of-2.1'
        full.save()
    browser.post('options/test', {'email': ANNE, 'login-remind': '1'})
    answer = browser.post(
        f'options/test/{ANNE}', {'password': 'clear-of-2.1', 'login': '1'}
    )
    assert 'options-submit' in answer.text
    assert not any('clear-of' in text for text in [answer.text, *mails()])


def test_cve_2005_0080_a_stranger_does_not_learn_who_is_a_member(
    full, new_browser, no_waiting
):
    answers = {
        re.sub(
            'value="[^"]*"',
            '',
            new_browser().post('subscribe/test', {'email': one}).text,
        )
        for one in (ANNE, 'nina@example.org')
    }
    assert len(answers) == 1 and len(no_waiting) == 2


def test_lp_1859104_many_requests_for_one_victim_are_few_mails(
    full, new_browser, mails
):
    for number in range(50):
        far = new_browser(REMOTE_ADDR=f'198.51.{number}.7')
        far.post('subscribe/test', {'email': 'victim@example.net'})
    assert len(mails()) == 1


def test_list_bombing_over_many_lists_is_three_mails_a_day(
    site, full, new_browser, mails
):
    names = [f'l{number}' for number in range(12)]
    for name in names:
        MailList.create(site, name, 'o@example.com', 'pw')
    for number, name in enumerate(names * 3):
        far = new_browser(REMOTE_ADDR=f'198.51.{number}.7')
        far.post(f'subscribe/{name}', {'email': 'victim@example.net'})
    assert len(mails()) <= 3


def test_a_program_that_posts_without_the_form_sends_nothing(
    site, mlist, browser, mails
):
    for number in range(10):
        browser.post('subscribe/test', {'email': f'v{number}@example.net'})
    assert mails() == []


def test_wrong_passwords_are_slowed_down_and_other_networks_are_not(
    full, browser, new_browser
):
    page = f'options/test/{ANNE}'
    fields = {'password': 'x', 'login': '1'}
    found = [browser.post(page, fields).status for _ in range(12)]
    assert found[:10] == [401] * 10 and found[10:] == [429, 429]
    far = new_browser(REMOTE_ADDR='203.0.113.5')
    assert far.post(page, {'password': 'pw', 'login': '1'}).status == 200


def test_a_mail_scanner_that_follows_every_link_changes_nothing(full, browser, mails):
    cookies = []
    with full.lock():
        for operation in (
            ('S', {'address': 'new@example.org', 'fullname': '', 'digest': 0}),
            ('U', ANNE),
            ('C', BEN, 'new@example.net', 0),
            ('E', 'test', ANNE),
            ('L', ANNE),
        ):
            cookies.append(Pending(full).new(*operation))
    before = state(full, mails)
    for cookie in cookies:
        for path in (
            f'confirm/test/{cookie}',
            f'confirm/test?cookie={cookie}&submit=1',
        ):
            browser.get(path)
            browser.open('HEAD', path, b'')
    assert state(full, mails) == before
    assert not browser.cookies


@pytest.mark.parametrize(
    'query', ['a=%00', 'language=%FF%FE', 'email=' + 'x' * 5000, 'email=%0d%0aX:%20y']
)
@pytest.mark.parametrize('page', sorted(FIELDS))
def test_odd_bytes_are_no_fault_of_ours(full, browser, page, query):
    assert browser.get(f'{page}?{query}').status < 500
    assert browser.post(page, [tuple(query.split('=', 1))]).status < 500


def test_line_ends_in_an_address_forge_no_line_of_the_log(full, site, browser):
    bad = 'x@example.org\r\nNov 21 00:00:00 2026 (1) forged'
    for page, fields in (
        ('subscribe/test', {'email': bad}),
        ('options/test', {'email': bad, 'password': 'x', 'login': '1'}),
        ('roster/test', {'roster-email': bad, 'roster-pw': 'x'}),
    ):
        browser.post(page, fields)
    for path in site.logs_dir.iterdir():
        assert not re.search('^Nov 21 00:00:00', path.read_text(), re.MULTILINE)


def test_no_redirect_leads_elsewhere(full, browser):
    log_in(browser)
    page = f'options/test/{ANNE}'
    fields = {'csrf_token': browser.get(page).token(), 'options-submit': '1'}
    answer = browser.post(
        f'{page}?next=http://evil.example/',
        {**fields, 'conceal': '1', 'url': 'http://evil.example/'},
        follow=False,
    )
    assert answer.status == 303
    assert answer.header('Location').startswith('http://lists.example.com/mailman/')
