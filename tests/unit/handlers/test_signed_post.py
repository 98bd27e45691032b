"""A list that changes nothing passes on what the author's mail server signed."""

import subprocess

import pytest

from mailman import handlers
from mailman.mail.message import Message

BODY = b'Hello,\n\n  two  blanks \n=20 caf\xc3\xa9\n-- \nAnne\n\n\n'
HEAD = (
    b'From: =?utf-8?q?Ren=C3=A9e?=   <anne@member.example>\n'
    b'To:test@lists.example.com,\n\tguest@away.example\n'
    b'Cc: Bob <bob@away.example>\n'
    b'Reply-To: anne@member.example\n'
    b'Subject: =?iso-8859-1?q?ma=F1ana?=\n  folded in an   odd way\n'
    b'Date: Thu, 08 Jan 2026 10:20:30 +0000\n'
    b'Message-ID: <signed@member.example>\n'
    b'MIME-Version: 1.0\n'
    b'Content-Type: text/plain; charset=utf-8\n'
    b'Content-Transfer-Encoding: 8bit\n'
)
SIGNED = [
    b'from',
    b'to',
    b'cc',
    b'reply-to',
    b'subject',
    b'date',
    b'message-id',
    b'mime-version',
    b'content-type',
    b'content-transfer-encoding',
]


@pytest.fixture
def plain_list(make_list):
    return make_list(
        members=['anne@member.example', 'zoe@member.example'],
        subject_prefix='',
        msg_header='',
        msg_footer='',
    )


@pytest.fixture(scope='module')
def key():
    """A key pair: the private key as PEM, the DNS record of the public one."""
    pytest.importorskip('dkim', reason='dkimpy is not installed')
    try:
        private = subprocess.run(
            ['openssl', 'genrsa', '-traditional', '2048'],
            capture_output=True,
            check=True,
        ).stdout
        public = subprocess.run(
            ['openssl', 'rsa', '-pubout'],
            input=private,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('openssl makes no key here')
    encoded = b''.join(public.splitlines()[1:-1])
    return private, b'v=DKIM1; k=rsa; p=' + encoded


def delivered(mlist, raw):
    """Take a post through the pipeline and through delivery's last step."""
    from mailman.handlers import decorate

    msg, msgdata = Message.from_bytes(raw), {}
    handlers.run(mlist, msg, msgdata, mlist.site.cfg.GLOBAL_PIPELINE)
    [(out, stored)] = mlist.queue('out').messages
    decorate.process(mlist, out, stored)
    return out.as_bytes()


def sign(raw, key, canonical):
    import dkim

    crlf = raw.replace(b'\n', b'\r\n')
    line = dkim.sign(
        crlf,
        b's',
        b'member.example',
        key[0],
        canonicalize=canonical,
        include_headers=SIGNED,
    )
    return line.replace(b'\r\n', b'\n') + raw


def verifies(raw, key):
    import dkim

    return dkim.verify(raw.replace(b'\n', b'\r\n'), dnsfunc=lambda *_, **kw: key[1])


@pytest.mark.parametrize('canonical', [b'simple', b'relaxed'])
def test_the_authors_signature_still_verifies(plain_list, key, canonical):
    raw = sign(HEAD + b'\n' + BODY, key, (canonical, canonical))
    assert verifies(raw, key)
    assert verifies(delivered(plain_list, raw), key)


def test_a_tag_breaks_it_so_the_test_tests_something(plain_list, key):
    plain_list.subject_prefix = '[T]'
    raw = sign(HEAD + b'\n' + BODY, key, (b'relaxed', b'relaxed'))
    assert not verifies(delivered(plain_list, raw), key)


def test_body_and_header_lines_pass_byte_for_byte(plain_list):
    head, _, body = delivered(plain_list, HEAD + b'\n' + BODY).partition(b'\n\n')
    assert body == BODY
    assert (head + b'\n').startswith(HEAD)


MULTIPART = (
    b'Content-Type: multipart/mixed;\n boundary = "b 1"\n\npreamble\n--b 1\n'
    b'content-TYPE:text/plain\n\none\n\n--b 1  \n\ntwo\n--b 1--\nepilogue\n\n'
)


@pytest.mark.parametrize(
    'rest',
    [
        MULTIPART,
        b'Content-Type: multipart/mixed; boundary=x\n\nno such line\n',
        b'\n',
        b'\nno line end',
        b'\n' + b'y' * 5000 + b'\nshort\n',
        b'\na\x00b\x80\xff\n',
    ],
)
def test_whatever_the_body_is_it_passes_byte_for_byte(plain_list, rest):
    head = HEAD[: HEAD.index(b'MIME-Version')]
    body = rest.partition(b'\n\n')[2] if rest[:1] == b'C' else rest[1:]
    out = delivered(plain_list, head + rest)
    assert out.partition(b'\n\n')[2] == body
