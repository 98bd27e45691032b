"""Configure, build and install: what configure.py and the Makefile call.

Runs on a bare Python 3.11 or newer, before anything was installed, so it uses the
standard library only and imports nothing of the package ``mailman``.
"""
