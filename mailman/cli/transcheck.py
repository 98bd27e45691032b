"""bin/transcheck: do translations have what the English texts have?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator
from mailman.site import po
from mailman.site.i18n import DOMAIN, N_
from mailman.site.templates import decode

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Compare the translations of a language with the English texts: the mail texts in
templates/LANG, and the catalogue messages/LANG/LC_MESSAGES/mailman.po.  Each must have
the same values that are filled in, and the same line ends and blanks at its ends.
Texts that are not translated are counted."""

# The marks that fill() of mailman/mail/text.py knows; a lone % is none.
_MARKS = re.compile(r'%%|%\(\w+\)[-0]?\d*(?:\.\d+)?[sdifr]|%[a-z(]')
_EDGES = re.compile(r'\A(\s*)(?:.*\S)?(\s*)\Z', re.DOTALL)
_LONGEST = 60

# What is wrong: an English text, and the values in it.
Problem = tuple[str, dict[str, object]]


def build_parser(_: Translator = ENGLISH) -> Parser:
    """Make the command's parser."""
    parser = Parser('transcheck', DESCRIPTION, _)
    explained = _('only say how many differ')
    parser.add_argument('-q', '--quiet', action='store_true', help=explained)
    parser.add_argument('lang', nargs='+', metavar='LANG', help=_('a language code'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when something differs, as 2.1."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    for lang in options.lang:
        if lang not in site.languages():
            parser.error(_('Unknown language: %(language)s', language=lang))
    for lang in options.lang:
        _check(site, lang, _, quiet=options.quiet)
    return 0


def _check(site: Site, lang: str, _: Translator, *, quiet: bool) -> None:
    found = [*template_problems(site, lang), *catalogue_problems(site, lang)]
    for text, values in [] if quiet else found:
        print(f'{lang}: {_(text, **values)}')
    missing = untranslated(site, lang)
    print(
        _(
            '%(language)s: %(found)s problems, %(missing)s texts in English',
            language=lang,
            found=len(found),
            missing=len(missing),
        )
    )


# --- mail texts ---------------------------------------------------------------


def template_problems(site: Site, lang: str) -> Iterator[Problem]:
    """Compare the mail texts of a language with ours in English."""
    english = site.templates_dir / 'en'
    for path in mail_texts(site, lang):
        if (english / path.name).exists():
            texts = [
                decode(each.read_bytes(), site.charset(each.parent.name))
                for each in (english / path.name, path)
            ]
            if problem := _difference(path.name, *map(_names, texts)):
                yield problem


def mail_texts(site: Site, lang: str) -> list[Path]:
    """Name our mail texts of a language, in either place."""
    folders = (site.templates_dir / lang, Path(site.cfg.MESSAGES_DIR, lang))
    return [path for folder in folders for path in sorted(folder.glob('*.txt'))]


def _names(text: str) -> set[str]:
    return set(re.findall(r'%\(\w+\)[sd]', text))


# --- catalogues -----------------------------------------------------------------


def catalogue(site: Site, lang: str) -> list[po.Entry]:
    """Read the source of a language's catalogue; nothing where there is none."""
    path = Path(site.cfg.MESSAGES_DIR, lang, 'LC_MESSAGES', f'{DOMAIN}.po')
    try:
        return po.read(path.read_bytes())
    except FileNotFoundError:
        return []


def catalogue_problems(site: Site, lang: str) -> Iterator[Problem]:
    """Compare translations with their texts."""
    try:
        entries = catalogue(site, lang)
    except ValueError as error:
        yield N_('the catalogue cannot be read: %(error)s'), {'error': error}
        return
    for entry in entries:
        if entry.usable and entry.source:
            yield from problems(entry)


def problems(entry: po.Entry) -> Iterator[Problem]:
    """Compare one translation with its text."""
    name = ' '.join(entry.source.split())[:_LONGEST]
    wanted = set(_MARKS.findall(entry.source + entry.plural))
    # 'One member' need not say %(n)s; a language may want it, or need not either.
    free = {'%(n)s'} if entry.plural else set()
    for text in entry.texts:
        if problem := _difference(name, wanted - free, _marks(text) - free):
            yield problem
        if _edges(text) != _edges(entry.source):
            yield N_('%(text)s: blanks or line ends at its ends differ'), {'text': name}


def _marks(text: str) -> set[str]:
    return set(_MARKS.findall(text))


def _edges(text: str) -> tuple[str, ...]:
    match = _EDGES.match(text)
    return match.groups() if match else ()


def _difference(name: str, wanted: set[str], found: set[str]) -> Problem | None:
    """Tell which marks a text lacks, or has too many."""
    if missing := sorted(wanted - found):
        return N_('%(text)s: lacks %(marks)s'), _values(name, missing)
    if odd := sorted(found - wanted):
        return N_('%(text)s: %(marks)s will not be filled in'), _values(name, odd)
    return None


def _values(name: str, marks: list[str]) -> dict[str, object]:
    return {'text': name, 'marks': ', '.join(marks)}


def untranslated(site: Site, lang: str) -> list[str]:
    """Name what people get in English: mail texts, and texts of the catalogue."""
    there = {path.name for path in mail_texts(site, lang)}
    ours = sorted(path.name for path in (site.templates_dir / 'en').glob('*.txt'))
    found = [name for name in ours if name not in there]
    try:
        entries = catalogue(site, lang)
    except ValueError:
        return found
    return found + [
        entry.source for entry in entries if not entry.usable and not entry.gone
    ]
