"""Pulling any seed back to the device values, against differences of whole operating points."""

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.mna.adjoint_circuit import compile_adjoint
from archwright.circuits.mna.adjoint_devices import _kernel_conductances, _kernel_differentiate, plain_rows
from archwright.circuits.mna.adjoint_kernels import _kernel_clear, _kernel_pull_back, room_for
from archwright.circuits.mna.kernels import _kernel_add
from archwright.circuits.mna.lanes import kernel
from archwright.circuits.mna.simulator import Simulator

TABLES = {"current": "current", "slope": "slope", "charge": "capacitance", "net": "voltage"}


@kernel
def pull_back(circuit, adjoint, values, nets, slope, room, out):
    _kernel_differentiate(circuit, adjoint, values, nets, room.devices)
    _kernel_conductances(circuit, slope, room.devices, room.exact)
    _kernel_clear(room.newton)
    _kernel_add(adjoint.slope, room.exact, room.newton)
    _kernel_pull_back(circuit, adjoint, values, nets, room.real, room, out)


@pytest.mark.parametrize("kind", TABLES)
def test_a_seed_is_pulled_back_through_devices_and_operating_point(kind):
    netlist = three_stage_netlist(has_free_lengths=True, step_um=0.0)
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(3).random((8, record.horizon))))
    simulator = Simulator(netlist, "vouta", ("vouta", "voutb"))
    points = simulator.operate(designs)
    adjoint = compile_adjoint(netlist, simulator.circuit, simulator.output, simulator.noise_output)
    room = room_for(simulator.circuit, adjoint)
    for rows in room.real:
        rows[:] = 0.0
    seed = getattr(room.real, kind)
    sizes = np.abs(points.blocks[TABLES[kind]][0]).max()
    seed[:] = np.random.default_rng(4).normal(size=seed.shape) / sizes
    weights = seed.copy()
    out = plain_rows(simulator.values(designs).shape[1])
    blocks = points.blocks
    pull_back(
        simulator.circuit, adjoint, simulator.values(designs)[0], blocks["voltage"][0], blocks["slope"][0], room, out
    )
    found = netlist.parameter_slopes(designs, out.T)

    def number(values):
        return (weights * simulator.operate(values).blocks[TABLES[kind]][0]).sum(axis=0)

    for p in range(record.horizon):
        step = 1e-5 * designs[:, p]
        ahead, behind = (
            designs + sign * np.where(np.arange(record.horizon) == p, step[:, None], 0) for sign in (1, -1)
        )
        expected = (number(ahead) - number(behind)) / 2e-5
        scale = np.abs(found * designs).max(axis=1)
        np.testing.assert_allclose(found[:, p] * designs[:, p] / scale, expected / scale, atol=1e-6)
