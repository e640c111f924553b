import pickle

import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.core.goal import Goals
from archwright.interconnect.spanner.paths import tree_union
from archwright.interconnect.spanner.problem import RoundTripSpanner
from archwright.interconnect.spanner.stretch import plain_stretch
from archwright.testing import check_problem

RNG = np.random.default_rng(0)
RECIPE = {"start": "everything", "k": 2, "length_weight": 0.0, "use_weight": 1.0, "noise": 0.0, "seed": 0}


def test_metrics_are_those_of_the_links():
    problem = RoundTripSpanner(graph="torus-5x5", max_stretch=1.6)
    (found,) = problem.evaluate([RECIPE], rng=RNG)
    kept, (graph, sources) = problem.kept_by(RECIPE), problem.instance
    wanted = plain_stretch(graph, kept, sources)
    assert found["links"] == kept.sum() and found["stretch"] == pytest.approx(wanted.largest)
    assert found["mean_stretch"] == pytest.approx(wanted.mean)
    assert found["power_saved_percent"] == pytest.approx(100 * (1 - kept.sum() / graph.m))
    goals = Goals.read(problem.goals, problem.metrics)
    assert goals.violation(found) == 0.0 and found["links"] < tree_union(graph, sources).sum()


def test_links_may_be_chosen_one_by_one():
    problem = RoundTripSpanner(graph="mesh-3x3", sources=[0, 8], choice="links", max_stretch=2.0)
    check_problem(problem, rng=np.random.default_rng(0), n=4)
    whole, none = problem.evaluate([problem.links, []], rng=RNG)
    assert whole["stretch"] == 1.0 and whole["power_saved_percent"] == 0.0
    assert 0 < none["links"] < whole["links"] and none["stretch"] <= 2.0 + 1e-6  # what is lacking is added
    assert [one.name for one in problem.references()] == ["deletion", "tree union"]


def test_the_version_follows_the_graph_and_a_copy_is_the_same():
    one, other = RoundTripSpanner(graph="mesh-4x4"), RoundTripSpanner(graph="mesh-4x4", seed=1)
    assert one.version != other.version
    copy = pickle.loads(pickle.dumps(one))
    assert copy.version == one.version and copy.evaluate([RECIPE], rng=RNG) == one.evaluate([RECIPE], rng=RNG)


def test_the_picture_names_the_stretch():
    assert "mesh-4x4 within a stretch of 1.5" in RoundTripSpanner(graph="mesh-4x4").draw(RECIPE)


@pytest.mark.parametrize(
    ("options", "field"),
    [({"max_stretch": 0.9}, "max_stretch"), ({"choice": "some"}, "choice"), ({"sources": []}, "sources"),
     ({"graph": "ring-4"}, "graph"), ({"max_stretch": True}, "max_stretch")],
)  # fmt: skip
def test_what_is_out_of_range_is_named(options, field):
    with pytest.raises(SpecError, match=f"^{field}:"):
        RoundTripSpanner(**options)
