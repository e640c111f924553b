import numpy as np

from archwright.accelerators.dataflow.sizes import shares, sizes_of
from archwright.accelerators.workloads import NETWORKS, Layer


def test_counts_agree_with_the_layers():
    layers = [layer for network in NETWORKS.values() for layer in network()]
    sizes = sizes_of(layers)
    assert sizes.macs[:, 0].tolist() == [layer.macs for layer in layers]
    assert sizes.weights[:, 0].tolist() == [layer.weights for layer in layers]
    assert sizes.inputs[:, 0].tolist() == [layer.channels * layer.height * layer.width for layer in layers]


def test_input_rows_below_output_rows():
    """By marking them: a stride above the kernel leaves rows out, which nobody reads."""
    for kernel, stride, outputs in ((3, 1, 4), (3, 2, 4), (1, 2, 5), (5, 3, 2)):
        sizes = sizes_of([Layer("a", 1, 1, 40, 40, kernel, kernel, stride=stride)])
        touched = {row * stride + tap for row in range(outputs) for tap in range(kernel)}
        assert sizes.input_rows(np.array([outputs])).tolist() == [[len(touched)]]
        assert sizes.input_columns(np.array([outputs])).tolist() == [[len(touched)]]


def test_shares_round_up():
    assert shares(np.array([0, 1, 8, 9]), np.array([4])).tolist() == [0, 1, 2, 3]
