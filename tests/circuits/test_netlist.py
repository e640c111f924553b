import numpy as np
import pytest

from archwright.circuits.devices import (
    Capacitor,
    CurrentSource,
    Level1Model,
    Mosfet,
    Resistor,
    VoltageSource,
)
from archwright.circuits.netlist import DEVICE_TYPES, Netlist, Parameter
from archwright.core.errors import SpecError
from archwright.core.space import Real

NMOS = Level1Model("nch", "n", 0.5, 50e-6)
SUPPLY = VoltageSource("vdd", "vdd", "0", 2.5)
WIDTH = Parameter("w_um", Real(2.0, 10.0, step=0.2), 1e-6)


def common_source(**changes) -> Netlist:
    fields = {
        "name": "common source",
        "nets": ("0", "vdd", "in", "out"),
        "devices": (
            SUPPLY,
            VoltageSource("vin", "in", "0", 1.0, 1.0),
            Mosfet("m1", "out", "in", "0", "0", "nch", "w_um", 1e-6),
            Mosfet("m2", "out", "in", "0", "0", "nch", "2*w_um", 1e-6),
            Resistor("rl", "vdd", "out", "r_ohm"),
            Capacitor("cl", "out", "0", 1e-12),
        ),
        "models": (NMOS,),
        "parameters": (WIDTH, Parameter("r_ohm", Real(1e3, 1e5, log=True))),
    }
    return Netlist(**(fields | changes))


def with_devices(*devices, nets=("0", "vdd", "in", "out")) -> Netlist:
    return common_source(devices=devices, nets=nets, parameters=(WIDTH,))


def test_supplies_are_the_nets_that_sources_tie_to_ground():
    assert common_source().supply_nets == {"0", "vdd", "in"}


def test_matching_group_is_one_parameter_on_several_devices():
    assert common_source().matching_groups == {"w_um": ("m1", "m2"), "r_ohm": ("rl",)}


def test_resolved_values_are_si():
    devices = {d.name: d for d in common_source().resolved({"w_um": 4.0, "r_ohm": 2e3})}
    assert devices["m1"].width_m == pytest.approx(4e-6)
    assert devices["m2"].width_m == pytest.approx(8e-6)
    assert devices["rl"].resistance_ohm == 2e3


def test_device_values_of_many_designs_are_those_of_each():
    netlist = common_source()
    designs = np.array([[4.0, 2e3], [9.8, 5e4]])
    values = netlist.device_values(designs)
    assert list(netlist.value_columns)[2:5] == [("m1", "width_m"), ("m1", "length_m"), ("m1", "multiplier")]
    for row, (w, r) in zip(values, designs.tolist(), strict=True):
        sized = {device.name: device for device in netlist.resolved({"w_um": w, "r_ohm": r})}
        for (name, field), column in netlist.value_columns.items():
            assert row[column] == pytest.approx(getattr(sized[name], field), rel=1e-15)


def test_graph_joins_devices_that_share_a_net_that_is_no_supply():
    graph = common_source().graph
    assert graph.names == ("vdd", "vin", "m1", "m2", "rl", "cl")
    assert [DEVICE_TYPES[i] for i in graph.types.argmax(axis=1)] == [
        "voltage_source", "voltage_source", "nmos", "nmos", "resistor", "capacitor",
    ]  # fmt: skip
    assert np.all(graph.types.sum(axis=1) == 1.0)
    assert {tuple(edge) for edge in graph.edges.tolist()} == {(2, 3), (2, 4), (2, 5), (3, 4), (3, 5), (4, 5)}


def test_record_has_bounds_steps_and_the_graph():
    record = common_source().record()
    assert record.axes == ("w_um", "r_ohm")
    assert record.parameters["w_um"] == Real(2.0, 10.0, step=0.2)
    assert record.components["m2"] == ("w_um",) and record.components["cl"] == ()
    assert ("rl", "cl") in record.edges


