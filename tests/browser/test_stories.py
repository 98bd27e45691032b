"""Whole stories in Chromium, without scripts: joining, owning, moderating, reading."""

import re

import pytest

from mailman.constants import MemberFlag, Role
from mailman.lists import MailList, catalog
from mailman.lists.requests import Requests
from mailman.mail.message import Message
from tests.browser.sample import ANNE, GENERATED, OWNER, PASSWORD, posts
from tests.browser.visitor import leave_by

NEW = 'newcomer@example.net'


@pytest.fixture
def person(visitor):
    """A visitor to whom nothing happens that should not."""
    yield visitor
    visitor.check()


def link_in_mail(sample, page, since=0):
    """Give the path of the newest mailed link to this page."""
    for text in reversed(sample.mails()[since:]):
        if found := re.search(rf'{sample.root}(/mailman/{page}/\S+)', text):
            return found[1]
    raise AssertionError(f'no mail has a link to {page}')


def fresh(sample, name):
    return MailList.open(sample.site, name)


def hold(mlist, count):
    """Hold posts, as the runner does."""
    requests = Requests(mlist)
    with mlist.lock():
        for number, (subject, sender, reason, body) in enumerate(posts(count)):
            head = f'From: {sender}\nSubject: {subject}\nMessage-ID: <s{number}@x>\n'
            requests.hold_message(Message.from_string(f'{head}\n{body}'), reason, {})
        mlist.save_changes()


# --- a member -------------------------------------------------------------------------


def test_somebody_joins_chooses_options_and_leaves(person, sample):
    page = person.page
    person.go('listinfo')
    leave_by(page, page.get_by_role('link', name='Join Team-01'))
    assert page.url.endswith('/listinfo/team-01#f-email')
    page.get_by_label('Your e-mail address').fill(NEW)
    page.get_by_label('A password').fill(PASSWORD)
    page.get_by_label('The password again').fill(PASSWORD)
    person.press('Join')
    assert 'look into its mailbox' in person.text()

    person.go(link_in_mail(sample, 'confirm'))
    assert not fresh(sample, 'team-01').is_member(NEW)
    person.press('Join the list')
    assert f'{NEW} is a member of Team-01 now' in person.text()

    page.locator('[name=email][id]').last.fill(NEW)
    person.press('My options, or leave')
    page.get_by_label('Password').fill(PASSWORD)
    person.press('Log in')
    page.get_by_label('Many posts together in a digest').check()
    page.get_by_label('No, not for now').check()
    person.press('Save these settings')
    member = fresh(sample, 'team-01')
    assert member.is_digest(NEW) and member.delivery_status_of(NEW)
    assert page.locator('.notice.done').is_visible()

    page.get_by_label('Yes, I want to leave').check()
    person.press('Leave the list')
    assert not fresh(sample, 'team-01').is_member(NEW)
    assert 'Team-01' in person.text()


def test_a_member_without_a_password_logs_in_by_a_mailed_link(person, sample):
    mlist = fresh(sample, 'team-02')
    with mlist.lock():
        mlist.add_member(NEW)
        mlist.save_changes()
    person.go('options/team-02')
    person.page.get_by_label('Your address on the list').fill(NEW)
    before = len(sample.mails())
    person.press('Mail me a link to log in')
    person.go(link_in_mail(sample, 'confirm', before))
    person.press('Log in')
    assert 'Your membership in Team-02' in person.text()


# --- an owner -------------------------------------------------------------------------

# One setting of each page: where, name, new value.
SETTINGS = [
    ('general', 'description', 'What it is all about'),
    ('language', 'encode_ascii_prefixes', 1),
    ('nondigest', 'msg_header', 'Hello\n'),
    ('digest', 'digest_size_threshhold', 47),
    ('privacy/subscribing', 'unsubscribe_policy', 1),
    ('privacy/sender', 'default_member_moderation', 1),
    ('privacy/recipient', 'require_explicit_destination', 0),
    ('privacy/spam', 'bounce_matching_headers', 'x-bad: yes\n'),
    ('bounce', 'bounce_score_threshold', 7.0),
    ('archive', 'archive_volume_frequency', 0),
    ('gateway', 'nntp_host', 'news.example.com'),
    ('autoreply', 'autorespond_admin', 1),
    ('contentfilter', 'filter_content', 1),
    ('topics', 'topics_enabled', 1),
]


def fill(page, name, value):
    """Set a control, of whatever kind it is."""
    control = page.locator(f'main [name={name}]')
    if control.first.get_attribute('type') == 'radio':
        control.and_(page.locator(f'[value="{value}"]')).check()
    else:
        control.fill(str(value))


