"""Message: the MIME structure, read when asked for and sent on unchanged."""

import copy
import random
import time

import pytest

from mailman.mail import parts
from mailman.mail.message import Message, make_multipart, make_text

NESTED = b"""\
From: a@b.example
MIME-Version: 1.0
Content-Type: multipart/mixed;
  boundary="outer b"

preamble
in two lines
--outer b \t
Content-Type: multipart/alternative; boundary=inner

--inner

plain \xe9
--inner
Content-Type: text/html
Content-Transfer-Encoding: base64

PGI+
--inner--
inner epilogue
--outer b
Content-Type: message/rfc822

Subject: third
Content-Type: text/plain

inside
--outer b--
epilogue
"""
KINDS = [
    'multipart/mixed',
    'multipart/alternative',
    'text/plain',
    'text/html',
    'message/rfc822',
    'text/plain',
]


def message(text):
    return Message.from_bytes(text if isinstance(text, bytes) else text.encode())


def kinds(msg):
    return [part.get_content_type() for part in msg.walk()]


def multipart(*bodies, boundary='b', sub='mixed', end=True):
    lines = [f'Content-Type: multipart/{sub}; boundary="{boundary}"\n\n']
    lines += [f'--{boundary}\n{body}\n' for body in bodies]
    return message(''.join(lines) + (f'--{boundary}--\n' if end else ''))


# --- reading ----------------------------------------------------------------


def test_the_structure_is_found():
    msg = message(NESTED)
    assert kinds(msg) == KINDS
    assert msg.is_multipart()
    assert msg.preamble == 'preamble\nin two lines'
    assert msg.epilogue == 'epilogue\n'
    assert msg.get_payload(0).epilogue == 'inner epilogue'
    assert msg.get_payload(1).get_payload(0)['subject'] == 'third'


def test_parts_are_decoded():
    plain, html = message(NESTED).get_payload(0).get_payload()
    assert plain.get_payload(decode=True) == b'plain \xe9'
    assert plain.get_payload() == 'plain \udce9'
    assert html.get_payload(decode=True) == b'<b>'


def test_reading_headers_leaves_the_body_unread():
    msg = message(NESTED)
    assert msg['from'] == 'a@b.example'
    msg['X-New'] = 'y'
    assert msg.as_bytes() == NESTED.replace(b'\n\npre', b'\nX-New: y\n\npre', 1)
    assert msg._kids == ()


@pytest.mark.parametrize(
    'raw',
    [
        'Content-Type: multipart/mixed\n\njust text\n',
        'Content-Type: multipart/mixed; boundary=""\n\n--\n\njust text\n',
        'Content-Type: multipart/mixed; boundary="ZZZ"\n\nnever mentioned\n',
        'Content-Type: multipart/mixed; boundary="ZZZ"\n\n--ZZZ--\n\nclosed at once\n',
        'Content-Type: multipart/mixed; boundary="ZZZ"\n\n--ZZZZ\n --ZZZ\nx--ZZZ\n',
        'Content-Type: multipart/mixed; boundary="ZZZ"\n\n',
        'Content-Type: multipart\n\n--x\n',
        'Content-Type: multipart/mixed; boundary=ZZZ, x=y\n\n--ZZZ\n\nx\n--ZZZ--\n',
    ],
)
def test_a_multipart_without_its_boundary_is_text_as_in_2_1(raw):
    msg = message(raw)
    body = raw.split('\n\n', 1)[1]
    assert not msg.is_multipart()
    assert msg.get_payload() == body
    assert msg.get_payload(decode=True) == body.encode()
    assert msg.as_bytes() == raw.encode()


def test_a_part_without_an_end_goes_to_the_end():
    raw = (
        'Content-Type: multipart/alternative; boundary="ZZZ"\n\n'
        '--ZZZ\nContent-Type: text/plain\n\nfirst words\n'
        '--ZZZ\n\nno type words\n--YYY--\n'
    )
    msg = message(raw)
    texts = [part.get_payload() for part in msg.get_payload()]
    assert texts == ['first words', 'no type words\n--YYY--']
    assert msg.as_bytes() == raw.encode()


