"""OwnerRecips and FileRecips."""

import pytest

from mailman.errors import LoopError
from mailman.handlers import file_recips, owner_recips


def test_owners_and_moderators_get_owner_mail_once_each(make_list, make_msg):
    mlist = make_list(moderator=['judge@x.example', 'Owner@owner.example', ''])
    msgdata = {}
    owner_recips.process(mlist, make_msg(), msgdata)
    assert msgdata['recips'] == ['owner@owner.example', 'judge@x.example']


def test_owner_mail_stays_as_it_is(mlist, make_msg):
    msg, msgdata = make_msg(), {}
    before = msg.as_bytes()
    owner_recips.process(mlist, msg, msgdata)
    assert msg.as_bytes() == before
    assert msgdata['nodecorate'] and not msgdata['personalize']


OWN, OTHER = 'test-owner@lists.example.com', 'other-owner@Lists.Example.com'


def test_owners_of_two_lists_who_are_each_other_get_it_once(make_list, make_msg):
    # They passed it on to each other until the mail server had counted enough hops.
    test, other = make_list(owner=[OTHER]), make_list('other', owner=[OWN])
    msg, msgdata = make_msg(), {}
    for mlist, whom in ((test, OTHER), (other, OWN)):
        owner_recips.process(mlist, msg, msgdata)
        assert msgdata['recips'] == [whom]
    with pytest.raises(LoopError):
        owner_recips.process(test, msg, msgdata)


def test_a_list_that_owns_itself_asks_the_owner_of_the_site(make_list, make_msg, site):
    msgdata = {}
    owner_recips.process(make_list(owner=[OWN]), make_msg(), msgdata)
    assert msgdata['recips'] == ['mailman-owner@lists.example.com']
    assert 'only owner' in (site.logs_dir / 'error').read_text()


def test_a_list_that_owns_itself_still_has_moderators(make_list, make_msg):
    msgdata = {}
    mlist = make_list(owner=[OWN], moderator=['judge@x.example'])
    owner_recips.process(mlist, make_msg(), msgdata)
    assert msgdata['recips'] == ['judge@x.example']


def test_a_site_list_that_owns_itself_has_nobody(make_list, make_msg):
    msgdata = {}
    mlist = make_list('mailman', owner=['mailman-owner@lists.example.com'])
    owner_recips.process(mlist, make_msg(), msgdata)
    assert msgdata['recips'] == []


def from_file(mlist, msg, text, **msgdata):
    (mlist.directory / 'members.txt').write_text(text)
    file_recips.process(mlist, msg, msgdata)
    return msgdata['recips']


def test_recipients_come_from_the_file(mlist, make_msg):
    text = 'a@x.example\n\n  B@x.example  \nANNE@member.example\n'
    assert from_file(mlist, make_msg(), text) == ['a@x.example', 'B@x.example']


def test_known_recipients_stay(mlist, make_msg):
    assert from_file(mlist, make_msg(), 'a@x.example\n', recips=['b@x.example']) == [
        'b@x.example'
    ]


def test_no_file_means_no_recipients(mlist, make_msg):
    msgdata = {}
    file_recips.process(mlist, make_msg(), msgdata)
    assert msgdata['recips'] == []
