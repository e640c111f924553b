"""Seeds of the response and of the noise, against single conductances and capacitances that are changed by hand."""

import math

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.mna.adjoint_circuit import compile_adjoint
from archwright.circuits.mna.adjoint_kernels import room_for
from archwright.circuits.mna.adjoint_response import (
    _kernel_backward,
    _kernel_forward,
    _kernel_gain,
    _kernel_set_noise,
    _kernel_set_response,
)
from archwright.circuits.mna.lanes import kernel
from archwright.circuits.mna.response import _kernel_load
from archwright.circuits.mna.simulator import Simulator

HERTZ = 3e8
STEP = 1e-6


@kernel
def set_response(adjoint, slope, capacitance, room):
    _kernel_load(adjoint, slope, capacitance, room.work)
    _kernel_forward(adjoint, room.omega, 2, room)
    _kernel_backward(adjoint, adjoint.output, room.omega, 2, room)
    _kernel_gain(adjoint.output, room.forward, 1, room.gain, 0)
    _kernel_set_response(adjoint, 1, room)


@kernel
def set_noise(adjoint, slope, capacitance, room):
    _kernel_load(adjoint, slope, capacitance, room.work)
    _kernel_set_noise(adjoint, slope, room)


@pytest.fixture(scope="module")
def block():
    netlist = three_stage_netlist()
    record = netlist.record()
    designs = record.to_array(record.decode_many(np.random.default_rng(6).random((8, record.horizon))))
    simulator = Simulator(netlist, "vouta", ("vouta", "voutb"))
    adjoint = compile_adjoint(netlist, simulator.circuit, simulator.output, simulator.noise_output)
    room = room_for(simulator.circuit, adjoint)
    room.omega[0], room.omega[1] = 2.0 * math.pi * HERTZ, 2.0 * math.pi * HERTZ
    return simulator, simulator.operate(designs), adjoint, room


def changed(simulator, points, name, row, measure):
    """Central difference of a measure with ln of one conductance or capacitance, (8,)."""
    table, sides = points.blocks[name], []
    kept = table[0, row].copy()
    for sign in (1.0, -1.0):
        table[0, row] = kept * (1.0 + sign * STEP)
        sides.append(measure(simulator, points))
    table[0, row] = kept
    return (sides[0] - sides[1]) / (2.0 * STEP)


def log_transfer(simulator, points):
    return np.log(simulator.transfer(points, np.array([HERTZ])))[:, 0]


def log_noise(simulator, points):
    return np.log(simulator.noise(points, np.array([HERTZ])).input_rthz)[:, 0]


ROWS = (0, 1, 2, 6, 36, 41, 85, 86)


@pytest.mark.parametrize(("name", "field"), [("slope", "slope"), ("capacitance", "charge")])
@pytest.mark.parametrize("row", ROWS)
def test_seed_of_the_response(block, name, field, row):
    simulator, points, adjoint, room = block
    set_response(adjoint, points.blocks["slope"][0], points.blocks["capacitance"][0], room)
    seeds = getattr(room.real, field)[row] + 1j * getattr(room.imaginary, field)[row]
    expected = changed(simulator, points, name, row, log_transfer)
    np.testing.assert_allclose(seeds * points.blocks[name][0, row], expected, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(("name", "field"), [("slope", "slope"), ("capacitance", "charge")])
@pytest.mark.parametrize("row", ROWS)
def test_seed_of_the_noise(block, name, field, row):
    simulator, points, adjoint, room = block
    set_noise(adjoint, points.blocks["slope"][0], points.blocks["capacitance"][0], room)
    expected = changed(simulator, points, name, row, log_noise)
    seeds = getattr(room.real, field)[row]
    np.testing.assert_allclose(seeds * points.blocks[name][0, row], expected, rtol=1e-4, atol=1e-8)
