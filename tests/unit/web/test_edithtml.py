"""edithtml: owners write the pages and mails of their list."""

import pytest

from mailman.actions import listtexts
from mailman.constants import Role
from mailman.web import sessions
from mailman.web.request import Request
from mailman.web.sessions import Login

PAGE = 'edithtml/test'
MAIL = f'{PAGE}/postack.txt'


@pytest.fixture
def owner(browser, mlist):
    """A browser that is logged in; passwords take their time."""
    mlist.available_languages = ['en', 'de']
    mlist.save()
    request = Request(mlist.site, {}, 'edithtml')
    browser._take(sessions.set_cookie(request, mlist, Login(Role.LIST_ADMIN)))
    return browser


def edit(browser, page, text, button='submit', **more):
    sent = {'html_code': text, button: '1', 'csrf_token': browser.get(page).token()}
    return browser.post(page, sent | more)


def stored(mlist, name, lang='en'):
    return (mlist.directory / lang / name).read_text()


def test_all_texts_of_21_can_be_chosen(owner):
    page = owner.get(PAGE).text
    assert len(listtexts.TEXTS) == 17
    for name in listtexts.TEXTS:
        assert f'href="/mailman/edithtml/test/{name}' in page


@pytest.mark.parametrize('name', listtexts.TEXTS)
def test_each_text_is_shown_and_saved(owner, mlist, name):
    answer = owner.get(f'{PAGE}/{name}')
    text = listtexts.read(mlist, name, 'en')
    assert answer.status == 200
    assert text
    saved = edit(owner, f'{PAGE}/{name}', text.replace('\n', '\r\n'))
    assert 'was saved' in saved.text
    assert 'mean' not in saved.text
    assert stored(mlist, name) == text
    assert (mlist.directory / 'en' / name).stat().st_mode & 0o777 == 0o664


def test_a_saved_text_is_shown_and_used(owner, mlist):
    edit(owner, MAIL, 'Got your post, 100%% sure, on %(listname)s.')
    assert 'Got your post' in owner.get(MAIL).text
    values = {'listname': 'Test'}
    used = mlist.site.render('postack.txt', values, mlist_name='test')
    assert used == 'Got your post, 100% sure, on Test.\n'


def test_a_saved_text_answers_with_a_redirect(owner):
    form = owner.get(MAIL).token()
    sent = {'html_code': 'x', 'csrf_token': form, 'submit': '1', 'language': 'de'}
    answer = owner.post(MAIL, sent, follow=False)
    assert answer.status == 303
    assert answer.header('Location').endswith(f'/{MAIL}?language=de')


def test_another_language_is_another_text(owner, mlist):
    sent = {'langform': 'True', 'language': 'de', 'editlang-button': '1'}
    answer = owner.post(MAIL, sent | {'html_code': 'not saved', 'submit': '1'})
    assert '<html lang="de"' in answer.text
    assert not (mlist.directory / 'de').exists()
    edit(owner, MAIL, 'Auf Deutsch.', language='de')
    assert stored(mlist, 'postack.txt', 'de') == 'Auf Deutsch.\n'
    assert not (mlist.directory / 'en').exists()


def test_marks_that_mean_nothing_are_warned_of(owner, mlist):
    answer = edit(owner, MAIL, 'Hello %(name)s of %(listname)s, %%(this)s')
    assert '%(name)s' in answer.text.partition('<form')[0]
    assert '%(this)s' not in answer.text.partition('<form')[0]
    answer = edit(owner, f'{PAGE}/subscribe.html', '<p><MM-Results><MM-Nothing></p>')
    assert '&lt;mm-nothing&gt;' in answer.text.partition('<form')[0]
    assert stored(mlist, 'postack.txt').startswith('Hello')


@pytest.mark.parametrize('text', ['', ' \n'])
def test_an_empty_text_is_not_saved(owner, mlist, text):
    assert 'Nothing was saved' in edit(owner, MAIL, text).text
    assert not (mlist.directory / 'en').exists()


