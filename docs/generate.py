"""`make docs`: write those pages of docs/ that are made from the program itself.

One line in PAGES per page: the function that makes its text is imported only when
asked for.  ``--check`` writes nothing and tells by its exit status whether all pages
are fresh; a test does the same.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).resolve().parent
# Page: 'module:function' below mailman or docs; the function answers the text.
PAGES: dict[str, str] = {
    'commands.md': 'mailman.cli.manual:text',
    'configure.md': 'installer.manual:text',
    'settings.md': 'mailman.settings.manual:text',
}


def text_of(page: str) -> str:
    """Make the text of a page."""
    module, function = PAGES[page].split(':')
    return str(getattr(import_module(module), function)())


def stale() -> list[str]:
    """The pages that are not what the program would write now."""
    return [
        page
        for page in PAGES
        if not (DOCS / page).exists() or (DOCS / page).read_text() != text_of(page)
    ]


def main() -> int:
    """Write, or with --check only look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--check', action='store_true')
    check = parser.parse_args().check
    sys.path.insert(0, str(DOCS.parent))
    pages = stale()
    for page in pages:
        print(f'docs/{page} is not fresh' if check else f'docs/{page}')
        if not check:
            (DOCS / page).write_text(text_of(page))
    return 1 if check and pages else 0


if __name__ == '__main__':
    sys.exit(main())
