"""A site: mm_cfg.py run over the defaults, and what follows from its values."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.errors import ConfigError
from mailman.site import defaults, mailconf, mmcfg, secret
from mailman.site.logs import Logs

if TYPE_CHECKING:
    from mailman.site.i18n import Translator

# Queue: the variable that holds its directory.
QUEUES = {
    'in': 'INQUEUE_DIR',
    'out': 'OUTQUEUE_DIR',
    'virgin': 'VIRGINQUEUE_DIR',
    'commands': 'CMDQUEUE_DIR',
    'bounces': 'BOUNCEQUEUE_DIR',
    'archive': 'ARCHQUEUE_DIR',
    'news': 'NEWSQUEUE_DIR',
    'retry': 'RETRYQUEUE_DIR',
    'shunt': 'SHUNTQUEUE_DIR',
    'bad': 'BADQUEUE_DIR',
    'maildir': 'MAILDIR_DIR',
}


class Config:
    """The site's variables as attributes: ``site.cfg.SMTPHOST``."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        # Underscores: what running a Python file leaves behind.
        self.__dict__.update((n, v) for n, v in names.items() if n[0] != '_')

    # For type checkers, and for a message that says where the name should be.
    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f'neither Defaults nor mm_cfg.py sets {name}')


class Site:
    """One installation; ``install`` is what configure.py recorded about it.

    With a mm_cfg.py that does not run, the site still comes up: with the defaults, what
    ran before the error, and the error in config_error.  Commands show it and stop;
    runners log it and go on.
    """

    def __init__(
        self,
        prefix: Path | str,
        *,
        exec_prefix: Path | str | None = None,
        var_prefix: Path | str | None = None,
        install: Mapping[str, Any] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.install = dict(install or {})
        self.prefix = Path(prefix)
        self.exec_prefix = Path(
            exec_prefix or self.install.get('exec_prefix') or prefix
        )
        self.var_prefix = Path(var_prefix or self.install.get('var_prefix') or prefix)
        self.install |= {
            'prefix': str(self.prefix),
            'exec_prefix': str(self.exec_prefix),
            'var_prefix': str(self.var_prefix),
        }
        self.now = now
        self.mm_cfg = self.prefix / 'Mailman' / 'mm_cfg.py'
        self.config_error: ConfigError | None = None
        self.cfg = self._configure()
        self.log = Logs(self.logs_dir, now)
        self._translators: dict[str, Translator] = {}
        mailconf.refresh(self)

    def _configure(self) -> Config:
        given = defaults.namespace(
            {'subscribe_form_secret': secret.form_secret(self.var_prefix / 'data')}
            | self.install
        )
        names = dict(given)
        hosts = dict(given['VIRTUAL_HOSTS'])
        try:
            mmcfg.run(self.mm_cfg, names)
        except ConfigError as error:
            self.config_error = error
        # What the file deletes is there nevertheless: everybody counts on it.
        names = given | names
        # 2.1 registers the default host itself; ours follows what mm_cfg.py calls it,
        # unless the file says more about hosts.
        if names['VIRTUAL_HOSTS'] == hosts:
            web, mail = names['DEFAULT_URL_HOST'], names['DEFAULT_EMAIL_HOST']
            names['VIRTUAL_HOSTS'] = {str(web).lower(): str(mail).lower()}
        return Config(names)

    # --- places: 2.1's variables decide, and mm_cfg.py may move each of them

    @property
    def lists_dir(self) -> Path:
        """Where each list has its directory."""
        return Path(self.cfg.LIST_DATA_DIR)

    @property
    def data_dir(self) -> Path:
        """Where the site-wide files are: passwords, aliases, held posts."""
        return Path(self.cfg.DATA_DIR)

    @property
    def logs_dir(self) -> Path:
        """Where the log files are."""
        return Path(self.cfg.LOG_DIR)

    @property
    def locks_dir(self) -> Path:
        """Where the lock files are."""
        return Path(self.cfg.LOCK_DIR)

    @property
    def qfiles_dir(self) -> Path:
        """Where the queues are, unless one was moved; see queue_dir."""
        return Path(self.cfg.QUEUE_DIR)

    @property
    def archives_private(self) -> Path:
        """Where all archives are."""
        return Path(self.cfg.PRIVATE_ARCHIVE_FILE_DIR)

    @property
    def archives_public(self) -> Path:
        """Where links to the public archives are."""
        return Path(self.cfg.PUBLIC_ARCHIVE_FILE_DIR)

    @property
    def templates_dir(self) -> Path:
        """Where the mail texts and page templates are."""
        return Path(self.cfg.TEMPLATE_DIR)

    @property
    def bin_dir(self) -> Path:
        """Where the commands are."""
        return Path(self.cfg.BIN_DIR)

    def queue_dir(self, name: str) -> Path:
        """Give the directory of a queue, such as 'in'; KeyError for no queue."""
        return Path(getattr(self.cfg, QUEUES[name]))

    # --- languages

    def languages(self) -> list[str]:
        """Give the codes of all languages this site knows."""
        return list(self.cfg.LC_DESCRIPTIONS)

    def charset(self, lang: str | None) -> str:
        """Give the character set that 2.1 used for a language; us-ascii if unknown."""
        description = self.cfg.LC_DESCRIPTIONS.get(lang)
        return str(description[1]) if description else 'us-ascii'

    def translator(self, lang: str | None) -> Translator:
        """Give what speaks a language; for None or an unknown one, the site's."""
        if lang not in self.cfg.LC_DESCRIPTIONS:
            lang = self.cfg.DEFAULT_SERVER_LANGUAGE
        code = str(lang)
        if code not in self._translators:
            # For start-up time: many a process says nothing to people.
            from mailman.site import i18n

            self._translators[code] = i18n.load(Path(self.cfg.MESSAGES_DIR), code)
        return self._translators[code]

    def render(
        self,
        template: str,
        values: Mapping[str, Any],
        *,
        lang: str | None = None,
        list_lang: str | None = None,
        mlist_name: str | None = None,
        host: str | None = None,
        raw: bool = False,
    ) -> str:
        """Fill a mail text, such as 'verify.txt', from values.

        It is looked for in lang, the list's language and the site's; with mlist_name
        and host also among that list's and that mail host's own texts.  raw leaves
        out the wrapping at 70 columns.  Raises FileNotFoundError if there is none.
        """
        # For start-up time, as above.
        from mailman.site import templates

        wanted = [lang, list_lang, self.cfg.DEFAULT_SERVER_LANGUAGE, 'en']
        list_dir = self.lists_dir / mlist_name if mlist_name else None
        data, found = templates.find(
            template,
            [w for w in wanted if w],
            self.templates_dir,
            list_dir,
            host,
            Path(self.cfg.MESSAGES_DIR),
        )
        text = templates.decode(data, self.charset(found))
        return templates.make(template, text, values, raw=raw)


def open_site(prefix: Path | str, install: Mapping[str, Any] | None = None) -> Site:
    """Open the site that is installed below prefix."""
    return Site(prefix, install=install)
