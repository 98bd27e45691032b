"""MailList: opening, changing, saving, addresses and pages."""

import os
import pickle
import threading

import pytest

from mailman.errors import (
    BadListName,
    CorruptList,
    ListExists,
    LockTimeout,
    UnknownList,
)
from mailman.lists import MailList
from mailman.settings import declarations
from mailman.storage import pickles

HOST = 'lists.example.com'


def on_disk(mlist):
    return pickles.loads((mlist.directory / 'config.pck').read_bytes())


def files(mlist):
    return sorted(os.listdir(mlist.directory))


# --- making -----------------------------------------------------------------


def test_a_new_list_stores_every_default(site, make_list):
    mlist = make_list('test')
    stored = {s.name for s in declarations()}
    counters = pickles.loads((mlist.directory / 'config.pck').read_bytes())
    assert stored - set(counters) == {
        'post_id', 'last_post_time', 'next_request_id', 'next_post_number', 'volume',
        'next_digest_number', 'digest_last_sent_at', 'hold_and_cmd_autoresponses',
        'postings_responses', 'admin_responses', 'request_responses',
    }  # fmt: skip
    assert mlist.real_name == 'Test'
    assert mlist.subject_prefix == '[Test] '
    assert mlist.owner == ['owner@owner.example']


def test_a_later_change_of_site_defaults_does_not_change_a_list(site, make_list):
    make_list('test')
    site.cfg.DEFAULT_MAX_MESSAGE_SIZE = 7
    assert MailList.open(site, 'test').max_message_size == 40


def test_a_new_list_takes_settings(site):
    mlist = MailList.create(
        site, 'Jardin', ['a@b.c', 'd@e.f'], '', preferred_language='fr', archive=False
    )
    assert mlist.name == 'jardin'
    assert mlist.owner == ['a@b.c', 'd@e.f']
    assert mlist.preferred_language == 'fr'
    assert mlist.charset == 'iso-8859-1'
    assert not mlist.archive


def test_a_new_list_has_its_directories_with_2_1s_modes(site, make_list):
    before = os.umask(0o077)
    try:
        mlist = make_list('test')
    finally:
        os.umask(before)
    assert mlist.directory.stat().st_mode & 0o7777 == 0o2775
    for path in ('test', 'test.mbox'):
        mode = (site.archives_private / path).stat().st_mode
        assert mode & 0o7777 == 0o2775
    assert (mlist.directory / 'config.pck').stat().st_mode & 0o777 == 0o660


def test_a_list_is_made_once(site, make_list):
    make_list('test')
    with pytest.raises(ListExists):
        MailList.create(site, 'TEST', 'a@b.c', '')


@pytest.mark.parametrize('name', ['', '../x', 'a b', 'a/b', 'xxx&yyy'])
def test_a_bad_name_is_refused_before_anything_is_made(site, name):
    with pytest.raises(BadListName):
        MailList.create(site, name, 'a@b.c', '')
    with pytest.raises(UnknownList):
        MailList.open(site, name)
    assert not site.lists_dir.exists() or not os.listdir(site.lists_dir)


def test_an_unknown_list_is_said_to_be_unknown(site):
    with pytest.raises(UnknownList):
        MailList.open(site, 'nobody')


# --- saving -----------------------------------------------------------------


def test_what_is_saved_is_loaded(site, mlist):
    mlist.description = 'Zoé & 漢字'
    mlist.topics = [('a', 'b', 'c', False)]
    mlist.max_message_size = 0
    mlist.save()
    found = MailList.open(site, 'test')
    assert found.description == 'Zoé & 漢字'
    assert found.topics == [('a', 'b', 'c', False)]
    assert found.max_message_size == 0


def test_attributes_that_nobody_knows_survive(site, mlist):
    mlist.pipeline = ['A', 'B']
    mlist.my_site_thing = {'a': (1, 2)}
    mlist.save()
    found = MailList.open(site, 'test')
    found.save()
    assert MailList.open(site, 'test').my_site_thing == {'a': (1, 2)}
    assert MailList.open(site, 'test').pipeline == ['A', 'B']


def test_what_can_not_be_stored_is_left_out_and_logged(site, mlist):
    mlist.odd = object()
    mlist.description = 'saved'
    mlist.save()
    assert MailList.open(site, 'test').description == 'saved'
    assert 'odd is not saved' in (site.logs_dir / 'error').read_text()


def test_private_attributes_are_not_saved(site, mlist):
    mlist._mine = 1
    mlist.save()
    assert '_mine' not in on_disk(mlist)
    assert not {'site', 'name'} & set(on_disk(mlist))


def test_config_pck_is_a_pickle_of_plain_types(mlist):
    assert pickle.loads((mlist.directory / 'config.pck').read_bytes()) == on_disk(mlist)


