"""A site with something on every page: lists, members, what waits, archives.

It is small enough to be made in a few seconds, and large enough for 50 rows in the
table of moderation and for a second page of members.
"""

from __future__ import annotations

import base64
import struct
import time
import zlib
from pathlib import Path
from typing import Any

from mailman.actions.passwords import set_member_password
from mailman.archive import removing
from mailman.archive.building import opened
from mailman.archive.starting import start
from mailman.constants import DeliveryStatus, MemberFlag, Role
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from mailman.mail.message import Message
from mailman.security.passwords import hash_password
from mailman.site import Site
from mailman.storage import safefile
from mailman.web import sessions
from mailman.web.request import Request
from mailman.web.sessions import Login
from tests.support.mboxes import mails, write

TREE = Path(__file__).resolve().parents[2]
ANNE, OWNER = 'anne.miller@example.com', 'owner@example.com'
PASSWORD = 'secret'
CONFIG = """\
from Defaults import *
PORT = {port}
DEFAULT_URL_HOST = '127.0.0.1'
DEFAULT_EMAIL_HOST = 'lists.example.com'
DEFAULT_URL_PATTERN = f'http://%s:{{PORT}}/mailman/'
VIRTUAL_HOSTS.clear()
add_virtualhost(DEFAULT_URL_HOST, DEFAULT_EMAIL_HOST)
TEMPLATE_DIR = {templates!r}
MESSAGES_DIR = {messages!r}
MTA = None
OWNERS_CAN_DELETE_THEIR_OWN_LISTS = Yes
# Robots are what fills the forms in here.
SUBSCRIBE_FORM_MIN_TIME = 0
LOGIN_FAILURES_PER_QUARTER_HOUR = 1000
SUBSCRIBE_REQUESTS_PER_HOUR = 1000
"""
# Posts in the archive before those of thread().
GENERATED = 150
FOLDERS = (
    *('Mailman', 'data', 'lists', 'logs', 'locks', 'qfiles'),
    *('archives/private', 'archives/public'),
)


