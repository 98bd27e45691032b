"""Controls: every value is escaped, names and values are 2.1's."""

from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from mailman.web import controls

NASTY = '"><svg/onload=x>\'&#x3c;</title></textarea></option>'


class Reading(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def read(markup):
    reading = Reading()
    reading.feed(str(markup))
    reading.close()
    return reading.tags


MADE = {
    'text_box': controls.text_box(NASTY, NASTY, id=NASTY, title=NASTY),
    'email_box': controls.email_box(NASTY, NASTY, title=NASTY),
    'password_box': controls.password_box(NASTY, aria_label=NASTY),
    'paragraph': controls.paragraph(NASTY, class_=NASTY),
    'lines': controls.lines([NASTY]),
    'entry': controls.entry(NASTY, NASTY, NASTY, NASTY),
    'radio': controls.radio(NASTY, NASTY),
    'check_box': controls.check_box(NASTY, NASTY),
    'select': controls.select(NASTY, [(NASTY, NASTY)]),
    'labelled': controls.labelled(controls.radio('a', 1), NASTY),
    'submit': controls.submit(NASTY, NASTY),
    'hidden': controls.hidden(NASTY, NASTY),
    'form_start': controls.form_start(NASTY, NASTY, fields=[(NASTY, NASTY)]),
    'link': controls.link(NASTY, NASTY),
}


@pytest.mark.parametrize('kind', MADE)
def test_nothing_breaks_out_of_a_control(kind):
    assert not {'svg', 'script'} & {tag for tag, _ in read(MADE[kind])}
    assert isinstance(MADE[kind], Markup)


def test_every_maker_is_in_the_list_above():
    makers = {
        name
        for name, what in vars(controls).items()
        if getattr(what, '__module__', '') == controls.__name__ and name[0] != '_'
    }
    assert makers - {'element'} == set(MADE)


def test_a_value_comes_back_as_it_was():
    [(tag, attrs)] = read(controls.text_box('fullname', NASTY))
    assert (tag, attrs['name'], attrs['value']) == ('input', 'fullname', NASTY)


def test_underscores_are_hyphens():
    box = controls.text_box('a', aria_describedby='x', class_='wide')
    assert 'aria-describedby="x" class="wide"' in box


def test_false_and_none_leave_an_attribute_out():
    assert controls.check_box('a') == '<input type="checkbox" name="a" value="1">'
    assert ' checked' in controls.check_box('a', '1', True)


def test_a_password_is_never_filled_in():
    [(_, attrs)] = read(controls.password_box('pw'))
    assert 'value' not in attrs


def test_one_option_is_selected():
    made = controls.select('language', [('en', 'English'), ('de', 'Deutsch')], 'de')
    assert '<option value="de" selected>Deutsch</option>' in made
    assert '<option value="en">English</option>' in made


def test_several_options_are_selected():
    made = controls.select('n', [(1, 'a'), (2, 'b'), (3, 'c')], [1, 3], multiple=True)
    assert made.count(' selected') == 2


def test_a_form_carries_its_token():
    start = controls.form_start('../../subscribe/dev', 'TOKEN', fields=[('a', 1)])
    assert start == (
        '<form method="post" action="../../subscribe/dev">'
        '<input type="hidden" name="csrf_token" value="TOKEN">'
        '<input type="hidden" name="a" value="1">'
    )


def test_a_form_may_take_files():
    assert 'enctype="multipart/form-data"' in controls.form_start('x', multipart=True)


def test_a_list_of_nothing_is_no_list():
    assert controls.lines([]) == ''
    assert controls.lines(map(controls.paragraph, 'ab')).count('<li>') == 2


def test_an_entry_has_its_name_and_note_behind_the_link():
    line = controls.entry('/x', 'a at b.example', 'Anne & Co', 'off')
    assert line == (
        '<a href="/x">a at b.example</a> Anne &amp; Co <small class="dim">(off)</small>'
    )
