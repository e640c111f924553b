import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from archwright.circuits.devices import Capacitor, CurrentSource, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.ngspice.spice_deck import card_names, to_spice
from archwright.circuits.technology.ekv import EkvModel
from archwright.circuits.technology.nodes import technology
from archwright.circuits.waveforms import PiecewiseLinear, Pulse
from archwright.core.errors import SpecError
from archwright.core.space import Real

NETLIST = Netlist(
    "mirror",
    ("0", "vdd", "bias", "out"),
    (
        VoltageSource("vdd", "vdd", "0", 2.5),
        Resistor("rb", "vdd", "bias", 1e5),
        Mosfet("m1", "bias", "bias", "0", "0", "nch", 4e-6, 2e-6),
        Mosfet("m2", "out", "bias", "0", "0", "nch", "w_um", 2e-6),
        Mosfet("m3", "out", "bias", "0", "0", "nch", "w_um", "l_um"),
        Resistor("rl", "vdd", "out", 1e4),
        Capacitor("cl", "out", "0", 1e-13),
        CurrentSource("iin", "vdd", "out", 0.0, 1.0),
    ),
    (Level1Model("nch", "n", 0.5, 50e-6, 0.6, 0.8, lambda_m_per_v=1e-7, oxide_f_per_m2=2.3e-3, diffusion_m=1.5e-6),),
    (Parameter("w_um", Real(2.0, 10.0), 1e-6), Parameter("l_um", Real(1.0, 2.0), 1e-6)),
)


def test_deck_prints_one_card_per_distinct_length():
    deck = to_spice(NETLIST, {"w_um": 5.0, "l_um": 1.0})
    assert card_names(NETLIST) == {"m1": "nch_1", "m2": "nch_1", "m3": "nch_2"}
    assert re.findall(r"\.model (\S+) nmos .*lambda=(\S+)", deck) == [("nch_1", "0.05"), ("nch_2", "0.1")]


def test_diffusion_rule_is_written_out():
    line = next(x for x in to_spice(NETLIST, {"w_um": 5.0, "l_um": 1.0}).splitlines() if x.startswith("m3"))
    sizes = {key: float(value) for key, value in re.findall(r"(\w+)=(\S+)", line)}
    expected = {"w": 5e-6, "l": 1e-6, "m": 1, "ad": 15e-12, "as": 15e-12, "pd": 11e-6, "ps": 11e-6}
    assert sizes == pytest.approx(expected)


def test_sources_print_operating_and_small_signal_values():
    deck = to_spice(NETLIST, {"w_um": 5.0, "l_um": 1.0})
    assert "vdd vdd 0 dc 2.5 ac 0.0\n" in deck and "iin vdd out dc 0.0 ac 1.0\n" in deck


def test_missing_parameter_is_refused():
    with pytest.raises(SpecError, match="l_um is missing"):
        to_spice(NETLIST, {"w_um": 5.0})


@pytest.mark.external
def test_ngspice_accepts_the_deck_and_the_mirror_mirrors(tmp_path):
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    control = ".control\nset num_threads=1\nop\nprint i(vdd) bias out\nquit\n.endc\n.end\n"
    path = tmp_path / "mirror.cir"
    path.write_text(to_spice(NETLIST, {"w_um": 5.0, "l_um": 1.0}) + control)
    run = subprocess.run(["ngspice", "-b", str(path)], capture_output=True, text=True, timeout=30)
    found = {k: float(v) for k, v in re.findall(r"^(\S+) = (\S+)$", run.stdout, re.MULTILINE)}
    assert 0.5 < found["bias"] < found["out"] < 2.5
    assert found["i(vdd)"] == pytest.approx(-((2.5 - found["bias"]) / 1e5 + (2.5 - found["out"]) / 1e4), rel=1e-5)


def test_waveforms_follow_the_sources():
    pulse = Pulse(0.0, 1.8, 1e-9, 1e-10, 5e-9, 2e-10)
    devices = (
        VoltageSource("v1", "a", "0", 0.5, waveform=pulse),
        CurrentSource("i1", "a", "0", 1e-3, waveform=PiecewiseLinear(((0.0, 1e-3), (1e-6, 2e-3)))),
        VoltageSource("v2", "b", "0", waveform=replace(pulse, period_s=1e-8)),
    )
    lines = to_spice(Netlist("sources", ("0", "a", "b"), devices), {}).splitlines()
    assert lines[2:] == [
        "v1 a 0 dc 0.5 ac 0.0 pulse(0.0 1.8 1e-09 1e-10 2e-10 5e-09)",
        "i1 a 0 dc 0.001 ac 0.0 pwl(0.0 0.001 1e-06 0.002)",
        "v2 b 0 dc 0.0 ac 0.0 pulse(0.0 1.8 1e-09 1e-10 2e-10 5e-09 1e-08)",
    ]


def test_ekv_model_is_printed_as_its_bsim4_card():
    node = technology("65nm")
    devices = (VoltageSource("v1", "d", "0", 1.0), Mosfet("m1", "d", "d", "0", "0", "nch", 1e-6, 65e-9))
    deck = to_spice(Netlist("one", ("0", "d"), devices, node.models), {})
    card = next(line for line in deck.splitlines() if line.startswith(".model"))
    assert card.startswith(".model nch_1 nmos level=14 version=4.5 ") and " toxe=1.85e-09 " in card


def test_ekv_model_without_card_is_refused():
    model = EkvModel("bare", "n", 0.4, 3e-4)
    devices = (VoltageSource("v1", "d", "0", 1.0), Mosfet("m1", "d", "d", "0", "0", "bare", 1e-6, 1e-6))
    with pytest.raises(SpecError, match="ngspice has no EKV model"):
        to_spice(Netlist("one", ("0", "d"), devices, (model,)), {})


class _OneModel:
    """A library of one model."""

    def place(self, device, polarity, sizes):
        return f"foreign_{polarity}", {"w": 2.0 * sizes["w"], "l": sizes["l"]}

    def lines(self, placed):
        return [f".model {name} nmos level=1 $ {width:g} {length:g}" for name, width, length in placed]


def test_a_library_takes_the_place_of_the_models():
    devices = (VoltageSource("v1", "d", "0", 1.0), Mosfet("m1", "d", "d", "0", "0", "nch", 1e-6, 65e-9))
    deck = to_spice(Netlist("one", ("0", "d"), devices, technology("65nm").models), {}, _OneModel()).splitlines()
    assert deck[2:] == [
        ".model foreign_n nmos level=1 $ 2e-06 6.5e-08",
        "v1 d 0 dc 1.0 ac 0.0",
        "m1 d d 0 0 foreign_n w=2e-06 l=6.5e-08",
    ]
