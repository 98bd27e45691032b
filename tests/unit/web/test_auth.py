"""Who somebody is: passwords, limits on guessing, and log-ins by the web server."""

import pytest

from mailman.actions.passwords import set_member_password
from mailman.constants import Role
from mailman.lists import MailList
from mailman.security.passwords import hash_password
from mailman.web import auth
from mailman.web.answers import Refused
from mailman.web.request import Request

ANNE = 'anne@example.com'


def request(site, **environ):
    return Request(site, {'REMOTE_ADDR': '192.0.2.1', **environ}, 'admin')


@pytest.fixture
def members(mlist):
    with mlist.lock():
        mlist.add_member(ANNE)
        set_member_password(mlist, ANNE, 'memberpw')
        mlist.mod_password = hash_password('modpw')
        mlist.save()
    return mlist


def role(site, mlist, clear, roles=auth.READERS, user='', **environ):
    login = auth.authenticate(
        request(site, **environ), mlist, roles, clear=clear, user=user
    )
    return login and login.role


def test_each_password_makes_its_role(site, members):
    (site.data_dir / 'adm.pw').write_text(hash_password('sitepw'))
    assert role(site, members, 'listpw') == Role.LIST_ADMIN
    assert role(site, members, 'modpw') == Role.LIST_MODERATOR
    assert role(site, members, 'memberpw', user=ANNE) == Role.USER
    assert role(site, members, 'sitepw') == Role.SITE_ADMIN
    assert role(site, members, 'memberpw', user='x@example.com') is None
    assert role(site, members, 'memberpw') is None
    assert role(site, members, 'modpw', auth.OWNERS) is None


def test_cve_2001_1132_no_password_is_none(site, members):
    with members.lock():
        members.password = ''
        members.save()
    for content in (None, '', '\n'):
        if content is not None:
            (site.data_dir / 'adm.pw').write_text(content)
        for clear in ('', '\n', ' ', '0'):
            assert role(site, members, clear) is None


def test_a_password_in_a_form_of_2_1_opens_once_and_is_stored_anew(site, members):
    import hashlib

    with members.lock():
        members.password = hashlib.sha1(b'oldpw').hexdigest()
        members.save()
    assert role(site, members, 'oldpw') == Role.LIST_ADMIN
    stored = MailList.open(site, 'test').password
    assert stored.startswith('scrypt$')


def test_guessing_is_stopped_for_one_network_and_account_only(site, members):
    for _ in range(10):
        assert role(site, members, 'wrong') is None
    with pytest.raises(Refused) as refusal:
        role(site, members, 'listpw')
    assert refusal.value.status == 429
    assert role(site, members, 'memberpw', user=ANNE) == Role.USER
    elsewhere = role(site, members, 'listpw', REMOTE_ADDR='198.51.100.7')
    assert elsewhere == Role.LIST_ADMIN
    lines = (site.logs_dir / 'security').read_text().splitlines()
    assert len(lines) == 10
    assert 'list=test: remote=192.0.2.1' in lines[0]


def test_a_right_password_clears_the_wrong_ones(site, members):
    for _ in range(3):
        for _ in range(5):
            role(site, members, 'wrong')
        assert role(site, members, 'listpw') == Role.LIST_ADMIN


def test_the_web_server_is_believed_only_where_the_site_says_so(site, members):
    owner = {'REMOTE_USER': 'Owner@example.com'}
    assert role(site, members, '', **owner) is None
    site.cfg.WEB_SERVER_LOGIN = True
    assert role(site, members, '', **owner) == Role.LIST_ADMIN
    assert role(site, members, '', REMOTE_USER=ANNE) == Role.USER
    assert role(site, members, '', REMOTE_USER=ANNE, user=ANNE) == Role.USER
    assert role(site, members, '', REMOTE_USER=ANNE, user='b@example.com') is None
    assert role(site, members, '', auth.OWNERS, REMOTE_USER=ANNE) is None
    assert role(site, members, '', REMOTE_USER='x@example.com') is None
    site.cfg.WEB_SERVER_SITE_ADMINS = ['root@example.com']
    assert role(site, members, '', REMOTE_USER='root@example.com') == Role.SITE_ADMIN
