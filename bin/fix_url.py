#!/usr/bin/env -S python3 -IS
"""See mailman/cli/fix_url.py; it is run as bin/withlist -l -r fix_url LIST."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import paths  # noqa: E402

# What withlist calls.
from mailman.cli.fix_url import fix_url  # noqa: E402, F401

if __name__ == '__main__':
    paths.run('fix_url')
