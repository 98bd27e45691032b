"""The list's tag in the subject."""

import time

import pytest

from mailman.handlers import subject
from mailman.mail import headers


def tagged(mlist, msg, **msgdata):
    subject.tag(mlist, msg, msgdata)
    return headers.decode(msg['subject'])


@pytest.mark.parametrize(
    'before, after',
    [
        ('hello', '[Pfx] hello'),
        ('Re: old topic', 'Re: [Pfx] old topic'),
        ('RE: [Pfx] old topic', 'Re: [Pfx] old topic'),
        ('Re: Re: [Pfx] old topic', 'Re: [Pfx] old topic'),
        ('re[2]: old topic', 'Re: [Pfx] old topic'),
        ('[Pfx] Re: Re: old', 'Re: [Pfx] old'),
        ('AW: SV: VS: x', 'Re: [Pfx] x'),
        ('Regarding: x', '[Pfx] Regarding: x'),
        ('', '[Pfx] (no subject)'),
        ('Re:', 'Re: [Pfx] (no subject)'),
        ('[Pfx]', '[Pfx] (no subject)'),
        ('one [Pfx] two', '[Pfx] one  two'),
    ],
)
def test_the_old_style_puts_re_first(make_list, make_msg, before, after):
    mlist = make_list(subject_prefix='[Pfx] ')
    assert tagged(mlist, make_msg(f'Subject: {before}')) == after


@pytest.mark.parametrize(
    'before, after',
    [
        ('Re: old topic', '[Pfx] Re: old topic'),
        ('Re: [Pfx] old topic', '[Pfx] Re: old topic'),
        ('old topic', '[Pfx] old topic'),
    ],
)
def test_the_new_style_puts_the_tag_first(make_list, make_msg, site, before, after):
    site.cfg.OLD_STYLE_PREFIXING = False
    mlist = make_list(subject_prefix='[Pfx] ')
    assert tagged(mlist, make_msg(f'Subject: {before}')) == after


@pytest.mark.parametrize(
    'prefix, before, after',
    [
        ('[Num %d] ', 'first', '[Num 7] first'),
        ('[Num %d] ', 'Re: [Num 3] first', '[Num 7] Re: first'),
        ('[Num %05d]', 'Re: [Num 00003] first', '[Num 00007] Re: first'),
        ('%d:', 'Re: 3: first', '7: Re: first'),
        ('[100% %d]', 'x', '[100% 7] x'),
        ('[100%]', 'x', '[100%] x'),
        ('[%s]', 'x', '[%s] x'),
    ],
)
def test_a_number_in_the_tag_counts_posts(make_list, make_msg, prefix, before, after):
    mlist = make_list(subject_prefix=prefix, post_id=7.0)
    assert tagged(mlist, make_msg(f'Subject: {before}')) == after


@pytest.mark.parametrize(
    'raw, words',
    [
        ('=?utf-8?q?gr=C3=BC=C3=9Fe?=', '[T] grüße'),
        ('=?koi8-r?b?8NLJ18XU?=', '[T] Привет'),
        ('Re: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=', 'Re: [T] 日本'),
        ('=?utf-8?q?one?= two =?utf-8?q?three?=', '[T] one two three'),
        ('=?utf-8?b?!!!notbase64?= tail', '[T] =?utf-8?b?!!!notbase64?= tail'),
        ('=?no-such-charset?q?abc?=', '[T] =?no-such-charset?q?abc?='),
    ],
)
def test_encoded_subjects_are_read_and_written(make_list, make_msg, raw, words):
    mlist = make_list(subject_prefix='[T]')
    msg = make_msg(f'Subject: {raw}')
    assert tagged(mlist, msg) == words
    assert msg['subject'].isascii()


@pytest.mark.parametrize('raw', ['simple', '=?utf-8?q?caf=C3=A9_ol=C3=A9?='])
def test_a_tag_may_be_in_any_script(make_list, make_msg, raw):
    mlist = make_list(subject_prefix='[España]')
    msg = make_msg(f'Subject: {raw}')
    assert tagged(mlist, msg) == f'[España] {headers.decode(raw)}'
    assert msg['subject'].isascii()


@pytest.mark.parametrize(
    'when, raw, plain',
    [
        (0, '=?utf-8?q?caf=C3=A9?=', True),
        (2, '=?utf-8?q?caf=C3=A9?=', False),
        (2, 'coffee', True),
        (1, 'coffee', False),
    ],
)
def test_an_ascii_tag_is_encoded_as_the_list_says(
    make_list, make_msg, when, raw, plain
):
    mlist = make_list(subject_prefix='[Talk]', encode_ascii_prefixes=when)
    msg = make_msg(f'Subject: {raw}')
    assert tagged(mlist, msg) == f'[Talk] {headers.decode(raw)}'
    assert msg['subject'].startswith('[Talk]') is plain


def test_raw_bytes_get_no_tag(make_list, make_msg):
    mlist = make_list(subject_prefix='[T]')
    msg = make_msg('Subject: d\udce9j\udce0 vu')
    subject.tag(mlist, msg, {})
    assert msg['subject'] == 'd\udce9j\udce0 vu'


def test_without_a_tag_nothing_happens(make_list, make_msg):
    mlist = make_list(subject_prefix='  ')
    msg, msgdata = make_msg('Subject: Re: Re:  odd'), {}
    before = msg.as_bytes()
    subject.tag(mlist, msg, msgdata)
    assert msg.as_bytes() == before
    assert msgdata == {}


def test_a_subject_that_is_right_already_keeps_its_bytes(make_list, make_msg):
    mlist = make_list(subject_prefix='[T]')
    msg = make_msg('Subject: Re: [T]\n  folded in an odd way')
    before = msg.as_bytes()
    subject.tag(mlist, msg, {})
    assert msg.as_bytes() == before


def test_later_steps_find_the_subject_as_it_was_and_without_tag(make_list, make_msg):
    mlist, msgdata = make_list(subject_prefix='[T]'), {}
    subject.tag(mlist, make_msg('Subject: Re: [T] words'), msgdata)
    assert msgdata['origsubj'] == 'Re: [T] words'
    assert msgdata['stripped_subject'] == 'Re: words'


@pytest.mark.parametrize('prefix', ['[%d of all]', '[T %05d ]', '[a %d b %d c]'])
def test_blanks_beside_the_number_do_not_hide_the_tag(make_list, make_msg, prefix):
    mlist = make_list(subject_prefix=prefix)
    msg = make_msg('Subject: words')
    subject.tag(mlist, msg, {})
    first = msg['subject']
    again = make_msg(f'Subject: Re: {first}')
    subject.tag(mlist, again, {})
    assert again['subject'] == first.replace('words', 'Re: words')


def test_two_subjects_become_one(make_list, make_msg):
    mlist = make_list(subject_prefix='[T]')
    msg = make_msg()
    msg['Subject'] = 'second'
    subject.tag(mlist, msg, {})
    assert msg.get_all('subject') == ['[T] hello']


@pytest.mark.parametrize('junk', [' ', 'Re ', 'Re:', '[T', '7 ', 'Re[2] '])
def test_no_subject_takes_long(make_list, make_msg, junk):
    mlist = make_list(subject_prefix='%d [T%d]')
    msg = make_msg(f'Subject: x{junk * 30_000}x')
    start = time.process_time()
    subject.tag(mlist, msg, {})
    assert time.process_time() - start < 10
