"""Component graphs and problems with graphs that several tests read."""

import numpy as np
import pytest

from archwright.core.goal import Goals
from archwright.core.problem import Observation
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.learning.components import Components
from archwright.learning.seeding import one_thread


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():
        yield


def path_components(n, width=1, types=None, n_types=1, features=None):
    """Components in a row, each joined to the next, each with parameters of its own."""
    edges = np.array([(i, i + 1) for i in range(n - 1)], dtype=np.int64).reshape(-1, 2)
    axes = tuple(tuple(range(i * width, (i + 1) * width)) for i in range(n))
    return Components(
        tuple(f"c{i}" for i in range(n)),
        np.zeros(n, dtype=np.int64) if types is None else np.array(types),
        tuple(f"t{i}" for i in range(n_types)),
        np.zeros((n, 0)) if features is None else features,
        edges,
        axes,
        n * width,
    )


@pytest.fixture
def path():
    return path_components


class Circuit:
    """Five typed devices: a matched pair that shares one width, a mirror, a resistor and a capacitor."""

    name, version, metrics = "circuit", "1", {"loss": ""}
    goals = Goals.read(["min loss"]).goals
    component_names = ("m1", "m2", "m3", "r1", "c1")
    component_types = ("nmos", "pmos", "resistor", "capacitor")

    def __init__(self):
        sizes = {name: Real(0.0, 1.0) for name in ("w", "l", "w3", "r", "c", "bias")}
        owned = {"m1": ["w", "l"], "m2": ["w", "l"], "m3": ["w3"], "r1": ["r"], "c1": ["c"]}
        edges = [("m1", "m2"), ("m2", "m3"), ("m3", "r1"), ("r1", "c1")]
        self.space = Record(sizes).with_graph(owned, edges)

    def observe(self, draft):
        types = np.eye(4)[[0, 0, 1, 2, 3]]
        features = np.array([[1.0, 0.5], [1.0, 0.5], [0.4, -0.5], [0.0, 0.0], [0.0, 0.0]])
        return Observation(np.hstack([types, features]), np.array([[0, 1], [1, 2], [2, 3], [3, 4]]))

    def evaluate(self, designs, *, rng):
        return [{"loss": sum((v - 0.7) ** 2 for v in design.values())} for design in designs]


@pytest.fixture
def circuit():
    return Circuit()