def test_nothing_is_read_behind_the_closing_delimiter():
    msg = multipart('\none')
    raw = msg.as_bytes() + b'--b\n\ntwo\n--b--\n'
    assert len(message(raw).get_payload()) == 1
    assert message(raw).epilogue == '--b\n\ntwo\n--b--\n'


def test_empty_parts_are_parts():
    msg = message('Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b--')
    assert [part.get_payload() for part in msg.get_payload()] == ['', '']
    assert msg.epilogue is None and msg.preamble is None


def test_parts_of_a_digest_are_messages_if_nothing_is_said():
    msg = multipart(
        '\nSubject: inside\n\nhi', 'Content-Type: text/plain\n\nx', sub='digest'
    )
    assert kinds(msg) == [
        'multipart/digest',
        'message/rfc822',
        'text/plain',
        'text/plain',
    ]
    assert msg.get_payload(0).get_payload(0)['subject'] == 'inside'


def test_a_delivery_status_is_a_list_of_field_blocks():
    body = 'Reporting-MTA: dns; x\n\nAction: failed\nStatus: 5.0.0\n\n\nX: y\n'
    msg = message('Content-Type: message/delivery-status\n\n' + body)
    assert [block.keys() for block in msg.get_payload()] == [
        ['Reporting-MTA'],
        ['Action', 'Status'],
        ['X'],
    ]
    assert msg.as_bytes().endswith(body.encode())
    msg.get_payload(1)['X-New'] = 'y'
    assert [len(block) for block in message(msg.as_bytes()).get_payload()] == [1, 3, 1]


@pytest.mark.parametrize(
    'encoding, body, decoded',
    [
        ('base64', b'aGVsbG8=', b'hello'),
        ('BASE64 ', b'aGVs\nbG8', b'hello'),
        ('base64', b'aGVsbG8!!!\n=', b'hello'),
        ('base64', b'a', b''),
        ('base64', b'\naGVs\nbG8', b'hello'),
        ('base64', b'aGVsbG8\n-- \n', b'hello'),
        ('base64', b'not base64!\n', b'not base64!\n'),
        ('base64', b'!' * 100_000 + b'a', b'!' * 100_000 + b'a'),
        ('base64', b'', b''),
        ('base64', b'aGVsbG8=\n\nfooter of another list', None),
        ('quoted-printable', b'gr=C3=BC=\n=C3=9Fe =ZZ =', None),
        ('x-uuencode', b'begin 644 x\n%:&5L;&\\\n`\nend\n', b'hello'),
        ('x-uuencode', b'no begin', b'no begin'),
        ('x-uuencode', b'begin 644 x\n\xff\xff\xff\n', None),
        ('8bit', b'\xe9', b'\xe9'),
        ('no-such', b'a=41', b'a=41'),
        ('', b'a=41', b'a=41'),
    ],
)
def test_broken_transfer_encodings_give_what_they_can(encoding, body, decoded):
    msg = message(b'Content-Transfer-Encoding: ' + encoding.encode() + b'\n\n' + body)
    found = msg.get_payload(decode=True)
    assert isinstance(found, bytes)
    assert decoded is None or found == decoded


def test_a_part_that_is_none_is_an_error_as_in_email():
    with pytest.raises(TypeError):
        make_text('x').get_payload(0)
    with pytest.raises(TypeError):
        make_text('x').attach(make_text('y'))
    assert message(NESTED).get_payload(decode=True) is None


# --- parameters -------------------------------------------------------------


