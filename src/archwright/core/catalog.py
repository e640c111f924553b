"""The catalogue: names of problems, optimizers, simulators and systems, and the objects behind them.

Everything listed stands in `catalogue.toml`; other packages add theirs by entry points in the groups
`archwright.problems` and `archwright.optimizers`. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.resources import files
from numbers import Integral, Real
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

    Args:
        name: `three-stage-tia`, or with options in brackets: `three-stage-tia[engine=ngspice]`.
        options: keyword arguments of the problem.

    Raises:
        SpecError: unknown name or option.
    """
    plain, bracket, inside = name.partition("[")
    if bracket and not inside.endswith("]"):
        raise SpecError("problem", name, "NAME or NAME[option=value,...]")
    written = [pair for pair in inside.removesuffix("]").split(",") if pair]
    options = {**dict(_option(f"problem {plain}", pair) for pair in written), **options}
    made = find("problems", plain).load()
    return cast(Problem, call_with_options(f"problem {plain}", made, options))


def _option(what: str, pair: str) -> tuple[str, Any]:
    key, equals, value = pair.partition("=")
    if not equals:
        raise SpecError(f"option of {what}", pair, "option=value")
    return key.strip(), read_value(value.strip())


def read_value(text: str) -> Any:
    """An option value typed by a user: JSON where it is JSON, else the text itself.

    Example:
        >>> read_value("0.5"), read_value("true"), read_value("embedded")
        (0.5, True, 'embedded')
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def call_with_options(what: str, made: Any, options: Mapping[str, Any], *arguments: Any) -> Any:
    """Call `made(*arguments, **options)`, refusing options it does not know and values of another kind.

    Raises:
        SpecError: an unknown option, and the message lists those there are; or no number where its annotation asks for
            one, or a negative seed.
    """
    import inspect

    parameters = inspect.signature(made).parameters
    known = [p.name for p in parameters.values() if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    known = known[len(arguments) :]
    for name, value in options.items():
        if not known:
            raise SpecError(f"option of {what}", name, "no options")
        check_name(f"option of {what}", name, known)
        _check_kind(name, value, parameters[name].annotation)
    return made(*arguments, **options)


def _check_kind(name: str, value: Any, annotation: Any) -> None:
    """Numbers and flags are held to their annotation; other kinds are the receiver's to judge."""
    written = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    kinds = {kind.strip() for kind in written.split("|")}
    if not kinds <= _ALLOWED.keys() or (value is None and "None" in kinds):
        return
    is_flag = type(value) is bool
    is_number = isinstance(value, Real) and not is_flag and value == value  # not NaN
    is_whole = is_number and isinstance(value, Integral)
    fits = {"bool": is_flag, "int": is_whole, "float": is_number, "None": False}
    if not any(fits[kind] for kind in kinds):
        raise SpecError(
            name, value, " or ".join(_ALLOWED[kind] for kind in sorted(kinds, key=lambda one: (one == "None", one)))
        )
    if name == "seed" and is_number and value < 0:
        raise SpecError(name, value, "a whole number of 0 or more")


_ALLOWED = {"bool": "true or false", "int": "a whole number", "float": "a number", "None": "null"}
