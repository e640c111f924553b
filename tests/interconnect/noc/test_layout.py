"""Every column has a place of its own in its row."""

from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc import mesh
from archwright.interconnect.noc.state import first_state


def test_rows_are_as_wide_as_their_columns():
    state = first_state(mesh(2, 2), 2, 4, 0, 5)
    assert state.packets.shape[1] == of.SERIAL + 2  # a cache line of 16 numbers
    assert state.sources.shape[1] == of.IS_ON + 1
    assert state.inputs.shape[1] == of.ACCEPT_TURN + 1
    assert len(state.numbers) == of.ACTIVE + 1 and len(state.counts) == of.ROUND_TRIP_SUM + 1
    assert state.log.shape == (5, of.LOG_IS_TAIL + 1)
