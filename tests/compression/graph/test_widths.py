import numpy as np
import pytest

from archwright.compression.graph import trace
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


AXES = {"prune_out_channels": 0, "prune_depthwise_out_channels": 0, "prune_in_channels": 1}


@pytest.mark.parametrize("name", ["residual", "dense", "inverted"])
def test_units_are_those_of_torch_pruning(net, name):
    pruning = pytest.importorskip("torch_pruning", reason="torch-pruning is not installed: pip install torch-pruning")
    model, example = net(name, "cpu")
    graph = trace(model, example)
    theirs = pruning.DependencyGraph().build_dependency(model, example_inputs=example)
    names = {module: path for path, module in model.named_modules()}
    for group in graph.groups:
        layer = model.get_submodule(group.name)
        for unit in (0, group.size - 1):
            found = {}
            for dependency, indices in theirs.get_pruning_group(layer, pruning.prune_conv_out_channels, [unit]):
                path, axis = names.get(dependency.target.module), AXES.get(dependency.handler.__name__)
                if path is not None and axis is not None:
                    found[f"{path}.weight", axis] = sorted(indices)
            assert gone(graph, group, unit) == found


def gone(graph, group, unit):
    """What one unit takes with it, by weight and axis."""
    shapes = {
        (name, axis): len(graph.lines[line].groups)
        for name, axes in graph.tensors.items()
        for axis, line in axes.items()
    }
    slices = graph.slices({group.name: [one for one in range(group.size) if one != unit]})
    return {
        (name, cut.axis): sorted(set(range(shapes[name, cut.axis])) - set(cut.indices.tolist()))
        for name, cuts in slices.items()
        for cut in cuts
        if name.endswith(".weight")
    }
