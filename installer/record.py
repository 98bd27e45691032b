"""What configure.py leaves behind for the build, the programs and the package.

=============  =====================================================================
install.json   for Python: mailman.site reads it, bin/mailman-config prints it
config.h       compiled into the C programs
config.mk      for the Makefiles
=============  =====================================================================

They lie in build/ for the checkout as its own prefix (``make run``), and in
build/configured/ for what ``make install`` installs.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from installer.findings import Findings

TREE = Path(__file__).resolve().parents[1]


def build_dir(trial: bool) -> Path:
    """The folder of a configuration."""
    return TREE / 'build' if trial else TREE / 'build' / 'configured'


def install_json(findings: Findings) -> dict[str, Any]:
    """The facts for the Python side."""
    options = findings.options
    return {
        'prefix': str(options.prefix),
        'exec_prefix': str(options.exec_prefix),
        'var_prefix': str(options.var_prefix),
        'python': options.python,
        'username': options.username,
        'groupname': options.groupname,
        'mail_gids': options.mail_gids,
        'cgi_gids': options.cgi_gids,
        'cgiext': options.cgiext,
        'mailhost': options.mailhost,
        'urlhost': options.urlhost,
        'configure_opts': ' '.join(options.words),
        'build_date': time.strftime('%a %b %d %H:%M:%S %Y'),
    }


def config_h(facts: dict[str, Any]) -> str:
    """The facts for the C programs."""
    lines = ['/* Made by configure.py. */']
    for name in ('prefix', 'exec_prefix', 'var_prefix', 'python'):
        lines.append(f'#define {name.upper()} {_c_string(facts[name])}')
    for name in ('mail', 'cgi'):
        groups = ', '.join(_c_string(group) for group in facts[f'{name}_gids'])
        lines.append(f'#define {name.upper()}_GROUPS {groups}')
    return '\n'.join(lines) + '\n'


def _c_string(text: str) -> str:
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def config_mk(findings: Findings) -> str:
    """The facts for make."""
    return (
        '# Made by configure.py.\n'
        f'CC = {" ".join(findings.cc)}\n'
        f'CFLAGS = {findings.cflags}\n'
        f'LDFLAGS = {findings.ldflags}\n'
        f'CGIEXT = {findings.options.cgiext}\n'
        f'PYTHON = {findings.options.python}\n'
    )


def write(findings: Findings, folder: Path) -> None:
    """Write all three.  Files that stay the same keep their time, for make."""
    folder.mkdir(parents=True, exist_ok=True)
    facts = install_json(findings)
    _write(folder / 'config.h', config_h(facts))
    _write(folder / 'config.mk', config_mk(findings))
    # Last: this is the file that tells that all are there.
    (folder / 'install.json').write_text(json.dumps(facts, indent=1) + '\n')


def _write(path: Path, content: str) -> None:
    if not path.exists() or path.read_text() != content:
        path.write_text(content)
