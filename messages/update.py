"""`make messages`: gather the program's texts, and bring all catalogues up to date.

    python messages/update.py [--check] [LANG ...]

What people are to read stands in the program as ``_('...')``, ``_.plural('...', '...',
n)`` or, translated later, ``N_('...')``; and in the templates of pages (templates/web)
as ``_('...')``, ``_m('...')`` and ``_.plural('...', '...', n)``.  messages/mailman.pot
gets all of it, and messages/LANG/LC_MESSAGES/mailman.po what a language lacks, without
a translation.  What the program no longer says goes to the end of the file, behind
``#~``.  A language named here that has no catalogue gets one.

``--check`` writes nothing and tells by its exit status whether all are up to date.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

MESSAGES = Path(__file__).resolve().parent
TREE = MESSAGES.parent
sys.path.insert(0, str(TREE))

import jinja2  # noqa: E402 - as the line below
from jinja2 import nodes  # noqa: E402

from mailman.site import po  # noqa: E402 - the checkout's own

# say and usage: the answers to mail commands, mailman/commands/request.py.
CALLS = ('_', 'N_', 'plural', 'say', 'usage')
# What is called at once, as in mlist.translator()('...').
MAKERS = ('translator', 'cli_translator')
# What a command of mailman/cli says about itself.
NAMES = ('DESCRIPTION',)
# What translates in templates.
TEMPLATE_CALLS = ('_', '_m', 'plural')
TEMPLATES = ('.html', '.xml', '.txt')
# Such as Mailman.i18n for sites' own code: nothing there is said by us.
LEFT_OUT = ('mailman/compat21/i18n.py',)
TEMPLATE_HEADER = """\
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
"""
LANGUAGE_HEADER = """\
Language: {lang}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
Plural-Forms: nplurals=2; plural=n != 1;
"""


def gather() -> list[po.Entry]:
    """All texts of the program and its pages, in the order of their files."""
    found: dict[tuple[str, str], po.Entry] = {}
    pages = (TREE / 'templates' / 'web').rglob('*')
    templates = sorted(path for path in pages if path.suffix in TEMPLATES)
    for path in [*sorted((TREE / 'mailman').rglob('*.py')), *templates]:
        name = path.relative_to(TREE).as_posix()
        if name in LEFT_OUT:
            continue
        read = texts_of if path.suffix == '.py' else texts_of_template
        for source, plural in read(path.read_text(encoding='utf-8')):
            entry = found.setdefault((source, plural), po.Entry(source, plural=plural))
            if name not in entry.places:
                entry.places.append(name)
    return list(found.values())


def texts_of(code: str) -> Iterator[tuple[str, str]]:
    """The texts in a module: (text, '') or (for one, for many)."""
    nodes = [node for node in ast.walk(ast.parse(code)) if _said(node)]
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        wanted = 2 if isinstance(node, ast.Call) and _name(node.func) == 'plural' else 1
        words = [
            part.value
            for part in _said(node)[:wanted]
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if len(words) == wanted and words[0]:
            yield words[0], words[1] if wanted == 2 else ''


def texts_of_template(code: str) -> Iterator[tuple[str, str]]:
    """The texts in a Jinja2 template, as of a module.

    Raises ValueError for a text that is put together: nobody could translate it.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True)
    calls = environment.parse(code).find_all(nodes.Call)
    for call in sorted(calls, key=lambda call: call.lineno):
        name = getattr(call.node, 'attr', getattr(call.node, 'name', ''))
        if name not in TEMPLATE_CALLS:
            continue
        wanted = 2 if name == 'plural' else 1
        words = [_literal(argument) for argument in call.args[:wanted]]
        if len(words) == wanted and all(words):
            yield words[0], words[1] if wanted == 2 else ''


def _literal(node: nodes.Expr) -> str:
    """The text that an expression is; '' for a variable: translated elsewhere."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value
    if isinstance(node, nodes.Concat | nodes.Add | nodes.Mod | nodes.TemplateData):
        raise ValueError(f'line {node.lineno}: a text that is put together')
    return ''


def _said(node: ast.AST) -> list[ast.expr]:
    """What a node hands over to people; a constant is a text."""
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Call) and _name(called.func) in MAKERS:
            return node.args
        return node.args if _name(called) in CALLS else []
    if isinstance(node, ast.Assign) and _name(node.targets[0]) in NAMES:
        return [node.value]
    return []


def _name(node: ast.expr) -> str:
    return str(getattr(node, 'attr', getattr(node, 'id', '')))


def merge(known: list[po.Entry], texts: list[po.Entry]) -> list[po.Entry]:
    """A catalogue for TEXTS, with the translations that were KNOWN."""
    header = [entry for entry in known if not entry.source]
    old = {(entry.source, entry.plural): entry for entry in known if entry.source}
    merged = []
    for text in texts:
        have = old.pop((text.source, text.plural), po.Entry(''))
        merged.append(
            po.Entry(
                text.source,
                have.texts,
                text.plural,
                notes=have.notes,
                places=text.places,
                flags=have.flags,
            )
        )
    kept = [entry for entry in old.values() if any(entry.texts)]
    for entry in kept:
        entry.gone = True
    return [*header, *merged, *kept]


def languages() -> list[str]:
    """The languages that have a catalogue here."""
    return sorted(path.parts[-3] for path in MESSAGES.glob('*/LC_MESSAGES/mailman.po'))


def path_of(lang: str) -> Path:
    """Where a language's catalogue is."""
    return MESSAGES / lang / 'LC_MESSAGES' / 'mailman.po'


def updated(lang: str, texts: list[po.Entry]) -> bytes:
    """The catalogue of a language as it should be."""
    if path_of(lang).exists():
        known = po.read(path_of(lang).read_bytes())
    else:
        known = [po.Entry('', [LANGUAGE_HEADER.format(lang=lang)])]
    return po.write(merge(known, texts))


def main() -> int:
    """Write, or with --check only look."""
    parser = argparse.ArgumentParser(prog='make messages')
    parser.add_argument('--check', action='store_true')
    parser.add_argument('languages', nargs='*', metavar='LANG')
    options = parser.parse_args()
    texts = gather()
    wanted = {
        MESSAGES / 'mailman.pot': po.write([po.Entry('', [TEMPLATE_HEADER]), *texts])
    }
    for lang in sorted({*languages(), *options.languages}):
        wanted[path_of(lang)] = updated(lang, texts)
    stale = [
        path
        for path, data in wanted.items()
        if not path.exists() or path.read_bytes() != data
    ]
    for path in stale:
        name = path.relative_to(TREE)
        print(f'{name} is not up to date' if options.check else name)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[path])
    return 1 if options.check and stale else 0


if __name__ == '__main__':
    sys.exit(main())
