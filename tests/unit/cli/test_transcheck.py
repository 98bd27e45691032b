"""bin/transcheck: translations beside the English texts."""

import pytest

from mailman.cli import transcheck
from mailman.site import po


@pytest.fixture
def texts(site, tmp_path):
    """Mail texts and a catalogue of French, which the site then has."""
    site.cfg.TEMPLATE_DIR = str(tmp_path / 'templates')
    site.cfg.MESSAGES_DIR = str(tmp_path / 'messages')

    def write(english=(), french=(), entries=()):
        for lang, files in (('en', english), ('fr', french)):
            folder = tmp_path / 'templates' / lang
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in dict(files).items():
                (folder / name).write_bytes(text.encode('latin-1'))
        folder = tmp_path / 'messages' / 'fr' / 'LC_MESSAGES'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'mailman.po').write_bytes(po.write(entries))
        return folder / 'mailman.po'

    return write


def test_a_good_language_has_no_problems(texts, run):
    texts({'a.txt': '%(name)s'}, {'a.txt': 'voilà %(name)s'}, [po.Entry('a', ['b'])])
    assert run(transcheck, 'fr') == (
        0,
        ['fr: 0 problems, 0 texts in English'],
        [],
    )


@pytest.mark.parametrize(
    'french, said',
    [
        ('no value', 'fr: a.txt: lacks %(name)s'),
        ('%(name)s, %(nom)s', 'fr: a.txt: %(nom)s will not be filled in'),
    ],
)
def test_values_of_a_mail_text_are_compared(texts, run, french, said):
    texts({'a.txt': '%(name)s'}, {'a.txt': french})
    assert run(transcheck, 'fr')[1] == [said, 'fr: 1 problems, 0 texts in English']


@pytest.mark.parametrize(
    'english, translated, said',
    [
        ('to %(name)s', 'à %(nom)s', 'lacks %(name)s'),
        ('to %(name)s', 'à %(name)', 'lacks %(name)s'),
        ('%(n)5s', '%(n)s', 'lacks %(n)5s'),
        ('to', 'à %(nom)s', '%(nom)s will not be filled in'),
        ('to\n', 'à', 'blanks or line ends at its ends differ'),
        (' to', 'à', 'blanks or line ends at its ends differ'),
    ],
)
def test_values_and_ends_of_the_catalogue_are_compared(
    texts, run, english, translated, said
):
    texts(entries=[po.Entry(english, [translated])])
    assert said in run(transcheck, 'fr')[1][0]


def test_one_need_not_say_the_number(texts, run):
    entry = po.Entry('One post', ['Un message', '%(n)s messages'], '%(n)s posts')
    texts(entries=[entry])
    assert run(transcheck, 'fr')[1] == ['fr: 0 problems, 0 texts in English']


def test_what_is_not_translated_is_counted(texts, run):
    gone = po.Entry('old', [''], gone=True)
    guessed = po.Entry('b', ['c'], flags=['fuzzy'])
    texts({'a.txt': 'x'}, (), [po.Entry('a', ['']), guessed, gone])
    assert run(transcheck, 'fr')[1] == ['fr: 0 problems, 3 texts in English']


def test_quiet_says_only_how_many(texts, run):
    texts({'a.txt': '%(name)s'}, {'a.txt': 'x'})
    assert run(transcheck, '-q', 'fr')[1] == ['fr: 1 problems, 0 texts in English']


def test_a_language_without_any_texts_is_in_english(texts, run):
    texts({'a.txt': 'x', 'b.txt': 'y'})
    assert run(transcheck, 'ja')[:2] == (0, ['ja: 0 problems, 2 texts in English'])


def test_mail_texts_beside_the_catalogue_count(texts, run, tmp_path):
    texts({'a.txt': '%(name)s'})
    (tmp_path / 'messages' / 'fr' / 'a.txt').write_text('%(nom)s')
    assert run(transcheck, 'fr')[1] == [
        'fr: a.txt: lacks %(name)s',
        'fr: 1 problems, 0 texts in English',
    ]


def test_a_broken_catalogue_is_named(texts, run):
    texts().write_bytes(b'msgid "a\n')
    assert run(transcheck, 'fr')[1][0].startswith('fr: the catalogue cannot be read')


@pytest.mark.parametrize('words', [(), ('xx',), ('../fr',)])
def test_a_language_must_be_one(run, words):
    status, out, err = run(transcheck, *words)
    assert (status, out) == (1, [])
    assert err[0].startswith('usage: transcheck')
