"""Log-ins that browsers keep, and form tokens: forged ones open nothing."""

import hashlib
import io
import random

import pytest

from mailman.actions import passwords
from mailman.constants import Role
from mailman.lists import MailList
from mailman.lists.logins import Logins
from mailman.web import sessions, tokens
from mailman.web.request import Request
from mailman.web.sessions import Login

ANNE, BART = 'anne@example.com', 'bart@example.com'


def request(site, cookies=(), fields='', program='admin', method='GET'):
    data = fields.encode()
    return Request(
        site,
        {
            'REQUEST_METHOD': method,
            'HTTP_COOKIE': '; '.join(f'{n}={v}' for n, v in cookies),
            'QUERY_STRING': '' if method == 'POST' else fields,
            'CONTENT_TYPE': 'application/x-www-form-urlencoded',
            'CONTENT_LENGTH': str(len(data)),
            'wsgi.input': io.BytesIO(data),
        },
        program,
    )


def cookie(site, mlist, login):
    header = sessions.set_cookie(request(site), mlist, login)
    return tuple(header.split(';')[0].split('=', 1))


def opens(site, mlist, pair, role=Role.LIST_ADMIN, user=''):
    return sessions.check(request(site, [pair]), mlist, role, user) is not None


@pytest.fixture
def admin(site, mlist):
    return cookie(site, mlist, Login(Role.LIST_ADMIN))


def test_a_cookie_has_the_name_of_2_1(site, mlist, admin):
    assert admin[0] == 'test+admin'
    member = cookie(site, mlist, Login(Role.USER, ANNE))
    assert member[0] == 'test+user+anne--at--example.com'


def test_a_cookie_is_for_no_script_and_no_other_site(site, mlist):
    header = sessions.set_cookie(request(site), mlist, Login(Role.LIST_ADMIN))
    assert 'HttpOnly' in header
    assert 'SameSite=Lax' in header
    assert 'Path=/mailman/' in header
    assert 'Secure' not in header
    mlist.web_page_url = 'https://lists.example.com/mailman/'
    header = sessions.set_cookie(request(site), mlist, Login(Role.LIST_ADMIN))
    assert 'Secure' in header


def test_the_cookie_opens_its_list_for_its_role(site, mlist, admin):
    assert opens(site, mlist, admin)


def test_every_changed_byte_is_noticed(site, mlist, admin):
    name, value = admin
    for position in range(len(value)):
        for other in ('0', 'f', '.', 'Z'):
            if value[position] != other:
                forged = value[:position] + other + value[position + 1 :]
                assert not opens(site, mlist, (name, forged))


def test_it_opens_no_other_list_role_or_member(site, mlist, admin):
    other = MailList.create(site, 'other', 'a@example.com', 'x')
    assert not opens(site, other, ('other+admin', admin[1]))
    moderator = ('test+moderator', admin[1])
    assert not opens(site, mlist, moderator, Role.LIST_MODERATOR)
    anne = cookie(site, mlist, Login(Role.USER, ANNE))
    bart = ('test+user+bart--at--example.com', anne[1])
    assert opens(site, mlist, anne, Role.USER, ANNE)
    assert not opens(site, mlist, bart, Role.USER, BART)
    assert not opens(site, mlist, ('test+admin', anne[1]))


def test_a_list_of_the_same_name_made_later_is_another(site, mlist, admin):
    mlist.created_at += 1
    assert not opens(site, mlist, admin)


def test_a_log_in_ends_with_its_lifetime(site, mlist, admin):
    site.cfg.AUTHENTICATION_COOKIE_LIFETIME = 100
    assert opens(site, mlist, admin)
    now = site.now()
    site.now = lambda: now + 200
    assert not opens(site, mlist, admin)


def test_one_that_nobody_used_for_a_month_ends_whatever_the_lifetime(
    site, mlist, admin
):
    assert site.cfg.AUTHENTICATION_COOKIE_LIFETIME == 0
    now = site.now()
    site.now = lambda: now + 29 * 86_400
    assert opens(site, mlist, admin)
    site.now = lambda: now + 31 * 86_400
    assert not opens(site, mlist, admin)


def test_one_from_the_future_is_none(site, mlist):
    now = site.now()
    site.now = lambda: now + 1000
    early = cookie(site, mlist, Login(Role.LIST_ADMIN))
    site.now = lambda: now
    assert not opens(site, mlist, early)


