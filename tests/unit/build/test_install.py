"""make install: what is there afterwards, and what stays from before."""

import gettext
import json
import os
import stat
import subprocess
import sys

import pytest

from installer import install, record
from installer.install import Installer, InstallError
from mailman.site import layout

# a fixture puts nothing in their places
COMPILE, PAGES = Installer.compile, Installer.pages


def installed(built, destdir=''):
    facts, tmp_path = built
    installer = Installer(facts, destdir)
    installer.run()
    return installer, tmp_path / 'prefix', tmp_path / 'var'


def test_all_folders_have_the_modes_that_check_perms_wants(built):
    _, prefix, var = installed(built)
    for root, table in ((prefix, layout.CODE), (var, layout.STATE)):
        for path, mode in table.items():
            assert stat.S_IMODE((root / path).stat().st_mode) == mode, path


def test_check_perms_finds_nothing_in_a_fresh_installation(built, capsys):
    from mailman.cli import check_perms
    from mailman.site import Site

    installed(built)
    facts, _ = built
    site = Site(facts['prefix'], install=facts)
    check_perms.main(site, [])
    assert capsys.readouterr().out.splitlines()[-1] == 'No problems found'


def test_programs_are_set_gid(built):
    _, prefix, _ = installed(built)
    for name in ('mail/mailman', 'cgi-bin/admin'):
        assert stat.S_IMODE((prefix / name).stat().st_mode) == 0o2755


def test_programs_of_another_configuration_stay_out(built):
    facts, tmp_path = built
    for page in layout.PAGES:
        (tmp_path / f'build/cgi-bin/{page}.cgi').write_bytes(b'\x7fELF')
    Installer(facts | {'cgiext': '.cgi'}, '').run()
    found = {path.name for path in (tmp_path / 'prefix/cgi-bin').iterdir()}
    assert found == {f'{page}.cgi' for page in layout.PAGES}


def test_commands_name_the_configured_python(built):
    _, prefix, _ = installed(built)
    first = (prefix / 'bin/version').read_text().splitlines()[0]
    assert first == f'#!{sys.executable} -IS'
    assert (prefix / 'bin/version').stat().st_mode & 0o111 == 0o111
    assert (prefix / 'bin/paths.py').stat().st_mode & 0o111 == 0


def test_what_cron_jobs_import_is_compiled_beforehand(built, monkeypatch):
    """The first job made a folder there, with modes that check_perms complained of."""
    words = []

    def run(command, **_):
        words.extend(command)
        return subprocess.CompletedProcess(command, 0)

    installer, prefix, _ = installed(built)
    monkeypatch.setattr(subprocess, 'run', run)
    COMPILE(installer)
    assert {str(prefix / 'bin/paths.py'), str(prefix / 'cron/paths.py')} <= set(words)


def test_templates_of_pages_are_compiled_by_what_was_installed(built, monkeypatch):
    calls = []

    def run(command, **how):
        calls.append((command, how['env']['PYTHONPATH']))
        return subprocess.CompletedProcess(command, 0)

    installer, prefix, _ = installed(built)
    monkeypatch.setattr(subprocess, 'run', run)
    PAGES(installer)
    ((command, path),) = calls
    assert command[-2:] == ['mailman.site.pages', str(prefix / 'templates')]
    assert path == str(prefix / 'pythonlib')
    assert installer.troubles == []


def test_pages_that_do_not_compile_are_told(built, monkeypatch):
    installer, _, _ = installed(built)
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(subprocess, 'run', lambda *_, **__: failed)
    PAGES(installer)
    assert 'templates' in installer.troubles[0]


def test_compiled_templates_of_the_checkout_are_not_installed(built):
    _, prefix, _ = installed(built)
    assert not (prefix / 'templates' / 'web-compiled').exists()
    assert 'web' not in install.languages()


def test_the_package_and_what_it_needs_lie_in_pythonlib(built):
    _, prefix, _ = installed(built)
    for name in ('mailman/errors.py', 'dep/__init__.py', 'install.json'):
        assert (prefix / 'pythonlib' / name).is_file()
    assert not list(prefix.rglob('*.new')) + list(prefix.glob('*.old'))


def test_catalogues_are_compiled_and_their_sources_lie_beside(built):
    _, prefix, _ = installed(built)
    folder = prefix / 'messages' / 'fr' / 'LC_MESSAGES'
    assert sorted(path.name for path in folder.iterdir()) == [
        'mailman.mo',
        'mailman.po',
    ]
    with (folder / 'mailman.mo').open('rb') as file:
        french = gettext.GNUTranslations(file)
    assert french.gettext('Nothing to do.') == 'Rien à faire.'
    assert [
        path.name for path in (prefix / 'messages').iterdir() if path.is_file()
    ] == []