@pytest.mark.parametrize(
    'header, name',
    [
        ("filename*=utf-8''..%2Fp%C3%A4ss.txt", '../päss.txt'),
        ('filename*0="long"; filename*1="name.exe"', 'longname.exe'),
        ("filename*0*=utf-8''%C3%A4; filename*1=b; filename*3=x", 'äb'),
        ("filename*=nonesuch''%E4", 'ä'),
        ("filename*=utf-8''%C3%A4%00", 'ä\0'),
        ("filename*=%00''x", 'x'),
        ('filename*999999999999999999999=x', None),
        ('filename*00000000000000=x', None),
        ("filename*=''", ''),
        ('filename*="', ''),
        ('filename="a; b"', 'a; b'),
        ('filename="a\\"b"', 'a"b'),
        ('filename="unterminated', 'unterminated'),
        ('filename=a b', 'a b'),
        ('filename=', ''),
        ('filename', ''),
        ('x=y; FILENAME = "q"', 'q'),
        ('', None),
    ],
)
def test_file_names_are_read_whatever_they_are(header, name):
    msg = message(f'Content-Disposition: attachment; {header}\n\n')
    assert msg.get_filename() == name
    msg.set_param('x', 'y')
    assert isinstance(msg.as_bytes(), bytes)


def test_a_bomb_of_continuations_is_bounded():
    header = '; '.join(f'filename*{n}*=%41' for n in range(100_000))
    msg = message(f'Content-Disposition: attachment; {header}\n\n')
    start = time.process_time()
    assert msg.get_filename().startswith('AAA')
    assert time.process_time() - start < 2.5


def test_the_name_of_the_type_is_the_second_choice():
    assert message('Content-Type: a/b; name=x\n\n').get_filename() == 'x'


@pytest.mark.parametrize(
    'value, kind',
    [
        ('text/HTML ; charset=x', 'text/html'),
        ('garbage', 'text/plain'),
        ('a/b/c', 'text/plain'),
        ('', 'text/plain'),
        ('; charset=x', 'text/plain'),
        ('\udcff/\udcff', '\udcff/\udcff'),
    ],
)
def test_every_message_has_a_type(value, kind):
    msg = Message.from_string(f'Content-Type: {value}\n\n')
    assert msg.get_content_type() == kind
    msg.walk()


@pytest.mark.parametrize(
    'value, charset',
    [
        ('charset=UTF-8', 'utf-8'),
        ('charset="utf-8', 'utf-8'),
        ("charset*=us-ascii'en'koi8-r", 'koi8-r'),
        ("charset*=utf-8''%E9", None),
        ('charset=é', None),
        ('x=y', None),
    ],
)
def test_a_charset_is_read_whatever_it_is(value, charset):
    assert (
        message(f'Content-Type: text/plain; {value}\n\n').get_content_charset()
        == charset
    )


def test_setting_a_parameter_leaves_the_others_as_written():
    msg = message(
        'Content-Type: text/plain; X="y"; name*=utf-8\'\'%C3%A4;charset=a\n\n'
    )
    msg.set_param('charset', 'utf-8')
    assert msg['content-type'] == (
        'text/plain; X="y"; name*=utf-8\'\'%C3%A4; charset="utf-8"'
    )
    msg.del_param('name')
    assert msg['content-type'] == 'text/plain; X="y"; charset="utf-8"'


def test_parameters_are_added_and_types_are_set():
    msg = Message()
    msg.set_param('charset', 'utf-8')
    assert msg['content-type'] == 'text/plain; charset="utf-8"'
    msg.set_type('text/html')
    assert msg.get_content_type() == 'text/html'
    assert msg.get_param('charset') == 'utf-8'
    msg.add_header('Content-Disposition', 'attachment', filename='ä "x"', x_y=None)
    assert msg.get_filename() == 'ä "x"'
    assert msg.get_param('x-y', header='content-disposition') == ''
    assert msg.get_content_disposition() == 'attachment'
    assert msg.get_params()[0] == ('text/html', '')
    assert msg.get_params(header='x', failobj=5) == 5


def test_params_of_rfc_2231_look_as_in_the_email_package():
    msg = message("Content-Type: a/b; name*=utf-8'de'%C3%A4\n\n")
    assert msg.get_param('name') == ('utf-8', 'de', 'Ã¤')


