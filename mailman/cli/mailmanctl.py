"""bin/mailmanctl: start, stop, restart the runners; have the logs re-opened."""

from __future__ import annotations

import argparse
import contextlib
import grp
import os
import pwd
import signal
import sys
import time
from typing import TYPE_CHECKING

from mailman import master
from mailman.cli.command import ENGLISH, Parser, cli_translator, fail

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Start, stop or restart the processes that move this site's mail.

  start    start the runners in the background; they are started again when they die
  stop     end them; from then on mail is only queued, until start
  restart  end them and start them with the present mm_cfg.py
  reopen   have them open their log files anew (for logrotate)

Run it as root or as the mailman user."""

# Start and restart look at mm_cfg.py themselves; stop and reopen must always work.
WORKS_WITH_BROKEN_CONFIG = True

# Variables with which a restarting master finds its lock again.
LOCK_FD = 'MAILMAN_MASTER_LOCK_FD'


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('mailmanctl', DESCRIPTION, _)
    add = parser.add_argument
    add(
        '-n', '--no-restart', action='store_true', help=_('do not restart dead runners')
    )
    add('-u', '--run-as-user', action='store_true', help=_('stay the user that calls'))
    add(
        '-s',
        '--stale-lock-cleanup',
        action='store_true',
        help=_("accepted for 2.1's scripts: our lock goes with its process"),
    )
    add('-q', '--quiet', action='store_true', help=_('no status lines'))
    add(
        '-F',
        '--foreground',
        action='store_true',
        help=_('start: stay in the foreground, for systemd and the like'),
    )
    add('command', nargs='*', help=_('start, stop, restart or reopen'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also for stop without a master, as 2.1."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    if len(options.command) != 1:
        parser.error(_('one command is needed: start, stop, restart or reopen'))
    command = options.command[0].lower()
    if command not in _COMMANDS:
        parser.error(
            _(
                'unknown command %(command)s: use start, stop, restart or reopen',
                command=command,
            )
        )
    if not options.run_as_user:
        try:
            become_mailman(site)
        except (KeyError, PermissionError) as error:
            return fail(str(error))
    return _COMMANDS[command](site, options)


def become_mailman(site: Site) -> None:
    """Switch from root to the mailman user; refuse other users.

    Raises PermissionError or KeyError with a text for the administrator.
    """
    user, group = site.cfg.MAILMAN_USER, site.cfg.MAILMAN_GROUP
    try:
        account, gid = pwd.getpwnam(user), grp.getgrnam(group).gr_gid
    except KeyError:
        if os.getuid() == site.prefix.stat().st_uid:
            return  # a trial installation of one's own
        raise
    if os.geteuid() == 0:
        if site.prefix.stat().st_uid == 0 and site.install.get('trial'):
            return
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(account.pw_uid)
        os.environ['HOME'] = account.pw_dir
    elif os.getuid() not in (account.pw_uid, site.prefix.stat().st_uid):
        raise PermissionError(
            cli_translator(site)(
                'Run this as root or as user %(user)s, or say -u to stay who you are.',
                user=user,
            )
        )


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        print(text, flush=True)


# --- start --------------------------------------------------------------------


def _start(site: Site, options: argparse.Namespace) -> int:
    _ = cli_translator(site)
    if site.config_error is not None:
        return fail(
            _(
                '%(error)s\nMend that line, then start again.',
                error=site.config_error,
            )
        )
    if not _site_list_exists(site):
        return fail(
            _(
                'The site list is missing: %(name)s\n'
                'Make it with: bin/newlist %(name)s',
                name=site.cfg.MAILMAN_SITE_LIST,
            )
        )
    lock = _inherited_lock()
    if lock is None:
        lock = master.take_lock(site)
    if lock is None:
        pid = master.master_pid(site)
        return fail(_('The runners run already (master process %(pid)s).', pid=pid))
    master.remember_stopped(site, False)
    if options.foreground:
        try:
            return _be_master(site, lock, options, os.path.abspath(sys.argv[0]))
        except Exception:
            # After a restart in the background nobody reads stderr.
            site.log.exception('mailmanctl: the master died')
            raise
    _say(options, _("Starting Mailman's master qrunner."))
    return _daemonize(site, lock, options)


def _site_list_exists(site: Site) -> bool:
    from mailman.lists.catalog import exists

    return exists(site, site.cfg.MAILMAN_SITE_LIST)


def _inherited_lock() -> int | None:
    text = os.environ.pop(LOCK_FD, '')
    if not text.isdigit():
        return None
    descriptor = int(text)
    os.set_inheritable(descriptor, False)
    return descriptor


def _be_master(site: Site, lock: int, options: argparse.Namespace, script: str) -> int:
    def again() -> None:
        os.environ[LOCK_FD] = str(lock)
        arguments = [word for word in sys.argv[1:] if word not in _COMMANDS]
        arguments += ['start'] if options.foreground else ['--foreground', 'start']
        flags = ['-I', '-S'] if sys.flags.no_site else []
        command = [sys.executable, *flags, script, *arguments]
        os.execv(sys.executable, command)  # noqa: S606 - this very command

    return master.Master(
        site, lock, restart=not options.no_restart, re_exec=again
    ).run()


def _daemonize(site: Site, lock: int, options: argparse.Namespace) -> int:
    """Go into the background; the caller waits until the master is there."""
    _ = cli_translator(site)
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        os.close(lock)
        os.waitpid(child, 0)
        ready = os.read(reader, 1)
        return 0 if ready else fail(_('The master ended at once; see logs/error.'))
    os.close(reader)
    os.setsid()
    if os.fork():
        os._exit(0)
    status = 1
    script = os.path.abspath(sys.argv[0])
    try:
        os.chdir(site.prefix)
        os.umask(0o007)
        _detach_output()
        master.pid_path(site).write_text(f'{os.getpid()}\n')
        os.write(writer, b'.')
        os.close(writer)
        status = _be_master(site, lock, options, script)
    except BaseException:
        site.log.exception('mailmanctl: the master died')
    finally:
        os._exit(status)


def _detach_output() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if null > 2:
        os.close(null)


# --- stop, restart, reopen ---------------------------------------------------


def _stop(site: Site, options: argparse.Namespace) -> int:
    _ = cli_translator(site)
    _say(options, _("Shutting down Mailman's master qrunner"))
    try:
        master.remember_stopped(site, True)
    except OSError as error:
        return fail(
            _(
                'Cannot write %(path)s: %(reason)s',
                path=master.stopped_path(site),
                reason=error.strerror,
            )
        )
    pid = _kill(site, signal.SIGTERM)
    deadline = time.monotonic() + 5.0
    while pid and master.master_pid(site) == pid and time.monotonic() < deadline:
        time.sleep(0.02)
    return 0


def _restart(site: Site, options: argparse.Namespace) -> int:
    _ = cli_translator(site)
    if site.config_error is not None:
        return fail(
            _(
                '%(error)s\nThe runners go on with the old settings.',
                error=site.config_error,
            )
        )
    _say(options, _("Restarting Mailman's master qrunner"))
    if _kill(site, signal.SIGINT) is None:
        return fail(_('No master is running; bin/mailmanctl start makes one.'))
    return 0


def _reopen(site: Site, options: argparse.Namespace) -> int:
    _ = cli_translator(site)
    _say(options, _('Re-opening all log files'))
    if _kill(site, signal.SIGHUP) is None:
        return fail(_('No master is running, so no log file is open.'))
    return 0


def _kill(site: Site, signum: int) -> int | None:
    """Signal the living master; answer its process id, None without one."""
    pid = master.master_pid(site)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
    return pid


_COMMANDS = {'start': _start, 'stop': _stop, 'restart': _restart, 'reopen': _reopen}
