import numpy as np

from archwright.core.record import Record
from archwright.core.space import Real, decode_many
from archwright.core.spaces import Order
from archwright.optimizers.axis_levels import AxisLevels

SPACE = Record(width=Real(1.0, 2.0), load=["diode", "resistor", "coil"])


def test_a_choice_has_its_values_and_a_number_its_parts():
    axes = AxisLevels.of(SPACE, 4)
    assert axes.counts.tolist() == [4, 3] and axes.width == 4
    assert axes.legal.tolist() == [[True] * 4, [True, True, True, False]]
    assert AxisLevels.of(Order(5), 4).counts.tolist() == [4] * Order(5).horizon


def test_levels_survive_their_keys():
    axes, rng = AxisLevels.of(SPACE, 4), np.random.default_rng(0)
    levels = rng.integers(axes.counts, size=(200, 2))
    keys = axes.keys(levels, rng.random(levels.shape))
    assert np.array_equal(axes.levels(keys), levels)
    loads = [design["load"] for design in decode_many(SPACE, keys)]
    assert loads == [("diode", "resistor", "coil")[level] for level in levels[:, 1]]


def test_the_highest_key_is_in_the_last_level():
    assert AxisLevels(np.array([4, 3])).levels(np.array([[1.0, 1.0]])).tolist() == [[3, 2]]
