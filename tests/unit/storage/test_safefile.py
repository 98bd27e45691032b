"""safefile: the old file or the new one, never a piece of one."""

import os
import stat

import pytest

from mailman.storage import safefile


def names(directory):
    return sorted(os.listdir(directory))


def test_a_written_file_has_its_content_and_mode_whatever_the_umask(tmp_path):
    before = os.umask(0o777)
    try:
        safefile.write(tmp_path / 'a', b'one', mode=0o660)
    finally:
        os.umask(before)
    assert (tmp_path / 'a').read_bytes() == b'one'
    assert stat.S_IMODE((tmp_path / 'a').stat().st_mode) == 0o660


@pytest.mark.parametrize('at_once', [True, False])
def test_the_content_is_on_the_disk_before_it_gets_its_name(
    tmp_path, monkeypatch, at_once
):
    done = []
    for name in ('fsync', 'rename'):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, _n=name, _r=real: (done.append(_n), _r(*a))[1]
        )
    safefile.write(tmp_path / 'a', b'one', at_once=at_once)
    assert done == ['fsync', 'rename', *(['fsync'] if at_once else [])]


def test_the_file_before_is_kept_under_another_name(tmp_path):
    for content in (b'1', b'2', b'3'):
        safefile.write(tmp_path / 'a', content, keep=tmp_path / 'a.last')
    assert (tmp_path / 'a').read_bytes() == b'3'
    assert (tmp_path / 'a.last').read_bytes() == b'2'
    assert names(tmp_path) == ['a', 'a.last']


def test_keeping_is_no_trouble_when_both_names_are_one_file_already(tmp_path):
    safefile.write(tmp_path / 'a', b'1')
    os.link(tmp_path / 'a', tmp_path / 'a.last')
    safefile.write(tmp_path / 'a', b'2', keep=tmp_path / 'a.last')
    assert (tmp_path / 'a.last').read_bytes() == b'1'
    assert names(tmp_path) == ['a', 'a.last']


@pytest.mark.parametrize('call', ['write', 'fsync', 'rename', 'link'])
def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, call):
    safefile.write(tmp_path / 'a', b'old')

    def fail(*args, **kwargs):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(safefile.os, call, fail)
    with pytest.raises(OSError, match='No space'):
        safefile.write(tmp_path / 'a', b'new', keep=tmp_path / 'a.last')
    monkeypatch.undo()
    assert (tmp_path / 'a').read_bytes() == b'old'
    assert names(tmp_path) == ['a']


def test_what_the_system_writes_piecemeal_arrives_whole(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(safefile.os, 'write', lambda fd, data: write(fd, data[:3]))
    safefile.write(tmp_path / 'a', b'0123456789')
    assert (tmp_path / 'a').read_bytes() == b'0123456789'


def test_a_link_planted_under_the_temporary_name_is_not_followed(tmp_path, monkeypatch):
    victim = tmp_path / 'victim'
    victim.write_bytes(b'untouched')
    monkeypatch.setattr(safefile, 'temporary_name', lambda p: str(tmp_path / 'next'))
    (tmp_path / 'next').symlink_to(victim)
    with pytest.raises(FileExistsError):
        safefile.write(tmp_path / 'a', b'new')
    assert victim.read_bytes() == b'untouched'


def test_replacing_a_link_replaces_the_link_not_its_target(tmp_path):
    victim = tmp_path / 'victim'
    victim.write_bytes(b'untouched')
    (tmp_path / 'a').symlink_to(victim)
    safefile.write(tmp_path / 'a', b'new')
    assert victim.read_bytes() == b'untouched'
    assert not (tmp_path / 'a').is_symlink()


def test_appending_adds_at_the_end_and_makes_the_file(tmp_path):
    safefile.append(tmp_path / 'a', b'1')
    safefile.append(tmp_path / 'a', b'2')
    assert (tmp_path / 'a').read_bytes() == b'12'


def test_an_append_that_fails_half_way_is_taken_back(tmp_path, monkeypatch):
    safefile.append(tmp_path / 'a', b'whole')
    write, calls = os.write, []

    def fail_later(fd, data):
        calls.append(1)
        if len(calls) > 1:
            raise OSError(28, 'No space left on device')
        return write(fd, data[:2])

    monkeypatch.setattr(safefile.os, 'write', fail_later)
    with pytest.raises(OSError, match='No space'):
        safefile.append(tmp_path / 'a', b'more')
    assert (tmp_path / 'a').read_bytes() == b'whole'


def test_only_regular_files_are_read(tmp_path):
    (tmp_path / 'link').symlink_to('/etc/passwd')
    os.mkfifo(tmp_path / 'fifo')
    (tmp_path / 'folder').mkdir()
    for name in ('link', 'fifo', 'folder'):
        with pytest.raises(OSError):  # noqa: PT011
            safefile.read(tmp_path / name)


def test_reading_gives_all_of_a_long_file(tmp_path):
    (tmp_path / 'a').write_bytes(b'x' * 300_000)
    assert len(safefile.read(tmp_path / 'a')) == 300_000


def test_sweeping_removes_old_unfinished_files_and_nothing_else(tmp_path):
    old = ['.a.tmp.12.0', '1+ab.pck.tmp', '.config.pck.tmp.9.1']
    for name in [*old, '.new.tmp.1.1', 'a', 'b.msg']:
        (tmp_path / name).write_bytes(b'')
    for name in [*old, 'a']:
        os.utime(tmp_path / name, (1, 1))
    safefile.sweep(tmp_path)
    assert names(tmp_path) == ['.new.tmp.1.1', 'a', 'b.msg']


def test_sweeping_can_be_limited_to_certain_files(tmp_path):
    for name in ('.a.tmp.1.1', '.b.tmp.1.1'):
        (tmp_path / name).write_bytes(b'')
    safefile.sweep(tmp_path, -safefile.DAY, prefixes=('a',))
    assert names(tmp_path) == ['.b.tmp.1.1']


def test_sweeping_where_nothing_is_yet_is_no_error(tmp_path):
    safefile.sweep(tmp_path / 'nowhere')
