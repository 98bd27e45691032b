"""make install over Mailman 2.1: its code goes, its site stays and works."""

import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer import upgrade
from installer.findings import Findings
from installer.install import Installer, main, master_runs
from installer.options import parse
from mailman.cli import check_perms, config_list, dumpdb, list_members
from mailman.cli.qrunner import run_once
from mailman.lists import MailList, catalog
from mailman.queue import Queue
from mailman.runners import RUNNERS, make_runner
from mailman.site import Site
from tests.support import legacy
from tests.support.smtp_sink import Sink

STATE = ('lists', 'data', 'qfiles')
ASIDE = 'Mailman-2.1'
LISTS = ['amis-du-jardin', 'announce', 'mailman', 'project-talk']


@pytest.fixture
def old(built):
    """The facts for an installation over a 2.1, and its prefix."""
    facts, tmp_path = built
    prefix = tmp_path / 'prefix'
    legacy.make_prefix(prefix)
    return facts | {'var_prefix': str(prefix)}, prefix


@pytest.fixture
def process():
    """Start ``sleep``, or a Python with these words in its command line."""
    started = []

    def start(*words, python=True):
        command = ['sleep', '60']
        if python:
            code = 'import time; print(flush=True); time.sleep(60)'
            command = [sys.executable, '-c', code, *words]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        if python:
            child.stdout.readline()
        started.append(child)
        return child.pid

    yield start
    for child in started:
        child.kill()
        child.communicate()


def installed(old):
    installer = Installer(old[0], '')
    installer.run()
    return installer


def contents(prefix, *folders):
    files = [path for folder in folders for path in (prefix / folder).rglob('*')]
    return {path: path.read_bytes() for path in files if path.is_file()}


# --- what goes and what stays -----------------------------------------------


def test_the_sites_own_files_stay(old):
    settings = (old[1] / 'Mailman/mm_cfg.py').read_bytes()
    installed(old)
    assert (old[1] / 'Mailman/mm_cfg.py').read_bytes() == settings
    for name, text in legacy.OWN_FILES.items():
        assert (old[1] / name).read_text() == text


def test_lists_data_and_queues_are_untouched(old):
    before = contents(old[1], *STATE)
    installed(old)
    assert before and before.items() <= contents(old[1], *STATE).items()


def test_no_file_of_2_1_is_left_where_it_was(old):
    installed(old)
    own = {old[1] / name for name in legacy.OWN_FILES}
    for path, content in contents(old[1], '.').items():
        if path not in own and ASIDE not in path.parts:
            assert legacy.PYTHON_2.encode() not in content, path
            assert content != legacy.COMPILED, path
            assert b'of 2.1' not in content or path.suffix, path


@pytest.mark.parametrize(
    'name',
    [
        'Mailman/Defaults.py',
        'Mailman/Defaults.pyc',
        'Mailman/Handlers/CookHeaders.py',
        'Mailman/Queue/__init__.py',
        'bin/newlist',
        'bin/update',
        'cron/senddigests',
        'mail/mailman',
        'messages/fr/LC_MESSAGES/mailman.mo',
        'pythonlib/email/__init__.py',
        'scripts/post',
        'templates/en/verify.txt',
    ],
)
def test_what_was_2_1s_lies_aside(old, name):
    before = (old[1] / name).read_bytes()
    installed(old)
    assert (old[1] / ASIDE / name).read_bytes() == before


def test_nobody_reaches_the_old_set_gid_programs(old):
    installed(old)
    assert stat.S_IMODE((old[1] / ASIDE).stat().st_mode) == 0o700


def test_old_page_programs_with_another_ending_go_too(old):
    for name in ('admin.cgi', 'own.cgi'):
        legacy.write(old[1] / 'cgi-bin' / name, b'\x7fELF')
    installed(old)
    assert not (old[1] / 'cgi-bin/admin.cgi').exists()
    assert (old[1] / ASIDE / 'cgi-bin/admin.cgi').exists()
    assert (old[1] / 'cgi-bin/own.cgi').exists()


def test_mail_is_taken_in_while_files_move(old, monkeypatch):
    """2.1's mail program needs its scripts until it is replaced itself."""
    seen = []

    def programs(self):
        for name in ('scripts/post', 'Mailman/Utils.py', 'pythonlib/email'):
            seen.append((old[1] / name).exists())

    monkeypatch.setattr(Installer, 'programs', programs)
    installed(old)
    assert seen == [True] * 3


