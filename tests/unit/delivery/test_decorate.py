"""Header and footer: into the text, beside the parts, around the message."""

import pytest

from mailman.delivery import decorate as module
from mailman.delivery.decorate import decorate, texts
from mailman.mail.message import Message

TOP, BOTTOM = 'top\n', 'bottom\n'
HEAD = 'From: anne@member.example\nMIME-Version: 1.0\n'


def message(head, body):
    raw = HEAD + head + '\n' + body
    return Message.from_bytes(raw.encode('utf-8', 'surrogateescape'))


def plain(body, content='text/plain; charset=us-ascii', encoding=''):
    more = f'Content-Transfer-Encoding: {encoding}\n' if encoding else ''
    return message(f'Content-Type: {content}\n{more}', body)


def body_of(msg):
    return msg.as_bytes().partition(b'\n\n')[2]


def decoded(msg):
    charset = msg.get_param('charset', 'us-ascii')
    return msg.get_payload(decode=True).decode(charset)


# --- text ---------------------------------------------------------------------


@pytest.mark.parametrize(
    'body, expected',
    [
        ('text\n', 'top\ntext\nbottom\n'),
        ('no end', 'top\nno end\nbottom\n'),
        ('blank\n\n\n', 'top\nblank\n\n\nbottom\n'),
        ('', 'top\nbottom\n'),
    ],
)
def test_texts_stand_on_lines_of_their_own(body, expected):
    msg = plain(body)
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    assert body_of(msg).decode() == expected


def test_a_header_without_line_end_gets_one():
    msg = plain('text\n')
    decorate(msg, 'top', '', 'us-ascii')
    assert body_of(msg) == b'top\ntext\n'


def test_no_texts_no_change():
    msg = plain('text')
    before = msg.as_bytes()
    decorate(msg, '', '', 'utf-8')
    assert msg.as_bytes() == before


def test_a_plain_message_becomes_mime_only_when_decorated():
    msg = Message.from_bytes(b'Subject: x\n\ntext\n')
    decorate(msg, '', BOTTOM, 'us-ascii')
    assert msg.as_bytes() == (
        b'Subject: x\nContent-Type: text/plain; charset="us-ascii"\n'
        b'MIME-Version: 1.0\n\ntext\nbottom\n'
    )


@pytest.mark.parametrize(
    'declared, raw, list_charset, footer, charset',
    [
        # (message, its bytes, list, footer) -> charset of the result, None: wrapped
        ('us-ascii', b'text', 'us-ascii', 'bottom', 'us-ascii'),
        ('utf-8', 'zażółć'.encode(), 'us-ascii', 'bottom', 'utf-8'),
        ('utf-8', 'zażółć'.encode(), 'iso-8859-1', 'ñ', 'utf-8'),
        ('utf-8', 'año'.encode(), 'iso-8859-1', 'ñ', 'iso-8859-1'),
        ('iso-8859-1', b'a\xf1o', 'utf-8', 'ñ', 'utf-8'),
        ('us-ascii', b'text', 'iso-8859-1', 'ñ', 'iso-8859-1'),
        ('koi8-r', 'привет'.encode('koi8-r'), 'iso-8859-1', 'ñ', None),
        ('koi8-r', 'привет'.encode('koi8-r'), 'us-ascii', 'bottom', 'koi8-r'),
        ('nonesuch', b'caf\xe9', 'us-ascii', 'bottom', None),
        ('us-ascii', b'caf\xe9', 'us-ascii', 'bottom', None),
        ('utf-8', b'\xff\xfe bad', 'utf-8', 'bottom', None),
    ],
)
def test_the_lists_charset_then_the_messages_else_wrapped(
    declared, raw, list_charset, footer, charset
):
    msg = Message.from_bytes(
        b'Content-Type: text/plain; charset=%b\n\n%b\n' % (declared.encode(), raw)
    )
    decorate(msg, '', footer + '\n', list_charset)
    again = Message.from_bytes(msg.as_bytes())
    if charset is None:
        first, last = again.get_payload()
        assert first.get_payload(decode=True).rstrip() == raw
        assert decoded(last).strip() == footer
    else:
        assert again.get_param('charset') == charset
        assert decoded(again).strip().endswith(footer)


def test_a_true_label_is_left_alone():
    msg = plain('ascii only\n', 'text/plain; charset=utf-8; format=flowed; delsp=yes')
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    assert msg['content-type'] == 'text/plain; charset=utf-8; format=flowed; delsp=yes'


def test_flowed_survives_a_new_charset():
    msg = plain(
        'text \nflows\n', 'text/plain; charset=us-ascii; format=flowed; delsp=yes'
    )
    decorate(msg, '', 'ñ\n', 'utf-8')
    found = {name: msg.get_param(name) for name in ('charset', 'format', 'delsp')}
    assert found == {'charset': 'utf-8', 'format': 'flowed', 'delsp': 'yes'}


def test_eight_bit_footers_are_declared():
    msg = plain('text\n')
    decorate(msg, '', 'ñ\n', 'utf-8')
    assert msg['content-transfer-encoding'] == '8bit'


def test_base64_stays_base64():
    msg = plain('Z3LDvMOfZQo=\n', 'text/plain; charset=utf-8', 'base64')
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    again = Message.from_bytes(msg.as_bytes())
    assert again['content-transfer-encoding'] == 'base64'
    assert decoded(again) == 'top\ngrüße\nbottom\n'


def test_text_that_only_claims_to_be_base64_can_be_read():
    msg = plain('plain words!\n', 'text/plain; charset=utf-8', 'base64')
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    again = Message.from_bytes(msg.as_bytes())
    assert decoded(again) == 'top\nplain words!\nbottom\n'


