"""Find the installation that this command belongs to, and start the command.

A command is three lines, and may be started by ``python3 -IS`` (quick, and deaf to the
caller's environment), through a link, and from anywhere::

    import os, sys
    sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
    import paths; paths.run('list_lists')

Two kinds of installation are known by their record of what configure.py found:

* installed: ``PREFIX/pythonlib`` holds our package, what it needs and install.json;
* a checkout: its root holds our package, ``.venv`` what it needs, ``build`` the record.

Importing this module prepares sys.path, as 2.1's paths.py did for sites' own scripts.
It is plain enough for any Python 3, so that a wrong one can be told so.
"""

import os
import sys

NEEDED = (3, 11)
prefix = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_pythonlib = os.path.join(prefix, 'pythonlib')
_venv = os.path.join(prefix, '.venv')
installed = os.path.isdir(os.path.join(_pythonlib, 'mailman'))


def _site_packages(venv):
    """Give the directory of a venv's packages for the running Python."""
    version = '.'.join(map(str, sys.version_info[:2]))
    return os.path.join(venv, 'lib', f'python{version}', 'site-packages')


def _stop(text):
    sys.stderr.write(text + '\n')
    raise SystemExit(1)


def _use_the_venvs_python():
    """Start this command again with the checkout's own Python, or say what to do."""
    python = os.path.join(_venv, 'bin', 'python')
    here = os.path.abspath(sys.executable or '')
    script = os.path.abspath(sys.argv[0])
    if here != python and os.access(python, os.X_OK) and os.path.isfile(script):
        os.execv(python, [python, '-IS', script, *sys.argv[1:]])  # noqa: S606
    _stop(
        f'{here or "This Python"} cannot run Mailman, which needs\n'
        f'Python {NEEDED[0]}.{NEEDED[1]} or newer and the packages in'
        f' {_site_packages(_venv)}.\n'
        f"Type 'make' in {prefix} first; it finds a Python and fetches them."
    )


def _prepare():
    """Put our package and what it needs on the path, before all else."""
    if installed:
        if sys.version_info < NEEDED:
            _stop(
                f'Mailman needs Python {NEEDED[0]}.{NEEDED[1]} or newer, and this is'
                f' {sys.version.split()[0]}.\nStart the command by its own name: its'
                ' first line names the right Python.'
            )
        needed = [_pythonlib]
    else:
        packages = _site_packages(_venv)
        if sys.version_info < NEEDED or not os.path.isdir(packages):
            _use_the_venvs_python()
        needed = [prefix, packages]
    sys.path[:0] = [path for path in needed if path not in sys.path]


_prepare()


def install():
    """Give what configure.py recorded; an empty record if it never ran."""
    import json

    folder = _pythonlib if installed else os.path.join(prefix, 'build')
    try:
        with open(os.path.join(folder, 'install.json'), encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _stop(f'{folder}/install.json: {error}\nRun configure.py and make again.')


def site():
    """Open the installation."""
    from mailman.site import open_site

    return open_site(prefix, install())


def run(name):
    """Run a command, the module mailman.cli.NAME, and end with its exit status."""
    try:
        from mailman.cli import run as run_command

        status = run_command(site(), name)
    except KeyboardInterrupt:
        status = 130
    except ModuleNotFoundError as error:
        _stop(
            f'{error}.\nSomething that Mailman needs is missing in {prefix}.\n'
            "Type 'make' there if it is a checkout, or else 'make install' once more."
        )
    sys.exit(status)
