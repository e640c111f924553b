"""A small problem, and studies of it that were never run anywhere."""

import math
from types import MappingProxyType

import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible
from archwright.core.goal import Goals
from archwright.core.problem import Reference
from archwright.core.record import Record
from archwright.core.space import Real
from archwright.core.store import StudySpec
from archwright.core.trial import judge
from archwright.report.subject import Subject


class Beam:
    """A beam that shall be light and stiff."""

    name, version = "beam", "2"
    metrics = MappingProxyType({"stiffness_n": "", "mass_g": "g", "power_w": "W"})
    goals = Goals.read(
        ["stiffness_n >= 1", "power_w <= 3 mW", "min mass_g ref 2", "min power_w ref 2 mW"], metrics
    ).goals
    space = Record(width=Real(0.0, 2.0), height=Real(1.0, 3.0, step=0.5), steel=["soft", "hard"])

    def evaluate(self, designs, *, rng):
        return [self.one(**design) for design in designs]

    def one(self, width, height, steel):
        if width > 1.9:
            return Infeasible(f"wider than the wall by {width - 1.9:.3f}")
        if width < 0.05:
            return Failed("crashed")
        return {"stiffness_n": width * height**2, "mass_g": width * height, "power_w": 1e-3 * height}

    def references(self):
        return [
            Reference("human", {"width": 1.0, "height": 2.0, "steel": "hard"}, {"mass_g": 2.1}, "a handbook, page 3"),
            Reference("rumour", None, {"mass_g": 0.5}, ""),
        ]


@pytest.fixture
def beam():
    return Beam()


@pytest.fixture
def make_trials(beam):
    """Trials of random designs: `make_trials(n, seed)`."""

    def make(n, seed=0, better=0.0):
        rng = np.random.default_rng(seed)
        goals = Goals(beam.goals)
        designs = beam.space.decode_many(rng.random((n, 3)) * [1.0 - better, 1.0, 1.0])
        outcomes = beam.evaluate(designs, rng=rng)
        return [
            judge(i, d, o, goals, seconds=0.01, attempts=0 if i % 10 == 9 else 1)
            for i, (d, o) in enumerate(zip(designs, outcomes, strict=True))
        ]

    return make


@pytest.fixture
def make_subject(beam, make_trials):
    """A subject of `n` random trials: `make_subject(n, problem)`."""

    def make(n, problem=None):
        problem = problem or beam
        spec = StudySpec(
            name="first",
            problem=problem.name,
            problem_version="2",
            optimizer="random",
            options={"population": 5},
            goals=tuple(Goals(problem.goals).texts()),
            seed=3,
            batch=8,
            units=dict(problem.metrics),
            provenance={"archwright": "0.1.0", "platform": "Linux", "created_at": "2030-01-02T03:04:05+00:00"},
        )
        return Subject(spec, problem, make_trials(n))

    return make


@pytest.fixture
def is_drawn():
    """Tell whether a text is one themed SVG: no fixed colours, no outside address, every id its own."""
    import re
    from xml.etree import ElementTree

    def check(svg, name):
        tree = ElementTree.fromstring(svg.replace("xlink:href", "href"))
        ids = [one.get("id") for one in tree.iter() if one.get("id")]
        assert all(one.startswith(f"{name}-") for one in ids) and len(set(ids)) == len(ids)
        assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= {"#ffffff", "#000000"}
        assert "var(--" in svg and "http" not in svg.replace("http://www.w3.org/", "")
        assert all(math.isfinite(float(x)) for x in re.findall(r"(?<=[ML] )-?[\d.]+", svg))
        return svg

    return check
