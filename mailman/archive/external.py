"""Another program archives the posts: PUBLIC_EXTERNAL_ARCHIVER and PRIVATE_...

The setting is split into words as a shell would, and no shell is started: what a list
is called, or what a mail says, is never part of a command (CVE-2000-0861).
``%(listname)s`` and ``%(hostname)s`` are filled in afterwards, word by word.  The mail
is its standard input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.errors import ArchiveError

if TYPE_CHECKING:
    from mailman.lists import MailList

# A program that takes longer would stop the archives of all lists.
SECONDS = 600


def command_of(mlist: MailList) -> str:
    """Answer the site's program for a list like this; empty: we do it ourselves."""
    cfg = mlist.site.cfg
    private = mlist.archive_private
    command = cfg.PRIVATE_EXTERNAL_ARCHIVER if private else cfg.PUBLIC_EXTERNAL_ARCHIVER
    return str(command) if command else ''


def words_of(mlist: MailList, command: str) -> list[str]:
    """Answer the words of a command for a list.  Raises ArchiveError."""
    import shlex  # start-up time: every post asks whether there is a command

    values = {'%(listname)s': mlist.name, '%(hostname)s': mlist.host_name}
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ArchiveError(f'external archiver {command!r}: {error}') from error
    if not words:
        raise ArchiveError('the external archiver is an empty command')
    for name, value in values.items():
        words = [word.replace(name, str(value)) for word in words]
    return words


def run(mlist: MailList, command: str, raw: bytes) -> None:
    """Give a mail to the command.  Raises ArchiveError when it does not take it."""
    import subprocess  # as above

    words = words_of(mlist, command)
    try:
        done = subprocess.run(
            words, input=raw, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ArchiveError(f'external archiver {words[0]}: {error}') from error
    if done.returncode:
        said = done.stderr.decode('utf-8', 'replace').strip()[-500:]
        raise ArchiveError(
            f'external archiver {words[0]}: exit status {done.returncode} {said}'
        )
