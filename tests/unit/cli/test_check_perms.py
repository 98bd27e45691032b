"""bin/check_perms: what it finds, and that -f sets it right."""

import os
import stat

import pytest

from mailman.cli import check_perms
from mailman.site import layout


@pytest.fixture
def tidy(site):
    """A site whose every file and folder is as it must be."""
    site.install['groupname'] = str(os.getgid())
    site.cfg.MAILMAN_GROUP = str(os.getgid())
    for root, table in layout.ROOTS.items():
        for path, mode in table.items():
            folder = getattr(site, root) / path
            if not folder.is_symlink():
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(mode)
    names = [layout.MAIL_PROGRAM, *(f'cgi-bin/{page}' for page in layout.PAGES)]
    for name in names:
        (site.exec_prefix / name).touch()
        (site.exec_prefix / name).chmod(layout.PROGRAM)
    os.chown(site.prefix / 'Mailman/mm_cfg.py', -1, os.getgid())
    run(site, '-f')
    return site


def run(site, *words):
    return check_perms.main(site, list(words))


def out(capsys):
    return capsys.readouterr().out.splitlines()


def test_a_tidy_site_has_no_problems(tidy, capsys):
    capsys.readouterr()
    assert run(tidy) == 0
    assert out(capsys)[-1] == 'No problems found'


def spoil(path, mode, kind='file'):
    path.parent.mkdir(exist_ok=True)
    path.parent.chmod(path.parent.stat().st_mode | 0o2775)
    path.mkdir() if kind == 'folder' else path.write_text('x')
    path.chmod(mode)


@pytest.mark.parametrize(
    'path',
    ['lists/test/config.pck', 'lists/test/request.pck', 'data/heldmsg-test-1.pck'],
)
def test_what_lists_keep_is_closed_to_others(tidy, capsys, path):
    """2.1 kept members' passwords there as they were typed."""
    spoil(tidy.prefix / path, 0o664)
    run(tidy)
    assert f'others can read or write {tidy.prefix / path}' in out(capsys)
    run(tidy, '-f')
    assert stat.S_IMODE((tidy.prefix / path).stat().st_mode) == 0o660
    capsys.readouterr()
    run(tidy)
    assert out(capsys)[-1] == 'No problems found'


@pytest.mark.parametrize(
    'path, mode, kind, wanted',
    [
        ('lists/test/config.pck', 0o600, 'file', 0o660),
        ('lists/test/digest.mbox', 0o640, 'file', 0o660),
        ('data/adm.pw', 0o644, 'file', 0o640),
        ('data/creator.pw', 0o600, 'file', 0o640),
        ('data/aliases', 0o600, 'file', 0o664),
        ('bin/own.py', 0o600, 'file', 0o644),
        ('logs/post', 0o666, 'file', 0o664),
        ('lists/other', 0o755, 'folder', 0o2775),
        ('archives/private/test', 0o755, 'folder', 0o2775),
        ('archives/private/x.mbox/x.mbox', 0o600, 'file', 0o660),
        ('archives/private/test/database', 0o2775, 'folder', 0o2770),
    ],
)
def test_each_kind_of_problem_is_found_and_fixed(
    tidy, capsys, path, mode, kind, wanted
):
    path = tidy.var_prefix / path
    spoil(path, mode, kind)
    capsys.readouterr()
    run(tidy)
    found = out(capsys)
    assert any(str(path) in line for line in found)
    assert found[-2].startswith('Problems found: ') and '-f' in found[-1]
    run(tidy, '-f')
    assert any('(fixing)' in line for line in out(capsys))
    assert stat.S_IMODE(path.stat().st_mode) == wanted
    run(tidy)
    assert out(capsys)[-1] == 'No problems found'


@pytest.mark.parametrize('name', ['mail/mailman', 'cgi-bin/admin'])
def test_a_program_must_be_set_gid(tidy, capsys, name):
    (tidy.prefix / name).chmod(0o755)
    run(tidy, '--fix')
    assert (tidy.prefix / name).stat().st_mode & stat.S_ISGID


def test_a_missing_program_is_told(tidy, capsys):
    (tidy.prefix / 'mail/mailman').unlink()
    run(tidy, '-f')
    assert any('program is missing' in line for line in out(capsys))


def test_a_missing_folder_is_made(tidy):
    (tidy.var_prefix / 'qfiles/in').rmdir()
    run(tidy, '-f')
    mode = (tidy.var_prefix / 'qfiles/in').stat().st_mode
    assert stat.S_IMODE(mode) & 0o770 == 0o770


def test_the_private_archives_are_closed_to_listing(tidy, capsys):
    (tidy.var_prefix / 'archives/private').chmod(0o2775)
    run(tidy, '-f')
    mode = (tidy.var_prefix / 'archives/private').stat().st_mode
    assert stat.S_IMODE(mode) == 0o2771


def test_passing_through_the_private_archives_is_only_warned_about(tidy, capsys):
    run(tidy)
    lines = out(capsys)
    assert any(line.startswith('Warning: ') for line in lines)
    (tidy.var_prefix / 'archives/private').chmod(0o2770)
    run(tidy)
    assert out(capsys) == ['No problems found']


@pytest.mark.skipif(os.getuid() != 0, reason='only root can give files away')
def test_a_wrong_group_is_named_with_the_right_one(tidy, capsys):
    path = tidy.var_prefix / 'data' / 'stray'
    path.touch()
    os.chown(path, 0, 54321)
    run(tidy)
    assert any('(has: 54321, expected: ' in line for line in out(capsys))
    run(tidy, '-f')
    assert path.stat().st_gid == os.getgid()


def test_folders_in_data_may_be_closed_to_others(tidy, capsys):
    (tidy.data_dir / 'bounce-events').mkdir()
    (tidy.data_dir / 'bounce-events').chmod(0o2770)
    assert run(tidy) == 0


def test_a_link_is_not_followed(tidy, tmp_path, capsys):
    (tmp_path / 'outside').mkdir(mode=0o700)
    (tmp_path / 'outside' / 'x.py').touch(0o600)
    (tidy.var_prefix / 'lists' / 'link').symlink_to(tmp_path / 'outside')
    run(tidy, '-f')
    assert stat.S_IMODE((tmp_path / 'outside').stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / 'outside/x.py').stat().st_mode) == 0o600


def test_verbose_says_where_it_is(tidy, capsys):
    run(tidy, '-v')
    assert f'checking {tidy.prefix / "bin"}' in out(capsys)


def test_a_group_that_is_not_there_is_told(tidy, capsys):
    tidy.cfg.MAILMAN_GROUP = 'nobody-such'
    assert run(tidy) == 1
    assert 'nobody-such' in capsys.readouterr().err


def test_help_goes_to_stdout_and_a_wrong_option_exits_1(site, capsys):
    with pytest.raises(SystemExit) as ending:
        run(site, '-h')
    assert ending.value.code == 0 and '--fix' in capsys.readouterr().out
    with pytest.raises(SystemExit) as ending:
        run(site, '--frobnicate')
    assert ending.value.code == 1
