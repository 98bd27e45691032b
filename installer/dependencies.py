"""Which packages Mailman needs, from pyproject.toml, and how they get into a prefix.

``python -m installer.dependencies run|test|browser|lint`` prints requirements for pip;
``--into DIR`` installs those of the installed program, as `make` does it, so that
`make install` needs no network.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from installer.record import TREE, build_dir

# What each set takes from pyproject.toml, besides the dependencies of all.
SETS = {
    'run': ['trial'],
    'test': ['trial', 'test'],
    'browser': ['browser'],
    'lint': ['lint'],
    'prefix': [],
}


def requirements(name: str) -> list[str]:
    """The requirements of a set, in pip's words."""
    project = tomllib.loads((TREE / 'pyproject.toml').read_text())['project']
    extras = project['optional-dependencies']
    wanted = list(project['dependencies'])
    for extra in SETS[name]:
        wanted += extras[extra]
    # Without blanks, so that a shell may split the list into words.
    return [each.replace(' ', '') for each in wanted]


def install_into(folder: Path) -> None:
    """Fill FOLDER with the program's dependencies, for the configured Python.

    Raises subprocess.CalledProcessError when pip fails, having said why.
    """
    facts = json.loads((build_dir(False) / 'install.json').read_text())
    venv = build_dir(False) / 'pip'
    shutil.rmtree(folder, ignore_errors=True)
    # The configured Python may lack pip: Debian keeps it out, a venv brings it.
    _run(facts['python'], '-m', 'venv', '--clear', str(venv))
    _run(
        str(venv / 'bin' / 'python'), '-m', 'pip', 'install', '--quiet',
        '--disable-pip-version-check', '--no-compile', '--target', str(folder),
        *requirements('prefix'),
    )  # fmt: skip


def _run(*words: str) -> None:
    subprocess.run(words, check=True)  # noqa: S603


def main() -> int:
    """Print a set, or install."""
    parser = argparse.ArgumentParser(prog='installer.dependencies')
    parser.add_argument('set', nargs='?', choices=SETS)
    parser.add_argument('--into', type=Path)
    options = parser.parse_args()
    if options.into is None:
        print(*requirements(options.set or 'prefix'))
        return 0
    try:
        install_into(options.into)
    except subprocess.CalledProcessError as error:
        print(
            f'{shlex.join(error.cmd[:4])} ... failed: the packages that Mailman needs '
            'could not be fetched (see above)',
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
