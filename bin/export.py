#!/usr/bin/env -S python3 -IS
"""See mailman/cli/export.py, or say -h."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import paths  # noqa: E402

if __name__ == '__main__':
    paths.run('export')
