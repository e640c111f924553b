import pytest

from archwright.core.batches import imported_hint, is_imported, split_batches
from archwright.core.errors import StoreError
from archwright.core.trial import Trial


def row(number, hint=None):
    return Trial(number, {"x": 0.0}, "done", {"f": 0.0}, 0.0, (0.0,), 0.0, 0.0, 1, "", hint)


def numbers(groups):
    return [[trial.number for trial in group] for group in groups]


def test_an_empty_table_begins_at_zero():
    assert split_batches([], 4) == ([], 0, [])


def test_whole_batches_and_a_cut_one_with_holes():
    complete, first, cut = split_batches([row(n) for n in (0, 1, 2, 3, 4, 5, 6, 7, 9, 11)], 4)
    assert numbers(complete) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert first == 8
    assert [trial.number for trial in cut] == [9, 11]


def test_imported_trials_are_a_batch_of_their_own_and_shift_the_next():
    table = [row(n, imported_hint("a paper")) for n in range(3)] + [row(n) for n in range(3, 8)]
    complete, first, cut = split_batches(table, 4)
    assert numbers(complete) == [[0, 1, 2], [3, 4, 5, 6]]
    assert (first, len(cut)) == (7, 1)
    assert is_imported(table[0]) and not is_imported(table[3])


@pytest.mark.parametrize("stored", [(0, 1, 3, 4, 5), (4, 5, 6, 7), (0, 1, 2, 3, 8)])
def test_a_hole_before_the_last_batch_is_refused(stored):
    with pytest.raises(StoreError, match="not all stored"):
        split_batches([row(n) for n in stored], 4)