def test_a_form_without_the_text_saves_nothing(owner, mlist):
    sent = {'submit': '1', 'csrf_token': owner.get(MAIL).token()}
    assert 'Nothing was saved' in owner.post(MAIL, sent).text
    assert not (mlist.directory / 'en').exists()


def test_a_preview_shows_and_saves_nothing(owner, mlist):
    answer = edit(owner, MAIL, 'Hello %(listname)s, %(subject)s', 'preview')
    assert 'Hello Test, [subject]' in answer.text
    page = f'{PAGE}/listinfo.html'
    code = '<h1><MM-List-Name></h1><MM-Subscribe-Form-Start><MM-Subscribe-Box>'
    answer = edit(owner, page, code, 'preview')
    assert '<h1>Test</h1>' in answer.text
    assert '[mm-subscribe-box]' in answer.text
    answer = edit(owner, f'{PAGE}/private.html', '<b>%(realname)s</b>', 'preview')
    assert '<b>Test</b>' in answer.text
    assert not (mlist.directory / 'en').exists()


def test_the_text_of_the_site_comes_back_after_a_question(owner, mlist):
    edit(owner, MAIL, 'My own.')
    form = owner.get(MAIL)
    assert 'name="drop"' in form.text
    answer = owner.post(MAIL, {'drop': '1', 'csrf_token': form.token()})
    assert 'name="drop-really"' in answer.text
    assert stored(mlist, 'postack.txt') == 'My own.\n'
    answer = owner.post(MAIL, {'drop-really': '1', 'csrf_token': answer.token()})
    assert 'in use again' in answer.text
    assert 'My own.' not in owner.get(MAIL).text
    assert 'name="drop"' not in owner.get(MAIL).text
    answer = owner.post(MAIL, {'drop-really': '1', 'csrf_token': form.token()})
    assert 'no text of its own' in answer.text


def test_an_unknown_text_is_told_of_by_a_page(owner):
    answer = owner.get(f'{PAGE}/nothing.html')
    assert answer.status == 200
    assert 'no such text' in answer.text
    assert f'/{PAGE}/listinfo.html' in answer.text


def test_a_script_that_sends_the_password_saves_at_once(browser, mlist):
    sent = {'adminpw': 'listpw', 'html_code': 'By a script.', 'submit': '1'}
    answer = browser.post(MAIL, sent, follow=False)
    assert answer.status == 200
    assert stored(mlist, 'postack.txt') == 'By a script.\n'
    assert browser.post(MAIL, {'adminpw': 'guess', 'admlogin': '1'}).status == 401


def test_a_text_in_the_charset_of_21_is_shown_right(owner, mlist):
    (mlist.directory / 'de').mkdir()
    (mlist.directory / 'de' / 'postack.txt').write_bytes(
        'Schöne Grüße'.encode('latin-1')
    )
    assert 'Schöne Grüße' in owner.get(f'{MAIL}?language=de').text


# --- log-in forms that owners wrote -----------------------------------------------


def write_form(mlist, text, lang='en'):
    (mlist.directory / lang).mkdir()
    (mlist.directory / lang / 'admlogin.html').write_text(text)


FORM = (
    '<h1>%(listname)s, %(who)s</h1><b>Mine</b>%(message)s'
    '<form method="post" action="%(path)s"><input type="password" name="adminpw">'
    '<input type="submit" name="admlogin" value="In"></form>'
)


def test_a_log_in_form_of_the_owners_is_used(new_browser, mlist):
    write_form(mlist, FORM)
    browser = new_browser()
    page = browser.get('admindb/test?details=all').text
    assert '<b>Mine</b>' in page
    assert 'action="/mailman/admindb/test?details=all"' in page
    assert 'List moderator' in page
    assert 'List administrator' in browser.get(PAGE).text
    wrong = browser.post(PAGE, {'adminpw': 'guess'})
    assert wrong.status == 401
    assert 'not right' in wrong.text


def test_a_log_in_form_without_its_box_locks_nobody_out(browser, mlist):
    write_form(mlist, '<b>Mine</b>')
    page = browser.get(PAGE).text
    assert 'Mine' not in page
    assert 'name="adminpw"' in page
