import numpy as np
import pytest
import torch

from archwright.compression.amc import layer_latency
from archwright.compression.amc.layer_latency import LatencyTable
from archwright.compression.graph import trace
from archwright.models.small_networks import MobileNet

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    graph = trace(MobileNet(((16, 1), (24, 2)), stem=8).eval(), torch.zeros(1, 1, 28, 28))
    kept = tmp_path_factory.mktemp("kept") / "table.npz"
    return graph, kept, LatencyTable(graph, 4, kept)


def costs_of(table):
    graph, _, found = table
    return graph, found.costs(graph, lambda widths: widths)


def test_wider_never_takes_less(table):
    graph, costs = costs_of(table)
    rng, whole = np.random.default_rng(0), graph.counts()
    for _ in range(50):
        narrow = rng.integers(1, whole + 1)
        wide = rng.integers(narrow, whole + 1)
        first, second = costs(np.stack([narrow, wide]))[:, 0]
        assert 0.0 <= first <= second
    assert costs(whole[None]).shape == (1, 1) and costs(whole[None])[0, 0] > 0.0


def test_a_kept_table_is_read_again(table, monkeypatch):
    graph, kept, found = table

    def measured(*_):
        raise AssertionError("measured anew")

    monkeypatch.setattr(layer_latency, "_milliseconds", measured)
    again = LatencyTable(graph, 4, kept)
    assert all((one == other).all() for one, other in zip(found.tables, again.tables, strict=True))


def test_between_measured_widths_the_table_is_interpolated(monkeypatch):
    graph = trace(torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.Linear(16, 4)), torch.zeros(1, 16))
    monkeypatch.setattr(layer_latency, "_milliseconds", lambda layer, n, m: 0.5 + (n * m if layer else 0.0))
    found = LatencyTable(graph, 4)
    assert found.tables[0][8, 8] == 64.0 and found.tables[0][7, 10] == pytest.approx(70.0)
    costs = found.costs(graph, lambda widths: widths)
    assert costs(np.array([[8], [16]]))[:, 0].tolist() == [16 * 8 + 8 * 4, 16 * 16 + 16 * 4]


@pytest.mark.parametrize("size", [1, 3, 4, 9, 64])
def test_the_grid_ends_with_the_whole(size):
    grid = layer_latency._grid(size, 4)
    assert grid[-1] == size and grid[0] >= 1 and (np.diff(grid) > 0).all() and len(grid) <= 6
