"""Crashes of a list's files: the old state or the new one, and one that loads."""

import itertools
import os

import pytest

from mailman.errors import UnknownList
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from tests.crash.crashpoints import crash_points

_numbers = itertools.count()


@pytest.fixture
def arrange(make_list):
    """Make another list each time, with a second save behind it."""

    def make():
        mlist = make_list(f'list{next(_numbers)}', members=['anne@member.example'])
        mlist.description = 'old'
        mlist.save()
        return mlist

    return make


def load_again(mlist):
    return MailList.open(mlist.site, mlist.name)


def no_error_was_logged(site):
    path = site.logs_dir / 'error'
    assert not path.exists(), path.read_text()


def test_config_pck_is_old_or_new_and_no_litter_piles_up(arrange):
    def act(mlist):
        with mlist.lock():
            mlist.description = 'new'
            mlist.post_id = 7.0
            mlist.add_member('bob@member.example')
            mlist.save()

    def check(mlist, finished):
        found = load_again(mlist)
        new = found.description == 'new'
        assert new or (not finished and found.description == 'old')
        assert found.is_member('bob@member.example') == new
        assert found.is_member('anne@member.example')
        if new:
            assert found.post_id == 7.0
        with found.lock(0):
            found.save()
        assert not [n for n in os.listdir(mlist.directory) if '.tmp' in n]
        no_error_was_logged(mlist.site)

    assert crash_points(arrange, act, check) >= 12


def test_counters_are_old_or_new(arrange):
    def act(mlist):
        mlist.post_id += 1
        mlist.save_changes()

    def check(mlist, finished):
        found = load_again(mlist)
        assert found.post_id in ((2.0,) if finished else (1.0, 2.0))
        no_error_was_logged(mlist.site)

    crash_points(arrange, act, check)


def test_a_new_list_is_there_or_not(arrange, site):
    def act(name):
        MailList.create(site, name, 'o@owner.example', '')

    def check(name, finished):
        try:
            assert MailList.open(site, name).owner == ['o@owner.example']
        except UnknownList:
            assert not finished
            MailList.create(site, name, 'o@owner.example', '')

    crash_points(lambda: f'fresh{next(_numbers)}', act, check)


def test_a_held_post_is_whole_wherever_an_entry_names_it(arrange, make_msg):
    msg = make_msg(body='held\n' * 100)

    def act(mlist):
        with mlist.lock():
            Requests(mlist).hold_message(msg, 'Post by non-member', {'listname': 'x'})
            mlist.save_changes()

    def check(mlist, finished):
        found = Requests(load_again(mlist))
        ids = found.held_messages()
        assert len(ids) == 1 or (not finished and not ids)
        for request_id in ids:
            assert found.message(request_id).as_bytes() == msg.as_bytes()
        # The next one gets another number and another file.
        with found.mlist.lock(0):
            second = found.hold_message(make_msg(body='second\n'), 'reason')
        assert second not in ids
        assert found.message(second).get_payload() == 'second\n'
        assert found.held_messages() == [*ids, second]

    crash_points(arrange, act, check)


def test_a_request_removed_never_leaves_an_entry_without_its_post(arrange, make_msg):
    msg = make_msg(body='held\n')

    def with_a_held_post():
        mlist = arrange()
        Requests(mlist).hold_message(msg, 'reason')
        mlist.save()
        return mlist

    def check(mlist, finished):
        found = Requests(load_again(mlist))
        for request_id in found.held_messages():
            assert not finished
            assert found.message(request_id).as_bytes() == msg.as_bytes()

    crash_points(with_a_held_post, lambda mlist: Requests(mlist).remove(1), check)


def test_a_cookie_given_out_is_known(arrange):
    cookies = []

    def act(mlist):
        cookie = Pending(mlist).new('U', 'anne@member.example')
        os.write(cookies[-1], cookie.encode())

    def with_a_pipe():
        for descriptor in cookies:
            os.close(descriptor)
        cookies[:] = os.pipe()
        return arrange()

    def check(mlist, finished):
        os.close(cookies.pop())
        told = os.read(cookies[0], 100).decode()
        if len(told) == 40:
            assert Pending(mlist).peek(told) == ('U', 'anne@member.example')
        assert told or not finished

    crash_points(with_a_pipe, act, check)