# --- sending on -------------------------------------------------------------


def test_a_message_that_was_only_looked_at_is_sent_on_byte_for_byte():
    msg = message(NESTED)
    for part in msg.walk():
        part.get_payload(decode=True)
        part.get_filename()
    assert msg.as_bytes() == NESTED


def test_only_the_changed_part_and_its_frame_are_made_anew():
    msg = message(NESTED)
    html = msg.get_payload(0).get_payload(1)
    html.set_payload('PHA+')
    expected = NESTED.replace(b'PGI+', b'PHA+').replace(
        b'--outer b \t\n', b'--outer b\n'
    )
    assert msg.as_bytes() == expected


def test_a_header_changed_in_a_part_leaves_its_body_alone():
    msg = message(NESTED)
    msg.get_payload(0)['X-New'] = 'y'
    assert b'boundary=inner\nX-New: y\n\n--inner\n\nplain \xe9\n' in msg.as_bytes()
    assert kinds(message(msg.as_bytes())) == KINDS


def test_a_part_can_be_taken_out():
    msg = message(NESTED)
    msg.set_payload(msg.get_payload()[1:])
    assert kinds(message(msg.as_bytes())) == ['multipart/mixed', *KINDS[4:]]
    msg = message(NESTED)
    del msg.get_payload()[0]
    assert kinds(message(msg.as_bytes())) == ['multipart/mixed', *KINDS[4:]]


def test_a_part_can_be_added():
    msg = message(NESTED)
    msg.attach(make_text('footer\n'))
    raw = msg.as_bytes()
    assert raw.count(b'--outer b\n') == 3 and raw.endswith(b'\n--outer b--\nepilogue\n')
    assert message(raw).get_payload(2).get_payload() == 'footer\n'


def test_a_part_can_be_exchanged():
    msg = message(NESTED)
    msg.get_payload()[1] = make_text('gone\n')
    assert kinds(message(msg.as_bytes()))[4:] == ['text/plain']


def test_a_new_boundary_is_used():
    msg = message(NESTED)
    assert len(msg.get_payload()) == 2
    msg.set_boundary('new')
    raw = msg.as_bytes()
    assert b'outer b' not in raw and kinds(message(raw)) == KINDS


def test_a_type_without_boundary_gets_one():
    msg = message(NESTED)
    assert len(msg.get_payload()) == 2
    del msg['content-type']
    msg['Content-Type'] = 'multipart/mixed'
    assert kinds(message(msg.as_bytes())) == KINDS


def test_a_list_of_parts_without_a_type_is_a_multipart():
    msg = Message()
    msg.attach(make_text('one\n'))
    assert kinds(message(msg.as_bytes())) == ['multipart/mixed', 'text/plain']


def test_preamble_and_epilogue_can_be_set():
    msg = message(NESTED)
    msg.preamble, msg.epilogue = 'new é', None
    again = message(msg.as_bytes())
    assert again.preamble == 'new \udcc3\udca9' and again.epilogue == ''


def test_a_multipart_can_become_text():
    msg = message(NESTED)
    msg.set_payload('plain\n')
    del msg['content-type']
    assert msg.as_bytes() == b'From: a@b.example\nMIME-Version: 1.0\n\nplain\n'


def test_an_unclosed_multipart_is_closed_when_it_is_changed():
    msg = multipart('\none', end=False)
    msg.attach(make_text('two\n'))
    raw = msg.as_bytes()
    assert raw.endswith(b'two\n\n--b--\n')
    assert [p.get_payload() for p in message(raw).get_payload()] == ['one', 'two\n']


# --- copies -----------------------------------------------------------------


def test_a_copy_of_a_message_that_was_looked_at_is_independent():
    msg = message(NESTED)
    list(msg.walk())
    twin = copy.deepcopy(msg)
    assert twin.as_bytes() == NESTED
    twin.get_payload(0).get_payload(0).set_payload('changed')
    assert msg.as_bytes() == NESTED
    assert b'changed' in twin.as_bytes()


