"""Build the graph of a program: walk it, group its widths, and lay out the tables that costs are counted from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from archwright.compression.graph.labels import Labels
from archwright.compression.graph.operations import Program
from archwright.compression.graph.structure import Counts, Doubles, Graph, Group, Layer, Tables
from archwright.compression.graph.walk import Step, Walk
from archwright.compression.graph.widths import FIXED, Line, find_widths


def graph_of(program: Program) -> Graph:
    """The graph of a program.

    Args:
        program: of `torch_program` or `onnx_program`.

    Raises:
        SpecError: it holds an operation of no known kind.
    """
    walk = Walk(program)
    lines: list[Labels] = []
    tensors: dict[str, dict[int, int]] = {}
    for place in walk.places:
        axes = tensors.setdefault(place.tensor, {})
        if place.axis not in axes:
            axes[place.axis] = len(lines)
            lines.append(place.line)
    starts = [len(lines) + 2 * number for number in range(len(walk.steps))]
    for step in walk.steps:
        lines += [step.inputs, step.outputs]
    widths = find_widths(walk, lines)
    names = _layer_names(walk.steps)
    ends = [(widths.lines[start], widths.lines[start + 1]) for start in starts]
    groups = _groups(names, ends, widths.sizes)
    layers = tuple(
        _layer(program, step, name, [_names(line, groups) for line in end])
        for step, name, end in zip(walk.steps, names, ends, strict=True)
    )
    tables = _tables(program, walk.steps, tensors, widths.lines, starts, len(groups))
    return Graph(layers, groups, tensors, widths.lines, tables)


def _layer_names(steps: Sequence[Step]) -> list[str]:
    """By weight; a weight that is used again has a number behind it."""
    names: list[str] = []
    for step in steps:
        weight = step.operation.inputs[1] if len(step.outputs) else ""
        stem = weight.removesuffix(".weight") or step.operation.outputs[0]
        again = sum(name.split("@")[0] == stem for name in names)
        names.append(f"{stem}@{again + 1}" if again else stem)
    return names


def _groups(names: Sequence[str], ends: Sequence[tuple[Line, Line]], sizes: Sequence[int]) -> tuple[Group, ...]:
    """Named by the first layer that puts them out, or takes them in where none does."""
    sides = [(name, end[side]) for side in (1, 0) for name, end in zip(names, ends, strict=True)]
    found: dict[int, str] = {}
    for name, line in sides:
        new = [one for one in dict.fromkeys(line.groups.tolist()) if one != FIXED and one not in found]
        taken = sum(one.split("/")[0] == name for one in found.values())
        found |= {one: name if k == 0 else f"{name}/{k + 1}" for k, one in enumerate(new, taken)}
    return tuple(Group(found.get(number, f"group {number}"), size) for number, size in enumerate(sizes))


def _names(line: Line, groups: Sequence[Group]) -> tuple[str, ...]:
    return tuple(groups[one].name for one in dict.fromkeys(line.groups.tolist()) if one != FIXED)


def _layer(program: Program, step: Step, name: str, ends: Sequence[tuple[str, ...]]) -> Layer:
    operation, shapes = step.operation, program.shapes
    weight = operation.inputs[1] if len(step.outputs) else ""
    in_shape, out_shape = shapes[operation.inputs[0]], shapes[operation.outputs[0]]
    entries = math.prod(shapes[weight]) if weight else 0
    biases = sum(math.prod(shapes[one]) for one in operation.inputs[2:] if one and weight)
    is_convolution = operation.kind == "convolution"
    return Layer(
        name=name,
        kind=operation.kind,
        weight=weight,
        n_inputs=len(step.inputs),
        n_outputs=len(step.outputs),
        kernel=shapes[weight][2:] if is_convolution else (),
        stride=operation.attributes.get("stride", 1),
        n_groups=operation.attributes["groups"] if is_convolution else 1,
        in_shape=in_shape,
        out_shape=out_shape,
        input_groups=ends[0],
        output_groups=ends[1],
        macs=step.positions * entries if weight else step.positions,
        parameters=entries + biases,
        activations=math.prod(out_shape),
    )


def _tables(
    program: Program,
    steps: Sequence[Step],
    tensors: Mapping[str, Mapping[int, int]],
    lines: Sequence[Line],
    starts: Sequence[int],
    n_groups: int,
) -> Tables:
    one = len(lines)  # the line whose width is 1
    weighted = [number for number, step in enumerate(steps) if len(step.outputs)]
    computed = [steps[number].operation.inputs[1] for number in weighted]
    names = [*program.weights, *dict.fromkeys(name for name in computed if name not in program.weights)]
    pairs = [(*tensors.get(name, {}).values(), one, one)[:2] for name in names]
    sizes = [len(line.groups) for line in lines] + [1]
    entries = [
        math.prod(program.shapes[name]) // (sizes[first] * sizes[second])
        for name, (first, second) in zip(names, pairs, strict=True)
    ]
    numbers = {name: number for number, name in enumerate(names)}
    others = [step for step in steps if not len(step.outputs)]
    out_entries = [math.prod(program.shapes[steps[number].operation.outputs[0]]) for number in weighted]
    return Tables(
        fixed=_doubles([*(int((line.groups == FIXED).sum()) for line in lines), 1]),
        repeats=_repeats(lines, n_groups),
        entries=_doubles(entries),
        first=_whole([first for first, _ in pairs]),
        second=_whole([second for _, second in pairs]),
        item_bytes=_doubles([weight.item_bytes for weight in program.weights.values()]),
        is_parameter=_doubles([weight.is_parameter for weight in program.weights.values()]),
        weighted=_whole(weighted),
        used=_whole([numbers[name] for name in computed]),
        positions=_doubles([steps[number].positions for number in weighted]),
        outputs=_whole([starts[number] + 1 for number in weighted]),
        per_output=_doubles([n // len(steps[k].outputs) for n, k in zip(out_entries, weighted, strict=True)]),
        fixed_macs=sum(step.positions for step in others),
        fixed_activations=sum(math.prod(program.shapes[step.operation.outputs[0]]) for step in others),
    )


def _whole(values: Sequence[int]) -> Counts:
    return np.array(values, np.int64)


def _doubles(values: Sequence[int]) -> Doubles:
    return np.array(values, np.float64)


def _repeats(lines: Sequence[Line], n_groups: int) -> Doubles:
    """How many entries of each line one unit of each group stands for; the last line has none."""
    repeats = np.zeros((len(lines) + 1, n_groups))
    for number, line in enumerate(lines):
        # groups of one line have as many entries each as units times repeats
        for group in np.unique(line.groups[line.groups != FIXED]):
            is_first_unit = (line.groups == group) & (line.units == 0)
            repeats[number, group] = int(is_first_unit.sum())
    return repeats
