"""cron/checkdbs and cron/mailpasswds, list by list."""

import pytest

from mailman.actions import moderation
from mailman.cli import checkdbs, mailpasswds
from mailman.errors import HoldMessage
from mailman.lists import MailList
from mailman.lists.requests import Requests


@pytest.fixture
def held(make_list, make_msg, site):
    """Make a list on which a post waits, without a notice so far."""
    site.data_dir.mkdir(exist_ok=True)

    def make(name, **settings):
        mlist = make_list(
            name, admin_immed_notify=False, respond_to_post_requests=False, **settings
        )
        why = HoldMessage('NonMemberPost', 'Post by a nonmember')
        moderation.hold(mlist, make_msg(), {}, why)
        mlist.save_counters()
        return mlist

    return make


def subjects(mlist):
    return [msg['subject'] for msg, _ in mlist.queue('virgin').messages]


def damage(mlist):
    for path in mlist.directory.glob('config.pck*'):
        path.write_bytes(b'garbage')


# --- checkdbs ---------------------------------------------------------------------


def test_moderators_of_each_list_are_reminded(run, site, held, make_list):
    one, two, idle = held('one'), held('two'), make_list('idle')
    assert run(checkdbs) == (0, [], [])
    assert subjects(one) == ['One One moderator request waits']
    assert subjects(two) == ['One Two moderator request waits']
    assert subjects(idle) == []


def test_old_posts_are_discarded_and_the_list_is_saved(run, site, held):
    mlist = held('one', max_days_to_hold=1)
    mlist.hold_and_cmd_autoresponses['a@b.example'] = ((2020, 1, 1), 3)
    mlist.save_counters()
    now = site.now()
    site.now = lambda: now + 2 * 86_400
    run(checkdbs)
    mlist = MailList.open(site, 'one')
    assert Requests(mlist).count() == 0
    assert mlist.hold_and_cmd_autoresponses == {}


def test_a_damaged_list_does_not_keep_the_others(run, held):
    bad, good = held('bad'), held('good')
    damage(bad)
    status, _, err = run(checkdbs)
    assert status == 0 and 'bad' in err[0]
    assert len(subjects(good)) == 1


def test_a_list_that_is_in_use_does_not_keep_the_others(run, held, monkeypatch):
    monkeypatch.setattr(checkdbs, 'PATIENCE', 0.0)
    busy, free = held('busy'), held('free')
    with busy.lock():
        status, _, err = run(checkdbs)
    assert status == 0 and 'busy: not checked' in err[0]
    assert subjects(busy) == [] and len(subjects(free)) == 1


def test_checkdbs_takes_no_arguments(run):
    assert run(checkdbs, 'list')[0] == 1


# --- mailpasswds ------------------------------------------------------------------

ANNE = 'anne@member.example'


@pytest.fixture
def site_list(make_list):
    return make_list('mailman')


def test_members_are_reminded_of_lists_that_want_it(run, site_list, make_list):
    make_list('one', members=[ANNE], send_reminders=1)
    make_list('two', members=[ANNE], send_reminders=0)
    assert run(mailpasswds) == (0, [], [])
    [(msg, _)] = site_list.queue('virgin').messages
    text = msg.get_payload(decode=True).decode()
    assert 'one@' in text and 'two@' not in text


def test_by_default_nobody_is(run, site_list, mlist):
    assert run(mailpasswds)[0] == 0
    assert subjects(site_list) == []


def test_some_lists_can_be_chosen(run, site_list, make_list):
    for name in ('one', 'two', 'three'):
        make_list(name, members=[f'{name}@member.example'], send_reminders=1)
    run(mailpasswds, '-l', 'ONE', '--listname=two')
    to = [data['recips'] for _, data in site_list.queue('virgin').messages]
    assert sorted(to) == [['one@member.example'], ['two@member.example']]


def test_an_unknown_list_is_an_error(run, site_list):
    status, _, err = run(mailpasswds, '-l', 'nolist')
    assert status == 1 and 'nolist' in err[0]


def test_without_a_site_list_there_is_nobody_to_send_it(run, make_list):
    make_list('one', members=[ANNE], send_reminders=1)
    status, _, err = run(mailpasswds)
    assert status == 1 and 'mailman' in err[0]


def test_a_damaged_list_does_not_keep_the_other_members(run, site_list, make_list):
    damage(make_list('bad', members=[ANNE], send_reminders=1))
    make_list('good', members=[ANNE], send_reminders=1)
    status, _, err = run(mailpasswds)
    assert status == 0 and 'bad' in err[0]
    assert len(subjects(site_list)) == 1


def test_a_list_that_is_in_use_is_named(run, site_list, make_list, monkeypatch):
    monkeypatch.setattr(mailpasswds, 'PATIENCE', 0.0)
    busy = make_list('busy', members=[ANNE], send_reminders=1)
    with busy.lock():
        status, _, err = run(mailpasswds)
    assert status == 1 and 'busy: no reminders' in err[0]
