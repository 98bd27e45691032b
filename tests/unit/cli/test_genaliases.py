"""bin/genaliases, for each kind of mail server that MTA knows."""

import pytest

from mailman.cli import genaliases


@pytest.fixture
def run(site, capsys):
    """Run the command; answer its exit status and what it printed."""

    def call(*words):
        try:
            status = genaliases.main(site, list(words))
        except SystemExit as ending:
            status = ending.code
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def postfix_site(site):
    site.data_dir.mkdir()
    site.cfg.MTA = 'Postfix'
    site.cfg.POSTFIX_ALIAS_CMD = site.cfg.POSTFIX_MAP_CMD = ''
    site.cfg.MAILMAN_USER = 'no-such-user'
    return site


def test_manual_prints_the_block_of_every_list(run, make_list):
    make_list('b')
    make_list('a')
    status, out, _ = run()
    assert status == 0
    blocks = [x for x in out.splitlines() if x.startswith('## ')]
    assert blocks == ['## a mailing list', '## b mailing list']
    assert 'newaliases' in out


def test_quiet_leaves_the_heading_out(run, mlist):
    status, out, _ = run('-q')
    assert status == 0
    assert out.splitlines()[0] == '## test mailing list'
    assert 'newaliases' not in out


def test_postfix_gets_its_file_and_nothing_is_said(run, postfix_site, mlist):
    assert run() == (0, '', '')
    text = (postfix_site.data_dir / 'aliases').read_text()
    assert '# STANZA START: test\n' in text


def test_with_mta_none_there_is_nothing_to_do_and_the_status_is_2(run, site):
    site.cfg.MTA = None
    status, out, err = run()
    assert (status, out) == (2, '')
    assert 'MTA in mm_cfg.py is None' in err


def test_an_unknown_mta_is_told(run, site):
    site.cfg.MTA = 'Sendmial'
    status, _, err = run()
    assert status == 1
    assert "MTA = 'Sendmial' is not known" in err


def test_a_map_command_that_fails_is_told(run, postfix_site, mlist):
    postfix_site.cfg.POSTFIX_ALIAS_CMD = '/nowhere/postalias'
    status, _, err = run()
    assert status == 1
    assert '/nowhere/postalias' in err
    assert 'Traceback' not in err


def test_a_list_that_cannot_be_read_keeps_its_addresses(run, postfix_site, make_list):
    run_first = make_list('broken')
    make_list('good')
    run()
    for name in ('config.pck', 'config.pck.last'):
        (run_first.directory / name).write_bytes(b'rubbish')
    status, _, err = run()
    assert status == 1
    assert err.startswith('broken: ')
    text = (postfix_site.data_dir / 'aliases').read_text()
    assert text.count('# STANZA START: ') == 2


def test_help_and_usage_errors_end_as_in_2_1(run):
    assert run('-h')[0] == 0
    status, out, err = run('--no-such')
    assert (status, out) == (1, '')
    assert 'genaliases: ' in err.splitlines()[-1]
