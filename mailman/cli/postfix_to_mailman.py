"""bin/postfix-to-mailman: what Postfix's pipe(8) runs where there are no aliases.

``postfix-to-mailman DOMAIN ADDRESS < mail``, or with the address alone.  It finds the
list and the command of the address (mta/localpart.py) and runs mail/mailman.  Mail to
roles of the domain (RFC 2142) goes to the owner of the site list, and what answers our
automatic mail ends in DATA_DIR/owner-bounces.mbox, as with 2.1's aliases.

Exit codes (sysexits.h): 0 stored, 64 no address was given, 67 no such list, 69 too
large, 75 anything else, which Postfix tries again.  Any other code would return the
mail to its author, also where only this installation is at fault.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, BinaryIO

from mailman.cli.command import cli_translator
from mailman.lists import catalog
from mailman.mta import localpart
from mailman.storage import safefile
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.mta.localpart import Destination
    from mailman.site import Site

# Mail is taken whatever state the settings are in.
WORKS_WITH_BROKEN_CONFIG = True

USAGE, NO_LIST, TOO_LARGE, LATER = 64, 67, 69, 75
ROLES = ('postmaster', 'abuse', 'mailer-daemon')


def main(site: Site, argv: list[str] | None = None) -> int:
    """Hand the mail on standard input over; answer a code of sysexits.h."""
    _ = cli_translator(site)
    words = sys.argv[1:] if argv is None else argv
    if len(words) not in (1, 2) or not words[-1]:
        print(_('usage: postfix-to-mailman [DOMAIN] ADDRESS < MAIL'), file=sys.stderr)
        return USAGE
    address = words[-1]
    local = address.rpartition('@')[0] or address
    to = destination(site, local)
    try:
        if to is None and local.lower() == f'{site.cfg.MAILMAN_SITE_LIST}-loop':
            return keep(site, sys.stdin.buffer.read())
        if to is None:
            print(
                _('postfix-to-mailman: there is no list %(address)s', address=address),
                file=sys.stderr,
            )
            return NO_LIST
        status = hand_over(site, to, address, sys.stdin.buffer)
    except OSError as error:
        print(f'postfix-to-mailman: {error}', file=sys.stderr)
        return LATER
    return status if status in (0, NO_LIST, TOO_LARGE) else LATER


def destination(site: Site, local: str) -> Destination | None:
    """Find what a local part means."""
    found = localpart.split(local, lambda name: catalog.exists(site, name))
    if found is None and local.lower() in ROLES:
        return localpart.Destination('owner', site.cfg.MAILMAN_SITE_LIST)
    return found


def hand_over(site: Site, to: Destination, address: str, mail: BinaryIO) -> int:
    """Run the mail program with the mail; answer its exit status.  Raises OSError."""
    command = [str(site.exec_prefix / 'mail' / 'mailman'), to.command, to.listname]
    if not to.extension:
        return subprocess.run(command, stdin=mail, check=False).returncode
    # Whose bounce, or which confirmation, it is must not depend on To:.
    text = with_header(mail.read(), b'Envelope-To: ' + os.fsencode(address))
    return subprocess.run(command, input=text, check=False).returncode


def keep(site: Site, mail: bytes) -> int:
    """Add the mail to the mbox where loops end.  Raises OSError."""
    text = mail.replace(b'\nFrom ', b'\n>From ').rstrip(b'\n') + b'\n\n'
    with Lock(site.locks_dir / 'owner-bounces.lock'):
        safefile.append(site.data_dir / 'owner-bounces.mbox', text)
    return 0


def with_header(mail: bytes, line: bytes) -> bytes:
    """Put a header line on top, below the ``From `` line of an mbox."""
    top = mail.find(b'\n') + 1 if mail.startswith(b'From ') else 0
    return mail[:top] + line + b'\n' + mail[top:]
