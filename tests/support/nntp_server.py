"""A small news server on loopback (RFC 3977): one group, what was posted is kept."""

from __future__ import annotations

import socketserver
import threading


class NntpServer(socketserver.ThreadingTCPServer):
    """``articles``: {number: bytes with LF}; ``posted``: bytes as they came, with LF.

    ``refuse`` answers POST with that line instead of taking the article.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, group='comp.test', articles=None):
        super().__init__(('127.0.0.1', 0), _Session)
        self.group, self.articles = group, dict(articles or {})
        self.posted, self.refuse = [], None

    @property
    def port(self):
        return self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.shutdown()
        self.server_close()


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say('200 ready')
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(' ')
            if verb.upper() == 'QUIT':
                self.say('205 bye')
                return
            getattr(self, 'do_' + verb.lower(), self.unknown)(rest)

    def say(self, text):
        self.wfile.write(text.encode() + b'\r\n')

    def unknown(self, rest):
        self.say('500 what')

    def do_mode(self, rest):
        self.say('200 reader')

    def do_group(self, name):
        numbers = sorted(self.server.articles)
        if name != self.server.group:
            self.say('411 no such group')
            return
        first, last = (numbers[0], numbers[-1]) if numbers else (1, 0)
        self.say(f'211 {len(numbers)} {first} {last} {name}')

    def do_article(self, number):
        raw = self.server.articles.get(int(number))
        if raw is None:
            self.say('423 no article')
            return
        self.say(f'220 {number} <x@news.example>')
        for line in raw.rstrip(b'\n').split(b'\n'):
            self.wfile.write((b'.' if line.startswith(b'.') else b'') + line + b'\r\n')
        self.say('.')

    def do_post(self, rest):
        if self.server.refuse:
            self.say(self.server.refuse)
            return
        self.say('340 go')
        lines = []
        while (line := self.rfile.readline()) != b'.\r\n':
            line = line.removesuffix(b'\r\n')
            lines.append(line[1:] if line.startswith(b'.') else line)
        self.server.posted.append(b'\n'.join(lines) + b'\n')
        self.say('240 taken')
