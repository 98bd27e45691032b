"""The files of MTA = 'Postfix' are 2.1's to the letter."""

import os
import shutil
import time
from pathlib import Path

import pytest

from mailman.errors import AliasError
from mailman.lists import MailList
from mailman.mta import postfix

SAMPLE = Path(__file__).parents[2] / 'data' / 'legacy' / 'tree' / 'data'
STANZA = """\
# STANZA START: test
# CREATED: {created}
test:             "|{wrapper}/mailman post test"
test-admin:       "|{wrapper}/mailman admin test"
test-bounces:     "|{wrapper}/mailman bounces test"
test-confirm:     "|{wrapper}/mailman confirm test"
test-join:        "|{wrapper}/mailman join test"
test-leave:       "|{wrapper}/mailman leave test"
test-owner:       "|{wrapper}/mailman owner test"
test-request:     "|{wrapper}/mailman request test"
test-subscribe:   "|{wrapper}/mailman subscribe test"
test-unsubscribe: "|{wrapper}/mailman unsubscribe test"
# STANZA END: test

"""
VIRTUAL_STANZA = """\
# STANZA START: test
# CREATED: {created}
test@lists.example.com              test
test-admin@lists.example.com        test-admin
test-bounces@lists.example.com      test-bounces
test-confirm@lists.example.com      test-confirm
test-join@lists.example.com         test-join
test-leave@lists.example.com        test-leave
test-owner@lists.example.com        test-owner
test-request@lists.example.com      test-request
test-subscribe@lists.example.com    test-subscribe
test-unsubscribe@lists.example.com  test-unsubscribe
# STANZA END: test

"""


@pytest.fixture
def site(postfix_site):
    return postfix_site


def stanza(site, text=STANZA):
    created = time.ctime(site.now())
    return text.format(created=created, wrapper=site.cfg.WRAPPER_DIR)


def aliases(site):
    return (site.data_dir / 'aliases').read_text()


def virtual(site):
    return (site.data_dir / 'virtual-mailman').read_text()


def facts(text):
    """The lines of a file that are not our own comments."""
    lines = text.splitlines()
    marks = ('# STANZA', '# LOOP', '# SITE', '# CREATED')
    return [x for x in lines if x and (x.startswith(marks) or x[:2] != '# ')]


def test_the_first_list_gets_its_stanza_below_the_loop_address(site, mlist):
    postfix.create(mlist)
    head, rest = aliases(site).split('# STANZA', 1)
    assert '# STANZA' + rest == stanza(site)
    assert head.endswith(
        '# The ultimate loop stopper address\n'
        f'mailman-loop: {site.data_dir}/owner-bounces.mbox\n\n'
    )


def test_without_virtual_domains_there_is_no_virtual_file(site, mlist, called):
    postfix.create(mlist)
    assert not (site.data_dir / 'virtual-mailman').exists()
    assert called() == [str(site.data_dir / 'aliases')]


def test_a_file_of_2_1_is_edited_stanza_by_stanza(site, mlist):
    shutil.copyfile(SAMPLE / 'aliases', site.data_dir / 'aliases')
    before = aliases(site)
    postfix.create(mlist)
    assert aliases(site) == before + stanza(site)
    postfix.remove(site, 'test')
    assert aliases(site) == before


def test_bytes_that_are_no_utf8_stay(site, mlist):
    foreign = b'# f\xfcr uns\npostmaster: anne\n'
    (site.data_dir / 'aliases').write_bytes(foreign)
    postfix.create(mlist)
    assert (site.data_dir / 'aliases').read_bytes().startswith(foreign)


def test_the_file_of_2_1_is_what_we_would_write(site, make_list):
    """All that programs read in it, that is: the comments are our own."""
    site.cfg.WRAPPER_DIR = '/usr/local/mailman/mail'
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['virt.example.net']
    for name in ('mailman', 'project-talk', 'amis-du-jardin'):
        postfix.create(make_list(name))
    postfix.create(make_list('announce', host_name='virt.example.net'))
    for name in ('aliases', 'virtual-mailman'):
        ours = (site.data_dir / name).read_text()
        ours = ours.replace(str(site.data_dir), '/usr/local/mailman/data')
        theirs = (SAMPLE / name).read_text()
        ours, theirs = facts(ours), facts(theirs)
        created = '# CREATED'
        assert [x for x in ours if created not in x] == [
            x for x in theirs if created not in x
        ]


# --- virtual domains --------------------------------------------------------------


@pytest.mark.parametrize('domain', ['lists.example.com', 'Lists.Example.COM'])
def test_a_list_in_a_virtual_domain_is_in_both_files(site, mlist, domain):
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = [domain]
    postfix.create(mlist)
    assert virtual(site).endswith('\n\n' + stanza(site, VIRTUAL_STANZA))
    assert aliases(site).endswith(stanza(site))


