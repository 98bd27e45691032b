"""ToArchive: which posts reach the archive queue."""

import pytest

from mailman.handlers.to_archive import process


def archived(mlist, msg, **msgdata):
    process(mlist, msg, msgdata)
    return len(mlist.queue('archive').messages)


def test_a_plain_post_is_queued_once(mlist, make_msg):
    assert archived(mlist, make_msg()) == 1


@pytest.mark.parametrize(
    'header, expected',
    [('X-No-Archive:', 0), ('X-Archive: No', 0), ('X-Archive: yes', 1)],
)
def test_the_author_can_opt_out(mlist, make_msg, header, expected):
    assert archived(mlist, make_msg(header)) == expected


def test_a_digest_is_not_archived_again(mlist, make_msg):
    assert archived(mlist, make_msg(), isdigest=True) == 0


def test_a_list_without_an_archive_has_none(make_list, make_msg):
    assert archived(make_list(archive=0), make_msg()) == 0
