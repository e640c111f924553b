import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.ngspice.library import find_library, open_library
from archwright.circuits.ngspice.spice_deck import to_spice
from archwright.core.errors import SimulatorFailed, SpecError

pytestmark = [
    pytest.mark.external,
    pytest.mark.skipif(find_library() is None, reason="no libngspice: apt-get install libngspice0"),
]

RC = "rc low-pass\nv1 in 0 dc 1 ac 1\nr1 in out 1k\nc1 out 0 1n\n.end"
INVERTER = """inverter with a resistor load
vdd vdd 0 5
vin in 0 2
rl vdd out 10k
m1 out in 0 0 nch w=10u l=1u
.model nch nmos level=1 vto=1 kp=50u
"""
HUMAN = {
    "w1_um": 12.0, "wl1_um": 2.0, "wb1_um": 3.2, "w2_um": 4.0, "wl2_um": 2.8, "wb2_um": 5.8, "w3_um": 44.4,
    "wb3_um": 10.2, "wb_um": 2.0, "rb_kohm": 291.0,
}  # fmt: skip
# Node voltages of the human design as ngspice 39.3 gives them (arXiv:1812.02734, deck of the Park suite).
HUMAN_NODES = {
    "vo1a": 1.138423, "vo2a": 1.010126, "vouta": -0.227426, "nbias": -1.298218, "iina": -1.094165, "v0d": -0.428565
}  # fmt: skip


@pytest.fixture
def ngspice():
    return open_library()


def test_rc_low_pass_is_the_analytic_one(ngspice):
    ngspice.load(RC)
    frequencies_hz = np.logspace(3, 7, 81)
    expected = 1 / (1 + 2j * np.pi * frequencies_hz * 1e3 * 1e-9)
    np.testing.assert_allclose(ngspice.ac(frequencies_hz, ["out"])["out"], expected, rtol=1e-9)


def test_uneven_frequencies_are_visited_exactly(ngspice):
    ngspice.load(RC)
    frequencies_hz = np.array([10.0, 1e3, 2e3, 3e3, 1e5, 1.7e5, 9e6])
    expected = 1 / (1 + 2j * np.pi * frequencies_hz * 1e-6)
    np.testing.assert_allclose(ngspice.ac(frequencies_hz)["out"], expected, rtol=1e-9)


def test_random_frequency_lists_are_visited_exactly(ngspice):
    ngspice.load(RC)
    rng = np.random.default_rng(1)
    for n in (2, 5, 50, 77, 200):
        evenly = np.logspace(*np.sort(rng.uniform(0, 11, 2)), n)
        for frequencies_hz in (evenly, np.sort(rng.uniform(1, 1e9, n)), np.append(evenly, evenly[-1] * 2)):
            expected = 1 / (1 + 2j * np.pi * frequencies_hz * 1e-6)
            np.testing.assert_allclose(ngspice.ac(frequencies_hz, ["out"])["out"], expected, rtol=1e-8)
            noise_v2_per_hz = 4 * 1.38064852e-23 * 300.15 * 1e3 * np.abs(expected) ** 2
            noise = ngspice.noise("out", "v1", frequencies_hz)["output_v2_per_hz"]
            np.testing.assert_allclose(noise, noise_v2_per_hz, rtol=1e-6)


def test_resistor_noise_is_johnson_noise_through_the_filter(ngspice):
    ngspice.load(RC)
    frequencies_hz = np.array([1.0, *np.logspace(3, 7, 9)])  # two sweeps: ngspice treats one frequency apart
    johnson_v2_per_hz = 4 * 1.38064852e-23 * 300.15 * 1e3
    answer = ngspice.noise("out", "v1", frequencies_hz)
    response = 1 / (1 + (2 * np.pi * frequencies_hz * 1e-6) ** 2)
    np.testing.assert_allclose(answer["output_v2_per_hz"], johnson_v2_per_hz * response, rtol=1e-6)
    np.testing.assert_allclose(answer["input_per_hz"], johnson_v2_per_hz, rtol=1e-6)


def test_transient_step_charges_the_capacitor(ngspice):
    ngspice.load("step\nv1 in 0 pulse(0 1 0 1p 1p 1 2)\nr1 in out 1k\nc1 out 0 1n\n")
    answer = ngspice.tran(1e-8, 5e-6, ["out"])
    np.testing.assert_allclose(answer["out"], 1 - np.exp(-answer["time"] / 1e-6), atol=2e-3)


