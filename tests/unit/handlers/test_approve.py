"""Approve: passwords in headers and bodies, and loops."""

import pytest

from mailman.errors import LoopError, RejectMessage
from mailman.handlers.approve import process
from mailman.security.passwords import hash_password

SECRET = 'sesam <öffne> & dich'


@pytest.fixture(scope='module')
def stored():
    return hash_password(SECRET)


@pytest.fixture
def guarded(make_list, stored):
    return make_list('test', password=stored, mod_password='', post_password='')


def approved(mlist, msg, **msgdata):
    process(mlist, msg, msgdata)
    assert msgdata.get('approved') == msgdata.get('adminapproved')
    return bool(msgdata.get('approved'))


@pytest.mark.parametrize('name', ['Approved', 'Approve', 'X-Approved', 'x-approve'])
def test_the_right_password_in_a_header_approves(guarded, make_msg, name):
    assert approved(guarded, make_msg(f'{name}: {SECRET}'))


def test_a_wrong_password_is_no_error(guarded, make_msg):
    assert not approved(guarded, make_msg('Approved: nonsense'))
    assert not approved(guarded, make_msg('Approved:'))
    assert not approved(guarded, make_msg('Approved: ' + 'x' * 100_000))


def test_the_first_header_found_decides(guarded, make_msg):
    assert not approved(guarded, make_msg('Approved: no', f'X-Approve: {SECRET}'))


@pytest.mark.parametrize('attribute', ['mod_password', 'post_password'])
def test_moderators_and_posters_have_passwords_too(
    make_list, make_msg, stored, attribute
):
    mlist = make_list('test', **{attribute: stored})
    assert approved(mlist, make_msg(f'Approved: {SECRET}'))


def test_a_list_without_password_approves_nothing(make_list, make_msg):
    mlist = make_list('test', password='', mod_password=None)
    assert not approved(mlist, make_msg('Approved: '))


def test_a_hash_of_21_is_upgraded_when_its_password_comes(make_list, make_msg):
    sha1 = '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8'
    mlist = make_list('test', password=sha1)
    assert approved(mlist, make_msg('Approved: password'))
    assert mlist.password.startswith('scrypt$')


@pytest.mark.parametrize(
    'body, rest',
    [
        ('Approved: {}\n\nreal text\n', '\nreal text\n'),
        ('\n\n\nApprove: {}\nreal text\n', '\n\n\nreal text\n'),
        ('  X-APPROVED :   {}  \nreal text', 'real text'),
        ('approve:{}', ''),
    ],
)
def test_the_first_line_of_the_body_counts_and_is_removed(
    guarded, make_msg, body, rest
):
    msg = make_msg('Content-Type: text/plain; charset=utf-8', body=body.format(SECRET))
    assert approved(guarded, msg)
    assert msg.get_payload(decode=True).decode() == rest


def test_a_rewritten_body_is_declared(guarded, make_msg):
    msg = make_msg(body='Approved: x\nreal text\n')
    approved(guarded, msg)
    assert msg['content-type'] == 'text/plain; charset="us-ascii"'
    assert msg['mime-version'] == '1.0'


def test_a_wrong_password_in_the_body_is_removed_as_well(guarded, make_msg):
    msg = make_msg(body='Approved: wrongword\n\nreal text after\n')
    assert not approved(guarded, msg)
    assert b'wrongword' not in msg.as_bytes()


def test_a_later_line_is_text(guarded, make_msg):
    msg = make_msg(body=f'Hello\nApproved: {SECRET}\n')
    assert not approved(guarded, msg)
    assert b'Approved' in msg.as_bytes()


def test_an_untouched_post_stays_as_it_came(guarded, make_msg):
    msg = make_msg(body='Approval: no\n')
    before = msg.as_bytes()
    approved(guarded, msg)
    assert msg.as_bytes() == before


def multipart(make_msg, *parts):
    pieces = ''.join(f'--B\n{part}\n' for part in parts)
    return make_msg(
        'MIME-Version: 1.0',
        'Content-Type: multipart/alternative; boundary=B',
        body=f'{pieces}--B--\n',
    )


def test_the_html_twin_loses_the_line_too(make_list, make_msg, stored):
    mlist = make_list('test', password=hash_password('a&b'))
    msg = multipart(
        make_msg,
        'Content-Type: text/plain\n\nApproved: a&b\nhello\n',
        'Content-Type: text/html\n\n<p>approved:&nbsp; a&amp;b<br>hello</p>\n',
    )
    assert approved(mlist, msg)
    html = msg.get_payload(1).get_payload()
    assert html == '<p><br>hello</p>\n'


def test_a_quoted_printable_twin_is_cleaned_in_its_encoding(make_list, make_msg):
    mlist = make_list('test', password=hash_password('geheim'))
    msg = multipart(
        make_msg,
        'Content-Type: text/plain\n\nApproved: geheim\nhello\n',
        'Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n'
        '<p class=3D"x">Approved: ge=\nheim</p>\n',
    )
    assert approved(mlist, msg)
    assert b'heim' not in msg.as_bytes()
    assert msg.get_payload(1).get_payload(decode=True) == b'<p class="x"></p>\n'