def make_site(folder: Path, port: int) -> Site:
    """Make a site whose pages will be at this port."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    text = CONFIG.format(
        port=port, templates=str(TREE / 'templates'), messages=str(TREE / 'messages')
    )
    (folder / 'Mailman' / 'mm_cfg.py').write_text(text)
    site = Site(folder)
    assert site.config_error is None
    for path in (site.cfg.SITE_PW_FILE, site.cfg.LISTCREATOR_PW_FILE):
        safefile.write(Path(path), f'{hash_password(PASSWORD)}\n'.encode(), mode=0o640)
    return site


class Sample:
    """The site, and what tests need to know of it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.root = f'http://127.0.0.1:{site.cfg.PORT}'
        for number in range(20):
            one = self.list(f'team-{number:02d}', f'What team {number} is up to')
            one.save()
        self.empty = self.list('empty', 'A list that nobody has written to yet')
        self.empty.save()
        self.dev = self._dev()
        self.board = self._board()
        self.cookies = self._pending()
        self.removed = self._archives()

    def list(self, name: str, description: str) -> MailList:
        """Make a list whose owner's password is PASSWORD."""
        mlist = MailList.create(self.site, name, OWNER, PASSWORD)
        mlist.description = description
        mlist.available_languages = ['en', 'de', 'es', 'fr', 'he']
        start(mlist)
        return mlist

    def url(self, path: str) -> str:
        """Give the address of a page: 'listinfo/dev', or '/pipermail/dev/'."""
        return self.root + (path if path.startswith('/') else f'/mailman/{path}')

    def cookie(self, name: str, role: Role, user: str = '') -> dict[str, str]:
        """Give a cookie, for Playwright, of somebody who is logged in."""
        mlist = None if role == Role.SITE_ADMIN else MailList.open(self.site, name)
        environ = {'REMOTE_ADDR': '127.0.0.1'}
        request = Request(self.site, environ, 'admin')
        header = sessions.set_cookie(request, mlist, Login(role, user))
        pair = header.partition(';')[0].partition('=')
        return {'name': pair[0], 'value': pair[2], 'url': self.root}

    def mails(self) -> list[str]:
        """Give the mails that wait to be sent, the newest last."""
        found = sorted(self.site.queue_dir('virgin').glob('*.msg'))
        return [path.read_text('utf-8', 'replace') for path in found]

    # --- lists ------------------------------------------------------------------------

    def _dev(self) -> MailList:
        mlist = self.list('dev', 'Making the next release: plans, patches, and review')
        mlist.info = (
            'This list is for everybody who works on the program. Please send bug'
            ' reports to <a href="https://bugs.example.com/">the tracker</a>.'
        )
        mlist.host_name = 'lists.example.com'
        mlist.topics_enabled = True
        mlist.topics = [
            ('Releases', '[release]', 'New versions and their dates', False),
            ('Patches', '\\[patch\\]', 'Changes to the source, for review', False),
        ]
        mlist.header_filter_rules = [('x-spam: yes', 3, False)]
        mlist.ban_list = ['^.*@spam\\.example$']
        self._fill(mlist)
        mlist.save()
        self._wait(mlist)
        return mlist

    def _fill(self, mlist: MailList) -> None:
        names = ('Anne Miller', 'Bob', 'Čapek Karel', '山田 太郎', 'Dr. Eva von Langen')
        for number in range(130):
            name = names[number % 5] if number % 3 else ''
            address = ANNE if not number else f'person{number:03d}@some.example.org'
            mlist.add_member(address, name=name)
        set_member_password(mlist, ANNE, PASSWORD)
        mlist.set_delivery_status('person001@some.example.org', DeliveryStatus.BY_USER)
        mlist.set_delivery_status(
            'person002@some.example.org', DeliveryStatus.BY_BOUNCE
        )
        mlist.set_option('person003@some.example.org', MemberFlag.MODERATE, True)

    def _wait(self, mlist: MailList) -> None:
        requests = Requests(mlist)
        with mlist.lock():
            for number, (subject, sender, reason, body) in enumerate(posts(64)):
                head = (
                    f'From: {sender}\nTo: dev@lists.example.com\nSubject: {subject}\n'
                )
                text = f'{head}Message-ID: <held{number}@x>\n\n{body}'
                requests.hold_message(Message.from_string(text), reason, {})
            for number in range(3):
                requests.hold_subscription(f'newcomer{number}@example.net')
            requests.hold_unsubscription('person009@some.example.org')
            mlist.save_changes()

    def _board(self) -> MailList:
        mlist = self.list('board', 'The board, among itself')
        mlist.archive_private = 1
        mlist.add_member(ANNE, name='Anne Miller')
        set_member_password(mlist, ANNE, PASSWORD)
        mlist.save()
        return mlist

    def _pending(self) -> dict[str, str]:
        """Make one confirmation of each kind; give the cookies by kind."""
        wish = {
            'address': 'new@example.net',
            'fullname': 'New One',
            'password': '',
            'digest': 0,
            'language': 'en',
        }
        held = Requests(self.dev).held_messages()[0]
        operations: dict[str, tuple[Any, ...]] = {
            'S': ('S', wish),
            'I': ('S', {**wish, 'invitation': 'dev'}),
            'U': ('U', ANNE),
            'C': ('C', ANNE, 'anne@new.example', 0),
            'H': ('H', held),
            'E': ('E', 'dev', 'person002@some.example.org'),
            'L': ('L', ANNE),
            'O': ('O',),
        }
        with self.dev.lock():
            cookies = Pending(self.dev).new_many(operations.values())
        return dict(zip(operations, cookies, strict=True))

    # --- archives ---------------------------------------------------------------------

    def _archives(self) -> str:
        """Archive some posts; give the page of one that was removed since."""
        with opened(self.dev) as archive:
            mbox = self.site.lists_dir / 'generated'
            start = time.time() - 80 * 86400
            write(mbox, mails(GENERATED, start=start, span=76 * 86400))
            archive.build(mbox)
            archive.add(list(thread()))
            removing.remove(archive, GENERATED + 3)
            gone = archive.store.row(GENERATED + 3)
        with opened(self.board) as archive:
            archive.add(list(thread()))
        return gone.file


