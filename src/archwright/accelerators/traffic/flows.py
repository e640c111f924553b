"""Who sends how many words to whom while a layer runs: ports of the shared buffer and elements on a mesh.

The totals are those of the closed forms of `dataflow`, where all words pass one bus:

| Mapping | Inputs | Weights | Outputs | An element that works has |
|---|---|---|---|---|
| `dla` | to one element | to one element | from the last element, after a sum passed all | a channel |
| `shi` | to one element | to all | from every element | an output row |
| `eye` | to one element | to all | from every element | a kernel row of an output row |
| depthwise layers | to one element | to one element | from every element | a tile of channels |

Words for one element are shared evenly among those that work; what its neighbours need as well they get from it. A word
for all of them is sent to every cluster anew (`copies`), or along a tree of the shortest paths, row first, where each
node hands it on (`trees`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archwright.accelerators.dataflow import usage_of
from archwright.accelerators.dataflow.sizes import Ints
from archwright.accelerators.requests.steps import steps_of
from archwright.accelerators.requests.stream import Array
from archwright.accelerators.traffic.mesh import Mesh
from archwright.accelerators.workloads import Layer
from archwright.core.errors import check_name

INPUTS, WEIGHTS, OUTPUTS, SUMS = range(4)
KINDS = ("inputs", "weights", "outputs", "sums")
MULTICASTS = ("trees", "copies")


@dataclass(frozen=True, eq=False)
class Traffic:
    """Words between nodes while a layer runs.

    Args:
        layer: that runs.
        mesh: on which.
        cycles: of the layer, by the closed form.
        words: (4, n_nodes, n_nodes) int64, from row to column, see `KINDS`; `sums` are those that elements pass on to
            their neighbours, which never see the bus. What a port sends to its own node is on the diagonal.
    """

    layer: Layer
    mesh: Mesh
    cycles: int
    words: Ints

    @property
    def between_nodes(self) -> Ints:
        """(n_nodes, n_nodes) int64, words of all kinds that leave their node."""
        total = self.words.sum(axis=0)
        np.fill_diagonal(total, 0)
        return np.asarray(total)


def traffic_of(layer: Layer, array: Array, mesh: Mesh, multicast: str = "trees") -> Traffic:
    """The words of a layer.

    Args:
        layer: to be run.
        array: on which.
        mesh: where its elements stand.
        multicast: how a word reaches all elements, `trees` or `copies`.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> found = traffic_of(Layer("conv", 8, 4, 5, 5, 3, 3), Array(n_pes=4), Mesh(2, 2))
        >>> found.words.sum(axis=(1, 2)).tolist(), int(found.between_nodes.sum())
        ([324, 288, 72, 216], 711)
    """
    check_name("multicast", multicast, MULTICASTS)
    usage = usage_of([layer], [array.n_pes], [array.tile], array.dataflow)
    moved = (usage.inputs_read, usage.weights_read, usage.outputs_written)
    inputs, weights, outputs = (int(one[0, 0]) for one in moved)
    at = mesh.nodes_of_elements(array.n_pes)[: n_working(layer, array)]
    working = np.bincount(at, minlength=mesh.n_nodes)
    words = np.zeros((len(KINDS), mesh.n_nodes, mesh.n_nodes), np.int64)
    words[INPUTS] = _to_one(mesh, inputs, working)
    if layer.is_depthwise or array.dataflow == "dla":
        words[WEIGHTS] = _to_one(mesh, weights, working)
    else:
        words[WEIGHTS] = _to_all(mesh, weights, working, multicast)
    if layer.is_depthwise or array.dataflow != "dla":
        words[OUTPUTS] = _to_one(mesh, outputs, working).T
    else:
        chain = at[np.append(True, np.diff(at) != 0)]
        words[OUTPUTS] = _to_one(mesh, outputs, np.bincount(chain[-1:], minlength=mesh.n_nodes)).T
        words[SUMS, chain[:-1], chain[1:]] = outputs
    return Traffic(layer, mesh, array.cycles_of(layer), words)


def n_working(layer: Layer, array: Array) -> int:
    """How many elements ever work.

    Example:
        >>> n_working(Layer("conv", 8, 4, 5, 5, 3, 3), Array("eye", n_pes=64))
        36
    """
    steps = steps_of(layer, array.n_pes, array.tile, array.dataflow)
    if layer.is_depthwise:
        return -(-int(steps.n_channels.max()) // array.tile)
    rows, channels = int(steps.n_rows.max()), int(steps.n_channels.max())
    high = min(layer.kernel_height, array.n_pes) if array.dataflow == "eye" else 1
    return rows * channels * high


def shared(words: int, parts: Ints) -> Ints:
    """Words cut into whole shares in proportion to `parts`, whose sum is exact.

    Example:
        >>> shared(10, np.array([1, 0, 2])).tolist()
        [3, 0, 7]
    """
    ends = words * np.cumsum(parts) // int(parts.sum())
    return np.asarray(np.diff(ends, prepend=0))


def _to_one(mesh: Mesh, words: int, working: Ints) -> Ints:
    """From the ports evenly to the elements that work, each word to one of them."""
    found = np.zeros((mesh.n_nodes, mesh.n_nodes), np.int64)
    ports = mesh.port_nodes
    for node, share in enumerate(shared(words, working)):
        found[ports, node] = shared(int(share), np.ones_like(ports))
    return found


def _to_all(mesh: Mesh, words: int, working: Ints, multicast: str) -> Ints:
    """From the ports evenly, each word to all nodes that work."""
    found = np.zeros((mesh.n_nodes, mesh.n_nodes), np.int64)
    nodes, ports = np.flatnonzero(working), mesh.port_nodes
    for port, share in zip(ports.tolist(), shared(words, np.ones_like(ports)), strict=True):
        if multicast == "copies":
            found[port, nodes] = share
        else:
            edges = {edge for node in nodes.tolist() for edge in mesh.path(port, node)}
            found[tuple(np.array(sorted(edges), np.int64).reshape(-1, 2).T)] += share
            found[port, port] += share * int(working[port] > 0)
    return found
