import numpy as np

from archwright.compression.graph.widths import FIXED, find_widths


class Ties:
    """The part of a walk that grouping reads."""

    def __init__(self, n_labels, ties):
        self.n_labels, self.places = n_labels, []
        self.ties = [(np.array([0]), np.array([0])), *((np.array(a), np.array(b)) for a, b in ties)]


def test_units_that_stand_in_the_same_lines_are_one_group():
    lines = [np.array([1, 2, 3, 4]), np.array([1, 2]), np.array([3, 3, 4, 4]), np.array([5, 0])]
    found = find_widths(Ties(6, []), lines)
    assert found.sizes == (2, 2, 1)
    assert found.lines[0].groups.tolist() == [0, 0, 1, 1] and found.lines[0].units.tolist() == [0, 1, 0, 1]
    assert found.lines[2].units.tolist() == [0, 0, 1, 1] and found.lines[3].groups.tolist() == [2, FIXED]


def test_tied_labels_are_one_unit_and_what_is_tied_to_zero_stays():
    lines = [np.array([1, 2, 3]), np.array([4, 5, 6])]
    found = find_widths(Ties(7, [([1, 2], [4, 5]), ([6], [0])]), lines)
    assert found.sizes == (2, 1)
    assert found.lines[0].groups.tolist() == [0, 0, 1] and found.lines[1].groups.tolist() == [0, 0, FIXED]


def test_units_that_stand_more_often_are_a_group_of_their_own():
    assert find_widths(Ties(4, []), [np.array([1, 2, 3, 3])]).sizes == (2, 1)
