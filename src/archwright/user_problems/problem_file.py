"""Problem files: from TOML to a problem that any optimizer runs on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from archwright.core.errors import SpecError
from archwright.core.goal import Goal, Goals
from archwright.core.problem import Outcome
from archwright.core.record import Record
from archwright.core.space import Design, decode
from archwright.core.units import scale_and_dimension
from archwright.user_problems import command_runner, spice_runner
from archwright.user_problems.parameters import read_parameters
from archwright.user_problems.placeholders import placeholders, unknown_placeholder
from archwright.user_problems.toml_table import Table, read_toml
from archwright.user_problems.trial_folder import RESERVED, Attachment, TrialFolders

_NAME = re.compile(r"\w[\w-]*")
_KEYS = ("name", "goals", "parameters", "metrics", "spice", "command")


class Runner(Protocol):
    """What evaluates one design of a problem file."""

    def run(self, design: Mapping[str, Any]) -> Outcome:
        """Metrics, or why there are none."""
        ...


@dataclass
class UserProblem:
    """A problem that a user described in a file; get it from `load_problem`.

    Attributes:
        name: from the file.
        version: digest of the file and of every file it names.
        space: its parameters.
        metrics: unit per metric.
        goals: from the file.
        runner: what evaluates a design.
    """

    name: str
    version: str
    space: Record
    metrics: Mapping[str, str]
    goals: tuple[Goal, ...]
    runner: Runner

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Run the netlist or the command once per design, in order; `rng` is not used."""
        return [self.runner.run(design) for design in designs]


def load_problem(path: Path | str) -> UserProblem:
    """The problem described in a TOML file.

    Everything the file names is read now and carried in the problem, which can therefore be pickled and sent to
    other processes and hosts. A netlist is shown to ngspice once, so that it is known to parse.

    Args:
        path: the file; names of other files in it are relative to its folder.

    Returns:
        A problem; its version is a digest of the file and of all files it names.

    Raises:
        SpecError: any mistake in the file: where it stands, what was given, what is allowed.
        SimulatorMissing: ngspice, or the program of the command, is not installed.

    Example:
        >>> import tempfile
        >>> text = '''
        ... name = "sum"
        ... goals = ["min total"]
        ... [parameters.x]
        ... low = 1
        ... high = 9
        ... [metrics]
        ... total = ""
        ... [command]
        ... run = "echo total {x}"
        ... '''
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder, "sum.toml")
        ...     _ = file.write_text(text)
        ...     load_problem(file).evaluate([{"x": 4.0}], rng=np.random.default_rng(0))
        [{'total': 4.0}]
    """
    path = Path(path)
    table, content = read_toml(path)
    table.check_keys(_KEYS)
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.wrong("name", name, "a name of letters, digits, - and _")
    space = read_parameters(table.table("parameters"))
    metrics = _read_metrics(table.table("metrics"))
    goals = _read_goals(table, metrics)
    if ("spice" in table.values) == ("command" in table.values):
        raise table.wrong("spice", None, "exactly one of the tables [spice] and [command]")
    kept_in = path.resolve().parent / f"failed-{name}"
    read = _read_spice if "spice" in table.values else _read_command
    runner, files = read(table, path.resolve().parent, space, metrics, kept_in)
    digest = hashlib.sha256(content)
    for attachment in files:
        digest.update(f"\0{attachment.name}\0{attachment.mode}\0".encode() + attachment.content)
    return UserProblem(name, digest.hexdigest()[:16], space, metrics, goals, runner)


def _read_goals(table: Table, metrics: Mapping[str, str]) -> tuple[Goal, ...]:
    texts = table.texts("goals")
    try:
        return Goals.read(texts, metrics).goals
    except SpecError as error:
        if not texts:
            raise table.wrong("goals", texts, error.allowed) from None
        raise SpecError(f"{table.field('goals')}, {error.field}", error.value, error.allowed) from None