@pytest.mark.parametrize('step', ['directories', 'programs', 'library', 'compile'])
def test_an_interrupted_upgrade_is_taken_up_again(old, monkeypatch, step):
    def fail(self):
        raise OSError('disk full')

    with monkeypatch.context() as broken:
        broken.setattr(Installer, step, fail)
        with pytest.raises(OSError):
            installed(old)
    installed(old)
    test_no_file_of_2_1_is_left_where_it_was(old)
    assert (old[1] / ASIDE / 'bin/newlist').read_text().endswith(legacy.PYTHON_2)
    assert (old[1] / 'bin/newlist').exists()


def test_links_of_a_distribution_are_followed_for_folders_not_for_files(old, tmp_path):
    """Debian keeps mm_cfg.py in /etc, and links bin elsewhere."""
    settings = old[1] / 'Mailman/mm_cfg.py'
    elsewhere = settings.rename(tmp_path / 'mm_cfg.py')
    settings.symlink_to(elsewhere)
    (old[1] / 'bin').rename(tmp_path / 'programs')
    (old[1] / 'bin').symlink_to(tmp_path / 'programs')
    installed(old)
    assert settings.is_symlink() and elsewhere.exists()
    assert (old[1] / ASIDE / 'bin/update').exists()
    assert not (tmp_path / 'programs/update').exists()


# --- what is told -----------------------------------------------------------


def test_the_move_and_handlers_that_need_work_are_told(old):
    moved, handler = installed(old).notes
    assert str(old[1] / ASIDE) in moved and 'docs/upgrade.md' in moved
    assert handler.startswith(f'{old[1]}/Mailman/Handlers/Old.py, line 2: ')
    assert 'set aside' in handler and 'bin/unshunt' in handler


def test_a_mm_cfg_for_python_2_is_told(old):
    with (old[1] / 'Mailman/mm_cfg.py').open('a') as file:
        file.write('MODE = 0664\n')
    assert any('mm_cfg.py, line' in note for note in installed(old).notes)


def test_the_second_installation_says_nothing(old):
    installed(old)
    again = installed(old)
    assert again.notes == [] and not again.upgrading


def test_a_master_of_ours_is_to_be_restarted(old):
    from mailman import master

    installed(old)
    lock = master.take_lock(Site(old[1], install=old[0]))
    assert master_runs(old[1])
    assert 'restart' in installed(old).notes[0]
    os.close(lock)
    assert not master_runs(old[1])


def test_configure_tells_what_2_1_was_configured_with(old):
    words = [f'--prefix={old[1]}', '--with-mailhost=new.example.com']
    found = Findings(parse(words))
    found.find_prefix()
    assert '2.1' in found.told[0]
    assert any('--with-mailhost=old.example.com' in note for note in found.notes)


# --- a 2.1 that runs --------------------------------------------------------


@pytest.mark.parametrize('name', upgrade.RUNNERS)
def test_a_running_2_1_is_refused_before_anything_changes(old, process, name, capsys):
    pid = process(str(old[1] / name), '--runner=IncomingRunner:0:1')
    before = contents(old[1], '.')
    with pytest.raises(upgrade.StillRunning, match=f'process {pid}.*mailmanctl stop'):
        installed(old)
    assert contents(old[1], '.') == before


def test_make_install_prints_a_refusal(old, process, capsys, monkeypatch):
    process(str(old[1] / 'bin/qrunner'))
    monkeypatch.setattr('installer.install.configured', lambda: old[0])
    monkeypatch.setattr(sys, 'argv', ['install'])
    assert main() == 1
    assert 'mailmanctl stop' in capsys.readouterr().err


def test_a_list_that_a_command_of_2_1_works_on_is_waited_for(old, process):
    pid = process()
    lock = legacy.leave_lock(old[1], 'announce.lock', socket.gethostname(), pid)
    with pytest.raises(upgrade.StillRunning, match=f'{lock} is held by process {pid}'):
        installed(old)


def test_a_lock_of_another_machine_counts_until_it_expires(old):
    lock = legacy.leave_lock(old[1], 'announce.lock', 'elsewhere.example', 1)
    os.utime(lock, (time.time(), time.time() + 3600))
    with pytest.raises(upgrade.StillRunning, match=r'elsewhere\.example'):
        installed(old)
    os.utime(lock, (time.time(), time.time() - 1))
    installed(old)
    assert not lock.exists()


def test_locks_of_the_dead_are_removed_and_no_others(old, process):
    """A process that got the number of a dead one is not it."""
    reused = process(python=False)
    here = socket.gethostname()
    legacy.leave_lock(old[1], 'announce.lock', here, reused)
    legacy.leave_lock(old[1], 'master-qrunner', here, 4194305)
    (old[1] / 'locks/notes').write_text('of the administrator')
    installed(old)
    left = [path.name for path in (old[1] / 'locks').iterdir()]
    assert sorted(left) == ['notes', 'wake']


