"""MimeDel: what is removed, what is made simpler, what goes away whole."""

import pytest

from mailman.errors import DiscardMessage, RejectMessage
from mailman.handlers.mime_del import extensions, process

CAT = '/bin/cat %(filename)s'
ALL = {'pass_mime_types': [], 'filter_mime_types': []}


@pytest.fixture
def filtering(make_list):
    def make(**settings):
        mlist = make_list('test', filter_content=1, **settings)
        mlist.site.cfg.HTML_TO_PLAIN_TEXT_COMMAND = CAT
        return mlist

    return make


def part(kind, text='', **fields):
    lines = [f'Content-Type: {kind}']
    lines += [f'{name.replace("_", "-")}: {value}' for name, value in fields.items()]
    return '\n'.join(lines) + '\n\n' + text


def multi(sub, *parts, boundary='B', params=''):
    body = ''.join(f'--{boundary}\n{one}\n' for one in parts) + f'--{boundary}--\n'
    return f'Content-Type: multipart/{sub}; boundary={boundary}{params}\n\n{body}'


@pytest.fixture
def post(make_msg):
    def make(entity):
        head, _, body = entity.partition('\n\n')
        return make_msg('MIME-Version: 1.0', *head.split('\n'), body=body)

    return make


def tree(msg):
    if not msg.is_multipart():
        return msg.get_content_type()
    return [msg.get_content_type(), *map(tree, msg.get_payload())]


TEXT = part('text/plain', 'text part here')
HTML = part('text/html', '<p>html part</p>')
PNG = part(
    'image/png; name="a.png"', 'iVBORw0KGgo=', Content_Transfer_Encoding='base64'
)
ALTERNATIVE = multi('alternative', TEXT, HTML, boundary='ALT')


def test_without_filtering_nothing_is_touched(mlist, post):
    msg = post(multi('mixed', TEXT, PNG))
    before = msg.as_bytes()
    process(mlist, msg, {})
    assert msg.as_bytes() == before


def test_a_digest_is_not_filtered(filtering, post):
    msg = post(multi('mixed', TEXT, PNG))
    process(filtering(), msg, {'isdigest': True})
    assert tree(msg) == ['multipart/mixed', 'text/plain', 'image/png']


def test_what_may_pass_whole_stays_byte_for_byte(filtering, make_msg, post):
    mlist = filtering()
    for msg in (make_msg(), post(multi('mixed', TEXT, TEXT))):
        before = msg.as_bytes()
        process(mlist, msg, {})
        assert msg.as_bytes() == before


@pytest.mark.parametrize(
    'settings, entity, expected',
    [
        ({}, multi('mixed', TEXT, PNG, HTML), 'text/plain'),
        ({}, ALTERNATIVE, 'text/plain'),
        ({}, multi('mixed', TEXT, TEXT, PNG), ['multipart/mixed', *['text/plain'] * 2]),
        (
            {**ALL, 'collapse_alternatives': 0, 'convert_html_to_plaintext': 0}
            | {'filter_mime_types': ['image', 'application/pdf']},
            multi('mixed', TEXT, PNG, part('application/pdf'), HTML),
            ['multipart/mixed', 'text/plain', 'text/html'],
        ),
        (
            ALL,
            multi('mixed', ALTERNATIVE, PNG),
            ['multipart/mixed', 'text/plain', 'image/png'],
        ),
        (
            {**ALL, 'collapse_alternatives': 0, 'convert_html_to_plaintext': 0},
            ALTERNATIVE,
            ['multipart/alternative', 'text/plain', 'text/html'],
        ),
        (
            {**ALL, 'filter_mime_types': ['text/plain']},
            ALTERNATIVE,
            'text/plain',  # the HTML, converted
        ),
        (
            {**ALL, 'filter_mime_types': ['image']},
            multi('mixed', TEXT, multi('mixed', PNG, PNG, boundary='C'), TEXT),
            ['multipart/mixed', 'text/plain', 'text/plain'],
        ),
        (ALL, multi('mixed', part('text/plain'), PNG), 'image/png'),
        (ALL, multi('mixed', part('text/plain', '\n  \n'), PNG), 'image/png'),
        (ALL, multi('mixed', multi('mixed', TEXT, boundary='C')), 'text/plain'),
    ],
)
def test_what_is_left(filtering, post, settings, entity, expected):
    msg = post(entity)
    process(filtering(**settings), msg, {})
    assert tree(msg) == expected


