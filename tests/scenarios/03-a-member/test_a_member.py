"""Anne joins, posts and leaves by mail alone, through a real mail server."""

import email
import email.utils
import re

from tests.support.prefix import HOST, wait_for

ANNE, BART = 'anne@member.example', 'bart@member.example'


def mail(to, subject='', body='', **headers):
    lines = [f'From: Anne <{ANNE}>', f'To: {to}', f'Subject: {subject}']
    lines += [f'{name.replace("_", "-")}: {value}' for name, value in headers.items()]
    lines.append(f'Message-ID: {email.utils.make_msgid()}')
    return '\n'.join([*lines, '', body, '']).encode()


def members(mailman):
    return mailman.command('list_members', 'test').stdout.split()


def next_mail(server, sink, address):
    """Answer the next mail to an address; it is not found again."""

    def arrived():
        server.deliver()
        return sink.sent_to(address)

    found = wait_for(arrived)
    assert found, server.logs()
    found[0].recipients.remove(address)
    return email.message_from_bytes(found[0].text)


def answer(server, msg):
    """Answer as a mail program does: by Reply-To, with Re:, the text quoted."""
    to = email.utils.parseaddr(msg['reply-to'] or msg['from'])[1]
    text = ''.join(f'> {x}\n' for x in msg.get_payload().splitlines())
    reply = mail(to, f'Re: {msg["subject"]}', text, In_Reply_To=msg['message-id'])
    server.send(reply, to, sender=ANNE)
    return to


def test_joining_posting_and_leaving_need_no_web_page(mailman, server, sink):
    mailman.configure(VERP_CONFIRMATIONS=1)
    mailman.newlist('test', BART, send_welcome_msg=1, send_goodbye_msg=1)
    mailman.start()

    server.send(mail(f'test-join@{HOST}'), f'test-join@{HOST}', sender=ANNE)
    asked = next_mail(server, sink, ANNE)
    assert ANNE not in members(mailman)
    to = answer(server, asked)
    found = re.fullmatch(rf'test-confirm\+([0-9a-f]{{40}})@{HOST}', to)
    # The address has the token, so that the subject need not.
    assert found and found[1] not in asked['subject']
    assert 'test' in next_mail(server, sink, ANNE)['subject'].lower()
    assert members(mailman) == [ANNE, BART]

    post = mail(f'test@{HOST}', 'Hello', 'Here I am.')
    server.send(post, f'test@{HOST}', sender=ANNE)
    copies = [next_mail(server, sink, address) for address in (ANNE, BART)]
    assert [copy['subject'] for copy in copies] == ['[Test] Hello'] * 2

    server.send(mail(f'test-leave@{HOST}'), f'test-leave@{HOST}', sender=ANNE)
    answer(server, next_mail(server, sink, ANNE))
    next_mail(server, sink, ANNE)  # good-bye
    assert members(mailman) == [BART]
    assert not mailman.queued('in', 'out', 'commands', 'retry', 'shunt', 'bad')


def test_a_token_that_was_used_opens_nothing_again(mailman, server, sink):
    mailman.configure(VERP_CONFIRMATIONS=1)
    mailman.newlist('test')
    mailman.start()
    server.send(mail(f'test-join@{HOST}'), f'test-join@{HOST}', sender=ANNE)
    asked = next_mail(server, sink, ANNE)
    answer(server, asked)
    next_mail(server, sink, ANNE)
    mailman.command('remove_members', '-n', '-N', 'test', ANNE)
    answer(server, asked)
    result = next_mail(server, sink, ANNE)
    assert b'nothing to confirm' in result.as_bytes()
    assert members(mailman) == []
