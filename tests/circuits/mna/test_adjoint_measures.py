"""Derivatives of a bench's measures against central differences of `Bench.measure`."""

from dataclasses import replace

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.bench import Bench
from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.mna.adjoint_measures import AdjointBench
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.errors import Infeasible
from archwright.core.space import Real

# Two transconductors around two capacitors: a resonance, whose maximum moves.
RESONATOR = Netlist(
    "resonator",
    ("0", "vdd", "one", "two", "gate"),
    (
        VoltageSource("vdd", "vdd", "0", "supply_v"),
        Mosfet("m1", "two", "one", "0", "0", "nch", "w_um", 1e-6),
        Resistor("r2", "vdd", "two", 2e4),
        Capacitor("c2", "two", "0", "c_pf"),
        Mosfet("m2", "one", "two", "gate", "0", "nch", "w_um", 1e-6),
        Resistor("rg", "gate", "0", "r_ohm"),
        Resistor("r1", "vdd", "one", 2e4),
        Capacitor("c1", "one", "0", 1e-12),
        CurrentSource("iin", "vdd", "one", 0.0, 1e-3),
    ),
    (Level1Model("nch", "n", 0.5, 50e-6, lambda_m_per_v=1e-8),),
    (
        Parameter("w_um", Real(15.0, 25.0), 1e-6), Parameter("c_pf", Real(0.5, 2.0), 1e-12),
        Parameter("r_ohm", Real(1.0, 2e3)), Parameter("supply_v", Real(2.3, 2.7)),
    ),
)  # fmt: skip
BENCHES = {
    "resonator": Bench(RESONATOR, "one", ("one", "0")),
    "corner below the first": Bench(RESONATOR, "one", ("one", "0"), corner_below="first", has_corner_noise=True),
    "amplifier": Bench(three_stage_netlist(step_um=0.0), "vouta", ("vouta", "voutb"), has_corner_noise=True),
}


def designs_of(bench, n, seed):
    record = bench.netlist.record()
    return record.to_array(record.decode_many(np.random.default_rng(seed).random((n, record.horizon))))


@pytest.mark.parametrize("name", BENCHES)
def test_every_measure_agrees_with_central_differences(name):
    bench = BENCHES[name]
    designs = designs_of(bench, 10, 5)
    measured, slopes = AdjointBench(bench).differentiate(designs)
    assert measured.reasons == {} and set(slopes) == set(measured.columns)
    if name != "amplifier":
        assert measured.columns["peaking_db"].min() > 0.1
    for p in range(designs.shape[1]):
        step = np.where(np.arange(designs.shape[1]) == p, 1e-5, 0.0)
        ahead, behind = (bench.measure(designs * (1.0 + sign * step)).columns for sign in (1.0, -1.0))
        for column in sorted(set(slopes) - {"saturated"}):
            expected = (ahead[column] - behind[column]) / 2e-5
            scale = np.abs(slopes[column] * designs).max(axis=1) + 1e-4 * np.abs(measured.columns[column])
            scale = scale + 1e-5 if column == "peaking_db" else scale
            ours = slopes[column][:, p] * designs[:, p]
            np.testing.assert_allclose(ours / scale, expected / scale, atol=1e-4, err_msg=column)
    assert not slopes["saturated"].any()


def test_measures_are_those_of_the_bench():
    bench = BENCHES["amplifier"]
    designs = designs_of(bench, 9, 1)
    ours, theirs = AdjointBench(bench).differentiate(designs).measured.columns, bench.measure(designs).columns
    for name, column in theirs.items():
        np.testing.assert_array_equal(ours[name], column)


def test_a_design_without_metrics_keeps_its_reason_and_costs_the_others_nothing():
    designs = designs_of(BENCHES["amplifier"], 12, 1)
    middle_hz = float(np.median(BENCHES["amplifier"].measure(designs).columns["f3db_hz"]))
    bench = replace(BENCHES["amplifier"], high_hz=middle_hz)
    found = AdjointBench(bench).differentiate(designs)
    answers = found.gradients(["f3db_hz"])
    dull = {row for row, answer in enumerate(answers) if isinstance(answer, Infeasible)}
    assert dull and len(dull) < 12 and dull == set(found.measured.reasons)
    plain = AdjointBench(BENCHES["amplifier"]).differentiate(designs).gradients(["f3db_hz"])
    for row in set(range(12)) - dull:
        np.testing.assert_allclose(answers[row].slopes["f3db_hz"], plain[row].slopes["f3db_hz"], rtol=1e-9)


def test_derivatives_come_from_the_embedded_simulator_on_any_engine():
    bench = BENCHES["amplifier"]
    designs = designs_of(bench, 2, 1)
    theirs = AdjointBench(replace(bench, engine="ngspice")).differentiate(designs)
    np.testing.assert_array_equal(
        theirs.slopes["power_w"], AdjointBench(bench).differentiate(designs).slopes["power_w"]
    )