def test_logging_out_ends_it_here_too(site, mlist, admin):
    session = admin[1].split('.')[1]
    Logins(mlist).log_out(session)
    assert not opens(site, mlist, admin)
    assert opens(site, mlist, cookie(site, mlist, Login(Role.LIST_ADMIN)))


def test_a_new_password_ends_all_of_that_role(site, mlist, admin):
    anne = cookie(site, mlist, Login(Role.USER, ANNE))
    bart = cookie(site, mlist, Login(Role.USER, BART))
    passwords.changed(mlist, 'admin')
    passwords.changed(mlist, 'user', ANNE)
    assert not opens(site, mlist, admin)
    assert not opens(site, mlist, anne, Role.USER, ANNE)
    assert opens(site, mlist, bart, Role.USER, BART)


def test_too_many_log_outs_end_all(site, mlist, admin, monkeypatch):
    monkeypatch.setattr('mailman.lists.logins.MOST_OUT', 3)
    for number in range(4):
        Logins(mlist).log_out(f'{number:016x}')
    assert not opens(site, mlist, admin)


def test_a_damaged_file_logs_everybody_out(site, mlist, admin):
    (mlist.directory / 'logins.json').write_text('[1')
    assert not opens(site, mlist, admin)


def test_cve_2021_42096_nothing_follows_from_a_password(site, mlist, admin):
    names = [mlist.password, 'listpw']
    issued = admin[1].split('.')[0]
    shown = admin[1] + tokens.make(request(site), mlist, Login(Role.LIST_ADMIN))
    for name in names:
        for text in (name, name + issued, name + repr(int(issued))):
            for kind in ('md5', 'sha1', 'sha256'):
                assert hashlib.new(kind, text.encode()).hexdigest() not in shown
    mlist.password = 'something else'
    assert opens(site, mlist, admin)


def test_r27_random_bytes_are_no_cookie_and_cost_nothing(site, mlist):
    chance = random.Random(27)
    for _ in range(500):
        blob = chance.randbytes(chance.randint(0, 60)).hex()
        for value in (blob, f'1.{blob}.{blob}', f'{blob}.x', '9' * 190 + '..'):
            assert not opens(site, mlist, ('test+admin', value))
            asked = request(site, fields=f'csrf_token={value}')
            assert not tokens.is_good(asked, mlist, Login(Role.LIST_ADMIN))


# --- form tokens ----------------------------------------------------------------------


def good(site, mlist, token, login, program='admin'):
    asked = request(site, fields=f'csrf_token={token}', program=program, method='POST')
    return tokens.is_good(asked, mlist, login)


def test_a_token_is_good_for_who_got_it(site, mlist):
    login = Login(Role.LIST_ADMIN)
    token = tokens.make(request(site), mlist, login)
    assert good(site, mlist, token, login)
    assert not good(site, mlist, token[:-1], login)
    assert not good(site, mlist, '', login)


def test_cve_2021_42097_44227_it_is_good_for_nobody_else(site, mlist):
    anne = Login(Role.USER, ANNE)
    token = tokens.make(request(site, program='options'), mlist, anne)
    bart = Login(Role.USER, BART, anne.session)
    admin = Login(Role.LIST_ADMIN, '', anne.session)
    assert good(site, mlist, token, anne, 'options')
    assert not good(site, mlist, token, bart, 'options')
    assert not good(site, mlist, token, admin, 'options')
    assert not good(site, mlist, token, anne, 'admin')
    assert not good(site, mlist, token, Login(Role.USER, ANNE), 'options')
    other = MailList.create(site, 'other', 'a@example.com', 'x')
    assert not good(site, other, token, anne, 'options')


def test_the_case_of_an_address_does_not_matter(site, mlist):
    token = tokens.make(request(site), mlist, Login(Role.USER, ANNE, 'a'))
    assert good(site, mlist, token, Login(Role.USER, ANNE.upper(), 'a'))


def test_a_form_that_lay_open_too_long_is_refused(site, mlist):
    login = Login(Role.LIST_ADMIN)
    token = tokens.make(request(site), mlist, login)
    now = site.now()
    site.now = lambda: now + site.cfg.FORM_LIFETIME + 1
    assert not good(site, mlist, token, login)
