"""Owners' HTML: nothing that runs comes out, old pages stay as they looked.

CVE-2006-1712, CVE-2006-3636, CVE-2008-0564, CVE-2018-0618: 2.1 looked for bad words.
"""

import json
import random
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

from mailman.security import htmlclean
from mailman.security.htmlclean import Finding, clean, clean_text, findings

TREE = Path(__file__).resolve().parents[3]
EVASIONS = json.loads((TREE / 'tests/data/html_evasions.json').read_text())
HOSTS = ('lists.example.com',)
SCHEME = re.compile(r'[\s\x00-\x20]*([a-z][a-z0-9+.-]*):', re.IGNORECASE)
HARMLESS = {'http', 'https', 'mailto', 'ftp', 'news', 'nntp', 'tel'}


class Judge(HTMLParser):
    """Reads what came out with a parser of another make, and lists what is wrong."""

    def __init__(self, text):
        super().__init__()
        self.wrong, self.depth = [], {}
        self.feed(text)
        self.close()
        self.wrong += [f'unbalanced {tag}' for tag, n in self.depth.items() if n]

    def handle_starttag(self, tag, attrs):
        if tag not in htmlclean.ELEMENTS and not tag.startswith('mm-'):
            self.wrong.append(tag)
        if tag not in {'br', 'col', 'hr', 'img', 'input', 'wbr'}:
            self.depth[tag] = self.depth.get(tag, 0) + 1
        for name, value in attrs:
            is_address = name in ('href', 'src', 'action', 'cite', 'background')
            if name.startswith('on') or name in ('style', 'srcdoc', 'formaction'):
                self.wrong.append(name)
            elif is_address and not is_harmless(name, value or ''):
                self.wrong.append(value)

    def handle_endtag(self, tag):
        self.depth[tag] = self.depth.get(tag, 0) - 1

    def handle_comment(self, data):
        self.wrong.append(f'comment {data}')

    handle_decl = handle_pi = unknown_decl = handle_comment


def is_harmless(name, value):
    scheme = SCHEME.match(value)
    elsewhere = name == 'action' and re.match(r'[\s\\/]*[\\/]{2}', value)
    return not elsewhere and (scheme is None or scheme[1].lower() in HARMLESS)


def wrong(text):
    text = re.sub('<mm-([a-z]+-)?form-start>', '<form>', str(text))
    return Judge(re.sub('</?mm-[a-z-]+>', '', text)).wrong


# --- hostile pages --------------------------------------------------------------------


def test_the_corpus_is_large():
    assert len(set(EVASIONS)) > 200


@pytest.mark.parametrize('keep_tags', [False, True])
@pytest.mark.parametrize('text', EVASIONS, ids=range(len(EVASIONS)))
def test_nothing_that_runs_comes_out(text, keep_tags):
    cleaned = clean(text, keep_tags=keep_tags, hosts=HOSTS)
    assert wrong(cleaned) == []
    assert clean(cleaned, keep_tags=keep_tags, hosts=HOSTS) == cleaned


@pytest.mark.parametrize('text', EVASIONS, ids=range(len(EVASIONS)))
def test_nothing_that_runs_comes_out_of_an_info_text(text):
    assert wrong(clean_text(f'{text}\n{text}', hosts=HOSTS)) == []


def test_pieces_of_attacks_in_any_order_stay_harmless():
    pieces = sorted({p for t in EVASIONS for p in re.findall(r'\W|\w+', t)})
    dice = random.Random(5)
    for _ in range(2000):
        text = ''.join(dice.choices(pieces, k=dice.randrange(2, 40)))
        if dice.random() < 0.5:
            text = dice.choice(EVASIONS) + text + dice.choice(EVASIONS)
        cleaned = clean(text, keep_tags=True)
        assert wrong(cleaned) == [], text
        assert clean(cleaned, keep_tags=True) == cleaned, text


