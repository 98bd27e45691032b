"""The archive of a list: its mbox now, its pages with a later version.

Files: ``archives/private/LIST.mbox/LIST.mbox`` as in 2.1, written as mboxrd.
"""
