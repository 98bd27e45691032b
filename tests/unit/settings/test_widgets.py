"""Controls: what each takes from forms and files, and what it stores."""

import pytest

from mailman import errors
from mailman.settings import find, widgets
from mailman.settings.declare import Refused


class AList:
    """A list as far as controls look at it."""

    name = 'test'
    host_name = 'lists.example.com'
    new_member_options = 256 | 8

    def __init__(self, site):
        self.site = site


@pytest.fixture
def alist(site):
    return AList(site)


# --- text ---------------------------------------------------------------------


@pytest.mark.parametrize(
    'given, stored',
    [
        ('one line ', 'one line '),
        ('one\r\nBcc: two', 'one Bcc: two'),
        ('one\n', 'one'),
        ('', ''),
    ],
)
def test_a_string_is_one_line(alist, given, stored):
    assert widgets.String().parse(given, alist) == stored


@pytest.mark.parametrize('given', [None, 3, b'bytes', 'nul\0'])
def test_text_is_text(alist, given):
    with pytest.raises(Refused):
        widgets.Text().parse(given, alist)


def test_line_ends_of_a_form_become_ours(alist):
    assert widgets.Text().parse('a\r\nb\rc\n', alist) == 'a\nb\nc\n'


@pytest.mark.parametrize(
    'given', ['Text/HTML\r\n\n image/png ', ['text/html', 'image/png']]
)
def test_lines_are_stored_as_a_list_in_lower_case(alist, given):
    stored = widgets.Lines().parse(given, alist)
    assert stored == ['text/html', 'image/png']
    assert widgets.Lines().show(stored) == 'text/html\nimage/png'


# --- choices --------------------------------------------------------------------


@pytest.mark.parametrize('given', [1, '1', True, 1.0])
def test_a_choice_is_stored_as_its_number(alist, given):
    stored = widgets.Radio().parse(given, alist)
    assert stored == 1
    assert type(stored) is int


@pytest.mark.parametrize('given', [2, -1, 'yes', None, '', []])
def test_an_unknown_choice_is_refused(alist, given):
    with pytest.raises(Refused):
        widgets.Radio().parse(given, alist)


