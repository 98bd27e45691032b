"""One-time codes: RFC 6238's own figures, the clock's slack, and once only."""

import pytest

from mailman.security import totp

# RFC 6238, appendix B: the SHA-1 column, last six digits.
SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
FIGURES = [
    (59, '287082'),
    (1111111109, '081804'),
    (1111111111, '050471'),
    (1234567890, '005924'),
    (2000000000, '279037'),
    (20000000000, '353130'),
]


@pytest.mark.parametrize(('now', 'shown'), FIGURES)
def test_the_codes_are_those_of_the_rfc(now, shown):
    assert totp.code(SECRET, now // 30) == shown
    assert totp.verify(SECRET, shown, now)


def test_a_clock_may_be_half_a_minute_off():
    shown = totp.code(SECRET, 100)
    assert [bool(totp.verify(SECRET, shown, 30 * n)) for n in range(98, 103)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_code_is_good_once():
    shown = totp.code(SECRET, 100)
    step = totp.verify(SECRET, shown, 3000)
    assert step == 100
    assert not totp.verify(SECRET, shown, 3000, step)


@pytest.mark.parametrize(
    'given', ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', '-12345']
)
def test_what_is_no_code_is_wrong(given):
    assert not totp.verify(SECRET, given, 59)


def test_apps_can_read_the_address():
    assert totp.uri('ABC', 'dev@lists.example.com', 'lists.example.com') == (
        'otpauth://totp/lists.example.com:dev@lists.example.com'
        '?secret=ABC&issuer=lists.example.com'
    )


def test_secrets_have_160_bits():
    assert len({totp.new_secret() for _ in range(100)}) == 100
    assert len(totp.new_secret()) == 32
