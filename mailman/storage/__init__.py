"""Files that must survive a pulled plug: writing them, reading them, locking them.

Nothing in here knows what a list or a message is.
"""
