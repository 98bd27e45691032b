"""mail/mailman: what is in the queue afterwards, and what never is."""

import errno
import os
import re
import resource
import signal
import subprocess
import tempfile
import time

import pytest

from tests.unit.wrapper.conftest import limit

MAIL = b'From anne@b.example  Thu Jan  8 10:20:30 2026\nFrom: a@b.example\n\nHello.\n'

# Facts: email_commands.json, sub_addresses.
COMMANDS = {
    'post': ('in', {'tolist': 1}),
    'owner': ('in', {'toowner': 1, 'pipeline': 'OWNER_PIPELINE'}),
    'admin': ('bounces', {}),
    'bounces': ('bounces', {}),
    'confirm': ('commands', {'toconfirm': 1}),
    'join': ('commands', {'tojoin': 1}),
    'leave': ('commands', {'toleave': 1}),
    'request': ('commands', {'torequest': 1}),
    'subscribe': ('commands', {'tojoin': 1}),
    'unsubscribe': ('commands', {'toleave': 1}),
}


@pytest.mark.parametrize('word', COMMANDS)
def test_each_command_has_its_queue_and_metadata(prefix, word):
    assert prefix.code(word, 'test', mail=MAIL) == 0
    queue, metadata, mail = prefix.entry()
    received = metadata.pop('received_time')
    assert (queue, metadata) == (
        COMMANDS[word][0],
        {'listname': 'test', 'version': 3} | COMMANDS[word][1],
    )
    assert abs(received - time.time()) < 60
    assert mail == MAIL


@pytest.mark.parametrize(
    'mail',
    [
        b'',
        b'\n',
        b'From: a@b.example\r\n\r\nx\r\n',
        b'\0\xff\xfe' * 1000,
        b'no line end',
        b'x' * (256 * 1024 - 1),
        b'x' * (256 * 1024),
        b'0123456789abcde\n' * 100000,
    ],
    ids=len,
)
def test_every_byte_is_kept(prefix, mail):
    assert prefix.code('post', 'test', mail=mail) == 0
    assert prefix.entry()[2] == mail


def test_names_are_time_and_forty_digits_and_files_are_the_groups(prefix):
    assert prefix.code('post', 'test', mail=MAIL) == 0
    (path,) = prefix.files()
    assert re.fullmatch(r'\d{10}\.\d{6}\+[0-9a-f]{40}\.msg', path.name)
    assert float(path.name.split('+')[0]) == prefix.entry()[1]['received_time']
    assert path.stat().st_mode & 0o7777 == 0o660


def test_names_sort_by_arrival(prefix):
    for number in range(20):
        assert prefix.code('post', 'test', mail=b'%d' % number) == 0
    mails = [path.read_bytes().split(b'\n', 1)[1] for path in prefix.files()]
    assert mails == [b'%d' % number for number in range(20)]


def test_a_queue_is_made_on_first_use(prefix):
    (prefix.path / 'qfiles/in').rmdir()
    assert prefix.code('post', 'test', mail=MAIL) == 0
    assert (prefix.path / 'qfiles/in').stat().st_mode & 0o777 == 0o770


# --- the From_ line ------------------------------------------------------------


@pytest.mark.parametrize(
    'sender, expected',
    [
        ('anne@b.example', b'From anne@b.example  '),
        ('', b'From MAILER-DAEMON  '),
        ('jörg@b.example', 'From jörg@b.example  '.encode()),
        ('two words@b.example', b'From: '),
        ('line\nbreak@b.example', b'From: '),
        ('x' * 1000, b'From: '),
    ],
)
def test_a_missing_from_line_is_made_of_a_sane_sender(prefix, sender, expected):
    mail = b'From: a@b.example\n\nx\n'
    assert prefix.code('post', 'test', mail=mail, env={'SENDER': sender}) == 0
    stored = prefix.entry()[2]
    assert stored.startswith(expected) and stored.endswith(mail)


def test_its_date_is_the_time_of_arrival(prefix):
    prefix.code(
        'post', 'test', mail=b'\nx\n', env={'SENDER': 'a@b', 'TZ': 'Asia/Tokyo'}
    )
    _, metadata, mail = prefix.entry()
    date = time.asctime(time.gmtime(metadata['received_time']))
    assert mail == f'From a@b  {date}\n\nx\n'.encode()


def test_a_from_line_of_the_server_stays(prefix):
    assert (
        prefix.code('post', 'test', mail=MAIL, env={'SENDER': 'other@b.example'}) == 0
    )
    assert prefix.entry()[2] == MAIL


# --- what cannot be stored is for later --------------------------------------------


def test_a_mail_larger_than_a_file_may_be_is_for_later(prefix):
    setter = limit(resource.RLIMIT_FSIZE, 20000)
    done = prefix.run('post', 'test', mail=b'x' * 100000, preexec_fn=setter)
    assert done.returncode == 75
    assert b'File too large' in done.stderr
    assert prefix.files() == []


