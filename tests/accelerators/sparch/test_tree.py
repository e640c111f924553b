import numpy as np
import pytest

from archwright.accelerators.sparch.condense import condensed_leaves
from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.product import merged_sizes
from archwright.accelerators.sparch.schedule import plan_rounds
from archwright.accelerators.sparch.timing import merged_elements
from archwright.accelerators.sparch.tree import leaf_streams, merge_streams, run_rounds
from archwright.core.errors import SpecError


def streams(lengths, n_keys=2_000, seed=0):
    rng = np.random.default_rng(seed)
    return [(np.sort(rng.choice(n_keys, n, replace=False)), rng.random(n)) for n in lengths]


@pytest.mark.parametrize("lengths", [[], [0], [5], [300, 0, 20], [100] * 16, [1500, 1, 1, 1], [3] * 13])
def test_it_merges(lengths):
    given = streams(lengths)
    run = merge_streams(given, Machine(ways=16, merger_width=4))
    keys = np.concatenate([np.zeros(0, np.int64), *(one for one, _ in given)])
    values = np.concatenate([np.zeros(0), *(one for _, one in given)])
    wanted, where = np.unique(keys, return_inverse=True)
    assert run.merged[0].tolist() == wanted.tolist()
    assert run.merged[1] == pytest.approx(np.bincount(where, values, minlength=len(wanted)), rel=1e-12)
    assert run.cycles >= run.steps.max(initial=0) >= -(-len(wanted) // 4)


def test_each_layer_takes_one_step_a_cycle_and_is_fed_by_the_one_below():
    run = merge_streams(streams([400] * 64, n_keys=10**6), Machine())
    assert (run.steps <= run.cycles).all() and run.steps[-1] == 64 * 400 / 16
    assert 1600 < run.cycles < 1600 + 3 * 64  # filling and draining the queues


@pytest.mark.parametrize("queue_widths", [2, 16])
def test_streams_that_take_turns_are_merged_at_nearly_the_width(queue_widths):
    blocks = [(np.arange(512 * k, 512 * (k + 1)), np.ones(512)) for k in range(16)]
    run = merge_streams(blocks, Machine(ways=16, merger_width=8), queue_widths)
    assert 1024 <= run.cycles < 1.2 * 1024


def test_what_does_not_fit_is_one_line():
    with pytest.raises(SpecError, match="at most 4"):
        merge_streams(streams([1] * 5), Machine(ways=4))
    with pytest.raises(SpecError, match="queue_widths: 1"):
        merge_streams(streams([1] * 4), Machine(ways=4), queue_widths=1)


def test_a_product_through_all_rounds():
    a, machine = stand_in("wiki-Vote", 60_000), Machine(ways=8)
    leaves = condensed_leaves(a, a)
    schedule = plan_rounds(leaves.weights, machine.ways)
    c, runs = run_rounds(a, a, leaves.of_entry, schedule, machine)
    from archwright.accelerators.sparch.matrix import to_scipy

    wanted = to_scipy(a) @ to_scipy(a)
    wanted.sort_indices()
    assert (c.columns == wanted.indices).all() and (c.starts == wanted.indptr).all()
    assert c.values == pytest.approx(wanted.data, rel=1e-12)
    sizes = merged_sizes(a, a, leaves.of_entry, schedule)
    assert [len(run.merged[0]) for run in runs] == sizes.results.tolist()
    closed_form = merged_elements(sizes, schedule, len(runs)).sum() / machine.merger_width
    assert 1.0 <= sum(run.cycles for run in runs) / closed_form < 1.05


def test_leaves_are_sorted_streams():
    a = stand_in("wiki-Vote", 60_000)
    leaves = condensed_leaves(a, a)
    found = leaf_streams(a, a, leaves.of_entry, len(leaves.weights))
    assert [len(keys) for keys, _ in found] == leaves.weights.tolist()
    assert all((np.diff(keys) > 0).all() for keys, _ in found)


def test_nothing_makes_an_empty_product():
    from scipy.sparse import csr_array

    from archwright.accelerators.sparch.matrix import from_scipy

    empty = from_scipy(csr_array((3, 3)))
    leaves = condensed_leaves(empty, empty)
    c, _ = run_rounds(empty, empty, leaves.of_entry, plan_rounds(leaves.weights, 4), Machine(ways=4))
    assert c.n_stored == 0 and c.n_rows == 3
