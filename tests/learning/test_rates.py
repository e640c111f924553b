import pytest

from archwright.core.errors import SpecError
from archwright.learning.rates import Rates


@pytest.mark.parametrize(
    ("rates", "field"),
    [({"actor": 0.0}, "actor_rate"), ({"critic": 2.0}, "critic_rate"), ({"tau": -1}, "tau"), ({"delay": 0}, "delay")],
)
def test_rates_that_make_no_sense_are_refused(rates, field):
    with pytest.raises(SpecError, match=field):
        Rates(**rates)