def test_an_owner_makes_a_list_runs_it_and_removes_it(person, sample):
    page = person.page
    person.go('create')
    for name, value in (('listname', 'story'), ('owner', OWNER)):
        page.locator(f'[name={name}]').fill(value)
    for name in ('password', 'confirm', 'auth'):
        page.locator(f'[name={name}]').fill(PASSWORD)
    person.press('Make the list')
    leave_by(page, page.get_by_role('link', name='Its settings'))
    page.get_by_label('Password').fill(PASSWORD)
    person.press('Log in')

    for path, name, value in SETTINGS:
        person.go(f'admin/story/{path}')
        fill(page, name, value)
        person.press('Save the changes')
        assert '1 setting was changed' in page.locator('.notice.done').inner_text()
        assert getattr(fresh(sample, 'story'), name) == value, name
    person.go('admin/story/passwords')
    page.locator('[name=newmodpw]').fill('modpw')
    page.locator('[name=confirmmodpw]').fill('modpw')
    person.press('Change passwords')
    assert page.locator('.notice.done').is_visible()

    add_members(person, sample)
    hold(fresh(sample, 'story'), 60)
    moderate(person, sample)

    person.go('admin/story')
    leave_by(page, page.get_by_role('link', name='Remove this list'))
    page.locator('[name=password]').fill(PASSWORD)
    person.press('Remove the list')
    assert not catalog.exists(sample.site, 'story')


def test_an_owner_finds_the_way_on_a_phone(person, sample):
    page = person.page
    page.set_viewport_size({'width': 360, 'height': 740})
    person.log_in(sample.cookie('dev', Role.LIST_ADMIN))
    person.go('admin/dev')
    topics = page.get_by_role('link', name='Topics')
    assert not topics.is_visible()
    page.get_by_role('link', name='Administration of the list').click()
    leave_by(page, topics)
    assert page.locator('h1').inner_text() == 'Topics'
    page.get_by_label('Find a setting').fill('topics enabled')
    person.press('Find')
    assert 'topics_enabled' in person.text()


def add_members(person, sample):
    """Subscribe 500, find one of them, and change it."""
    page = person.page
    leave_by(page, page.get_by_role('link', name='Members', exact=True))
    leave_by(page, page.get_by_role('link', name='Add', exact=True))
    lines = [f'Person {n} <person{n:03d}@example.org>' for n in range(500)]
    page.get_by_label('Addresses, one per line').fill('\n'.join(lines))
    page.locator('[name=send_welcome_msg_to_this_batch][value="0"]').check()
    person.press('Add or invite')
    assert '500 members were added' in person.text()
    assert len(fresh(sample, 'story').members) == 500

    leave_by(page, page.get_by_role('link', name='All members'))
    page.get_by_label('Find members by address or name').fill('person123')
    leave_by(page, page.locator('[name=findmember_btn]'))
    page.get_by_label('name person123@example.org').last.fill('Another Name')
    page.get_by_label('hidden person123@example.org').check()
    person.press('Save the changes')
    story = fresh(sample, 'story')
    assert story.name_of('person123@example.org') == 'Another Name'
    assert story.option('person123@example.org', MemberFlag.CONCEAL_SUBSCRIPTION)


def moderate(person, sample):
    """Decide about 60 posts in bulk: one alone, ten found, then all that are left."""
    page = person.page
    person.go('admindb/story')
    assert '60' in page.locator('h1').inner_text()
    leave_by(page, page.locator('table.posts a', has_text='Question 1 about').first)
    page.get_by_label('Approve').check()
    person.press('Carry out this decision')
    assert len(Requests(fresh(sample, 'story')).held_messages()) == 59

    person.go('admindb/story')
    page.get_by_label('Find in sender').fill('guest5@')
    person.press('Show')
    page.get_by_label('Choose all').check()
    page.get_by_label('Chosen posts').select_option(label='Reject')
    person.press('Carry out all decisions')
    left = Requests(fresh(sample, 'story')).held_messages()
    assert 50 < len(left) < 59

    person.go('admindb/story')
    page.get_by_label(f'Choose all {len(left)} posts').check()
    page.get_by_label('Chosen posts').select_option(label='Discard')
    person.press('Carry out all decisions')
    assert str(len(left)) in page.locator('.notice.done').inner_text()
    assert 'nothing waits' in page.locator('h1').inner_text()
    assert not Requests(fresh(sample, 'story')).held_messages()


# --- a reader -------------------------------------------------------------------------