REASONS = (
    'Post by non-member to a members-only list',
    'Message body is too big: 58231 bytes with a limit of 40 KB',
    'Too many recipients to the message',
    'Message has a suspicious header',
)


def posts(count: int) -> list[tuple[str, str, str, str]]:
    """Give posts to hold: subject, sender, reason, text."""
    found = []
    for number in range(count):
        sender = f'guest{number % 23}@guests.example.net'
        if number % 7 == 0:
            sender = 'person003@some.example.org'
        subject = f'Question {number} about the build on older machines'
        if number % 9 == 4:
            subject += ': ' + 'a_rather_long_word_without_any_place_to_break_' * 2
        body = f'Hello,\n\n> what did you say?\n\nthis is question {number}.\n\nBye\n'
        found.append((subject, sender, REASONS[number % 4], body))
    return found


PATCH = """\
diff --git a/main.c b/main.c
--- a/main.c
+++ b/main.c
@@ -1,4 +1,4 @@
 int main(void) {
-    return 1;
+    return 0; /* a line that is rather longer than a telephone is wide, on purpose */
 }
"""


def picture() -> str:
    """Give a small PNG, in Base64."""
    rows = b''.join(b'\0' + bytes((60, 90 + row, 160)) * 120 for row in range(80))
    head = struct.pack('>IIBBBBB', 120, 80, 8, 2, 0, 0, 0)
    pieces = [(b'IHDR', head), (b'IDAT', zlib.compress(rows)), (b'IEND', b'')]
    data = b'\x89PNG\r\n\x1a\n'
    for kind, content in pieces:
        data += struct.pack('>I', len(content)) + kind + content
        data += struct.pack('>I', zlib.crc32(kind + content))
    return base64.encodebytes(data).decode()


def thread() -> list[bytes]:
    """Give posts as they stand in an mbox: a thread with everything in it."""
    base = int(time.time()) - 3 * 86400
    texts = [
        ('Plans for the next release', 'We should talk about the next release.\n'),
        (
            'Re: Plans for the next release',
            'On Monday Anne wrote:\n> We should talk.\n>> Said before.\n\nYes. See'
            ' https://example.com/a/long/address?with=a&query=that#goes-on-for-long\n\n'
            + ''.join(f'> quoted line {n}\n' for n in range(20))
            + '\nAgreed.\n\n-- \nBob\nThe Company\n',
        ),
        ('Re: Plans for the next release', f'Here is a patch:\n\n{PATCH}\nRegards\n'),
        ('Re: Plans for the next release', 'This one is taken out again.\n'),
        ('The picture', ''),
        ('Ein Wort mit Umlauten: Größe', 'Grüße aus Köln\n'),
    ]
    found = []
    for number, (subject, body) in enumerate(texts):
        when = time.gmtime(base + 3600 * number)
        date = time.strftime('%a, %d %b %Y %H:%M:%S +0000', when)
        head = (
            f'From: Person {number} <person{number:03d}@some.example.org>\n'
            f'Subject: {subject}\nDate: {date}\nMessage-ID: <{number}@s.example>\n'
            'MIME-Version: 1.0\n'
        )
        if 0 < number < 4:
            head += f'In-Reply-To: <{number - 1}@s.example>\n'
        kind = 'Content-Type: text/plain; charset=utf-8\n'
        text = (
            f'{head}{kind}\n{body}'
            if body
            else head + PICTURE.format(picture=picture())
        )
        line = f'From person@some.example.org {time.asctime(when)}\n'
        found.append((line + text + '\n').encode())
    return found


PICTURE = """\
Content-Type: multipart/mixed; boundary=XX

--XX
Content-Type: text/plain; charset=utf-8

The picture is attached, and the minutes.

--XX
Content-Type: image/png; name=picture.png
Content-Transfer-Encoding: base64

{picture}
--XX
Content-Type: application/pdf; name=minutes.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--XX--
"""
