"""arch, remove_article and the two archfix commands."""

import io

import pytest

from mailman.cli import arch, b4b5_archfix, rb_archfix, remove_article
from mailman.cli.arch import Progress
from tests.unit.archive.conftest import Shelf, raw_entry
from tests.unit.archive.test_legacy import SAMPLE


@pytest.fixture
def shelf(mlist):
    """A list whose mbox has three mails."""
    shelf = Shelf(mlist)
    shelf.mbox.parent.mkdir(parents=True, exist_ok=True)
    shelf.mbox.write_bytes(b''.join(raw_entry(name) for name in 'abc'))
    return shelf


# --- arch -----------------------------------------------------------------------


def test_the_mbox_becomes_an_archive(shelf, run):
    status, out, err = run(arch, 'TEST')
    assert (status, out) == (0, [])
    assert err == [
        '#00000 <a@x.example>',
        '#00001 <b@x.example>',
        '#00002 <c@x.example>',
        '3 mails read, 3 new in the archive',
    ]
    assert list(shelf.numbers()) == [*'abc']


def test_quiet_is_quiet(shelf, run):
    assert run(arch, '-q', 'test') == (0, [], [])


def test_another_mbox_may_be_named(shelf, run, tmp_path):
    other = tmp_path / 'other'
    other.write_bytes(raw_entry('d'))
    assert run(arch, '-q', 'test', other)[0] == 0
    assert list(shelf.numbers()) == [*'abcd']


def test_a_link_to_an_mbox_may_be_named(shelf, run, tmp_path):
    other, link = tmp_path / 'other', tmp_path / 'link'
    other.write_bytes(raw_entry('d'))
    link.symlink_to(other)
    assert run(arch, '-q', 'test', link)[0] == 0
    assert list(shelf.numbers()) == [*'abcd']


def test_what_is_no_file_empties_no_archive(shelf, run):
    run(arch, '-q', 'test')
    status, _, err = run(arch, '-q', '--wipe', 'test', '/dev/null')
    assert status == 3 and 'Cannot open mbox file /dev/null' in err[0]
    assert list(shelf.numbers()) == [*'abc']


def test_a_full_disk_is_told_in_one_line(shelf, run, monkeypatch):
    def full(*args, **options):
        raise OSError(28, 'No space left on device', 'x')

    monkeypatch.setattr('mailman.archive.building.Archive.build', full)
    assert run(arch, '-q', 'test') == (
        1,
        [],
        ["[Errno 28] No space left on device: 'x'"],
    )


def test_first_and_last_may_be_chosen(shelf, run):
    assert run(arch, '-q', '--start', 1, '--end', 1, 'test')[0] == 0
    assert list(shelf.numbers()) == ['b']


@pytest.mark.parametrize('again', [[], ['--wipe']])
def test_running_it_again_changes_no_number(shelf, run, again):
    run(arch, '-q', 'test')
    before = shelf.numbers()
    assert run(arch, *again, 'test')[2][-1] == '3 mails read, 0 new in the archive'
    assert shelf.numbers() == before


@pytest.mark.parametrize('scrub, kept', [(0, False), (1, True)])
def test_wiping_spares_attachments_that_would_not_come_again(shelf, run, scrub, kept):
    shelf.mlist.scrub_nondigest = scrub
    shelf.mlist.save()
    path = shelf.root / 'attachments/20200101/01234567/attachment.png'
    path.parent.mkdir(parents=True)
    path.touch()
    run(arch, '-q', '--wipe', 'test')
    assert path.exists() is kept


@pytest.mark.parametrize(
    'words, status',
    [
        (['nolist'], 2),
        (['test', '/nowhere/mbox'], 3),
        (['--wipe', 'test', '/nowhere/mbox'], 3),
        ([], 1),
        (['--start', 'x', 'test'], 1),
        (['--start', '-1', 'test'], 1),
        (['test', 'a', 'b'], 1),
        (['--help'], 0),
    ],
)
def test_exit_codes_are_those_of_2_1(shelf, run, words, status):
    run(arch, '-q', 'test')
    before = shelf.pages()
    assert run(arch, *words)[0] == status
    assert shelf.pages() == before


def test_a_bar_is_drawn_on_a_terminal_only(shelf):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    progress = Progress(shelf.mbox, stream, False, 'Archiving')
    progress.next_time = 0
    progress.mail(0, 'a@x', shelf.mbox.stat().st_size // 2)
    progress.end()
    assert stream.getvalue().startswith('\rArchiving: [###############....')
    assert stream.getvalue().endswith('\n')


# --- remove_article ---------------------------------------------------------------


def test_an_article_is_removed_by_number_or_message_id(shelf, run):
    run(arch, '-q', 'test')
    status, out, err = run(remove_article, 'test', '0', '<c@x.example>')
    assert (status, err) == (0, [])
    assert out == [
        '2026-January/000000.html removed: about a',
        '2026-January/000002.html removed: about c',
    ]
    assert 'text a' not in shelf.mbox.read_text()
    assert 'text b' in shelf.page('2026-January/000001.html')


def test_words_are_redacted(shelf, run):
    run(arch, '-q', 'test')
    assert run(remove_article, '--redact', 'text', 'test', '1')[0] == 0
    assert '[...] b' in shelf.page('2026-January/000001.html')
    assert run(remove_article, '--redact', 'text', 'test', '1')[0] == 1


@pytest.mark.parametrize('words', [['nolist', '1'], ['test', '17'], ['test']])
def test_what_is_not_there_is_said(shelf, run, words):
    run(arch, '-q', 'test')
    status, out, err = run(remove_article, *words)
    assert status == 1 and err and not out


# --- the archfix commands -------------------------------------------------------------


@pytest.mark.parametrize('module', [rb_archfix, b4b5_archfix])
def test_databases_of_2_1_are_looked_at_and_left_alone(run, module, tmp_path):
    good = SAMPLE / 'project-talk/database/2020-January-article'
    bad = tmp_path / 'bad-article'
    bad.write_bytes(b'rubbish')
    before = good.read_bytes()
    status, out, err = run(module, good, bad, tmp_path / 'none')
    assert status == 0
    assert out == [f'{good}: 3 articles, nothing to do']
    assert [line.split(' ')[0] for line in err] == [str(bad), str(tmp_path / 'none')]
    assert good.read_bytes() == before
    assert not list(tmp_path.glob('*.bak'))