def test_quoted_printable_keeps_the_authors_way_of_writing():
    author = 'gr=C3=BC=C3=9Fe un=\ncommon =66orm\n'
    msg = plain(author, 'text/plain; charset=utf-8', 'quoted-printable')
    decorate(msg, TOP, 'a=b\n', 'us-ascii')
    assert body_of(msg).decode() == f'top\n{author}a=3Db\n'
    assert decoded(msg) == 'top\ngrüße uncommon form\na=b\n'


@pytest.mark.parametrize('end', ['', '=\n', '=', '=0A', '=20\n', ' \n'])
def test_quoted_printable_may_end_in_any_way(end):
    msg = plain('text' + end, 'text/plain; charset=utf-8', 'quoted-printable')
    before = decoded(msg)
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    got = decoded(Message.from_bytes(msg.as_bytes()))
    assert got == f'top\n{before}' + '\n' * (not before.endswith('\n')) + 'bottom\n'


@pytest.mark.parametrize('encoding', ['x-uuencode', 'nonsense', 'BINARY', '7Bit'])
def test_any_transfer_encoding_gives_readable_text(encoding):
    msg = plain('text\n', encoding=encoding)
    before = decoded(msg)
    decorate(msg, '', BOTTOM, 'us-ascii')
    got = decoded(Message.from_bytes(msg.as_bytes()))
    assert got == before + '\n' * (not before.endswith('\n')) + 'bottom\n'


# --- parts ----------------------------------------------------------------------

MIXED = (
    '--B\nContent-Type: text/plain\n\ninside\n--B\nContent-Type: x/y\n\n\x01\n--B--\n'
)
KINDS = {
    'alternative': ('multipart/alternative; boundary=B', MIXED),
    'signed': ('multipart/signed; boundary=B; micalg=x', 'pre\n' + MIXED + 'post\n'),
    'html': ('text/html', '<p>words</p>\n'),
    'mixed without parts': ('multipart/mixed; boundary=Z', 'no parts\n'),
    'mixed without boundary': ('multipart/mixed', 'no parts\n'),
    'message': ('message/rfc822', 'Subject: inner\n\ntext\n'),
}


def test_mixed_gets_a_first_and_a_last_part():
    msg = plain(MIXED, 'multipart/mixed; boundary=B')
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    parts = Message.from_bytes(msg.as_bytes()).get_payload()
    assert [p.get_content_type() for p in parts] == [
        *('text/plain', 'text/plain', 'x/y', 'text/plain'),
    ]
    assert parts[0].get_payload() == TOP
    assert parts[-1].get_payload() == BOTTOM
    assert {parts[0]['content-disposition'], parts[-1]['content-disposition']} == {
        'inline'
    }


@pytest.mark.parametrize('kind', KINDS)
def test_everything_else_becomes_a_part_byte_for_byte(kind):
    content, body = KINDS[kind]
    msg = plain(body, f'{content}\n ; folded=param')
    decorate(msg, TOP, BOTTOM, 'us-ascii')
    raw = msg.as_bytes()
    assert f'\nContent-Type: {content}\n ; folded=param\n\n{body}'.encode() in raw
    again = Message.from_bytes(raw)
    assert again['from'] == 'anne@member.example'
    assert again.get_content_type() == 'multipart/mixed'
    assert len(again.get_payload()) == 3


def test_a_part_of_ours_is_readable_in_any_charset():
    msg = plain('<p>x</p>\n', 'text/html')
    decorate(msg, '', 'Ελληνικά ñ\n', 'iso-8859-1')
    part = Message.from_bytes(msg.as_bytes()).get_payload()[-1]
    assert part.get_param('charset') == 'utf-8'
    assert decoded(part) == 'Ελληνικά ñ\n'
    assert msg.as_bytes().isascii()


# --- the texts ------------------------------------------------------------------


def test_texts_are_filled_in_with_the_lists_values(mlist):
    mlist.msg_header = '%(real_name)s %(list_name)s %(_internal_name)s %(host_name)s\n'
    mlist.msg_footer = '%(description)s|%(info)s|%(cgiext)s|%(unknown)s|100%%|%\n'
    mlist.description, mlist.info = 'D %(info)s', 'I'
    assert texts(mlist, {}) == (
        'Test Test test lists.example.com\n',
        'D %(info)s|I||%(unknown)s|100%|%\n',
    )


def test_dollar_strings_work_where_the_list_uses_them(mlist):
    mlist.use_dollar_strings = 1
    mlist.msg_footer = '$real_name ${host_name} $$5 %(real_name)s'
    assert texts(mlist, {})[1] == 'Test lists.example.com $5 %(real_name)s'


def test_blanks_at_line_ends_go_but_a_signature_mark_stays(mlist):
    mlist.msg_footer = '-- \nname: %(info)s \nend   '
    assert texts(mlist, {})[1] == '-- \nname:\nend'


@pytest.mark.parametrize('text', ['', '\n', '  \n\n', '%(info)s'])
def test_a_text_of_nothing_is_no_text(mlist, text):
    mlist.msg_header = mlist.msg_footer = text
    assert texts(mlist, {}) == ('', '')


def test_values_of_the_metadata_come_last(mlist):
    mlist.msg_footer = '%(real_name)s %(more)s'
    assert texts(mlist, {'real_name': 'R', 'more': 'm'})[1] == 'R m'


@pytest.mark.parametrize('key', ['isdigest', 'nodecorate'])
def test_digests_and_system_mail_are_not_decorated(key):
    assert not module.wanted({key: 1})
    assert module.wanted({key: 0})
