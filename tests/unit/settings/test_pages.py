"""Pages: rules of single settings, what a site shows, what is put right afterwards."""

import pytest

from mailman import errors
from mailman.settings import CATEGORIES, Settings, find, pages_of, visible


class AList(Settings):
    """The least that settings need of a list."""

    def __init__(self, site, name='test'):
        self.site, self.name = site, name


@pytest.fixture
def alist(site):
    return AList(site)


def refuses(alist, name, value):
    with pytest.raises(errors.BadSetting) as caught:
        find(name).parse(value, alist)
    assert caught.value.name == name
    return caught.value


def page(category, subcategory=None):
    (found,) = [p for p in pages_of(category) if p.subcategory == subcategory]
    return found


# --- single settings --------------------------------------------------------


def test_the_display_name_differs_in_case_only(alist):
    assert find('real_name').parse('TeSt', alist) == 'TeSt'
    refuses(alist, 'real_name', 'Other')


def test_a_list_keeps_an_owner(alist):
    for nobody in ('', '\n', []):
        refuses(alist, 'owner', nobody)
    assert find('moderator').parse('', alist) == []


@pytest.mark.parametrize(
    'html',
    [
        '<script>alert(1)</script>',
        '<p onclick="x()">',
        '<a href=" java\nscript:x()">',
        '<IFRAME src=//x>',
        '<img src=x onerror=x()>',
    ],
)
def test_the_introduction_runs_nothing(alist, html):
    refuses(alist, 'info', f'Welcome. {html}')


def test_the_introduction_may_be_simple_html(alist):
    html = '<p>See <a href="https://example.com/">there</a>, 1 < 2 & so on.</p>'
    assert find('info').parse(html, alist) == html


def test_numbered_characters_of_a_form_become_characters(alist):
    given = '[&#233;t&#xE9; &#10; &#55296; &#1114112; &amp; %d] '
    stored = find('subject_prefix').parse(given, alist)
    assert stored == '[été &#10; &#55296; &#1114112; &amp; %d] '


def test_dmarc_action_is_at_least_the_sites(alist):
    alist.site.cfg.DEFAULT_DMARC_MODERATION_ACTION = 2
    parse = find('dmarc_moderation_action').parse
    assert [parse(n, alist) for n in range(5)] == [2, 2, 2, 3, 4]


@pytest.mark.parametrize('line', ['no colon', 'subject: ('])
def test_old_header_rules_are_looked_at(alist, line):
    caught = refuses(alist, 'bounce_matching_headers', f'# fine (\n\n{line}\nto: x')
    assert line.endswith(str(caught.value))


def test_a_list_does_not_include_or_exclude_itself(alist):
    own = f'Test@{alist.host_name}'
    refuses(alist, 'regular_include_lists', own)
    refuses(alist, 'regular_exclude_lists', [own])


# --- names in texts ---------------------------------------------------------


def warnings(alist, name, text):
    one = find(name)
    return one.warnings(one.parse(text, alist), alist)


def test_a_footer_may_name_the_list(alist):
    text = alist.site.cfg.DEFAULT_MSG_FOOTER
    assert warnings(alist, 'msg_footer', text) == []
    assert warnings(alist, 'digest_footer', text) == []


def test_a_footer_may_name_the_member_when_personalised(alist):
    text = '%(user_optionsurl)s'
    assert 'user_optionsurl' in warnings(alist, 'msg_footer', text)[0]
    alist.personalize = 1
    assert warnings(alist, 'msg_footer', text) == []
    assert warnings(alist, 'digest_footer', text) != []


def test_a_forgotten_s_is_put_in(alist):
    assert find('msg_footer').parse('%(real_name) x', alist) == '%(real_name)s x'


def test_a_list_with_dollar_strings_is_looked_at_that_way(alist):
    alist.use_dollar_strings = 1
    assert find('msg_footer').parse('%(real_name) x', alist) == '%(real_name) x'
    assert warnings(alist, 'msg_footer', '$real_name ${host_name}') == []
    assert 'typo' in warnings(alist, 'msg_footer', '${typo}')[0]


def test_an_automatic_reply_has_names_of_its_own(alist):
    assert warnings(alist, 'autoresponse_admin_text', '%(owneremail)s') == []
    assert warnings(alist, 'autoresponse_admin_text', '%(real_name)s') != []


# --- what is shown ----------------------------------------------------------


def test_categories_are_in_the_order_of_the_site_default(site):
    assert list(CATEGORIES) == site.cfg.ADMIN_CATEGORIES


def test_personalize_is_shown_where_the_site_allows_it(site):
    shown = [one.name for one in visible(page('nondigest'), site)]
    assert 'personalize' not in shown
    site.cfg.OWNERS_CAN_ENABLE_PERSONALIZATION = True
    shown = [one.name for one in visible(page('nondigest'), site)]
    assert shown[:3] == ['nondigestable', 'personalize', 'msg_header']


def test_parts_of_a_category_are_pages():
    parts = [p.subcategory for p in pages_of('privacy')]
    assert parts == ['subscribing', 'sender', 'recipient', 'spam']
    assert find('ban_list').subcategory == 'subscribing'
    assert find('post_id').category is None


# --- what contradicts itself ------------------------------------------------


def test_replies_to_a_missing_address_go_to_the_poster(alist):
    alist.reply_goes_to_list = 2
    assert page('general').after(alist)
    assert (alist.reply_goes_to_list, alist.reply_to_address) == (0, '')


def test_replies_to_an_address_stay(alist):
    alist.reply_goes_to_list, alist.reply_to_address = 2, 'a@example.com'
    assert page('general').after(alist) == []
    assert alist.reply_goes_to_list == 2


def test_a_gateway_without_group_is_off(alist):
    alist.gateway_to_news, alist.nntp_host = 1, 'news.example.com'
    assert page('gateway').after(alist)
    assert alist.gateway_to_news == 0


def test_a_complete_gateway_stays_on(alist):
    alist.nntp_host, alist.linked_newsgroup = 'news.example.com', 'comp.test'
    alist.gateway_to_news = alist.gateway_to_mail = 1
    assert page('gateway').after(alist) == []
    assert alist.gateway_to_mail == 1
