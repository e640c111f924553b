import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.learning.blobs import pack, unpack
from archwright.learning.replay import Replay


def filled(capacity, n):
    replay = Replay(capacity, {"value": (), "pair": (2,)})
    for i in range(n):
        assert replay.add(value=i, pair=[i, -i]) == i
    return replay


def test_the_newest_rows_are_kept_under_their_numbers():
    replay = filled(5, 12)
    assert len(replay) == 5 and replay.added == 12
    assert replay.alive().tolist() == [7, 8, 9, 10, 11]
    assert replay.column("value", replay.alive()).tolist() == [7, 8, 9, 10, 11]
    assert replay.column("pair", np.array([11, 7])).tolist() == [[11, -11], [7, -7]]
    assert replay.is_alive(np.array([-1, 6, 7, 11, 12])).tolist() == [False, False, True, True, False]


def test_an_empty_replay_has_nothing_alive():
    replay = filled(5, 0)
    assert len(replay) == 0 and replay.alive().tolist() == [] and not replay.is_alive(np.array([-1, 0])).any()


def test_memory_grows_with_the_rows_and_stops_at_the_capacity():
    replay = filled(100_000, 100)
    assert len(replay._columns["value"]) < 1000
    assert len(filled(70, 500)._columns["value"]) == 70


def test_samples_are_alive_even_and_seeded():
    replay = filled(10, 37)
    numbers = replay.sample((200, 50), np.random.default_rng(0))
    assert numbers.shape == (200, 50) and replay.is_alive(numbers).all()
    counts = np.bincount(numbers.ravel() - 27, minlength=10)
    assert (np.abs(counts - 1000) < 150).all()
    assert (numbers == replay.sample((200, 50), np.random.default_rng(0))).all()


@pytest.mark.parametrize("n", [0, 3, 70, 200])
def test_a_restored_replay_goes_on_as_the_first(n):
    replay, other = filled(128, n), Replay(128, {"value": (), "pair": (2,)})
    other.restore(unpack(pack(replay.state())))
    for one in (replay, other):
        for i in range(n, n + 90):
            one.add(value=i, pair=[i, -i])
    assert other.alive().tolist() == replay.alive().tolist()
    for name in ("value", "pair"):
        np.testing.assert_array_equal(other.column(name, other.alive()), replay.column(name, replay.alive()))


@pytest.mark.parametrize("capacity", [0, -3, 1.5])
def test_a_capacity_that_makes_no_sense_is_refused(capacity):
    with pytest.raises(SpecError, match="memory"):
        Replay(capacity, {"value": ()})
