"""cron/disabled: its options, its exit codes."""

import pytest

from mailman.cli import disabled
from mailman.constants import DeliveryStatus
from mailman.lists import MailList
from mailman.queue import Queue

UNKNOWN, BY_USER, BY_ADMIN, BY_BOUNCE = (
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.BY_USER,
    DeliveryStatus.BY_ADMIN,
    DeliveryStatus.BY_BOUNCE,
)


@pytest.mark.parametrize(
    'words, expected',
    [
        ('', {BY_BOUNCE}),
        ('-o', {BY_BOUNCE, BY_ADMIN}),
        ('-m', {BY_BOUNCE, BY_USER}),
        ('-u', {BY_BOUNCE, UNKNOWN}),
        ('-b', set()),
        ('-b -o --byuser', {BY_ADMIN, BY_USER}),
        ('-a', {BY_BOUNCE, BY_ADMIN, BY_USER, UNKNOWN}),
        ('--all --notbybounce', {BY_BOUNCE, BY_ADMIN, BY_USER, UNKNOWN}),
    ],
)
def test_options_choose_the_reasons(words, expected):
    options = disabled.build_parser().parse_args(words.split())
    assert disabled.chosen_statuses(options) == expected


@pytest.fixture
def two_lists(site, make_list):
    """A switched-off member on each of two lists."""
    for name in ('one', 'two'):
        mlist = make_list(name, members=['anne@member.example'])
        with mlist.lock():
            mlist.set_delivery_status('anne@member.example', BY_BOUNCE)
            mlist.save()


def warned(site):
    queue = Queue(site, 'virgin')
    return [queue.read(base).msgdata['listname'] for base in queue.files()]


def test_all_lists_are_gone_through(site, two_lists):
    assert disabled.main(site, []) == 0
    assert sorted(warned(site)) == ['one', 'two']
    mlist = MailList.open(site, 'one')
    assert mlist.bounce_info_of('anne@member.example')['noticesleft'] == 2


@pytest.mark.parametrize('option', ['-l', '--listname'])
def test_or_only_those_that_are_named(site, two_lists, option):
    assert disabled.main(site, [option, 'TWO']) == 0
    assert warned(site) == ['two']


def test_a_second_run_on_the_same_day_does_nothing(site, two_lists):
    disabled.main(site, [])
    disabled.main(site, [])
    assert len(warned(site)) == 2
    disabled.main(site, ['-f'])
    assert len(warned(site)) == 4


def test_an_unknown_list_is_told_and_the_others_are_done(site, two_lists, capsys):
    assert disabled.main(site, ['-l', 'none', '-l', 'one']) == 1
    assert 'No such list: none' in capsys.readouterr().err
    assert warned(site) == ['one']


def test_a_list_in_use_is_told(site, two_lists, capsys, monkeypatch):
    monkeypatch.setattr(disabled, 'PATIENCE', 0)
    with MailList.open(site, 'one').lock():
        assert disabled.main(site, []) == 1
    assert 'one: not done' in capsys.readouterr().err
    assert warned(site) == ['two']


def test_help_and_wrong_usage(site, capsys):
    with pytest.raises(SystemExit) as ending:
        disabled.main(site, ['-h'])
    assert ending.value.code == 0
    with pytest.raises(SystemExit) as ending:
        disabled.main(site, ['--what'])
    assert ending.value.code == 1
