"""PROBLEM as people type it: a catalogue name, or the path of a TOML file; and back from what a study has stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from archwright.core.errors import SpecError

if TYPE_CHECKING:
    from archwright.core.problem import Problem


def is_file(text: str) -> bool:
    """True when PROBLEM names a file and not a catalogue entry."""
    return text.endswith(".toml")


def open_problem(text: str, options: Mapping[str, Any] | None = None) -> tuple[Problem, str]:
    """The problem called `text`, and the text under which it is found again from anywhere.

    Args:
        text: a catalogue name, with options in brackets or without, or a path that ends in `.toml`.
        options: further options of a catalogue problem.

    Raises:
        SpecError: unknown name, option or file, or a mistake in the file.

    Example:
        >>> open_problem("three-stage-tia", {"step_um": 0.1})[1]
        'three-stage-tia[step_um=0.1]'
    """
    if not is_file(text):
        from archwright.core.catalog import make_problem

        source = with_options(text, options or {})
        return make_problem(source), source
    if options:
        raise SpecError("--set", ", ".join(options), "no options for a problem file; its parameters stand in it")
    from archwright.user_problems import load_problem

    path = Path(text).expanduser()
    if not path.is_file():
        raise SpecError("problem", text, "a catalogue name or a TOML file that exists")
    return cast("Problem", load_problem(path)), str(path.resolve())


def with_options(text: str, options: Mapping[str, Any]) -> str:
    """A problem's name with its options in brackets, as `make_problem` reads it.

    Raises:
        SpecError: a value that cannot stand there.

    Example:
        >>> with_options("three-stage-tia[engine=ngspice]", {"step_um": 0.1})
        'three-stage-tia[engine=ngspice,step_um=0.1]'
    """
    if not options:
        return text
    name, _, inside = text.partition("[")
    pairs = [inside.removesuffix("]")] if inside else []
    for key, value in options.items():
        shown = value if isinstance(value, str) else json.dumps(value)
        if any(sign in shown for sign in ",[]"):
            raise SpecError("--set", f"{key}={shown}", "a number, a word, true or false")
        pairs.append(f"{key}={shown}")
    return f"{name}[{','.join(pairs)}]"


def stored_problem(text: str) -> Problem:
    """The problem that a study was opened on.

    Args:
        text: `StudySpec.problem`.

    Raises:
        SpecError: it is not there any more.
    """
    return open_problem(text)[0]