def inverter(width_p: str, length_p: str = "l_um") -> Netlist:
    parameters = (WIDTH, Parameter("l_um", Real(1.0, 2.0), 1e-6), Parameter("ratio", Real(1.0, 9.0)))
    devices = (
        SUPPLY,
        VoltageSource("vin", "in", "0", 1.0),
        Mosfet("mn", "out", "in", "0", "0", "nch", "w_um", "l_um"),
        Mosfet("mp", "out", "in", "vdd", "vdd", "pch", width_p, length_p),
        Mosfet("m2", "out", "in", "0", "0", "nch", "w_um*ratio", "l_um"),
    )
    pmos = Level1Model("pch", "p", -0.5, 25e-6)
    return Netlist("inverter", ("0", "vdd", "in", "out"), devices, (NMOS, pmos), parameters)


def test_matching_group_of_unlike_devices_is_refused():
    with pytest.raises(SpecError, match=r"parameters\.w_um: 'width of a nmos, mn, and width of a pmos, mp'.*matching"):
        inverter("w_um")
    with pytest.raises(SpecError, match="and length of a transistor, mp"):
        inverter("2*w_um", "w_um")
    assert inverter("2*w_um").matching_groups["w_um"] == ("mn", "mp", "m2")


def test_ratios_stand_behind_width_and_length():
    assert inverter("2*w_um").record().components["m2"] == ("w_um", "l_um", "ratio")


def test_misnamed_design_parameter_offers_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'w_um'"):
        common_source().resolved({"w_mu": 4.0, "r_ohm": 2e3})
    with pytest.raises(SpecError, match="r_ohm is missing"):
        common_source().resolved({"w_um": 4.0})


BAD = {
    "unknown net": (lambda: with_devices(SUPPLY, Resistor("r1", "vd", "0", 1e3)), "did you mean 'vdd'"),
    "unknown model": (
        lambda: with_devices(SUPPLY, Mosfet("m1", "out", "in", "0", "0", "ncg", 1e-6, 1e-6)),
        "did you mean 'nch'",
    ),
    "unknown parameter": (lambda: with_devices(SUPPLY, Resistor("r1", "out", "0", "w_u")), "did you mean 'w_um'"),
    "wrong letter": (lambda: with_devices(SUPPLY, Resistor("load", "out", "0", 1e3)), "starts with 'r'"),
    "upper case": (lambda: with_devices(SUPPLY, Resistor("R1", "out", "0", 1e3)), "lower-case"),
    "repeated name": (lambda: with_devices(SUPPLY, SUPPLY), "no other device has"),
    "no ground": (lambda: common_source(nets=("vdd", "in", "out")), "ground"),
    "negative value": (lambda: with_devices(SUPPLY, Resistor("r1", "out", "0", -1.0)), "above 0"),
    "bounds reversed": (
        lambda: common_source(parameters=(Parameter("w_um", Real(9.0, 2.0)), Parameter("r_ohm", Real(1, 2)))),
        "reversed",
    ),
    "floating gate": (
        lambda: with_devices(SUPPLY, Mosfet("m1", "vdd", "in", "0", "0", "nch", 1e-6, 1e-6), nets=("0", "vdd", "in")),
        "floating gate: nothing sets the gate of m1",
    ),
    "no path to ground": (
        lambda: with_devices(
            SUPPLY,
            Capacitor("c1", "vdd", "out", 1e-12),
            CurrentSource("i1", "vdd", "out", 1e-6),
            nets=("0", "vdd", "out"),
        ),
        "no path to ground; it meets negative of c1, negative of i1",
    ),
    "loop of sources": (
        lambda: with_devices(SUPPLY, VoltageSource("v2", "vdd", "0", 1.0), nets=("0", "vdd")),
        "no loop of voltage sources",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_netlist_is_one_clear_line(name):
    build, message = BAD[name]
    with pytest.raises(SpecError, match=message) as caught:
        build()
    assert "\n" not in str(caught.value)
