"""Jinja2 templates: found at the most special place, escaped, compiled when built."""

import os

import jinja2
import pytest

from mailman.site import Site, pages


@pytest.fixture
def site(tmp_path):
    templates = tmp_path / 'templates'
    (templates / 'web').mkdir(parents=True)
    (tmp_path / 'Mailman').mkdir()
    (tmp_path / 'Mailman' / 'mm_cfg.py').write_text(
        f'from Defaults import *\nTEMPLATE_DIR = {str(templates)!r}\n'
    )
    return Site(tmp_path)


def put(site, place, text, name='a.html'):
    folder = site.prefix / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_values_and_translated_texts_are_escaped(site):
    put(site, 'templates/web', "{{ who }} {{ _('<%(who)s>', who=who) }}")
    made = pages.renderer(site, 'en')('a.html', who='<b>')
    assert made == '&lt;b&gt; &lt;&lt;b&gt;&gt;'


def test_marked_text_keeps_only_what_is_markup(site):
    put(site, 'templates/web', "{{ _m('<i> %(a)s %(b)s', a='<a>', b='<b>'|e) }}")
    assert pages.renderer(site, 'en')('a.html') == '&lt;i&gt; &lt;a&gt; &lt;b&gt;'


def test_a_missing_value_is_an_error(site):
    put(site, 'templates/web', '{{ nothing }}')
    with pytest.raises(jinja2.UndefinedError):
        pages.renderer(site, 'en')('a.html')


def test_the_list_comes_before_the_host_before_the_site_before_ours(site):
    put(site, 'templates/web', 'ours')
    assert pages.renderer(site, 'en')('a.html') == 'ours'
    put(site, 'templates/site/web', 'site')
    assert pages.renderer(site, 'en')('a.html') == 'site'
    put(site, 'templates/host.example/web', 'host')
    assert pages.renderer(site, 'en', host='host.example')('a.html') == 'host'
    put(site, 'lists/one/web', 'list')
    made = pages.renderer(site, 'en', mlist_name='one', host='host.example')('a.html')
    assert made == 'list'


def test_right_to_left_languages_say_so(site):
    put(site, 'templates/web', '{{ lang }} {{ dir }}')
    assert pages.renderer(site, 'he')('a.html') == 'he rtl'
    assert pages.renderer(site, 'de')('a.html') == 'de ltr'


def test_compiled_templates_serve_until_their_source_is_newer(site):
    put(site, 'templates/web', 'first')
    assert pages.compile_all(site.templates_dir) == 1
    source = site.templates_dir / 'web' / 'a.html'
    source.write_text('changed')
    os.utime(source, (1, 1))
    assert pages.renderer(site, 'en')('a.html') == 'first'
    os.utime(source)
    pages._environment.cache_clear()
    source.write_text('changed')
    os.utime(source, (2**31, 2**31))
    assert pages.renderer(site, 'en')('a.html') == 'changed'
