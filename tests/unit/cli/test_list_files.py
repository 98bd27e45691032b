"""check_db, discard, export.py, cull_bad_shunt: the files that lists are made of."""

import os
import shutil
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from mailman.cli import check_db, cull_bad_shunt, discard, export
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList, catalog
from mailman.lists.requests import Requests
from mailman.security.passwords import hash_password
from mailman.site import Site

TREE = Path(__file__).resolve().parents[3]
LEGACY = TREE / 'tests/data/legacy/tree'


# --- check_db -------------------------------------------------------------------


def test_good_files_are_silent(run, mlist):
    mlist.save()
    assert run(check_db, 'TEST') == (0, [], [])
    assert run(check_db, '-a') == (0, [], [])


def test_verbose_names_every_file_in_2_1s_order(run, mlist):
    _, out, _ = run(check_db, '-v', 'test')
    folder = mlist.directory
    assert catalog.CONFIG_FILES[2:] == ('config.db', 'config.db.last')
    assert out == [
        'List: test',
        f'   {folder}/config.pck: okay',
        f'   {folder}/config.pck.last: okay',
        f'    [Errno 2] No such file or directory: {folder}/config.db',
        f'    [Errno 2] No such file or directory: {folder}/config.db.last',
    ]


@pytest.mark.parametrize('name', ['config.pck', 'config.pck.last', 'config.db'])
def test_a_damaged_file_is_named_and_left_as_it_is(run, mlist, name):
    mlist.save()
    path = mlist.directory / name
    path.write_bytes(b'(dp0')
    status, out, _ = run(check_db, 'test')
    assert status == 0
    (line,) = out
    assert line.startswith(f'    {path}: ERROR: ')
    assert path.read_bytes() == b'(dp0'
    assert not (mlist.directory / 'config.pck.corrupt').exists()


def test_one_changed_letter_is_found(run, mlist):
    path = mlist.directory / 'config.pck'
    path.write_bytes(path.read_bytes().replace(b'anne@', b'bnne@'))
    assert 'checksum' in run(check_db, '-a')[1][0]


def test_a_folder_in_a_files_place_is_found(run, mlist):
    (mlist.directory / 'config.db').mkdir()
    assert run(check_db, 'test')[1] == [
        f'    {mlist.directory}/config.db: ERROR: is a directory'
    ]


def test_files_of_2_1_are_okay(run, site):
    shutil.copytree(LEGACY / 'lists', site.lists_dir)
    assert run(check_db, '-a') == (0, [], [])


@pytest.mark.parametrize(
    'words, line',
    [([], 'Nothing to do.'), (['nolist'], 'No list named: nolist')],
)
def test_no_list_is_no_error(run, mlist, words, line):
    assert run(check_db, *words) == (0, [line], [])


# --- discard --------------------------------------------------------------------


@pytest.fixture
def held(mlist, make_msg):
    """Hold so many posts; answer the names of their files."""

    def hold(count=1, *lines):
        requests = Requests(mlist)
        for _ in range(count):
            requests.hold_message(make_msg(*lines), 'why')
        mlist.save_changes()
        return sorted(str(p) for p in mlist.site.data_dir.glob('heldmsg-*'))

    return hold


def test_a_held_post_goes_with_its_file_and_entry(run, site, mlist, held):
    one, two = held(2)
    assert run(discard, one) == (0, ['Discarded held msg #1 for list test'], [])
    assert Requests(MailList.open(site, 'test')).held_messages() == [2]
    assert not Path(one).exists() and Path(two).exists()


def test_nobody_is_told(run, mlist, held):
    run(discard, *held())
    assert mlist.queue('virgin').messages == []


def test_the_vette_log_says_whose_post_it_was(run, site, held):
    run(discard, *held(1, 'Subject: =?utf-8?q?Caf=C3=A9?='))
    line = (site.logs_dir / 'vette').read_text().rstrip('\n')
    assert line.endswith(
        ' test: Discarded posting: From: anne@member.example, Subject: Café'
    )


def test_a_subject_cannot_forge_a_line_of_the_log(run, site, held, make_msg):
    run(discard, *held(1, 'Subject: =?utf-8?q?a=0AJan_1_forged?='))
    assert len((site.logs_dir / 'vette').read_text().splitlines()) == 1


