"""ArchRunner: posts go into the list's mbox, with dates that can be believed."""

import email.utils

import pytest

from mailman.archive import mbox
from mailman.archive.building import Archive, lock_of
from mailman.queue import Queue
from mailman.runners import archive as runner_module
from mailman.runners.archive import ArchRunner

NOW = 1767867630.0  # Thu Jan  8 10:20:30 2026 UTC
ARRIVAL = 'Thu, 08 Jan 2026 10:20:30 -0000'
DAY = 86_400
SKEW = 15 * DAY


def date(seconds):
    return email.utils.formatdate(NOW + seconds)


@pytest.fixture
def archive(site, mlist, make_msg):
    """Archive a post; answer the mbox's text."""
    site.now = lambda: NOW + 5 * DAY

    def put(*lines, **msgdata):
        runner = ArchRunner(site)
        msgdata.setdefault('received_time', NOW)
        mlist.queue('archive').enqueue(make_msg(*lines), msgdata)
        runner.one_pass()
        runner.close()
        return text(site)

    return put


def text(site, name='test'):
    path = site.archives_private / f'{name}.mbox' / f'{name}.mbox'
    return path.read_text() if path.exists() else ''


def headers(content, name):
    prefix = f'{name}: '
    head = content.partition('\n\n')[0].splitlines()
    return [line.removeprefix(prefix) for line in head if line.startswith(prefix)]


def test_a_post_is_stored_under_the_time_it_came(archive):
    content = archive()
    assert content.startswith('From anne@member.example Thu Jan  8 10:20:30 2026\n')
    assert headers(content, 'X-List-Received-Date') == [ARRIVAL]
    assert content.endswith('\n\nHello, list.\n\n')


def test_without_a_time_of_arrival_it_came_now(archive):
    # The queue gives every entry one; files of other programs may have none.
    content = archive(received_time=0)
    assert headers(content, 'X-List-Received-Date')[0].startswith('Tue, 13 Jan 2026')


@pytest.mark.parametrize(
    'policy, given, kept',
    [
        (0, date(-400 * DAY), True),
        (0, date(400 * DAY), True),
        (0, 'nonsense', True),
        (1, date(0), False),
        (1, date(-60), False),
        (2, date(0), True),
        (2, date(SKEW - 60), True),
        (2, date(-SKEW + 60), True),
        (2, date(SKEW + 60), False),
        (2, date(-SKEW - 60), False),
        (2, 'nonsense', False),
        (2, '', False),
        (2, 'Thu, 08 Jan 99999999999 10:20:30 +0000', False),
        (2, 'Thu, 99 Foo 2026 10:20:30 +9999999999999', False),
        (2, 'Mon, 01 Jan 0001 00:00:00 +0000', False),
    ],
)
def test_the_authors_date_is_kept_as_the_site_wants(archive, site, policy, given, kept):
    site.cfg.ARCHIVER_CLOBBER_DATE_POLICY = policy
    content = archive(f'Date: {given}')
    if kept:
        assert headers(content, 'Date') == [given]
        assert headers(content, 'X-Original-Date') == []
    else:
        assert headers(content, 'Date') == [ARRIVAL]
        assert f'\nX-Original-Date: {given}'.rstrip() in content


def test_the_allowed_difference_can_be_set(archive, site):
    site.cfg.ARCHIVER_ALLOWABLE_SANE_DATE_SKEW = 60
    assert headers(archive(f'Date: {date(-61)}'), 'Date') == [ARRIVAL]


def test_a_post_without_a_date_gets_that_of_its_arrival(site, mlist):
    mlist.queue('archive').enqueue(b'From: a@x.example\n\n.\n', received_time=NOW)
    runner = ArchRunner(site)
    runner.one_pass()
    runner.close()
    assert headers(text(site), 'Date') == [ARRIVAL]
    assert 'X-Original-Date' not in text(site)


@pytest.mark.parametrize('setting, stored', [(-1, 0), (0, 0), (1, 1), (2, 1)])
def test_the_site_says_whether_there_is_an_mbox(archive, site, setting, stored):
    site.cfg.ARCHIVE_TO_MBOX = setting
    assert archive().count('Hello, list.') == stored


def test_posts_of_lists_do_not_mix(archive, site, make_list, make_msg):
    archive()
    make_list('other').queue('archive').enqueue(make_msg('Subject: second'))
    runner = ArchRunner(site)
    runner.one_pass()
    runner.close()
    assert 'second' in text(site, 'other') and 'second' not in text(site)


def test_a_full_disk_costs_no_post_and_leaves_no_half(
    archive, site, mlist, monkeypatch
):
    archive()
    before = text(site)

    def full(path, data):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(mbox.safefile, 'append', full)
    assert archive() == before
    assert len(mlist.queue('shunt').messages) == 1


