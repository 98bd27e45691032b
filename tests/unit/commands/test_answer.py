"""The one answer to a command mail, and when there is none."""

import pytest


def test_it_comes_from_the_owner_to_the_sender(ask, mlist):
    answer = ask('echo hello')
    assert answer.to == ['anne@member.example']
    assert answer.msg['from'] == mlist.address('owner')
    assert answer.msg['auto-submitted'] == 'auto-replied'
    assert answer.msg['in-reply-to'] == '<one@member.example>'
    assert answer.msg.get_content_type() == 'multipart/mixed'


def test_it_has_results_what_was_not_read_and_the_original(ask):
    answer = ask('help', 'frobnicate', 'echo later')
    assert '- Results:' in answer.text
    unread = answer.text.split('- Unprocessed:')[1].split('- Done.')[0]
    assert unread.split() == ['frobnicate', 'echo', 'later']
    assert 'frobnicate' in answer.original


def test_lines_beyond_the_limit_are_listed(site, ask):
    site.cfg.DEFAULT_MAIL_COMMANDS_MAX_LINES = 1
    assert 'lists' in ask('help', 'lists').text.split('- Ignored:')[1]


@pytest.mark.parametrize('level, whole, head', [(0, 0, 0), (1, 0, 1), (2, 1, 1)])
def test_the_site_says_what_comes_back(site, ask, level, whole, head):
    site.cfg.RESPONSE_INCLUDE_LEVEL = level
    answer = ask('echo hello', 'nonsense', subject='a subject')
    assert ('echo hello' in answer.original) == bool(whole)
    assert ('a subject' in answer.original) == bool(head)
    assert ('nonsense' in answer.text) == bool(whole)


def test_a_large_mail_is_not_sent_back_whole(ask):
    answer = ask('help', *(f'nonsense {n}' for n in range(20_000)))
    assert len(answer.original) < 5000
    assert len(answer.text) < 10_000


def test_ten_answers_a_day(site, ask):
    site.cfg.MAX_AUTORESPONSES_PER_DAY = 2
    answers = [ask(f'echo {n}') for n in range(4)]
    assert [a.sent for a in answers] == [True, True, False, False]
    # The third is told that it is the last.
    assert [len(a.mails) for a in answers] == [1, 1, 1, 0]


def test_no_command_no_answer(ask, vette):
    assert not ask('hello there', subject='hello').mails
    assert 'No command, message discarded, msgid: <one@member.example>' in vette()


def test_where_the_site_wants_it_there_is_an_answer_all_the_same(site, ask):
    site.cfg.DISCARD_MESSAGE_WITH_NO_COMMAND = False
    assert 'Unprocessed' in ask('hello there').text
    assert '"help"' in ask('').text


@pytest.mark.parametrize(
    'header, logged',
    [
        ('Precedence: bulk', 'Precedence: bulk'),
        ('Precedence: Junk', 'Precedence: junk'),
        ('Precedence: list', 'Precedence: list'),
        ('Auto-Submitted: auto-replied; x=y', 'Auto-Submitted: auto-replied'),
        ('List-Id: <other.example>', 'List-Id:'),
        ('From: test-bounces@lists.example.com', 'From: test-bounces'),
        ('From: MAILER-DAEMON@x.example', 'From: mailer-daemon'),
        ('Return-Path: <>', 'From: '),
    ],
)
def test_mail_of_machines_is_dropped(ask, send, make_msg, vette, header, logged):
    assert not send(make_msg(header, body='help\n')).mails
    assert logged in vette()
    assert 'message discarded by: test-request@lists.example.com' in vette()


@pytest.mark.parametrize(
    'headers',
    [
        ('Precedence: bulk', 'X-Ack: yes'),
        ('Auto-Submitted: no',),
        ('Precedence: normal',),
        ('X-Ack: no',),
    ],
)
def test_other_mail_is_answered(ask, headers):
    assert ask('help', headers=headers).sent


def test_an_answer_of_a_machine_is_dropped_even_with_x_ack(ask):
    headers = ('Auto-Submitted: auto-replied', 'X-Ack: yes')
    assert not ask('help', headers=headers).mails


@pytest.mark.parametrize('switch, mails', [(0, 1), (1, 1), (2, 2)])
def test_a_list_may_answer_by_itself(ask, change, switch, mails):
    change(autorespond_requests=switch, autoresponse_request_text='our own text\n')
    answer = ask('echo hello')
    assert len(answer.mails) == mails
    assert answer.sent == (switch != 1)


def test_the_answer_is_in_the_senders_language(site, mlist, ask, change):
    folder = site.prefix / 'messages' / 'fr' / 'LC_MESSAGES'
    folder.mkdir(parents=True)
    (folder / 'mailman.po').write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "- Results:"\nmsgstr "- Résultats :"\n'
    )
    change(available_languages=['en', 'fr'])
    with mlist.lock():
        mlist.set_language('anne@member.example', 'fr')
        mlist.save()
    assert '- Résultats :' in ask('echo hello').text
    assert '- Results:' in ask('echo hello', sender='bob@member.example').text


def test_the_same_line_twice_is_obeyed_once(ask):
    assert ask('lists', 'lists', subject='lists').text.count('Public lists') == 1


def test_passwords_in_the_mail_do_not_come_back(ask, passwords):
    answer = ask('who listpw', 'set authenticate annepw')
    assert 'bob' in answer.text.lower()
    assert 'listpw' not in answer.original
    assert 'annepw' not in answer.original
    assert 'set authenticate ********' in answer.original


def test_passwords_in_lines_that_were_not_read_do_not_come_back(ask):
    answer = ask('password wrongpw newpw', 'set authenticate wrongpw')
    assert 'set authenticate ********' in answer.text
    assert 'wrongpw' not in answer.text


def test_an_encoded_mail_with_a_password_does_not_come_back(send, make_msg, passwords):
    head = ('Subject: =?utf-8?q?=77ho_listpw?=', 'Content-Transfer-Encoding: base64')
    answer = send(make_msg(*head, body='d2hvIGxpc3Rwdwo=\n'))
    assert 'bob' in answer.text.lower()
    assert 'listpw' not in answer.original
    assert 'd2hvIGxpc3Rwdwo' not in answer.original


def test_the_list_is_busy_the_mail_waits(site, mlist, make_msg):
    from mailman.lists import MailList
    from mailman.runners.commands import CommandRunner

    site.cfg.LIST_LOCK_TIMEOUT = 0
    runner = CommandRunner(site)
    mlist.queue('commands').enqueue(make_msg(body='help\n'), {'torequest': 1})
    with MailList.open(site, 'test').lock():
        assert runner.one_pass() is False
    assert len(runner.queue.files()) == 1
    runner.close()


def test_an_empty_line_parts_the_answers(ask):
    text = ask('info', 'lists').text
    assert '\n\n    Public lists' in text
