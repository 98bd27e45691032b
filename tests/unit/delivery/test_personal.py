"""Copies from one rendering: what is put in, in which charset, and what stays."""

import pytest

from mailman.delivery.personal import Personalizer
from mailman.mail.message import Message

PEOPLE = {
    'anne@member.example': 'Anne Author',
    'zoe@member.example': 'Zoë Müller',
    'eleni@member.example': 'Ελένη',
    'nobody@member.example': '',
}
FOOTER = 'for %(user_name)s <%(user_address)s>\n'


@pytest.fixture
def plist(make_list):
    mlist = make_list('test', members=PEOPLE, personalize=1, msg_footer=FOOTER)
    for address, name in PEOPLE.items():
        mlist.set_name(address, name)
    return mlist


def personalizer(mlist, msg, **msgdata):
    def set_headers(copy, sender):
        copy['Errors-To'] = sender

    return Personalizer(mlist, msg, msgdata, lambda r: f'to+{r}', set_headers)


def copies(mlist, msg, **msgdata):
    """Each member's copy, parsed."""
    maker = personalizer(mlist, msg, **msgdata)
    return {r: Message.from_bytes(maker.copy(r)) for r in PEOPLE}


def text(msg):
    part = msg.get_payload()[-1] if msg.is_multipart() else msg
    return part.get_payload(decode=True).decode(part.get_param('charset', 'us-ascii'))


def post(body='Hello.\n', content='text/plain; charset=us-ascii', encoding='7bit'):
    head = f'MIME-Version: 1.0\nContent-Type: {content}\n'
    head += f'Content-Transfer-Encoding: {encoding}\n\n'
    return Message.from_bytes((head + body).encode())


EXPECTED = {
    'anne@member.example': 'for Anne Author <anne@member.example>\n',
    'zoe@member.example': 'for Zoë Müller <zoe@member.example>\n',
    'eleni@member.example': 'for Ελένη <eleni@member.example>\n',
    'nobody@member.example': 'for nobody@member.example <nobody@member.example>\n',
}


@pytest.mark.parametrize(
    'msg',
    [
        post(),
        post('Grüße\n', 'text/plain; charset=utf-8', '8bit'),
        post('Gr=C3=BC=C3=9Fe\n', 'text/plain; charset=utf-8', 'quoted-printable'),
        post('R3LDvMOfZQo=\n', 'text/plain; charset=utf-8', 'base64'),
        post('<p>Hello</p>\n', 'text/html'),
        post('--B\n\nHello\n--B--\n', 'multipart/mixed; boundary=B'),
        post('Hello\n', 'text/plain; charset=nonesuch'),
    ],
    ids=['ascii', '8bit', 'quoted', 'base64', 'html', 'mixed', 'unknown charset'],
)
@pytest.mark.parametrize('language', ['en', 'es', 'fr'])
def test_every_name_arrives_in_every_kind_of_message(plist, msg, language):
    plist.preferred_language = language
    got = {recipient: text(copy) for recipient, copy in copies(plist, msg).items()}
    for recipient, expected in EXPECTED.items():
        assert got[recipient].endswith(expected)


def test_names_that_fit_share_one_rendering(plist):
    maker = personalizer(plist, post())
    for recipient in [*PEOPLE, *PEOPLE]:
        maker.copy(recipient)
    assert len(maker._renderings[False]) <= 3


def test_eight_bits_are_declared_only_where_they_are(plist):
    got = copies(plist, post('Hello.\n', 'text/plain; charset=utf-8'))
    assert got['anne@member.example']['content-transfer-encoding'] == '7bit'
    assert got['zoe@member.example']['content-transfer-encoding'] == '8bit'


def test_an_author_cannot_write_marks(plist):
    maker = personalizer(plist, post('zqMARKaddress0123456789abcdefqz\n'))
    assert b'zqMARKaddress0123456789abcdefqz\r\n' in maker.copy('anne@member.example')


def test_a_name_that_starts_with_a_dot_is_stuffed(plist):
    plist.msg_footer = '%(user_name)s\n%(user_address)s\n'
    plist.set_name('anne@member.example', '.dot')
    copy = personalizer(plist, post()).copy('anne@member.example')
    assert copy.endswith(b'\r\n..dot\r\nanne@member.example\r\n')


def test_a_name_cannot_bring_line_ends(plist):
    plist.set_name('anne@member.example', 'A\r\n.\r\nMAIL FROM:<>')
    plist.personalize = 2
    copy = personalizer(plist, post()).copy('anne@member.example')
    assert b'\r\n.\r\n' not in copy
    assert b'\r\nMAIL' not in copy


def test_long_values_do_not_make_long_quoted_lines(plist):
    plist.set_name('zoe@member.example', 'ë' * 100)
    msg = post('Gr=C3=BC=C3=9Fe\n', 'text/plain; charset=utf-8', 'quoted-printable')
    copy = personalizer(plist, msg).copy('zoe@member.example')
    assert max(map(len, copy.split(b'\r\n'))) <= 76
    assert 'ë' * 100 in text(Message.from_bytes(copy))


def test_one_who_is_no_member_here_is_named_by_his_address(plist):
    copy = personalizer(plist, post()).copy('Guest@Sibling.example')
    assert b'for guest@sibling.example <guest@sibling.example>\r\n' in copy


def test_no_password_is_ever_shown(plist):
    plist.msg_footer = 'pw: %(user_password)s\n'
    plist.set_password('anne@member.example', 'sekrit')
    assert b'sekrit' not in personalizer(plist, post()).copy('anne@member.example')


def test_the_options_page_and_language_are_the_members(plist):
    plist.msg_footer = '%(user_optionsurl)s\n%(user_language)s\n'
    copy = personalizer(plist, post()).copy('anne@member.example')
    url, language = copy.decode().split('\r\n')[-3:-1]
    assert url == plist.options_url('anne@member.example')
    assert language == 'English (USA)'


def test_values_are_not_filled_in_twice(plist):
    plist.set_name('anne@member.example', '%(user_address)s')
    copy = personalizer(plist, post()).copy('anne@member.example')
    assert b'for %(user_address)s <anne@' in copy


def test_without_personal_words_copies_differ_by_sender_only(plist):
    plist.msg_footer = 'for all\n'
    maker = personalizer(plist, post())
    anne, zoe = maker.copy('anne@member.example'), maker.copy('zoe@member.example')
    assert b'Errors-To: to+anne@member.example\r\n' in anne
    assert anne.replace(b'to+anne', b'to+zoe') == zoe


def test_digests_have_personal_headers_but_no_texts(plist):
    plist.personalize = 2
    copy = personalizer(plist, post(), isdigest=True).copy('anne@member.example')
    assert b'To: Anne Author <anne@member.example>\r\n' in copy
    assert copy.endswith(b'Hello.\r\n')


def test_a_name_of_any_script_can_stand_in_to(plist):
    plist.personalize = 2
    copy = personalizer(plist, post()).copy('eleni@member.example')
    to = Message.from_bytes(copy)['to']
    assert to.isascii()
    assert to.endswith('<eleni@member.example>')


@pytest.mark.parametrize('address', ['a+b/c@X.example', "o'neil%@x.example"])
def test_the_options_page_is_the_one_that_the_list_names(plist, make_msg, address):
    personalizer = Personalizer(plist, make_msg(), {}, str, lambda *_: None)
    assert personalizer._options(address, False) == plist.options_url(address)