def test_a_copy_of_a_changed_message_is_changed_in_the_same_way():
    msg = message(NESTED)
    msg.get_payload(0)['X-New'] = 'y'
    msg.attach(make_text('footer\n'))
    assert copy.deepcopy(msg).as_bytes() == msg.as_bytes()


def test_ten_thousand_copies_do_not_use_up_each_others_limits():
    msg = multipart(*['\nx'] * 10)
    for _ in range(parts.MAX_PARTS // 10 + 5):
        assert copy.deepcopy(msg).is_multipart()


# --- limits -----------------------------------------------------------------


def nest(depth):
    raw = '\nhi\n'
    for n in range(depth):
        head = f'Content-Type: multipart/mixed; boundary="b{n}"\n\n'
        raw = f'{head}--b{n}\n{raw}\n--b{n}--\n'
    return raw


def test_what_lies_too_deep_stays_text():
    raw = nest(300)
    msg = message(raw)
    assert sum(1 for _ in msg.walk()) == parts.MAX_DEPTH + 1
    assert msg.over_limits
    assert msg.as_bytes() == raw.encode()


def test_the_deepest_part_can_be_changed():
    msg = message(nest(300))
    list(msg.walk())[-1]['X-New'] = 'y'
    assert b'X-New: y' in msg.as_bytes()
    assert b'X-New: y' in copy.deepcopy(msg).as_bytes()


def test_messages_within_messages_are_bounded_too():
    raw = b'Content-Type: message/rfc822\n\n' * 5000 + b'x'
    msg = message(raw)
    assert msg.over_limits and msg.as_bytes() == raw


def test_ordinary_messages_are_within_the_limits():
    assert not message(NESTED).over_limits
    assert not message('A: b\n\nc').over_limits


def test_ten_thousand_parts_are_read_in_no_time():
    msg = multipart(*['Content-Type: text/plain\n\nhello'] * 10_000)
    start = time.process_time()
    assert sum(1 for _ in msg.walk()) == 10_001
    msg.get_payload(5).set_payload('bye\n')
    assert len(message(msg.as_bytes()).get_payload()) == 10_000
    assert time.process_time() - start < 15
    assert not msg.over_limits


def test_more_parts_than_that_stay_text():
    msg = multipart(*['\n'] * (parts.MAX_PARTS + 1))
    assert not msg.is_multipart() and msg.over_limits


def test_the_limit_holds_for_all_levels_together():
    half = parts.MAX_PARTS // 2 + 1
    inner = multipart(*['\n'] * half, boundary='c').as_bytes().decode()
    msg = multipart(inner, inner)
    assert sum(1 for _ in msg.walk()) <= parts.MAX_PARTS + 1
    assert msg.over_limits


# --- anything at all --------------------------------------------------------


SEEDS = [
    NESTED,
    multipart(
        '\nx', 'Content-Type: message/delivery-status\n\na: b\n\nc: d\n'
    ).as_bytes(),
    b"Content-Disposition: a; filename*0*=utf-8''%41; filename*1=b\n"
    b'Subject: =?utf-8?b?YQ==?= =?utf-8?q?=41?=\nFrom: "a, b" <c@d>, e (f)\n\nx',
    b'Content-Type: multipart/digest; boundary="="\n\n--=\n\nFrom: a\n\nb\n--=--\n',
]
PIECES = [
    b'\n',
    b'\n\n',
    b'\r',
    b'\r\n',
    b'--',
    b'--b\n',
    b'--inner--',
    b'"',
    b';',
    b'\0',
]
PIECES += [
    b'\xff',
    b'=?',
    b'?=',
    b'*',
    b"''",
    b'%',
    b'<',
    b'(',
    b'From ',
    b'>From x\n',
    b' ',
]
PIECES += [
    b'Content-Type: multipart/mixed; boundary=b\n\n',
    b'Content-Type: message/x\n\n',
]


def mutated(rng):
    raw = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(raw) + 1)
        action = rng.randrange(4)
        if action == 0:
            del raw[at : at + rng.randrange(1, 30)]
        elif action == 1:
            raw[at:at] = rng.choice(PIECES)
        elif action == 2:
            raw[at : at + 1] = bytes([rng.randrange(256)])
        else:
            raw[at:at] = raw[rng.randrange(len(raw) + 1) :][: rng.randrange(200)]
    return bytes(raw)