def test_a_staged_installation_looks_at_no_process(built, process, tmp_path):
    facts, _ = built
    stage = tmp_path / 'stage'
    legacy.make_prefix(Path(f'{stage}{facts["prefix"]}'))
    process(facts['prefix'] + '/bin/qrunner')
    Installer(facts, str(stage)).run()
    assert (stage / facts['prefix'].strip('/') / ASIDE).is_dir()


# --- it works ---------------------------------------------------------------


@pytest.fixture
def upgraded(old):
    """The site after the upgrade, with a mail server that takes everything."""
    for folder in STATE:
        for path in (old[1] / folder).rglob('*'):
            path.chmod(0o775 if path.is_dir() else 0o664)
    installed(old)
    with Sink() as sink:
        with (old[1] / 'Mailman/mm_cfg.py').open('a') as file:
            file.write(f'SMTPPORT = {sink.port}\n')
            file.write("GLOBAL_PIPELINE.insert(0, ' Own')\n")
        yield Site(old[1], install=old[0]), sink


def drain(site):
    run_once(site, [make_runner(site, name) for name in RUNNERS])


def waiting(site):
    names = ('in', 'out', 'virgin', 'retry', 'archive', 'shunt', 'bad')
    return {name: found for name in names if (found := Queue(site, name).files())}


def sent(sink):
    return ' '.join(mail.data.decode('latin-1') for mail in sink.mails)


def test_every_list_opens_and_commands_work(upgraded, capsys, tmp_path):
    site, _ = upgraded
    assert catalog.names(site) == LISTS
    for name in LISTS:
        MailList.open(site, name)
        assert config_list.main(site, ['-o', str(tmp_path / 'out'), name]) == 0
    assert list_members.main(site, ['announce']) == 0
    assert 'staff1@example.com' in capsys.readouterr().out
    database = str(site.lists_dir / 'project-talk' / 'pending.pck')
    assert dumpdb.main(site, [database]) == 0


def test_what_waited_in_the_queues_is_sent(upgraded):
    site, sink = upgraded
    drain(site)
    assert list(waiting(site)) == ['shunt']
    assert 'still waiting in the in queue' in sent(sink)
    assert 'interrupted' in sent(sink)  # the .bak


def test_what_was_shunted_goes_to_a_queue_of_this_prefix(upgraded):
    from mailman.cli import unshunt

    site, _ = upgraded
    entry = Queue(site, 'shunt').read(waiting(site)['shunt'][0])
    assert entry.msgdata['whichq'].startswith('/usr/local/mailman/')
    before = sum(map(len, waiting(site).values()))
    unshunt.main(site, [])
    assert 'shunt' not in waiting(site)
    assert sum(map(len, waiting(site).values())) == before


def test_a_new_post_meets_the_sites_handler_and_arrives(upgraded, make_msg):
    site, sink = upgraded
    drain(site)
    del sink.mails[:]
    post = make_msg('From: noel@example.fr', 'To: amis-du-jardin@lists.example.com')
    MailList.open(site, 'amis-du-jardin').queue('in').enqueue(post, tolist=1)
    drain(site)
    reached = {address for mail in sink.mails for address in mail.recipients}
    assert 'helene@example.fr' in reached
    assert 'X-Own: yes' in sent(sink)


def test_a_post_that_meets_a_handler_for_python_2_is_kept(upgraded, make_msg):
    site, _ = upgraded
    site.cfg.GLOBAL_PIPELINE.insert(0, 'Old')
    drain(site)
    before = len(waiting(site)['shunt'])
    post = make_msg('From: boss@example.net', 'To: announce@virt.example.net')
    MailList.open(site, 'announce').queue('in').enqueue(post, tolist=1)
    drain(site)
    assert len(waiting(site)['shunt']) == before + 1
    error = (site.logs_dir / 'error').read_text()
    assert 'Handlers/Old.py, line 2: ' in error
    assert 'print is a function in Python 3' in error


def test_check_perms_repairs_what_2_1_left(upgraded, capsys):
    site, _ = upgraded
    (site.lists_dir / 'announce/config.pck').chmod(0o400)
    (site.data_dir / 'adm.pw').chmod(0o644)
    (site.queue_dir('in')).chmod(0o755)
    check_perms.main(site, ['-f'])
    capsys.readouterr()
    check_perms.main(site, [])
    assert capsys.readouterr().out.splitlines()[-1] == 'No problems found'
