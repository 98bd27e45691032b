"""IncomingRunner and VirginRunner: from the queue through the pipeline."""

import pytest

from mailman import handlers
from mailman.actions import moderation
from mailman.errors import DiscardMessage, HoldMessage, RejectMessage
from mailman.lists import MailList
from mailman.queue import Queue
from mailman.runners import incoming
from mailman.runners.incoming import IncomingRunner
from mailman.runners.virgin import VirginRunner


@pytest.fixture
def steps(monkeypatch):
    """Stand-ins for handlers: ``steps(Name=function)``; answers what was called."""
    called = []

    def install(**functions):
        def resolve(site, name):
            def process(mlist, msg, msgdata):
                called.append(name)
                functions.get(name, lambda *_: None)(mlist, msg, msgdata)

            return process

        monkeypatch.setattr(handlers, 'resolve', resolve)
        return called

    return install


def failing(error):
    def process(mlist, msg, msgdata):
        raise error

    return process


@pytest.fixture
def post(site, mlist, make_msg):
    """Queue a post and let the incoming runner work once."""

    def send(msg=None, runner=IncomingRunner, **msgdata):
        worker = runner(site)
        mlist.queue(worker.queue_name).enqueue(msg or make_msg(), msgdata)
        worker.one_pass()
        worker.close()

    return send


def left(site, name='in'):
    """Answer the metadata of what lies in a queue."""
    queue = Queue(site, name)
    return [queue.read(filebase).msgdata for filebase in queue.files()]


def vette(site):
    return (site.logs_dir / 'vette').read_text()


# --- which steps --------------------------------------------------------------


def test_a_post_takes_the_global_pipeline(site, post, steps):
    called = steps()
    post(tolist=1)
    assert called == site.cfg.GLOBAL_PIPELINE
    assert left(site) == []


def test_owner_mail_takes_its_own(site, post, steps):
    seen = {}
    called = steps(OwnerRecips=lambda mlist, msg, msgdata: seen.update(msgdata))
    post(toowner=1)
    assert called == site.cfg.OWNER_PIPELINE
    assert seen['envsender'] == 'mailman-bounces@lists.example.com'


def test_an_entry_may_name_a_pipeline_of_the_site(site, post, steps):
    site.cfg.MY_PIPELINE = ['A', 'B']
    called = steps()
    post(pipeline='MY_PIPELINE')
    assert called == ['A', 'B']


@pytest.mark.parametrize('name', ['SMTP_PASSWD', 'NO_PIPELINE', ''])
def test_no_other_name_is_a_pipeline(site, post, steps, name):
    called = steps()
    post(pipeline=name)
    assert called == []
    assert len(left(site, 'shunt')) == 1


def test_a_list_may_have_steps_of_its_own(mlist, post, steps):
    mlist.pipeline = ['A']
    mlist.save()
    called = steps()
    post()
    assert called == ['A']


def test_steps_left_from_an_earlier_try_come_first(mlist, post, steps):
    mlist.pipeline = ['A']
    mlist.save()
    called = steps()
    post(pipeline=['B'])
    assert called == ['B']


def test_no_steps_left_means_that_all_is_done(site, post, steps):
    called = steps()
    post(pipeline=[])
    assert called == []
    assert left(site) == left(site, 'shunt') == []


def test_the_envelope_sender_that_is_there_stays(post, steps):
    seen = {}
    steps(OwnerRecips=lambda mlist, msg, msgdata: seen.update(msgdata))
    post(toowner=1, envsender='x@y.example')
    assert seen['envsender'] == 'x@y.example'


def test_the_language_is_the_senders(mlist, post, steps):
    mlist.set_language('anne@member.example', 'fr')
    mlist.save()
    seen = {}
    steps(SpamDetect=lambda mlist, msg, msgdata: seen.update(msgdata))
    post()
    assert seen['lang'] == 'fr'


# --- what becomes of it -------------------------------------------------------


