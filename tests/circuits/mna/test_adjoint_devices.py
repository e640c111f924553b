"""Device derivatives against differences of the plain equations of `mna.dense`, device by device."""

from dataclasses import replace

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Mosfet
from archwright.circuits.mna import dense
from archwright.circuits.mna.adjoint_circuit import compile_adjoint
from archwright.circuits.mna.adjoint_devices import (
    N_QUANTITIES,
    _kernel_conductances,
    _kernel_differentiate,
    _kernel_pull,
    device_room,
    plain_rows,
)
from archwright.circuits.mna.lanes import kernel
from archwright.circuits.mna.simulator import Simulator

STEP = 1e-5


@kernel
def differentiate(circuit, adjoint, values, nets, room):
    _kernel_differentiate(circuit, adjoint, values, nets, room)


@kernel
def exact_conductances(circuit, slope, room, exact):
    _kernel_conductances(circuit, slope, room, exact)


@kernel
def pull(room, m, direction, current, slope, charge):
    _kernel_pull(room, m, direction, current, slope, charge)


@pytest.fixture(scope="module")
def one_block():
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(1).random((8, record.horizon))))
    simulator = Simulator(netlist, "vouta", ("vouta", "voutb"))
    points = simulator.operate(designs)
    adjoint = compile_adjoint(netlist, simulator.circuit, simulator.output, simulator.noise_output)
    room = device_room(17)
    differentiate(simulator.circuit, adjoint, simulator.values(designs)[0], points.blocks["voltage"][0], room)
    return netlist, record, designs, simulator, points, room


def plain(netlist, device, volts):
    """Currents, then conductances, then capacitances of one device, in the kernels' order."""
    model = next(model for model in netlist.models if model.name == device.model)
    d, g, s, b = volts
    channel = dense.channel(model, device, d, g, s, b)
    junctions = [dense.junction(model, device, b, other) for other in (d, s)]
    currents = [channel[0], *(one[0] for one in junctions)]
    conductances = [*channel[1:4], *(one[1] for one in junctions)]
    charges = [dense.junction_capacitance(model, device, b, other) for other in (d, s)]
    return np.array([*currents, *conductances, *dense.gate_capacitances(model, device, d, g, s, b), *charges])


def differences(netlist, device, volts):
    """(6, 13): drain, gate, source voltage; relative width, length, multiplier."""
    rows = []
    for pin in range(3):
        step = STEP * (np.arange(4) == pin)
        rows.append((plain(netlist, device, volts + step) - plain(netlist, device, volts - step)) / (2 * STEP))
    for field in ("width_m", "length_m", "multiplier"):
        sides = [_grown(device, field, 1.0 + sign * STEP) for sign in (1.0, -1.0)]
        rows.append((plain(netlist, sides[0], volts) - plain(netlist, sides[1], volts)) / (2 * STEP))
    return np.array(rows)


def _grown(device, field, factor):
    return replace(device, **{field: getattr(device, field) * factor})


def kernels_rows(room, m):
    """(6, 13, 8) of one device, in the same order."""
    table = room.slopes.reshape(6, 17 * N_QUANTITIES, 8)
    rows = [*range(3 * m, 3 * m + 3), *range(51 + 5 * m, 56 + 5 * m), *range(136 + 5 * m, 141 + 5 * m)]
    return table[:, rows]


def test_every_device_is_differentiated_by_itself(one_block):
    netlist, record, designs, _, points, room = one_block
    for lane in (0, 5):
        devices = netlist.resolved(dict(zip(record.axes, designs[lane].tolist(), strict=True)))
        for m, device in enumerate(device for device in devices if isinstance(device, Mosfet)):
            volts = points.voltages_v[lane, [netlist.nets.index(net) for net in device.nets]]
            expected = differences(netlist, device, volts)
            size = np.abs(plain(netlist, device, volts))  # what hardly moves is known to rounding only
            scale = np.maximum(np.abs(expected).max(axis=0), 1e-5 * size + 1e-300)
            ours = kernels_rows(room, m)[..., lane] / scale
            if device.bulk == device.source:  # a shorted junction is only a capacitance
                ours[:, [2, 7, 12]], expected[:, [2, 7, 12]] = 0.0, 0.0
            np.testing.assert_allclose(ours[:5], expected[:5] / scale, atol=2e-5)
            grown = [0, 3, 4, 5, *range(8, 13)]  # gmin lies across a junction once, whatever the multiplier
            np.testing.assert_allclose(ours[5, grown], (expected[5] / scale)[grown], atol=2e-5)


def test_exact_conductances_are_the_model_s_where_those_are_exact(one_block):
    _, _, _, simulator, points, room = one_block
    slope, exact = points.blocks["slope"][0], plain_rows(len(points.blocks["slope"][0]))
    exact_conductances(simulator.circuit, slope, room, exact)
    scale = np.abs(slope[:85].reshape(17, 5, 8)).max(axis=1, keepdims=True)
    wrong = np.abs(exact[:85] - slope[:85]).reshape(17, 5, 8) / scale
    assert wrong.max() < 1e-6
    np.testing.assert_array_equal(exact[85:], slope[85:])


def test_pull_is_the_weighted_sum_of_a_direction(one_block):
    room, rng = one_block[-1], np.random.default_rng(0)
    seeds = [plain_rows(n) for n in (3 * 17, 5 * 17, 5 * 17)]
    for seed in seeds:
        seed[:] = rng.normal(size=seed.shape)
    weights = np.concatenate(seeds)
    for m, direction in ((0, 0), (7, 4), (16, 5)):
        pull(room, m, direction, *seeds)
        rows = [*range(3 * m, 3 * m + 3), *range(51 + 5 * m, 56 + 5 * m), *range(136 + 5 * m, 141 + 5 * m)]
        expected = (weights[rows] * kernels_rows(room, m)[direction]).sum(axis=0)
        np.testing.assert_allclose(room.region[0], expected, rtol=1e-9, atol=1e-25)
