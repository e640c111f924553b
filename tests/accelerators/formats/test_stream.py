import numpy as np

from archwright.accelerators.formats.stream import Stream


def test_a_stream_is_entries_in_any_order():
    stream = Stream((2, 2), (np.array([1, 0]), np.array([0, 1])), np.array([5, 6]))
    assert stream.coordinates[0].tolist() == [1, 0] and stream.shape == (2, 2)
