"""Reader of ngspice's binary raw files: every plot in one, with all digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from archwright.core.errors import Failed

Vector = np.ndarray[Any, Any]


def read_rawfile(content: bytes) -> list[tuple[str, dict[str, Vector]]]:
    """The plots of a binary raw file.

    Args:
        content: the bytes of the file.

    Returns:
        In order, (plot name, vectors by name), vectors (n_points,) float or complex; a node's vector is called like
        the node, a branch current like `v1#branch`.

    Raises:
        Failed: the file is cut short, or is no binary raw file.

    Example:
        >>> head = b"Plotname: Operating Point\\nFlags: real\\nNo. Variables: 1\\nNo. Points: 1\\nVariables:\\n"
        >>> read_rawfile(head + b"\\t0\\tv(out)\\tvoltage\\nBinary:\\n" + np.array([1.5]).tobytes())
        [('Operating Point', {'out': array([1.5])})]
    """
    plots = []
    while content.strip():
        head, marker, rest = content.partition(b"\nBinary:\n")
        if not marker:
            raise Failed("ngspice wrote no binary raw file")
        fields, names = _header(head.decode(errors="replace"))
        is_complex = "complex" in fields.get("Flags", "")
        shape = (int(fields.get("No. Points", 0)), int(fields.get("No. Variables", 0)))
        size = shape[0] * shape[1] * (16 if is_complex else 8)
        if len(rest) < size or len(names) != shape[1]:
            raise Failed("ngspice wrote a raw file that is cut short")
        table = np.frombuffer(rest[:size], dtype=complex if is_complex else float).reshape(shape)
        columns = {name: np.ascontiguousarray(column) for name, column in zip(names, table.T, strict=True)}
        plots.append((fields.get("Plotname", ""), columns))
        content = rest[size:]
    return plots


def _header(text: str) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    head, _, listed = text.partition("\nVariables:")
    for line in head.splitlines():
        key, _, value = line.partition(":")
        fields[key.strip()] = value.strip()
    return fields, [_node(line.split()[1]) for line in listed.strip().splitlines()]


def _node(vector: str) -> str:
    """`v(out)` is node `out`, `i(v1)` the current `v1#branch` of that source, `i(@m1[id])` is `@m1[id]`."""
    if vector[2:3] == "@" and vector.endswith(")"):
        return vector[2:-1]
    if vector[:2].lower() == "v(" and vector.endswith(")"):
        return vector[2:-1]
    if vector[:2].lower() == "i(" and vector.endswith(")"):
        return f"{vector[2:-1]}#branch"
    return vector
