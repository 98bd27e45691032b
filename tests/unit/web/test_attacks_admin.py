"""Known attacks on the administration of 2.1, each named; nothing may come of them."""

import random
import re
from urllib.parse import quote

import pytest

from mailman.lists import MailList

PROBES = (
    '"><svg/onload=x>',
    "'><script>x</script>",
    '</title><script>x</script>',
    '&#x3c;script>',
    '</textarea><script>x</script>',
    '{{7*191}}',
)


@pytest.fixture
def owner(mlist, browser):
    """A browser that is logged in as the owner of the list."""
    browser.post('admin/test', {'adminpw': 'listpw', 'admlogin': '1'})
    return browser


@pytest.fixture
def other(site, mlist):
    """A second list with a password of its own."""
    return MailList.create(site, 'other', 'x@example.com', 'otherpw')


def state(mlist):
    """All that a form could change."""
    now = MailList.open(mlist.site, mlist.name)
    return {
        name: value
        for name, value in vars(now).items()
        if name[0] != '_' and name != 'site'
    }


def inert(answer):
    """No probe stands in the page as markup."""
    text = answer.text
    return not any(
        bad in text
        for bad in ('<svg/onload', '<script>x', "'><script", '1337', '&#x3c;script>')
    )


# --- CVE-2016-7123, CVE-2016-6893: forms without a token ------------------------------

FORMS = [
    ('admin/test/general', {'description': 'evil'}),
    ('admin/test/privacy/subscribing', {'subscribe_policy': '0', 'advertised': '0'}),
    (
        'admin/test/privacy/spam',
        {'hdrfilter_rebox_01': 'x', 'hdrfilter_action_01': '3'},
    ),
    ('admin/test/topics', {'topic_box_01': 'x', 'topic_rebox_01': 'y'}),
    ('admin/test/digest', {'_new_volume': '1'}),
    ('admin/test/gateway', {'_mass_catchup': '1', 'nntp_host': 'evil.example'}),
    ('admin/test/autoreply', {'autoresponse_admin_text_upload': 'evil'}),
    ('admin/test/passwords', {'newpw': 'evil', 'confirmpw': 'evil'}),
    ('admin/test/members/add', {'subscribees': 'evil@example.com'}),
    ('admin/test/members/add', {'subscribees_upload': 'evil@example.com'}),
    ('admin/test/members/remove', {'unsubscribees': 'anne@example.com'}),
    ('admin/test/members/sync', {'memberlist': 'evil@example.com'}),
    (
        'admin/test/members/change',
        {'change_from': 'anne@example.com', 'change_to': 'evil@example.com'},
    ),
    (
        'admin/test/members',
        {
            'user': 'anne%40example.com',
            'anne%40example.com_unsub': 'on',
            'setmemberopts_btn': '1',
        },
    ),
    ('admin/test/members', {'allmodbit_btn': '1', 'allmodbit_val': '1'}),
]


@pytest.fixture
def with_member(mlist):
    with mlist.lock():
        mlist.add_member('anne@example.com')
        mlist.save()
    return mlist


@pytest.mark.parametrize('path, fields', FORMS)
def test_cve_2016_7123_a_form_without_a_good_token(owner, with_member, path, fields):
    before = state(with_member)
    for token in (None, '', 'deadbeef', '1.' + 'a' * 64, '\x00', '9' * 99):
        extra = {} if token is None else {'csrf_token': token}
        answer = owner.post(path, {**fields, **extra})
        assert answer.status == 200
        assert state(with_member) == before


@pytest.mark.parametrize('path, fields', FORMS)
def test_a_link_that_a_scanner_follows_changes_nothing(
    owner, with_member, path, fields
):
    before = state(with_member)
    token = owner.get(path).token()
    query = '&'.join(
        f'{quote(k)}={quote(v)}' for k, v in {**fields, 'csrf_token': token}.items()
    )
    assert owner.get(f'{path}?{query}').status == 200
    assert state(with_member) == before


@pytest.mark.parametrize('path, fields', FORMS)
def test_a_stale_form_changes_nothing(owner, with_member, path, fields, monkeypatch):
    before = state(with_member)
    token = owner.get(path).token()
    site, now = owner.site, owner.site.now()
    later = now + float(site.cfg.FORM_LIFETIME) + 1
    monkeypatch.setattr(site, 'now', lambda: later)
    owner.post(path, {**fields, 'csrf_token': token})
    assert state(with_member) == before


def test_cve_2016_7123_the_token_of_another_list(owner, other, mlist):
    owner.post('admin/other', {'adminpw': 'otherpw'})
    token = owner.get('admin/other/general').token()
    owner.post('admin/test/general', {'description': 'evil', 'csrf_token': token})
    assert state(mlist)['description'] == ''


def test_the_token_of_another_session(owner, mlist, new_browser):
    second = new_browser()
    second.post('admin/test', {'adminpw': 'listpw'})
    token = second.get('admin/test/general').token()
    owner.post('admin/test/general', {'description': 'evil', 'csrf_token': token})
    assert state(mlist)['description'] == ''


