import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Capacitor, Level1Model, Mosfet, Resistor, VoltageSource
from archwright.circuits.netlist import Netlist, Parameter
from archwright.circuits.ngspice.alterations import alterations
from archwright.circuits.ngspice.library import find_library, open_library
from archwright.circuits.ngspice.spice_deck import to_spice
from archwright.core.space import Real


@pytest.mark.external
@pytest.mark.skipif(find_library() is None, reason="no libngspice: apt-get install libngspice0")
@pytest.mark.parametrize("has_free_lengths", [False, True])
def test_altered_circuit_is_the_freshly_loaded_one(has_free_lengths):
    netlist = three_stage_netlist(has_free_lengths=has_free_lengths)
    space = netlist.record()
    designs = space.decode_many(np.random.default_rng(3).random((12, space.horizon)))
    changes = alterations(netlist, space.to_array(designs))
    frequencies_hz = np.logspace(5, 9, 9)
    ngspice = open_library()

    def answers():
        response = ngspice.ac(frequencies_hz, ["vouta"])["vouta"]
        noise = ngspice.noise("vouta", "iina", frequencies_hz)["output_v2_per_hz"]
        return np.array(list(ngspice.op().values())), response, noise

    fresh = []
    for design in designs:
        ngspice.load(to_spice(netlist, design))
        fresh.append(answers())
    ngspice.load(to_spice(netlist, designs[5]))
    for row in range(len(designs)):
        for name, values in changes.calls(row):
            getattr(ngspice, name)(values)
        for ours, expected in zip(answers(), fresh[row], strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-18)


def test_every_dependent_value_is_named_and_nothing_else():
    model = Level1Model("n", "n", 0.5, 50e-6, lambda_m_per_v=1e-7, diffusion_m=1e-6)
    devices = (
        VoltageSource("v1", "d", "0", "v_mv"),
        Mosfet("m1", "d", "d", "0", "0", "n", "w_um", "l_um", "k"),
        Mosfet("m2", "d", "d", "0", "0", "n", 2e-6, 1e-6),
        Resistor("r1", "d", "0", 1e3),
        Capacitor("c1", "d", "0", "2*k*c_ff"),
    )
    names = {"v_mv": 1e-3, "w_um": 1e-6, "l_um": 1e-6, "k": 1.0, "c_ff": 1e-15}
    parameters = tuple(Parameter(name, Real(1.0, 9.0), unit) for name, unit in names.items())
    netlist = Netlist("all", ("0", "d"), devices, (model,), parameters)
    found = alterations(netlist, np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [5.0, 4.0, 2.0, 3.0, 7.0]]))
    (_, changed), (_, cards) = found.calls(1)
    assert changed == pytest.approx(
        {
            "v1": 5e-3, "@m1[w]": 4e-6, "@m1[ad]": 8e-12, "@m1[as]": 8e-12, "@m1[pd]": 8e-6, "@m1[ps]": 8e-6,
            "@m1[l]": 2e-6, "@m1[m]": 3.0, "c1": 42e-15,
        }
    )  # fmt: skip
    assert cards == pytest.approx({"@n_1[lambda]": 0.05})


def test_no_parameter_is_no_alteration():
    netlist = Netlist("fixed", ("0", "a"), (Resistor("r1", "a", "0", 1e3),))
    assert alterations(netlist, np.zeros((3, 0))).calls(2) == []
