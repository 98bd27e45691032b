"""Going through a command mail: the subject first, then line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman import commands
from mailman.commands import reading
from mailman.commands.request import STOP

if TYPE_CHECKING:
    from mailman.commands.reading import Text
    from mailman.commands.request import Request, Stop

# Asked twice in one mail, answered twice: what is on may have been changed between.
REPEATABLE = frozenset(['set'])


def obey(request: Request, text: Text) -> bool:
    """Obey what a mail to LIST-request says; False when there was no command in it.

    A word in the text that is no command ends the reading; in the subject it does not.
    """
    request.ignored = text.ignored
    if text.other_parts:
        request.say('(Only plain text is read for commands: other parts are ignored.)')
    done: set[tuple[str, ...]] = set()
    words = words_of_subject(text.subject)
    if words and _one(request, words, done) is STOP:
        request.unprocessed = _rest(text.lines, done)
        return True
    for number, line in enumerate(text.lines):
        words = line.split()
        if not words:
            continue
        if not commands.known(words[0].lower()):
            request.unprocessed = _rest(text.lines[number:], done)
            break
        if _one(request, words, done) is STOP:
            request.unprocessed = _rest(text.lines[number + 1 :], done)
            break
    return bool(done)


def words_of_subject(subject: str) -> list[str]:
    """Return the words of the command in a subject; none where there is no command.

    Either marks of an answer may stand before it, or one word of another kind.
    """
    shortened = reading.without_reply_marks(subject).split()
    words = subject.split()
    for candidate in (words, shortened, words[1:]):
        if candidate and commands.known(candidate[0].lower()):
            return candidate
    return []


def _one(request: Request, words: list[str], done: set[tuple[str, ...]]) -> Stop | None:
    """Obey one line, unless the same was obeyed before."""
    word, args = words[0].lower(), words[1:]
    if word not in REPEATABLE and (word, *args) in done:
        return None
    done.add((word, *args))
    before = len(request.results)
    found = commands.run(request, word, args)
    if 0 < before < len(request.results) and word not in REPEATABLE:
        request.results.insert(before, '')
    return found


def _rest(lines: list[str], done: set[tuple[str, ...]]) -> list[str]:
    """Return the lines that were not read, without those that were obeyed already."""
    rest = []
    for line in lines:
        word, *args = line.split() or ['']
        if word and (word.lower(), *args) not in done:
            rest.append(line)
    return rest
