"""Files of packets: `.csv` tables with the columns cycle, source, destination and flits, in the order of the cycles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc.layout import Masks

HEAD = "cycle,source,destination,flits"


def write_events(events: Masks, path: Path | str) -> None:
    """Write a file that `read_events` reads back.

    Args:
        events: (n, 4) int64: cycle, source, destination, flits.
        path: its name ends with `.csv`.

    Raises:
        SpecError: the name ends otherwise, or the file cannot be written.
    """
    _check_name(path)
    lines = (",".join(map(str, row)) for row in events.tolist())
    try:
        Path(path).write_text("\n".join([HEAD, *lines]) + "\n")
    except OSError as error:
        raise SpecError("packets", str(path), f"a file that can be written; {error.strerror}") from error


def read_events(path: Path | str) -> Masks:
    """Read a file of packets.

    Args:
        path: its name ends with `.csv`.

    Returns:
        (n, 4) int64: cycle, source, destination, flits.

    Raises:
        SpecError: the file cannot be read, has another head or no packet, or a line is not four whole numbers of 0 or
            more, or is earlier than the one before; the message names the line.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "two.csv"
        >>> write_events(np.array([[0, 1, 2, 5], [7, 2, 1, 5]]), file)
        >>> read_events(file).tolist()
        [[0, 1, 2, 5], [7, 2, 1, 5]]
    """
    _check_name(path)
    try:
        lines = Path(path).read_text().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError("packets", str(path), "a text file that can be read") from error
    if lines[0].strip() != HEAD or len(lines) < 2 or not lines[1].strip():
        raise SpecError("packets", str(path), f"the line {HEAD!r}, and at least one packet below it")
    rows: list[list[int]] = []
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            rows.append(_packet(f"{Path(path).name} line {number}", line, rows[-1][0] if rows else 0))
    return np.array(rows, np.int64)


def _check_name(path: Path | str) -> None:
    if Path(path).suffix != ".csv":
        raise SpecError("packets", str(path), "a file that ends with .csv")


def _packet(field: str, line: str, before: int) -> list[int]:
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != 4 or not all(cell.isascii() and cell.isdigit() and len(cell) < 19 for cell in cells):
        raise SpecError(field, line[:80], "four whole numbers of 0 or more, such as '31,0,9,5'")
    found = [int(cell) for cell in cells]
    if found[0] < before:
        raise SpecError(field, found[0], f"a cycle of at least {before}: packets stand in the order of their cycles")
    return found
