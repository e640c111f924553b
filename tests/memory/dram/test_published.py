"""What others published: figures that fit together, and the published reward."""

import pytest

from archwright.memory.dram.controller import Controller
from archwright.memory.dram.published import CAP, DRAMSYS, DRAMSYS_TRACES, target_reward


def test_every_row_is_a_controller_with_figures_of_all_traces():
    assert len(DRAMSYS) == 17
    for options, figures in DRAMSYS:
        Controller(**options)
        assert len(figures) == len(DRAMSYS_TRACES)


def test_default_power_on_random_is_3_watts():
    """Krishnan et al.'s default controller, as the sheet of figures derives it: 245.26 uJ in 81,755 ns."""
    energy_uj, time_ns = DRAMSYS[0][1][1]
    assert energy_uj / time_ns * 1e3 == pytest.approx(3.0, rel=1e-3)


def test_a_reward_rises_towards_its_target_from_both_sides_up_to_the_cap():
    assert target_reward(3.0, 1.0) < target_reward(2.0, 1.0) == target_reward(0.0, 1.0)
    assert target_reward(1.0, 1.0) == target_reward(1.0 + 1e-6, 1.0) == CAP
