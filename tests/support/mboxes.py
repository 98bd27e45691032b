"""Mailboxes for tests and measurements of archives: made up, the same every time.

``mails(10_000)`` gives what a busy list looks like: threads of a few posts and some of
hundreds, quotes, signatures, eight languages in the charsets that people really used,
attachments, format=flowed, HTML alone, patches.  ``oddities(...)`` gives what breaks
archivers.  ``write`` makes an mbox of them::

    python -m tests.support.mboxes --count 10000 --odd 0.02 FILE
"""

from __future__ import annotations

import argparse
import base64
import itertools
import quopri
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

START = 1_577_836_800  # 2020-01-01
LIST = 'bench@lists.example.com'
FOOTER = (
    '_______________________________________________\n'
    'Bench mailing list\nBench@lists.example.com\n'
    'https://lists.example.com/mailman/listinfo/bench\n'
)


@dataclass
class Mail:
    """One mail: its bytes, and what must be found in the archive."""

    raw: bytes
    message_id: str
    date: float
    token: str  # a word that stands in this mail's text, or subject, only
    sender: str = 'member@x.example'
    oddity: str = ''

    def entry(self) -> bytes:
        """The mail as it stands in an mbox (mboxrd)."""
        when = time.asctime(time.gmtime(min(max(self.date, 0), 4_000_000_000)))
        raw = re.sub(rb'^(>*From )', rb'>\1', self.raw, flags=re.MULTILINE)
        line = f'From {self.sender} {when}\n'.encode()
        return line + raw + (b'\n' if raw.endswith(b'\n') else b'\n\n')


# --- words ------------------------------------------------------------------------

SYLLABLES = {
    'en': 'the of an tion in er re con st pro ment al ing ly is at on com de ex for ma '
    'ter per im un able out ver ful ser ten der side work time light hand line',
    'de': 'ein ver ge be aus er ung keit lich auf ab an zu schaft über für grö mög '
    'straß tag werk zeit stell bund land haus führ wört lös',
    'fr': 'le de re tion ment é que con dé ou eur aux par ais ent sur pré où né à ça '
    'tre ville mo ven ser cœur élè être',
    'ru': 'по не на ра при за ст ен ова тель ный ся про ки ло го сть ро ва ем ли ть',
    'el': 'και το της με για από σε πρό ση ματα ική ού λο γο ρα θε νό φί δύ',
    'ar': 'ال من في على كان هذا ية ات مر سل كتب عمل قول بر نا يوم دار',
}
HAN = (
    '的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着'
    '事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见'
)
KANJI = '日本語文字検索記事投稿返信件名著者時間管理設定会員登録変更確認問題解決方'
KANA = 'のにはをたがでてとしれさあるいもなこらうまりよきかくすせつけ'
KATAKANA = 'サーバメールリストアドレスシステムファイルデータユーザプログラムエラー'
HANGUL = '가나다라마바사아자차카타파하서울에은는이을를로부터대한민국메일목록'
THAI = 'กขคงจชซญดตถทนบปผพฟมยรลวสหอะาิีึืุูเแโใไ่้'


