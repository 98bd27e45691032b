"""Threads: who answers whom, in whatever order articles come."""

import itertools
import random
import time

import pytest

from mailman.archive import threads
from mailman.archive.store import Store

DAY = 86_400


class Archive:
    """A store that takes articles in a short form: ``add('b', 'a')``, b answers a."""

    def __init__(self, folder):
        self.store = Store(folder / 'articles.db')
        self.store.threads.touched = set()
        self.numbers = itertools.count()

    def add(self, name, *references, date=None, subject='', reply=False, volume='2026'):
        number = next(self.numbers)
        when = float(number * 60 if date is None else date)
        key, parent, waits = self.store.threads.place(
            number, name, when, references, subject, reply
        )
        self.store.add(
            {
                'number': number,
                'volume': self.store.volume_id(volume),
                'message_id': name,
                'subject': subject or name,
                'sort_subject': subject,
                'author': name,
                'sort_author': name,
                'email': '',
                'date': when,
                'flags': 0,
                'parent': parent,
                'waits': waits,
                'key': key,
            }
        )
        return number

    def outline(self, volume='2026'):
        names = {row.number: row.message_id for row in self.store.of_volume(volume)}
        found = self.store.depths(volume)
        return ' '.join('.' * depth + names[number] for number, depth in found)

    def parents(self):
        names = dict(self.store.db.execute('SELECT number, message_id FROM article'))
        found = self.store.db.execute('SELECT message_id, parent FROM article')
        return {name: names.get(parent) for name, parent in found}


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path)
    with made.store.transaction():
        yield made
    made.store.close()


def test_answers_stand_below_what_they_answer_in_order_of_time(archive):
    archive.add('a')
    archive.add('x')
    archive.add('c', 'a', date=500)
    archive.add('b', 'a', date=400)
    archive.add('d', 'a', 'b')
    assert archive.outline() == 'a .b ..d .c x'


@pytest.mark.parametrize('order', list(itertools.permutations('abcd')))
def test_late_parents_are_adopted_in_any_order(archive, order):
    references = {'a': [], 'b': ['a'], 'c': ['a', 'b'], 'd': ['a', 'b', 'c']}
    for name in order:
        archive.add(name, *references[name], date='abcd'.index(name))
    assert archive.outline() == 'a .b ..c ...d'
    assert archive.parents() == {'a': None, 'b': 'a', 'c': 'b', 'd': 'c'}


@pytest.mark.parametrize('order', list(itertools.permutations('abcd')))
def test_in_reply_to_alone_is_enough_in_any_order(archive, order):
    parents = {'a': [], 'b': ['a'], 'c': ['b'], 'd': ['c']}
    for name in order:
        archive.add(name, *parents[name], date='abcd'.index(name))
    assert archive.outline() == 'a .b ..c ...d'
    assert archive.parents() == {'a': None, 'b': 'a', 'c': 'b', 'd': 'c'}


def test_answers_to_a_lost_article_stand_together(archive):
    archive.add('b', 'lost')
    archive.add('x')
    archive.add('c', 'lost')
    assert archive.outline() == 'b c x'


def test_a_lost_article_between_two_is_bridged(archive):
    archive.add('a')
    archive.add('c', 'a', 'lost')
    assert archive.outline() == 'a .c'
    assert archive.parents()['c'] == 'a'
    archive.add('lost', 'a')
    assert archive.outline() == 'a .lost ..c'
    assert archive.parents() == {'a': None, 'lost': 'a', 'c': 'lost'}


def test_circles_are_cut(archive):
    archive.add('a', 'b')
    archive.add('b', 'a')
    archive.add('c', 'c')
    archive.add('d', 'e', 'd')
    archive.add('e', 'd', 'e')
    assert sorted(archive.outline().replace('.', '').split()) == list('abcde')


def test_a_thread_goes_on_across_volumes(archive):
    archive.add('a', volume='2025')
    archive.add('b', 'a', volume='2026')
    archive.add('c', 'a', 'b', volume='2026')
    assert archive.outline('2025') == 'a'
    assert archive.outline('2026') == 'b .c'
    assert archive.parents()['b'] == 'a'


def test_a_message_id_that_came_twice_is_two_articles(archive):
    archive.add('a')
    archive.add('a')
    archive.add('b', 'a')
    assert archive.outline() == 'a .b a'


