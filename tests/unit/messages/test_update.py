"""`make messages`: which texts it finds, and what it keeps of a catalogue."""

import pytest

from mailman.site import po


@pytest.mark.parametrize(
    'code, expected',
    [
        ("_('Members')", ('Members', '')),
        ("_('Post by %(member)s', member=x)", ('Post by %(member)s', '')),
        ("self._('Members')", ('Members', '')),
        ("_('in '\n  'two parts')", ('in two parts', '')),
        ("N_('later')", ('later', '')),
        ("_.plural('one', 'many', n)", ('one', 'many')),
        ("mlist.translator()('at once')", ('at once', '')),
        ("cli_translator(site)('at once')", ('at once', '')),
        ("request.say('Done.')", ('Done.', '')),
        ("request.usage('set show')", ('set show', '')),
        ("DESCRIPTION = 'What it is for.'", ('What it is for.', '')),
    ],
)
def test_a_text_is_found(update, code, expected):
    assert list(update.texts_of(code)) == [expected]


@pytest.mark.parametrize(
    'code',
    [
        "print('for a log')",
        '_(text)',
        "_('')",
        "site.translator('fr')",
        "_.plural('one', many, n)",
        "OTHER = 'a constant'",
    ],
)
def test_what_is_no_text_for_people_is_left_out(update, code):
    assert list(update.texts_of(code)) == []


def test_texts_come_in_the_order_of_the_code(update):
    code = "_('first')\nx = f(_('second'))\nDESCRIPTION = 'third'\n"
    assert [text for text, _ in update.texts_of(code)] == ['first', 'second', 'third']


@pytest.mark.parametrize(
    'template, expected',
    [
        ("{{ _('Members') }}", [('Members', '')]),
        ('{{ _("It\'s %(who)s", who=x) }}', [("It's %(who)s", '')]),
        ("{{ _m('See %(link)s.', link=x) }}", [('See %(link)s.', '')]),
        ("{{ _.plural('one', 'many', n) }}", [('one', 'many')]),
        ("{% set title = _('Title') %}", [('Title', '')]),
        ("{% call f(_('in a call')) %}{% endcall %}", [('in a call', '')]),
        ("{% if x %}{{ f(label=_('in words')) }}{% endif %}", [('in words', '')]),
        ("{% macro f(a=_('a default')) %}{% endmacro %}", [('a default', '')]),
        ("{{ _('in '\n 'two parts') }}", [('in two parts', '')]),
        ("{{ _('first') }}\n{{ _('second') }}", [('first', ''), ('second', '')]),
    ],
)
def test_a_text_in_a_template_is_found(update, template, expected):
    assert list(update.texts_of_template(template)) == expected


@pytest.mark.parametrize(
    'template',
    ['{{ _(text) }}', "{{ f('no text') }}", "{# _('a remark') #}", "{{ _('') }}"],
)
def test_what_a_template_does_not_say_is_left_out(update, template):
    assert list(update.texts_of_template(template)) == []


@pytest.mark.parametrize('text', ["'a' ~ x", "'a' + x", "'%s' % x"])
def test_a_text_that_is_put_together_is_refused(update, text):
    with pytest.raises(ValueError, match='line 1'):
        list(update.texts_of_template('{{ _(' + text + ') }}'))


def test_templates_of_pages_are_looked_through(update, tmp_path, monkeypatch):
    monkeypatch.setattr(update, 'TREE', tmp_path)
    (tmp_path / 'templates/web/archive').mkdir(parents=True)
    (tmp_path / 'templates/web/archive/a.html').write_text("{{ _('Yes') }}")
    (tmp_path / 'templates/web/style.css').write_text("/* _('No') */")
    assert [(e.source, e.places) for e in update.gather()] == [
        ('Yes', ['templates/web/archive/a.html'])
    ]


def test_translations_and_notes_are_kept(update):
    known = [
        po.Entry('', ['Language: fr\n']),
        po.Entry('Yes', ['Oui'], notes=['# said of a setting'], flags=['fuzzy']),
    ]
    header, entry = update.merge(known, [po.Entry('Yes', places=['a.py'])])
    assert header.texts == ['Language: fr\n']
    assert (entry.texts, entry.notes, entry.flags) == (
        ['Oui'],
        ['# said of a setting'],
        ['fuzzy'],
    )
    assert entry.places == ['a.py']


def test_what_is_gone_is_marked_and_comes_back_with_its_translation(update):
    gone = update.merge([po.Entry('Old', ['Vieux'])], [])
    assert gone[0].gone and b'#~ msgid "Old"' in po.write(gone)
    again = update.merge(po.read(po.write(gone)), [po.Entry('Old')])
    assert [(e.source, e.texts, e.gone) for e in again] == [('Old', ['Vieux'], False)]


def test_what_is_gone_and_was_never_translated_is_forgotten(update):
    assert update.merge([po.Entry('Old', [''])], []) == []


def test_a_new_language_gets_a_catalogue_with_every_text(
    update, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(update, 'MESSAGES', tmp_path)
    monkeypatch.setattr(update, 'TREE', tmp_path)
    monkeypatch.setattr('sys.argv', ['update.py', 'eo'])
    (tmp_path / 'mailman').mkdir()
    (tmp_path / 'mailman' / 'page.py').write_text("_('Yes')\n")
    assert update.main() == 0
    assert 'eo/LC_MESSAGES/mailman.po' in capsys.readouterr().out
    entries = po.read((tmp_path / 'eo/LC_MESSAGES/mailman.po').read_bytes())
    assert 'Language: eo\n' in entries[0].texts[0]
    assert [(e.source, e.places) for e in entries[1:]] == [('Yes', ['mailman/page.py'])]


def test_check_writes_nothing_and_tells(update, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(update, 'MESSAGES', tmp_path)
    monkeypatch.setattr(update, 'TREE', tmp_path)
    monkeypatch.setattr('sys.argv', ['update.py', '--check'])
    assert update.main() == 1
    assert capsys.readouterr().out == 'mailman.pot is not up to date\n'
    assert list(tmp_path.iterdir()) == []