def test_a_discarded_post_leaves_a_line(site, post, steps):
    steps(Approve=failing(DiscardMessage()))
    post()
    line = (
        "Message discarded, msgid: <one@member.example>' list: Test, handler: Approve"
    )
    assert line in vette(site)
    assert left(site) == left(site, 'shunt') == []


def test_a_rejected_post_goes_back(site, mlist, post, steps):
    steps(CalcRecips=failing(RejectMessage('Not so.')))
    post()
    assert (
        'Message rejected, msgid: <one@member.example> list: Test, '
        'handler: CalcRecips, reason: Not so.'
    ) in vette(site)
    [(notice, _)] = mlist.queue('virgin').messages
    assert notice['to'] == 'anne@member.example'


def test_a_held_post_waits_with_the_steps_behind_the_one_that_held_it(
    site, post, steps, monkeypatch
):
    held = []
    monkeypatch.setattr(
        moderation,
        'hold',
        lambda mlist, msg, data, error: held.append((dict(data), error)),
    )
    steps(B=failing(HoldMessage('NonMemberPost', 'why')))
    post(pipeline=['A', 'B', 'C'])
    [(msgdata, error)] = held
    assert msgdata['pipeline'] == ['C']
    assert (error.kind, error.handler) == ('NonMemberPost', 'B')


@pytest.mark.parametrize(
    'error', [ValueError('x'), SystemExit(3), MemoryError(), RecursionError()]
)
def test_a_failed_step_sets_the_post_aside_for_unshunt(site, post, steps, error):
    steps(B=failing(error))
    post(pipeline=['A', 'B', 'C'])
    [msgdata] = left(site, 'shunt')
    assert msgdata['pipeline'] == ['B', 'C']


def test_a_handler_nobody_knows_is_named_in_the_error_log(site, post):
    post(pipeline=['NoSuchStep', 'ToOutgoing'])
    [msgdata] = left(site, 'shunt')
    assert msgdata['pipeline'] == ['NoSuchStep', 'ToOutgoing']
    assert 'NoSuchStep' in (site.logs_dir / 'error').read_text()


