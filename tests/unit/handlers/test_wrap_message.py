"""WrapMessage: the post as a part of a message from the list."""

from mailman.handlers import cook_headers, deferred, wrap_message
from mailman.mail.message import Message


def wrapped(mlist, msg, **msgdata):
    cook_headers.process(mlist, msg, msgdata)
    wrap_message.process(mlist, msg, msgdata)
    return Message.from_bytes(msg.as_bytes())


def test_the_post_is_a_part_byte_for_byte(make_list, make_msg):
    msg = make_msg('X-Odd:  1', 'DKIM-Signature: v=1')
    before = msg.as_bytes()
    outer = wrapped(make_list(from_is_list=2), msg)
    assert outer.get_content_type() == 'message/rfc822'
    assert outer['content-disposition'] == 'inline'
    assert outer.get_payload()[0].as_bytes() == before


def test_the_outer_message_is_the_lists(make_list, make_msg):
    msg = make_msg('In-Reply-To: <p@q.example>', 'X-Odd: 1', 'Cc: guest@away.example')
    outer = wrapped(make_list(from_is_list=2), msg)
    assert outer['from'] == 'Anne via Test <test@lists.example.com>'
    assert outer['subject'] == '[Test] hello'
    assert outer.get_all('date') == ['Thu, 08 Jan 2026 10:20:30 +0000']
    assert outer['in-reply-to'] == '<p@q.example>'
    assert outer['message-id'].startswith('<mailman.')
    assert outer['mime-version'] == '1.0'
    assert outer['list-id'] == '<test.lists.example.com>'
    assert 'x-odd' not in outer
    assert 'cc' not in outer


def test_archive_and_digest_get_the_post_before_it_is_wrapped(make_list, make_msg):
    msg, mlist = make_msg(), make_list(from_is_list=2)
    before = msg.as_bytes()
    cook_headers.process(mlist, msg, {})
    assert msg.as_bytes() == before


def test_a_multipart_is_wrapped_whole(make_list, make_msg):
    body = '--B\nContent-Type: text/plain\n\none\n--B\n\ntwo\n--B--\n'
    msg = make_msg('Content-Type: multipart/mixed; boundary=B', body=body)
    outer = wrapped(make_list(from_is_list=2), msg)
    inner = outer.get_payload()[0]
    assert [part.get_payload() for part in inner.get_payload()] == ['one', 'two']


def test_dmarc_wrapping_explains_itself(make_list, make_msg):
    mlist = make_list(dmarc_wrapped_message_text='Why this is wrapped: é')
    outer = wrapped(mlist, make_msg(), from_is_list=2)
    text, original = outer.get_payload()
    assert outer.get_content_type() == 'multipart/mixed'
    assert text['content-disposition'] == 'inline'
    assert 'Why this' in text.get_payload(decode=True).decode('latin-1')
    assert original.get_content_type() == 'message/rfc822'
    assert original['content-disposition'] == 'inline'
    assert original.get_payload()[0]['subject'] == 'hello'


def test_a_list_that_wraps_everything_explains_nothing(make_list, make_msg):
    mlist = make_list(from_is_list=2, dmarc_wrapped_message_text='Why')
    assert wrapped(mlist, make_msg()).get_content_type() == 'message/rfc822'


def test_without_wrapping_only_author_headers_are_put_in_place(mlist, make_msg):
    msg = make_msg('Cc: a@b.example')
    add = {'From': 'x@y.example', 'Cc': '', 'X-Topics': 'stray'}
    wrap_message.process(mlist, msg, {'add_header': add})
    assert msg['from'] == 'x@y.example'
    assert 'cc' not in msg
    assert 'x-topics' not in msg


def test_with_nothing_waiting_nothing_changes(mlist, make_msg):
    msg = make_msg()
    before = msg.as_bytes()
    wrap_message.process(mlist, msg, {})
    assert msg.as_bytes() == before


def test_a_header_with_that_value_keeps_its_bytes(make_msg):
    msg = make_msg('Cc:a@b.example,\n  c@d.example')
    before = msg.as_bytes()
    deferred.replace(msg, 'Cc', 'a@b.example, c@d.example')
    assert msg.as_bytes() == before
