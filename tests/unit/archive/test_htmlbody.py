"""HTML to be read as text: what is broken in it comes to an end."""

import pytest

from mailman.archive.htmlbody import readable


@pytest.mark.parametrize('broken', ['<!', '<?', '<!--', '<! a', '<script', '<a href='])
def test_markup_that_does_not_end_comes_to_an_end(broken):
    """A `<!` without any `>` behind it was read again and again."""
    _, lines = readable(f'<p>before</p>{broken}')
    assert lines[0] == 'before'
    readable(f'{broken * 1000} after')
