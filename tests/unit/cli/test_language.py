"""Commands speak the site's language."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailman.cli import (
    add_members,
    check_perms,
    config_list,
    list_lists,
    list_members,
    newlist,
    rmlist,
    transcheck,
)
from mailman.cli.command import ENGLISH, Parser, told
from mailman.errors import BadListName, ConfigError, LockTimeout
from mailman.site.i18n import Translator

TREE = Path(__file__).resolve().parents[3]


@pytest.fixture
def french(site):
    """A site in France."""
    site.cfg.MESSAGES_DIR = str(TREE / 'messages')
    site.cfg.DEFAULT_SERVER_LANGUAGE = 'fr'
    return site


def test_newlist_of_a_french_site_speaks_french(french, run):
    status, out, err = run(newlist, '-q', 'test', 'anne@owner.example', 'secret')
    assert (status, err) == (0, [])
    assert out[0].startswith('Annoncez maintenant la liste à votre serveur')
    assert '## Liste de diffusion test' in out


@pytest.mark.parametrize(
    'command, words, said',
    [
        (newlist, ('a b', 'x@a.example', 'pw'), 'Nom de liste incorrect : a b: un nom'),
        (list_lists, (), 'Aucune liste de diffusion ne correspond'),
        (list_members, ('test',), 'Aucune liste de ce nom : test'),
        (rmlist, ('test',), 'Aucune liste de ce nom (ou liste déjà supprimée) : test'),
        (rmlist, (), 'rmlist: il manque ces arguments : listname'),
        (rmlist, ('--foo', 'x'), 'rmlist: arguments inconnus : --foo'),
        (rmlist, ('-h',), 'montrer cette aide et terminer'),
        (rmlist, ('-h',), 'usage : rmlist [-h]'),
        (transcheck, ('fr',), 'fr : 0 problèmes, 0 textes en anglais'),
        (add_members, ('-w', 'x', 'test'), "dites y ou n, pas 'x'"),
    ],
)
def test_lines_and_errors_are_french(french, run, command, words, said):
    status, out, err = run(command, *words)
    assert any(said in line for line in out + err), out + err


def test_reasons_of_refused_values_are_french(french, make_list, run, tmp_path):
    make_list('test')
    file = tmp_path / 'settings'
    file.write_text('owner = []\nmsg_footer = "%(typo)s"\n')
    err = run(config_list, '-i', file, 'test')[2]
    assert 'Valeur incorrecte pour la propriété : owner' in err
    assert "  [] une liste a besoin d'au moins un propriétaire" in err
    assert "Attention : msg_footer : rien n'est rempli pour typo" in err


def test_problems_of_permissions_are_french(french, run):
    (french.prefix / 'lists').rmdir() if (french.prefix / 'lists').is_dir() else None
    french.cfg.MAILMAN_GROUP = '0'
    out = run(check_perms)[1]
    assert any(line.startswith('dossier manquant : ') for line in out)


def test_another_language_of_the_site_is_english_where_we_have_no_texts(site, run):
    site.cfg.DEFAULT_SERVER_LANGUAGE = 'ja'
    assert run(list_lists)[1] == ['No matching mailing lists found']


def test_an_english_command_loads_no_catalogue():
    code = (
        'import sys\n'
        'sys.argv = ["list_lists", "-b"]\n'
        f'sys.path.insert(0, {str(TREE)!r})\n'
        'from mailman.site import Site\n'
        'from mailman.cli import list_lists\n'
        f'list_lists.main(Site({str(TREE / "no-such-prefix")!r}))\n'
        'print(sorted(m for m in sys.modules if m == "mailman.site.po"))\n'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert done.stdout == '[]\n'


@pytest.mark.parametrize(
    'words, said',
    [
        ((), 'un des arguments -i/--input -o/--output est nécessaire'),
        (('-i', 'a', '-o', 'b'), "argument -o/--output : n'est pas permis avec"),
        (('-i',), 'argument -i/--input : une valeur est attendue'),
        (('-i', 'a', '--ver'), 'option ambiguë : --ver peut être --verbose, --version'),
    ],
)
def test_what_argparse_finds_is_french(french, capsys, words, said):
    parser = Parser('x', '', french.translator(None))
    only = parser.add_mutually_exclusive_group(required=True)
    only.add_argument('-i', '--input')
    only.add_argument('-o', '--output')
    parser.add_argument('--verbose', action='store_true')
    parser.add_argument('--version', action='store_true')
    with pytest.raises(SystemExit):
        parser.parse_args(words)
    assert said in capsys.readouterr().err


def test_a_parser_without_a_translator_is_english():
    assert Parser('x', 'What it is for.').translator is ENGLISH


@pytest.mark.parametrize(
    'error, words',
    [
        (LockTimeout('/l/x', 1.0), '/l/x is locked by another process'),
        (ConfigError('/m.py', 7, 'no'), '/m.py, line 7: no'),
        (ConfigError('/m.py', None, 'no'), '/m.py: no'),
        (BadListName('a b', 'blanks'), 'a b: blanks'),
        (BadListName('a b'), 'a b'),
    ],
)
def test_errors_keep_their_words_in_english(error, words):
    assert told(error, Translator('en')) == words == str(error)