def test_the_save_before_is_kept(site, mlist):
    mlist.description = 'one'
    mlist.save()
    mlist.description = 'two'
    mlist.save()
    last = pickles.loads((mlist.directory / 'config.pck.last').read_bytes())
    assert last['description'] == 'one'
    assert files(mlist) == [
        'config.pck',
        'config.pck.last',
        'counters.json',
        'overview.json',
    ]


def test_litter_of_killed_writers_goes_with_the_next_save(mlist):
    for name in ('.config.pck.tmp.99.0', '.counters.json.tmp.9.9', 'mine.tmp'):
        (mlist.directory / name).touch()
    mlist.save()
    assert [n for n in files(mlist) if 'tmp' in n] == ['mine.tmp']


# --- counters ---------------------------------------------------------------


def test_a_post_that_changes_nothing_else_writes_only_the_counters(site, mlist):
    before = (mlist.directory / 'config.pck').stat()
    with mlist.lock():
        mlist.post_id += 1
        mlist.last_post_time = 5.5
        mlist.hold_and_cmd_autoresponses['a@b.c'] = ((2026, 1, 8), 2)
        assert not mlist.changed
        mlist.save_changes()
    assert (mlist.directory / 'config.pck').stat() == before
    found = MailList.open(site, 'test')
    assert (found.post_id, found.last_post_time) == (2.0, 5.5)
    assert found.hold_and_cmd_autoresponses == {'a@b.c': ((2026, 1, 8), 2)}


def test_counters_that_did_not_change_are_not_written(mlist):
    mlist.post_id = 9.0
    mlist.save_counters()
    before = (mlist.directory / 'counters.json').stat()
    mlist.save_counters()
    assert (mlist.directory / 'counters.json').stat() == before


@pytest.mark.parametrize(
    'content',
    [b'', b'{', b'[]', b'{"post_id": "x"}', b'{"admin_responses": 1}', b'\0' * 9],
)
def test_broken_counters_are_set_aside_and_the_list_goes_on(site, mlist, content):
    (mlist.directory / 'counters.json').write_bytes(content)
    found = MailList.open(site, 'test')
    assert found.post_id == 1.0
    assert found.is_member('anne@member.example')
    assert (mlist.directory / 'counters.json.corrupt').read_bytes() == content
    assert 'counters' in (site.logs_dir / 'error').read_text()


# --- what counts as a change --------------------------------------------------


@pytest.mark.parametrize(
    'change',
    [
        lambda m: setattr(m, 'description', 'new'),
        lambda m: m.owner.append('x@y.z'),
        lambda m: setattr(m, 'members', dict(m.members)),
        lambda m: m.add_member('x@y.z'),
        lambda m: m.set_name('anne@member.example', 'Anne'),
        lambda m: m.remove_member('anne@member.example'),
        lambda m: m.members.update({'x@y.z': 0}),
        lambda m: setattr(m, 'my_site_thing', 1),
        lambda m: delattr(m, 'description'),
    ],
)
def test_every_change_is_noticed_until_it_is_saved(site, mlist, change):
    mlist = MailList.open(site, 'test')
    assert not mlist.changed
    change(mlist)
    assert mlist.changed
    mlist.save_changes()
    assert not mlist.changed
    assert not MailList.open(site, 'test').changed


def test_reading_is_no_change(site, mlist):
    mlist = MailList.open(site, 'test')
    for declared in declarations(everything=True):
        if declared.stored:
            getattr(mlist, declared.name)
    assert not mlist.changed


# --- locks ------------------------------------------------------------------


def test_a_lock_shows_what_others_saved_meanwhile(site, mlist):
    other = MailList.open(site, 'test')
    with mlist.lock():
        mlist.description = 'new'
        mlist.add_member('x@y.example')
        mlist.save()
    with other.lock():
        assert other.description == 'new'
        assert other.is_member('x@y.example')


def test_a_lock_shows_counters_that_others_saved(site, mlist):
    other = MailList.open(site, 'test')
    with mlist.lock():
        mlist.post_id = 7.0
        mlist.save_changes()
    with other.lock():
        assert other.post_id == 7.0


def test_an_unchanged_list_is_not_read_again(site, mlist, monkeypatch):
    mlist = MailList.open(site, 'test')
    monkeypatch.setattr(MailList, 'load', lambda self: pytest.fail('it was'))
    with mlist.lock():
        pass
    mlist.refresh()


def test_what_was_not_saved_is_forgotten(mlist):
    with mlist.lock():
        mlist.description = 'never saved'
        mlist.post_id = 99.0
    with mlist.lock():
        assert mlist.description != 'never saved'
        assert mlist.post_id == 1.0


def test_what_an_error_interrupted_is_forgotten(mlist):
    with pytest.raises(ZeroDivisionError), mlist.lock():
        mlist.members.clear()
        raise ZeroDivisionError
    with mlist.lock():
        assert len(mlist.members) == 2


