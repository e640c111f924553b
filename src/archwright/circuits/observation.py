"""What a graph policy sees of a sizing: a node per device, joined where devices share a net that is no supply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.circuits.bench import Bench
from archwright.circuits.devices import Mosfet
from archwright.circuits.netlist import Netlist
from archwright.circuits.technology.ekv import MosfetModel
from archwright.core.problem import Observation
from archwright.core.record import RecordDraft
from archwright.core.space import Real

Floats = np.ndarray[Any, np.dtype[np.float64]]

MODEL_FEATURES = ("threshold_v", "gain_a_per_v2", "body_effect_sqrt_v", "junction_f_per_m2", "sidewall_f_per_m")
"""Numbers of a MOSFET's model that stand in its node, each divided by the largest among the models."""
SIZE_FEATURES = ("decided", "key")
"""Share of the device's parameters that are decided, and their mean place between the bounds (0.5 while open)."""
POINT_FEATURES = ("drive_v", "margin_v", "id_a", "gm_s", "gds_s")
"""Operating point of a MOSFET once the draft is complete: volts, and ln(1 + value in micro-units) with its sign."""


COMPONENT_TYPES = ("nmos", "pmos", "resistor", "capacitor")
"""Columns of the one-hot type of a component that a policy sizes or passes through; sources are none."""


def component_names(netlist: Netlist) -> tuple[str, ...]:
    """Names of the transistors, resistors and capacitors, in netlist order."""
    return tuple(device.name for device in netlist.devices if device.letter in "mrc")


def observe_components(netlist: Netlist, features: Mapping[str, Sequence[float]]) -> Observation:
    """What GCN-RL sees of a circuit: types and technology, nothing of the sizes.

    Args:
        netlist: the circuit.
        features: numbers of the technology per model, as many for each.

    Returns:
        One node per name in `component_names`: one-hot type (`COMPONENT_TYPES`), then the features of its model, 0 for
        resistors and capacitors; edges join components that share a net which no source fixes.

    Example:
        >>> from archwright.circuits.amplifiers import three_stage_netlist
        >>> netlist = three_stage_netlist()
        >>> observe_components(netlist, {"nch": [0.5], "pch": [-0.5]}).nodes[0]
        array([1. , 0. , 0. , 0. , 0.5])

    Source: H. Wang et al., GCN-RL Circuit Designer, DAC 2020, arXiv:2005.00406, section 3.3.
    """
    graph = netlist.graph
    kept = [row for row, device in enumerate(netlist.devices) if device.letter in "mrc"]
    nothing = [0.0] * len(next(iter(features.values())))
    devices = [netlist.devices[row] for row in kept]
    known = np.array([features[d.model] if isinstance(d, Mosfet) else nothing for d in devices], dtype=float)
    place = {row: at for at, row in enumerate(kept)}
    edges = [(place[i], place[j]) for i, j in graph.edges.tolist() if i in place and j in place]
    nodes = np.hstack([graph.types[kept][:, : len(COMPONENT_TYPES)], known])
    return Observation(nodes, np.array(edges, dtype=np.int64).reshape(-1, 2))


def observe_sizing(bench: Bench, draft: RecordDraft) -> Observation:
    """Nodes and edges of a partial or complete sizing.

    Args:
        bench: simulates complete drafts.
        draft: of the netlist's record.

    Returns:
        One node per device in netlist order: one-hot type (`netlist.DEVICE_TYPES`), then `MODEL_FEATURES`,
        `SIZE_FEATURES` and `POINT_FEATURES`; zeros where a device has none.

    Example:
        >>> from archwright.circuits.amplifiers import ThreeStageTIA
        >>> problem = ThreeStageTIA()
        >>> observe_sizing(problem.bench, problem.space.start()).nodes.shape
        (26, 18)
    """
    netlist = bench.netlist
    nodes = np.hstack([netlist.graph.types, _models(netlist), _sizes(netlist, draft), _points(bench, draft)])
    return Observation(nodes, netlist.graph.edges)


def _models(netlist: Netlist) -> Floats:
    models = {model.name: model for model in netlist.models}

    def row(model: MosfetModel) -> list[float]:
        return [float(getattr(model, name)) for name in MODEL_FEATURES]

    none = [0.0] * len(MODEL_FEATURES)
    rows = np.array([row(models[d.model]) if isinstance(d, Mosfet) else none for d in netlist.devices])
    largest = np.abs(rows).max(axis=0, initial=0.0)
    scaled: Floats = rows / np.where(largest > 0, largest, 1.0)
    return scaled


def _sizes(netlist: Netlist, draft: RecordDraft) -> Floats:
    space = draft.space
    keys: dict[str, float] = {}
    for name, value in zip(space.axes, draft.values, strict=False):
        parameter = space.parameters[name]
        assert isinstance(parameter, Real)
        keys[name] = parameter.key(value)
    sizes = np.zeros((len(netlist.devices), len(SIZE_FEATURES)))
    for row, device in enumerate(netlist.devices):
        owned = space.components[device.name]
        if owned:
            known = [keys[name] for name in owned if name in keys]
            sizes[row] = len(known) / len(owned), (sum(known) + 0.5 * (len(owned) - len(known))) / len(owned)
    return sizes


def _points(bench: Bench, draft: RecordDraft) -> Floats:
    devices = bench.netlist.devices
    found = np.zeros((len(devices), len(POINT_FEATURES)))
    if draft.next() is not None:
        return found
    points = bench.simulator.operate(np.array([draft.values], dtype=float))
    if not points.is_converged[0]:
        return found
    rows = [row for row, device in enumerate(devices) if isinstance(device, Mosfet)]
    for column, name in enumerate(POINT_FEATURES):
        value = points.mosfets[name][0]
        found[rows, column] = value if name.endswith("_v") else np.sign(value) * np.log1p(np.abs(value) * 1e6)
    return found
