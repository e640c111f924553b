"""Controllers: the published space, and what is refused."""

import math

import pytest

from archwright.core.errors import SpecError
from archwright.memory.dram.controller import CHOICES, Controller


def test_the_space_is_the_published_one():
    assert math.prod(len(choices) for choices in CHOICES.values()) == 442_368


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"page_policy": "ajar"}, "page_policy: 'ajar' is not possible; allowed: one of open, open-adaptive"),
        ({"request_buffer_size": 0}, "request_buffer_size: 0 is not possible"),
        ({"refresh_max_postponed": 9}, "a whole number from 1 to 8"),
        ({"max_active_transactions": 2.0}, "max_active_transactions: 2.0"),
    ],
)
def test_wrong_values_are_refused(wrong, message):
    with pytest.raises(SpecError, match=message):
        Controller(**wrong)