def _read_metrics(table: Table) -> dict[str, str]:
    if not table.values:
        raise table.wrong("", {}, 'at least one line NAME = "UNIT"')
    units = {}
    for metric in table.values:
        unit = table.text(metric, "") if table.values[metric] == "" else table.text(metric)
        try:
            scale_and_dimension(unit)
        except SpecError as error:
            raise table.wrong(metric, unit, error.allowed) from None
        if not metric.isidentifier():
            raise table.wrong(metric, metric, "a name of letters, digits and _ that starts with a letter")
        units[metric] = unit
    return units


def _read_spice(
    whole: Table, folder: Path, space: Record, metrics: Mapping[str, str], kept_in: Path
) -> tuple[Runner, list[Attachment]]:
    table = whole.table("spice")
    table.check_keys(spice_runner.KEYS)
    netlist = table.text("netlist")
    attached = [] if "\n" in netlist else [_attach(table, "netlist", folder, netlist)]
    template = _decoded(table, attached[0]) if attached else netlist
    files = [_attach(table, "files", folder, name) for name in table.texts("files")]
    _check_placeholders(table, "netlist", [template], space.axes)
    _check_used(table, [template], space.axes, "a placeholder {NAME} in the netlist")
    _check_names(table, files)
    folders = TrialFolders(tuple(files), kept_in if table.flag("keep_failed") else None)
    runner = spice_runner.read_spice(table, template, space.axes, tuple(metrics), folders)
    middle = decode(space, [0.5] * space.horizon)
    spice_runner.check_netlist(runner, table, middle)
    return runner, attached + files


def _read_command(
    whole: Table, folder: Path, space: Record, metrics: Mapping[str, str], kept_in: Path
) -> tuple[Runner, list[Attachment]]:
    table = whole.table("command")
    table.check_keys(command_runner.KEYS)
    words = command_runner.read_words(table)
    files = [_attach(table, "files", folder, name) for name in table.texts("files")]
    templates = [_attach(table, "templates", folder, name) for name in table.texts("templates")]
    texts = [_decoded(table, template) for template in templates]
    _check_placeholders(table, "run", words, space.axes)
    _check_placeholders(table, "templates", texts, space.axes)
    if not table.flag("reads_design_file"):
        allowed = "a placeholder {NAME} in run or in a template, or reads_design_file = true"
        _check_used(table, [*words, *texts], space.axes, allowed)
    attached = [*files, *(replace(one, is_template=True) for one in templates)]
    _check_names(table, attached)
    folders = TrialFolders(tuple(attached), kept_in if table.flag("keep_failed") else None)
    return command_runner.read_command(table, space.axes, metrics, folders), attached


def _attach(table: Table, key: str, folder: Path, name: str) -> Attachment:
    file = folder / name
    try:
        return Attachment(file.name, file.read_bytes(), file.stat().st_mode & 0o777)
    except OSError as error:
        raise table.wrong(key, name, f"a file in the folder of {table.file} ({error.strerror})") from None


def _check_names(table: Table, files: Sequence[Attachment]) -> None:
    names = [*RESERVED, *(file.name for file in files)]
    for position in range(len(RESERVED), len(names)):
        if names[position] in names[:position]:
            raise table.wrong("files", names[position], "a name that no other file has in the working folder")


def _decoded(table: Table, attachment: Attachment) -> str:
    try:
        return attachment.content.decode()
    except UnicodeDecodeError:
        raise table.wrong("templates", attachment.name, "a text file in UTF-8") from None


def _check_placeholders(table: Table, key: str, texts: Sequence[str], parameters: Sequence[str]) -> None:
    for text in texts:
        unknown = unknown_placeholder(text, parameters)
        if unknown is not None:
            raise table.wrong(key, *unknown)


def _check_used(table: Table, texts: Sequence[str], parameters: Sequence[str], allowed: str) -> None:
    used = {name for text in texts for name in placeholders(text)}
    for name in parameters:
        if name not in used:
            raise SpecError(f"{table.file}, parameters.{name}", "never used", allowed.replace("NAME", name))
