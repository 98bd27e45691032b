"""The master: which runners it is to have.

What it does with processes is tested with an installation (tests/scenarios).
"""

from mailman.master import wanted_runners


def test_runners_and_their_slices_are_those_of_the_site(site):
    site.cfg.QRUNNERS = [('IncomingRunner', 2), ('Retry', 1)]
    assert wanted_runners(site) == [('IncomingRunner', 2), ('RetryRunner', 1)]


def test_an_unknown_runner_does_not_keep_the_others_from_running(site):
    """The master used to die of it, at restart without a word."""
    wrong = [('MaildirRunner', 1), ('IncomingRunner', 0), 'OutgoingRunner', (None, 1)]
    site.cfg.QRUNNERS = [*wrong, ('OutgoingRunner', 1)]
    assert wanted_runners(site) == [('OutgoingRunner', 1)]
    log = (site.logs_dir / 'error').read_text()
    assert log.count('QRUNNERS') == len(wrong)
    assert 'MaildirRunner' in log
