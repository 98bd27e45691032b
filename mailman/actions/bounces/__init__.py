"""Bounces: who could not be reached, what that does to a membership, who is told.

A refusal becomes an event on disk at once (`eventfiles`); `scoring` counts the events
of a list some minutes later, under one lock.  `reading` finds out what returned mail
says, `notices` has the mail that goes out, `warning` is what cron/disabled does.
"""

from mailman.actions.bounces.eventfiles import Event, events, record
from mailman.actions.bounces.scoring import process_events, register
from mailman.actions.bounces.warning import warn_disabled

__all__ = [
    'Event',
    'events',
    'process_events',
    'record',
    'register',
    'warn_disabled',
]
