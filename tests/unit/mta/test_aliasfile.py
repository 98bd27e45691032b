"""Stanzas and blocks are changed, everything else in an alias file stays."""

import pytest

from mailman.mta.aliasfile import AliasFile

# As 2.1 leaves it, with lines that a site added.
FILE = """\
# A comment of 2.1's
mailman-loop: /var/mm/data/owner-bounces.mbox

# STANZA START: one
# CREATED: Sat Nov 21 07:42:46 2026
one:             "|/var/mm/mail/mailman post one"
# STANZA END: one

# ours since 2009
postmaster: anne

# STANZA START: two
# CREATED: Sat Nov 21 07:42:46 2026
two:             "|/var/mm/mail/mailman post two"
# STANZA END: two

"""


def test_a_file_that_is_not_changed_is_the_same_text():
    assert AliasFile(FILE).text == FILE


def test_stanzas_are_named_in_the_order_of_the_file():
    assert AliasFile(FILE).names() == ['one', 'two']


def test_a_new_stanza_goes_to_the_end():
    file = AliasFile(FILE)
    file.put('three', ['three: x'], 'today')
    stanza = (
        '# STANZA START: three\n# CREATED: today\nthree: x\n# STANZA END: three\n\n'
    )
    assert file.text == FILE + stanza


def test_a_stanza_keeps_its_place_when_written_again():
    file = AliasFile(FILE)
    file.put('one', ['one: new'], 'today')
    assert file.names() == ['one', 'two']
    assert 'one: new\n# STANZA END: one\n\n# ours since 2009\n' in file.text
    assert 'post one' not in file.text


def test_removing_takes_the_stanza_and_its_blank_line_only():
    file = AliasFile(FILE)
    file.remove('one')
    before, rest = FILE.split('# STANZA START: one')
    assert file.text == before + rest.split('# STANZA END: one\n\n')[1]


def test_removing_what_is_not_there_changes_nothing():
    file = AliasFile(FILE)
    file.remove('on')
    assert file.text == FILE


def test_a_stanza_that_is_there_twice_is_written_once():
    file = AliasFile(FILE + FILE)
    file.put('two', ['two: new'], 'today')
    assert file.text.count('# STANZA START: two') == 1


@pytest.mark.parametrize('rest', ['\npostmaster: anne\n', '# STANZA START: two\n', ''])
def test_a_stanza_without_its_end_takes_nothing_else_along(rest):
    file = AliasFile('# STANZA START: one\none: x\n' + rest)
    file.remove('one')
    assert file.text.strip() == rest.strip()


def test_a_last_line_without_its_end_gets_one():
    file = AliasFile('postmaster: anne')
    file.put('one', ['one: x'], 'today')
    assert file.text.startswith('postmaster: anne\n\n# STANZA START: one\n')


# --- blocks -----------------------------------------------------------------------

BLOCK = '# LOOP ADDRESSES START\nloop@a.example\tloop\n# LOOP ADDRESSES END\n'


def test_an_address_is_added_to_a_block_once_whatever_its_case():
    file = AliasFile(BLOCK)
    for host in ('A.example', 'b.example', 'b.example'):
        file.add_to_block('LOOP ADDRESSES', [f'loop@{host}\tloop'])
    lines = ['loop@a.example\tloop', 'loop@b.example\tloop']
    assert file.lines[1:-1] == lines


def test_an_address_that_is_commented_out_counts_as_there():
    file = AliasFile(BLOCK.replace('loop@', '#loop@'))
    file.add_to_block('LOOP ADDRESSES', ['loop@a.example\tloop'])
    assert file.text == BLOCK.replace('loop@', '#loop@')


def test_a_block_that_is_missing_is_made_before_the_stanzas():
    file = AliasFile('# mine\n# STANZA START: one\n# STANZA END: one\n')
    file.add_to_block('LOOP ADDRESSES', ['loop@a.example\tloop'])
    assert file.text == (f'# mine\n{BLOCK}\n# STANZA START: one\n# STANZA END: one\n')


@pytest.mark.parametrize('rest', ['', '\n# mine\n', '# STANZA START: one\n'])
def test_a_block_without_its_end_gets_one(rest):
    file = AliasFile('# LOOP ADDRESSES START\nloop@a.example\tloop\n' + rest)
    file.add_to_block('LOOP ADDRESSES', [])
    assert file.text == BLOCK + rest


def test_an_emptied_block_keeps_its_marks():
    file = AliasFile(BLOCK)
    file.empty_block('LOOP ADDRESSES')
    assert file.text == '# LOOP ADDRESSES START\n# LOOP ADDRESSES END\n'


def test_an_entry_is_replaced_by_its_first_word():
    file = AliasFile(FILE)
    file.replace('mailman-loop: /new')
    assert file.text == FILE.replace('/var/mm/data/owner-bounces.mbox', '/new')
