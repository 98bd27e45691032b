"""Every attribute of 2.1's lists is declared, as facts and docs/differences.md say."""

import json
import re
from pathlib import Path

import pytest

from mailman.settings import PAGES, Settings, declarations, find
from mailman.settings.internal import OLD_NAMES

TREE = Path(__file__).resolve().parents[3]
FACTS = json.loads((TREE / 'tests/data/list_attributes.json').read_text())
ATTRIBUTES = FACTS['attributes']
ON_PAGES = {name: fact for name, fact in ATTRIBUTES.items() if 'widget' in fact}
# 2.1 name of a site variable or attribute -> (2.1's value, ours).
DIFFERENCES = {
    name: (theirs, ours)
    for name, theirs, ours in re.findall(
        r'^\| `(\w+)` \| (.*?) \| (.*?) \|',
        (TREE / 'docs/differences.md').read_text(),
        re.M,
    )
}
# Their defaults depend on the list; each has a test of its own below.
OF_THE_LIST = {name for name, fact in ATTRIBUTES.items() if 'default_note' in fact}


def differs(name):
    return name in DIFFERENCES or str(ATTRIBUTES[name]['site_default']) in DIFFERENCES


def json_of(value):
    return json.loads(json.dumps(value))


@pytest.fixture
def defaults(site):
    return Settings.defaults_for(site, 'project-talk')


def test_a_new_list_stores_exactly_the_attributes_of_2_1():
    assert {one.name for one in declarations()} == set(ATTRIBUTES)


def test_attributes_that_few_lists_have_are_known_too():
    extra = {one.name for one in declarations(everything=True)} - set(ATTRIBUTES)
    # Ours, and said in docs/differences.md.
    assert extra - {'archive_subject_threads'} == set(FACTS['not_in_a_fresh_list'])
    assert not [name for name in OLD_NAMES if find(name)]


@pytest.mark.parametrize(
    'name', sorted(n for n in set(ATTRIBUTES) - OF_THE_LIST if not differs(n))
)
def test_the_default_is_that_of_2_1(defaults, name):
    assert json_of(defaults[name]) == ATTRIBUTES[name]['default']


@pytest.mark.parametrize(
    'name',
    sorted(n for n in ATTRIBUTES if isinstance(ATTRIBUTES[n]['site_default'], str)),
)
def test_the_default_comes_from_the_sites_variable(site, name):
    one = find(name)
    if one.derive is None:
        assert one.site_default == ATTRIBUTES[name]['site_default']
    else:
        assert name in ('subject_prefix',)


@pytest.mark.parametrize('name', sorted(ON_PAGES))
def test_the_control_is_that_of_2_1(name):
    fact, widget = ON_PAGES[name]['widget'], find(name).widget
    assert widget.kind == fact['widget']
    assert getattr(widget, 'rows', None) == fact.get('rows')
    assert getattr(widget, 'width', None) == fact.get('field_width')


@pytest.mark.parametrize(
    'name', sorted(n for n in ON_PAGES if ON_PAGES[n]['widget'].get('values'))
)
def test_the_choices_have_the_numbers_of_2_1(name):
    widget = find(name).widget
    numbers = getattr(widget, 'words', None) or range(len(widget.labels))
    assert sorted(map(str, numbers)) == ON_PAGES[name]['widget']['values']


def test_pages_and_their_order_are_those_of_2_1():
    ours = [
        {
            'category': page.category,
            'subcategory': page.subcategory,
            # On the page only where the site allows it; see test_pages.py.
            'variables_in_order': [
                one.name for one in page.settings if one.name != 'personalize'
            ],
        }
        for page in PAGES
    ]
    assert ours == FACTS['pages']


def test_actions_are_controls_that_store_nothing():
    actions = {one.name for page in PAGES for one in page.settings if one.action}
    assert sorted(actions) == FACTS['actions']


@pytest.mark.parametrize('one', declarations(everything=True), ids=lambda one: one.name)
def test_a_setting_has_a_summary_without_a_full_stop(one):
    assert one.summary
    assert not one.summary.endswith('.')


# --- defaults that follow from the list or the site -----------------------------


def test_the_display_name_has_a_capital(defaults):
    assert defaults['real_name'] == 'Project-talk'


def test_the_subject_prefix_is_made_of_the_display_name(defaults):
    assert defaults['subject_prefix'] == '[Project-talk] '


def test_a_number_in_the_sites_subject_prefix_stays(site):
    site.cfg.DEFAULT_SUBJECT_PREFIX = '[%(real_name)s %%05d] '
    assert Settings.defaults_for(site, 'a')['subject_prefix'] == '[A %05d] '


def test_the_list_speaks_its_preferred_language_only(site):
    values = Settings.defaults_for(site, 'a', preferred_language='fr')
    assert values['available_languages'] == ['fr']


@pytest.mark.parametrize('language, expected', [('en', 0), ('fr', 2)])
def test_prefixes_are_encoded_as_needed_where_the_site_is_not_ascii(
    site, language, expected
):
    site.cfg.DEFAULT_SERVER_LANGUAGE = language
    assert Settings.defaults_for(site, 'a')['encode_ascii_prefixes'] == expected


def test_a_list_is_created_now(site):
    site.now = lambda: 1234.5
    assert Settings.defaults_for(site, 'a')['created_at'] == 1234.5


def test_the_old_name_of_the_mail_host_wins(site):
    assert Settings.defaults_for(site, 'a')['host_name'] == site.cfg.DEFAULT_EMAIL_HOST
    site.cfg.DEFAULT_HOST_NAME = 'old.example.net'
    assert Settings.defaults_for(site, 'a')['host_name'] == 'old.example.net'


def test_the_old_name_of_the_page_address_wins_and_gets_its_slash(site):
    expected = f'http://{site.cfg.DEFAULT_URL_HOST}/mailman/'
    assert Settings.defaults_for(site, 'a')['web_page_url'] == expected
    site.cfg.DEFAULT_URL = 'https://old.example.net/lists'
    values = Settings.defaults_for(site, 'a')
    assert values['web_page_url'] == 'https://old.example.net/lists/'


def test_rules_for_spam_headers_come_from_the_site(site):
    site.cfg.DEFAULT_BOUNCE_MATCHING_HEADERS = 'x-spam: yes\n'
    values = Settings.defaults_for(site, 'a')
    assert values['bounce_matching_headers'] == 'x-spam: yes\n'


def test_owner_and_password_are_for_the_creator_to_give(site):
    values = Settings.defaults_for(site, 'a', owner=['o@example.com'])
    assert values['owner'] == ['o@example.com']
    assert values['password'] is None
