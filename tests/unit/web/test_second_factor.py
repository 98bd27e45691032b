"""Codes besides passwords: asked from owners and the site, from nobody else."""

import pytest

from mailman.actions.secondfactor import FILE, SecondFactor
from mailman.cli import second_factor
from mailman.security import totp
from mailman.security.passwords import hash_password

SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'


@pytest.fixture
def clock(site):
    site.now = lambda: 1_800_000_000.0
    return site


def shown(site, later=0):
    return totp.code(SECRET, int(site.now()) // 30 + later)


def delete(browser, **fields):
    return browser.post('rmlist/test', {'password': 'listpw', 'doit': '1', **fields})


def test_without_the_code_the_password_is_not_enough(clock, mlist, browser):
    SecondFactor(clock, mlist).turn_on(SECRET)
    assert 'name="otp"' in browser.get('rmlist/test').text
    assert mlist.directory.exists()
    delete(browser)
    delete(browser, otp='000000')
    assert mlist.directory.exists()
    delete(browser, otp=shown(clock))
    assert not mlist.directory.exists()


@pytest.mark.parametrize(
    'page',
    [
        'admin',
        'admindb',
        'edithtml',
        'options',
        'private',
        'roster',
        'rmlist',
        'create',
    ],
)
def test_every_form_for_a_password_has_a_box_for_the_code(clock, mlist, browser, page):
    with mlist.lock():
        mlist.private_roster = 2
        mlist.save()
    SecondFactor(clock).turn_on(SECRET)
    path = page if page == 'create' else f'{page}/test'
    assert 'name="otp"' in browser.get(path).text


def test_a_code_seen_by_others_is_used_up(clock, mlist):
    factor = SecondFactor(clock, mlist)
    factor.turn_on(SECRET)
    assert factor.accepts(shown(clock))
    assert not factor.accepts(shown(clock))
    assert factor.accepts(shown(clock, 1))


def test_codes_are_not_guessed_from_many_networks(clock, mlist, new_browser):
    SecondFactor(clock, mlist).turn_on(SECRET)
    for number in range(20):
        far = new_browser(REMOTE_ADDR=f'198.51.{number}.7')
        far.post('admin/test', {'adminpw': 'listpw', 'otp': '000000'})
    owner = new_browser()
    owner.post('admin/test', {'adminpw': 'listpw', 'otp': shown(clock)})
    assert not owner.cookies
    now = clock.now()
    clock.now = lambda: now + 901
    owner.post('admin/test', {'adminpw': 'listpw', 'otp': shown(clock)})
    assert 'test+admin' in owner.cookies


def test_the_site_has_its_own(clock, mlist, browser):
    (clock.data_dir / 'adm.pw').write_text(hash_password('sitepw') + '\n')
    SecondFactor(clock).turn_on(SECRET)
    delete(browser, password='sitepw')
    assert mlist.directory.exists()
    delete(browser, password='listpw')
    assert not mlist.directory.exists()


def test_a_damaged_file_lets_nobody_in(clock, mlist, browser):
    (mlist.directory / FILE).write_text('{')
    assert not SecondFactor(clock, mlist).accepts(shown(clock))
    delete(browser)
    assert mlist.directory.exists()
    assert 'second factor' in (clock.logs_dir / 'error').read_text()


def test_the_command_turns_it_on_and_off(site, mlist, capsys):
    factor = SecondFactor(site, mlist)
    assert second_factor.main(site, ['test', '--on']) == 0
    assert 'otpauth://totp/' in capsys.readouterr().out
    assert factor.wanted
    assert second_factor.main(site, ['test']) == 0
    assert factor.wanted
    assert second_factor.main(site, ['test', '--off']) == 0
    assert not factor.wanted
    assert second_factor.main(site, ['nothing']) == 1


def test_moderators_need_none(clock, mlist, browser):
    with mlist.lock():
        mlist.mod_password = hash_password('modpw')
        mlist.archive_private = 1
        mlist.save()
    SecondFactor(clock, mlist).turn_on(SECRET)
    page = 'private/test/index.html'
    fields = {'username': '', 'password': 'modpw', 'submit': '1'}
    assert browser.post(page, fields).status == 200
    fields['password'] = 'listpw'
    browser.cookies.clear()
    assert browser.post(page, fields).status == 401
