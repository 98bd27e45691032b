"""withlist: a prompt or a script with a list in hand; reset_pw.py, which it runs."""

import io
import sys
import textwrap
from pathlib import Path

import pytest

from mailman.cli import reset_pw, withlist
from mailman.compat21 import finder
from mailman.lists import MailList
from mailman.security import passwords

TREE = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    """Leave no import path and no module of a site's script behind."""
    modules = set(sys.modules)
    monkeypatch.setattr(sys, 'path', list(sys.path))
    monkeypatch.setattr(sys, 'dont_write_bytecode', True)
    finder.forget()
    yield
    finder.forget()
    for name in set(sys.modules) - modules:
        if getattr(sys.modules[name], '__file__', '').endswith('bin/script.py'):
            del sys.modules[name]


@pytest.fixture
def script(site):
    """Write bin/script.py."""

    def write(source, name='script'):
        site.bin_dir.mkdir(exist_ok=True)
        (site.bin_dir / f'{name}.py').write_text(textwrap.dedent(source))

    return write


@pytest.fixture
def typed(monkeypatch):
    """Type lines at the prompt."""

    def type_in(*lines):
        text = ''.join(f'{line}\n' for line in lines)
        monkeypatch.setattr(sys, 'stdin', io.StringIO(text))

    return type_in


SHOW = """
    def script(mlist, *words):
        print(mlist.name, *words)
        return len(words)

    def fails(mlist):
        raise ValueError('on purpose')

    def describe(mlist, text):
        mlist.description = text
        mlist.Save()

    def forget(mlist):
        mlist.description = 'not saved'

    def locked(mlist):
        print(mlist.Locked())
    """


# --- scripts ----------------------------------------------------------------------


def test_a_callable_gets_the_list_and_the_words_behind_its_name(run, mlist, script):
    script(SHOW)
    status, out, err = run(withlist, '-r', 'script', 'TEST', '-v', '--x', 'a', '-q')
    assert (status, out) == (0, ['test -v --x a -q'])
    assert err == [
        'Importing script...',
        'Running script.script()...',
        'Loading list test (unlocked)',
        'Finalizing',
    ]


def test_with_the_lock_it_is_taken_and_given_back(run, site, mlist, script):
    script(SHOW)
    _, out, err = run(withlist, '-l', '-r', 'script.locked', 'test')
    assert out == ['True']
    assert err[2:] == [
        'Loading list test (locked)',
        'Unlocking (but not saving) list: test',
        'Finalizing',
    ]
    with MailList.open(site, 'test').lock(timeout=0):
        pass


def test_what_a_script_saves_stays(run, site, mlist, script):
    script(SHOW)
    run(withlist, '-l', '-q', '-r', 'script.describe', 'test', 'by a script')
    assert MailList.open(site, 'test').description == 'by a script'


def test_what_a_script_does_not_save_is_lost(run, site, mlist, script):
    script(SHOW)
    run(withlist, '-l', '-q', '-r', 'script.forget', 'test')
    assert MailList.open(site, 'test').description == ''


def test_code_of_2_1s_time_runs(run, site, mlist, script):
    script("""
        from Mailman import mm_cfg, Errors, Utils
        from Mailman.MailList import MailList

        def script(mlist):
            mlist.Lock()
            for member in mlist.getRegularMemberKeys():
                mlist.setMemberOption(member, mm_cfg.Moderate, 1)
            mlist.Save()
            mlist.Unlock()
            try:
                MailList('nolist', lock=0)
            except Errors.MMUnknownListError:
                print(mlist.internal_name(), mlist.GetListEmail())
        """)
    _, out, _ = run(withlist, '-q', '-r', 'script', 'test')
    assert out == ['test test@lists.example.com']
    mlist = MailList.open(site, 'test')
    assert all(bits & 128 for bits in mlist.user_options.values())


def test_all_lists_one_after_the_other(run, make_list, script):
    for name in ('one', 'two'):
        make_list(name)
    script(SHOW)
    status, out, err = run(withlist, '-a', '-l', '-r', 'script', 'word')
    assert (status, out) == (0, ['one word', 'two word'])
    assert err.count('Unlocking (but not saving) list: one') == 1


def test_a_failing_script_shows_its_own_lines_and_exits_1(run, site, mlist, script):
    script(SHOW)
    status, _, err = run(withlist, '-l', '-q', '-r', 'script.fails', 'test')
    assert status == 1
    assert err[0].startswith('Traceback')
    assert 'bin/script.py' in err[1]
    assert err[-1] == 'ValueError: on purpose'
    with MailList.open(site, 'test').lock(timeout=0):
        pass


def test_a_script_may_end_the_program(run, mlist, script):
    script('import sys\ndef script(mlist):\n    sys.exit(7)\n')
    assert run(withlist, '-q', '-r', 'script', 'test')[0] == 7


