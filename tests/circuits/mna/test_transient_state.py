import numpy as np

from archwright.circuits.amplifiers import three_stage_netlist
from archwright.circuits.mna.circuit import compile_circuit
from archwright.circuits.mna.lanes import LANES
from archwright.circuits.mna.transient_circuit import compile_dynamics
from archwright.circuits.mna.transient_state import AGE, CURRENT, DESIGN, WAITING, new_state


def test_room_for_eight_designs():
    netlist = three_stage_netlist()
    circuit, dynamics = compile_circuit(netlist, ("vouta", "0"), ("vouta", "0")), compile_dynamics(netlist)
    state = new_state(circuit, dynamics, len(netlist.value_columns), 2)
    assert all(rows.shape[1] == LANES and rows.ctypes.data % 64 == 0 for rows in state[:-1] if len(rows))
    assert len(state.past) == 3 * len(state.unknown) == 3 * len(dynamics.net)
    assert len(state.pair) == (CURRENT + 1) * len(dynamics.pairs)
    assert len(state.clock) > AGE and len(state.marks) == WAITING + 1 > DESIGN
    assert len(state.capacitance) >= len(dynamics.pairs)  # the pairs' currents take its place
    assert not np.concatenate(state[:-1]).any()
