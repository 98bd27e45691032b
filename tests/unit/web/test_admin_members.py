"""admin: members by list, by the hundred, and as a table; passwords, also lost ones."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList
from mailman.security import passwords

LIST = 'admin/test/members'


@pytest.fixture
def owner(mlist, browser):
    """A browser that is logged in as the owner of the list."""
    browser.post('admin/test', {'adminpw': 'listpw', 'admlogin': '1'})
    return browser


def fresh(mlist):
    return MailList.open(mlist.site, mlist.name)


def members(mlist):
    return sorted(fresh(mlist).member_keys())


def join(mlist, *addresses, **settings):
    with mlist.lock():
        for address in addresses:
            mlist.add_member(address)
        for name, value in settings.items():
            setattr(mlist, name, value)
        mlist.save()


def send(owner, path, fields, **more):
    token = owner.get(path).token()
    pairs = list(fields.items() if isinstance(fields, dict) else fields)
    return owner.post(path, [('csrf_token', token), *pairs], **more)


def users(answer):
    return re.findall(r'name="user" value="([^"]*)"', answer.text)


def mails(mlist):
    return [(msg, data['recips']) for msg, data in mlist.queue('virgin').messages]


# --- the list -------------------------------------------------------------------------


def row(address, **fields):
    user = quote(address)
    return {'user': user, **{f'{user}_{name}': v for name, v in fields.items()}}


def settle(owner, address, **fields):
    return send(owner, LIST, {**row(address, **fields), 'setmemberopts_btn': '1'})


def test_boxes_set_the_options_of_a_member(owner, mlist):
    join(mlist, 'anne+x@example.com')
    settle(owner, 'anne+x@example.com', mod='on', hide='off', realname='Anne')
    now = fresh(mlist)
    assert now.options_of('anne+x@example.com') == (
        MemberFlag.MODERATE | MemberFlag.CONCEAL_SUBSCRIPTION
    )
    assert now.name_of('anne+x@example.com') == 'Anne'


def test_a_box_that_is_missing_is_off(owner, mlist):
    join(mlist, 'anne@example.com')
    assert fresh(mlist).options_of('anne@example.com')
    settle(owner, 'anne@example.com')
    assert not fresh(mlist).options_of('anne@example.com')


def test_only_rows_that_are_named_are_touched(owner, mlist):
    join(mlist, 'anne@example.com', 'bart@example.com')
    before = fresh(mlist).options_of('bart@example.com')
    fields = {**row('anne@example.com'), 'bart%40example.com_mod': 'on'}
    send(owner, LIST, {**fields, 'setmemberopts_btn': '1'})
    assert fresh(mlist).options_of('bart@example.com') == before


def test_no_mail_means_by_an_owner_unless_it_was_off_before(owner, mlist):
    join(mlist, 'anne@example.com', 'bart@example.com')
    with mlist.lock():
        mlist.set_delivery_status('bart@example.com', DeliveryStatus.BY_USER)
        mlist.save()
    for address in ('anne@example.com', 'bart@example.com'):
        settle(owner, address, nomail='on')
    now = fresh(mlist)
    assert now.delivery_status_of('anne@example.com') == DeliveryStatus.BY_ADMIN
    assert now.delivery_status_of('bart@example.com') == DeliveryStatus.BY_USER
    settle(owner, 'bart@example.com')
    enabled = fresh(mlist).delivery_status_of('bart@example.com')
    assert enabled == DeliveryStatus.ENABLED


def test_the_remove_box_removes(owner, mlist):
    join(mlist, 'anne@example.com', 'bart@example.com')
    answer = settle(owner, 'anne@example.com', unsub='on')
    assert members(mlist) == ['bart@example.com']
    assert '1 member was removed' in answer.text
    log = (mlist.site.logs_dir / 'subscribe').read_text()
    assert 'test: deleted anne@example.com; member mgt page' in log


def test_who_left_meanwhile_is_told_and_hinders_nobody(owner, mlist):
    join(mlist, 'anne@example.com')
    pairs = [
        *row('gone@example.com').items(),
        *row('anne@example.com', mod='on').items(),
        ('setmemberopts_btn', '1'),
    ]
    answer = send(owner, LIST, pairs)
    assert fresh(mlist).option('anne@example.com', MemberFlag.MODERATE)
    assert 'not a member' in answer.text


def test_all_members_are_moderated_at_once(owner, mlist):
    join(mlist, 'anne@example.com', 'bart@example.com')
    answer = send(owner, LIST, {'allmodbit_btn': '1', 'allmodbit_val': '1'})
    now = fresh(mlist)
    assert all(now.option(key, MemberFlag.MODERATE) for key in now.member_keys())
    assert '2 members are moderated now' in answer.text


def test_the_state_of_a_member_says_why_and_since_when(owner, mlist):
    join(mlist, 'anne@example.com')
    with mlist.lock():
        mlist.set_delivery_status('anne@example.com', DeliveryStatus.BY_BOUNCE)
        mlist.set_bounce_info('anne@example.com', {'score': 4.5})
        mlist.save()
    text = owner.get(LIST).text
    assert '[B]' in text
    assert 'score 4.5' in text
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\d">', text)


def test_letters_and_parts_reach_everybody(owner, mlist):
    wanted = [f'{letter}{n}@example.com' for letter in 'ab7' for n in range(7)]
    join(mlist, *wanted, admin_member_chunksize=3)
    seen, todo, done = set(), [LIST], set()
    while todo:
        url = todo.pop()
        answer = owner.get(url)
        found = users(answer)
        assert len(found) <= 3
        seen.update(found)
        done.add(url)
        for link in re.findall(r'href="/mailman/([^"]*letter=[^"]*)"', answer.text):
            link = link.replace('&amp;', '&')
            if link not in done and link not in todo:
                todo.append(link)
    assert seen == {quote(address) for address in wanted}


@pytest.mark.parametrize(
    'query', ['letter=%00', 'letter=zz&chunk=99', 'chunk=-1', 'chunk=1e9', 'letter=']
)
def test_odd_letters_and_chunks_show_something(owner, mlist, query):
    join(mlist, *(f'a{n}@example.com' for n in range(5)), admin_member_chunksize=2)
    answer = owner.get(f'{LIST}?{query}')
    assert answer.status == 200
    assert users(answer)


@pytest.mark.parametrize(
    'pattern, found',
    [
        ('bart', ['bart@example.com']),
        ('^a', ['anne@example.com']),
        ('simpson', ['bart@example.com']),
        ('example', ['anne@example.com', 'bart@example.com']),
        ('zebra', []),
        ('([', []),
    ],
)
def test_members_are_found_by_address_and_name(owner, mlist, pattern, found):
    join(mlist, 'anne@example.com', 'bart@example.com')
    with mlist.lock():
        mlist.set_name('bart@example.com', 'Bart Simpson')
        mlist.save()
    wanted = [quote(address) for address in found]
    assert users(owner.get(f'{LIST}?findmember={quote(pattern)}')) == wanted
    fields = {'findmember': pattern, 'findmember_btn': '1'}
    assert users(send(owner, LIST, fields)) == wanted


def test_the_page_stays_small_on_a_large_list(owner, mlist):
    join(mlist, *(f'a{n:05}@example.com' for n in range(3000)))
    answer = owner.get(LIST)
    assert len(users(answer)) == mlist.admin_member_chunksize
    assert '3000 members' in answer.text


# --- by the hundred -------------------------------------------------------------------


def test_members_are_added_with_names_and_told_apart(owner, mlist):
    join(mlist, 'there@example.com', ban_list=['^.*@bad\\.example'])
    answer = send(
        owner,
        f'{LIST}/add',
        {
            'subscribees': 'one@example.com\nTwo <two@example.com>\nno address\n'
            'there@example.com\nx@bad.example\n&#1042;&#1072; <v@example.com>',
            'send_welcome_msg_to_this_batch': '0',
        },
    )
    assert members(mlist) == [
        'one@example.com',
        'there@example.com',
        'two@example.com',
        'v@example.com',
    ]
    assert fresh(mlist).name_of('v@example.com') == 'Ва'
    assert '3 members were added' in answer.text
    assert 'a member already' in answer.text
    assert 'banned' in answer.text
    assert 'no address' in answer.text
    assert mails(mlist) == []
    log = (mlist.site.logs_dir / 'subscribe').read_text()
    assert 'test: new one@example.com, admin mass sub' in log


def test_box_and_upload_are_joined_with_a_line_end(owner, mlist):
    fields = {
        'subscribees': 'one@example.com',
        'subscribees_upload': 'two@example.com',
    }
    send(owner, f'{LIST}/add', fields)
    assert members(mlist) == ['one@example.com', 'two@example.com']


def test_owners_are_told_once_of_all(owner, mlist):
    lines = '\n'.join(f'm{n}@example.com' for n in range(50))
    send(
        owner,
        f'{LIST}/add',
        {
            'subscribees': lines,
            'send_welcome_msg_to_this_batch': '0',
            'send_notifications_to_list_owner': '1',
        },
    )
    assert len(members(mlist)) == 50
    sent = mails(mlist)
    assert [recips for _msg, recips in sent] == [['owner@example.com']]
    assert 'm49@example.com' in sent[0][0].as_bytes().decode()


def test_a_batch_is_one_save_of_the_list(owner, mlist, monkeypatch):
    saves = []
    save = MailList.save
    monkeypatch.setattr(MailList, 'save', lambda self: saves.append(1) or save(self))
    lines = '\n'.join(f'm{n}@example.com' for n in range(500))
    fields = {'subscribees': lines, 'send_welcome_msg_to_this_batch': '0'}
    send(owner, f'{LIST}/add', fields)
    assert len(members(mlist)) == 500
    assert len(saves) == 1


def test_invited_people_are_no_members_yet(owner, mlist):
    answer = send(
        owner,
        f'{LIST}/add',
        {
            'subscribees': 'a@example.com\nb@example.com',
            'subscribe_or_invite': '1',
            'invitation': 'do come',
        },
    )
    assert members(mlist) == []
    assert '2 were invited' in answer.text
    texts = [msg.get_payload(decode=True).decode() for msg, _ in mails(mlist)]
    assert len(texts) == 2
    assert all('do come' in text for text in texts)


def test_members_are_removed(owner, mlist):
    join(mlist, 'a@example.com', 'b@example.com')
    answer = send(
        owner,
        f'{LIST}/remove',
        {
            'unsubscribees': 'A@example.com\nnobody@example.com',
            'send_unsub_ack_to_this_batch': '1',
        },
    )
    assert members(mlist) == ['b@example.com']
    assert 'nobody@example.com' in answer.text
    assert ['a@example.com'] in [recips for _msg, recips in mails(mlist)]


def test_members_become_those_of_a_list(owner, mlist):
    join(mlist, 'stays@example.com', 'goes@example.com')
    answer = send(
        owner,
        f'{LIST}/sync',
        {'memberlist': 'STAYS@example.com\nNew <new@example.com>'},
    )
    assert members(mlist) == ['new@example.com', 'stays@example.com']
    assert '1 member was added' in answer.text
    assert '1 member was removed' in answer.text
    assert mails(mlist) == []


def test_odd_members_and_names_survive_a_synchronisation(owner, mlist):
    join(mlist, '"odd one"@example.com', 'stays@example.com')
    lines = '"Müller, Anne" <anne@example.com>\nstays@example.com'
    send(owner, f'{LIST}/sync', {'memberlist': lines})
    assert members(mlist) == ['anne@example.com', 'stays@example.com']
    assert fresh(mlist).name_of('anne@example.com') == 'Müller, Anne'


def test_a_mistyped_line_removes_nobody(owner, mlist):
    join(mlist, 'anne@example.com', 'bart@example.com')
    answer = send(owner, f'{LIST}/sync', {'memberlist': 'anne@example\nnew@x.example'})
    assert members(mlist) == ['anne@example.com', 'bart@example.com']
    assert 'aria-invalid="true"' in answer.text
    assert 'new@x.example' in answer.text


def test_an_address_is_changed_and_told(owner, mlist):
    join(mlist, 'old@example.com')
    fields = {'change_from': 'old@example.com', 'change_to': 'new@example.com'}
    both = {'notice_old': 'yes', 'notice_new': 'yes'}
    answer = send(owner, f'{LIST}/change', {**fields, **both})
    assert members(mlist) == ['new@example.com']
    assert 'new@example.com now' in answer.text
    told = [recips for _msg, recips in mails(mlist)]
    assert ['old@example.com'] in told
    assert ['new@example.com'] in told


@pytest.mark.parametrize(
    'old, new, field',
    [
        ('nobody@example.com', 'new@example.com', 'change_from'),
        ('', 'new@example.com', 'change_from'),
        ('anne@example.com', 'bart@example.com', 'change_to'),
        ('anne@example.com', 'no address', 'change_to'),
        ('anne@example.com', '', 'change_to'),
        ('anne@example.com', 'x@bad.example', 'change_to'),
        ('anne@example.com', 'test@lists.example.com', 'change_to'),
    ],
)
def test_an_address_that_cannot_be_changed_is_told_at_its_field(
    owner, mlist, old, new, field
):
    join(mlist, 'anne@example.com', 'bart@example.com', ban_list=['^.*@bad\\.example'])
    fields = {'change_from': old, 'change_to': new}
    answer = send(owner, f'{LIST}/change', fields)
    assert members(mlist) == ['anne@example.com', 'bart@example.com']
    assert f'id="{field}-error"' in answer.text


def test_members_fields_count_in_every_category(owner, mlist):
    send(owner, 'admin/test/general', {'subscribees': 'one@example.com'})
    assert members(mlist) == ['one@example.com']


# --- the table ------------------------------------------------------------------------


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_table_has_every_member(owner, mlist):
    join(mlist, *(f'm{n:04}@example.com' for n in range(1201)))
    answer = owner.get(f'{LIST}/export')
    assert answer.header('Content-Type').startswith('text/csv')
    assert 'attachment' in answer.header('Content-Disposition')
    assert len(table(answer)) == 1201


def test_no_cell_of_the_table_is_a_formula(owner, mlist):
    join(mlist, '=cmd@example.com', '+sum@example.com')
    with mlist.lock():
        mlist.set_name('+sum@example.com', '@SUM(1+1)*cmd|calc!A0')
        mlist.save()
    for line in table(owner.get(f'{LIST}/export')):
        assert not any(cell[:1] in '=+-@' for cell in line.values() if cell)


def test_the_table_is_for_owners(mlist, browser):
    join(mlist, 'anne@example.com')
    answer = browser.get(f'{LIST}/export')
    assert 'anne@' not in answer.text
    assert 'adminpw' in answer.text


# --- passwords ------------------------------------------------------------------------


def test_passwords_are_changed_and_hashed(owner, mlist):
    fields = {'newpw': 'aa', 'confirmpw': 'aa', 'newmodpw': 'bb', 'confirmmodpw': 'bb'}
    answer = send(owner, 'admin/test/passwords', fields)
    now = fresh(mlist)
    assert passwords.check('aa', now.password)
    assert passwords.check('bb', now.mod_password)
    assert now.password.startswith('scrypt$')
    assert not now.post_password
    assert 'real_name' in owner.get('admin/test').text
    assert 'password is changed' in answer.text


def test_a_new_password_ends_other_log_ins(owner, mlist, new_browser):
    other = new_browser()
    other.post('admin/test', {'adminpw': 'listpw'})
    assert 'real_name' in other.get('admin/test').text
    send(owner, 'admin/test/passwords', {'newpw': 'aa', 'confirmpw': 'aa'})
    assert 'real_name' not in other.get('admin/test').text


@pytest.mark.parametrize(
    'fields',
    [
        {'newpw': 'aa', 'confirmpw': 'bb'},
        {'newpw': 'aa'},
        {'confirmpw': 'aa'},
        {'newpw': 'x' * 501, 'confirmpw': 'x' * 501},
        {'newpw': 'aa', 'confirmpw': 'aa', 'newmodpw': 'a', 'confirmmodpw': 'b'},
    ],
)
def test_passwords_that_differ_change_nothing(owner, mlist, fields):
    answer = send(owner, 'admin/test/passwords', fields)
    assert passwords.check('listpw', fresh(mlist).password)
    assert 'aria-invalid="true"' in answer.text
    assert 'value="aa"' not in answer.text


# --- a lost password ------------------------------------------------------------------


def ask(browser):
    return browser.post('admin/test/forgotten', {'send': '1'})


def link(mlist):
    text = mails(mlist)[-1][0].get_payload(decode=True).decode()
    return re.search(r'admin/test/newpassword/\w+', text)[0]


def test_owners_get_a_link_that_works_once(mlist, browser, new_browser):
    assert 'on its way' in ask(browser).text
    assert [recips for _msg, recips in mails(mlist)] == [['owner@example.com']]
    path = link(mlist)
    assert browser.get(path).status == 200
    assert passwords.check('listpw', fresh(mlist).password)
    new = {'newpw': 'fresh', 'confirmpw': 'fresh'}
    assert 'new password is set' in browser.post(path, new).text
    assert passwords.check('fresh', fresh(mlist).password)
    assert browser.post(path, {'newpw': 'x', 'confirmpw': 'x'}).status == 404
    assert passwords.check('fresh', fresh(mlist).password)


def test_looking_at_the_page_sends_no_mail(mlist, browser):
    assert browser.get('admin/test/forgotten?send=1').status == 200
    assert mails(mlist) == []


def test_a_link_ends_after_a_day(mlist, browser, monkeypatch):
    ask(browser)
    path = link(mlist)
    now = mlist.site.now()
    monkeypatch.setattr(browser.site, 'now', lambda: now + 86_401)
    assert browser.get(path).status == 404


def test_links_are_few_and_the_answer_is_the_same(mlist, browser):
    answers = {ask(browser).text for _ in range(6)}
    assert len(mails(mlist)) == 3
    assert len(answers) == 1


def test_only_the_newest_link_works(mlist, browser):
    ask(browser)
    first = link(mlist)
    ask(browser)
    second = [
        re.search(r'admin/test/newpassword/\w+', m.get_payload(decode=True).decode())[0]
        for m, _ in mails(mlist)
    ]
    good = [path for path in second if browser.get(path).status == 200]
    assert len(good) == 1
    assert first in second


def test_a_link_of_another_kind_sets_no_password(mlist, browser):
    from mailman.lists.pending import Pending

    with mlist.lock():
        cookie = Pending(mlist).new('U', 'anne@example.com')
    new = {'newpw': 'x', 'confirmpw': 'x'}
    for path in (cookie, 'evictions', 'version', '', '../x', 'x' * 40):
        answer = browser.post(f'admin/test/newpassword/{path}', new)
        assert answer.status == 404
    assert passwords.check('listpw', fresh(mlist).password)


def test_a_mail_command_cannot_use_the_link(mlist, browser):
    from mailman.actions import confirmation
    from mailman.errors import UnknownCookie

    ask(browser)
    cookie = link(mlist).rpartition('/')[2]
    with mlist.lock(), pytest.raises(UnknownCookie):
        confirmation.confirm(mlist, cookie)