HEAVY = [
    *(
        '<',
        '<!--',
        '<!-->',
        '</',
        '<!',
        '<?',
        '<a ',
        '<a b="',
        "<a b='",
        '<a =',
        '<mm-',
    ),
    *('<a href=<mm-', '<svg>', '<script>', '<textarea>', '<title>', '<div>', '</div>'),
    *(
        '<p>',
        '<li>',
        '<td>',
        '<table><tr><td>',
        '<dd><div>',
        '<form>',
        '<mm-form-start>',
    ),
    *(
        '&',
        '&#',
        '&amp',
        '\0',
        ' ',
        '\n',
        '<br>\n',
        '<pre>',
        '<p><b>',
        '<select><option>',
    ),
    '<a ' + 'x' * 50,
]


@pytest.mark.parametrize('piece', HEAVY)
def test_time_grows_with_the_length_alone(piece):
    def seconds(size):
        text = piece * (size // len(piece))
        started = time.process_time()
        clean_text(text)
        clean(text, keep_tags=True)
        return time.process_time() - started

    small = min(seconds(5_000) for _ in range(3))
    # Ten times as much, ten times as long: a square would be a hundred times.
    assert seconds(50_000) < 40 * small + 0.05


def test_nesting_has_an_end():
    assert (
        clean('<div>' * 5000).count('<div>') == clean('<b>' * 5000).count('<b>') == 100
    )


# --- what stays -----------------------------------------------------------------------

KEPT = [
    '<h1 class="x" id="y" lang="de" dir="rtl">a</h1>',
    '<table border="0" cellspacing="4" cellpadding="5" width="100%"><tr>'
    '<td colspan="2" bgcolor="#99ccff" align="center"><b><font color="#000000"'
    ' size="+1">x</font></b></td></tr></table>',
    '<a href="http://example.com/?a=1&amp;b=2">x</a><a name="here"></a>',
    '<a href="mailto:dev@example.com">x</a> <a href="../listinfo">x</a>',
    '<img src="https://example.com/logo.png" alt="Logo" width="20">',
    '<form method="post" action="../../subscribe/dev"><input type="text" name="email">'
    '<select name="digest"><option value="1" selected="">x</option></select>'
    '<textarea name="x" rows="3">a &lt; b</textarea></form>',
    '<form method="post" action="http://lists.example.com/mailman/subscribe/dev"></form>',
    '<label for="x">y</label><fieldset><legend>z</legend></fieldset>',
    '<p aria-label="x" role="note">a</p><pre>\n a\n</pre><hr><br>',
    '<dl><dt>a</dt><dd>b</dd></dl><ul><li>a</li></ul><ol type="a"><li>b</li></ol>',
    'Ünïcödé &amp; &lt;tags&gt; "quotes" \u00a0 \U0001f600',
    '<mm-list-name> <mm-archive>x</mm-archive>',
    '<a href="mailto:<mm-posting-addr>">x</a>',
    '<mm-form-start><mm-unknown></form>',
]


@pytest.mark.parametrize('text', KEPT)
def test_good_html_stays_as_it_is(text):
    assert clean(text, keep_tags=True, hosts=HOSTS) == text
    assert findings(text, hosts=HOSTS) == []


def test_it_may_be_shown_as_it_is():
    assert isinstance(clean('a'), Markup)


REPAIRED = [
    ('<ul><li>a<li>b</ul>', '<ul><li>a</li><li>b</li></ul>'),
    (
        '<table><tr><td>a<td>b<tr><td>c</table>',
        '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>',
    ),
    ('<p>a<p>b', '<p>a</p><p>b</p>'),
    ('<b><i>a</b>c</i>', '<b><i>a</i></b>c'),
    (
        '<div><table><tr><td></div>x',
        '<div><table><tr><td>x</td></tr></table></div>',
    ),
    (
        '<TABLE WIDTH=100%><TR><TD NOWRAP>x',
        '<table width="100%"><tr><td nowrap="">x</td></tr></table>',
    ),
    ('<dl><dt>a<dd>b<dt>c</dl>', '<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>'),
    ('<a href=x>a<a href=y>b', '<a href="x">a</a><a href="y">b</a>'),
    ('</b>a</p>', 'a'),
    ('a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'),
    ('&eacute;&#233;&copy', 'éé©'),
    ('<a href="?a=1&copy=2">x</a>', '<a href="?a=1&amp;copy=2">x</a>'),
    (
        '<A HREF=mailto:<MM-Posting-Addr>>x</A>',
        '<a href="mailto:<mm-posting-addr>">x</a>',
    ),
    (
        '<table><form action=x><tr><td>a</form></table>',
        '<table><form action="x"><tr><td>a</form></td></tr></table>',
    ),
    (
        '<form action=x><MM-Form-Start>a',
        '<form action="x"></form><mm-form-start>a</form>',
    ),
    ('<MM-Archive>x', '<mm-archive>x</mm-archive>'),
    ('<html><head><title>t</title><link rel=icon></head><body bgcolor=#fff>a', 'a'),
    ('<!DOCTYPE html><!-- a --><?b?>c', 'c'),
    (
        '<textarea><mm-list-info></textarea>',
        '<textarea>&lt;mm-list-info&gt;</textarea>',
    ),
    (
        '<select><option>a<option>b</select>',
        '<select><option>a</option><option>b</option></select>',
    ),
]


@pytest.mark.parametrize('text, repaired', REPAIRED)
def test_old_html_is_repaired_as_browsers_do(text, repaired):
    assert clean(text, keep_tags=True) == repaired


def test_tags_go_where_nothing_fills_them():
    assert clean('<b><mm-list-name></b> <a href="<mm-owner>">x</a>') == (
        '<b></b> <a href="&lt;mm-owner&gt;">x</a>'
    )


def test_line_ends_of_an_info_text_are_seen():
    assert clean_text('a\nb\n\nc') == 'a<br>\nb<br>\n<br>\nc'


def test_line_ends_beside_blocks_are_not():
    text = '<p title="x\ny">a</p>\n<ul>\n<li>b</li>\n</ul>\n<pre>\n1\n2</pre>'
    assert clean_text(text) == text


def test_the_title_is_given_apart():
    assert htmlclean.title_of('<head><TITLE>\n <MM-List-Name>\n Info') == (
        '<MM-List-Name> Info'
    )
    assert htmlclean.title_of('no title') == ''


# --- telling owners -------------------------------------------------------------------


@pytest.mark.parametrize(
    'text, finding',
    [
        ('<script>x</script>', Finding('element', 'script')),
        ('<iframe src=x>', Finding('element', 'iframe')),
        ('<img onerror=x>', Finding('handler', 'onerror')),
        ('<body onload=x>', Finding('handler', 'onload')),
        ('<a href="java&#9;script:x">', Finding('address', 'java\tscript:x')),
        ('<form action=//evil.example>', Finding('form', '//evil.example')),
        ('<meta http-equiv=Refresh content=1>', Finding('refresh', 'refresh')),
        ('<p style="color:red">', Finding('ignored', 'style')),
        ('<blink>x', Finding('ignored', 'blink')),
    ],
)
def test_an_owner_is_told_what_goes(text, finding):
    assert findings(text + text) == [finding]


def test_the_frame_of_a_document_is_nothing_to_tell():
    text = '<!DOCTYPE html><html><head><meta charset=utf-8><link rel=icon href=x>'
    assert findings(f'{text}<title>x</title></head><body><p>x</p></body></html>') == []


def test_forms_may_send_to_this_site_only():
    own = 'http://lists.example.com/mailman/subscribe/dev'
    assert htmlclean.is_own_url(own, ['LISTS.example.com'])
    assert not htmlclean.is_own_url(own, ['example.com'])
    assert not htmlclean.is_own_url('http://lists.example.com@evil.example/', HOSTS)
    assert htmlclean.is_own_url('../subscribe/dev', [])
