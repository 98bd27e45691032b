#!/usr/bin/env -S python3 -IS
"""See mailman/cli/reset_pw.py; it is run as bin/withlist -l -r reset_pw LIST [-v]."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import paths  # noqa: E402

# What withlist calls.
from mailman.cli.reset_pw import reset_pw  # noqa: E402, F401

if __name__ == '__main__':
    paths.run('reset_pw')
