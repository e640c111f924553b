"""The catalogue: names of problems, optimizers, simulators and systems, and the objects behind them.

Everything listed stands in `catalogue.toml`; other packages add theirs by entry points in the groups
`archwright.problems` and `archwright.optimizers`. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any, Literal, cast

from archwright.core.errors import SpecError, check_name
from archwright.core.problem import Problem

Kind = Literal["problems", "optimizers", "simulators", "systems"]
KINDS: tuple[Kind, ...] = ("problems", "optimizers", "simulators", "systems")


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue.

    Args:
        name: what users type.
        target: `module:object`.
        summary: one line.
        options: keyword arguments bound to the object.
        package: who brings it.
    """

    name: str
    target: str
    summary: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    package: str = "archwright"

    def load(self) -> Any:
        """The object behind the name, imported now, with `options` bound.

        Raises:
            SpecError: it cannot be imported.
        """
        module, _, attribute = self.target.partition(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise SpecError(self.name, self.target, f"an importable object; {error}") from error
        return partial(found, **self.options) if self.options else found


@cache
def catalogue(kind: Kind) -> dict[str, Entry]:
    """All entries of one kind, by name.

    Example:
        >>> catalogue("optimizers")["random"].target
        'archwright.optimizers.random:Random'
    """
    lines = tomllib.loads(files("archwright").joinpath("catalogue.toml").read_text())[kind]
    entries = {
        name: Entry(name, line["object"], line["summary"], line.get("options", {})) for name, line in lines.items()
    }
    for point in entry_points(group=f"archwright.{kind}"):
        package = point.dist.name if point.dist is not None else "unknown"
        entries.setdefault(point.name, Entry(point.name, point.value, package=package))
    return entries


def find(kind: Kind, name: str) -> Entry:
    """The entry called `name`.

    Raises:
        SpecError: no such entry; the nearest name is offered.
    """
    entries = catalogue(kind)
    return entries[check_name(kind.removesuffix("s"), name, entries)]


def make_problem(name: str, **options: Any) -> Problem:
    """The catalogue problem called `name`, made with `options`.

    Raises:
        SpecError: unknown name or option.
    """
    made = find("problems", name).load()
    return cast(Problem, call_with_options(f"problem {name}", made, options))


def call_with_options(what: str, made: Any, options: Mapping[str, Any], *arguments: Any) -> Any:
    """Call `made(*arguments, **options)`, refusing options it does not know.

    Raises:
        SpecError: an unknown option; the message lists those there are.
    """
    import inspect

    parameters = inspect.signature(made).parameters.values()
    known = [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)][len(arguments) :]
    for name in options:
        if not known:
            raise SpecError(f"option of {what}", name, "no options")
        check_name(f"option of {what}", name, known)
    return made(*arguments, **options)