@pytest.mark.parametrize('role', ['user anne@example.com', 'moderator'])
def test_cve_2021_44227_tokens_of_members_and_moderators(owner, with_member, role):
    from mailman.constants import Role
    from mailman.web import tokens
    from mailman.web.request import Request
    from mailman.web.sessions import Login

    name, _, user = role.partition(' ')
    known = {'user': Role.USER, 'moderator': Role.LIST_MODERATOR}
    for program in ('admin', 'admindb', 'options'):
        request = Request(owner.site, {}, program)
        token = tokens.make(request, with_member, Login(known[name], user))
        fields = {'description': 'evil', 'csrf_token': token}
        owner.post('admin/test/general', fields)
        assert state(with_member)['description'] == ''


# --- log-ins --------------------------------------------------------------------------


def test_cve_2021_44227_a_moderators_cookie_opens_no_page_of_owners(mlist, browser):
    from mailman.actions import listpasswords
    from mailman.constants import Role

    with mlist.lock():
        listpasswords.set_passwords(mlist, {Role.LIST_MODERATOR: 'modpw'})
        mlist.save()
    browser.post('admindb/test', {'adminpw': 'modpw'})
    for path in ('', '/members', '/passwords', '/members/export'):
        assert 'csrf_token' not in browser.get(f'admin/test{path}').text
    assert browser.post('admin/test', {'adminpw': 'modpw'}).status == 401


@pytest.mark.parametrize('stored', ['', None, '\n', ' '])
def test_cve_2001_1132_an_empty_password_opens_nothing(mlist, browser, stored):
    with mlist.lock():
        mlist.password = stored
        mlist.save()
    (mlist.site.data_dir / 'adm.pw').write_text('\n')
    for clear in ('', ' ', '\n'):
        answer = browser.post('admin/test', {'adminpw': clear, 'admlogin': '1'})
        assert 'csrf_token' not in answer.text


def test_no_byte_of_the_cookie_can_be_changed(owner, mlist):
    ((name, value),) = owner.cookies.items()
    assert name == 'test+admin'
    for place in range(len(value)):
        other = 'b' if value[place] != 'b' else 'c'
        owner.cookies[name] = value[:place] + other + value[place + 1 :]
        answer = owner.get('admin/test')
        owner.cookies[name] = value
        assert 'csrf_token' not in answer.text, place


def test_the_cookie_of_one_list_opens_no_other(owner, other):
    value = owner.cookies['test+admin']
    owner.cookies = {'other+admin': value, 'other+moderator': value, 'site': value}
    assert 'csrf_token' not in owner.get('admin/other').text


def test_r27_random_cookies_and_tokens_are_plain_log_ins(mlist, browser):
    chance = random.Random(7)
    for _ in range(150):
        blob = chance.randbytes(chance.randrange(60)).hex()
        browser.cookies = {'test+admin': blob, 'site': blob}
        answer = browser.post('admin/test', {'csrf_token': blob, 'description': 'x'})
        assert answer.status == 200
        assert 'name="adminpw"' in answer.text


