"""The tag of a list in a subject."""

import pytest

from mailman.mail.subjects import tag_pattern


@pytest.mark.parametrize(
    'tag, subject, expected',
    [
        ('[Talk]', 'Re: [Talk] words', 'Re:  words'),
        ('[Talk %d]', '[Talk 17] words', ' words'),
        ('[Talk %05d]', '[Talk 00017] words', ' words'),
        ('(a.b)', '(aXb) words', '(aXb) words'),
        ('%d:', '4: words', ' words'),
    ],
)
def test_a_tag_is_found_with_any_number(tag, subject, expected):
    assert tag_pattern(tag).sub('', subject) == expected
