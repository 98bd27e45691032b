"""The Passwords page: the passwords of owners, moderators and posters.

It has no settings of the usual kind: passwords are hashed where they are set, and no
page and no config_list file ever shows them.
"""


class Passwords:
    """No settings; the page has its own form."""
