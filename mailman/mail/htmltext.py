"""HTML to plain text: by the site's command, or simply by ourselves.

The command is 2.1's HTML_TO_PLAIN_TEXT_COMMAND (``lynx -dump %(filename)s``).  Where
it is missing or fails, `plain` takes out the tags: better than mail without text.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile

from mailman.mail.charrefs import unescape

# A converter that takes longer keeps a list's lock too long.
SECONDS = 30
MAX_OUTPUT = 10_000_000

_SHELL = re.compile(r'[|;&<>$`*?]')
_DROPPED = ('script', 'style', 'head', 'title')
_BREAKS = frozenset(
    ['p', 'div', 'br', 'tr', 'li', 'ul', 'ol', 'dl', 'dt', 'dd', 'table', 'pre', 'hr']
    + ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'section', 'article', 'header', 'footer']
    + ['blockquote', 'body']
)
_NAME = re.compile(r'/?\s*([a-z][a-z0-9]*)', re.IGNORECASE)
_BLANKS = re.compile(r'[ \t\r\f\v\xa0]+')
_GAPS = re.compile(r'\n(?: ?\n)+')


_FAILURES = (OSError, ValueError, TypeError, KeyError, subprocess.SubprocessError)


class ConversionFailed(Exception):
    """The command is not there, failed, or took too long."""


def by_command(command: str, source: str) -> str:
    """Give what the site's command makes of an HTML text; raise ConversionFailed.

    The file it reads is pure ASCII, other letters being character references, so no
    charset has to be guessed.  Its output is read as UTF-8, else Latin-1.
    """
    data = source.encode('ascii', 'xmlcharrefreplace')
    try:
        with tempfile.TemporaryDirectory(prefix='mailman-html-') as folder:
            path = os.path.join(folder, 'part.html')
            with open(path, 'wb') as file:
                file.write(data)
            output = _run(command % {'filename': path}, folder)
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        subprocess.SubprocessError,
    ) as error:
        raise ConversionFailed(f'{type(error).__name__}: {error}') from error
    try:
        return output.decode('utf-8')
    except UnicodeDecodeError:
        return output.decode('latin-1')


def _run(command: str, folder: str) -> bytes:
    """Run a command line of mm_cfg.py; a shell only where it asks for one."""
    argv = (
        ['/bin/sh', '-c', command] if _SHELL.search(command) else shlex.split(command)
    )
    done = subprocess.run(  # noqa: S603 - the site's own command, a file name of ours
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={'PATH': os.defpath, 'LC_ALL': 'C.UTF-8', 'HOME': folder},
        timeout=SECONDS,
        check=True,
    )
    return done.stdout[:MAX_OUTPUT]


def plain(source: str) -> str:
    """Take the tags out of an HTML text; linear, and never raises."""
    text = _without_tags(source.replace('\0', ''))
    text = _BLANKS.sub(' ', unescape(text))
    lines = '\n'.join(line.strip() for line in text.split('\n'))
    return _GAPS.sub('\n\n', lines).strip() + '\n'


def _without_tags(source: str) -> str:
    """Replace block tags by line ends, other line ends by blanks."""
    out: list[str] = []
    unended: set[str] = set()
    place, end = 0, -1
    while (start := source.find('<', place)) >= 0:
        out.append(source[place:start].replace('\n', ' '))
        # Looked for once only: a text full of `<` must not cost its square.
        if end < start:
            end = source.find('>', start)
        if end < 0:
            break
        place, ending = _after_tag(source, start, end, unended)
        out.append(ending)
    return ''.join([*out, source[max(start, place) :].replace('\n', ' ')])


def _after_tag(source: str, start: int, end: int, unended: set[str]) -> tuple[int, str]:
    """Tell where the text goes on after a ``<``, and what stands for the tag."""
    if source.startswith('<!--', start):
        close = source.find('-->', start)
        return (close + 3 if close >= 0 else len(source)), ''
    match = _NAME.match(source, start + 1)
    if not match:
        is_declaration = source[start + 1] in '!?'
        return (end + 1, '') if is_declaration else (start + 1, '<')
    name = match[1].lower()
    if name in _DROPPED and source[start + 1] != '/' and name not in unended:
        close_tag = re.compile(rf'</{name}\s*>', re.IGNORECASE).search(source, end)
        if close_tag:
            return close_tag.end(), ''
        unended.add(name)
    return end + 1, '\n' if name in _BREAKS else ''
