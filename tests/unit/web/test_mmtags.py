"""Owners' pages: tags are filled in, and nothing that runs gets in that way either."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

from mailman.security import htmlclean
from mailman.site.i18n import ENGLISH
from mailman.web import controls, mmtags

TREE = Path(__file__).resolve().parents[3]
EVASIONS = json.loads((TREE / 'tests/data/html_evasions.json').read_text())
SHIPPED = sorted((TREE / 'templates').glob('??/*.html'))
TAGGED = [p for p in SHIPPED if '<mm-' in p.read_text()]
NASTY = 'javascript:alert(1)//"\'><script>x</script> onload=x <mm-results>'
# All that 2.1's controls are made of, with hostile texts in them.
VALUES = {tag: controls.text_box('x', NASTY, title=NASTY) for tag in mmtags.TAGS} | {
    'mm-list-name': NASTY,
    'mm-list-description': NASTY,
    'mm-posting-addr': NASTY,
    'mm-archive': Markup('<a href="x">'),
    'mm-subscribe-form-start': controls.form_start('x', 'token'),
    'mm-form-start': controls.form_start('x', 'token'),
    'mm-digest-question-start': '',
    'mm-digest-question-end': '',
}


class Reading(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(str(text))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    @property
    def wrong(self):
        return [
            (tag, name, value)
            for tag, attrs in self.tags
            for name, value in (attrs or {'': ''}).items()
            if tag in ('script', 'style', 'iframe', 'object', 'svg', 'math', 'base')
            or name.startswith('on')
            or name == 'style'
            or (name in ('href', 'src', 'action') and 'script:' in (value or ''))
        ]


def body(text, **values):
    given = {f'mm-{name.replace("_", "-")}': value for name, value in values.items()}
    return str(mmtags.page(text, given).body)


# --- filling in -----------------------------------------------------------------------


def test_tags_are_filled_in_whatever_their_case():
    assert body('<MM-LIST-name> <mm-List-Name>', list_name='Dev') == 'Dev Dev'


def test_texts_are_escaped_and_markup_is_not():
    made = body('<mm-user> <mm-owner>', user='<b>', owner=Markup('<b>x</b>'))
    assert made == '&lt;b&gt; <b>x</b>'


def test_an_unknown_tag_vanishes():
    assert body('a<mm-nonsense>b</mm-nonsense>c') == 'abc'


def test_what_was_filled_in_is_not_read_again():
    assert body('<mm-user>', user='<mm-owner>', owner='x') == '&lt;mm-owner&gt;'


def test_a_function_is_asked_only_where_its_tag_stands():
    asked = []
    assert body('a', user=lambda: asked.append(1) or 'x') == 'a' and not asked
    assert body('<mm-user>', user=lambda: 'x') == 'x'


def test_an_attribute_takes_plain_text():
    made = body(
        '<a href="mailto:<MM-Posting-Addr>" title="<mm-owner>">x</a>',
        posting_addr='"a"@example.com',
        owner=Markup('<b title="&#34; onclick=x">o</b>'),
    )
    assert made == '<a href="mailto:&#34;a&#34;@example.com" title="o">x</a>'


def test_an_address_that_a_value_made_active_goes():
    text = '<a href="<mm-list-description>">x</a><img src="<mm-list-description>">'
    assert body(text, list_description='java\tscript:alert(1)') == '<a>x</a><img>'


def test_a_form_may_not_be_sent_away_by_a_value():
    text = '<form action="<mm-list-description>"></form>'
    assert body(text, list_description='//evil.example') == '<form></form>'


def test_the_archive_tag_is_a_link():
    text = '<MM-Archive>Posts</MM-Archive>'
    assert body(text, archive=Markup('<a href="x">')) == '<a href="x">Posts</a>'
    assert body(text) == 'Posts'


def test_a_form_is_closed_even_if_its_end_tag_is_missing():
    assert body('<mm-form-start>x', form_start=Markup('<form>')) == '<form>x</form>'


QUESTION = 'a<MM-Digest-Question-Start><tr>b<MM-Digest-Question-End>c'


def test_the_question_about_digests_can_be_hidden():
    assert body(QUESTION, digest_question_start='<!-- ') == 'ac'


def test_it_is_shown_otherwise():
    assert body(QUESTION, digest_question_start='') == 'a<tr>bc</tr>'


def test_hiding_does_not_make_a_tag_out_of_pieces():
    text = (
        '<scr<mm-digest-question-start>x<mm-digest-question-end>ipt>alert(1)</script>'
    )
    assert Reading(body(text, digest_question_start='1')).wrong == []


def test_endless_numbers_are_no_trouble():
    text = f'&#{"9" * 5000};'
    page = mmtags.page(f'<title>{text}</title>{text}', {})
    assert (page.title, page.body) == ('\ufffd', '\ufffd')


def test_the_title_is_plain_text():
    page = mmtags.page('<title>A &amp; <MM-List-Name></title>', {'mm-list-name': '<b>'})
    assert page.title == 'A & <b>'


@pytest.mark.parametrize('text', EVASIONS, ids=range(len(EVASIONS)))
def test_nothing_that_runs_gets_in_with_values(text):
    page = mmtags.page(text, VALUES)
    assert Reading(page.body).wrong == []
    assert '<script' not in page.body


@pytest.mark.parametrize('text', EVASIONS, ids=range(len(EVASIONS)))
def test_nothing_that_runs_gets_in_between_tags(text):
    start, end = '<MM-Form-Start><MM-Subscribe-Box title="', '"><MM-Form-End>'
    assert Reading(mmtags.page(f'{start}{text}{end}', VALUES).body).wrong == []


# --- the templates that come with the program -----------------------------------------


@pytest.mark.parametrize('path', SHIPPED, ids=lambda p: str(p.relative_to(TREE)))
def test_a_shipped_template_goes_through_unchanged(path):
    source = path.read_text()
    assert htmlclean.findings(source) == []
    rest = re.sub('<title>.*</title>', '', source).replace('<mm-form-end>', '</form>')
    assert str(htmlclean.clean(rest, keep_tags=True)) == rest


@pytest.mark.parametrize('path', TAGGED, ids=lambda p: str(p.relative_to(TREE)))
def test_a_shipped_template_knows_its_tags(path):
    assert mmtags.unknown_tags(path.read_text()) == []


@pytest.mark.parametrize('path', TAGGED, ids=lambda p: str(p.relative_to(TREE)))
def test_labels_name_the_ids_of_tags_that_stand_beside_them(path):
    source = path.read_text()
    ids = {mmtags.IDS.get(tag) for tag in re.findall('<(mm-[a-z-]+)>', source)}
    assert set(re.findall(' for="([^"]*)"', source)) <= ids


@pytest.mark.parametrize('path', TAGGED, ids=lambda p: str(p.relative_to(TREE)))
def test_what_has_an_id_stands_there_once(path):
    tags = re.findall('<(mm-[a-z-]+)>', path.read_text())
    assert [tag for tag in mmtags.IDS if tags.count(tag) > 1] == []


@pytest.mark.parametrize('lang', ['de', 'es', 'fr'])
@pytest.mark.parametrize('name', sorted({path.name for path in SHIPPED}))
def test_all_languages_have_the_same_structure(lang, name):
    def structure(folder):
        source = (TREE / 'templates' / folder / name).read_text()
        return re.findall(r'</?[a-z][^ >]*|%\(\w+\)s| (?:id|for|name)="[^"]*"', source)

    assert structure(lang) == structure('en')


MUST = {
    'listinfo.html': 'mm-subscribe-form-start mm-subscribe-box mm-subscribe-button'
    ' mm-fullname-box mm-new-password-box mm-confirm-password mm-digest-radio-button'
    ' mm-undigest-radio-button mm-options-form-start mm-editing-options'
    ' mm-roster-form-start mm-roster-option mm-lang-form-start mm-displang-box'
    ' mm-list-langs mm-captcha-ui mm-recaptcha-ui mm-archive mm-list-info mm-activity',
    'options.html': ' '.join(
        tag
        for tag in mmtags.IDS
        if re.search('global|mail|dup|topic|subscription|addr|pass|deliv|digest', tag)
        and not re.search('option$|password-box|confirm-password', tag)
    )
    + ' mm-topics mm-logout-button mm-options-submit-button mm-change-pass-button'
    ' mm-change-address-button mm-other-subscriptions-submit mm-unsubscribe-button'
    ' mm-list-langs mm-disabled-notice mm-results mm-pending-days mm-umbrella-notice',
    'roster.html': 'mm-regular-users mm-digest-users mm-num-reg-users mm-num-digesters',
    'subscribe.html': 'mm-results mm-list-name',
}


@pytest.mark.parametrize('name', MUST)
def test_every_control_of_2_1_has_its_place(name):
    source = (TREE / 'templates/en' / name).read_text()
    assert set(MUST[name].split()) - set(re.findall('<(mm-[a-z-]+)>', source)) == set()


# --- templates of owners --------------------------------------------------------------

OLD = (
    '<html><head><title><MM-List-Name></title></head><body><MM-Form-Start><MM-Results>'
    '<mm-unsubscribe-button><MM-Form-End><MM-Mailman-Footer></body></html>'
)
FORM = {
    'mm-list-name': 'Talk',
    'mm-form-start': Markup('<form>'),
    'mm-unsubscribe-button': Markup('<input>'),
    'mm-mailman-footer': 'foot',
}


def test_a_page_of_2_1_keeps_working():
    page = mmtags.page(OLD, FORM)
    assert (page.title, page.body) == ('Talk', '<form><input></form>foot')


def test_an_owner_is_told_in_words():
    text = '<script>x</script><p onclick=x><form action=//evil.example>'
    assert mmtags.suspicious(text, ENGLISH) == [
        'the element <script>',
        'the attribute onclick, which runs a script',
        'a form that sends to //evil.example, which is not this list server',
    ]


def test_what_only_looks_different_is_not_refused():
    text = '<p style="color:red"><blink>x</blink>'
    assert mmtags.suspicious(text, ENGLISH) == []
    assert mmtags.not_shown(text) == ['style', 'blink']


def test_tags_that_mean_nothing_are_named():
    assert mmtags.unknown_tags('<MM-Foo><mm-user></mm-archive>') == ['<mm-foo>']


def own_page(mlist, text, lang='en'):
    folder = mlist.directory / lang
    folder.mkdir()
    (folder / 'listinfo.html').write_bytes(text)


def test_a_list_has_the_shipped_page_first(mlist):
    page = mmtags.make(mlist, 'listinfo.html', 'de', {'mm-list-name': 'Dev'})
    assert page.title == 'Dev: Mailingliste' and not page.is_owners


def test_the_page_of_its_owner_comes_first(mlist):
    own_page(mlist, '<title>Ours</title><p>Grüße'.encode('latin-1'), 'de')
    page = mmtags.make(mlist, 'listinfo.html', 'de', {})
    assert page == ('Ours', '<p>Grüße</p>', True)


def test_log_in_pages_have_other_marks(mlist):
    (mlist.directory / 'en').mkdir()
    path = mlist.directory / 'en' / 'private.html'
    path.write_text(
        '<title>%(realname)s</title>%(message)s<form action="%(action)s">'
        '<a href="%(realname)s" title="%(message)s">100%% %(other)s</a></form>'
    )
    page = mmtags.make_percent(
        mlist,
        'private.html',
        'en',
        {
            'realname': 'javascript:x',
            'message': Markup('<b>No</b>'),
            'action': 'http://lists.example.com/mailman/private/dev/',
        },
    )
    assert page.title == 'javascript:x'
    assert page.body == (
        '<b>No</b><form action="http://lists.example.com/mailman/private/dev/">'
        '<a title="No">100% %(other)s</a></form>'
    )
