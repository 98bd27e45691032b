"""A moderator's decision about held posts, newcomers and leavers."""

import pytest

from mailman import errors
from mailman.actions import moderation
from mailman.actions.decisions import Ruling, decide
from mailman.constants import Action
from mailman.lists.requests import Requests
from mailman.outcomes import (
    Approved,
    Deferred,
    Discarded,
    Gone,
    Lost,
    Rejected,
    Undecided,
)
from mailman.security import passwords
from mailman.storage import pickles

ANNE = 'anne@member.example'
NEW = 'new@joiner.example'
MODERATOR = 'mod@owner.example'


@pytest.fixture(autouse=True)
def data_dir(site):
    site.data_dir.mkdir(exist_ok=True)


@pytest.fixture
def post(mlist, make_msg):
    """Hold a post; answer its request's id."""

    def hold(*lines, reason='Post by %(who)s', **msgdata):
        msg = make_msg(*lines)
        why = errors.HoldMessage('NonMemberPost', reason, 'No guests.', who='a guest')
        return moderation.hold(mlist, msg, msgdata, why)

    mlist.admin_immed_notify = False
    mlist.respond_to_post_requests = False
    return hold


@pytest.fixture
def newcomer(mlist):
    """Let somebody wait for approval."""
    mlist.admin_immed_notify = False

    def hold(**changes):
        base = {
            'address': NEW,
            'fullname': 'New Person',
            'password': '',
            'digest': 0,
            'language': 'en',
        }
        return moderation.hold_subscription(mlist, {**base, **changes})

    return hold


@pytest.fixture
def leaver(mlist):
    """Let a member wait for approval."""
    mlist.admin_immed_notify = False
    return lambda address=ANNE: moderation.hold_unsubscription(mlist, address)


def sent(mlist, name='virgin'):
    return mlist.queue(name).messages


def words(msg):
    return msg.get_payload(decode=True).decode()


def files(mlist):
    return sorted(path.name for path in mlist.site.data_dir.glob('heldmsg-*'))


def vette(mlist):
    lines = (mlist.site.logs_dir / 'vette').read_text().splitlines()
    return [line.split(') ', 1)[1] for line in lines]


# --- posts ------------------------------------------------------------------------


def test_an_approved_post_goes_to_the_queue_past_all_checks(mlist, post):
    number = post(tolist=1, pipeline=['CookHeaders', 'ToOutgoing'], lang='en')
    outcome = moderation.handle(mlist, number, Action.APPROVE)
    assert outcome == Approved(number, ANNE)
    [(msg, data)] = sent(mlist, 'in')
    assert msg['x-mailman-approved-at'].endswith('000')
    assert msg['subject'] == 'hello' and words(msg) == 'Hello, list.\n'
    assert data['approved'] == data['adminapproved'] == data['tolist'] == 1
    assert data['pipeline'] == ['CookHeaders', 'ToOutgoing']
    assert 'rejection_notice' not in data
    assert files(mlist) == [] and Requests(mlist).count() == 0
    assert sent(mlist) == []
    assert vette(mlist)[-1] == (
        'test: held message approved, message-id: <one@member.example>'
    )


def test_the_log_may_say_who_decided(mlist, post):
    moderation.handle(mlist, post(), Action.APPROVE, by=MODERATOR)
    assert vette(mlist)[-1].endswith(f' (by {MODERATOR})')


def test_an_approved_post_carries_one_mark(mlist, post):
    number = post('X-Mailman-Approved-At: never')
    moderation.handle(mlist, number, Action.APPROVE)
    assert len(sent(mlist, 'in')[0][0].get_all('x-mailman-approved-at')) == 1


def test_a_crash_after_queueing_leaves_the_entry(mlist, post, monkeypatch):
    number = post()

    def crash(self, *ids):
        raise OSError('pulled plug')

    monkeypatch.setattr(Requests, 'remove', crash)
    with pytest.raises(OSError):
        moderation.handle(mlist, number, Action.APPROVE)
    assert len(sent(mlist, 'in')) == 1
    assert Requests(mlist).message(number) is not None


def test_a_full_disk_keeps_the_post_waiting(mlist, post, monkeypatch):
    number = post()
    from mailman.lists.list_queue import ListQueue

    def full(self, *args, **kw):
        raise OSError(28, 'no space')

    monkeypatch.setattr(ListQueue, 'enqueue', full)
    with pytest.raises(OSError):
        moderation.handle(mlist, number, Action.APPROVE)
    assert Requests(mlist).held_messages() == [number]


def test_a_rejected_sender_is_told_why(mlist, post):
    number = post('Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=')
    outcome = moderation.handle(mlist, number, Action.REJECT, comment='Off topic.')
    assert outcome == Rejected(number, ANNE)
    [(msg, data)] = sent(mlist)
    assert data['recips'] == [ANNE]
    assert msg['from'] == 'test-owner@lists.example.com'
    assert msg['precedence'] == 'bulk'
    assert 'Off topic.' in words(msg) and 'grüße' in words(msg)
    assert files(mlist) == []
    assert vette(mlist)[-1] == (
        f'test: Refused posting: From: {ANNE}, Subject: grüße, Reason: Off topic.'
    )


