"""catalog: which lists there are, which names are allowed."""

import pytest

from mailman.lists import catalog


@pytest.mark.parametrize(
    'name', ['test', 'dev-owner', 'a', 'c++', 'x.y_z=1', '0', 'mailman', 'a' * 128]
)
def test_good_names(site, name):
    assert catalog.good_name(name, site)


@pytest.mark.parametrize(
    'name',
    [
        '', '.', '..', '.hidden', '../test', 'a/b', '/etc', 'a b', 'a\nb', 'a\n', 'a\0',
        'xxx&yyy', 'a;b', '$(id)', '`id`', 'a|b', 'a@b', 'caf\xe9', '%2e%2e', 'a' * 129,
        'a:b', '"a"', "a'b", 'a\\b', '<a>', '\u212a',
    ],
)  # fmt: skip
def test_bad_names(site, name):
    assert not catalog.good_name(name, site)
    assert not catalog.exists(site, name)


@pytest.mark.parametrize('characters', ['.', '[^x]', r'[\s\S]'])
def test_no_site_setting_lets_a_slash_or_a_control_character_in(site, characters):
    site.cfg.ACCEPTABLE_LISTNAME_CHARACTERS = characters
    odd = ('a"b', "a'b", 'a\\b', 'a<b', 'a@b', 'a:b', 'a(b', '\xe9', 'a\u2028b')
    for name in ('a/b', 'a\nb', '..', 'a b', 'a\x7f', *odd):
        assert not catalog.good_name(name, site)


def test_a_broken_site_setting_allows_no_name(site):
    site.cfg.ACCEPTABLE_LISTNAME_CHARACTERS = '['
    assert not catalog.good_name('test', site)


@pytest.mark.parametrize(
    'file', ['config.pck', 'config.pck.last', 'config.db', 'config.db.last']
)
def test_a_directory_with_a_config_file_is_a_list(site, file):
    assert catalog.names(site) == []
    (site.lists_dir / 'zeta').mkdir(parents=True)
    assert catalog.names(site) == []
    (site.lists_dir / 'zeta' / file).touch()
    assert catalog.names(site) == ['zeta']


def test_lists_are_sorted_and_other_things_left_out(site, make_list):
    for name in ('beta', 'alpha'):
        make_list(name)
    (site.lists_dir / 'README').touch()
    (site.lists_dir / 'bad name').mkdir()
    (site.lists_dir / 'bad name' / 'config.pck').touch()
    assert catalog.names(site) == ['alpha', 'beta']
