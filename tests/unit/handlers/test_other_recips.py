"""OwnerRecips and FileRecips."""

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
