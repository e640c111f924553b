import numpy as np
import pytest
from scipy.stats import qmc

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.optimizers.sobol import Sobol, sobol_points
from archwright.testing.functions import Sphere


def test_laws(check_laws, any_problem):
    check_laws(Sobol, any_problem)


def keys(table):
    return np.array([trial.hint["keys"] for trial in table])


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_plain_sequence_is_scipys_whatever_the_batches(drive, batch):
    table = drive(Sobol, Sphere(5), 64, batch=batch, scramble=False)
    np.testing.assert_array_equal(keys(table), qmc.Sobol(5, scramble=False).random(64))


def test_scrambled_sequence_is_one_for_the_whole_study_and_another_for_another_seed(drive):
    table = drive(Sobol, Sphere(5), 256, batch=32)
    seed = np.random.default_rng(table[0].hint["seed"])
    np.testing.assert_array_equal(keys(table), qmc.Sobol(5, scramble=True, seed=seed).random(256))
    assert not np.array_equal(keys(table), keys(drive(Sobol, Sphere(5), 256, seed=1)))


def test_points_are_more_even_than_random_ones():
    random = min(qmc.discrepancy(np.random.default_rng(i).random((256, 4))) for i in range(10))
    assert all(qmc.discrepancy(sobol_points(4, 0, 256, seed)) < 0.2 * random for seed in range(10))


def test_every_elementary_interval_holds_one_point():
    # The defining property of a (0, m, 2)-net in base 2, kept by the scrambling.
    points = sobol_points(2, 0, 64, seed=3)
    for power in range(7):
        cells = np.floor(points * [2**power, 2 ** (6 - power)]).astype(int)
        assert len(np.unique(cells, axis=0)) == 64


def test_designs_from_elsewhere_do_not_move_the_sequence(drive, answer):
    problem = Sphere(2)
    goals = Goals(problem.goals)
    sobol = Sobol(problem, goals, scramble=False)
    first = sobol.ask(4, np.random.default_rng(0))
    sobol.tell(answer(problem, goals, [p._replace(hint=None) for p in first], 0))
    assert sobol.ask(4, np.random.default_rng(1)) == first


def test_too_many_keys_are_refused():
    class Problem:
        space = Record({f"x{i}": Real(0.0, 1.0) for i in range(21202)})

    with pytest.raises(SpecError, match="at most 21201"):
        Sobol(Problem(), Goals.read(["min x"]))
