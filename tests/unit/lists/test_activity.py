"""Posts per month."""

import json

import pytest

from mailman.lists import MailList, activity
from mailman.site import Site

NOVEMBER = 1795246969.0  # 2026-11-21


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ('lists', 'logs', 'locks', 'archives/private', 'data'):
        (tmp_path / name).mkdir(parents=True)
    site = Site(tmp_path)
    site.now = lambda: NOVEMBER
    return site


@pytest.fixture
def mlist(site):
    return MailList.create(site, 'dev', 'o@example.com', 'pw')


def test_posts_are_counted_in_their_month(site, mlist):
    activity.count(mlist)
    activity.count(mlist)
    site.now = lambda: NOVEMBER + 31 * 86400
    activity.count(mlist)
    months = activity.last_months(site, 'dev')
    assert len(months) == 12
    assert months[0].name == '2026-01'
    assert months[-2:] == [('2026-11', 2), ('2026-12', 1)]


def test_a_month_that_the_archive_knows_better_counts_as_there(site, mlist):
    activity.count(mlist)
    directory = site.archives_private / 'dev' / 'database'
    directory.mkdir()
    found = {'2026-10': 40, '2026-11': 5, 'x': 'y', '2026-09': -4}
    (directory / 'activity.json').write_text(json.dumps(found))
    months = dict(activity.last_months(site, 'dev'))
    assert (months['2026-09'], months['2026-10'], months['2026-11']) == (0, 40, 5)


@pytest.mark.parametrize('content', [b'{', b'[1]', b'[' * 9999, b'{"2026-11": "x"}'])
def test_a_damaged_file_counts_as_empty(site, mlist, content):
    (mlist.directory / 'activity.json').write_bytes(content)
    assert activity.last_months(site, 'dev')[-1].posts == 0
    activity.count(mlist)
    assert activity.last_months(site, 'dev')[-1].posts == 1


def test_months_beyond_two_years_are_forgotten(site, mlist):
    for number in range(30):
        site.now = lambda when=number: NOVEMBER + when * 31 * 86400
        activity.count(mlist)
    kept = json.loads((mlist.directory / 'activity.json').read_text())
    assert len(kept) == 24


def test_nothing_is_said_of_a_list_of_2_1_before_its_first_post(site, mlist):
    archive = site.archives_private / 'dev'
    archive.mkdir(exist_ok=True)
    (archive / 'pipermail.pck').write_bytes(b'')
    assert activity.last_months(site, 'dev') == []
    activity.count(mlist)
    assert activity.last_months(site, 'dev')[-1].posts == 1
