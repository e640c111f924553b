from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest

from archwright.accelerators.sparch.prefetch import EVERYTHING, next_uses, prefetch, prefetch_plainly


def cases(n, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        lengths = rng.integers(0, 200, int(rng.integers(1, 8)))
        yield rng, rng.integers(0, len(lengths), 40), lengths, int(rng.integers(1, 9))


@pytest.mark.parametrize("lookahead", [0, 1, 3, 10, EVERYTHING])
def test_it_equals_its_plain_twin(lookahead):
    for _, rows, lengths, lines in cases(60):
        found = prefetch(rows, lengths, buffer_lines=lines, line_elements=48, lookahead=lookahead)
        missed = prefetch_plainly(rows, -(-lengths // 48), lines, lookahead)
        assert found.line_misses == sum(missed) and found.line_accesses == (-(-lengths // 48))[rows].sum()
        held = -(-lengths // 48)[rows] - np.array(missed)
        assert (found.of_access == np.where(np.array(missed) > 0, lengths[rows] - 48 * held, 0)).all()


def least_misses(rows, lines, capacity):
    """Least lines read by any replacement at all, by trying every content of the buffer."""
    asked = [(row, line) for row in rows for line in range(lines[row])]

    @lru_cache(None)
    def best(at, held):
        if at == len(asked):
            return 0
        line = asked[at]
        if line in held:
            return best(at + 1, held)
        kept = [held] if len(held) < capacity else [frozenset(one) for one in combinations(held, capacity - 1)]
        return 1 + min(best(at + 1, held), *(best(at + 1, one | {line}) for one in kept))

    return best(0, frozenset())


def test_seeing_everything_is_optimal():
    rng = np.random.default_rng(1)
    for _ in range(40):
        lengths = rng.integers(1, 3, 4) * 48
        rows = rng.integers(0, 4, 9)
        found = prefetch(rows, lengths, buffer_lines=3, line_elements=48, lookahead=EVERYTHING)
        assert found.line_misses == least_misses(rows.tolist(), (lengths // 48).tolist(), 3)


def test_seeing_nothing_is_least_recently_used():
    for _, rows, lengths, lines in cases(30, seed=2):
        ones = np.full(len(lengths), 48)
        recent, misses = [], 0
        for row in rows.tolist():
            misses += row not in recent
            recent = [row, *(one for one in recent if one != row)][:lines]
        assert prefetch(rows, ones, buffer_lines=lines, line_elements=48, lookahead=0).line_misses == misses


def test_seeing_all_is_never_worse_than_seeing_less():
    for _, rows, lengths, lines in cases(60, seed=3):
        misses = [
            prefetch(rows, lengths, buffer_lines=lines, line_elements=48, lookahead=ahead).line_misses
            for ahead in (0, 2, 8, EVERYTHING)
        ]
        assert min(misses) == misses[-1]


def test_every_row_is_read_once_by_a_buffer_that_holds_all():
    rows, lengths = np.array([2, 0, 2, 1, 0]), np.array([10, 100, 49])
    found = prefetch(rows, lengths, buffer_lines=6, line_elements=48, lookahead=4)
    assert found.of_access.tolist() == [49, 10, 0, 100, 0] and found.line_misses == 6
    assert found.hit_rate == pytest.approx(1 - 6 / 9)


def test_a_row_larger_than_the_buffer_is_read_again_but_for_what_stays():
    found = prefetch(np.array([0, 0]), np.array([100]), buffer_lines=2, line_elements=48, lookahead=8)
    assert found.of_access.tolist() == [100, 4]


def test_next_uses():
    assert next_uses(np.array([1, 0, 1, 1]), 2)[[0, 2]].tolist() == [2, 3]


def test_no_access_has_no_hit():
    found = prefetch(np.zeros(0, np.int64), np.array([3]), buffer_lines=1, line_elements=1, lookahead=0)
    assert found.hit_rate == 0.0
