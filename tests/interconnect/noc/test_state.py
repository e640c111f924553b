"""The first state, and tables that grow."""

import numpy as np

from archwright.interconnect.noc import find_routing, mesh
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.state import first_learned, first_state, stack, with_slots


def free_rows(state):
    found, at = [], int(state.numbers[of.FREE_SLOT])
    while at >= 0:
        found.append(at)
        at = int(state.packets[at, of.NEXT])
    return found


def test_new_rows_are_free_and_old_ones_stay():
    state = with_slots(first_state(mesh(2, 2), 1, 1, 0, 0), 8)
    assert sorted(free_rows(state)) == list(range(8))
    state.packets[3, of.DEST] = 2
    larger = with_slots(state, 20)
    assert sorted(free_rows(larger)) == list(range(20))
    assert larger.packets[3, of.DEST] == 2 and larger.numbers[of.N_FREE] == 20


def test_the_seed_is_the_word():
    words = {int(first_state(mesh(2, 2), 1, 1, seed, 0).word[0]) for seed in range(5)}
    assert len(words) == 5


def test_routings_are_stacked_phase_by_phase():
    grid = mesh(4, 4)
    routings = [find_routing(name, grid, 4) for name in ("xy", "o1turn", "odd-even", "minimal-adaptive")]
    rules = stack(routings, grid, first_learned(grid))
    assert rules.wants.shape == (5, grid.n_ports, 16, 16)
    assert rules.settings[:, of.FIRST_PHASE].tolist() == [0, 1, 3, 4]
    assert rules.phases[:, of.HAS_ESCAPE].tolist() == [0, 0, 0, 0, 1]
    assert np.array_equal(rules.wants[2, 0], routings[1].wants[1, 0])


def test_estimates_begin_with_the_empty_network():
    grid = mesh(3, 3)
    learned = first_learned(grid)
    assert np.array_equal(learned.quality.min(axis=2)[0, 1:], grid.distances[0, 1:])
