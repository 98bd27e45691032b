"""The front door: methods, hosts, unknown pages, and headers that every answer has."""

import pytest


def test_an_unknown_program_is_404(browser):
    assert browser.get('nothing').status == 404


def test_other_methods_are_405(browser):
    for method in ('PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'):
        answer = browser.open(method, 'listinfo', b'')
        assert answer.status == 405
        assert answer.header('Allow') == 'GET, HEAD, POST'


@pytest.mark.parametrize('host', ['evil.example', 'evil"><x>', 'a b', '[::1', ''])
def test_another_host_gets_no_page(browser, host):
    answer = browser.get('listinfo', HTTP_HOST=host or 'x')
    assert answer.status == 400
    assert 'evil' not in answer.text


def test_the_style_sheet_is_kept_for_good(browser):
    from mailman.web import style

    path = style.url(browser.site, 'http://lists.example.com/mailman/')
    answer = browser.get(path.removeprefix('/mailman/'))
    assert answer.status == 200
    assert answer.header('Content-Type').startswith('text/css')
    assert 'immutable' in answer.header('Cache-Control')
    assert browser.get('assets/style.000000000000.css').status == 200
    assert 'immutable' not in browser.get('assets/style.0.css').header('Cache-Control')
    assert browser.get('assets/../app.py').status == 404


def test_colours_of_the_site_do_not_reach_dark_pages(site):
    from mailman.web import style

    plain = style.content(site, style.STYLE)
    site.cfg.WEB_BG_COLOR = '#fffff0'
    site.cfg.WEB_LINK_COLOR = 'red;} body{display:none'
    added = style.content(site, style.STYLE).removeprefix(plain).decode()
    dark = '@media not all and (prefers-color-scheme:dark)'
    assert added.strip() == f'{dark}{{:root{{--page:#fffff0}}}}'


def test_every_answer_has_safe_headers(browser):
    answer = browser.get('nothing')
    assert "script-src 'self'" in answer.header('Content-Security-Policy')
    assert "frame-ancestors 'none'" in answer.header('Content-Security-Policy')
    assert answer.header('X-Content-Type-Options') == 'nosniff'
    assert answer.header('Referrer-Policy') == 'same-origin'


def test_a_fault_of_ours_shows_nothing_of_the_request(browser, monkeypatch):
    from mailman.web.pages import assets

    def broken(request):
        raise RuntimeError(f'secret {request.pieces}')

    monkeypatch.setattr(assets, 'respond', broken)
    answer = browser.get('assets/hello-there')
    assert answer.status == 500
    assert 'secret' not in answer.text
    assert 'hello-there' not in answer.text
    log = (browser.site.logs_dir / 'error').read_text()
    assert 'secret' in log


def test_a_name_longer_than_any_list_is_cut_in_the_logs(site, mlist, browser):
    assert browser.get('listinfo/testing').status == 404
    assert 'name too long: test...: ' in (site.logs_dir / 'mischief').read_text()
    assert 'No such list "test..."' in (site.logs_dir / 'error').read_text()
