import numpy as np
import pytest

from archwright.circuits import differential_amplifier
from archwright.circuits.differential_amplifier import DifferentialAmplifier
from archwright.circuits.differential_gradients import crossing_slopes
from archwright.core.problem import Differentiable, Gradients

STEP = 1e-4


@pytest.mark.parametrize("node", ["180nm", "65nm"])
def test_every_metric_agrees_with_central_differences_of_evaluate(node, monkeypatch):
    monkeypatch.setattr(differential_amplifier, "PER_DECADE", 160)  # crossings without the error of their interpolation
    problem, rng = DifferentialAmplifier(node=node), np.random.default_rng(8)
    assert isinstance(problem, Differentiable)
    drawn = problem.space.decode_many(0.1 + 0.8 * rng.random((200, problem.space.horizon)))
    done = [d for d, outcome in zip(drawn, problem.evaluate(drawn, rng=rng), strict=True) if isinstance(outcome, dict)]
    designs = [problem.references()[0].design, *done[:4]]
    wrong = []
    for design, answer in zip(designs, problem.gradients(designs), strict=True):
        assert isinstance(answer, Gradients) and set(answer.slopes) == set(problem.metrics)
        assert answer.metrics == pytest.approx(problem.evaluate([design], rng=rng)[0], rel=1e-12)
        sides = [
            {**design, axis: design[axis] * (1.0 + sign * STEP)} for axis in problem.space.axes for sign in (1, -1)
        ]
        moved = problem.evaluate(sides, rng=rng)
        for metric in sorted(set(problem.metrics) - {"saturated"}):
            relative = answer.slopes[metric] * list(design.values())
            differences = [(a[metric] - b[metric]) / (2.0 * STEP) for a, b in zip(moved[::2], moved[1::2], strict=True)]
            scale = max(np.abs(relative).max(), 1e-2 * abs(answer.metrics[metric]))
            wrong.extend(np.abs(differences - relative) / scale)
    assert len(wrong) == 5 * 10 * len(problem.space.axes)
    assert np.quantile(wrong, 0.98) < 1e-4


def test_both_engines_give_the_embedded_derivatives():
    designs = [differential_amplifier.REFERENCE]
    ours, other = (DifferentialAmplifier(engine=engine).gradients(designs)[0] for engine in ("embedded", "ngspice"))
    for metric in ours.slopes:
        np.testing.assert_array_equal(ours.slopes[metric], other.slopes[metric])


def test_reasons_stand_where_there_are_no_metrics():
    problem, rng = DifferentialAmplifier(), np.random.default_rng(3)
    designs = problem.space.decode_many(rng.random((40, problem.space.horizon)))
    outcomes, answers = problem.evaluate(designs, rng=rng), problem.gradients(designs)
    assert [str(a) for a, o in zip(answers, outcomes, strict=True) if not isinstance(o, dict)] == [
        str(o) for o in outcomes if not isinstance(o, dict)
    ]
    assert problem.gradients([]) == []


def test_a_crossing_of_two_poles_moves_as_the_formula_says():
    def response(f, gain):
        return gain / ((1.0 + 1j * f) * (1.0 + 0.01j * f))

    at = 50.0
    gain = 1.0 / abs(response(at, 1.0))
    log_frequency = (np.log(response(at * 1.00001, gain)) - np.log(response(at / 1.00001, gain))) / 2e-5
    found = crossing_slopes(np.array([[1.0 / gain + 0j]]), np.array([log_frequency]))
    moved = at * (1.0 + 1e-4 * gain * found.log_unity[0, 0])
    assert abs(response(moved, 1.0001 * gain)) == pytest.approx(1.0, abs=1e-7)
    turned = np.degrees(np.angle(response(moved, gain)) - np.angle(response(at, gain)))
    assert turned == pytest.approx(1e-4 * gain * found.margin_deg[0, 0], rel=1e-3)
