"""What browsers send: forms of both kinds, odd ones, hostile ones."""

import io

import pytest

from mailman.web.answers import Refused, Response
from mailman.web.fields import Fields
from mailman.web.request import Request

URLENCODED = 'application/x-www-form-urlencoded'
BOUNDARY = 'xyz'
MULTIPART = f'multipart/form-data; boundary={BOUNDARY}'


def request(site, data=b'', kind=URLENCODED, program='admin', **environ):
    return Request(
        site,
        {
            'REQUEST_METHOD': 'POST',
            'CONTENT_TYPE': kind,
            'CONTENT_LENGTH': str(len(data)),
            'wsgi.input': io.BytesIO(data),
            'REMOTE_ADDR': '192.0.2.1',
            **environ,
        },
        program,
    )


def multipart(*parts):
    out = b''
    for name, value, more in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}'
        out += head.encode() + b'\r\n\r\n' + value + b'\r\n'
    return out + f'--{BOUNDARY}--\r\n'.encode()


def test_fields_keep_their_order_and_may_repeat(site):
    form = request(site, b'a=1&b=2&a=3&c=&d').form
    assert form.pairs == [('a', '1'), ('b', '2'), ('a', '3'), ('c', ''), ('d', '')]
    assert form.all('a') == ['1', '3']
    assert form.get('a') == '1'
    assert form.get('e', 'x') == 'x'


def test_body_and_address_are_read_together_body_first(site):
    asked = request(site, b'a=body', QUERY_STRING='a=query&b=2')
    assert asked.fields.all('a') == ['body', 'query']
    assert asked.query.get('b') == '2'


def test_bytes_that_are_not_utf_8_are_in_the_charset_of_the_list(site):
    asked = request(site, b'a=caf%E9')
    asked.charset = 'iso-8859-1'
    assert asked.form.get('a') == 'café'
    assert request(site, b'a=caf%C3%A9').form.get('a') == 'café'


def test_multipart_forms_with_uploads(site):
    data = multipart(
        ('subscribees', b'a@example.com', ''),
        ('subscribees_upload', b'b@example.com\r\nc@example.com', '; filename="f.txt"'),
    )
    form = request(site, data, MULTIPART).form
    assert form.lines('subscribees', 'subscribees_upload') == [
        'a@example.com',
        'b@example.com',
        'c@example.com',
    ]


def test_nul_is_dropped(site):
    assert request(site, b'a=x%00y').form.get('a') == 'xy'


def test_numbers_are_short_and_decimal():
    form = Fields(
        [('a', ' 12 '), ('b', '-3'), ('c', '9' * 50), ('d', '1e3'), ('e', '٣')]
    )
    assert [form.number(name) for name in 'abcdf'] == [12, -3, None, None, None]


@pytest.mark.parametrize(
    ('data', 'kind', 'environ', 'status'),
    [
        (b'x' * 10_000_001, URLENCODED, {}, 413),
        (b'a=1&' * 60_000, URLENCODED, {}, 413),
        (b'{"a": 1}', 'application/json', {}, 400),
        (b'<a/>', 'text/xml', {}, 400),
        (b'a=1', '', {}, 400),
        (b'a=1', URLENCODED, {'CONTENT_LENGTH': '-1'}, 400),
        (b'a=1', URLENCODED, {'CONTENT_LENGTH': 'x'}, 400),
        (b'a=1', URLENCODED, {'CONTENT_LENGTH': '100'}, 400),
        (b'a=1', 'multipart/form-data', {}, 400),
        (b'garbage', MULTIPART, {}, 400),
        (b'--xyz\r\n\r\n', MULTIPART, {}, 400),
        (multipart(('a', b'1', ''))[:-6], MULTIPART, {}, 400),
        (multipart(*[('a', b'1', '')] * 60_000), MULTIPART, {}, 413),
    ],
)
def test_odd_forms_are_refused_with_their_status(site, data, kind, environ, status):
    with pytest.raises(Refused) as refusal:
        _ = request(site, data, kind, **environ).form
    assert refusal.value.status == status


def test_pages_for_everybody_take_small_forms_only(site):
    many = b'a=1&' * 1000
    assert len(request(site, many).form.pairs) == 1000
    with pytest.raises(Refused) as refusal:
        _ = request(site, many, program='subscribe').form
    assert refusal.value.status == 413


def test_the_path_ends_at_the_first_odd_byte(site):
    asked = request(site, PATH_INFO='/Test//general\n/evil')
    assert asked.pieces == ['Test', 'general']
    assert asked.list_name == 'test'


def test_a_proxy_is_believed_only_where_the_site_says_so(site):
    forged = {'HTTP_X_FORWARDED_FOR': '203.0.113.9, 198.51.100.2'}
    assert request(site, **forged).remote == '192.0.2.1'
    site.cfg.TRUSTED_PROXIES = ['192.0.2.1', '198.51.100.2']
    assert request(site, **forged).remote == '203.0.113.9'


def test_header_values_lose_their_line_ends():
    answer = Response(headers=[('Location', 'http://a/\r\nSet-Cookie: x=1')])
    assert dict(answer.all_headers())['Location'] == 'http://a/Set-Cookie: x=1'