def test_no_descriptor_to_spare_is_for_later(prefix):
    done = prefix.run(
        'post', 'test', mail=MAIL, preexec_fn=limit(resource.RLIMIT_NOFILE, 3)
    )
    assert done.returncode in (75, 127)  # 127: not static here, cannot even start
    assert prefix.files() == []


def test_a_closed_input_is_no_empty_mail(prefix):
    script = 'exec "$0" post test <&-'
    words = ['sh', '-c', script, str(prefix.program)]
    assert subprocess.run(words, check=False, capture_output=True).returncode == 75
    assert prefix.files() == []


def test_a_folder_as_input_is_for_later(prefix):
    fd = os.open('/', os.O_RDONLY)
    try:
        assert prefix.code('post', 'test', stdin=fd) == 75
    finally:
        os.close(fd)
    assert prefix.files() == []


def test_closed_outputs_do_not_matter(prefix):
    script = 'exec "$0" post test >&- 2>&-'
    words = ['sh', '-c', script, str(prefix.program)]
    done = subprocess.run(words, check=False, input=MAIL)
    assert done.returncode == 0
    assert prefix.entry()[2] == MAIL


@pytest.mark.parametrize('folder', ['lists', 'qfiles'])
def test_a_disk_that_is_not_there_is_for_later(prefix, folder):
    (prefix.path / folder).rename(prefix.path / 'gone')
    assert prefix.code('post', 'test', mail=MAIL) == 75


def test_a_queue_that_is_no_folder_is_for_later(prefix):
    (prefix.path / 'qfiles/in').rmdir()
    (prefix.path / 'qfiles/in').touch()
    assert prefix.code('post', 'test', mail=MAIL) == 75


@pytest.mark.skipif(os.getuid() == 0, reason='root may write everywhere')
def test_a_queue_that_may_not_be_written_is_for_later(prefix):
    (prefix.path / 'qfiles/in').chmod(0o550)
    assert prefix.code('post', 'test', mail=MAIL) == 75
    (prefix.path / 'qfiles/in').chmod(0o770)


@pytest.mark.skipif(os.getuid() != 0, reason='only root can mount')
def test_a_full_disk_is_for_later(prefix):
    queue = prefix.path / 'qfiles/in'
    words = ['mount', '-t', 'tmpfs', '-o', 'size=65536', 'tmpfs', str(queue)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip('this machine lets nobody mount')
    try:
        assert prefix.code('post', 'test', mail=b'x' * 100000) == 75
        assert prefix.files() == []
    finally:
        subprocess.run(['umount', str(queue)], check=True)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGALRM])
def test_a_signal_in_the_middle_leaves_nothing(prefix, number):
    process = subprocess.Popen(
        [prefix.program, 'post', 'test'], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write(b'x' * 600000)  # more than one block: the file is there
    process.stdin.flush()
    while not prefix.files():
        assert process.poll() is None
    process.send_signal(number)
    process.communicate()
    assert process.returncode == 75
    assert prefix.files() == []


# --- crash at every file operation ---------------------------------------------

BIG = b'0123456789abcde\n' * 20000


def until_no_fault(faulty, **environment):
    """Run with a fault at the first, second, ... operation, up to a run without."""
    for at in range(1, 100):
        for path in faulty.files():
            path.unlink()
        env = {'FAULT_AT': str(at)} | environment
        # From a file: a pipe gives pieces of any size, so the count would vary.
        with tempfile.TemporaryFile() as mail:
            mail.write(BIG)
            mail.seek(0)
            done = subprocess.run(
                [faulty.program, 'post', 'test'],
                stdin=mail,
                capture_output=True,
                check=False,
                env=env,
            )
        yield done.returncode, faulty.files()
        if at > 60:
            return


def test_a_kill_at_any_operation_leaves_all_or_nothing(faulty):
    seen = set()
    for code, files in until_no_fault(faulty):
        stored = [path for path in files if path.suffix == '.msg']
        assert {path.suffix for path in files} <= {'.msg', '.tmp'}
        assert all(path.read_bytes().split(b'\n', 1)[1] == BIG for path in stored)
        assert code in (0, -signal.SIGKILL)
        assert code != 0 or len(stored) == len(files) == 1
        seen.add((code, len(stored), len(files)))
    # It died before the file, in the file, between rename and the end; and lived.
    assert seen == {(-9, 0, 0), (-9, 0, 1), (-9, 1, 1), (0, 1, 1)}


@pytest.mark.parametrize(
    'number', [errno.EIO, errno.ENOSPC, errno.ENOMEM, errno.EMFILE]
)
def test_an_error_at_any_operation_is_for_later_and_leaves_nothing(faulty, number):
    codes = set()
    for code, files in until_no_fault(faulty, FAULT_ERRNO=str(number)):
        codes.add(code)
        assert [path.suffix for path in files] == (['.msg'] if code == 0 else [])
    assert codes == {0, 75}


def test_an_interrupted_call_is_made_again(faulty):
    codes = [code for code, _ in until_no_fault(faulty, FAULT_ERRNO=str(errno.EINTR))]
    assert codes.count(75) < len(codes) / 2
