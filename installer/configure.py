"""The command configure.py: look, tell, write down."""

from __future__ import annotations

import grp
import os
import pwd
import sys
from pathlib import Path

from installer import record
from installer.findings import Findings
from installer.options import Options, parse


def main(words: list[str] | None = None) -> int:
    """Configure; 0 when everything needed was found."""
    options = parse(sys.argv[1:] if words is None else words)
    if options.trial:
        fit_to_checkout(options)
    findings = Findings(options)
    findings.look()
    if not options.trial:
        report(findings)
    if findings.problems:
        print('\nNothing was written, because something is missing:', file=sys.stderr)
        for problem in findings.problems:
            print(f'  * {problem}', file=sys.stderr)
        return 1
    record.write(findings, record.build_dir(options.trial))
    if not options.trial:
        print('\nNow type `make`, then, as root, `make install`.')
    return 0


def fit_to_checkout(options: Options) -> None:
    """Make the checkout its own prefix, run by whoever owns it, without root."""
    tree = record.TREE
    options.prefix = options.exec_prefix = options.var_prefix = tree
    # The venv's Python, as soon as there is one, has the dependencies.
    venv = tree / '.venv' / 'bin' / 'python'
    options.username = _name_of_user()
    gid = os.getgid()
    try:
        options.groupname = grp.getgrgid(gid).gr_name
    except KeyError:
        options.groupname = str(gid)
    options.mail_gids = options.cgi_gids = [options.groupname, str(gid)]
    options.mailhost = options.urlhost = 'lists.example.com'
    if venv.exists():
        options.python = str(venv)


def _name_of_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def report(findings: Findings) -> None:
    """Tell what was found and what to think of."""
    options = findings.options
    print('Mailman will be installed like this:')
    rows = [
        ('programs and texts', options.prefix),
        ('compiled programs', options.exec_prefix),
        ('lists, archives, queues', options.var_prefix),
        ('site settings', Path(options.prefix, 'Mailman', 'mm_cfg.py')),
    ]
    for what, where in rows:
        print(f'  {what + ":":25} {where}')
    print('Found:')
    for line in findings.told:
        print(f'  {line}')
    if findings.notes:
        print('Please note:')
    for line in findings.notes:
        print(f'  * {line}')