def test_level_1_inverter_and_alter(ngspice):
    ngspice.load(INVERTER)
    # Saturation: id = kp/2 w/l (vin - vto)^2 = 250 uA, so out = 5 - 2.5 V.
    assert ngspice.op(["out"])["out"] == pytest.approx(2.5, abs=1e-6)
    ngspice.alter({"@m1[w]": 5e-6, "rl": 4e3})
    assert ngspice.op(["out"])["out"] == pytest.approx(5 - 125e-6 * 4e3, abs=1e-6)
    ngspice.alter_models({"@nch[vto]": 1.5})
    assert ngspice.op(["out"])["out"] == pytest.approx(5 - 31.25e-6 * 4e3, abs=1e-6)
    device = ngspice.run("op", ["@m1[id]", "@m1[gm]"])
    assert device["@m1[id]"][0] == pytest.approx(31.25e-6, rel=1e-6)
    assert device["@m1[gm]"][0] == pytest.approx(125e-6, rel=1e-6)


def test_nodes_named_by_numbers(ngspice):
    ngspice.load("divider\nv1 1 0 dc 2\nr1 1 2 1k\nr2 2 0 1k\n.end")
    assert ngspice.op() == pytest.approx({"1": 2.0, "2": 1.0, "v1#branch": -1e-3})
    assert ngspice.op(["2"]) == pytest.approx({"2": 1.0})


def test_published_human_design(ngspice):
    ngspice.load(to_spice(three_stage_netlist(), HUMAN))
    nodes = ngspice.op()
    assert {name: nodes[name] for name in HUMAN_NODES} == pytest.approx(HUMAN_NODES, abs=1e-6)
    power_w = -2.5 * nodes["vdd#branch"] + 2.5 * nodes["vss#branch"]
    assert power_w == pytest.approx(1.369437e-3, rel=1e-6)
    frequencies_hz = np.logspace(4, 9, 2001)
    gain_ohm = 2 * np.abs(ngspice.ac(frequencies_hz, ["vouta"])["vouta"])
    assert gain_ohm.max() == pytest.approx(20235.97, rel=1e-6)
    f3db_hz = frequencies_hz[gain_ohm >= gain_ohm.max() / np.sqrt(2)][-1]
    assert f3db_hz == pytest.approx(90.90e6, rel=4e-3)


def test_missing_vector_is_no_silent_zero(ngspice):
    ngspice.load(RC)
    with pytest.raises(SimulatorFailed, match="no vector 'nowhere'"):
        ngspice.op(["nowhere"])


def test_no_convergence_is_an_error_and_the_next_circuit_is_unharmed(ngspice):
    ngspice.load("two sources in a loop\nv1 a 0 1\nv2 a 0 2\nr1 a 0 1\n.end")
    with pytest.raises(SimulatorFailed, match="aborted"):
        ngspice.op()
    ngspice.load(RC)
    assert ngspice.op(["out"])["out"] == pytest.approx(1.0)


def test_singular_matrix_is_an_error(ngspice):
    ngspice.load("no path to ground\ni1 0 b 1\nc1 b 0 1\n.end")
    with pytest.raises(SimulatorFailed, match="singular matrix: check node b"):
        ngspice.op()


@pytest.mark.parametrize(
    ("deck", "said"),
    [
        ("t\nv1 a 0 1\nm1 a a 0 0 foo w=1u l=1u\n.end", "could not find a valid modelname"),
        ("t\nv1 a 0 1\nm1 a a 0 0 n w=1u l=1u zork=3\n.model n nmos\n.end", r"unknown parameter \(zork\)"),
        ("t\nv1 a 0 1\nm1 a a 0 0 n w=1u l=1u\n.model n nmos blah=7\n.end", r"unrecognized parameter \(blah\)"),
        ("hello\nworld, a deck\n.end", "Unable to find definition"),
        ("t\nr1 a 0 1\nr1 a 0 2\nv1 a 0 1\n.end", "device already exists"),
    ],
)
def test_decks_that_do_not_parse_say_why(ngspice, deck, said):
    with pytest.raises(SimulatorFailed, match=said):
        ngspice.load(deck)
    ngspice.load(RC)
    assert ngspice.op(["in"])["in"] == 1.0


def test_unknown_device_and_parameter(ngspice):
    ngspice.load(INVERTER)
    with pytest.raises(SimulatorFailed, match="no such device or model name r7"):
        ngspice.alter({"r7": 1.0})
    with pytest.raises(SimulatorFailed, match="no such parameter foo"):
        ngspice.alter({"@rl[foo]": 1.0})


@pytest.mark.parametrize("bad", [{"rl": float("nan")}, {"rl; shell true": 1.0}, {"": 1.0}])
def test_impossible_alterations_are_refused_before_ngspice_sees_them(ngspice, bad):
    ngspice.load(INVERTER)
    with pytest.raises(SpecError):
        ngspice.alter(bad)


@pytest.mark.parametrize("bad", ["shell true", "op; shell true", "op\nshell true", "quit", ""])
def test_only_analyses_can_be_run(ngspice, bad):
    ngspice.load(RC)
    with pytest.raises(SpecError, match="analysis"):
        ngspice.run(bad)
