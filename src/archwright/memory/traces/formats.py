"""Files of traces, by the end of their name.

| Name | A line |
|---|---|
| `.csv` | `clock,operation,address,initiator` below a line with these words; all that a `Trace` holds |
| `.stl` | `31: read 0x400140`, as DRAMSys reads them; one initiator |
| `.ldst` | `LD 0x400140` or `ST 0x400140`, as Ramulator 2 reads them; one initiator, one request a clock |
| `.ramulator` | `0x400140 R` or `0x400140 W`, as Ramulator 1 reads them; one initiator, one request a clock |

Empty lines and lines that start with `#` are passed over. Addresses are decimal, or hexadecimal after `0x`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from archwright.core.errors import SpecError
from archwright.memory.traces.trace import Trace

CSV_HEAD = "clock,operation,address,initiator"
_NUMBER = r"(-?(?:0[xX][0-9a-fA-F]+|\d+))"
_LINES = {
    ".csv": (rf"(?P<clock>-?\d+),(?P<op>read|write),(?P<address>{_NUMBER}),(?P<initiator>\d+)", "3,read,0x40,0"),
    ".stl": (rf"(?P<clock>-?\d+)\s*:\s*(?P<op>read|write)\s+(?P<address>{_NUMBER})", "31: read 0x400140"),
    ".ldst": (rf"(?P<op>LD|ST)\s+(?P<address>{_NUMBER})", "LD 0x400140"),
    ".ramulator": (rf"(?P<address>{_NUMBER})\s+(?P<op>R|W)", "0x400140 R"),
}
FORMATS = tuple(_LINES)
_WRITES = {"write", "ST", "W"}
_NAMES = {".csv": ("read", "write"), ".stl": ("read", "write"), ".ldst": ("LD", "ST"), ".ramulator": ("R", "W")}


class Request(NamedTuple):
    """A line: clock, address in bytes, whether it writes, who asks."""

    clock: int
    address: int
    is_write: bool
    initiator: int


def read_trace(path: Path | str) -> Trace:
    """Read a file.

    Args:
        path: its name ends with one of `FORMATS`.

    Raises:
        SpecError: the file cannot be read, or a line is none of its format, is earlier than the one before, or has a
            negative number.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "two.stl"
        >>> _ = file.write_text("0: read 0x40\\n7: write 0x80\\n")
        >>> read_trace(file).clocks.tolist()
        [0, 7]
    """
    file = Path(path)
    if file.suffix not in _LINES:
        raise SpecError("trace", str(path), f"a file that ends with {', '.join(FORMATS)}")
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError("trace", str(path), "a text file that can be read") from error
    requests = list(_requests(file, lines))
    if not requests:
        raise SpecError("trace", str(path), "at least one request")
    clocks, addresses, is_write, initiators = (np.array(column) for column in zip(*requests, strict=True))
    return Trace(clocks, addresses, is_write, initiators, file.stem)


def _requests(file: Path, lines: list[str]) -> Iterator[Request]:
    pattern, example = _LINES[file.suffix]
    before = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#") or (file.suffix == ".csv" and text == CSV_HEAD):
            continue
        field = f"{file.name} line {number}"
        request = _request(field, text, pattern, example, before)
        yield request
        before = request.clock + ("clock" not in pattern)


def _request(field: str, text: str, pattern: str, example: str, before: int) -> Request:
    found = re.fullmatch(pattern, text)
    if found is None:
        raise SpecError(field, text[:80], f"a line such as {example!r}")
    parts = found.groupdict()
    clock, address = int(parts.get("clock", before)), int(parts["address"], 0)
    if clock < before:
        raise SpecError(field, clock, f"a clock of at least {before}: requests stand in the order of their arrival")
    if not 0 <= address < 1 << 62:
        raise SpecError(field, parts["address"], "an address of at least 0, with at most 62 bits")
    return Request(clock, address, parts["op"] in _WRITES, int(parts.get("initiator", 0)))


def write_trace(trace: Trace, path: Path | str) -> None:
    """Write a file that `read_trace` reads back.

    Args:
        trace: what to write.
        path: its name ends with one of `FORMATS`.

    Raises:
        SpecError: no such format, the format cannot hold the trace, or the file cannot be written.

    Example:
        >>> import tempfile
        >>> from archwright.memory.traces.generators import generate
        >>> file = Path(tempfile.mkdtemp()) / "stream.ldst"
        >>> write_trace(generate("stream", 2), file)
        >>> file.read_text().split()
        ['LD', '0x0', 'LD', '0x40']
    """
    file = Path(path)
    if file.suffix not in _LINES:
        raise SpecError("trace", str(path), f"a file that ends with {', '.join(FORMATS)}")
    if file.suffix != ".csv" and trace.n_initiators > 1:
        raise SpecError("trace", trace.name, f"one initiator in a {file.suffix} file; a .csv file holds several")
    if file.suffix in (".ldst", ".ramulator") and not np.array_equal(trace.clocks, np.arange(len(trace))):
        raise SpecError("trace", trace.name, f"a request a clock in a {file.suffix} file; .csv and .stl hold clocks")
    lines = [CSV_HEAD] if file.suffix == ".csv" else []
    columns = (trace.clocks.tolist(), trace.addresses.tolist(), trace.is_write.tolist(), trace.initiators.tolist())
    lines += [_line(file.suffix, Request(*one)) for one in zip(*columns, strict=True)]
    try:
        file.write_text("\n".join(lines) + "\n")
    except OSError as error:
        raise SpecError("trace", str(path), f"a file that can be written; {error.strerror}") from error


def _line(suffix: str, request: Request) -> str:
    operation, address = _NAMES[suffix][request.is_write], f"0x{request.address:x}"
    return {
        ".csv": f"{request.clock},{operation},{address},{request.initiator}",
        ".stl": f"{request.clock}: {operation} {address}",
        ".ldst": f"{operation} {address}",
        ".ramulator": f"{address} {operation}",
    }[suffix]