def test_each_virtual_domain_has_its_loop_and_site_addresses(site, make_list):
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['a.example', 'b.example']
    make_list('mailman')
    for number, host in enumerate(('a.example', 'b.example', 'a.example')):
        postfix.create(make_list(f'list{number}', host_name=host))
    lines = virtual(site).splitlines()
    start = lines.index('# LOOP ADDRESSES START')
    assert lines[start : start + 4] == [
        '# LOOP ADDRESSES START',
        'mailman-loop@a.example\tmailman-loop',
        'mailman-loop@b.example\tmailman-loop',
        '# LOOP ADDRESSES END',
    ]
    start = lines.index('# SITE ADDRESSES START') + 1
    assert lines[start : start + 9] == [
        *(
            f'mailman{each}@{host}\tmailman{each}'
            for host in ('a.example', 'b.example')
            for each in ('', '-owner', '-bounces', '-request')
        ),
        '# SITE ADDRESSES END',
    ]


def test_the_domain_of_the_site_list_has_its_site_addresses_commented_out(
    site, make_list
):
    """Its own stanza has them, and Postfix warns of duplicates."""
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['lists.example.com']
    postfix.create(make_list('mailman'))
    assert '\n#mailman-owner@lists.example.com\tmailman-owner\n' in virtual(site)
    active = [x for x in virtual(site).splitlines() if x.startswith('mailman-owner@')]
    assert len(active) == 1


def test_the_local_domain_is_put_behind_all_targets(site, mlist):
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['lists.example.com']
    site.cfg.VIRTUAL_MAILMAN_LOCAL_DOMAIN = 'localhost'
    postfix.create(mlist)
    lines = [x for x in virtual(site).splitlines() if x and x[:2] != '# ']
    assert len(lines) == 1 + 4 + 10
    assert all(line.endswith('@localhost') for line in lines)


def test_a_list_that_left_its_virtual_domain_leaves_the_virtual_file(site, mlist):
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['lists.example.com']
    postfix.create(mlist)
    mlist.host_name = 'elsewhere.example'
    postfix.create(mlist)
    assert 'STANZA' not in virtual(site)


def test_removing_a_list_takes_it_out_of_both_files(site, mlist, called):
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['lists.example.com']
    postfix.create(mlist)
    postfix.remove(site, 'test')
    assert 'STANZA' not in virtual(site) + aliases(site)
    assert len(called()) == 4


# --- regenerate --------------------------------------------------------------------


def test_regenerating_writes_lists_and_only_those_and_keeps_other_lines(
    site, make_list
):
    path = site.data_dir / 'aliases'
    shutil.copyfile(SAMPLE / 'aliases', path)
    with path.open('a') as file:
        file.write('postmaster: anne\n')
    postfix.regenerate(site, [make_list('b'), make_list('a')])
    names = [x for x in aliases(site).splitlines() if 'STANZA START' in x]
    assert names == ['# STANZA START: b', '# STANZA START: a']
    assert '\npostmaster: anne\n' in aliases(site)
    assert f'\nmailman-loop: {site.data_dir}/owner-bounces.mbox\n' in aliases(site)


def test_regenerating_writes_the_blocks_for_the_domains_of_now(site, mlist):
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['lists.example.com']
    shutil.copyfile(SAMPLE / 'virtual-mailman', site.data_dir / 'virtual-mailman')
    postfix.regenerate(site, [mlist])
    assert 'virt.example.net' not in virtual(site)
    assert 'mailman-loop@lists.example.com\tmailman-loop\n' in virtual(site)


def test_a_list_that_cannot_be_read_keeps_its_addresses(site, mlist, make_list):
    """Its mail would be refused for good, because of one broken file."""
    postfix.create(mlist)
    postfix.regenerate(site, [make_list('other')])
    assert stanza(site) in aliases(site)


def test_the_virtual_file_is_there_before_its_first_list(site):
    """Postfix defers all mail while a map of main.cf is missing."""
    site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS = ['lists.example.com']
    postfix.regenerate(site, [])
    assert 'STANZA' not in virtual(site)
    assert (site.data_dir / 'virtual-mailman.db').exists()


# --- trouble ---------------------------------------------------------------------


def test_a_file_that_cannot_be_written_is_named(site, mlist):
    (site.data_dir / 'aliases').mkdir()
    with pytest.raises(AliasError, match='data/aliases cannot be read or written'):
        postfix.create(mlist)


def test_what_cannot_be_written_stays_as_it_was(site, mlist, monkeypatch):
    postfix.create(mlist)
    before = aliases(site)

    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'rename', full)
    with pytest.raises(AliasError, match='No space left'):
        postfix.remove(site, 'test')
    assert aliases(site) == before
    assert not list(site.data_dir.glob('.aliases*'))


def test_a_list_name_that_a_shell_would_act_upon_is_quoted(site):
    site.cfg.ACCEPTABLE_LISTNAME_CHARACTERS = '[-a-z$`|;&]'
    mlist = MailList.create(site, 'a$b`c', owner='o@owner.example', password='')
    postfix.create(mlist)
    assert '''post 'a$b`c'"''' in aliases(site)