@pytest.mark.parametrize(
    'part',
    [
        'Content-Type: text/html\n\n<p>Approved: ge&shy;heim</p>\n',
        'Content-Type: text/html\n\n<p>Approved: ge<!-- x -->heim</p>\n',
        'Content-Type: text/html\n\n<p title="geheim">hello</p>\n',
        'Content-Type: text/plain\n\nthe password is geheim\n',
        'Content-Type: application/rtf\n\n{Approved: geheim}\n',
        'Content-Type: message/rfc822\n\nApproved: geheim\nSubject: x\n\nhello\n',
    ],
)
def test_the_right_password_in_any_part_sends_the_post_back(make_list, make_msg, part):
    mlist = make_list('test', password=hash_password('geheim'))
    plain = 'Content-Type: text/plain\n\nApproved: geheim\nhello\n'
    msg = multipart(make_msg, plain, part)
    with pytest.raises(RejectMessage):
        approved(mlist, msg)
    assert b'geheim' not in msg.as_bytes()


def test_a_short_password_may_be_there_by_chance(make_list, make_msg):
    mlist = make_list('test', password=hash_password('hello'))
    text = 'Content-Type: text/plain\n\n'
    msg = multipart(make_msg, f'{text}Approved: hello\nx\n', f'{text}hello world\n')
    assert approved(mlist, msg)


def test_html_that_hides_the_password_in_tags_is_sent_back(make_list, make_msg):
    mlist = make_list('test', password=hash_password('geheim'))
    msg = multipart(
        make_msg,
        'Content-Type: text/plain\n\nApproved: geheim\nhello\n',
        'Content-Type: text/html\n\n<b>Approved:</b> ge<i>heim</i>\n',
    )
    with pytest.raises(RejectMessage):
        approved(mlist, msg)
    # What goes back to the author holds no password either: a moderator may have sent
    # the post in the author's name.
    assert b'heim' not in msg.as_bytes()


def test_a_header_takes_the_line_in_the_body_away_too(guarded, make_msg):
    # It went to all members, and into the archive.
    msg = make_msg(f'Approved: {SECRET}', body='Approved: sesam\ntext\n')
    assert approved(guarded, msg)
    assert msg.get_payload() == 'text\n'


def test_an_approved_post_loses_its_password_too(guarded, make_msg):
    # SpamDetect comes first: what it holds was not here yet when it is approved.
    msg, msgdata = make_msg(body='Approved: x\ntext\n'), {'approved': 1}
    process(guarded, msg, msgdata)
    assert msgdata == {'approved': 1}
    assert msg.get_payload() == 'text\n'


def test_an_approved_post_that_was_here_before_ends(guarded, make_msg):
    with pytest.raises(LoopError):
        msg = make_msg('X-BeenThere: test@lists.example.com')
        process(guarded, msg, {'approved': 1})


def test_a_post_that_was_here_before_ends(guarded, make_msg):
    for line in (
        'X-BeenThere: Test@Lists.Example.com',
        'X-BeenThere:  test@lists.example.com ',
    ):
        with pytest.raises(LoopError):
            process(guarded, make_msg('X-BeenThere: other@x.example', line), {})


def test_a_post_that_only_kept_its_list_id_ends_too(guarded, make_msg):
    for value in (
        '"A <test> list" <Test.lists.example.com>',
        '<test.lists.example.com>',
    ):
        with pytest.raises(LoopError):
            process(guarded, make_msg(f'List-Id: {value}'), {})


def test_a_post_of_another_list_is_no_loop(guarded, make_msg):
    assert not approved(guarded, make_msg('X-BeenThere: other@lists.example.com'))
    assert not approved(guarded, make_msg('List-Id: <test.lists.example.com.au>'))
    assert not approved(guarded, make_msg('List-Id: <a-test.lists.example.com>'))


def test_a_post_that_went_through_too_many_servers_ends(guarded, make_msg):
    msg = make_msg(*[f'Received: from host{n}' for n in range(101)])
    with pytest.raises(LoopError):
        process(guarded, msg, {})


@pytest.mark.parametrize(
    'body',
    [
        'x' * 300_000,
        '\n' * 300_000,
        ' ' * 300_000 + 'Approved: x',
        'Approved:' + ' ' * 300_000,
        'Approved: x\n' + 'Approved: ' * 30_000,
    ],
)
def test_odd_bodies_take_no_time(guarded, make_msg, body):
    approved(guarded, make_msg(body=body))


@pytest.mark.parametrize(
    'html', ['<' * 200_000, 'approved:&nbsp;' * 20_000, 'approved:' + '&nbsp;' * 50_000]
)
def test_odd_html_takes_no_time(guarded, make_msg, html):
    msg = multipart(
        make_msg,
        'Content-Type: text/plain\n\nApproved: x\nhello\n',
        f'Content-Type: text/html\n\n{html}\n',
    )
    approved(guarded, msg)
