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
from tests.browser.visitor import Visitor
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
    """Somebody whose browser runs no scripts: all stories must work without."""
    with Visitor(chromium, sample, java_script_enabled=False) as visitor:
        yield visitor
