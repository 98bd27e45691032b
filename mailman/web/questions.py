"""Questions and other hurdles on the subscribe form that a site may set up.

``CAPTCHAS`` has questions with patterns of their answers, by language; which one was
asked is a part of the form's stamp.  ``RECAPTCHA_*`` are the keys of Google's service,
the only thing on any page that other hosts serve.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from mailman.web.answers import POLICY

if TYPE_CHECKING:
    from mailman.site import Site

_GOOGLE = 'https://www.google.com/recaptcha/'
SCRIPT = f'{_GOOGLE}api.js'
_VERIFY = f'{_GOOGLE}api/siteverify'
_SECONDS = 5.0


def choose(site: Site, lang: str) -> str:
    """Choose a question at random; '' where the site asks none."""
    for code in (lang, 'en'):
        number = len((site.cfg.CAPTCHAS or {}).get(code) or ())
        if number:
            return f'{code}.{secrets.randbelow(number)}'
    return ''


def text(site: Site, question: str) -> str:
    """Give a question's words."""
    return str(_entry(site, question)[0])


def is_answer(site: Site, question: str, given: str) -> bool:
    """Tell whether this answers the question; upper and lower case are the same."""
    pattern = str(_entry(site, question)[1])
    if not pattern:
        return False
    try:
        return re.match(pattern, given[:200].strip(), re.IGNORECASE) is not None
    except re.error:
        site.log.write('error', f'CAPTCHAS: no pattern: {pattern}')
        return True


def _entry(site: Site, question: str) -> tuple[str, str]:
    code, _, number = question.rpartition('.')
    entries = (site.cfg.CAPTCHAS or {}).get(code) or ()
    if not number.isdecimal() or int(number) >= len(entries):
        return '', ''
    words, pattern = entries[int(number)]
    return words, pattern


# --- reCAPTCHA ------------------------------------------------------------------------


def recaptcha_key(site: Site) -> str:
    """Give the site key for the form; '' where reCAPTCHA is not used."""
    cfg = site.cfg
    both = cfg.RECAPTCHA_SITE_KEY and cfg.RECAPTCHA_SECRET_KEY
    return str(cfg.RECAPTCHA_SITE_KEY) if both else ''


def policy(site: Site) -> str:
    """Give the Content-Security-Policy of a page with the subscribe form."""
    if not recaptcha_key(site):
        return POLICY
    theirs = 'https://www.google.com https://www.gstatic.com'
    return (
        POLICY.replace("script-src 'self'", f"script-src 'self' {theirs}")
        + f'; frame-src {theirs}; connect-src {theirs}'
    )


def recaptcha_is_solved(site: Site, response: str, remote: str) -> bool:
    """Ask Google whether the puzzle was solved; no answer counts as yes, and is logged.

    The form has other guards; a failure of another company's service must not keep
    everybody from joining.
    """
    if not response:
        return False
    # For start-up time: few sites use it.
    import json
    from urllib.parse import urlencode
    from urllib.request import urlopen

    values = {'secret': site.cfg.RECAPTCHA_SECRET_KEY, 'response': response[:4_000]}
    data = urlencode({**values, 'remoteip': remote}).encode()
    try:
        with urlopen(_VERIFY, data, timeout=_SECONDS) as answer:  # noqa: S310 - https
            return bool(json.loads(answer.read(65_536)).get('success'))
    except (OSError, ValueError, AttributeError) as error:
        site.log.write('error', f'reCAPTCHA gave no answer: {error}')
        return True
