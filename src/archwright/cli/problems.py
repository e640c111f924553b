"""PROBLEM as people type it: a catalogue name, or the path of a TOML file; and back from what a study has stored."""

from __future__ import annotations

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
    """The problem called `text`, and the text under which `stored_problem` finds it again from anywhere.

    Args:
        text: a catalogue name, or a path that ends in `.toml`.
        options: of a catalogue problem.

    Raises:
        SpecError: unknown name, option or file, or a mistake in the file.

    Example:
        >>> open_problem("three-stage-tia")[1]
        'three-stage-tia'
    """
    if not is_file(text):
        from archwright.core.catalog import make_problem
        from archwright.report.provenance import source_text

        return make_problem(text, **(options or {})), source_text(text, options or {})
    if options:
        raise SpecError("--set", ", ".join(options), "no options for a problem file; its parameters stand in it")
    from archwright.user_problems import load_problem

    path = Path(text).expanduser()
    if not path.is_file():
        raise SpecError("problem", text, "a catalogue name or a TOML file that exists")
    return cast("Problem", load_problem(path)), str(path.resolve())


def stored_problem(text: str) -> Problem:
    """The problem that a study was opened on.

    Args:
        text: `StudySpec.problem`.

    Raises:
        SpecError: it is not there any more.
    """
    from archwright.report.provenance import read_source

    return open_problem(*read_source(text))[0]