# --- subjects ---------------------------------------------------------------------


def test_a_reply_without_references_is_matched_by_its_subject(archive):
    archive.add('a', subject='plan')
    archive.add('b', subject='plan', reply=True)
    archive.add('c', 'lost', subject='plan', reply=True)
    archive.add('d', subject='plan')
    assert archive.outline() == 'a .b .c d'


def test_the_subject_counts_never_or_always_if_so_wished(archive):
    archive.store.threads.by_subject = threads.NEVER
    archive.add('a', subject='plan')
    archive.add('b', subject='plan', reply=True)
    archive.store.threads.by_subject = threads.ALWAYS
    archive.add('c', subject='plan')
    assert archive.outline() == 'a .c b'


def test_the_subject_of_last_year_does_not_count(archive):
    archive.add('a', subject='meeting', date=0)
    archive.add('b', subject='meeting', reply=True, date=400 * DAY)
    assert archive.outline() == 'a b'


# --- large and hostile ------------------------------------------------------------


@pytest.mark.parametrize('backwards', [False, True])
def test_a_very_deep_thread_is_quick_and_flat(archive, backwards):
    names = [f'm{n}' for n in range(2000)]
    began = time.process_time()
    for number in range(2000)[:: -1 if backwards else 1]:
        above = names[number - 1 : number] if number else []
        archive.add(names[number], *above, date=number)
    assert time.process_time() - began < 20
    longest = archive.store.db.execute('SELECT max(length(key)) FROM article')
    assert longest.fetchone()[0] <= threads.DEEPEST * threads.WIDTH
    parents = archive.parents()
    assert all(parents[names[n]] == names[n - 1] for n in range(1, 2000))


def test_references_without_end_cost_no_more_than_a_few(archive):
    archive.add('a', *[f'r{n}' for n in range(100_000)])
    lost = archive.store.db.execute('SELECT count(*) FROM lost').fetchone()[0]
    assert lost <= threads.MOST_REFERENCES


@pytest.mark.parametrize('seed', range(20))
def test_whatever_comes_every_article_is_listed_once(archive, seed):
    dice = random.Random(seed)
    names = [f'm{n}' for n in range(60)]
    for name in dice.sample(names, 60):
        references = dice.sample(names, dice.randrange(5))
        archive.add(name, *references, date=dice.randrange(10_000))
    listed = archive.outline().replace('.', '').split()
    assert sorted(listed) == sorted(names)
    keys = [key for (key,) in archive.store.db.execute('SELECT key FROM article')]
    assert len(set(keys)) == 60
    assert {type(key) for key in keys} == {bytes}


@pytest.mark.parametrize('date', [-1e300, -1.0, 1e300, 253402300799.0])
def test_odd_dates_have_their_place(archive, date):
    archive.add('a', date=0)
    archive.add('b', date=date)
    assert archive.outline() in ('a b', 'b a')


@pytest.mark.parametrize('most', [5, 10_000])
def test_what_is_lost_is_found_also_when_it_is_kept_in_mind(
    tmp_path, monkeypatch, most
):
    made = []
    for often, folder in ((10_000, 'asked'), (3, 'known')):
        monkeypatch.setattr(threads, 'ASKED_OFTEN', often)
        monkeypatch.setattr(threads, 'MOST_LOST_KNOWN', most)
        (tmp_path / folder).mkdir()
        archive, choice = Archive(tmp_path / folder), random.Random(7)
        names = [f'm{number}' for number in range(60)]
        for name in choice.sample(names, len(names)):
            archive.add(name, *choice.sample(names, choice.randrange(4)))
        made.append((archive.outline(), archive.parents()))
        archive.store.close()
    assert made[0] == made[1]


def test_what_came_to_nothing_is_not_kept_in_mind(tmp_path, monkeypatch):
    monkeypatch.setattr(threads, 'ASKED_OFTEN', 1)
    archive = Archive(tmp_path)
    archive.add('a')
    with pytest.raises(RuntimeError), archive.store.transaction():
        archive.add('b', 'lost')
        raise RuntimeError
    archive.add('c', 'lost')
    archive.add('lost')
    assert archive.parents() == {'a': None, 'c': 'lost', 'lost': None}
    archive.store.close()
