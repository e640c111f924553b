import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.optimizers import feasible_starts
from archwright.optimizers.feasible_starts import draw_feasible
from archwright.testing.functions import Osy

WIDE = Osy(is_widened=True)
GOALS = Goals(WIDE.goals)


def test_starts_are_feasible_in_the_box_they_were_drawn_in_and_fixed_by_the_generator():
    first, second = (draw_feasible(WIDE, GOALS, 6, np.random.default_rng(1), space=Osy().space) for _ in range(2))
    assert first == second and len(first) == 6
    outcomes = WIDE.evaluate(first, rng=np.random.default_rng(0))
    assert all(GOALS.violation(one) == 0.0 for one in outcomes)
    assert all(design["x5"] <= 5.0 and design["x1"] <= 10.0 for design in first)
    own = draw_feasible(WIDE, GOALS, 60, np.random.default_rng(1))
    assert max(design["x5"] for design in own) > 5.0


def test_what_cannot_be_drawn_is_said(monkeypatch):
    monkeypatch.setattr(feasible_starts, "MOST_DRAWN", 1024)
    with pytest.raises(SpecError, match=r"feasible starts.*at most 0.*1,024"):
        draw_feasible(WIDE, Goals.read(["f1 <= -1e6"]), 3, np.random.default_rng(0))