def test_quiet_says_nothing(run, held):
    assert run(discard, '-q', *held(3)) == (0, [], [])


def test_only_the_name_counts_not_the_place(run, mlist, held):
    held()
    assert run(discard, '/elsewhere/heldmsg-test-1.pck')[1]
    assert Requests(mlist).count() == 0


@pytest.mark.parametrize(
    'name, line',
    [
        ('notes.txt', 'Ignoring non-held message: notes.txt'),
        ('heldmsg-test-1.msg', 'Ignoring non-held message: heldmsg-test-1.msg'),
        ('heldmsg-test-7.txt', 'Ignoring held msg w/bad id: heldmsg-test-7.txt'),
        ('heldmsg-no-1.txt', 'No such list: no'),
        ('heldmsg-..-1.txt', 'No such list: ..'),
    ],
)
def test_what_is_no_held_post_is_said_and_the_rest_done(run, held, name, line):
    (good,) = held()
    status, out, err = run(discard, name, good)
    assert (status, err) == (0, [line])
    assert out == ['Discarded held msg #1 for list test']


def test_a_request_of_another_kind_is_not_discarded(run, mlist):
    Requests(mlist).hold_unsubscription('anne@member.example')
    _, _, err = run(discard, 'heldmsg-test-1.txt')
    assert err == ['Ignoring held msg w/bad id: heldmsg-test-1.txt']
    assert Requests(mlist).count() == 1


def test_without_files_there_is_nothing_to_do(run):
    assert run(discard) == (0, ['Nothing to do.'], [])


def test_a_list_may_have_hyphens_and_numbers_in_its_name(run, make_list, make_msg):
    mlist = make_list('dev-2')
    Requests(mlist).hold_message(make_msg(), 'why')
    assert run(discard, 'heldmsg-dev-2-1.txt')[1] == [
        'Discarded held msg #1 for list dev-2'
    ]


# --- export.py --------------------------------------------------------------------


@pytest.fixture
def exported(run, tmp_path):
    """Export into a file and parse it."""

    def call(*words):
        path = tmp_path / 'out.xml'
        call.status, _, call.err = run(export, '-o', path, *words)
        return ElementTree.parse(path).getroot()

    return call


def children(element):
    return {child.tag: child.text for child in element}


def test_the_document_has_2_1s_shape(exported, mlist):
    root = exported()
    assert root.tag == 'mailman'
    assert root.attrib == {
        '{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation': (
            'ssi-1.0.xsd'
        )
    }
    (element,) = root.findall('list')
    assert element.attrib == {'name': 'test'}
    assert [child.tag for child in element] == ['configuration', 'roster']


def test_a_setting_has_name_type_and_value(exported, mlist):
    mlist.description = 'Café & <b>"x"</b>'
    mlist.owner = ['a@x.example', 'b@x.example']
    mlist.bounce_info_stale_after = 14 * 86400
    mlist.topics = [('Design', 'des', 'All', False)]
    mlist.save()
    found = {option.get('name'): option for option in exported().iter('option')}
    assert found['description'].text == 'Café & <b>"x"</b>'
    assert found['description'].get('type') == 'string'
    assert [value.text for value in found['owner']] == ['a@x.example', 'b@x.example']
    assert found['bounce_info_stale_after'].text == '14'
    assert found['topics'][0].text == "('Design', 'des', 'All', False)"
    assert found['emergency'].get('type') == 'bool'
    assert found['header_filter_rules'].get('type') == 'header_filter'


def test_every_type_is_one_of_2_1s(exported, mlist):
    kinds = {option.get('type') for option in exported().iter('option')}
    assert kinds <= set(export.TYPES.values())
    assert {'radio', 'bool', 'email_list', 'number', 'select'} <= kinds


