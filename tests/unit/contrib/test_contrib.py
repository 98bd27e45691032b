"""contrib/: what can be held against each other without a server."""

import re
from pathlib import Path

import pytest

from mailman.mta.localpart import COMMANDS
from mailman.site import layout

CONTRIB = Path(__file__).resolve().parents[3] / 'contrib'
SPLIT = ('main/04_mailman', 'router/101_mailman', 'transport/40_mailman')


def statements(text):
    """The lines that count."""
    lines = (line.rstrip() for line in text.splitlines())
    return [line for line in lines if line and not line.lstrip().startswith('#')]


def test_exims_one_file_is_the_split_files():
    one = statements((CONTRIB / 'exim4' / 'exim.conf').read_text())
    split = [
        statements((CONTRIB / 'exim4' / 'conf.d' / name).read_text()) for name in SPLIT
    ]
    expected = [*split[0], 'begin routers', *split[1], 'begin transports', *split[2]]
    assert one == expected


def test_exim_knows_all_addresses_of_a_list():
    router = (CONTRIB / 'exim4' / 'conf.d' / SPLIT[1]).read_text()
    suffixes = re.search(r'local_part_suffix = (.*)', router)[1].split(' : ')
    assert {x for x in suffixes if '+' not in x} == {f'-{word}' for word in COMMANDS}
    transport = (CONTRIB / 'exim4' / 'conf.d' / SPLIT[2]).read_text()
    for word in ('post', *COMMANDS):
        assert f'{word}={word}' in transport


def test_exim_passes_nothing_on_that_the_sender_wrote():
    """Exim refuses it as tainted, but only when a mail is really delivered."""
    transport = (CONTRIB / 'exim4' / 'conf.d' / SPLIT[2]).read_text()
    command = re.search(r'command = (.*)', transport)[1]
    assert not re.search(r'\$(local_part|domain)\b(?!_suffix)', command)


def test_logrotate_knows_every_log_of_2_1():
    text = (CONTRIB / 'systemd' / 'mailman.logrotate').read_text()
    names = set(re.findall(r'(?m)^/usr/local/mailman/logs/(\S+)$', text))
    assert names >= {
        *('bounce', 'error', 'post', 'qrunner', 'smtp', 'smtp-failure', 'subscribe'),
        *('vette', 'mischief', 'fromusenet', 'usenet', 'locks', 'digest', 'security'),
    }


def test_systemd_lets_the_runners_make_set_gid_folders():
    text = (CONTRIB / 'systemd' / 'mailman.service').read_text()
    assert layout.STATE['lists'] & 0o2000
    assert 'RestrictSUIDSGID' not in statements(text)


def test_nginx_knows_every_page_program():
    text = (CONTRIB / 'nginx' / 'mailman.conf').read_text()
    (names,) = re.findall(r'location ~ \^/mailman/\(([a-z|]+)\)', text)
    assert tuple(names.split('|')) == layout.PAGES


def test_the_makefile_builds_every_page_program():
    text = (CONTRIB.parent / 'cgi-bin' / 'Makefile').read_text()
    (names,) = re.findall(r'(?m)^PAGES = ((?:.*\\\n)*.*)$', text)
    assert tuple(names.replace('\\', '').split()) == layout.PAGES


@pytest.mark.parametrize('server', ['apache', 'nginx'])
def test_web_servers_run_nothing_that_came_by_mail(server):
    text = '\n'.join(statements((CONTRIB / server / 'mailman.conf').read_text()))
    for word in ('nosniff', 'sandbox', 'attachment', "frame-ancestors 'none'"):
        assert word in text
    assert 'archives/private' not in text
    assert 'REMOTE_USER' not in text and 'autoindex' not in text.lower()


def test_web_servers_and_the_trial_site_say_the_same_of_archives():
    from mailman.trial import web

    for server in ('apache', 'nginx'):
        text = (CONTRIB / server / 'mailman.conf').read_text()
        assert web.POLICY in text
        assert web.SANDBOX in text
