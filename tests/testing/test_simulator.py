import numpy as np
import pytest

from archwright.core.errors import Failed, Infeasible
from archwright.testing.simulator import Tolerance, check_simulator

DESIGNS = [{"x": float(x)} for x in range(1, 9)]
TIGHT = {"half": Tolerance(relative=1e-6)}


def answering(half):
    """A simulator of `half(x)`."""
    return lambda designs: [half(design["x"]) for design in designs]


exact = answering(lambda x: {"half": x / 2})


def test_errors_are_reported_per_quantity():
    off = answering(lambda x: {"half": x / 2 + 1e-7 * x, "nodes_v": np.array([x, 1e-6])})
    wanted = answering(lambda x: {"half": x / 2, "nodes_v": np.array([x, 0.0])})
    parity = check_simulator(off, wanted, DESIGNS, {**TIGHT, "nodes_v": Tolerance(absolute=1e-5)})
    assert parity.relative["half"] == pytest.approx(2e-7) and parity.absolute["half"] == pytest.approx(8e-7)
    assert parity.absolute["nodes_v"] == pytest.approx(1e-6)
    assert (parity.n_designs, parity.n_answered, parity.n_disagreeing) == (8, 8, 0)
    assert "half: 2e-07 relative, 8e-07 absolute" in str(parity)


def test_one_tolerance_is_enough():
    off = answering(lambda x: {"half": x / 2 + 1e-3})
    check_simulator(off, exact, DESIGNS, {"half": Tolerance(absolute=1.1e-3)})
    check_simulator(off, exact, DESIGNS, {"half": Tolerance(relative=2.1e-3)})


@pytest.mark.parametrize(
    ("simulate", "said"),
    [
        (
            answering(lambda x: {"half": x / 2 * (1 + 1e-4 * (x == 5))}),
            r"half is off on 1 of 8 .*0.0001 relative.*'x': 5.0",
        ),
        (answering(lambda x: {"half": float("nan")}), "half is not finite"),
        (answering(lambda x: {"third": x / 3}), "the simulator gives no half, only .*third"),
        (answering(lambda x: {"half": np.array([x, x])}), r"shape \(2,\)"),
        (answering(lambda x: Infeasible("no")), "on 8 of 8 designs only one of both answers"),
        (answering(lambda x: Failed("no") if x == 3 else {"half": x / 2}), "on 1 of 8 .*'x': 3.0"),
        (lambda designs: [{"half": d["x"] / 2} for d in designs][1:], "7 answers for 8 designs"),
        (lambda designs: [{"half": d["x"] / 2 + len(designs)} for d in designs], "depend on its neighbours"),
        (lambda designs: sorted(exact(designs), key=lambda one: one["half"]), "in the reversed batch"),
    ],
)
def test_a_simulator_that_is_off_is_told_how(simulate, said):
    with pytest.raises(AssertionError, match=said):
        check_simulator(simulate, exact, DESIGNS, TIGHT)


def test_kinds_of_reasons_must_agree_too():
    with pytest.raises(AssertionError, match=r"the simulator says Failed.*the reference Infeasible"):
        check_simulator(
            answering(lambda x: Failed("a") if x == 3 else {"half": x / 2}),
            answering(lambda x: Infeasible("b") if x == 3 else {"half": x / 2}),
            DESIGNS,
            TIGHT,
        )


def test_some_disagreement_may_be_allowed():
    partly = answering(lambda x: Failed("no") if x == 3 else {"half": x / 2})
    parity = check_simulator(partly, exact, DESIGNS, TIGHT, max_disagreeing=1)
    assert (parity.n_answered, parity.n_disagreeing) == (7, 1)


def test_there_must_be_something_to_compare():
    nothing = answering(lambda x: Infeasible("no"))
    with pytest.raises(AssertionError, match="compare on designs that work"):
        check_simulator(nothing, nothing, DESIGNS, TIGHT)


def test_a_zero_reference_needs_an_absolute_tolerance():
    zero, tiny = answering(lambda x: {"half": 0.0}), answering(lambda x: {"half": 1e-12})
    check_simulator(zero, zero, DESIGNS, {"half": Tolerance()})
    check_simulator(tiny, zero, DESIGNS, {"half": Tolerance(absolute=1e-11)})
    with pytest.raises(AssertionError, match="inf relative"):
        check_simulator(tiny, zero, DESIGNS, TIGHT)