def test_without_a_comment_the_rule_that_held_it_speaks(mlist, post):
    moderation.handle(mlist, post(), Action.REJECT)
    assert 'No guests.' in words(sent(mlist)[0][0])


@pytest.mark.parametrize('sender', ['', 'test-bounces@lists.example.com', 'nobody'])
def test_machines_are_not_told(mlist, post, sender):
    moderation.handle(mlist, post(f'From: {sender}'), Action.REJECT)
    assert sent(mlist) == []


def test_a_discarded_post_is_gone_in_silence(mlist, post):
    number = post()
    assert moderation.handle(mlist, number, Action.DISCARD) == Discarded(number, ANNE)
    assert sent(mlist) == [] and files(mlist) == []
    assert vette(mlist)[-1] == (
        f'test: Discarded posting: From: {ANNE}, Subject: hello'
    )


@pytest.mark.parametrize('action', [Action.DEFER, Action.HOLD])
def test_a_deferred_post_stays(mlist, post, action):
    number = post()
    assert moderation.handle(mlist, number, action) == Deferred(number, ANNE)
    assert len(files(mlist)) == 1 and Requests(mlist).held_messages() == [number]


@pytest.mark.parametrize('action', [Action.DEFER, Action.DISCARD, Action.APPROVE])
def test_a_post_can_be_kept_and_forwarded_as_well(mlist, post, action):
    number = post()
    moderation.handle(mlist, number, action, preserve=True, forward_to=MODERATOR)
    kept = mlist.site.var_prefix / 'spam' / f'spam-test-{number}.msg'
    assert kept.read_bytes().startswith(b'From anne@member.example ')
    assert b'Hello, list.' in kept.read_bytes()
    [(msg, data)] = sent(mlist)
    assert data['recips'] == [MODERATOR]
    assert msg['from'] == 'test-bounces@lists.example.com'
    assert msg.get_content_type() == 'message/rfc822'
    [inner] = msg.get_payload()
    assert inner['message-id'] == '<one@member.example>'
    assert inner['x-mailman-approved-at'] is None


def test_a_copy_goes_to_several_people_but_to_addresses_only(mlist, post):
    number = post()
    to = [MODERATOR, 'two@owner.example']
    moderation.handle(mlist, number, Action.DEFER, forward_to=to)
    assert sent(mlist)[0][1]['recips'] == to
    with pytest.raises(errors.BadAddress):
        moderation.handle(mlist, number, Action.DISCARD, forward_to='a@b.c\nBcc: x@y.z')
    assert Requests(mlist).held_messages() == [number]


def test_a_post_whose_file_is_gone_is_lost(mlist, post):
    number = post()
    Requests(mlist).path(number).unlink()
    assert moderation.handle(mlist, number, Action.APPROVE) == Lost(number, ANNE)
    assert Requests(mlist).count() == 0


def test_a_post_that_cannot_be_read_can_be_discarded(mlist, post):
    number = post()
    path = Requests(mlist).path(number)
    bad = path.with_suffix('.pck')
    path.unlink()
    bad.write_bytes(b'garbage')
    entries = pickles.loads((mlist.directory / 'request.pck').read_bytes())
    kind, data = entries[number]
    entries[number] = (kind, (*data[:4], bad.name, data[5]))
    (mlist.directory / 'request.pck').write_bytes(pickles.dumps(entries))
    with pytest.raises(errors.CorruptFile):
        moderation.handle(mlist, number, Action.APPROVE)
    assert isinstance(moderation.handle(mlist, number, Action.DISCARD), Discarded)
    assert not bad.exists()


def test_what_is_gone_cannot_be_decided(mlist):
    with pytest.raises(errors.UnknownRequest):
        moderation.handle(mlist, 7, Action.APPROVE)


def test_a_log_line_cannot_be_forged(mlist, post):
    number = post('Subject: a\n b', 'From: "x\ry" <x@y.example>')
    moderation.handle(mlist, number, Action.REJECT, comment='one\nNov 21 two')
    assert len(vette(mlist)) == 2


def test_many_are_decided_with_one_write(mlist, post, monkeypatch):
    numbers = [post() for _ in range(5)]
    writes = []
    from mailman.lists import statefile

    save = statefile.save
    monkeypatch.setattr(statefile, 'save', lambda *a: (writes.append(1), save(*a)))
    done = moderation.handle_all(mlist, [*numbers, 99], Action.DISCARD)
    assert [decision.request_id for decision in done] == numbers
    assert len(writes) == 1 and files(mlist) == []


