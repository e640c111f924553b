import pytest

from archwright.accelerators.sparch.energy import AREAS_MM2, DRAM_J_PER_BYTE, Events, area_mm2, energy_j
from archwright.accelerators.sparch.machine import Machine

AVERAGE = Events(5_225_000_000, 5_747_500_000, 87_808_000_000)
"""What the published machine does in a second, by its published averages."""


def test_the_published_figures_come_back():
    assert energy_j(AVERAGE, Machine()) == pytest.approx(9.26, rel=1e-6)
    assert area_mm2(Machine()) == pytest.approx(28.49, abs=0.02)
    assert AREAS_MM2["merge tree"] / area_mm2(Machine()) == pytest.approx(0.60, abs=0.01)


def test_energy_follows_the_events():
    more = AVERAGE._replace(dram_bytes=2 * AVERAGE.dram_bytes)
    added = energy_j(more, Machine()) - energy_j(AVERAGE, Machine())
    assert added == pytest.approx(AVERAGE.dram_bytes * DRAM_J_PER_BYTE)
    assert energy_j(Events(0, 0, 0), Machine()) == 0.0


@pytest.mark.parametrize(
    ("larger", "is_costlier"),
    [
        ({"ways": 128}, True),
        ({"merger_width": 32}, True),
        ({"buffer_lines": 2048}, True),
        ({"lookahead": 16384}, True),
        ({"n_multipliers": 32}, False),
    ],
)
def test_more_of_anything_takes_more_area(larger, is_costlier):
    assert area_mm2(Machine(**larger)) > area_mm2(Machine())
    assert (energy_j(AVERAGE, Machine(**larger)) > 9.2601) == is_costlier
