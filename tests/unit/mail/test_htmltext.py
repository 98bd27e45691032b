"""HTML to text: our own simple way, and the site's command."""

import pytest

from mailman.mail import htmltext
from mailman.mail.htmltext import ConversionFailed, by_command, plain


@pytest.mark.parametrize(
    'source, expected',
    [
        ('<p>one</p>\n<p>two</p>', 'one\n\ntwo\n'),
        ('a<br>b<BR/>c', 'a\nb\nc\n'),
        ('<b>bold</b> and <i class="x">more</i>', 'bold and more\n'),
        ('a &lt; b &amp; c&nbsp;d &eacute;', 'a < b & c d é\n'),
        ('1 < 2 and 3 > 2', '1 < 2 and 3 > 2\n'),
        ('x<script>alert("<p>")</script>y', 'xy\n'),
        ('x<style type=a>p {}</style >y', 'xy\n'),
        ('x<!-- <p>no</p> -->y', 'xy\n'),
        ('x<!-- never ends', 'x<!-- never ends\n'),
        ('x<!-- <b> never ends', 'x\n'),
        ('x<script>never ends', 'xnever ends\n'),
        ('<head><title>t</title></head><body>b</body>', 'b\n'),
        ('<!DOCTYPE html>x', 'x\n'),
        ('a tag that <p never ends', 'a tag that <p never ends\n'),
        ('<ul><li>one<li>two</ul>', 'one\ntwo\n'),
        ('one\ntwo   three', 'one two three\n'),
        ('', '\n'),
        ('\0<p>\0', '\n'),
    ],
)
def test_tags_are_taken_out(source, expected):
    assert plain(source) == expected


def test_the_command_reads_a_file_that_needs_no_charset():
    assert by_command('/bin/cat %(filename)s', 'é') == '&#233;'


def test_a_shell_is_there_for_those_who_ask_for_one():
    assert by_command('cat %(filename)s | tr a-z A-Z', 'abc') == 'ABC'


def test_output_that_is_no_utf8_is_latin_1():
    assert by_command("printf '\\351'", 'x') == 'é'


@pytest.mark.parametrize('command', ['/no/such', 'false', '%(nothing)s', "'", '%d'])
def test_a_command_that_does_not_work_is_a_failure(command):
    with pytest.raises(ConversionFailed):
        by_command(command, 'x')


def test_a_command_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(htmltext, 'SECONDS', 0.1)
    with pytest.raises(ConversionFailed):
        by_command('sleep 30', 'x')


def test_an_endless_character_number_is_no_error():
    assert plain('&#' + '9' * 5000 + ';') == '\ufffd\n'