def test_a_member_has_address_options_and_topics(exported, mlist):
    key = 'bob@member.example'
    mlist.set_name(key, 'Böb')
    mlist.set_topics(key, ['Design', 'Ops'])
    mlist.set_option(key, MemberFlag.MODERATE, True)
    mlist.save()
    member = exported().find(f".//member[@id='{key}']")
    assert member.get('original') == 'Bob@Member.example'
    found = children(member)
    assert found['realname'] == 'Böb'
    assert found['language'] == 'en'
    assert (found['mod'], found['ack']) == ('True', 'False')
    assert set(found) == {
        *('realname', 'password', 'language', 'delivery', 'topics'),
        *('nodupes', 'hide', 'ack', 'notmetoo', 'mod', 'nomail', 'nmtopics'),
        'noremind',
    }
    assert [topic.text for topic in member.find('topics')] == ['Design', 'Ops']


@pytest.mark.parametrize(
    'status, reason',
    [
        (DeliveryStatus.BY_USER, 'byuser'),
        (DeliveryStatus.BY_ADMIN, 'byadmin'),
        (DeliveryStatus.BY_BOUNCE, 'bybounce'),
        (DeliveryStatus.UNKNOWN, 'unknown'),
    ],
)
def test_delivery_that_is_off_has_a_reason_and_a_time(exported, mlist, status, reason):
    mlist.site.now = lambda: 1767867630.0
    mlist.set_delivery_status('anne@member.example', status)
    mlist.save()
    delivery = exported().find(".//member[@id='anne@member.example']/delivery")
    when = time.strftime('%Y-%m-%dT%H:%M:%S', time.localtime(1767867630))
    assert delivery.attrib == {
        'status': 'disabled',
        'reason': reason,
        'delivery': 'regular',
        'changed': when,
    }


@pytest.mark.parametrize('plain, kind', [(True, 'plain'), (False, 'mime')])
def test_digest_members_say_which_digest(exported, make_list, plain, kind):
    mlist = make_list()
    mlist.add_member('d@x.example', digest=True)
    mlist.set_option('d@x.example', MemberFlag.DISABLE_MIME, plain)
    mlist.save()
    delivery = exported().find('.//delivery')
    assert delivery.attrib == {'status': 'enabled', 'delivery': kind}


@pytest.mark.parametrize(
    'scheme, expected',
    [
        ('none', '{NONE}'),
        ('Plain', '{PLAIN}pass word'),
        # base64 of the SHA-1 of 'pass word'
        ('SHA', '{SHA}2oguq15ANCGsJCWKX31fllwpyEk='),
    ],
)
def test_a_clear_password_of_2_1_is_written_in_the_scheme_asked_for(
    exported, mlist, scheme, expected
):
    mlist.set_password('anne@member.example', 'pass word')
    mlist.save()
    root = exported('-p', scheme)
    found = {m.get('id'): m.find('password').text for m in root.iter('member')}
    assert found['anne@member.example'] == expected
    assert found['bob@member.example'] == '{NONE}'


def test_a_salted_password_differs_each_time(exported, mlist):
    mlist.set_password('anne@member.example', 'secret')
    mlist.save()
    one, two = (exported('-p', 'ssha').find('.//password').text for _ in range(2))
    assert one.startswith('{SSHA}') and one != two


def test_a_hashed_password_is_left_out_and_that_is_said(exported, mlist):
    mlist.set_password('anne@member.example', hash_password('secret'))
    mlist.save()
    root = exported('-p', 'plain')
    assert {m.text for m in root.iter('password')} == {'{NONE}'}
    assert exported.err == ['1 passwords are kept as hashes and were left out.']


def test_what_xml_cannot_say_does_not_break_the_document(exported, mlist):
    mlist.set_name('anne@member.example', 'a\x00b\x1bc\ud800d\ufffe')
    mlist.description = 'tab\there'
    mlist.save()
    name = exported().find(".//member[@id='anne@member.example']/realname").text
    assert name == 'a\ufffdb\ufffdc\ufffdd\ufffd'


def test_lists_can_be_chosen_and_a_missing_one_is_said(exported, make_list):
    for name in ('one', 'two', 'three'):
        make_list(name)
    root = exported('-l', 'TWO', '-l', 'nolist')
    assert [element.get('name') for element in root] == ['two']
    assert (exported.status, exported.err) == (1, ['No such list: nolist'])


def test_the_schemes_and_the_version_are_shown(run):
    assert run(export, '-P')[1] == ['NONE', 'PLAIN', 'SHA', 'SSHA']
    assert run(export, '--version')[1] == ['Mailman version: 2.1.39']


