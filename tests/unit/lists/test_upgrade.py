"""upgrade: lists of 2.1, 2.0 and in between."""

import marshal
import pickle

import pytest

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList, upgrade

NOW = 1_000_000.0


def modernised(**values):
    base = {'members': {'a@b.c': 0, 'd@e.f': 'D@e.f'}, 'digest_members': {}}
    base |= values
    upgrade.modernise(base, NOW)
    return base


def python2(values):
    """Write values as Python 2 would have: text as byte strings."""
    if isinstance(values, str):
        return values.encode()
    if isinstance(values, dict):
        return {python2(k): python2(v) for k, v in values.items()}
    if isinstance(values, list | tuple):
        return type(values)(python2(v) for v in values)
    return values


class _Bytes(pickle._Pickler):
    """Python 2's opcodes for byte strings."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, obj):
        self.write(b'T' + len(obj).to_bytes(4, 'little') + obj)
        self.memoize(obj)

    dispatch[bytes] = save_bytes


def write_python2_list(site, name, values, protocol=1):
    directory = site.lists_dir / name
    directory.mkdir(parents=True)
    with (directory / 'config.pck').open('wb') as target:
        _Bytes(target, protocol).dump(python2(values))


OLD_LIST = {
    'members': {'a@b.c': 0},
    'digest_members': {},
    'real_name': 'Old',
    'host_name': 'lists.example.com',
    'web_page_url': 'http://lists.example.com/mailman/',
    'preferred_language': 'en',
    'post_id': 17.0,
    'data_version': 80,
    'my_own_thing': ['kept'],
}


@pytest.mark.parametrize('protocol', [1, 2])
def test_a_list_of_2_1_opens_and_is_saved_as_ours(site, protocol):
    write_python2_list(site, 'old', OLD_LIST, protocol)
    mlist = MailList.open(site, 'old')
    assert mlist.real_name == 'Old'
    assert mlist.post_id == 17.0
    assert mlist.my_own_thing == ['kept']
    assert mlist.data_version == site.cfg.DATA_FILE_VERSION
    # What it does not have is the site's default.
    assert mlist.max_message_size == site.cfg.DEFAULT_MAX_MESSAGE_SIZE
    assert mlist.user_options == {}
    assert mlist.changed
    with mlist.lock():
        mlist.post_id += 1
        mlist.save_changes()
    again = MailList.open(site, 'old')
    assert not again.changed
    assert again.post_id == 18.0
    assert again.my_own_thing == ['kept']


def test_counters_of_a_list_of_2_1_win_over_an_older_counters_file(site):
    write_python2_list(site, 'old', OLD_LIST)
    (site.lists_dir / 'old' / 'counters.json').write_text('{"post_id": 3.0}')
    mlist = MailList.open(site, 'old')
    assert mlist.post_id == 17.0
    mlist.post_id += 1
    mlist.save_counters()
    assert MailList.open(site, 'old').post_id == 18.0


def test_a_list_of_the_python_3_port_opens(site):
    directory = site.lists_dir / 'port'
    directory.mkdir(parents=True)
    values = {**OLD_LIST, 'description': 'Zoé', 'data_version': 112}
    (directory / 'config.pck').write_bytes(pickle.dumps(values, 4))
    mlist = MailList.open(site, 'port')
    assert mlist.description == 'Zoé'
    assert mlist.post_id == 17.0


def test_a_list_of_2_0_in_a_marshal_file_opens(site):
    directory = site.lists_dir / 'older'
    directory.mkdir(parents=True)
    values = {**OLD_LIST, 'closed': 1, 'moderated': 0}
    (directory / 'config.db').write_bytes(marshal.dumps(python2(values), 1))
    mlist = MailList.open(site, 'older')
    assert mlist.real_name == 'Old'
    assert mlist.private_roster == 1
    assert mlist.changed
    mlist.save_changes()
    assert (directory / 'config.pck').exists()
    assert MailList.open(site, 'older').post_id == 17.0


@pytest.mark.parametrize(
    ('language', 'raw', 'text'),
    [
        ('fr', b'\xe9t\xe9', 'été'),
        ('en', 'été'.encode(), 'été'),
        ('pl', 'zażółć'.encode('iso-8859-2'), 'zażółć'),
        ('ja', '日本'.encode('euc-jp'), '日本'),
    ],
)
def test_texts_are_read_in_the_charset_of_the_lists_language(site, language, raw, text):
    values = {b'preferred_language': language.encode(), b'description': raw}
    upgraded = upgrade.from_python2(values, site.charset)
    assert upgraded['description'] == text


def test_an_md5_password_stays_bytes(site):
    digest = bytes(range(120, 136))
    values = {b'password': digest, b'mod_password': b'a' * 40}
    upgraded = upgrade.from_python2(values, site.charset)
    assert upgraded == {'password': digest, 'mod_password': 'a' * 40}


def test_members_that_were_a_list_become_a_dict():
    values = modernised(members=['a@b.c', 'D@e.f'])
    assert values['members'] == {'a@b.c': 0, 'd@e.f': 'D@e.f'}


def test_keys_with_capitals_are_found_again():
    values = modernised(passwords={'D@e.f': 'x'})
    assert values['passwords'] == {'d@e.f': 'x'}


def test_the_old_option_bit_becomes_a_status_without_a_reason():
    bits = int(MemberFlag.DISABLE_DELIVERY | MemberFlag.MODERATE)
    values = modernised(user_options={'a@b.c': bits, 'd@e.f': 1})
    assert values['user_options'] == {'a@b.c': int(MemberFlag.MODERATE), 'd@e.f': 0}
    assert values['delivery_status'] == {
        'a@b.c': (DeliveryStatus.UNKNOWN, NOW),
        'd@e.f': (DeliveryStatus.UNKNOWN, NOW),
    }


def test_a_status_that_is_known_stays():
    values = modernised(user_options={'a@b.c': 1}, delivery_status={'a@b.c': (4, 5.0)})
    assert values['delivery_status'] == {'a@b.c': (4, 5.0)}


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        ({'closed': 1}, {'private_roster': 1}),
        ({'reminders_to_admins': 1}, {'umbrella_list': 1}),
        ({'author_is_list': 1}, {'from_is_list': 1}),
        ({'author_is_list': 1, 'from_is_list': 2}, {'from_is_list': 2}),
        ({'open_subscribe': 1}, {'subscribe_policy': 1}),
        ({'open_subscribe': 0}, {'subscribe_policy': 2}),
        ({'auto_subscribe': 0}, {'subscribe_policy': 3}),
        ({'member_posting_only': 1}, {'generic_nonmember_action': 1}),
        ({'member_posting_only': 0}, {'generic_nonmember_action': 0}),
        ({'forbidden_posters': ['x@y.z']}, {'hold_these_nonmembers': ['x@y.z']}),
        ({'posters': ['x@y.z']}, {'accept_these_nonmembers': ['x@y.z']}),
        ({'bad_posters': ['a@b.c']}, {'user_options': {'a@b.c': MemberFlag.MODERATE}}),
        ({'automatically_remove': 1}, {}),
    ],
)
def test_old_names_become_those_that_took_their_place(old, new):
    values = modernised(**old)
    assert {name: values[name] for name in new} == new
    assert not set(old) - set(new) & set(values)


def test_a_moderated_list_lets_its_posters_through():
    values = modernised(moderated=1, posters=['D@E.f', 'guest@x.y'])
    moderate = int(MemberFlag.MODERATE)
    assert values['default_member_moderation'] == 1
    assert values['user_options'] == {'a@b.c': moderate, 'd@e.f': 0}
    assert values['accept_these_nonmembers'] == ['guest@x.y']


def test_bounce_records_of_2_0_are_dropped():
    values = modernised(bounce_info={'a@b.c': [1, 2], 'd@e.f': {'score': 1.0}})
    assert values['bounce_info'] == {'d@e.f': {'score': 1.0}}