def test_a_reader_browses_and_searches_an_archive(person, sample):
    page = person.page
    person.go('listinfo/dev')
    leave_by(page, page.get_by_role('link', name='All posts so far'))
    assert page.locator('h1').inner_text() == 'The Dev archive'
    leave_by(page, page.get_by_role('link', name=re.compile('^Thread')).first)
    leave_by(
        page, page.get_by_role('link', name='Plans for the next release', exact=True)
    )
    first = page.url
    # What comes next is a link that the keyboard reaches, and rel tells programs.
    assert page.locator('head link[rel=next]').count() == 1
    tab_to(page, lambda: page.locator('nav a[rel=next]:focus').count())
    page.keyboard.press('Enter')
    page.wait_for_url(lambda url: url != first)
    assert page.locator('h1').inner_text() == 'Re: Plans for the next release'
    page.locator('details summary').click()
    assert page.get_by_text('quoted line 19').is_visible()

    page.get_by_label('Search the archive').fill('Umlauten')
    person.press('Search')
    assert '1 post found' in person.text()
    leave_by(page, page.get_by_role('link', name='Ein Wort mit Umlauten'))
    assert 'Grüße aus Köln' in person.text()
    number = GENERATED + 5
    assert page.url.endswith(f'/{number:06d}.html')


def test_a_private_archive_opens_to_members_only(person):
    page = person.page
    person.go('listinfo/board')
    leave_by(page, page.get_by_role('link', name='All posts so far'))
    assert 'The Board archive' not in person.text()
    page.get_by_label('Your address').fill(ANNE)
    page.get_by_label('Password').fill('wrong')
    person.press('Let me in')
    assert page.locator('.notice.error').is_visible()
    page.get_by_label('Your address').fill(ANNE)
    page.get_by_label('Password').fill(PASSWORD)
    person.press('Let me in')
    assert page.locator('h1').inner_text() == 'The Board archive'
    leave_by(page, page.get_by_role('link', name='The picture'))
    picture = page.locator('.picture img')
    assert picture.evaluate('image => image.naturalWidth') == 120
    page.get_by_label('Search the archive').fill('minutes')
    person.press('Search')
    assert '1 post found' in person.text()


# --- the keyboard ---------------------------------------------------------------------

FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const x = box.left + Math.min(box.width, 12) / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  return {
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    free: !top || one.contains(top) || top.contains(one) || top.tagName === 'LABEL',
    name: one.name || one.textContent.trim().slice(0, 40) || one.tagName,
  };
}"""


def tab_to(page, there, most=300):
    """Press Tab until that is true; whatever has the focus on the way can be seen."""
    for _ in range(most):
        page.keyboard.press('Tab')
        if page.evaluate('document.activeElement === document.body'):
            continue
        focus = page.evaluate(FOCUS)
        assert focus['seen'], f'no focus is shown: {focus["name"]}'
        assert focus['free'], f'something hides what has the focus: {focus["name"]}'
        if there():
            return
    raise AssertionError('the keyboard does not lead there')


def focused(page, selector):
    return lambda: page.evaluate('s => document.activeElement.matches(s)', selector)


def test_the_keyboard_is_enough_to_join(person, sample):
    page = person.page
    person.go('listinfo/team-03')
    page.keyboard.press('Tab')
    assert page.evaluate('document.activeElement.className') == 'skip'
    page.keyboard.press('Enter')
    tab_to(page, focused(page, '#f-email'))
    page.keyboard.type(NEW)
    page.keyboard.press('Enter')
    page.wait_for_url('**/subscribe/**')
    person.go(link_in_mail(sample, 'confirm'))
    tab_to(page, focused(page, 'button[name=submit]'))
    page.keyboard.press('Enter')
    page.wait_for_url('**/listinfo/**')
    assert fresh(sample, 'team-03').is_member(NEW)


def test_the_keyboard_is_enough_to_moderate(person, sample):
    page = person.page
    hold(fresh(sample, 'team-04'), 60)
    person.log_in(sample.cookie('team-04', Role.LIST_MODERATOR))
    person.go('admindb/team-04')
    for _ in range(2):
        tab_to(page, focused(page, '[name="bulk:id"]'))
        page.keyboard.press('Space')
    tab_to(page, focused(page, 'a[href="#bulk-action"]'))
    page.keyboard.press('Enter')
    for _ in range(3):
        page.keyboard.press('ArrowDown')
    tab_to(page, focused(page, 'button.first'), 1)
    page.keyboard.press('Enter')
    page.locator('.notice.done').wait_for()
    assert len(Requests(fresh(sample, 'team-04')).held_messages()) == 58
