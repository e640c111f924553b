import numpy as np

from archwright.accelerators.formats.datapath import Datapath, Step


def test_blocks_do_their_part_and_note_it():
    path = Datapath()
    assert path.scan_bits(np.array([0, 1, 1])).tolist() == [1, 2]
    assert path.keep(np.array([True, False])).tolist() == [0]
    assert path.starts(np.array([0, 0, 4, 4, 5])).tolist() == [0, 2, 4]
    assert path.subtract(np.array([5]), np.array([3])).tolist() == [2]
    assert [one.tolist() for one in path.divide(np.array([7, 8]), 4)] == [[1, 2], [3, 0]]
    assert path.multiply_add(np.array([2]), 10, np.array([3])).tolist() == [23]
    assert path.count(np.array([1, 1]), 3).tolist() == [0, 2, 0]
    assert path.place(np.array([5, 6]), np.array([1, 1]), 2).tolist() == [0, 11]
    assert path.sort(np.array([3, 1, 2]), 4).tolist() == [1, 2, 0]
    path.move(65)
    assert [step.block for step in path.steps] == [
        "bit scanner", "comparator", "comparator", "comparator", "divider", "multiplier", "counter", "scratch-pad",
        "sorter", "memory controller",
    ]  # fmt: skip
    assert path.steps[-2:] == [Step("sorter", 3, 4), Step("memory controller", 3)]


def test_pointers_expand_and_come_back():
    path, pointers = Datapath(), np.array([0, 0, 3, 3, 4])
    keys = path.expand(pointers)
    assert keys.tolist() == [1, 1, 1, 3]
    assert path.point(path.count(keys, 4)).tolist() == pointers.tolist()
    assert path.expand(np.array([0])).tolist() == [] and path.expand(np.array([0, 0, 0])).tolist() == []
