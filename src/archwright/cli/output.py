"""What the verbs print: aligned tables for people, JSON for programs, files in one piece."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from archwright.core.errors import SpecError

PIPE_WIDTH = 1000


def say(text: str = "") -> None:
    """Print a line to stdout; a reader that has closed the pipe ends the program quietly."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def hint(text: str) -> None:
    """Print a remark to stderr, so that stdout stays clean for pipes."""
    print(text, file=sys.stderr, flush=True)


def say_json(value: Any) -> None:
    """Print `value` as JSON; numbers that are not finite become null."""
    say(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """`value` as JSON allows it.

    Example:
        >>> plain({"violation": float("inf"), "front": (1, 2)})
        {'violation': None, 'front': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    return [plain(one) for one in value]


def say_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print an aligned table; on a terminal long cells are folded, into a pipe every row is one line.

    Args:
        heads: of the columns.
        rows: cells as text.
        right: columns aligned to the right.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for position, head in enumerate(heads):
        table.add_column(Text(head), justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        say(line.rstrip())


def write_text(path: Path, text: str, *, field: str = "--out") -> None:
    """Write a file whole or not at all.

    Raises:
        SpecError: it cannot be written; the message names `field`.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise SpecError(field, str(path), f"a file that can be written; {error.strerror}") from error


def read_text(path: Path, *, field: str) -> str:
    """The text of a file.

    Raises:
        SpecError: it cannot be read or is no text; the message names `field`.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(field, str(path), f"a file that can be read; {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SpecError(field, str(path), "a text file in UTF-8") from error
