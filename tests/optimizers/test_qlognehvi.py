from importlib.util import find_spec

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.optimizers.qlognehvi import Qlognehvi
from archwright.testing.functions import Bnh

if find_spec("botorch") is None:
    pytest.skip("no botorch: pip install 'archwright[bo]'", allow_module_level=True)


@pytest.mark.slow
def test_laws(check_laws, any_problem):
    def make(problem, goals):
        return Qlognehvi(problem, goals, startup=6, remembered=15)

    check_laws(make, any_problem, batches=(7, 1), probes=(2,))


def test_a_design_is_asked_that_the_generator_fixes(drive):
    drive(Qlognehvi, Bnh(), 10, batch=10)
    method = Qlognehvi(Bnh(), Goals(Bnh().goals), startup=8)
    method.seen = drive.optimizer.seen
    first, second = (method.ask(1, np.random.default_rng(3)) for _ in range(2))
    assert first == second
    mean = Bnh().evaluate([first[0].design], rng=np.random.default_rng(0))[0]
    assert Goals(Bnh().goals).violation(mean) < 0.05


@pytest.mark.slow
def test_a_front_grows_and_a_replay_asks_the_same(drive):
    table = drive(Qlognehvi, Bnh(), 14, startup=8, reference=Bnh.reference_point)
    points = np.array([trial.objectives for trial in table if trial.is_feasible])
    first = np.array([trial.objectives for trial in table[:8] if trial.is_feasible])
    assert hypervolume(points, Bnh.reference_point) > 0.85 * Bnh.hypervolume
    assert hypervolume(points, Bnh.reference_point) > 1.05 * hypervolume(first, Bnh.reference_point)
    again = Qlognehvi(Bnh(), Goals(Bnh().goals), startup=8, reference=Bnh.reference_point)
    again.tell(table)
    first, second = (one.ask(1, np.random.default_rng(3)) for one in (drive.optimizer, again))
    assert first == second


@pytest.mark.parametrize(
    ("option", "value"), [("startup", 1), ("remembered", 1), ("reference", [1.0]), ("reference", 3.0)]
)
def test_options_out_of_range_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        Qlognehvi(Bnh(), Goals(Bnh().goals), **{option: value})


def test_without_a_reference_the_point_lies_beyond_the_front():
    method = Qlognehvi(Bnh(), Goals(Bnh().goals))
    objectives = np.array([[0.0, 10.0], [5.0, 0.0], [9.0, 9.0]])
    done = type("Done", (), {"is_met": np.array([True, True, True])})()
    assert method._worst(objectives, done).tolist() == [5.5, 11.0]
