"""The compiled adjoint against plain matrices put together from the branches."""

import numpy as np
import pytest

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.devices import Capacitor, CurrentSource, Resistor, VoltageSource
from archwright.circuits.mna.adjoint_circuit import compile_adjoint, detached
from archwright.circuits.mna.circuit import compile_circuit
from archwright.circuits.mna.elimination import MULTIPLY, RECIPROCAL
from archwright.circuits.netlist import Netlist

LADDER = Netlist(
    "a driven ladder",
    ("0", "in", "one", "two"),
    (
        VoltageSource("vin", "in", "0", 0.0, 2.0),
        Resistor("r1", "in", "one", 2.0),
        Resistor("r2", "one", "two", 4.0),
        Resistor("r3", "two", "0", 5.0),
        Capacitor("c1", "in", "two", 1.0),
        CurrentSource("i1", "one", "0", 0.0, 3.0),
    ),
)


def compiled(netlist, output, noise_output):
    return compile_adjoint(netlist, compile_circuit(netlist, output, noise_output), output, noise_output)


def run(program, state):
    for kind, k, i, j in program.tolist():
        if kind == RECIPROCAL:
            state[k] = 1.0 / state[k]
        elif kind == MULTIPLY:
            state[k] *= state[i]
        else:
            state[k] -= state[i] * state[j]


def loaded(adjoint, conductances_s, capacitances_f, omega):
    state = adjoint.constant.astype(complex)
    for stamps, quantity in ((adjoint.conductance, conductances_s), (adjoint.capacitance, 1j * omega * capacitances_f)):
        np.add.at(state, stamps.at, stamps.weight * quantity[stamps.row])
    return state


def test_forward_and_backward_programs_solve_the_ladder():
    adjoint = compiled(LADDER, ("two", "0"), ("one", "0"))
    conductances_s, capacitances_f, omega = 1.0 / np.array([2.0, 4.0, 5.0]), np.array([1.0]), 0.7
    y = 1j * omega
    matrix = np.array([[0.5 + 0.25, -0.25], [-0.25, 0.25 + 0.2 + y]])
    state = loaded(adjoint, conductances_s, capacitances_f, omega)
    run(adjoint.forward, state)
    right = adjoint.right[:-1]
    np.testing.assert_allclose(state[right], np.linalg.solve(matrix, [2.0 * 0.5 - 3.0, 2.0 * y]))
    state = loaded(adjoint, conductances_s, capacitances_f, omega)
    state[right] = [0.0, 1.0]
    run(adjoint.backward, state)
    np.testing.assert_allclose(state[right], np.linalg.solve(matrix.T, [0.0, 1.0]))
    assert state[adjoint.right[-1]] == 0.0


def test_branches_name_unknowns_and_what_sources_add():
    adjoint = compiled(LADDER, ("two", "0"), ("one", "0"))
    branches = adjoint.conducting
    assert np.stack([branches.start, branches.end]).T.tolist() == [[2, 0], [0, 1], [1, 2]]
    assert branches.drive_v.tolist() == [2.0, 0.0, 0.0] and adjoint.charging.drive_v.tolist() == [2.0]
    assert adjoint.output.roots.tolist() == [1, 2] and adjoint.output.offset == 0.0
    assert adjoint.flow.tolist() == [[2, 0], [0, 1], [1, 2], [0, 2]]
    # the source's current, from its positive net through it, is minus that of r1
    assert adjoint.source.tolist() == [[-1.0, 0.0, 0.0, 0.0]]


def test_the_transposed_newton_program_solves_the_transposed_matrix():
    netlist = three_stage_netlist()
    adjoint = compiled(netlist, ("vouta", "0"), ("vouta", "voutb"))
    n = len(adjoint.balance) - 1
    rng = np.random.default_rng(0)
    conductances_s, wanted = rng.uniform(0.5, 1.5, len(adjoint.conducting.start)), rng.normal(size=n)
    matrix = np.zeros((n + 1, n + 1))
    branches = adjoint.conducting
    for at, sign in ((branches.start, 1.0), (branches.end, -1.0)):
        np.add.at(matrix, (at, branches.plus), sign * conductances_s)
        np.add.at(matrix, (at, branches.minus), -sign * conductances_s)
    state = np.zeros(adjoint.n_slots)
    np.add.at(state, adjoint.slope.at, adjoint.slope.weight * conductances_s[adjoint.slope.row])
    state[adjoint.balance[:-1]] = wanted
    run(adjoint.transposed, state)
    np.testing.assert_allclose(state[adjoint.balance[:-1]], np.linalg.solve(matrix[:n, :n].T, wanted), rtol=1e-9)


def test_detached_devices_share_neither_nets_nor_sizes():
    circuit = compile_circuit(three_stage_netlist(), ("vouta", "0"), ("vouta", "voutb"))
    alone = detached(circuit)
    assert len(np.unique(alone.pins)) == alone.pins.size == 4 * 17
    assert len(np.unique(alone.sizes)) == alone.sizes.size == 3 * 17
    assert alone.models is circuit.models and alone.is_shorted is circuit.is_shorted
    assert len(alone.resistors) == len(alone.capacitors) == len(alone.current_sources) == 0


@pytest.mark.parametrize("output", ["in", "two"])
def test_an_output_that_is_driven_has_an_offset(output):
    adjoint = compiled(LADDER, (output, "0"), ("one", "0"))
    assert adjoint.output.offset == (2.0 if output == "in" else 0.0)
