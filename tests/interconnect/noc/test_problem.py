"""The problem: every parameter matters, designs that cannot exist are told."""

import pickle

import numpy as np
import pytest

from archwright.core.errors import Infeasible, SpecError
from archwright.interconnect.noc.problem import PLAIN_DESIGN, NetworkOnChip

PROBLEM = NetworkOnChip(columns=5, rows=5, traffic="transpose", load=0.2, cycles=1000)


def measured(*designs):
    return PROBLEM.evaluate([{**PLAIN_DESIGN, **one} for one in designs], rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("axis", "values"),
    [("topology", ["torus", "express-2"]), ("routing", ["yx", "o1turn"]), ("n_vcs", [1, 6]), ("buffer_flits", [1, 12])],
)
def test_no_parameter_is_inert(axis, values):
    plain, *others = measured({}, *({axis: value} for value in values))
    assert all(one["latency_cycles"] != plain["latency_cycles"] for one in others)


def test_a_better_routing_beats_the_plain_mesh():
    plain, adaptive = measured({}, {"routing": "adaptive-xy-yx"})
    assert adaptive["latency_cycles"] < plain["latency_cycles"]
    assert adaptive["throughput"] > 1.2 * plain["throughput"]
    assert PROBLEM.goals[0].merit(plain["latency_cycles"]) == pytest.approx(1.0, rel=1e-5)


def test_designs_that_cannot_exist_say_why():
    found = measured({"routing": "o1turn", "n_vcs": 1}, {"topology": "torus", "routing": "west-first-adaptive"},
                     {"topology": "torus", "n_vcs": 1})  # fmt: skip
    assert all(isinstance(one, Infeasible) for one in found)
    assert "2 or more" in found[0].reason and "torus" in found[1].reason


def test_a_copy_in_another_process_is_the_same():
    copy = pickle.loads(pickle.dumps(PROBLEM))
    assert copy.version == PROBLEM.version
    assert copy.evaluate([PLAIN_DESIGN], rng=np.random.default_rng(0)) == measured({})
    assert NetworkOnChip(columns=5, rows=5, traffic="uniform").version != PROBLEM.version


def test_the_plain_mesh_is_the_reference():
    [reference] = PROBLEM.references()
    assert reference.metrics == measured({})[0]


@pytest.mark.parametrize(
    ("option", "value"), [("load", 1.5), ("load", 0.0), ("columns", 3), ("cycles", 10), ("traffic", "zigzag")]
)
def test_odd_options_are_refused(option, value):
    with pytest.raises(SpecError, match=option):
        NetworkOnChip(**{option: value})


def test_the_picture_is_of_the_design():
    assert "torus-5x5" in PROBLEM.draw({**PLAIN_DESIGN, "topology": "torus"})
    with pytest.raises(SpecError, match="can exist"):
        PROBLEM.draw({**PLAIN_DESIGN, "routing": "romm", "n_vcs": 1})