# --- pages ------------------------------------------------------------------------


def passes(site):
    runner = ArchRunner(site)
    runner.queue.recover()
    moved = runner.one_pass()
    runner.close()
    return moved


@pytest.mark.parametrize('setting, pages', [(-1, 0), (0, 1), (1, 0), (2, 1)])
def test_the_site_says_whether_there_are_pages(archive, site, setting, pages):
    site.cfg.ARCHIVE_TO_MBOX = setting
    archive()
    found = list((site.archives_private / 'test').glob('[0-9]*/[0-9]*.html'))
    assert len(found) == pages


def test_what_has_queued_is_archived_in_one_go(site, mlist, make_msg, monkeypatch):
    calls = []
    original = Archive.add

    def add(self, entries, repeated=()):
        calls.append(len(entries))
        original(self, entries, repeated)

    monkeypatch.setattr(Archive, 'add', add)
    for number in range(5):
        mlist.queue('archive').enqueue(
            make_msg(f'Message-ID: <{number}@x.example>'), received_time=NOW + number
        )
    assert passes(site) is True
    assert calls == [5]
    assert not mlist.queue('archive').messages


def test_a_post_that_spoils_the_batch_is_shunted_alone(
    site, mlist, make_msg, monkeypatch
):
    original = Archive.read

    def read(self, content):
        if b'<2@x' in content:
            raise OSError(5, 'Input/output error')
        return original(self, content)

    monkeypatch.setattr(Archive, 'read', read)
    for number in range(4):
        mlist.queue('archive').enqueue(
            make_msg(f'Message-ID: <{number}@x.example>'), received_time=NOW + number
        )
    passes(site)
    assert len(mlist.queue('shunt').messages) == 1
    content = text(site)
    assert [f'<{n}@x' in content for n in range(4)] == [True, True, False, True]


def test_an_archive_in_use_is_left_for_later(site, mlist, make_msg, monkeypatch):
    monkeypatch.setattr(runner_module, 'LOCK_WAIT', 0.0)
    mlist.queue('archive').enqueue(make_msg(), received_time=NOW)
    with lock_of(mlist):
        assert passes(site) is False
    assert len(mlist.queue('archive').messages) == 1
    assert passes(site) is True
    assert text(site).count('X-List-Received-Date') == 1


def test_a_list_that_is_gone_is_shunted(site, mlist, make_msg):
    mlist.queue('archive').enqueue(make_msg(), listname='gone')
    passes(site)
    assert len(Queue(site, 'shunt').files()) == 1


# --- external archivers --------------------------------------------------------------


@pytest.fixture
def program(tmp_path):
    """A program that keeps its words and its input."""
    script = tmp_path / 'archiver'
    script.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/words\n'
                      f'cat > {tmp_path}/mail\n')  # fmt: skip
    script.chmod(0o755)
    return script


@pytest.mark.parametrize('private, used', [(0, True), (1, False)])
def test_the_sites_program_replaces_the_pages(
    archive, site, mlist, program, private, used
):
    mlist.archive_private = private
    mlist.save()
    site.cfg.PUBLIC_EXTERNAL_ARCHIVER = f"{program} -l %(listname)s '%(hostname)s;id'"
    content = archive()
    assert 'Hello, list.' in content
    pages = list((site.archives_private / 'test').rglob('000000.html'))
    assert bool(pages) is not used
    if used:
        words = (program.parent / 'words').read_text()
        assert words == '-l|test|lists.example.com;id|'
        assert 'Hello, list.' in (program.parent / 'mail').read_text()


def test_no_word_of_a_mail_or_list_reaches_a_shell(archive, site, program):
    """CVE-2000-0861, and what was claimed as CVE-2025-43920."""
    site.cfg.PUBLIC_EXTERNAL_ARCHIVER = f'{program} %(listname)s ;touch pwned'
    archive('Subject: $(touch pwned); `id` | cat')
    words = (program.parent / 'words').read_text()
    assert words == 'test|;touch|pwned|'


@pytest.mark.parametrize('command', ['/nowhere/at/all', '/bin/false', 'x "', ' '])
@pytest.mark.parametrize('mode, shunted', [(2, 0), (0, 1)])
def test_a_program_that_fails_loses_no_post(
    archive, site, mlist, command, mode, shunted
):
    site.cfg.PUBLIC_EXTERNAL_ARCHIVER = command
    site.cfg.ARCHIVE_TO_MBOX = mode
    archive()
    assert len(mlist.queue('shunt').messages) == shunted
    assert 'external archiver' in (site.logs_dir / 'error').read_text()
