"""Verbs on a list: what page, mail command and command-line tool can all do.

No HTML, no argv, no SMTP here.  What happened comes back as a value from
``mailman.outcomes``; a refusal is an exception from ``mailman.errors``.
"""
