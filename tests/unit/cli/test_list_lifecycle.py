"""bin/newlist and bin/rmlist: lines, exit codes and what they leave behind."""

import io
import sys

import pytest

from mailman.cli import newlist, rmlist
from mailman.lists import MailList, catalog
from mailman.lists.requests import Requests
from mailman.security import passwords

GIVEN = ('test', 'anne@owner.example', 'secret')
BLOCK = """\
## test mailing list
test:              "|{0}/mailman post test"
test-admin:        "|{0}/mailman admin test"
test-bounces:      "|{0}/mailman bounces test"
test-confirm:      "|{0}/mailman confirm test"
test-join:         "|{0}/mailman join test"
test-leave:        "|{0}/mailman leave test"
test-owner:        "|{0}/mailman owner test"
test-request:      "|{0}/mailman request test"
test-subscribe:    "|{0}/mailman subscribe test"
test-unsubscribe:  "|{0}/mailman unsubscribe test"

"""


@pytest.fixture
def run(site, capsys):
    """Run a command; answer its exit status and what it printed."""

    def call(module, *words):
        try:
            status = module.main(site, list(words))
        except SystemExit as ending:
            status = ending.code
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def postfix_site(site):
    site.data_dir.mkdir(exist_ok=True)
    site.cfg.MTA = 'Postfix'
    site.cfg.POSTFIX_ALIAS_CMD = ''
    site.cfg.MAILMAN_USER = 'no-such-user'
    return site


@pytest.fixture
def typed(monkeypatch):
    """Put lines on the standard input."""
    return lambda text: monkeypatch.setattr(sys, 'stdin', io.StringIO(text))


def notices(site, name='test'):
    return [msg for msg, _ in MailList.open(site, name).queue('virgin').messages]


# --- newlist -------------------------------------------------------------------------


def test_a_list_is_made_and_the_alias_block_is_2_1s(run, site):
    status, out, err = run(newlist, '-q', *GIVEN)
    assert (status, err) == (0, '')
    assert out.endswith('\n\n' + BLOCK.format(site.cfg.WRAPPER_DIR))
    mlist = MailList.open(site, 'test')
    assert mlist.owner == ['anne@owner.example']
    assert passwords.check('secret', mlist.password).ok


def test_quiet_sends_no_mail_and_asks_nothing(run, site):
    run(newlist, '-q', *GIVEN)
    assert notices(site) == []


def test_automate_tells_the_owner_without_asking(run, site):
    run(newlist, '-a', *GIVEN)
    (notice,) = notices(site)
    assert notice['to'] == 'anne@owner.example'
    assert 'secret' in notice.get_payload()


def test_otherwise_enter_is_waited_for(run, site, typed):
    typed('\n')
    _, out, _ = run(newlist, *GIVEN)
    assert 'Hit enter to notify test owner...' in out
    assert len(notices(site)) == 1


def test_what_is_not_given_is_asked_for(run, site, typed, monkeypatch):
    typed('Test\nanne@owner.example\n')
    monkeypatch.setattr(newlist.getpass, 'getpass', lambda prompt: 'secret')
    status, out, _ = run(newlist, '-q')
    assert status == 0
    assert 'Enter the name of the list: ' in out
    assert catalog.exists(site, 'test')


@pytest.mark.parametrize(
    'words, complaint',
    [
        (('-l', 'xx', *GIVEN), 'Unknown language: xx'),
        (('bad name', *GIVEN[1:]), 'Illegal list name: bad name'),
        (('../up', *GIVEN[1:]), 'Illegal list name: ../up'),
        (('test', 'no address', 'secret'), 'Bad owner email address: no address'),
    ],
)
def test_what_cannot_be_made_is_refused_with_status_1(run, site, words, complaint):
    status, _, err = run(newlist, '-q', *words)
    assert status == 1
    assert err.startswith(complaint)
    assert catalog.names(site) == []


def test_an_empty_password_is_refused(run, site, monkeypatch):
    monkeypatch.setattr(newlist.getpass, 'getpass', lambda prompt: '')
    status, _, err = run(newlist, '-q', *GIVEN[:2])
    assert (status, err) == (1, 'The list password cannot be empty\n')


def test_a_second_list_of_the_name_is_refused(run, site):
    run(newlist, '-q', *GIVEN)
    status, _, err = run(newlist, '-q', 'TEST', *GIVEN[1:])
    assert (status, err) == (1, 'List already exists: test\n')


