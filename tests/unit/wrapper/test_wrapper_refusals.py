"""mail/mailman: whom and what it refuses, with which exit code."""

import grp
import os
import subprocess

import pytest

MAIL = b'From: a@b.example\n\nHello.\n'


@pytest.mark.parametrize(
    'words, code',
    [
        ([], 5),
        (['post'], 5),
        (['frobnicate', 'test'], 6),
        (['../scripts/post', 'test'], 6),
        (['POST', 'test'], 6),
        (['', 'test'], 6),
        (['post', 'no-such-list'], 67),
    ],
)
def test_a_wrong_call_is_told_by_its_exit_code(prefix, words, code):
    assert prefix.code(*words, mail=MAIL) == code
    assert prefix.files() == []


@pytest.mark.parametrize(
    'name',
    [
        '',
        '.',
        '..',
        '.hidden',
        './test',
        '../lists/test',
        'test/../test',
        'test/',
        '/test',
        'test;id',
        'test test',
        'test\n',
        'test"',
        'test\\',
        '<test>',
        b'\xff\xfe',
        b'\xc3\xa9',
        'a' * 256,
        'A' * 50000,
    ],
)
def test_a_name_that_no_list_can_have_is_refused(prefix, name):
    (prefix.path / 'lists' / '.hidden').mkdir()
    (prefix.path / 'lists' / '.hidden' / 'config.pck').touch()
    assert prefix.code('post', name, mail=MAIL) == 67
    assert prefix.files() == []


def test_a_folder_without_a_configuration_is_no_list(prefix):
    (prefix.path / 'lists' / 'empty').mkdir()
    assert prefix.code('post', 'empty', mail=MAIL) == 67


@pytest.mark.parametrize('file', ['config.pck.last', 'config.db', 'config.db.last'])
def test_an_older_configuration_makes_a_list_too(prefix, file):
    (prefix.path / 'lists/old').mkdir()
    (prefix.path / 'lists/old' / file).touch()
    assert prefix.code('post', 'old', mail=MAIL) == 0


def test_an_upper_case_name_finds_the_list(prefix):
    assert prefix.code('post', 'TEST', mail=MAIL) == 0
    assert prefix.entry()[1]['listname'] == 'test'


@pytest.mark.parametrize('name', ['dev-owner', 'c++', 'a.b', "o'neil", '50%', 'x=y'])
def test_any_plain_local_part_may_name_a_list(prefix, name):
    (prefix.path / 'lists' / name).mkdir()
    (prefix.path / 'lists' / name / 'config.pck').touch()
    assert prefix.code('post', name, mail=MAIL) == 0
    assert prefix.entry()[1]['listname'] == name


def test_further_words_are_ignored(prefix):
    assert prefix.code('post', 'test', *['more'] * 20000, mail=MAIL) == 0


def test_a_wrong_group_is_named_with_the_way_out(build, home, prefix):
    prefix.program = build(home, 'mail/mailman.c', ['alpha-none', 'beta-none'])
    done = prefix.run('post', 'test', mail=MAIL)
    assert done.returncode in (2, 8)
    for part in (b'alpha-none or beta-none', b'--with-mail-gid=', b'called by'):
        assert part in done.stderr
    assert prefix.files() == []


def test_the_own_group_is_accepted_by_name(build, home, prefix):
    try:
        name = grp.getgrgid(os.getgid()).gr_name
    except KeyError:
        pytest.skip('the group of this test run has no name')
    prefix.program = build(home, 'mail/mailman.c', ['none', name])
    assert prefix.code('post', 'test', mail=MAIL) == 0


@pytest.mark.skipif(os.getuid() != 0, reason='only root can take another group')
def test_a_group_with_a_name_is_told_by_name(prefix):
    name, gid = next((g.gr_name, g.gr_gid) for g in grp.getgrall() if g.gr_gid > 0)
    done = prefix.run('post', 'test', mail=MAIL, group=gid)
    assert done.returncode == 2
    assert f'by the group {name},'.encode() in done.stderr
    assert done.stderr.endswith(f'--with-mail-gid={name}\n'.encode())


@pytest.mark.skipif(os.getuid() != 0, reason='only root can take another group')
def test_a_group_without_a_name_is_told_by_number(prefix):
    done = prefix.run('post', 'test', mail=MAIL, group=54321)
    assert done.returncode == 8
    assert b'54321, which has no name' in done.stderr
    assert done.stderr.endswith(b'--with-mail-gid=54321\n')


def conf(prefix, *lines):
    path = prefix.path / 'mail' / 'mailman.conf'
    path.write_text('\n'.join(lines) + '\n')
    path.chmod(0o644)
    os.chown(path, -1, os.getegid())
    return path


@pytest.mark.parametrize('size, code', [(2048, 0), (2049, 69), (700000, 69)])
def test_a_limit_of_size_is_kept_to_the_byte(prefix, size, code):
    conf(prefix, 'max_incoming_message_size=2')
    done = prefix.run('post', 'test', mail=b'x' * size)
    assert done.returncode == code
    assert len(prefix.files()) == (code == 0)
    assert (b'2 KB' in done.stderr) == (code == 69)


def test_a_sender_may_finish_writing_before_it_is_refused(prefix):
    conf(prefix, 'max_incoming_message_size=1')
    process = subprocess.Popen(
        [prefix.program, 'post', 'test'], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    for _ in range(100):
        process.stdin.write(b'x' * 100000)  # would raise BrokenPipeError
    process.communicate()
    assert process.returncode == 69


def test_places_come_from_the_file_that_commands_write(prefix):
    (prefix.path / 'elsewhere').mkdir()
    conf(prefix, 'var_prefix=/none', f'inqueue_dir={prefix.path}/elsewhere')
    assert prefix.code('post', 'test', mail=MAIL) == 0
    assert len(list((prefix.path / 'elsewhere').iterdir())) == 1


@pytest.mark.parametrize(
    'lines',
    [
        ['inqueue_dir=relative'],
        ['inqueue_dir'],
        ['=', 'lock_dir=', 'max_incoming_message_size=-3'],
        ['max_incoming_message_size=99999999999999999999999'],
        ['\0\0\0'],
    ],
)
def test_nonsense_in_that_file_is_passed_over(prefix, lines):
    conf(prefix, *lines)
    assert prefix.code('post', 'test', mail=MAIL) == 0
    assert prefix.entry()[0] == 'in'


def test_a_cut_off_line_of_that_file_does_not_count(prefix):
    conf(prefix).write_text(f'inqueue_dir={prefix.path}/qfiles/i')
    assert prefix.code('post', 'test', mail=MAIL) == 0
    assert prefix.entry()[0] == 'in'


def test_a_file_that_everybody_can_write_is_not_trusted(prefix):
    conf(prefix, 'max_incoming_message_size=1').chmod(0o666)
    assert prefix.code('post', 'test', mail=b'x' * 5000) == 0


def test_a_link_is_not_trusted(prefix):
    path = conf(prefix, 'max_incoming_message_size=1')
    path.rename(prefix.path / 'real')
    path.symlink_to(prefix.path / 'real')
    assert prefix.code('post', 'test', mail=b'x' * 5000) == 0


@pytest.mark.skipif(os.getuid() != 0, reason='only root can give files away')
def test_a_file_of_a_stranger_is_not_trusted(prefix):
    os.chown(conf(prefix, 'max_incoming_message_size=1'), 65534, 65534)
    assert prefix.code('post', 'test', mail=b'x' * 5000) == 0