def use(msg):
    """Ask everything that handlers ask."""
    msg.get_sender()
    msg.get_senders()
    msg.get_unixfrom()
    for part in msg.walk():
        part.items()
        part.get_params()
        part.get_filename()
        part.get_charsets()
        part.get_content_type()
        part.get_content_maintype()
        part.get_content_disposition()
        part.get_boundary()
        part.get_payload(decode=True)
        assert part.preamble is None or isinstance(part.preamble, str)
        assert part.epilogue is None or isinstance(part.epilogue, str)


def change(msg, rng):
    """Do something handlers do to a random part."""
    part = rng.choice(list(msg.walk()))
    action = rng.randrange(7)
    if action == 0:
        part['X-New'] = 'y\nz'
    elif action == 1:
        part.set_payload('new é', rng.choice(['utf-8', None]))
    elif action == 2 and part.is_multipart():
        part.get_payload().append(make_text('added'))
    elif action == 3 and part.is_multipart():
        part.set_payload(part.get_payload()[1:])
    elif action == 4:
        part.set_param('boundary', 'other')
    elif action == 5:
        part.set_type('multipart/mixed')
    else:
        part.set_charset('utf-8')
    del part['subject']


@pytest.mark.parametrize('seed', range(20))
def test_no_bytes_whatever_make_it_raise(seed):
    rng = random.Random(seed)
    for _ in range(60):
        raw = mutated(rng)
        msg = message(raw)
        before = msg.as_bytes()
        use(msg)
        assert msg.as_bytes() == before
        twin = copy.deepcopy(msg)
        for _ in range(3):
            change(twin, rng)
            use(twin)
        use(message(twin.as_bytes()))
        assert msg.as_bytes() == before
        wrapped = make_multipart('mixed', msg, twin)
        assert (
            message(wrapped.as_bytes()).get_payload(0).as_bytes().strip() or not before
        )


@pytest.mark.parametrize('seed', range(5))
def test_random_bytes_are_messages_too(seed):
    rng = random.Random(seed)
    for size in (1, 10, 100, 1000, 10_000):
        use(message(rng.randbytes(size)))


@pytest.mark.parametrize(
    'piece',
    [
        b'\n',
        b'a',
        b'a:',
        b'a:\n',
        b' \n',
        b'--b\n',
        b'--b',
        b'"',
        b';',
        b'<',
        b'(',
        b'\r',
        b'=?',
    ],
)
@pytest.mark.parametrize(
    'head',
    [
        b'',
        b'Content-Type: multipart/mixed; boundary=b\n\n',
        b'Content-Type: ',
        b'From: ',
    ],
)
def test_a_run_of_one_piece_takes_linear_time(head, piece):
    raw = head + piece * (300_000 // len(piece))
    start = time.process_time()
    use(message(raw))
    assert time.process_time() - start < 15


@pytest.mark.parametrize('change', ['replace', 'again', 'drop', 'retain'])
def test_parts_are_those_of_the_header_that_a_mail_came_with(change):
    raw = b'Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n'
    msg = Message.from_bytes(raw)
    if change == 'replace':
        msg.replace_header('Content-Type', 'text/plain')
    elif change == 'retain':
        msg.retain(['subject'])
    else:
        del msg['content-type']
    if change == 'again':
        msg['Content-Type'] = 'text/plain'
    assert [part.get_payload() for part in msg.get_payload()] == ['x']