def test_the_mark_says_that_something_changed(filtering, post):
    mlist = filtering()
    changed, same = post(ALTERNATIVE), post(multi('mixed', TEXT, TEXT))
    for msg in (changed, same):
        process(mlist, msg, {})
    assert changed['x-content-filtered-by'] == 'Mailman/MimeDel 2.1.39'
    assert 'x-content-filtered-by' not in same


def test_the_text_that_is_left_keeps_headers_and_encoding(filtering, post):
    quoted = part(
        'text/plain; charset=iso-8859-1',
        'gr=FC=DFe',
        Content_Transfer_Encoding='quoted-printable',
    )
    msg = post(multi('alternative', quoted, HTML))
    process(filtering(), msg, {})
    assert msg['subject'] == 'hello'
    assert msg.get_content_charset() == 'iso-8859-1'
    assert msg.get_payload(decode=True) == 'grüße'.encode('latin-1')


@pytest.mark.parametrize(
    'fields, expected',
    [
        ('Content-Disposition: attachment; filename="run.EXE"', ['exe']),
        (
            'Content-Disposition: attachment; filename*0="long"; filename*1="name.exe"',
            ['exe'],
        ),
        ("Content-Disposition: attachment; filename*=utf-8''p%C3%A4ss.txt", ['txt']),
        ('Content-Disposition: attachment; filename="=?utf-8?q?run=2Eexe?="', ['exe']),
        ('Content-Disposition: attachment; filename="run.exe. ."', ['exe']),
        ('Content-Disposition: attachment; filename="noext"', []),
        ('Content-Disposition: attachment; filename="../../x.tar.gz"', ['gz']),
        ('X-None: 1', []),
    ],
)
def test_file_name_extensions(make_msg, fields, expected):
    assert list(extensions(make_msg(fields))) == expected


def test_both_names_of_a_part_count(make_msg):
    msg = make_msg(
        'Content-Type: text/plain; name=a.exe',
        'Content-Disposition: attachment; filename=a.txt',
    )
    assert sorted(extensions(msg)) == ['exe', 'txt']


def attachment(name):
    kind = f'application/octet-stream; name="{name}"'
    return part(kind, 'data', Content_Disposition=f'attachment; filename="{name}"')


@pytest.mark.parametrize(
    'settings, left',
    [
        ({'filter_filename_extensions': ['exe', 'bat']}, ['data.txt', 'noext']),
        (
            {'filter_filename_extensions': [], 'pass_filename_extensions': ['txt']},
            ['data.txt', 'noext'],
        ),
    ],
)
def test_parts_go_by_their_file_names(filtering, post, settings, left):
    names = ['run.EXE', 'data.txt', 'noext']
    msg = post(multi('mixed', TEXT, *map(attachment, names)))
    process(filtering(**ALL, **settings), msg, {})
    assert [one.get_filename() for one in msg.get_payload()[1:]] == left


def test_a_forwarded_message_is_filtered_inside_and_keeps_its_headers(filtering, post):
    inner = 'Subject: inner\n' + multi('mixed', TEXT, PNG, boundary='INN')
    msg = post(multi('mixed', TEXT, part('message/rfc822', inner)))
    process(filtering(), msg, {})
    assert tree(msg) == [
        'multipart/mixed',
        'text/plain',
        ['message/rfc822', 'text/plain'],
    ]
    assert msg.get_payload(1).get_payload(0)['subject'] == 'inner'


SIGNATURE = part('application/pgp-signature', '-----BEGIN PGP SIGNATURE-----')


def test_a_signed_post_whose_parts_all_may_pass_is_left_whole(filtering, post):
    signed = multi('signed', multi('alternative', TEXT, HTML, boundary='C'), SIGNATURE)
    msg = post(signed)
    before = msg.as_bytes()
    process(filtering(**ALL), msg, {})
    assert msg.as_bytes() == before


def test_a_signature_that_is_not_wanted_goes(filtering, post):
    msg = post(multi('signed', TEXT, SIGNATURE))
    process(filtering(pass_mime_types=['multipart', 'text/plain']), msg, {})
    assert tree(msg) == ['multipart/signed', 'text/plain']
    assert msg['x-content-filtered-by']