@pytest.mark.parametrize(
    'words, host, web',
    [
        (GIVEN, 'lists.example.com', 'lists.example.com'),
        (('test@www.v.example', *GIVEN[1:]), 'www.v.example', 'www.v.example'),
        (('-u', 'www.v.example', *GIVEN), 'lists.example.com', 'www.v.example'),
        (('-e', 'v.example', *GIVEN), 'v.example', 'lists.example.com'),
        (('test@www.known.example', *GIVEN[1:]), 'known.example', 'www.known.example'),
    ],
)
def test_the_hosts_follow_the_rules_of_2_1(run, site, words, host, web):
    site.cfg.VIRTUAL_HOSTS['www.known.example'] = 'known.example'
    run(newlist, '-q', *words)
    mlist = MailList.open(site, 'test')
    assert mlist.host_name == host
    assert mlist.web_page_url == f'http://{web}/mailman/'


def test_with_mta_none_nothing_is_printed(run, site):
    site.cfg.MTA = None
    assert run(newlist, '-q', *GIVEN) == (0, '', '')


def test_with_mta_postfix_the_file_is_written_silently(run, postfix_site):
    assert run(newlist, '-q', *GIVEN) == (0, '', '')
    assert '# STANZA START: test\n' in (postfix_site.data_dir / 'aliases').read_text()


def test_an_unknown_mta_is_told_before_anything_is_made(run, site):
    site.cfg.MTA = 'Postfux'
    status, _, err = run(newlist, '-q', *GIVEN)
    assert status == 1
    assert "MTA = 'Postfux'" in err
    assert catalog.names(site) == []


def test_a_failing_map_command_leaves_the_list_and_tells_the_way_out(run, postfix_site):
    postfix_site.cfg.POSTFIX_ALIAS_CMD = '/nowhere/postalias'
    status, _, err = run(newlist, '-a', *GIVEN)
    assert status == 1
    assert err.startswith('The list test is made, but no mail reaches it yet.\n')
    assert 'bin/genaliases' in err
    assert len(notices(postfix_site)) == 1


# --- rmlist --------------------------------------------------------------------------


def test_an_unknown_list_is_status_1(run, site):
    line = 'No such list (or list already deleted): none\n'
    assert run(rmlist, 'None') == (1, '', line)


def test_a_name_that_leads_elsewhere_removes_nothing(run, site, mlist):
    status, _, err = run(rmlist, '-a', '../lists')
    assert status == 1
    assert err.startswith('No such list')
    assert catalog.exists(site, 'test')


def test_without_a_the_archives_stay(run, site, mlist):
    site.cfg.MTA = None
    status, out, err = run(rmlist, 'Test')
    assert (status, err) == (0, '')
    assert out.splitlines() == [
        'Not removing archives.  Reinvoke with -a to remove them.',
        'Removing list info',
    ]
    assert not mlist.directory.exists()
    assert (site.archives_private / 'test.mbox').is_dir()


def test_with_a_the_archives_go_too(run, site, mlist):
    site.cfg.MTA = None
    status, out, _ = run(rmlist, '-a', 'test')
    assert status == 0
    assert 'Removing private archives' in out.splitlines()
    assert not list(site.archives_private.glob('test*'))
    assert not list(site.archives_public.glob('test*'))


def test_residual_archives_are_removed_later(run, site, mlist):
    site.cfg.MTA = None
    run(rmlist, 'test')
    status, out, _ = run(rmlist, '-a', 'test')
    assert status == 0
    assert out.splitlines()[0] == 'No such list: test.  Removing its residual archives.'
    assert not list(site.archives_private.glob('test*'))


def test_held_posts_go_with_their_list_and_others_stay(
    run, site, mlist, make_list, make_msg
):
    site.cfg.MTA = None
    for each in (mlist, make_list('test-2')):
        with each.lock():
            Requests(each).hold_message(make_msg(), 'because', {})
            each.save()
    run(rmlist, 'test')
    held = [path.name for path in site.data_dir.glob('heldmsg-*')]
    assert len(held) == 1
    assert held[0].startswith('heldmsg-test-2-')


def test_with_mta_manual_the_lines_to_take_out_are_printed(run, site, mlist):
    _, out, _ = run(rmlist, 'test')
    assert BLOCK.format(site.cfg.WRAPPER_DIR) in out


def test_with_mta_postfix_the_stanza_goes(run, postfix_site):
    run(newlist, '-q', *GIVEN)
    status, _, _ = run(rmlist, 'test')
    assert status == 0
    assert 'STANZA' not in (postfix_site.data_dir / 'aliases').read_text()


def test_a_list_whose_addresses_cannot_be_withdrawn_stays(run, postfix_site):
    """Else the mail server would go on handing mail to a list that is gone."""
    run(newlist, '-q', *GIVEN)
    postfix_site.cfg.POSTFIX_ALIAS_CMD = '/nowhere/postalias'
    status, _, err = run(rmlist, 'test')
    assert status == 1
    assert err.startswith('The list test was not removed.\n')
    assert catalog.exists(postfix_site, 'test')
