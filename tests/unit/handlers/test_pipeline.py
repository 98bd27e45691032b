"""The table, looking a step up, and the executor."""

import importlib
import os
from types import SimpleNamespace

import pytest

from mailman import handlers
from mailman.errors import BrokenHandler, DiscardMessage, HoldMessage, UnknownHandler


def write_handler(site, name, source, where='Handlers'):
    directory = site.prefix / 'Mailman' / 'Handlers'
    if where != 'Handlers':
        directory = site.var_prefix / 'handlers'
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f'{name}.py'
    path.write_text(source)
    return path


def qrunner_log(site):
    path = site.logs_dir / 'qrunner'
    return path.read_text() if path.exists() else ''


@pytest.fixture
def steps(monkeypatch):
    """Stand-ins for handlers: ``steps(Name=function)``; answers the names called."""
    called = []

    def install(**functions):
        def resolve(site, name):
            def process(mlist, msg, msgdata):
                called.append(name)
                functions.get(name, lambda *_: None)(mlist, msg, msgdata)

            return process

        monkeypatch.setattr(handlers, 'resolve', resolve)
        return called

    return install


LIST = SimpleNamespace(site=None)


def failing(error):
    def process(mlist, msg, msgdata):
        raise error

    return process


# --- the table --------------------------------------------------------------


def test_the_table_follows_the_global_pipeline(site):
    names = list(handlers.HANDLERS)
    pipeline = site.cfg.GLOBAL_PIPELINE
    assert names[: len(pipeline)] == list(pipeline)


def test_every_step_of_both_pipelines_can_be_found(site):
    for name in [*site.cfg.GLOBAL_PIPELINE, *site.cfg.OWNER_PIPELINE]:
        assert callable(handlers.resolve(site, name)), name


@pytest.mark.parametrize('name', sorted(handlers.HANDLERS))
def test_every_module_of_the_table_has_a_process_function(name):
    module = importlib.import_module(f'mailman.handlers.{handlers.HANDLERS[name]}')
    assert callable(module.process)


# --- looking up ---------------------------------------------------------------


def test_blanks_around_a_name_do_not_count(site):
    assert handlers.resolve(site, ' ToArchive ') is handlers.resolve(site, 'ToArchive')


@pytest.mark.parametrize(
    'name', ['', '  ', 'NoSuchStep', '../evil', 'os.path', 'a b', 'To-Archive', '7up']
)
def test_what_is_no_known_handler_is_refused(site, name):
    with pytest.raises(UnknownHandler) as caught:
        handlers.resolve(site, name)
    assert caught.value.name == name.strip()


@pytest.mark.parametrize('where', ['Handlers', 'handlers'])
def test_a_file_of_the_site_wins_and_is_logged(site, where):
    path = write_handler(
        site, 'ToArchive', 'def process(m, msg, d):\n  d["x"] = 1\n', where
    )
    data = {}
    handlers.resolve(site, 'ToArchive')(None, None, data)
    assert data == {'x': 1}
    assert str(path) in qrunner_log(site)


def test_a_changed_file_is_read_again(site):
    path = write_handler(site, 'Mine', 'def process(m, msg, d):\n    d["x"] = 1\n')
    handlers.resolve(site, 'Mine')
    about = path.stat()
    path.write_text('def process(m, msg, d):\n    d["x"] = 2\n')
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    data = {}
    handlers.resolve(site, 'Mine')(None, None, data)
    assert data == {'x': 2}


def test_a_file_dropped_into_a_folder_at_rest_is_found(site, monkeypatch):
    monkeypatch.setattr(handlers, '_SETTLED', 0)
    monkeypatch.setattr(handlers, '_TRUSTED', 0)
    write_handler(site, 'Other', 'def process(*_): pass')
    ours = handlers.resolve(site, 'ToArchive')
    later = site.prefix / 'Mailman' / 'Handlers' / 'ToArchive.py'
    later.write_text('def process(*_): pass')
    os.utime(later.parent, (1, 1))  # whatever the clock's ticks
    assert handlers.resolve(site, 'ToArchive') is not ours


def test_a_folder_at_rest_is_not_looked_into_for_each_step(site, monkeypatch):
    monkeypatch.setattr(handlers, '_SETTLED', 0)
    write_handler(site, 'Other', 'def process(*_): pass')
    handlers.resolve(site, 'ToArchive')
    looked = []
    real = os.stat
    monkeypatch.setattr(os, 'stat', lambda path: (looked.append(path), real(path))[1])
    for name in ('Moderate', 'Hold', 'ToUsenet'):
        handlers.resolve(site, name)
    assert [path for path in looked if 'Mailman/Handlers' in str(path)] == []


def test_an_unchanged_file_is_read_once(site):
    write_handler(site, 'Mine', 'def process(m, msg, d): pass\n')
    assert handlers.resolve(site, 'Mine') is handlers.resolve(site, 'Mine')
    assert qrunner_log(site).count('Mine') == 2  # the name and the file's, one line


