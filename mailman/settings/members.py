"""The Membership pages: find, add, remove, change and sync members.

They have no settings: what they change belongs to the members.
"""


class Membership:
    """No settings; the pages have their own forms."""
