"""py2mail: 2.1's pickled messages, as they would travel."""

import pytest

from mailman.storage.py2mail import HeaderText, RawMessage, flatten


def header(*chunks):
    return HeaderText({'_chunks': list(chunks)})


def test_headers_and_text_are_written_as_they_were():
    state = {
        '_headers': [(b'Subject', b'one\n two'), (b'X-Raw', b'caf\xe9')],
        '_payload': b'body\n',
        '_unixfrom': b'From a@b.c Thu\n',
    }
    assert flatten(state) == (
        b'From a@b.c Thu\nSubject: one\n two\nX-Raw: caf\xe9\n\nbody\n'
    )


def test_parts_stand_between_their_boundaries():
    part = RawMessage(b'Content-Type: text/plain\n\nhi')
    state = {
        '_headers': [(b'Content-Type', b'multipart/mixed; boundary="=x"')],
        '_payload': [part, part],
        'preamble': b'pre',
        'epilogue': b'post',
    }
    assert flatten(state) == (
        b'Content-Type: multipart/mixed; boundary="=x"\n\npre\n'
        b'--=x\nContent-Type: text/plain\n\nhi\n'
        b'--=x\nContent-Type: text/plain\n\nhi\n--=x--\npost'
    )


def test_a_missing_boundary_is_made_up():
    state = {
        '_headers': [(b'Content-Type', b'multipart/mixed')],
        '_payload': [RawMessage(b'\n--===============0000000000000000000==')],
    }
    raw = flatten(state)
    assert b'boundary="===============0000000000000000001=="' in raw
    assert raw.count(b'\n--===============0000000000000000001==') == 2


def test_a_message_in_a_message_follows_the_headers():
    state = {
        '_headers': [(b'Content-Type', b'message/rfc822')],
        '_payload': [RawMessage(b'Subject: inner\n\nx\n')],
    }
    assert flatten(state).endswith(b'rfc822\n\nSubject: inner\n\nx\n')


def test_a_header_value_cannot_become_a_second_header():
    state = {'_headers': [(b'A', b'x\nBcc: y'), (b'B:\nC', b'z')], '_payload': None}
    assert flatten(state) == b'A: x\n Bcc: y\nBC: z\n\n'


@pytest.mark.parametrize(
    'state',
    [{}, {'_headers': None}, {'_headers': [1, (1,), (b'A', None)], '_payload': 7}],
)
def test_odd_states_do_no_harm(state):
    assert isinstance(flatten(state), bytes)


def test_a_header_object_has_a_text_and_a_form_for_the_wire():
    text = header((b'Re: ', b'us-ascii'), (b'Gr\xfc\xdfe', b'iso-8859-1'))
    assert text == 'Re: Grüße'
    assert text.encoded == b'Re: =?iso-8859-1?q?Gr=FC=DFe?='
    state = {'_headers': [(b'Subject', text)], '_payload': b''}
    assert b'Subject: Re: =?iso' in flatten(state)


def test_a_long_header_is_cut_between_characters():
    from email.header import decode_header, make_header

    title = 'Überlänge 漢字 ' * 12
    text = header((title, 'utf-8'))
    assert max(map(len, text.encoded.split(b'\n'))) <= 76
    assert str(make_header(decode_header(text.encoded.decode()))) == title


def test_chunks_in_unknown_charsets_are_still_text():
    assert header((b'\xe9', b'x-unknown')) == 'é'
    assert header((1, 2), ('a',), None) == '1'