def test_a_form_sends_the_position_among_the_choices_offered(alist):
    policy = find('subscribe_policy')
    assert [policy.parse_form([str(n)], alist) for n in range(3)] == [1, 2, 3]
    alist.site.cfg.ALLOW_OPEN_SUBSCRIBE = True
    assert [policy.parse_form([str(n)], alist) for n in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize('position', ['3', '-1', 'x'])
def test_a_form_cannot_choose_what_is_not_offered(alist, position):
    with pytest.raises(errors.BadSetting):
        find('subscribe_policy').parse_form([position], alist)


def test_a_file_may_hold_a_choice_that_is_no_longer_offered(alist):
    assert find('subscribe_policy').parse(0, alist) == 0


def test_preserving_is_offered_where_the_site_allows_it(alist):
    offered = find('filter_action').widget.choices
    assert [n for n, _ in offered(alist.site)] == [0, 1, 2, 3]
    alist.site.cfg.OWNERS_CAN_PRESERVE_FILTERED_MESSAGES = False
    assert [n for n, _ in offered(alist.site)] == [0, 1, 2]


def test_a_language_must_be_one_of_the_sites(alist):
    assert widgets.Select().parse('fr', alist) == 'fr'
    with pytest.raises(Refused):
        widgets.Select().parse('klingon', alist)
    with pytest.raises(Refused):
        widgets.Checkbox().parse(['en', 'klingon'], alist)


def test_languages_come_as_several_values_of_a_field(alist):
    stored = find('available_languages').parse_form(['en', 'fr', 'en'], alist)
    assert stored == ['en', 'fr']


@pytest.mark.parametrize(
    'given, stored',
    [
        (256 | 4, 256 | 4 | 8),
        (0, 8),
        (1, 8),
        (['hide', 'ignore', 'ack'], 16 | 4 | 8),
        (['ignore'], 8),
    ],
)
def test_options_not_shown_keep_their_bits(alist, given, stored):
    assert find('new_member_options').parse(given, alist) == stored


def test_an_unknown_option_is_refused(alist):
    with pytest.raises(errors.BadSetting, match='shine'):
        find('new_member_options').parse(['hide', 'shine'], alist)


# --- numbers --------------------------------------------------------------------


@pytest.mark.parametrize('given, stored', [('5', 5), (5, 5), (2.5, 2.5), ('2.5', 2.5)])
def test_a_number_stays_whole_where_it_can(alist, given, stored):
    got = widgets.Number().parse(given, alist)
    assert (got, type(got)) == (stored, type(stored))


@pytest.mark.parametrize(
    'given', ['', 'ten', None, [], -1, '-0.5', 'nan', 'inf', 1e999]
)
def test_what_is_no_number_is_refused(alist, given):
    with pytest.raises(Refused):
        widgets.Number().parse(given, alist)


def test_the_size_of_a_page_of_members_is_a_whole_number_above_0(alist):
    chunk = find('admin_member_chunksize')
    assert chunk.parse('30', alist) == 30
    for bad in ('0', '2.5', '-3'):
        with pytest.raises(errors.BadSetting):
            chunk.parse(bad, alist)


def test_body_lines_for_topics_may_be_negative(alist):
    assert find('topics_bodylines_limit').parse('-1', alist) == -1


def test_days_are_stored_as_seconds(alist):
    days = widgets.Days()
    assert days.parse('7', alist) == 604800
    assert days.show(604800) == 7
    assert days.show(days.parse(1.5, alist)) == 1.5


# --- addresses --------------------------------------------------------------------


def test_addresses_come_one_per_line(alist):
    given = ' a@example.com \r\n\r\nB@example.com\n'
    assert widgets.EmailList().parse(given, alist) == ['a@example.com', 'B@example.com']


def test_what_somebody_types_must_be_an_address(alist):
    with pytest.raises(errors.BadAddress):
        widgets.EmailList().parse('a@example.com\nroot@localhost', alist)


def test_a_list_from_an_old_file_may_hold_what_only_looks_like_an_address(alist):
    assert widgets.EmailList().parse(['root@localhost'], alist) == ['root@localhost']


@pytest.mark.parametrize(
    'entry', ['root', '@', 'a b@example.com', 'a@b\nx', '<a@b.example>']
)
def test_what_cannot_be_an_address_is_refused_from_files_too(alist, entry):
    with pytest.raises(errors.BadAddress):
        widgets.EmailList().parse([entry], alist)


def test_something_else_than_text_is_no_list_of_addresses(alist):
    for bad in (3, None, [3], {'a@example.com': 1}):
        with pytest.raises(Refused):
            widgets.EmailList().parse(bad, alist)


def test_patterns_stand_where_they_are_taken(alist):
    pattern = r'^.*@(.+\.)?example\.com$'
    assert widgets.EmailListEx().parse(pattern, alist) == [pattern]
    with pytest.raises(errors.BadAddress):
        widgets.EmailList().parse(pattern, alist)


@pytest.mark.parametrize('given', ['^(unclosed', ['^(unclosed']])
def test_a_broken_pattern_is_named(alist, given):
    with pytest.raises(Refused) as caught:
        widgets.EmailListEx().parse(given, alist)
    assert caught.value.value == '^(unclosed'
    assert 'regular expression' in caught.value.reason


def test_sibling_lists_stand_where_they_are_taken(alist):
    assert find('accept_these_nonmembers').parse('@other', alist) == ['@other']
    assert find('subscribe_auto_approval').parse('@other', alist) == ['@other']
    for name in ('ban_list', 'dmarc_moderation_addresses'):
        with pytest.raises(errors.BadSetting):
            find(name).parse('@other', alist)


@pytest.mark.parametrize('entry', ['@test', '@TEST', '@'])
def test_a_list_is_not_its_own_sibling(alist, entry):
    with pytest.raises(errors.BadSetting):
        find('accept_these_nonmembers').parse(entry, alist)


def test_one_address_or_none(alist):
    email = widgets.Email()
    assert email.parse('', alist) == ''
    assert email.parse(' a@example.com ', alist) == 'a@example.com'
    with pytest.raises(errors.BadAddress):
        email.parse('nonsense', alist)


def test_a_host_is_what_makes_an_address(alist):
    assert widgets.Host().parse('lists.example.com', alist) == 'lists.example.com'
    for bad in ('', 'a b', 'x@example.com', 'example..com'):
        with pytest.raises(Refused):
            widgets.Host().parse(bad, alist)


# --- rows of rules ------------------------------------------------------------------


def test_topics_are_stored_as_tuples_without_empty_rows(alist):
    given = [['Ops', '^ops\nrelease', 'Operations', 0], ('', '', '', True)]
    assert widgets.Topics().parse(given, alist) == [
        ('Ops', '^ops\nrelease', 'Operations', False)
    ]


@pytest.mark.parametrize(
    'rows',
    [
        'text',
        [('one',)],
        [('', 'x', '', False)],
        [('x', ' ', '', False)],
        [('x', '(', '', False)],
        [('x', 'fine\n(', '', False)],
        [('X', 'a', '', False), ('x', 'b', '', False)],
        ['abcd'],
    ],
)
def test_a_broken_topic_is_refused(alist, rows):
    with pytest.raises(Refused):
        widgets.Topics().parse(rows, alist)


def test_header_rules_are_stored_as_tuples(alist):
    given = [('^subject:.*lottery\n# comment (\n', 3, False), ['^x-a: b', 0]]
    assert widgets.HeaderFilter().parse(given, alist) == [
        ('^subject:.*lottery\n# comment (\n', 3, False),
        ('^x-a: b', 0, False),
    ]


@pytest.mark.parametrize(
    'rule', [('(', 3, False), ('', 3, False), ('x', 1, False), ('x',)]
)
def test_a_broken_header_rule_is_refused(alist, rule):
    with pytest.raises(Refused):
        widgets.HeaderFilter().parse([rule], alist)
