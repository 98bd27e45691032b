"""ToDigest: which posts are collected, and when a digest goes out at once."""

import pytest

from mailman.actions import digests
from mailman.archive import mbox
from mailman.handlers import to_digest
from mailman.runners.incoming import IncomingRunner


def collected(mlist):
    path = mlist.directory / digests.FILE
    return len(list(mbox.messages(path))) if path.exists() else 0


@pytest.mark.parametrize(
    'digestable, msgdata, count', [(1, {}, 1), (0, {}, 0), (1, {'isdigest': True}, 0)]
)
def test_posts_are_collected_where_there_are_digests(
    make_list, make_msg, digestable, msgdata, count
):
    mlist = make_list(digestable=digestable)
    to_digest.process(mlist, make_msg(), msgdata)
    assert collected(mlist) == count


def test_a_digest_goes_out_when_it_is_large_enough(make_list, make_msg):
    mlist = make_list(digest_size_threshhold=2)
    mlist.add_member('dig@member.example', digest=True)
    mlist.save()
    for count in (1, 0, 1):
        with mlist.lock():
            to_digest.process(mlist, make_msg(body='words\n' * 200), {})
        assert collected(mlist) == count
    [(digest, _)] = mlist.queue('virgin').messages
    assert b'\nMessage: 2\n' in digest.as_bytes()


def test_trouble_with_the_digest_does_not_stop_the_post(
    make_list, make_msg, monkeypatch, site
):
    def trouble(mlist):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(digests, 'send', trouble)
    mlist = make_list(digest_size_threshhold=1)
    to_digest.process(mlist, make_msg(body='words\n' * 300), {})
    assert collected(mlist) == 1
    assert 'No space left' in (site.logs_dir / 'error').read_text()


def test_the_runner_saves_what_a_digest_changed(make_list, make_msg, site):
    mlist = make_list(digest_size_threshhold=1, members=['anne@member.example'])
    mlist.queue('in').enqueue(make_msg(body='words\n' * 300), {'tolist': 1})
    worker = IncomingRunner(site)
    worker.one_pass()
    worker.close()
    mlist.load()
    assert mlist.next_digest_number == 2
    assert mlist.digest_last_sent_at > 0
