from itertools import product

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.optimizers.grid import Grid, golden_stride, grid_point
from archwright.testing.functions import Sphere


def test_laws(check_laws, any_problem):
    check_laws(Grid, any_problem)


@pytest.mark.parametrize(("n_axes", "levels"), [(1, 7), (2, 4), (3, 3), (5, 2)])
def test_every_point_is_visited_once(n_axes, levels):
    points = [tuple(grid_point(i, n_axes, levels)) for i in range(levels**n_axes)]
    assert sorted(points) == sorted(product([i / (levels - 1) for i in range(levels)], repeat=n_axes))


def test_a_finer_grid_follows():
    later = [grid_point(9 + i, 2, 3) for i in range(25)]
    assert sorted(map(tuple, later)) == sorted(product(np.linspace(0.0, 1.0, 5).tolist(), repeat=2))


def test_any_run_is_spread_over_the_first_axis():
    first = [grid_point(1000 + i, 50, 4)[0] for i in range(64)]
    assert all(first.count(value) in range(14, 19) for value in set(first)) and len(set(first)) == 4


@pytest.mark.parametrize("total", [2, 3, 4, 16, 4**50])
def test_the_stride_shares_no_divisor(total):
    assert np.gcd(golden_stride(total) % 4, 4) == 1 or total % 2
    assert golden_stride(total) >= 1


def test_it_finds_the_optimum_of_a_small_space(drive):
    problem = Sphere(2)
    problem.space = Record(x1=[-1.0, 0.0, 2.0, 3.0], x2=[0.0, 1.0, 2.0, 5.0])
    table = drive(Grid, problem, 16, batch=5)
    assert max(trial.score for trial in table) == 0.0
    assert len({tuple(trial.design.values()) for trial in table}) == 16


def test_it_goes_on_behind_its_own_points_only(drive, answer):
    problem = Sphere(2)
    drive(Grid, problem, 6, batch=3)
    grid = drive.optimizer
    assert grid.n_told == 6
    grid.tell(answer(problem, Goals(problem.goals), [one._replace(hint=None) for one in grid.ask(3, None)], 6))
    assert grid.n_told == 6


def test_a_grid_needs_two_values_per_axis():
    with pytest.raises(SpecError, match="levels"):
        Grid(Sphere(2), Goals(Sphere(2).goals), levels=1)
