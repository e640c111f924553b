import numpy as np
import pytest

from archwright.circuits.bench import NO_POINT, SILENT, Bench
from archwright.circuits.devices import CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.netlist import Netlist, Parameter
from archwright.core.errors import Infeasible, SpecError
from archwright.core.space import Real

NMOS = Level1Model("nch", "n", 0.5, 50e-6, overlap_f_per_m=1e-9, oxide_f_per_m2=2e-3, junction_f_per_m2=1e-4)


def stage(*more, parameter: str = "vin_v") -> Netlist:
    low, high = (0.0, 2.5) if parameter == "vin_v" else (-1e-3, 1e-3)
    return Netlist(
        "common source",
        ("0", "vdd", "in", "out", "side"),
        (
            VoltageSource("vdd", "vdd", "0", 2.5),
            VoltageSource("vin", "in", "0", "vin_v" if parameter == "vin_v" else 1.0, 1.0),
            Mosfet("m1", "out", "in", "0", "0", "nch", 10e-6, 1e-6),
            Resistor("rl", "vdd", "out", 1e4),
            Mosfet("m2", "side", "0", "0", "0", "nch", 10e-6, 1e-6),
            *more,
        ),
        (NMOS,),
        (Parameter(parameter, Real(low, high)),),
    )


def test_metrics_of_a_common_source_stage():
    measured = Bench(stage(), "out", ("out", "0")).measure(np.array([[1.0]]))
    assert measured.reasons == {}
    row = {name: column[0] for name, column in measured.columns.items()}
    assert row["amplitude"] == pytest.approx(50e-6 * 10 * 0.5 * 1e4, rel=1e-6)
    assert row["area_um2"] == pytest.approx(20.0) and row["saturated"] == 1.0
    assert row["power_w"] == pytest.approx(2.5 * 0.5 * 500e-6 * 0.25, rel=1e-6)


def test_corner_below_the_low_frequency_and_noise_at_it():
    usual = Bench(stage(), "out", ("out", "0")).measure(np.array([[1.0]])).columns
    options = {"low_hz": 1e8, "corner_below": "first", "has_corner_noise": True, "noise_hz": 1e8}
    bench = Bench(stage(), "out", ("out", "0"), **options)
    found = bench.measure(np.array([[1.0]])).columns
    assert found["low_amplitude"][0] < usual["amplitude"][0] and found["f3db_hz"][0] > usual["f3db_hz"][0]
    at_corner = bench.amplitudes(np.array([[1.0]]), found["f3db_hz"])[0, 0]
    assert at_corner == pytest.approx(found["low_amplitude"][0] * 10.0 ** (-3.0 / 20.0), rel=1e-9)
    there = Bench(stage(), "out", ("out", "0"), noise_hz=float(found["f3db_hz"][0])).measure(np.array([[1.0]])).columns
    assert found["corner_noise_rthz"][0] == pytest.approx(there["noise_rthz"][0], rel=1e-12)


def test_corner_beyond_the_sweep_is_infeasible():
    reasons = Bench(stage(), "out", ("out", "0"), high_hz=1e6).measure(np.array([[1.0]])).reasons
    assert reasons == {0: Infeasible("the gain falls by 3 dB nowhere below 1e+06 Hz")}


def test_output_that_does_not_move_is_infeasible():
    assert Bench(stage(), "vdd", ("out", "0")).measure(np.array([[1.0]])).reasons == {0: SILENT}


def test_no_operating_point_is_failed_and_costs_only_its_own_design():
    netlist = stage(CurrentSource("i1", "0", "side", "i_a"), parameter="i_a")
    reasons = Bench(netlist, "out", ("out", "0")).measure(np.array([[0.0], [1e-3], [-1e-6]])).reasons
    assert reasons == {1: NO_POINT}


def test_unknown_engine_is_refused():
    with pytest.raises(SpecError, match="did you mean 'ngspice'"):
        Bench(stage(), "out", ("out", "0"), "ngspcie")


@pytest.mark.external
def test_engines_measure_the_same():
    from archwright.circuits.ngspice.library import find_library

    if find_library() is None:
        pytest.skip("libngspice is not installed")
    engines = ("embedded", "ngspice")
    benches = [Bench(stage(), "out", ("out", "0"), engine, has_corner_noise=True) for engine in engines]
    designs = np.array([[0.8], [1.0], [1.1]])
    ours, theirs = (bench.measure(designs) for bench in benches)
    benches[1].simulator.close()
    for name, column in ours.columns.items():
        np.testing.assert_allclose(column, theirs.columns[name], rtol=1e-5, atol=1e-9)
    curves = [bench.amplitudes(designs, np.geomspace(1e3, 1e9, 13)) for bench in benches]
    np.testing.assert_allclose(*curves, rtol=1e-9)
