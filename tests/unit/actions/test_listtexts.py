"""The texts and pages that owners write for their list."""

import pytest

from mailman.actions import listtexts


def test_the_seventeen_of_21_can_be_written():
    assert len(listtexts.TEXTS) == 17


def test_names_that_mean_nothing_are_found():
    text = '%(listname)s %(nothing)s %%(literal)s %%%(odd)s'
    assert listtexts.unknown_names('refuse.txt', text) == ['nothing', 'odd']


def test_a_copy_goes_before_the_text_of_the_site(mlist):
    before = listtexts.read(mlist, 'refuse.txt', 'en')
    listtexts.save(mlist, 'refuse.txt', 'en', 'No.\r\nNever.')
    assert listtexts.read(mlist, 'refuse.txt', 'en') == 'No.\nNever.\n'
    assert listtexts.own_copies(mlist, 'en') == {'refuse.txt'}
    assert listtexts.drop(mlist, 'refuse.txt', 'en')
    assert not listtexts.drop(mlist, 'refuse.txt', 'en')
    assert listtexts.read(mlist, 'refuse.txt', 'en') == before


@pytest.mark.parametrize(
    'name, lang', [('config.pck', 'en'), ('../x', 'en'), ('refuse.txt', '../en')]
)
def test_nothing_else_can_be_written(mlist, name, lang):
    assert not listtexts.drop(mlist, name, lang)
    with pytest.raises(FileNotFoundError):
        listtexts.save(mlist, name, lang, 'x')
    with pytest.raises(FileNotFoundError):
        listtexts.is_own(mlist, name, lang)