def test_an_encrypted_post_is_left_whole(filtering, post):
    msg = post(
        multi(
            'encrypted',
            part('application/pgp-encrypted', 'Version: 1'),
            part('application/octet-stream', 'secret'),
        )
    )
    before = msg.as_bytes()
    process(filtering(**ALL), msg, {})
    assert msg.as_bytes() == before


# --- HTML -------------------------------------------------------------------------


def test_html_goes_through_the_sites_command(filtering, post):
    msg = post(part('text/html; charset=utf-8; name=x.html', '<p>größer</p>'))
    process(filtering(**ALL), msg, {})
    assert msg.get_content_type() == 'text/plain'
    assert msg.get_param('name') is None
    assert msg.get_payload() == '<p>gr&#246;&#223;er</p>'
    assert msg['x-content-filtered-by']


@pytest.mark.parametrize(
    'command', ['/no/such/command %(filename)s', '/bin/false', '%(x)s']
)
def test_without_the_command_the_tags_are_taken_out_here(filtering, post, command):
    mlist = filtering(**ALL)
    mlist.site.cfg.HTML_TO_PLAIN_TEXT_COMMAND = command
    msg = post(part('text/html', '<p>one</p><p>two &amp; three</p>'))
    process(mlist, msg, {})
    assert msg.get_payload() == 'one\n\ntwo & three\n'
    assert 'HTML to plain text' in (mlist.site.logs_dir / 'error').read_text()


def test_without_any_command_html_stays(filtering, post):
    mlist = filtering(**ALL)
    mlist.site.cfg.HTML_TO_PLAIN_TEXT_COMMAND = ''
    msg = post(HTML)
    process(mlist, msg, {})
    assert msg.get_content_type() == 'text/html'


# --- the whole post goes ----------------------------------------------------------


@pytest.mark.parametrize(
    'settings, entity',
    [
        ({'pass_mime_types': ['multipart', 'text/plain']}, PNG),
        ({**ALL, 'filter_mime_types': ['image']}, PNG),
        ({**ALL, 'filter_mime_types': ['image/png']}, PNG),
        ({**ALL, 'filter_filename_extensions': ['png']}, PNG),
        ({**ALL, 'pass_filename_extensions': ['txt']}, PNG),
        ({}, multi('mixed', PNG, PNG)),
        ({}, multi('mixed', multi('related', PNG, boundary='C'))),
    ],
)
def test_a_post_of_which_nothing_may_pass_is_discarded(
    filtering, post, settings, entity
):
    with pytest.raises(DiscardMessage):
        process(filtering(**settings), post(entity), {})


def test_an_empty_multipart_is_not_our_doing(filtering, post):
    process(
        filtering(), post('Content-Type: multipart/mixed; boundary=B\n\n--B--\n'), {}
    )


def test_it_may_be_rejected_with_the_reason(filtering, post):
    with pytest.raises(RejectMessage) as caught:
        process(filtering(filter_action=1), post(PNG), {})
    assert 'content type' in caught.value.notice


def test_it_may_go_to_the_owners(filtering, post):
    mlist = filtering(filter_action=2)
    with pytest.raises(DiscardMessage):
        process(mlist, post(PNG), {})
    [(notice, msgdata)] = mlist.queue('virgin').messages
    assert msgdata['recips'] == ['owner@owner.example']
    assert msgdata['envsender'] == 'mailman-bounces@lists.example.com'
    assert tree(notice) == [
        'multipart/mixed',
        'text/plain',
        ['message/rfc822', 'image/png'],
    ]


@pytest.mark.parametrize('allowed, kept', [(True, 1), (False, 0)])
def test_it_may_be_kept_where_the_site_allows_it(filtering, post, allowed, kept):
    mlist = filtering(filter_action=3)
    mlist.site.cfg.OWNERS_CAN_PRESERVE_FILTERED_MESSAGES = allowed
    with pytest.raises(DiscardMessage):
        process(mlist, post(PNG), {})
    assert len(mlist.queue('bad').messages) == kept


def test_a_post_too_deep_to_look_into_goes(filtering, post):
    entity = TEXT
    for level in range(150):
        entity = multi('mixed', entity, boundary=f'b{level}')
    with pytest.raises(DiscardMessage):
        process(filtering(), post(entity), {})


@pytest.mark.parametrize(
    'run', ['<', '<a', '<!--', '<script>', '&', '>', '<p', '\n', 'x']
)
def test_html_of_one_sign_takes_no_time(run):
    from mailman.mail.htmltext import plain

    plain(run * (500_000 // len(run)))