def test_an_unknown_scheme_is_wrong_usage(run, mlist):
    status, out, err = run(export, '-p', 'rot13')
    assert (status, out) == (2, [])
    assert 'ROT13' in err[-1]


def test_standard_output_is_utf_8(site, mlist, capfdbinary):
    mlist.description = 'Café'
    mlist.save()
    assert export.main(site, []) == 0
    assert 'Café'.encode() in capfdbinary.readouterr().out


def test_a_file_that_cannot_be_written_is_said(run, mlist, tmp_path):
    status, _, err = run(export, '-o', tmp_path / 'no' / 'file')
    assert (status, err) == (1, [f'{tmp_path}/no/file: No such file or directory'])


def test_a_site_of_2_1_can_be_exported(run, tmp_path):
    shutil.copytree(LEGACY, tmp_path / 'old')
    site = Site(tmp_path / 'old', install={'mailhost': 'lists.example.com'})
    path = tmp_path / 'out.xml'
    assert export.main(site, ['-p', 'plain', '-o', str(path)]) == 0
    members = ElementTree.parse(path).getroot().findall('.//member')
    found = {m.get('id'): m.find('password').text for m in members}
    assert found['ann@example.com'] == '{PLAIN}annpw'


# --- cull_bad_shunt -----------------------------------------------------------------


@pytest.fixture
def stale(site):
    """Files in bad and shunt, and a clock eight days later."""
    paths = []
    for name in ('bad', 'shunt', 'in'):
        folder = site.queue_dir(name)
        folder.mkdir(parents=True)
        paths.append(folder / 'x.msg')
        paths[-1].write_text('content')
    site.now = lambda: time.time() + 8 * 86400
    return paths


def test_what_lay_there_too_long_is_removed(run, site, stale):
    assert run(cull_bad_shunt) == (0, [], [])
    assert [path.exists() for path in stale] == [False, False, True]
    lines = (site.logs_dir / 'vette').read_text().splitlines()
    assert lines[0].endswith('1 files in bad older than 604800 seconds removed')


def test_what_came_lately_stays(run, site, stale):
    site.now = lambda: time.time() + 6 * 86400
    run(cull_bad_shunt)
    assert all(path.exists() for path in stale)


def test_an_old_message_that_came_lately_stays(run, site, stale):
    # Moving a file into a queue keeps its time of writing.
    os.utime(stale[0], (1, 1))
    site.now = time.time
    run(cull_bad_shunt)
    assert stale[0].exists()


@pytest.mark.parametrize('seconds', [0, -1])
def test_never_means_never(run, site, stale, seconds):
    site.cfg.BAD_SHUNT_STALE_AFTER = seconds
    run(cull_bad_shunt)
    assert all(path.exists() for path in stale)


def test_with_an_archive_nothing_is_lost(run, site, stale, tmp_path):
    site.cfg.BAD_SHUNT_ARCHIVE_DIRECTORY = str(tmp_path / 'kept')
    assert run(cull_bad_shunt)[0] == 0
    kept = sorted(path.name for path in (tmp_path / 'kept').iterdir())
    assert kept == ['x.msg', 'x.msg.1']
    assert [path.exists() for path in stale] == [False, False, True]


def test_an_archive_that_cannot_be_written_keeps_the_queue(run, site, stale, tmp_path):
    (tmp_path / 'file').write_text('')
    site.cfg.BAD_SHUNT_ARCHIVE_DIRECTORY = str(tmp_path / 'file')
    status, _, err = run(cull_bad_shunt)
    assert status == 1
    assert err[0].startswith(f'{stale[0]}: ')
    assert all(path.exists() for path in stale)


def test_links_are_removed_and_not_followed_folders_stay(run, site, stale, tmp_path):
    (tmp_path / 'outside').write_text('mine')
    (site.queue_dir('bad') / 'link').symlink_to(tmp_path / 'outside')
    (site.queue_dir('bad') / 'folder').mkdir()
    run(cull_bad_shunt)
    assert [path.name for path in site.queue_dir('bad').iterdir()] == ['folder']
    assert (tmp_path / 'outside').exists()


def test_a_site_without_the_queues_is_fine(run, site):
    assert run(cull_bad_shunt) == (0, [], [])
