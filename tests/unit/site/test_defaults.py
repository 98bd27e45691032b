"""Defaults: 2.1's names, types and values, except what docs/differences.md says."""

import ast
import json
import re
from pathlib import Path

import pytest

from mailman.site import defaults

TREE = Path(__file__).resolve().parents[3]
DATA = json.loads((TREE / 'tests/data/site_defaults.json').read_text())
FACTS = DATA['variables']
FUNCTIONS = set(DATA['functions'])
INSTALL = {
    'prefix': '${PREFIX}',
    'mailhost': 'lists.example.com',
    'urlhost': 'lists.example.com',
    'python': '<python interpreter chosen at install>',
}
# docs/differences.md: name -> (2.1, ours), as they are written there.
ROW = re.compile(r'^\| `(\w+)` \| (.*?) \| (.*?) \| (.+) \|$', re.M)
DIFFERENCES = {
    name: (theirs, ours)
    for name, theirs, ours, _ in ROW.findall((TREE / 'docs/differences.md').read_text())
    if name in FACTS or theirs == '-'
}


def as_json(value):
    """Write a value as the facts do: tuples as lists."""
    return json.loads(json.dumps(value))


@pytest.fixture(scope='module')
def names():
    return defaults.namespace(INSTALL)


@pytest.mark.parametrize('name', sorted(set(FACTS) - set(DIFFERENCES)))
def test_a_variable_has_the_type_and_default_of_2_1(names, name):
    assert type(names[name]).__name__ == FACTS[name]['type']
    assert as_json(names[name]) == FACTS[name]['default']


def test_a_length_of_time_is_a_whole_number_of_seconds(names):
    assert names['DELIVERY_RETRY_PERIOD'] == 432000
    assert isinstance(names['DELIVERY_RETRY_PERIOD'], int)


def test_we_have_the_names_of_2_1_and_the_documented_new_ones(names):
    new = {name for name, (theirs, _) in DIFFERENCES.items() if theirs == '-'}
    assert set(names) == set(FACTS) | new | FUNCTIONS


@pytest.mark.parametrize('name', sorted(DIFFERENCES))
def test_a_documented_difference_is_true(names, name):
    theirs, ours = DIFFERENCES[name]
    if not ours.startswith('*'):
        assert names[name] == ast.literal_eval(ours.strip('`'))
    if theirs.startswith('`'):
        assert ast.literal_eval(theirs.strip('`')) == FACTS[name]['default']


@pytest.mark.parametrize('name', sorted(set(FACTS) & set(DIFFERENCES)))
def test_a_documented_difference_is_one(names, name):
    """So that the table holds no row that stopped being true."""
    installed = defaults.namespace({**INSTALL, 'subscribe_form_secret': 'x'})
    assert as_json(installed[name]) != FACTS[name]['default']


def test_each_variable_stands_below_a_comment():
    """A blank line ends what a comment is about; constants may share one."""
    lines = Path(defaults.__file__).read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r'[A-Za-z]\w*(, \w+)*(: [^=]+)? = ', line):
            block = number
            while lines[block - 1]:
                block -= 1
            assert lines[block].startswith('#'), line


def test_the_places_follow_the_three_prefixes():
    names = defaults.namespace(
        {
            'prefix': '/usr/lib/mailman',
            'exec_prefix': '/opt/mm',
            'var_prefix': '/var/mm',
        }
    )
    assert names['TEMPLATE_DIR'] == '/usr/lib/mailman/templates'
    assert names['WRAPPER_DIR'] == '/opt/mm/mail'
    assert names['INQUEUE_DIR'] == '/var/mm/qfiles/in'
    assert names['SITE_PW_FILE'] == '/var/mm/data/adm.pw'


def test_the_default_host_is_a_virtual_host():
    names = defaults.namespace({**INSTALL, 'urlhost': 'WWW.Example.com'})
    assert names['VIRTUAL_HOSTS'] == {'www.example.com': 'lists.example.com'}


def test_without_a_record_there_is_still_a_host():
    assert defaults.namespace({'prefix': '/p'})['DEFAULT_EMAIL_HOST']


def test_two_sites_do_not_share_what_can_be_changed():
    one, other = defaults.namespace(INSTALL), defaults.namespace(INSTALL)
    one['GLOBAL_PIPELINE'].append('Mine')
    one['add_language']('xx', 'Unknown', 'utf-8')
    one['add_virtualhost']('www.example.net')
    assert 'Mine' not in other['GLOBAL_PIPELINE']
    assert 'xx' not in other['LC_DESCRIPTIONS']
    assert 'www.example.net' not in other['VIRTUAL_HOSTS']


def test_add_virtualhost_takes_the_parent_domain_for_mail(names):
    names = defaults.namespace(INSTALL)
    names['add_virtualhost']('WWW.Example.net')
    names['add_virtualhost']('web.example.org', 'Mail.Example.org')
    assert names['VIRTUAL_HOSTS']['www.example.net'] == 'example.net'
    assert names['VIRTUAL_HOSTS']['web.example.org'] == 'mail.example.org'


def test_add_language_stores_its_direction():
    names = defaults.namespace(INSTALL)
    names['add_language']('ur', 'Urdu', 'utf-8', 'rtl')
    assert names['LC_DESCRIPTIONS']['ur'] == ('Urdu', 'utf-8', 'rtl')


@pytest.mark.parametrize(
    'function, expected', [('seconds', 2), ('minutes', 120), ('hours', 7200)]
)
def test_lengths_of_time(names, function, expected):
    assert names[function](2) == expected
    assert names['days'](2) == 172800