def test_locks_nest_and_only_the_outer_one_reads(mlist):
    with mlist.lock():
        mlist.description = 'inside'
        with mlist.lock():
            assert mlist.description == 'inside'
        assert mlist.locked
        mlist.refresh()
        assert mlist.description == 'inside'
        mlist.save()
    assert not mlist.locked


def test_somebody_elses_lock_is_waited_for(site, mlist):
    other = MailList.open(site, 'test')
    with mlist.lock(), pytest.raises(LockTimeout), other.lock(timeout=0.05):
        pass


def test_changes_of_many_at_once_are_all_kept(site, mlist):
    def add(number):
        mine = MailList.open(site, 'test')
        for n in range(5):
            with mine.lock():
                mine.add_member(f'{number}-{n}@x.example')
                mine.post_id += 1
                mine.save()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = MailList.open(site, 'test')
    assert len(found.members) == 22
    assert found.post_id == 21.0


def test_a_list_that_was_removed_meanwhile_is_unknown(mlist):
    import shutil

    shutil.rmtree(mlist.directory)
    with pytest.raises(UnknownList):
        mlist.refresh()
    with pytest.raises(UnknownList), mlist.lock():
        pass
    assert not mlist.locked


def test_a_denied_read_is_a_passing_trouble(site, mlist, monkeypatch):
    def deny(path):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr('mailman.lists.store.safefile.read', deny)
    with pytest.raises(CorruptList) as caught:
        MailList.open(site, 'test')
    assert caught.value.temporary
    assert files(mlist) == [
        'config.pck',
        'config.pck.last',
        'counters.json',
        'overview.json',
    ]


# --- the public archive -------------------------------------------------------


def test_the_public_link_follows_the_setting(site, mlist):
    link = site.archives_public / 'test'
    assert link.readlink() == site.archives_private / 'test'
    mlist.archive_private = 1
    mlist.save()
    assert not link.is_symlink()
    mlist.archive_private = 0
    mlist.save()
    assert link.is_symlink()


def test_the_mbox_is_public_where_the_site_says_so(site, mlist):
    link = site.archives_public / 'test.mbox'
    assert not link.is_symlink()
    site.cfg.PUBLIC_MBOX = 1
    mlist.save()
    assert link.readlink() == site.archives_private / 'test.mbox'


def test_a_link_to_an_old_place_is_replaced_and_a_directory_left_alone(site, mlist):
    link = site.archives_public / 'test'
    link.unlink()
    link.symlink_to('/usr/local/mailman/archives/private/test')
    mlist.save()
    assert link.readlink() == site.archives_private / 'test'
    link.unlink()
    link.mkdir()
    mlist.archive_private = 1
    mlist.save()
    assert link.is_dir()


# --- addresses and pages ------------------------------------------------------


def test_addresses(mlist):
    assert mlist.address() == f'test@{HOST}'
    assert mlist.address('bounces') == f'test-bounces@{HOST}'
    assert mlist.list_id == f'test.{HOST}'


def test_pages(site, mlist):
    base = f'http://{HOST}/mailman'
    assert mlist.url('listinfo') == f'{base}/listinfo/test'
    assert mlist.url('confirm', 'abc') == f'{base}/confirm/test/abc'
    assert mlist.url('admin', absolute=False) == '/mailman/admin/test'
    assert mlist.options_url() == f'{base}/options/test'
    assert mlist.options_url('Zoé+x@y.z') == f'{base}/options/test/zo%C3%A9%2Bx%40y.z'
    site.cfg.CGIEXT = '.cgi'
    assert mlist.url('listinfo') == f'{base}/listinfo.cgi/test'
    mlist.web_page_url = 'https://www.example.net'
    assert mlist.url('admindb', absolute=False) == '/admindb.cgi/test'


def test_archive_pages(mlist):
    assert mlist.archive_url() == f'http://{HOST}/pipermail/test/'
    mlist.archive_private = 1
    assert mlist.archive_url() == f'http://{HOST}/mailman/private/test/'


def test_log_lines_name_the_list(site, mlist):
    mlist.log('vette', 'something')
    assert (site.logs_dir / 'vette').read_text().endswith(') test: something\n')


def test_mail_for_a_queue_carries_the_lists_name(mlist, make_msg):
    mlist.queue('archive').enqueue(make_msg(), {'lang': 'en'}, isdigest=1)
    [(msg, msgdata)] = mlist.queue('archive').messages
    assert msg['subject'] == 'hello'
    assert msgdata['listname'] == 'test'
    assert (msgdata['lang'], msgdata['isdigest']) == ('en', 1)


def test_names_of_2_1_are_answered_by_the_registry(mlist, monkeypatch):
    registry = {'GetListEmail': lambda self: self.address()}
    monkeypatch.setattr(MailList, 'legacy', registry)
    assert mlist.GetListEmail() == f'test@{HOST}'
    with pytest.raises(AttributeError, match='NoSuchThing'):
        _ = mlist.NoSuchThing
