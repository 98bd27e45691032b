#!/usr/bin/env python3
"""Find out what this machine has and write down how Mailman is to be built.

The options are those of 2.1's configure script; `python3 configure.py --help` tells
them.  The work is done by the folder installer/.  This file stays readable for old
Pythons, so that they can say what is missing instead of a syntax error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (that is what this file is for)
    sys.stderr.write(
        'configure: this is Python %d.%d, Mailman needs 3.11 or newer.\n'  # noqa: UP031
        'Name another one, for example:  python3.11 configure.py  or  '
        'make PYTHON=python3.11\n' % sys.version_info[:2]
    )
    sys.exit(1)

from installer.configure import main

if __name__ == '__main__':
    sys.exit(main())
