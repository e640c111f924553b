"""Workloads by name, and from tables of layers that users bring."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from archwright.accelerators.workloads.layer import Layer
from archwright.accelerators.workloads.matrix_products import gnmt, ncf, transformer
from archwright.accelerators.workloads.mobile_networks import mnasnet, mobilenet_v2, shufflenet_v2
from archwright.accelerators.workloads.plain_networks import alexnet, googlenet, squeezenet, vgg_16
from archwright.accelerators.workloads.residual_networks import (
    densenet_161,
    resnet_18,
    resnet_50,
    resnext_50,
    wide_resnet_50,
)
from archwright.core.errors import SpecError, check_name

NETWORKS: dict[str, Callable[[], list[Layer]]] = {
    "alexnet": alexnet,
    "densenet-161": densenet_161,
    "googlenet": googlenet,
    "mnasnet": mnasnet,
    "mobilenet-v2": mobilenet_v2,
    "resnet-18": resnet_18,
    "resnet-50": resnet_50,
    "resnext-50": resnext_50,
    "shufflenet-v2": shufflenet_v2,
    "squeezenet": squeezenet,
    "vgg-16": vgg_16,
    "wide-resnet-50": wide_resnet_50,
    "transformer": transformer,
    "gnmt": gnmt,
    "ncf": ncf,
}
"""Convolutions of twelve published networks, and the matrix products of three."""

WORKLOADS = f"{', '.join(NETWORKS)}; a .csv table of layers with the columns K,C,Y,X,R,S"
COLUMNS = {"K": "filters", "C": "channels", "Y": "height", "X": "width", "R": "kernel_height", "S": "kernel_width"}
OPTIONAL = ("T", "stride", "padding", "side_padding", "groups", "name")
DEPTHWISE = 2
"""In the column T: 1 is a convolution, 2 a depthwise one, 3 a matrix product."""


def read_layers(workload: str | Path) -> list[Layer]:
    """The layers of a workload.

    Args:
        workload: a key of `NETWORKS`, or a `.csv` file: a row per layer, the columns K,C,Y,X,R,S and maybe T (2 for a
            depthwise layer, whose K is not read), stride, padding, side_padding, groups and name.

    Raises:
        SpecError: no such network or file, or a row that is no layer; the message names the row and the column.

    Example:
        >>> sum(layer.macs for layer in read_layers("resnet-50"))
        4087136256
    """
    if Path(workload).suffix == ".csv":
        return _read_table(Path(workload))
    return NETWORKS[check_name("workload", str(workload), NETWORKS)]()


def _read_table(path: Path) -> list[Layer]:
    try:
        with path.open(newline="") as file:
            rows = list(csv.reader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SpecError("workload", str(path), f"a table of layers that can be read; {error}") from error
    head, body = [one.strip() for one in rows[0]] if rows else [], [row for row in rows[1:] if row]
    for name in head:
        check_name(f"{path.name}, column", name, [*COLUMNS, *OPTIONAL])
    missing = [name for name in COLUMNS if name not in head]
    if missing or not body:
        raise SpecError("workload", str(path), f"the columns {','.join(COLUMNS)} and at least one layer below them")
    layers = [_read_row(f"{path.stem}{number}", head, row) for number, row in enumerate(body, start=1)]
    names = [layer.name for layer in layers]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SpecError(f"{path.name}, name", twice[0], "names that differ from each other")
    return layers


def _read_row(name: str, head: Sequence[str], row: Sequence[str]) -> Layer:
    if len(row) != len(head):
        raise SpecError(name, ",".join(row), f"{len(head)} columns")
    cells = dict(zip(head, row, strict=True))
    name = cells.pop("name", "").strip() or name
    sizes = {column: _whole(f"{name}, {column}", text) for column, text in cells.items()}
    if sizes.pop("T", 1) == DEPTHWISE:
        sizes |= {"K": sizes["C"], "groups": sizes["C"]}
    return Layer(name, **{COLUMNS.get(column, column): value for column, value in sizes.items()})


def _whole(field: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise SpecError(field, text, "a whole number") from error