@pytest.mark.parametrize('stop', [HoldMessage('Kind'), RejectMessage('no')])
def test_a_decision_that_cannot_be_carried_out_is_taken_again(
    site, post, steps, monkeypatch, stop
):
    """A post to be held must not pass because the disk was full."""

    def full(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(moderation, 'hold', full)
    monkeypatch.setattr(incoming.notify, 'reject', full)
    steps(B=failing(stop))
    post(pipeline=['A', 'B', 'C'])
    [msgdata] = left(site, 'shunt')
    assert msgdata['pipeline'] == ['B', 'C']


def test_when_saving_fails_the_post_is_not_sent_again(
    site, mlist, post, steps, monkeypatch
):
    def full(self):
        raise OSError(28, 'No space left on device')

    def count(mlist, msg, msgdata):
        mlist.post_id += 1

    monkeypatch.setattr(MailList, 'save_changes', full)
    steps(A=count)
    post(pipeline=['A', 'ToOutgoing'])
    [msgdata] = left(site, 'shunt')
    assert msgdata['pipeline'] == []


# --- the list -----------------------------------------------------------------


def test_what_steps_changed_is_saved(site, mlist, post, steps):
    def change(mlist, msg, msgdata):
        mlist.post_id += 1
        mlist.description = 'new'

    steps(A=change)
    post(pipeline=['A'])
    again = MailList.open(site, 'test')
    assert (again.post_id, again.description) == (2.0, 'new')


def test_what_was_done_before_a_failure_is_saved(site, mlist, post, steps):
    def change(mlist, msg, msgdata):
        mlist.post_id += 1

    steps(A=change, B=failing(ValueError()))
    post(pipeline=['A', 'B'])
    assert MailList.open(site, 'test').post_id == 2.0


def test_a_post_alone_does_not_rewrite_the_list(mlist, post, steps):
    def count(mlist, msg, msgdata):
        mlist.post_id += 1

    before = (mlist.directory / 'config.pck').stat()
    steps(A=count)
    post(pipeline=['A'])
    after = (mlist.directory / 'config.pck').stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_while_somebody_else_has_the_list_its_mail_waits(site, mlist, post, steps):
    site.cfg.LIST_LOCK_TIMEOUT = 0.01
    called = steps()
    with MailList.open(site, 'test').lock():
        post(tolist=1)
    assert called == []
    [msgdata] = left(site)
    assert msgdata['tolist'] == 1


def test_a_busy_list_is_waited_for_once(site, mlist, make_msg, steps, monkeypatch):
    """Its mail must not hold up that of other lists."""
    site.cfg.LIST_LOCK_TIMEOUT = 0.05
    steps()
    runner = IncomingRunner(site)
    asked = []
    lock = MailList.lock

    def asking(self, timeout=None):
        asked.append(timeout)
        return lock(self, timeout)

    for _ in range(3):
        mlist.queue('in').enqueue(make_msg(), {})
    with mlist.lock():
        monkeypatch.setattr(MailList, 'lock', asking)
        runner.one_pass()
    assert asked == [0.05, 0.0, 0.0]
    runner.one_pass()
    runner.close()
    assert left(site) == []


def test_the_list_is_ours_while_steps_run(post, steps):
    seen = []
    steps(A=lambda mlist, msg, msgdata: seen.append(mlist.locked))
    post(pipeline=['A'])
    assert seen == [True]


def test_mail_for_a_list_that_is_gone_is_set_aside(site, make_msg):
    runner = IncomingRunner(site)
    Queue(site, 'in').enqueue(make_msg(), {'listname': 'gone'})
    runner.one_pass()
    runner.close()
    assert len(left(site, 'shunt')) == 1
    assert 'gone' in (site.logs_dir / 'error').read_text()


# --- VirginRunner -------------------------------------------------------------


def test_system_mail_takes_two_steps(post, steps):
    seen = {}
    called = steps(CookHeaders=lambda mlist, msg, msgdata: seen.update(msgdata))
    post(runner=VirginRunner, recips=['a@b.example'])
    assert called == ['CookHeaders', 'ToOutgoing']
    assert seen['_fasttrack'] == 1


def test_system_mail_goes_on_where_it_failed(post, steps):
    called = steps()
    post(runner=VirginRunner, pipeline=['ToOutgoing'])
    assert called == ['ToOutgoing']


def test_system_mail_does_not_wait_for_the_list(site, mlist, post, steps):
    called = steps()
    with MailList.open(site, 'test').lock():
        post(runner=VirginRunner)
    assert called == ['CookHeaders', 'ToOutgoing']


# --- the whole way ------------------------------------------------------------


def test_a_members_post_comes_out_with_its_copies(site, mlist, post, make_msg):
    post(make_msg(body='Hello.\n'), tolist=1)
    [(msg, msgdata)] = mlist.queue('out').messages
    assert msgdata['recips'] == ['anne@member.example', 'Bob@Member.example']
    assert msgdata['original_sender'] == 'anne@member.example'
    assert msg['subject'] == '[Test] hello'
    assert msg.as_bytes().endswith(b'\n\nHello.\n')
    assert len(mlist.queue('archive').messages) == 1
    assert (mlist.directory / 'digest.mbox').exists()
    assert MailList.open(site, 'test').post_id == 2.0


def test_owner_mail_reaches_the_owner_as_it_came(mlist, post, make_msg):
    msg = make_msg('To: test-owner@lists.example.com')
    before = msg.as_bytes()
    post(msg, toowner=1)
    [(sent, msgdata)] = mlist.queue('out').messages
    assert sent.as_bytes() == before
    assert msgdata['recips'] == ['owner@owner.example']
    assert msgdata['envsender'] == 'mailman-bounces@lists.example.com'
