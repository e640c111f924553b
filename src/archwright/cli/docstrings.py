"""What a docstring says about options, for `archwright show`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ENTRY = re.compile(r"( +)(\w[\w, ]*?)(?: \([^)]*\))?: (.*)")


@dataclass(frozen=True)
class OptionNote:
    """One option of a problem or an optimizer.

    Args:
        name: of the keyword argument.
        default: as Python prints it, "" when there is none.
        text: what its docstring says.
    """

    name: str
    default: str
    text: str


def first_sentence(made: object) -> str:
    """The first line of a docstring, "" without one."""
    return (inspect.getdoc(made) or "").split("\n")[0]


def argument_notes(made: object) -> dict[str, str]:
    """The `Args:` section of a docstring, by argument.

    Example:
        >>> argument_notes(option_notes)["made"]
        'a class or a function.'
    """
    notes: dict[str, str] = {}
    current = ""
    lines = (inspect.getdoc(made) or "").split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip() in ("Args:", "Attributes:")), len(lines))
    for line in lines[start + 1 :]:
        if not line.startswith(" ") or not line.strip():
            break
        entry = _ENTRY.fullmatch(line)
        if entry is not None and len(entry.group(1)) == 4:
            current = entry.group(2)
            notes |= {name.strip(): entry.group(3) for name in current.split(",")}
        elif current:
            notes |= {name.strip(): f"{notes[name.strip()]} {line.strip()}" for name in current.split(",")}
    return notes


def option_notes(made: Callable[..., Any]) -> list[OptionNote]:
    """The keyword-only options of a class or function with their defaults and what is said of them.

    Args:
        made: a class or a function.
    """
    notes = argument_notes(made)
    options = [p for p in inspect.signature(made).parameters.values() if p.kind is p.KEYWORD_ONLY]
    return [OptionNote(p.name, "" if p.default is p.empty else repr(p.default), notes.get(p.name, "")) for p in options]