def test_guessing_passwords_becomes_impossible(mlist, browser):
    statuses = [
        browser.post('admin/test', {'adminpw': f'guess{n}'}).status for n in range(12)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_replayed_cookie_is_no_good_after_logging_out(owner, mlist):
    kept = dict(owner.cookies)
    owner.get('admin/test/logout')
    owner.cookies = kept
    assert 'csrf_token' not in owner.get('admin/test').text


# --- script and content injection -----------------------------------------------------


@pytest.mark.parametrize(
    'path',
    [
        'admin/test/{}',
        'admin/test/privacy/{}',
        'admin/test/members/{}',
        'admin/test?VARHELP={}',
        'admin/test?VARHELP=general/{}',
        'admin/test?find={}',
        'admin/test/members?findmember={}',
        'admin/test/members?letter={}&chunk={}&legend={}',
        'admin/test/topics?row={}',
        'admin/test/newpassword/{}',
        'admin/{}',
    ],
)
def test_cve_2003_0965_nothing_of_an_address_becomes_markup(owner, path):
    for probe in PROBES:
        # What stands in PATH_INFO is decoded already.
        sent = quote(probe, safe='') if '?' in path else probe
        answer = owner.get(path.replace('{}', sent))
        assert answer.status < 500
        assert inert(answer)


@pytest.mark.parametrize('probe', PROBES)
def test_cve_2003_0965_nothing_of_a_form_becomes_markup(owner, mlist, probe):
    token = owner.get('admin/test').token()
    for page in ('general', 'privacy/sender', 'bounce', 'topics', 'language'):
        text = owner.get(f'admin/test/{page}').text
        names = set(re.findall(r'name="([a-z]\w+)"', text)) - {'find', 'csrf_token'}
        fields = dict.fromkeys(sorted(names), probe) | {'csrf_token': token}
        assert inert(owner.post(f'admin/test/{page}', fields))


@pytest.mark.parametrize('probe', PROBES)
def test_cve_2018_0618_stored_texts_are_shown_as_texts(owner, mlist, probe):
    with mlist.lock():
        mlist.add_member('anne@example.com', name=probe)
        mlist.description = mlist.welcome_msg = mlist.info = probe
        mlist.topics = [(probe, probe, probe, False)]
        mlist.header_filter_rules = [(probe, 3, False)]
        mlist.bounce_info['anne@example.com'] = {'score': probe}
        mlist.save()
    for page in ('general', 'members', 'topics', 'privacy/spam', '?find=e'):
        separator = '' if page.startswith('?') else '/'
        assert inert(owner.get(f'admin/test{separator}{page}'))
    assert inert(owner.get('admin'))


@pytest.mark.parametrize(
    'name',
    ['x' * 300, 'your-site-was-hacked-call-1-800', 'a%0ab', '../data', 'test%00'],
)
def test_cve_2018_13796_no_page_repeats_the_name_of_no_list(mlist, browser, name):
    answer = browser.get(f'admin/{name}')
    assert answer.status == 404
    assert name not in answer.text
    assert 'hacked' not in answer.text


# --- hosts, logs, headers -------------------------------------------------------------


def test_host_headers_change_no_link(mlist, browser):
    evil = {
        'HTTP_X_FORWARDED_HOST': 'evil.example',
        'HTTP_FORWARDED': 'host=evil.example',
    }
    browser.post('admin/test/forgotten', {'send': '1'}, **evil)
    (msg, _data), *_rest = mlist.queue('virgin').messages
    text = msg.get_payload(decode=True).decode()
    assert 'http://lists.example.com/mailman/admin/test/newpassword/' in text
    assert 'evil' not in text


def test_cve_2006_4624_no_request_forges_a_log_line(mlist, browser):
    for path in ('admin/test\nforged', 'admin/x\ry', 'admin/test/a\r\nforged'):
        browser.post(path, {'adminpw': 'wrong\nforged'})
    browser.post('admin/test/members/add', {'adminpw': 'a\nforged: x'})
    for log in (mlist.site.logs_dir).iterdir():
        lines = log.read_text().splitlines()
        assert not any(line.startswith('forged') for line in lines)


def test_names_of_members_forge_no_log_line(owner, mlist):
    fields = {'subscribees': '"x\rforged: y" <anne@example.com>'}
    token = owner.get('admin/test/members/add').token()
    owner.post('admin/test/members/add', {**fields, 'csrf_token': token})
    log = mlist.site.logs_dir / 'subscribe'
    lines = log.read_text().splitlines() if log.exists() else []
    assert not any(line.startswith('forged') for line in lines)


@pytest.mark.parametrize(
    'name, value',
    [
        ('subject_prefix', '[x]\r\nBcc: evil@example.com'),
        ('description', 'x\nBcc: evil@example.com'),
        ('real_name', 'Test\r\nX-Evil: 1'),
        ('reply_to_address', 'a@example.com\r\nBcc: evil@example.com'),
    ],
)
def test_no_setting_of_one_line_has_a_line_end(owner, mlist, name, value):
    token = owner.get('admin/test/general').token()
    owner.post('admin/test/general', {name: value, 'csrf_token': token})
    assert not re.search(r'[\r\n]', str(state(mlist)[name]))


def test_a_pattern_that_never_ends_is_ended(owner, mlist):
    with mlist.lock():
        for n in range(30):
            mlist.add_member('a' * 41 + f'{n}@example.com')
        mlist.save()
    for _ in range(2):
        answer = owner.get(f'admin/test/members?findmember={quote("(a+)+$")}')
        assert answer.status == 200
        assert 'cannot be used' in answer.text


def test_fields_that_are_no_settings_change_nothing(owner, mlist):
    before = state(mlist)
    token = owner.get('admin/test').token()
    odd = dict.fromkeys(
        ('password', '_internal_name', '__class__', 'usenet_watermark', 'members',
         'owner[]', 'passwords', 'mod_password', 'created_at', 'site', 'pipeline'),
        'x',
    )  # fmt: skip
    owner.post('admin/test/general', {**odd, 'csrf_token': token})
    assert state(mlist) == before


def test_ten_thousand_rows_and_odd_bytes_are_no_trouble(owner, mlist):
    token = owner.get('admin/test/topics').token()
    fields = {f'topic_box_{n:02}': 'x' for n in range(1, 3000)}
    answer = owner.post('admin/test/topics', {**fields, 'csrf_token': token})
    assert answer.status == 200
    assert state(mlist)['topics'] == []
    raw = b'csrf_token=' + token.encode() + b'&description=%ff%fe%00&info=\xff'
    kind = 'application/x-www-form-urlencoded'
    answer = owner.open('POST', 'admin/test/general', raw, CONTENT_TYPE=kind)
    assert answer.status in (200, 303)
