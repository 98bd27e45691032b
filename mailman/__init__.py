"""Mailman Classic: GNU Mailman 2.1's mailing-list manager on today's Python.

The floors of the package, and who may know whom, are in docs/architecture.md.
"""

# What this program is to 2.1-era software: bin/version and X-Mailman-Version say it.
COMPATIBLE_VERSION = '2.1.39'
__version__ = '0.1.0'
