import numpy as np
import pytest

from archwright.core.optimizer import Batched, Optimizer, Resumable
from archwright.core.trial import Proposal


class Midpoint:
    """The smallest optimizer: always the middle, counting what it is told."""

    def __init__(self, problem, goals, *, middle: float = 0.5) -> None:
        self.middle, self.told = middle, 0

    def ask(self, n, rng):
        return [Proposal({"x": self.middle}) for _ in range(n)]

    def tell(self, trials):
        self.told += len(trials)


class Stored(Midpoint):
    batch = 8

    def save(self):
        return bytes([self.told])

    def load(self, blob):
        self.told = blob[0]


def test_the_smallest_optimizer():
    method = Midpoint(None, None)
    assert isinstance(method, Optimizer)
    assert not isinstance(method, Resumable) and not isinstance(method, Batched)
    assert method.ask(2, np.random.default_rng(0)) == [Proposal({"x": 0.5})] * 2


def test_optional_powers_are_known_by_their_members():
    method = Stored(None, None)
    assert isinstance(method, Resumable) and isinstance(method, Batched)
    method.tell([None, None])
    other = Stored(None, None)
    other.load(method.save())
    assert other.told == 2


@pytest.mark.parametrize("missing", ["ask", "tell"])
def test_an_optimizer_lacking_a_method_is_none(missing):
    methods = {"ask": lambda self, n, rng: [], "tell": lambda self, trials: None}
    assert isinstance(type("Whole", (), methods)(), Optimizer)
    del methods[missing]
    assert not isinstance(type("Partial", (), methods)(), Optimizer)
