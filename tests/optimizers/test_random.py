import numpy as np

from archwright.core.goal import Goals
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.optimizers.random import Random


def test_laws(check_laws, any_problem):
    check_laws(Random, any_problem)


def test_numbers_are_uniform_on_their_scale_and_choices_equally_likely():
    class Problem:
        space = Record(x=Real(1.0, 1e4, log=True), kind=["a", "b", "c", "d"])

    designs = [p.design for p in Random(Problem(), Goals.read(["min x"])).ask(4000, np.random.default_rng(0))]
    decades = np.histogram([np.log10(d["x"]) for d in designs], bins=4, range=(0, 4))[0]
    kinds = np.unique([d["kind"] for d in designs], return_counts=True)[1]
    for counts in (decades, kinds):
        chi_square = float(((counts - 1000) ** 2 / 1000).sum())
        assert len(counts) == 4 and chi_square < 16.3  # 0.1 % of fair samples are above, 3 degrees of freedom
