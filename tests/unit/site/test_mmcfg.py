"""mm_cfg.py: written for 2.1, run over our defaults, its errors explained."""

import sys

import pytest

from mailman.errors import ConfigError
from mailman.site import defaults, mmcfg


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / 'Mailman'
    folder.mkdir()
    return folder / 'mm_cfg.py'


def run(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    names = defaults.namespace({'prefix': '/p', 'mailhost': 'example.com'})
    mmcfg.run(path, names)
    return names


def error_of(path, text):
    with pytest.raises(ConfigError) as raised:
        run(path, text)
    return raised.value


@pytest.mark.parametrize(
    'line',
    [
        'from Defaults import *',
        'from Mailman.Defaults import *',
        'import Defaults; SMTPHOST = Defaults.SMTPHOST',
        'from Mailman import Defaults; SMTPHOST = Defaults.SMTPHOST',
        'import Mailman.Defaults; SMTPHOST = Mailman.Defaults.SMTPHOST',
        '',
    ],
)
def test_each_way_to_begin_gives_the_defaults(path, line):
    assert run(path, line + '\n')['SMTPHOST'] == 'localhost'


def test_the_published_recipe_for_a_handler_works(path):
    """Its stray blank included; the pipeline strips it."""
    text = (
        'from Defaults import *\n'
        "GLOBAL_PIPELINE.insert(GLOBAL_PIPELINE.index('Moderate'), ' MyHandler')\n"
    )
    pipeline = run(path, text)['GLOBAL_PIPELINE']
    assert pipeline[3:5] == [' MyHandler', 'Moderate']


def test_functions_of_the_defaults_can_be_called(path):
    text = (
        'from Defaults import *\n'
        "add_virtualhost('www.example.net', 'example.net')\n"
        'DELIVERY_RETRY_PERIOD = days(5)\nOWNERS_CAN_ENABLE_PERSONALIZATION = Yes\n'
    )
    names = run(path, text)
    assert names['VIRTUAL_HOSTS']['www.example.net'] == 'example.net'
    assert names['DELIVERY_RETRY_PERIOD'] == 432000
    assert names['OWNERS_CAN_ENABLE_PERSONALIZATION'] is True


def test_what_python_2_and_3_share_is_fine(path):
    text = "from Defaults import *\nX = u'a\\.b' + '\\d'\nimport os, string\n"
    assert run(path, text)['X'] == 'a\\.b\\d'


def test_the_coding_line_counts(path):
    text = '# -*- coding: iso-8859-1 -*-\nX = "é"\n'.encode('latin-1')
    assert run(path, text)['X'] == 'é'


def test_the_file_knows_where_it_is(path):
    assert run(path, 'HERE = __file__\n')['HERE'] == str(path)


def test_a_missing_file_is_fine(path):
    names = {'A': 1}
    mmcfg.run(path, names)
    assert names == {'A': 1}


def test_nothing_compiled_is_left_beside_it(path, monkeypatch):
    """It would belong to whoever ran the first command."""
    monkeypatch.setattr(sys, 'dont_write_bytecode', False)
    (path.parent / 'our_names.py').write_text('NAME = 1\n')
    run(path, 'from our_names import NAME\n')
    assert not (path.parent / '__pycache__').exists()
    assert sys.dont_write_bytecode is False


def test_a_file_beside_it_can_be_imported_and_is_forgotten(path):
    (path.parent / 'our_hosts.py').write_text("HOST = 'x.org'\n")
    names = run(path, 'from our_hosts import HOST\n')
    assert names['HOST'] == 'x.org'
    assert 'our_hosts' not in sys.modules
    assert str(path.parent) not in sys.path


def test_nothing_leaks_even_after_an_error(path):
    error_of(path, 'from Mailman.Defaults import *\nimport Defaults\n1 / 0\n')
    assert not {'Defaults', 'Mailman.Defaults', 'Mailman'} & set(sys.modules)


def test_modules_of_that_name_come_back(path, monkeypatch):
    """compat21 registers a package Mailman; a second site must not break the first."""
    package = type(sys)('Mailman')
    monkeypatch.setitem(sys.modules, 'Mailman', package)
    run(path, 'from Mailman.Defaults import *\n')
    assert sys.modules['Mailman'] is package


@pytest.mark.parametrize(
    'line, advice',
    [
        ('MODE = 02775', '0o2775 instead of 02775'),
        ('MODE = 0660', '0o660 instead of 0660'),
        ("print 'hello'", 'put parentheses around'),
        ('X = 10L', 'no L behind a long number: 10'),
        ('X = 1 <> 2', 'write != instead of <>'),
        ('X = `1`', 'write repr(x) instead'),
        ("X = ur'a'", "write r'...' instead of ur'...'"),
        ("exec 'a = 1'", 'exec is a function'),
        ("raise ValueError, 'no'", 'raise Name(text)'),
        ('try: pass\nexcept KeyError, e: pass', "'except ... as e:'"),
        ("X = unicode('a')", 'in Python 3: str'),
        ("execfile('/etc/mailman/more.py')", 'in Python 3: exec(open(path).read())'),
        ("X = {}.has_key('a')", 'in Python 3: key in dictionary'),
    ],
)
def test_python_2_is_explained(path, line, advice):
    error = error_of(path, f'from Defaults import *\n{line}\n')
    assert advice in error.reason
    assert error.path == str(path)
    assert error.line == 2 + line.count('\n')


def test_a_plain_mistake_is_told_as_python_tells_it(path):
    error = error_of(path, 'A = 1\nB = (\n')
    assert "'(' was never closed" in error.reason
    assert error.line == 2


def test_the_line_is_the_innermost_one_of_the_file_itself(path):
    (path.parent / 'helper.py').write_text('def f():\n\n\n    return 1 / 0\n')
    text = 'import helper\ndef g():\n    return helper.f()\n\ng()\n'
    error = error_of(path, text)
    assert (error.line, error.reason) == (3, 'ZeroDivisionError: division by zero')


def test_the_line_of_an_import_that_fails(path):
    error = error_of(path, '\n\nimport no_such_module_anywhere\n')
    assert error.line == 3


def test_sys_exit_does_not_end_the_program(path):
    assert error_of(path, 'import sys\nsys.exit(1)\n').line == 2


def test_a_file_that_is_no_text_is_an_error(path):
    assert error_of(path, b'A = 1\n\0\n').path == str(path)


def test_a_file_that_cannot_be_read_is_an_error(path):
    path.mkdir()
    with pytest.raises(ConfigError, match='must be able to read it'):
        mmcfg.run(path, {})