def _vocabulary(language: str, size: int = 20_000) -> list[str]:
    """Make words of a language's syllables; the first ones are short and common."""
    rng = random.Random(language)
    parts = SYLLABLES[language].split()
    words: dict[str, None] = dict.fromkeys(parts)
    while len(words) < size:
        length = 1 + min(3, len(words) // 100) + (rng.random() < 0.3)
        words[''.join(rng.choices(parts, k=length))] = None
    return list(words)


class Words:
    """Gives text in a language, its words as frequent as words are (Zipf)."""

    def __init__(self, language: str) -> None:
        self.words = _vocabulary(language)
        weights = (1 / (rank + 2.7) for rank in range(len(self.words)))
        self.weights = list(itertools.accumulate(weights))

    def some(self, rng: random.Random, count: int) -> list[str]:
        """Some words."""
        return rng.choices(self.words, cum_weights=self.weights, k=count)


class Spaceless:
    """The same for a script that puts no spaces between words."""

    def __init__(self, language: str) -> None:
        rng = random.Random(language)
        letters = {
            'zh': (HAN,),
            'ja': (KANJI, KANA, KATAKANA),
            'ko': (HANGUL,),
            'th': (THAI,),
        }[language]
        self.words = [
            ''.join(rng.choices(rng.choice(letters), k=rng.choice((1, 2, 2, 2, 3))))
            for _ in range(4000)
        ]
        weights = (1 / (rank + 2.7) for rank in range(len(self.words)))
        self.weights = list(itertools.accumulate(weights))
        self.gap = ' ' if language == 'ko' else ''

    def some(self, rng: random.Random, count: int) -> list[str]:
        """Some pieces, each as long as a few words."""
        found = rng.choices(self.words, cum_weights=self.weights, k=count * 2)
        return [self.gap.join(found[n : n + 4]) for n in range(0, len(found), 4)]


# Language: how often, and the charsets of its mails.
LANGUAGES = {
    'en': (66, ('us-ascii', 'us-ascii', 'utf-8', 'iso-8859-1', 'windows-1252')),
    'de': (10, ('iso-8859-1', 'utf-8', 'iso-8859-15')),
    'fr': (6, ('iso-8859-15', 'utf-8')),
    'ru': (5, ('koi8-r', 'windows-1251', 'utf-8')),
    'el': (1, ('iso-8859-7', 'utf-8')),
    'ar': (1, ('windows-1256', 'utf-8')),
    'zh': (4, ('gb2312', 'gbk', 'utf-8')),
    'ja': (4, ('iso-2022-jp', 'iso-2022-jp', 'utf-8', 'shift_jis', 'euc-jp')),
    'ko': (2, ('euc-kr', 'utf-8')),
    'th': (1, ('tis-620', 'utf-8')),
}

# --- a list that is talked on -----------------------------------------------------


@dataclass
class _Thread:
    subject: str
    language: str
    posts: list[tuple[str, str, list[str]]] = field(default_factory=list)
    # of each post: message-id, author, some lines of its text; oldest forgotten


class Writer:
    """Writes the mails of a list, one after the other."""

    def __init__(self, seed: int = 1, start: float = START, span: float = 0) -> None:
        self.rng = random.Random(seed)
        self.seed, self.start, self.span = seed, start, span
        self.languages = {
            name: (Words if name in SYLLABLES else Spaceless)(name)
            for name in LANGUAGES
        }
        self.authors = self._people(600)
        self.threads: list[_Thread] = []
        self.number = 0

    def _people(self, count: int) -> list[tuple[str, str, str]]:
        """Names, addresses and zones; who wrote first writes most."""
        first = [w.capitalize() for w in self.languages['en'].words[40:140]]
        last = [w.capitalize() for w in self.languages['de'].words[40:400]]
        zones = ('+0000', '+0100', '+0200', '-0500', '-0800', '+0900', '+0530')
        return [
            (
                f'{self.rng.choice(first)} {self.rng.choice(last)}',
                f'member{number}@d{number % 97}.example.org',
                self.rng.choice(zones),
            )
            for number in range(count)
        ]

    def mail(self, date: float) -> Mail:
        """Write the next mail."""
        rng, number = self.rng, self.number
        self.number += 1
        thread = self._thread()
        author = self.authors[int(len(self.authors) * rng.random() ** 3)]
        message_id = f'{self.seed}.{number:07d}.{rng.getrandbits(32):08x}@d.example.org'
        token = f'zq{self.seed}x{number}k'
        text, lines = self._text(thread, token)
        head = self._head(thread, author, message_id, date)
        charset = rng.choice(LANGUAGES[thread.language][1])
        raw = self._build(head, text, charset, thread)
        thread.posts.append((message_id, author[0], lines))
        del thread.posts[:-40]
        return Mail(raw, message_id, date, token, author[1])

    def _thread(self) -> _Thread:
        """A thread to answer in, the last ones most often; or a new one."""
        rng = self.rng
        if self.threads and rng.random() < 0.74:
            age = min(int(rng.expovariate(1 / 6)), len(self.threads) - 1)
            return self.threads[-1 - age]
        names, chances = list(LANGUAGES), [share for share, _ in LANGUAGES.values()]
        (language,) = rng.choices(names, weights=chances)
        words = self.languages[language].some(rng, rng.randint(2, 8))
        gap = ' ' if language in SYLLABLES else ''
        self.threads.append(_Thread(gap.join(words).strip() or 'x', language))
        del self.threads[:-400]
        return self.threads[-1]

    def _text(self, thread: _Thread, token: str) -> tuple[str, list[str]]:
        """Some paragraphs, after the quote of another post."""
        rng, source = self.rng, self.languages[thread.language]
        gap = ' ' if thread.language in SYLLABLES else ''
        lines: list[str] = []
        if thread.posts and rng.random() < 0.85:
            _, who, quoted = rng.choice(thread.posts[-6:])
            lines += [f'{who} wrote:', *(f'> {line}'[:78] for line in quoted), '']
        own: list[str] = []
        for _ in range(1 + int(rng.expovariate(0.5))):
            count = 12 + int(rng.expovariate(1 / 45))
            words = source.some(rng, count)
            if rng.random() < 0.2:
                words.insert(len(words) // 2, f'https://x.example/{token}?q={count}')
            for at in range(0, len(words), 11):
                own.append(gap.join(words[at : at + 11]))
            own.append('')
        own[0] = f'{own[0]} {token}'
        lines += own
        if rng.random() < 0.5:
            lines += ['-- ', 'A member', 'https://x.example/', '']
        return '\n'.join(lines), own[: rng.randint(3, 25)]

    def _head(
        self, thread: _Thread, author: tuple[str, str, str], mid: str, date: float
    ) -> list[tuple[str, str]]:
        name, address, zone = author
        offset = (int(zone[1:3]) * 60 + int(zone[3:])) * (-60 if zone[0] == '-' else 60)
        local = time.gmtime(date + offset)
        stamp = time.strftime('%a, %d %b %Y %H:%M:%S ', local) + zone
        subject = thread.subject
        head = [
            ('Return-Path', f'<{address}>'),
            ('Received', f'from mx.example by lists.example.com; {stamp}'),
            ('From', f'{_word(name)} <{address}>'),
            ('To', LIST),
            ('Date', stamp),
            ('Message-ID', f'<{mid}>'),
        ]
        if thread.posts:
            parent = self.rng.choice(thread.posts[-12:])[0]
            known = [post[0] for post in thread.posts if post[0] != parent][-6:]
            head.append(('In-Reply-To', f'<{parent}>'))
            if self.rng.random() < 0.85:
                chain = ''.join(f'<{one}>\n\t' for one in known)
                head.append(('References', f'{chain}<{parent}>'))
            subject = f'{self.rng.choice(("Re", "Re", "Re", "AW"))}: {subject}'
        head.append(('Subject', _word(f'[Bench] {subject}')))
        head += [('X-Mailer', 'Made up 1.0'), ('List-Id', '<bench.lists.example.com>')]
        return head

    def _build(
        self, head: list[tuple[str, str]], text: str, charset: str, thread: _Thread
    ) -> bytes:
        """Make bytes of one of the kinds of mail that there are."""
        chance = self.rng.random()
        if chance < 0.66:
            return _message(head, _leaf(text + FOOTER, charset))
        if chance < 0.76:
            flowed = re.sub(r'(?<=\w)\n(?=\w)', ' \n', text)
            return _message(head, _leaf(flowed, charset, more='; format=flowed'))
        if chance < 0.80:
            return _message(head, _leaf(_html(text), charset, 'html'))
        if chance < 0.89:
            parts = [_leaf(text, charset), _leaf(_html(text), charset, 'html')]
            return _message(head, _multipart('alternative', parts))
        if chance < 0.94:
            return _message(head, _leaf(text + self._patch(), charset))
        parts = [_leaf(text, charset), self._attachment(thread.subject)]
        if self.rng.random() < 0.3:
            parts.append(_leaf(FOOTER, 'us-ascii'))
        return _message(head, _multipart('mixed', parts))

    def _patch(self) -> str:
        source = self.languages['en']
        lines = ['diff --git a/src/x.c b/src/x.c', '--- a/src/x.c', '+++ b/src/x.c']
        for _ in range(self.rng.randint(1, 4)):
            at = self.rng.randint(1, 900)
            lines.append(f'@@ -{at},7 +{at},9 @@ static int some(void)')
            for _ in range(self.rng.randint(6, 20)):
                words = '_'.join(source.some(self.rng, 2))
                lines.append(self.rng.choice(' +-') + f'\tif ({words}(p) < 0) return;')
        return '\n'.join(lines) + '\n'

    def _attachment(self, title: str) -> bytes:
        kind, name = self.rng.choice(
            (
                ('application/pdf', 'paper.pdf'),
                ('image/png', f'{title[:12]}.png'),
                ('text/x-patch', '0001-a-patch.patch'),
                ('application/octet-stream', 'data.bin'),
                ('text/html', 'page.html'),
            )
        )
        data = self.rng.randbytes(self.rng.randint(300, 12_000))
        if kind == 'text/x-patch':
            data = self._patch().encode()
        elif kind == 'text/html':
            words = self.languages['en'].some(self.rng, len(data) // 8)
            data = _html(' '.join(words)).encode()
        coded = base64.encodebytes(data)
        head = (
            f'Content-Type: {kind}; name="{_word(name)}"\n'
            f'Content-Disposition: attachment; filename="{_word(name)}"\n'
            'Content-Transfer-Encoding: base64\n\n'
        )
        return head.encode() + coded


def _word(text: str) -> str:
    """An encoded word where the text needs it."""
    if text.isascii():
        return text
    pieces = [text[at : at + 14] for at in range(0, len(text), 14)]
    coded = (base64.b64encode(piece.encode()).decode() for piece in pieces)
    return '\n '.join(f'=?utf-8?B?{one}?=' for one in coded)


def _leaf(text: str, charset: str, kind: str = 'plain', more: str = '') -> bytes:
    """A text part with its headers."""
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:
        charset = 'utf-8'
        data = text.encode()
    if charset == 'iso-2022-jp' or data.isascii():
        coding = '7bit'
    elif charset in ('gb2312', 'utf-8') and len(text) * 2 < len(data) * 1.4:
        coding, data = 'base64', base64.encodebytes(data)
    elif charset.startswith('iso-8859'):
        coding, data = 'quoted-printable', quopri.encodestring(data)
    else:
        coding = '8bit'
    head = (
        f'Content-Type: text/{kind}; charset="{charset}"{more}\n'
        f'Content-Transfer-Encoding: {coding}\n\n'
    )
    return head.encode() + data


def _html(text: str) -> str:
    text = text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
    body = text.replace('\n\n', '</p>\n<p>').replace('\n', '<br>\n')
    return (
        '<html><head><style>p {color: #333}</style></head>\n'
        f'<body><p class="x">{body}</p></body></html>\n'
    )


def _multipart(kind: str, parts: list[bytes]) -> bytes:
    edge = b'=_edge_%d' % len(parts[0])
    body = b''.join(b'--' + edge + b'\n' + part + b'\n' for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{edge.decode()}"\n\n'.encode()
    return head + body + b'--' + edge + b'--\n'


def _message(head: list[tuple[str, str]], part: bytes) -> bytes:
    lines = ''.join(f'{name}: {value}\n' for name, value in head)
    return f'{lines}MIME-Version: 1.0\n'.encode() + part


def mails(
    count: int, *, seed: int = 1, start: float = START, span: float | None = None
) -> Iterator[Mail]:
    """Give mails over ``span`` seconds; 3,000 posts a month when it is None."""
    writer = Writer(seed, start)
    step = (count * 864 if span is None else span) / max(count, 1)
    for number in range(count):
        yield writer.mail(start + number * step)


# --- what breaks archivers --------------------------------------------------------


def _plain(number: int, token: str, *more: str, drop: str = '') -> list[str]:
    lines = [
        f'From: Odd One <odd{number}@x.example>',
        f'To: {LIST}',
        f'Subject: an oddity {number}',
        'Date: Fri, 06 Mar 2020 10:00:00 +0000',
        f'Message-ID: <odd.{number}@x.example>',
        *more,
    ]
    return [line for line in lines if not (drop and line.startswith(drop))]


Make = Callable[[int, str], bytes]


def _odd(*more: str, drop: str = '', body: str = 'The text {token}.\n') -> Make:
    """An oddity of headers added or left out, and a body."""

    def make(number: int, token: str) -> bytes:
        head = '\n'.join(_plain(number, token, *more, drop=drop))
        text = f'{head}\n\n{body.replace("{token}", token)}'
        return text.encode('utf-8', 'surrogateescape')

    return make


def _nested(number: int, token: str) -> bytes:
    part = f'Content-Type: text/plain\n\nThe text {token}.\n'.encode()
    for depth in range(100):
        edge = b'e%d' % depth
        part = (
            b'Content-Type: multipart/mixed; boundary=' + edge + b'\n\n'
            b'--' + edge + b'\n' + part + b'\n--' + edge + b'--\n'
        )
    return '\n'.join(_plain(number, token)).encode() + b'\n' + part


def _crlf(number: int, token: str) -> bytes:
    return _odd()(number, token).replace(b'\n', b'\r\n')


def _letters(count: int) -> str:
    return 'x' * count


LATIN = 'Content-Type: text/plain; charset=iso-8859-1'
# Name: what it makes.  Every one must be found exactly once.
ODDITIES: dict[str, Make] = {
    'no message-id': _odd(drop='Message-ID'),
    'duplicate message-id': _odd('Message-ID: <twice@x.example>', drop='Message-ID'),
    'empty message-id': _odd('Message-ID: <>', drop='Message-ID'),
    'no date': _odd(drop='Date'),
    'broken date': _odd('Date: the day after tomorrow', drop='Date'),
    'date 1970': _odd('Date: Thu, 01 Jan 1970 00:00:00 +0000', drop='Date'),
    'date 1904': _odd('Date: Fri, 01 Jan 1904 00:00:00 +0000', drop='Date'),
    'date 2099': _odd('Date: Thu, 01 Jan 2099 00:00:00 +0000', drop='Date'),
    'date 99999': _odd('Date: Thu, 01 Jan 99999 00:00:00 +9999', drop='Date'),
    'wrong charset': _odd(
        'Content-Type: text/plain; charset=us-ascii', body='Grüße {token} 日本語\n'
    ),
    'unknown charset': _odd('Content-Type: text/plain; charset=x-none'),
    'absent charset': _odd(body='caf\udce9 {token} \udcff\udc80\n'),
    'broken utf-8': _odd(
        'Content-Type: text/plain; charset=utf-8', body='\udcc3( {token} \udced\udca0\n'
    ),
    '8-bit headers': _odd('X-Odd: \udce9\udcff', 'Keywords: größe'),
    '8-bit subject': _odd('Subject: Gr\udcfc\udcdfe', drop='Subject'),
    'no subject': _odd(drop='Subject'),
    'no from': _odd(drop='From'),
    'folded everything': _odd('X-Fold:\n a\n b\n c', 'Subject:\n far\n down'),
    'from in body': _odd(body='From here on\n\nFrom there {token}\n>From quoted\n'),
    'from line in body': _odd(
        body='x {token}\n\nFrom a@b.example Thu Jan  8 10:30:00 2026\nSubject: y\n\nz\n'
    ),
    'lost parent': _odd('References: <never@x.example> <seen@x.example>'),
    'own parent': _odd('In-Reply-To: <odd.{n}@x.example>'),
    'loop one': _odd('References: <odd.{next}@x.example>'),
    'loop two': _odd('References: <odd.{before}@x.example>'),
    'many references': _odd(
        'References: ' + ' '.join(f'<r{n}@x.example>' for n in range(3000))
    ),
    'broken references': _odd('References: < >> <<a@b> ,,, "x" <c@d', 'In-Reply-To: ('),
    'huge line': _odd(body=f'{{token}} {_letters(300_000)}\n'),
    'huge subject': _odd(f'Subject: {_letters(60_000)}', drop='Subject'),
    'NULs': _odd(body='a\0b {token} \0\0\n'),
    'controls': _odd(body='\x01\x02\x1b[31m {token} \x7f\x08\n'),
    'CRLF': _crlf,
    'CR only': _odd(body='one\rtwo {token}\rthree\r'),
    'nested': _nested,
    'no end of multipart': _odd(
        'Content-Type: multipart/mixed; boundary=e', body='--e\n\nThe {token}\n'
    ),
    'multipart of nothing': _odd('Content-Type: multipart/mixed; boundary=e'),
    'multipart without boundary': _odd('Content-Type: multipart/alternative'),
    'broken base64': _odd('Content-Transfer-Encoding: base64', body='!!!{token}\n'),
    'unknown encoding': _odd('Content-Transfer-Encoding: x-rot13'),
    'two subjects': _odd('Subject: another {token}'),
    'script': _odd(
        'Content-Type: text/html', body='<script>alert(1)</script><p>{token}</p>\n'
    ),
    'upward name': _odd(
        'Content-Type: application/x-sh; name="../../../etc/x.sh"',
        'Content-Disposition: attachment; filename="../../x.php"',
    ),
}
# Those that have no text of their own: found by their number of messages only.
EMPTY: dict[str, Make] = {
    'empty': lambda number, token: b'\n',
    'header only': _odd(body=''),
    'body only': lambda number, token: f'\nNo header {token}\n'.encode(),
    'blank lines': _odd(body='\n\n\n\n'),
}


def oddities(start: int = 0) -> Iterator[Mail]:
    """Give one mail of each kind that breaks archivers."""
    for number, (name, make) in enumerate({**ODDITIES, **EMPTY}.items(), start):
        token = f'zqodd{number}k'
        raw = make(number, token)
        for word, value in (
            (b'{n}', number),
            (b'{next}', number + 1),
            (b'{before}', number - 1),
        ):
            raw = raw.replace(word, str(value).encode())
        found = re.search(rb'(?im)^message-id:\s*<(.*)>', raw)
        message_id = found[1].decode() if found else ''
        yield Mail(raw, message_id, START + 5_000_000, token, 'odd@x.example', name)


def mixed(count: int, *, odd: float = 0.02, seed: int = 1) -> Iterator[Mail]:
    """Give mails with oddities strewn in, at least one of each kind."""
    number = 0
    every = max(1, int(len(ODDITIES) / max(odd, 1e-9)))
    for position, mail in enumerate(mails(count, seed=seed)):
        if position % every == every // 2 or (number == 0 and position == count // 2):
            for one in oddities(number):
                number += 1
                yield one
        yield mail


def write(path: Path, mailbox: Iterable[Mail]) -> int:
    """Write an mbox; answer how many mails it has."""
    count = 0
    with path.open('wb') as file:
        for mail in mailbox:
            file.write(mail.entry())
            count += 1
    return count


def main() -> None:
    """Write an mbox for a look by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--odd', type=float, default=0.0)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('file', type=Path)
    options = parser.parse_args()
    if options.odd:
        made = mixed(options.count, odd=options.odd, seed=options.seed)
    else:
        made = mails(options.count, seed=options.seed)
    print(write(options.file, made), 'mails')


if __name__ == '__main__':
    main()
