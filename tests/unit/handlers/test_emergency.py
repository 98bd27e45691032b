"""Emergency: the switch that holds everything."""

import pytest

from mailman.errors import HoldMessage
from mailman.handlers.emergency import process


def test_without_emergency_posts_pass(make_list, make_msg):
    process(make_list('test'), make_msg(), {})


def test_in_an_emergency_posts_are_held(make_list, make_msg):
    with pytest.raises(HoldMessage) as caught:
        process(make_list('test', emergency=1), make_msg(), {'approved': 1})
    assert caught.value.kind == 'EmergencyHold'


def test_an_approved_post_passes(make_list, make_msg):
    process(make_list('test', emergency=1), make_msg(), {'adminapproved': 1})