def test_a_file_that_fails_is_tried_again_once_it_is_mended(site):
    path = write_handler(site, 'Mine', 'import no_such_module\n')
    with pytest.raises(BrokenHandler, match='no_such_module'):
        handlers.resolve(site, 'Mine')
    path.write_text('def process(m, msg, d): pass\n')
    assert handlers.resolve(site, 'Mine')


@pytest.mark.parametrize(
    ('source', 'line', 'advice'),
    [
        ('import os\nprint "x"\n', 2, 'print is a function'),
        ('try:\n  pass\nexcept Exception, e:\n  pass\n', 3, 'except ... as e'),
        ('x = {}\n\nx.has_key(1)\n', 3, 'key in dictionary'),
        ('x = unicode("a")\n', 1, 'in Python 3: str'),
    ],
)
def test_a_file_for_python_2_is_named_with_line_and_remedy(site, source, line, advice):
    path = write_handler(site, 'Mine', source)
    with pytest.raises(BrokenHandler) as caught:
        handlers.resolve(site, 'Mine')
    text = str(caught.value)
    assert text.startswith(f'{path}, line {line}: ')
    assert advice in text
    assert 'bin/unshunt' in text


def test_handlers_of_2_1_that_somebody_copied_here_are_left_out(site):
    write_handler(site, 'CookHeaders', 'print "x"\n')
    write_handler(site, 'Mine', 'def process(m, msg, d): pass\n')
    (site.prefix / 'Mailman/MailList.py').write_text('print "x"\n')
    ours = handlers.module_of(site, 'CookHeaders')
    assert ours.__name__ == 'mailman.handlers.cook_headers'
    assert handlers.resolve(site, 'Mine').__module__ == 'Mailman.Handlers.Mine'
    assert "2.1's own" in (site.logs_dir / 'error').read_text()


def test_a_file_without_process_is_no_handler(site):
    write_handler(site, 'Mine', 'x = 1\n')
    with pytest.raises(UnknownHandler):
        handlers.resolve(site, 'Mine')


def test_two_sites_keep_their_own_handlers(site, tmp_path):
    from mailman.site import Site

    other = Site(tmp_path / 'other', install={'mailhost': 'h.example', 'urlhost': 'h'})
    write_handler(site, 'Mine', 'def process(m, msg, d): d["x"] = 1\n')
    with pytest.raises(UnknownHandler):
        handlers.resolve(other, 'Mine')


# --- running --------------------------------------------------------------------


def test_steps_run_in_their_order(steps):
    called = steps()
    msgdata = {}
    handlers.run(LIST, None, msgdata, ['A', 'B', 'C'])
    assert called == ['A', 'B', 'C']
    assert msgdata['pipeline'] == []


def test_the_list_of_steps_that_was_given_stays_as_it_is(steps):
    steps()
    names = ['A', 'B']
    handlers.run(LIST, None, {}, names)
    assert names == ['A', 'B']


@pytest.mark.parametrize(
    'error', [ValueError(), SystemExit(1), MemoryError(), RecursionError()]
)
def test_a_failed_step_is_the_first_of_those_left(steps, error):
    steps(B=failing(error))
    msgdata = {}
    with pytest.raises(type(error)):
        handlers.run(LIST, None, msgdata, ['A', 'B', 'C'])
    assert msgdata['pipeline'] == ['B', 'C']


def test_a_step_that_cannot_be_imported_is_not_lost(site):
    """2.1 lost the handler on unshunt."""
    write_handler(site, 'Broken', 'raise RuntimeError("no")\n')
    msgdata = {}
    with pytest.raises(BrokenHandler):
        handlers.run(SimpleNamespace(site=site), None, msgdata, ['Broken', 'C'])
    assert msgdata['pipeline'] == ['Broken', 'C']


def test_an_unknown_step_is_left(site):
    msgdata = {}
    with pytest.raises(UnknownHandler):
        handlers.run(SimpleNamespace(site=site), None, msgdata, ['Nobody', 'C'])
    assert msgdata['pipeline'] == ['Nobody', 'C']


@pytest.mark.parametrize('stop', [DiscardMessage(), HoldMessage('Kind')])
def test_a_decision_leaves_the_steps_behind_it(steps, stop):
    steps(B=failing(stop))
    msgdata = {}
    with pytest.raises(type(stop)):
        handlers.run(LIST, None, msgdata, ['A', 'B', 'C'])
    assert msgdata['pipeline'] == ['C']


def test_a_decision_says_which_step_took_it(steps):
    steps(B=failing(DiscardMessage()))
    msgdata = {}
    with pytest.raises(DiscardMessage) as caught:
        handlers.run(LIST, None, msgdata, ['A', 'B', 'C'])
    assert caught.value.handler == 'B'
    assert msgdata['pipeline'] == ['C']


def test_a_step_may_change_what_is_left(steps):
    steps(A=lambda mlist, msg, msgdata: msgdata['pipeline'].remove('B'))
    msgdata = {}
    handlers.run(LIST, None, msgdata, ['A', 'B', 'C'])
    assert msgdata['pipeline'] == []