@pytest.mark.parametrize(
    'name, last',
    [
        ('missing', '/bin/missing.py'),
        ('script.missing', "has no attribute 'missing'"),
        ('../script', '/bin/.py'),
    ],
)
def test_what_cannot_be_imported_is_said(run, mlist, script, name, last):
    script(SHOW)
    status, _, err = run(withlist, '-q', '-r', name, 'test')
    assert status == 1
    assert last in err[-1] or 'Error' in err[-1]


def test_an_error_inside_of_a_script_is_not_taken_for_a_missing_one(run, mlist, script):
    script('import no_such_module\n')
    _, _, err = run(withlist, '-q', '-r', 'script', 'test')
    assert 'bin/script.py' in ''.join(err)
    assert err[-1] == "ModuleNotFoundError: No module named 'no_such_module'"


def test_an_unknown_list_is_said_and_no_error(run, site, script):
    script(SHOW)
    status, out, err = run(withlist, '-r', 'script', 'nolist')
    assert (status, out) == (0, [])
    assert 'Unknown list: nolist' in err


def test_a_list_that_cannot_be_read_exits_1(run, mlist, script):
    script(SHOW)
    for path in mlist.directory.glob('config.pck*'):
        path.write_bytes(b'broken')
    status, _, err = run(withlist, '-q', '-r', 'script', 'test')
    assert status == 1
    assert err[-1].startswith('test: the list cannot be read')


@pytest.mark.parametrize('words', [['-a'], ['-r', 'script'], ['-a', 'test']])
def test_wrong_usage_exits_1(run, mlist, script, words):
    script(SHOW)
    assert run(withlist, *words)[:2] == (1, [])


# --- the prompt -------------------------------------------------------------------


def test_the_list_is_m_and_the_result_r(run, mlist, script, typed):
    script(SHOW)
    typed('print(m.name, r, mm_cfg.DEFAULT_URL_HOST, Errors.MMUnknownListError)')
    status, out, err = run(withlist, '-i', '-r', 'script', 'test', 'a', 'b')
    assert status == 0
    assert '>>> test 2 lists.example.com <class' in ' '.join(out)
    assert "The variable `m' is the list test" in err


def test_without_a_script_there_is_a_prompt(run, site, mlist, typed):
    typed('m.Lock()', 'm.description = "typed"', 'm.Save()', 'm.Unlock()')
    assert run(withlist, 'test')[0] == 0
    assert MailList.open(site, 'test').description == 'typed'


def test_a_prompt_without_a_list_says_so(run, mlist, typed):
    typed('print(m)')
    _, out, _ = run(withlist, '-q')
    assert out[0] == 'No list name supplied.'
    assert any('None' in line for line in out)


@pytest.mark.parametrize('word, status', [('exit()', 0), ('exit(3)', 3), ('quit()', 0)])
def test_the_prompt_ends_with_exit(run, mlist, typed, word, status):
    typed(word, 'print("not reached")')
    ending, out, _ = run(withlist, '-l', '-q', 'test')
    assert ending == status
    assert not any('not reached' in line for line in out)


def test_an_error_at_the_prompt_ends_nothing(run, mlist, typed):
    typed('1/0', 'print("still here")')
    status, out, err = run(withlist, '-q', 'test')
    assert status == 0
    assert any('still here' in line for line in out)
    assert any('ZeroDivisionError' in line for line in err)


# --- reset_pw.py --------------------------------------------------------------------


@pytest.fixture
def reset(run, site, script):
    def call(*words):
        script((TREE / 'bin/reset_pw.py').read_text().replace('import paths', ''))
        (site.bin_dir / 'script.py').rename(site.bin_dir / 'reset_pw.py')
        return run(withlist, '-l', '-q', '-r', 'reset_pw', 'test', *words)

    yield call
    sys.modules.pop('reset_pw', None)


def test_new_passwords_are_printed_and_kept_as_hashes(reset, site, mlist):
    status, out, _ = reset('-v')
    assert status == 0
    assert out[0] == 'Changing passwords for list: test'
    assert out[1].startswith(f'New password for member {"anne@member.example":>40}: ')
    mlist = MailList.open(site, 'test')
    for line in out[1:]:
        member, _, password = line.removeprefix('New password for member').rpartition(
            ': '
        )
        stored = mlist.password_of(member.strip())
        assert password not in stored
        assert passwords.check(password, stored).ok


def test_passwords_that_nobody_would_know_are_none(reset, site, mlist):
    mlist.set_password('anne@member.example', 'old clear password')
    mlist.save()
    status, out, _ = reset()
    assert (status, out) == (0, ['Changing passwords for list: test'])
    mlist = MailList.open(site, 'test')
    assert mlist.password_of('anne@member.example') == ''


def test_a_wrong_word_changes_nothing(reset, site, mlist):
    mlist.set_password('anne@member.example', 'old')
    mlist.save()
    assert reset('--frobnicate')[0] == 1
    assert MailList.open(site, 'test').password_of('anne@member.example') == 'old'


def test_alone_it_shows_how_to_run_it(run):
    status, out, _ = run(reset_pw)
    assert status == 0
    assert any('bin/withlist -l -r reset_pw' in line for line in out)
