"""bin/check_perms: hold groups and modes of an installation against what they must be.

What is wanted stands in mailman/site/layout.py.  Links are not followed; what a site
keeps elsewhere in its prefix is none of our business.
"""

from __future__ import annotations

import argparse
import grp
import os
import pwd
import stat
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator
from mailman.site import layout
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Check the permissions of the whole installation, and with -f set them right. Run it
as root to fix what belongs to others, else as the user that Mailman runs as."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('check_perms', DESCRIPTION, _)
    parser.add_argument('-f', '--fix', action='store_true', help=_('fix what is found'))
    parser.add_argument(
        '-v', '--verbose', action='store_true', help=_('say what is being checked')
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command: 0, also when something was found."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    group = site.cfg.MAILMAN_GROUP
    try:
        gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    except KeyError:
        print(
            _('There is no group %(group)s on this machine.', group=group),
            file=sys.stderr,
        )
        return 1
    check = Check(site, gid, fix=options.fix, verbose=options.verbose)
    check.everything()
    if not check.found:
        print(_('No problems found'))
    else:
        print(_('Problems found: %(found)s', found=check.found))
        if not options.fix:
            print(_('Run this again with -f, as root or mailman, until all are gone.'))
    return 0


class Check:
    """One walk over an installation."""

    def __init__(
        self, site: Site, gid: int, *, fix: bool = False, verbose: bool = False
    ) -> None:
        self.site, self.gid, self.fix, self.verbose = site, gid, fix, verbose
        self.found = 0
        self._named = {
            root / path for root, folders in self._folders() for path in folders
        }

    def everything(self) -> None:
        """Check all that the layout names, and everything below it."""
        for root, folders in self._folders():
            for path, mode in folders.items():
                self.folder(root / path, mode)
        for top in self._tops():
            self.tree(top)
        self.programs()
        self.passwords()
        self.maps()
        self.lists()
        self.archives()

    def _folders(self) -> Iterator[tuple[Path, dict[str, int]]]:
        for root, folders in layout.ROOTS.items():
            yield getattr(self.site, root), folders

    def _tops(self) -> list[Path]:
        tops = [
            root / path
            for root, folders in self._folders()
            for path in folders
            if path != '.' and '/' not in path
        ]
        return sorted(dict.fromkeys(tops))

    # --- what is where ---------------------------------------------------------

    def folder(self, path: Path, mode: int) -> None:
        """A folder that must be there."""
        self.say(path)
        if not path.is_dir():
            self.wrong(
                N_('directory is missing: %(path)s'),
                path,
                lambda: path.mkdir(parents=True),
            )
        if path.is_dir():
            self.group(path)
            self.at_least(path, mode & 0o7770)

    def tree(self, top: Path) -> None:
        """Every file and folder below TOP."""
        for folder, folders, files in os.walk(top):
            self.say(Path(folder))
            for name in folders:
                path = Path(folder, name)
                self.group(path)
                if not path.is_symlink() and not self._is_closed(path):
                    self.at_least(path, layout.DIRECTORY)
            for name in files:
                path = Path(folder, name)
                self.group(path)
                self.not_for_all(path)
                if name.endswith(('.py', '.pyc')):
                    self.at_least(path, layout.SOURCE)

    def _is_closed(self, path: Path) -> bool:
        """Folders that checks of their own deal with, or that only we look into."""
        return (
            path in self._named
            or path.parent == self.site.qfiles_dir
            # Bounces, limits: made when needed, open to the group alone.
            or self.site.data_dir in path.parents
            or (path.name == 'database' and self.site.archives_private in path.parents)
        )

    def programs(self) -> None:
        """The programs of mail and web server must be set-gid."""
        root, ending = self.site.exec_prefix, self.site.cfg.CGIEXT
        pages = [f'cgi-bin/{page}{ending}' for page in layout.PAGES]
        for name in [layout.MAIL_PROGRAM, *pages]:
            if (root / name).exists():
                self.at_least(root / name, layout.PROGRAM)
            else:
                self.wrong(N_('program is missing: %(path)s'), root / name)

    def passwords(self) -> None:
        """Nobody but us reads the site's passwords."""
        for name in layout.PASSWORD_FILES:
            path = self.site.var_prefix / name
            if path.exists() and mode_of(path) != layout.PASSWORD:
                self.wrong(
                    N_('file permissions must be exactly %(mode)s: %(path)s'),
                    path,
                    partial(path.chmod, layout.PASSWORD),
                    mode=f'{layout.PASSWORD:04o}',
                )

    def maps(self) -> None:
        """The mail server's maps; Postfix runs the pipe as their owner."""
        for name in layout.MAP_FILES:
            path = self.site.var_prefix / name
            for ending in ('', *layout.MAP_ENDINGS):
                each = path.with_name(path.name + ending)
                if each.exists():
                    self.at_least(each, layout.MAP_FILE)
                    if ending:
                        self.owner(each)

    def lists(self) -> None:
        """The state of each list."""
        for path in self.site.lists_dir.glob('*/*'):
            if any(fnmatch(path.name, pattern) for pattern in layout.LIST_FILES):
                self.at_least(path, layout.GROUP_FILE)
                self.private(path)
        for pattern in layout.PRIVATE_DATA:
            for path in self.site.data_dir.glob(pattern):
                self.private(path)

    def private(self, path: Path) -> None:
        """Members, passwords of 2.1's time and held posts are nobody's business."""
        if path.is_file() and not path.is_symlink() and mode_of(path) & 0o007:
            self.wrong(
                N_('others can read or write %(path)s'),
                path,
                lambda: path.chmod(mode_of(path) & ~0o007),
            )

    def archives(self) -> None:
        """What private archives keep from others."""
        _ = cli_translator(self.site)
        private = self.site.archives_private
        self.closed(private, allow_passage=True)
        if private.is_dir() and mode_of(private) & stat.S_IXOTH:
            print(
                _(
                    'Warning: others may pass through %(path)s, as public archives '
                    'need it. Users of this machine can then read private archives '
                    'whose file names they guess; see the install page of your web '
                    'server.',
                    path=private,
                )
            )
        for path in private.glob('*.mbox/*.mbox'):
            self.at_least(path, layout.GROUP_FILE)
        for path in private.glob('*/database'):
            self.closed(path)
            for article in path.glob('*-article'):
                self.at_least(article, layout.GROUP_FILE)

    def closed(self, path: Path, *, allow_passage: bool = False) -> None:
        """A folder that others do not look into."""
        if not path.is_dir() or path.is_symlink():
            return
        self.at_least(path, layout.CLOSED)
        refused = 0o006 if allow_passage else 0o007
        if mode_of(path) & refused:
            self.wrong(
                N_('directory must be closed to others: %(path)s'),
                path,
                lambda: path.chmod(mode_of(path) & ~refused),
            )

    # --- one look at one path -----------------------------------------------

    def group(self, path: Path) -> None:
        """It belongs to our group, and so does a link."""
        try:
            found = path.lstat().st_gid
        except OSError:
            return  # gone meanwhile: queues are moving
        if found != self.gid:
            self.wrong(
                N_(
                    '%(path)s has the wrong group (has: %(group)s, expected: '
                    '%(wanted)s)'
                ),
                path,
                lambda: self._set_group(path),
                group=group_name(found),
                wanted=group_name(self.gid),
            )

    def _set_group(self, path: Path) -> None:
        mode = path.lstat().st_mode
        os.chown(path, -1, self.gid, follow_symlinks=False)
        if not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode))  # a new group takes set-gid away

    def owner(self, path: Path) -> None:
        """It belongs to the user that Mailman runs as."""
        user = self.site.cfg.MAILMAN_USER
        try:
            uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
        except KeyError:
            return
        if path.stat().st_uid != uid:
            self.wrong(
                N_('%(path)s is not owned by %(user)s'),
                path,
                lambda: os.chown(path, uid, -1),
                user=user,
            )

    def at_least(self, path: Path, wanted: int) -> None:
        """All bits of WANTED are set."""
        try:
            if path.is_symlink():
                return
            mode = mode_of(path)
        except OSError:
            return
        if mode & wanted != wanted:
            self.wrong(
                N_('directory permissions must be at least %(mode)s: %(path)s')
                if path.is_dir()
                else N_('file permissions must be at least %(mode)s: %(path)s'),
                path,
                lambda: path.chmod(mode | wanted),
                mode=f'{wanted:05o}',
            )

    def not_for_all(self, path: Path) -> None:
        """Nothing of ours may be written by everybody."""
        try:
            mode = path.lstat().st_mode
        except OSError:
            return
        if stat.S_ISREG(mode) and mode & stat.S_IWOTH:
            self.wrong(
                N_('everybody can write %(path)s'),
                path,
                lambda: path.chmod(stat.S_IMODE(mode) & ~stat.S_IWOTH),
            )

    # --- words ----------------------------------------------------------------

    def say(self, path: Path) -> None:
        """Tell where we are, when asked to."""
        _ = cli_translator(self.site)
        if self.verbose:
            print(_('checking %(path)s', path=path))

    def wrong(
        self,
        text: str,
        path: Path,
        repair: Callable[[], object] | None = None,
        **values: object,
    ) -> None:
        """Count and print a problem; repair it when that was asked for."""
        _ = cli_translator(self.site)
        self.found += 1
        repairing = self.fix and repair is not None
        text = _(text, path=path, **values)
        print(_('%(problem)s (fixing)', problem=text) if repairing else text)
        if repairing and repair is not None:
            try:
                repair()
            except OSError as error:
                print(
                    _(
                        'cannot fix %(path)s: %(reason)s',
                        path=path,
                        reason=error.strerror,
                    ),
                    file=sys.stderr,
                )


def mode_of(path: Path) -> int:
    """The permission bits of what a path leads to."""
    return stat.S_IMODE(path.stat().st_mode)


def group_name(gid: int) -> str:
    """A group's name, or its number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
