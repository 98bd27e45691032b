"""The directory queue: mail moves from directory to directory, one rename a move.

A file is a promise: whoever put it there was told that the mail is safe.
"""

from mailman.queue.directory import Entry, Queue

__all__ = ['Entry', 'Queue']
