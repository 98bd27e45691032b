"""One installation: its settings, places, logs, languages and mail texts.

A `Site` is handed to whoever needs one and never kept in a module, so that one process
can serve three of them (tests do).
"""

from mailman.site.config import Config, Site, open_site

__all__ = ['Config', 'Site', 'open_site']
