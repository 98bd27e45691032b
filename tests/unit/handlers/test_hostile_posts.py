"""Whatever comes in, the checks and filters end in a decision, and soon.

SECURITY 2.4 and figures R22, R23: any bytes in, one of passed, held, rejected,
discarded out; never another exception, and time linear to the size.
"""

import random
import time

import pytest

from mailman.actions import moderation, notify
from mailman.errors import DiscardMessage, HoldMessage, RejectMessage
from mailman.handlers import (
    approve,
    emergency,
    hold,
    mime_del,
    moderate,
    scrubber,
    spam_detect,
)
from mailman.mail.message import Message

STEPS = [spam_detect, approve, moderate, hold, mime_del, scrubber, emergency]

SEED = (
    b'From anne@member.example Thu Jan  8 10:20:30 2026\n'
    b'From: =?utf-8?q?Anne_M=C3=BCller?= <anne@member.example>\n'
    b'To: test@lists.example.com, "B, o" <b@c.example>\n'
    b'Cc: group: x@y.example;\n'
    b'Subject: =?iso-8859-1?b?Z3L832U=?= and more\n'
    b'Date: Thu, 08 Jan 2026 10:20:30 +0000\n'
    b'Message-ID: <one@member.example>\n'
    b'MIME-Version: 1.0\n'
    b'Content-Type: multipart/mixed; boundary="B"\n\n'
    b'--B\nContent-Type: multipart/alternative; boundary=C\n\n'
    b'--C\nContent-Type: text/plain; charset="utf-8"\n\n'
    b'Approved: x\ngr\xc3\xbc\xc3\x9fe\n'
    b'--C\nContent-Type: text/html; charset=x-odd\n'
    b'Content-Transfer-Encoding: quoted-printable\n\n<p>gr=FC=\n</p>\n--C--\n'
    b"--B\nContent-Type: image/png; name*=utf-8''%C3%A4.png\n"
    b'Content-Transfer-Encoding: base64\n'
    b'Content-Disposition: attachment; filename*0="a"; filename*1*=%20b.png\n\n'
    b'iVBORw0KGgo=\n'
    b'--B\nContent-Type: message/rfc822\n\nSubject: in\n\ninner\n--B--\n'
)
PIECES = [b'\n', b'\n\n', b'\0', b'\xff', b'=?', b'?=', b'--B', b'--C--', b':', b';']
PIECES += [
    b'"',
    b'(',
    b'<',
    b'>',
    b'@',
    b'%',
    b'\r',
    b'=\n',
    b'multipart/',
    b'boundary=',
]


def mutated(rng):
    """Change the seed in a few places."""
    raw = bytearray(SEED)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(raw))
        kind = rng.randrange(4)
        if kind == 0:
            raw[at : at + rng.randint(1, 40)] = b''
        elif kind == 1:
            raw[at:at] = rng.choice(PIECES) * rng.randint(1, 5)
        elif kind == 2:
            raw[at] = rng.randrange(256)
        else:
            other = rng.randrange(len(raw))
            raw[at:at] = raw[other : other + rng.randint(1, 80)]
    return bytes(raw)


@pytest.fixture
def strict(make_list, site):
    site.data_dir.mkdir(exist_ok=True)
    site.cfg.HTML_TO_PLAIN_TEXT_COMMAND = '/no/such/command'
    site.cfg.KNOWN_SPAMMERS = [('from', 'nobody')]
    site.cfg.MAX_AUTORESPONSES_PER_DAY = 0
    return make_list(
        'test',
        members=['anne@member.example'],
        header_filter_rules=[(r'^subject: .*viagra\n^x-spam: yes', 3, False)],
        bounce_matching_headers='to: friend@public.com\nfrom: .*@uplinkpro.com',
        acceptable_aliases='^other@.*\n.*-alias',
        accept_these_nonmembers=['^.*@friend\\.example$'],
        dmarc_moderation_action=1,
        dmarc_moderation_addresses=['^.*@strict\\.example$'],
        filter_content=1,
        pass_mime_types=[],
        max_message_size=0,
        max_num_recipients=0,
        scrub_nondigest=1,
    )


def decide(mlist, msg):
    """Do what the incoming runner does with these steps."""
    msgdata = {'listname': 'test', 'tolist': 1, 'received_time': 1e9}
    try:
        for step in STEPS:
            step.process(mlist, msg, msgdata)
    except HoldMessage as stop:
        moderation.hold(mlist, msg, msgdata, stop)
    except RejectMessage as stop:
        notify.reject(mlist, msg, stop.notice)
    except DiscardMessage:
        pass
    Message.from_bytes(msg.as_bytes())


@pytest.mark.parametrize('part', range(4))
def test_mutated_posts_meet_a_decision(strict, part):
    rng = random.Random(part)
    for _ in range(100):
        decide(strict, Message.from_bytes(mutated(rng)))


@pytest.mark.parametrize(
    'raw', [b'', b'\n', b'\0', b':', b'x', b'From \n', b'\xff' * 99]
)
def test_what_is_no_mail_meets_a_decision(strict, raw):
    decide(strict, Message.from_bytes(raw))


RUNS = {
    'letters': 'a',
    'digits and dots': '1.',
    'at signs': '@',
    'underscores': '_',
    'encoded words': '=?utf-8?q?x?= ',
    'half encoded words': '=?utf-8?q?',
    'commas': ',',
    'quotes': '"',
    'backslashes': '\\',
    'parentheses': '(',
    'angles': '<',
    'semicolons': ';',
    'blanks': ' ',
    'tabs': '\t',
    'dashes': '-',
    'percents': '%',
    'ampersands': '&#',
    'stars': '*0=',
    'delimiters': '--B ',
    'eight bits': '\udcff',
}


@pytest.mark.parametrize('name', RUNS)
@pytest.mark.parametrize('place', ['body', 'Subject', 'To', 'From', 'Content-Type'])
def test_a_run_of_100_000_signs_takes_little_time(strict, make_msg, name, place):
    text = RUNS[name] * (100_000 // len(RUNS[name]))
    if place == 'body':
        msg = make_msg('Content-Type: text/html', body=text)
    elif place == 'Content-Type':
        msg = make_msg(
            f'Content-Type: multipart/mixed; boundary=B; {text}', body='--B\n\nx'
        )
    else:
        msg = make_msg(f'{place}: {text}', body='<p>text</p>')
    started = time.process_time()
    decide(strict, msg)
    assert time.process_time() - started < 4


def test_many_parts_take_linear_time(strict, make_msg):
    parts = '--B\nContent-Type: text/plain\n\nx\n' * 5000
    msg = make_msg('Content-Type: multipart/mixed; boundary=B', body=f'{parts}--B--\n')
    started = time.process_time()
    decide(strict, msg)
    assert time.process_time() - started < 8
