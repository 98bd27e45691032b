"""A site on a loopback port, and Chromium (Debian's) driven by Playwright.

What is missing is named when a test is skipped; with MAILMAN_REQUIRE_SERVERS=1, as CI
has it, it is a failure.  All ends with the last test of this folder: Playwright leaves
an event loop running in the thread, which other tests cannot have.
"""

import os
import shutil
from pathlib import Path

import pytest

from mailman.trial import web
from tests.browser.sample import TREE, Sample, make_site
from tests.support.servers import free_port

CHROMIUM = os.environ.get('MAILMAN_CHROMIUM') or shutil.which('chromium')
AXE = Path(
    os.environ.get('MAILMAN_AXE')
    or TREE / 'build/browser/node_modules/axe-core/axe.min.js'
)


def missing(reason):
    """Skip aloud, or fail where nothing may be missing."""
    if os.environ.get('MAILMAN_REQUIRE_SERVERS') == '1':
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope='package')
def chromium():
    """The browser; a test opens contexts of its own in it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing('needs Playwright: make .venv/browser')
    if CHROMIUM is None:
        missing('needs Chromium: apt install chromium')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=['--headless', '--no-sandbox', '--disable-gpu'],
        )
        yield browser
        browser.close()


@pytest.fixture(scope='package')
def axe():
    """The source of axe-core."""
    if not AXE.is_file():
        missing('needs axe-core: npm install --prefix build/browser axe-core')
    return AXE.read_text()


@pytest.fixture(scope='package')
def sample(tmp_path_factory):
    """The site, with its pages and archives at ``sample.root``."""
    port = free_port()
    site = make_site(tmp_path_factory.mktemp('site') / 'prefix', port)
    found = Sample(site)
    server = web.serve(site, port)
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def visitor(chromium, sample):
    """A page of a browser without scripts, as all stories must work; see Visitor."""
    with Visitor(chromium, sample, java_script_enabled=False) as visitor:
        yield visitor


class Visitor:
    """A person at a browser, who notes what should not happen.

    ``trouble`` has errors on the console and complaints of the content policy;
    ``strangers`` what was asked of other hosts; ``asked`` all requests, by kind.
    """

    def __init__(self, chromium, sample, **options):
        self.sample = sample
        self.context = chromium.new_context(base_url=sample.root, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.trouble, self.strangers, self.asked = [], [], []
        self.page.on('console', self._console)
        self.page.on('pageerror', lambda error: self.trouble.append(str(error)))
        self.page.on('request', self._request)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def _console(self, message):
        # A page of an error is told on the console too.
        if message.type == 'error' and 'Failed to load resource' not in message.text:
            self.trouble.append(message.text)

    def _request(self, request):
        if request.url.startswith('data:'):
            return
        self.asked.append((request.resource_type, request.url))
        if not request.url.startswith(self.sample.root):
            self.strangers.append(request.url)

    def go(self, path):
        """Open a page: 'listinfo/dev', or '/pipermail/dev/'."""
        return self.page.goto(self.sample.url(path))

    def log_in(self, cookie):
        """Be somebody."""
        self.context.add_cookies([cookie])

    def press(self, name):
        """Press the button of this name."""
        self.page.get_by_role('button', name=name, exact=True).first.click()

    def text(self):
        """What the page says."""
        return self.page.locator('main').inner_text()

    def check(self):
        """Nothing happened that should not."""
        assert self.trouble == []
        assert self.strangers == []
