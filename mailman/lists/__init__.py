"""What must survive about a list: settings, members, cookies, held requests.

``MailList`` is a list; ``catalog`` knows which there are.
"""

from mailman.lists.mailing_list import MailList

__all__ = ['MailList']
