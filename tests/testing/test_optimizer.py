import json
import random as global_random

import numpy as np
import pytest

from archwright.core.problem import Problem
from archwright.core.space import decode_many, encode_many
from archwright.core.spaces import Assign, Order, Product
from archwright.core.trial import Proposal
from archwright.testing.functions import Bnh, Function, Sphere
from archwright.testing.optimizer import check_learning, check_optimizer


class Climber:
    """Keeps the best and draws around it: the smallest optimizer that learns."""

    batch = 10

    def __init__(self, problem, goals):
        self.space, self.best = problem.space, None

    def ask(self, n, rng):
        keys = rng.random((n, self.space.horizon))
        if self.best is not None:
            centre = encode_many(self.space, [self.best.design])
            keys = np.clip(centre + rng.normal(0, 0.05, keys.shape), 0, 1)
        return [
            Proposal(design, {"keys": row})
            for design, row in zip(decode_many(self.space, keys), keys.tolist(), strict=True)
        ]

    def tell(self, trials):
        self.best = min([*([self.best] if self.best else []), *trials], key=lambda trial: trial.rank_key)


class Plain:
    """Names no batch size."""

    def __init__(self, problem, goals):
        self.climber = Climber(problem, goals)
        self.ask, self.tell = self.climber.ask, self.climber.tell


class Forgetful(Climber):
    def tell(self, trials):
        pass


class Miscounting(Climber):
    def ask(self, n, rng):
        return super().ask(max(n, 2), rng)


class Astray(Climber):
    def ask(self, n, rng):
        return [Proposal({**one.design, "x1": 99.0}) for one in super().ask(n, rng)]


class Bare(Climber):
    def ask(self, n, rng):
        return [one.design for one in super().ask(n, rng)]


class Restless(Climber):
    asked = 0

    def ask(self, n, rng):
        self.asked += 1
        return super().ask(n, np.random.default_rng(self.asked))


class Global(Climber):
    def ask(self, n, rng):
        global_random.random()
        return super().ask(n, rng)


class Dicing(Climber):
    """Draws in `tell` from a generator of its own that differs between two of them."""

    made = 0

    def __init__(self, problem, goals):
        super().__init__(problem, goals)
        Dicing.made += 1
        self.rng = np.random.default_rng(Dicing.made)

    def tell(self, trials):
        self.best = trials[int(self.rng.integers(len(trials)))]


class ArrayHints(Climber):
    def ask(self, n, rng):
        return [Proposal(one.design, {"keys": np.array(one.hint["keys"])}) for one in super().ask(n, rng)]


class NanHints(Climber):
    def ask(self, n, rng):
        return [Proposal(one.design, {"loss": float("nan")}) for one in super().ask(n, rng)]


class NeedsHints(Climber):
    def tell(self, trials):
        for trial in trials:
            _ = trial.hint["keys"]
        super().tell(trials)


class NeedsAnswers(Climber):
    def tell(self, trials):
        for trial in trials:
            _ = trial.objectives[0]
        super().tell(trials)


class Saving(Climber):
    def save(self):
        return json.dumps(
            None if self.best is None else [self.best.design, self.best.violation, self.best.score]
        ).encode()

    def load(self, blob):
        from archwright.core.trial import Trial

        design, violation, score = json.loads(blob)
        self.best = Trial(0, design, "done", {}, violation, (), score, 0.0, 1)


class LosingAll(Saving):
    def load(self, blob):
        pass


def check(make, problem=None, **options):
    check_optimizer(make, Sphere(2) if problem is None else problem, rng=np.random.default_rng(0), **options)


@pytest.mark.parametrize("problem", [Sphere(2), Bnh()], ids=lambda p: p.name)
@pytest.mark.parametrize("make", [Climber, Saving, Plain])
def test_a_good_optimizer_keeps_all_laws(make, problem):
    assert isinstance(problem, Problem)
    check(make, problem)


def test_it_may_search_a_space_of_choices():
    class Shift(Function):
        def __init__(self):
            super().__init__("shift", [(0.0, 1.0)], ["f"], ["min f"])
            self.space = Product(order=Order(4, [(0, 3)]), machine=Assign(4, 2))

        def values(self, x):
            raise AssertionError("not a formula over numbers")

        def evaluate(self, designs, *, rng):
            return [{"f": float(design["order"].index(2) + sum(design["machine"]))} for design in designs]

    check(Climber, Shift())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Forgetful, "it does not learn from tell"),
        (Miscounting, "asked for 1 designs, it proposes 2"),
        (Astray, "outside the space: design.x1: 99.0"),
        (Bare, r"must give Proposal\(design, hint\)"),
        (Restless, "ask must not change the optimizer"),
        (Global, "ask draws from a global generator"),
        (Dicing, "a new one proposes otherwise"),
        (ArrayHints, "a hint is not plain JSON"),
        (NanHints, "a hint is not plain JSON"),
        (NeedsHints, "when told designs of others"),
        (NeedsAnswers, "when some trials are infeasible"),
        (LosingAll, "after load it proposes otherwise"),
    ],
)
def test_an_optimizer_that_breaks_a_law_is_told_which(make, said):
    with pytest.raises(AssertionError, match=said):
        check(make)


def test_a_space_filling_method_need_not_learn():
    check(Forgetful, sphere_trials=None)


def test_learning_is_measured_against_random_search():
    check_learning(Climber, 300, seed=1)
    with pytest.raises(AssertionError, match="random search"):
        check_learning(Forgetful, 300, seed=1)


def test_a_batch_must_be_a_number():
    class Boundless(Climber):
        batch = None

    with pytest.raises(AssertionError, match="batch is None"):
        check(Boundless)


def test_torch_s_global_generator_must_not_be_used():
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'archwright[learn]'")

    class Torch(Climber):
        def ask(self, n, rng):
            torch.rand(1)
            return super().ask(n, rng)

    with pytest.raises(AssertionError, match="torch's global generator"):
        check(Torch)
