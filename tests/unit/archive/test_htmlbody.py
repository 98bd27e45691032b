"""HTML to be read as text: what is broken in it comes to an end."""

import pytest

from mailman.archive.htmlbody import readable


@pytest.mark.parametrize('broken', ['<!', '<?', '<!--', '<! a', '<script', '<a href='])
def test_markup_that_does_not_end_comes_to_an_end(broken):
    """A `<!` without any `>` behind it was read again and again."""
    _, lines = readable(f'<p>before</p>{broken}')
    assert lines[0] == 'before'
    readable(f'{broken * 1000} after')


@pytest.mark.parametrize(
    'source, expected',
    [
        ('1 < 2 <3<', '1 < 2 <3<'),
        ('a<!-- b --><!c><?d?>e<!f', 'aef'),
        ('a<!-- b', 'a b'),
        ('<b>a </b> b&nbsp;&nbsp;c\td', 'a  b c d'),
        (' <td> a<th>b</td>', 'a b'),
        ('<LI>a<Br/>b', '* a|b'),
        ('a<blink>b</blink><p', 'ab'),
        ('<pre> a  b\n\n c</pre>d', ' a  b|| c|d'),
        ('<script>a', 'a'),
    ],
)
def test_marks_and_blanks(source, expected):
    assert '|'.join(readable(source)[1]) == expected
