"""A person at a browser, told in verbs."""


def leave_by(page, control):
    """Press what leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        control.click()


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
        """Press the button of this name, which sends its form."""
        button = self.page.get_by_role('button', name=name, exact=True).first
        leave_by(self.page, button)

    def text(self):
        """What the page says."""
        return self.page.locator('main').inner_text()

    def check(self):
        """Nothing happened that should not."""
        assert self.trouble == []
        assert self.strangers == []
