"""The child that runs one suspicious search at a time, and dies of a long one.

Started by mailman.mail.patterns as a plain script, isolated, with nothing of the
parent but two pipes.  A search cannot be interrupted from inside Python, so the
kernel does it: SIGPROF with its default action ends this process in the middle of
the match.  SIGALRM ends it when nobody asked for a while.

A question is four numbers (re flags, 1 for match or 0 for search, length of the
pattern, length of the text) and the two texts in UTF-8; the answer is one byte.
"""

import re
import resource
import signal
import struct
import sys
from typing import BinaryIO

QUESTION = struct.Struct('!dIBII')
IDLE_SECONDS = 60
MEMORY = 1 << 30


def answer(pattern: str, text: str, flags: int, whole: bool) -> bytes:
    """Say b'1' for a hit, b'0' for none, b'E' for a pattern that does not work."""
    try:
        compiled = re.compile(pattern, flags)
        found = compiled.match(text) if whole else compiled.search(text)
    except (re.error, RecursionError, OverflowError, MemoryError):
        return b'E'
    return b'1' if found else b'0'


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer questions until the asker is gone."""
    while True:
        signal.alarm(IDLE_SECONDS)
        head = source.read(QUESTION.size)
        signal.alarm(0)
        if len(head) < QUESTION.size:
            return
        seconds, flags, whole, pattern_size, text_size = QUESTION.unpack(head)
        pattern = source.read(pattern_size).decode('utf-8', 'surrogatepass')
        text = source.read(text_size).decode('utf-8', 'surrogatepass')
        signal.setitimer(signal.ITIMER_PROF, seconds)
        result = answer(pattern, text, flags, bool(whole))
        signal.setitimer(signal.ITIMER_PROF, 0)
        sink.write(result)
        sink.flush()


def main() -> None:
    """Set the limits and serve standard input."""
    for name in ('SIGPROF', 'SIGALRM'):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    # Ctrl-C on the terminal is for the parent; we end when its pipe closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == '__main__':
    main()