def test_one_that_fails_does_not_keep_the_others(mlist, post, newcomer):
    first, second = newcomer(), post()
    mlist.ban_list = [NEW]
    done = moderation.handle_all(mlist, [first, second], Action.APPROVE)
    assert done == [Approved(second, ANNE)]
    assert Requests(mlist).subscriptions() == [first]
    assert 'still waits' in (mlist.site.logs_dir / 'error').read_text()


# --- newcomers --------------------------------------------------------------------


def test_an_approved_newcomer_is_a_member(mlist, newcomer):
    outcome = moderation.handle(mlist, newcomer(digest=1), Action.SUBSCRIBE)
    assert isinstance(outcome, Approved)
    assert mlist.is_digest(NEW) and mlist.name_of(NEW) == 'New Person'
    assert [data['recips'] for _, data in sent(mlist)] == [[NEW]]
    log = (mlist.site.logs_dir / 'subscribe').read_text()
    assert log.endswith(f'test: new (digest) New Person <{NEW}>, via admin approval\n')


def test_a_clear_password_that_2_1_left_is_hashed(mlist, newcomer):
    moderation.handle(mlist, newcomer(password='clear'), Action.APPROVE)
    assert passwords.check('clear', mlist.password_of(NEW)).ok


def test_who_is_a_member_meanwhile_is_approved(mlist, newcomer):
    number = newcomer(address=ANNE)
    assert isinstance(moderation.handle(mlist, number, Action.APPROVE), Approved)
    assert sent(mlist) == []


def test_who_was_banned_meanwhile_still_waits(mlist, newcomer):
    number = newcomer()
    mlist.ban_list = [NEW]
    with pytest.raises(errors.Banned):
        moderation.handle(mlist, number, Action.APPROVE)
    assert Requests(mlist).subscriptions() == [number]


def test_a_rejected_newcomer_is_told(mlist, newcomer):
    outcome = moderation.handle(mlist, newcomer(), Action.REJECT, comment='Full.')
    assert isinstance(outcome, Rejected)
    [(msg, data)] = sent(mlist)
    assert data['recips'] == [NEW] and 'Full.' in words(msg)
    assert vette(mlist)[-1] == f'test: rejected subscription request from {NEW}'
    assert not mlist.is_member(NEW)


@pytest.mark.parametrize('action, left', [(Action.DISCARD, 0), (Action.DEFER, 1)])
def test_a_newcomer_can_be_discarded_or_deferred(mlist, newcomer, action, left):
    moderation.handle(mlist, newcomer(), action)
    assert len(Requests(mlist).subscriptions()) == left
    assert sent(mlist) == []


# --- leavers ----------------------------------------------------------------------


def test_an_approved_leaver_is_gone(mlist, leaver):
    outcome = moderation.handle(mlist, leaver(), Action.UNSUBSCRIBE)
    assert isinstance(outcome, Approved)
    assert not mlist.is_member(ANNE)
    assert [data['recips'] for _, data in sent(mlist)] == [[ANNE]]


def test_who_left_meanwhile_is_approved(mlist, leaver):
    outcome = moderation.handle(mlist, leaver(NEW), Action.APPROVE)
    assert isinstance(outcome, Approved) and sent(mlist) == []


def test_a_rejected_leaver_stays_and_is_told(mlist, leaver):
    moderation.handle(mlist, leaver(), Action.REJECT)
    assert mlist.is_member(ANNE)
    assert '[No reason given]' in words(sent(mlist)[0][0])
    assert vette(mlist)[-1] == f'test: rejected unsubscription request from {ANNE}'


@pytest.mark.parametrize('action, left', [(Action.DISCARD, 0), (Action.DEFER, 1)])
def test_a_leaver_can_be_discarded_or_deferred(mlist, leaver, action, left):
    moderation.handle(mlist, leaver(), action)
    assert len(Requests(mlist).unsubscriptions()) == left
    assert mlist.is_member(ANNE) and sent(mlist) == []


# --- many at once -----------------------------------------------------------------


def test_many_rulings_have_each_their_own_end(mlist, post, newcomer, site):
    ids = [post('Subject: one'), post('Subject: two'), post('Subject: three')]
    joins = newcomer()
    mlist.ban_list = [NEW]
    Requests(mlist).path(ids[2]).unlink()
    done = decide(
        mlist,
        {
            ids[0]: Ruling(Action.DISCARD),
            ids[1]: Ruling(Action.DEFER),
            ids[2]: Ruling(Action.APPROVE),
            joins: Ruling(Action.SUBSCRIBE),
            99: Ruling(Action.APPROVE),
        },
    )
    assert [type(d) for d in done] == [Discarded, Deferred, Lost, Undecided, Gone]
    assert isinstance(done[3].error, errors.Banned)
    assert done[3].sender == NEW
    assert list(Requests(mlist).all()) == [ids[1], joins]