def test_catalogues_of_the_site_stay(built):
    _, prefix, _ = installed(built)
    own = prefix / 'messages' / 'eo' / 'LC_MESSAGES' / 'mailman.po'
    own.parent.mkdir(parents=True)
    own.write_text('msgid "Yes"\nmsgstr "Jes"\n')
    installed(built)
    assert own.exists()


def test_a_first_mm_cfg_runs(built):
    from mailman.site import Site

    _, prefix, _ = installed(built)
    site = Site(prefix, install=built[0])
    assert site.config_error is None
    assert site.cfg.DEFAULT_EMAIL_HOST == 'lists.example.com'


def test_installing_again_keeps_what_belongs_to_the_site(built):
    _, prefix, var = installed(built)
    kept = [
        prefix / 'Mailman/mm_cfg.py',
        prefix / 'Mailman/Handlers/Own.py',
        prefix / 'templates/site/en/verify.txt',
        prefix / 'bin/own-script',
        var / 'lists/test/config.pck',
        var / 'qfiles/in/one.msg',
        var / 'archives/private/test.mbox/test.mbox',
        var / 'data/adm.pw',
    ]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('mine')
    (prefix / 'pythonlib/mailman/stale.py').touch()
    installed(built)
    assert [path.read_text() for path in kept] == ['mine'] * len(kept)
    assert not (prefix / 'pythonlib/mailman/stale.py').exists()


def test_installing_again_leaves_the_modes_of_state_alone(built):
    _, _, var = installed(built)
    (var / 'archives/private').chmod(0o2750)
    installed(built)
    assert stat.S_IMODE((var / 'archives/private').stat().st_mode) == 0o2750


def test_a_destdir_goes_in_front_of_everything(built):
    facts, tmp_path = built
    installer, prefix, var = installed(built, str(tmp_path / 'stage'))
    assert not prefix.exists() and not var.exists()
    assert (tmp_path / f'stage{facts["prefix"]}/bin/version').exists()
    assert (tmp_path / f'stage{facts["var_prefix"]}/qfiles/in').is_dir()
    record_there = tmp_path / f'stage{facts["prefix"]}/pythonlib/install.json'
    assert json.loads(record_there.read_text())['prefix'] == facts['prefix']
    assert installer.troubles == []


def test_a_missing_account_stops_root_and_only_root(built, monkeypatch):
    facts, tmp_path = built
    facts |= {'username': 'nobody-such', 'groupname': 'nobody-such'}
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    with pytest.raises(InstallError, match='useradd'):
        Installer(facts, '').check()
    staged = Installer(facts, str(tmp_path / 'stage'))
    staged.check()
    assert 'useradd' in staged.troubles[0]


def test_what_cannot_be_given_to_the_group_is_told_once(built, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, 'chown', refuse)
    installer, prefix, _ = installed(built)
    assert len(installer.troubles) == 1
    assert (prefix / 'mail/mailman').exists()


def test_the_checkout_is_not_installed_over_itself(built):
    facts, _ = built
    with pytest.raises(InstallError, match='itself'):
        Installer(facts | {'prefix': str(record.TREE)}, '').check()


def test_without_a_configuration_the_next_step_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(install, 'build_dir', lambda trial: tmp_path)
    with pytest.raises(InstallError, match='configure'):
        install.configured()


# --- the Makefile ------------------------------------------------------------


def test_make_help_lists_every_target():
    done = subprocess.run(
        ['make', '-s', 'help'], cwd=record.TREE, capture_output=True, text=True
    )
    words = ['run', 'demo', 'test', 'bench', 'lint', 'docs', 'install', 'dist', 'clean']
    assert set(words) <= set(done.stdout.split())


def test_an_installation_that_was_not_configured_is_refused(tmp_path):
    done = subprocess.run(
        ['make', '-s', 'install', f'CONFIGURED={tmp_path}'],
        cwd=record.TREE,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert 'configure.py' in done.stderr


def test_a_missing_python_is_named_with_its_package():
    done = subprocess.run(
        ['make', '-s', 'check-python'],
        cwd=record.TREE,
        capture_output=True,
        text=True,
        env={'PATH': '/nowhere:/usr/bin', 'PYTHON': ''},
        check=False,
    )
    # There may be one in /usr/bin.
    assert done.returncode == 0 or 'apt install python3' in done.stderr


def test_requirements_come_from_pyproject():
    from installer.dependencies import requirements

    assert 'jinja2>=3.1' in requirements('prefix')
    assert not any(' ' in each for each in requirements('test'))
    assert any(each.startswith('pytest') for each in requirements('test'))
    assert any(each.startswith('aiosmtpd') for each in requirements('run'))
