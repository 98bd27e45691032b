"""bin/mailman-config: say how this installation was configured and built."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Print how this installation was configured and built."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return Parser('mailman-config', DESCRIPTION, _)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command."""
    _ = cli_translator(site)
    build_parser(_).parse_args(argv)
    print(_('How this Mailman was configured and built'))
    for group in facts(site):
        print()
        for key, value in group.items():
            print(f'{key + ":":<16} {value}')
    return 0


def facts(site: Site) -> list[dict[str, str]]:
    """Give what is printed: 2.1's keys, in its order and groups."""
    record, cfg = site.install, site.cfg
    return [
        {
            'Mailman version': cfg.VERSION,
            'Build Date': _words(record.get('build_date')),
        },
        {
            'prefix': str(site.prefix),
            'var_prefix': str(site.var_prefix),
            'mailman_user': cfg.MAILMAN_USER,
            'mailman_group': cfg.MAILMAN_GROUP,
            'mail_group': _words(record.get('mail_gids')),
            'cgi_group': _words(record.get('cgi_gids')),
        },
        {'configure_opts': _words(record.get('configure_opts'))},
    ]


def _words(value: object) -> str:
    """Write a recorded value, or several, with blanks between."""
    if value is None:
        return '(not recorded)'
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ' '.join(map(str, value))
    return str(value)
