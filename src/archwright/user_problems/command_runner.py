"""The `[command]` table: any program that prints metrics."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archwright.circuits.ngspice.child_process import Ended, run_child
from archwright.core.errors import Failed, Infeasible, SimulatorFailed, SimulatorMissing
from archwright.core.problem import Outcome
from archwright.user_problems.placeholders import fill, placeholders, written
from archwright.user_problems.printed_metrics import read_metrics
from archwright.user_problems.toml_table import Table
from archwright.user_problems.trial_folder import TrialFolders

KEYS = (
    "run", "timeout_s", "retries", "infeasible_exit_code", "files", "templates", "keep_failed", "reads_design_file",
)  # fmt: skip
_SHELLS = ("sh", "bash", "dash", "zsh", "ksh")


@dataclass(frozen=True)
class CommandRunner:
    """Runs one design: a fresh folder, the command in it, the metrics from its standard output.

    Args:
        words: the command, one word each, with `{parameter}` placeholders.
        units: declared unit per metric.
        folders: how the trial gets its folder.
        timeout_s: wall-clock limit of one attempt, > 0.
        retries: further attempts after a failure, >= 0.
        infeasible_exit_code: exit status that means "this design cannot exist", or None.
    """

    words: tuple[str, ...]
    units: Mapping[str, str]
    folders: TrialFolders
    timeout_s: float = 60.0
    retries: int = 0
    infeasible_exit_code: int | None = None

    def run(self, design: Mapping[str, Any]) -> Outcome:
        """The metrics of one design, or why there are none."""
        for _ in range(self.retries):
            outcome = self._attempt(design)
            if not isinstance(outcome, Failed):
                return outcome
        return self._attempt(design)

    def _attempt(self, design: Mapping[str, Any]) -> Outcome:
        try:
            with self.folders.open(design) as folder:
                environment = {f"ARCHWRIGHT_{name.upper()}": written(value) for name, value in design.items()}
                environment["ARCHWRIGHT_DESIGN"] = str(folder / "design.json")
                words = command_words(self.words, design)
                ended = run_child(words, folder, timeout_s=self.timeout_s, environment=environment)
                return self._metrics(ended)
        except (Failed, Infeasible) as outcome:
            return outcome

    def _metrics(self, ended: Ended) -> dict[str, float]:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        if ended.code is None:
            raise SimulatorFailed(self.words[0], f"no answer within {self.timeout_s:g} s")
        if ended.code == self.infeasible_exit_code:
            raise Infeasible(said[-1][:200] if said else ended.reason)
        if ended.code:
            raise SimulatorFailed(self.words[0], "\n".join([*(line[:200] for line in said[-2:]), ended.reason]))
        try:
            return read_metrics(ended.stdout, self.units)
        except Failed as failure:
            raise Failed(f"{self.words[0]}: {failure.reason}") from None


def command_words(words: Sequence[str], design: Mapping[str, Any]) -> list[str]:
    """The command of one design.

    No shell reads it, so a value cannot become a second word or a second command. Where the command itself calls a
    shell (`sh -c SCRIPT`), values are quoted for it. A word that is nothing but a placeholder and turns out empty is
    left out, so that a choice can mean "no flag".

    Example:
        >>> command_words(["gcc", "{level}", "{debug}", "-DN={n}"], {"level": "-O2", "debug": "", "n": 8.0})
        ['gcc', '-O2', '-DN=8']
        >>> command_words(["sh", "-c", "echo {text}"], {"text": "a; rm b"})
        ['sh', '-c', "echo 'a; rm b'"]
    """
    is_shell = os.path.basename(words[0]) in _SHELLS and "-c" in words[1:]
    script = words.index("-c") + 1 if is_shell else len(words)
    filled = [
        fill(word, design, shlex.quote) if position == script else fill(word, design)
        for position, word in enumerate(words)
    ]
    return [word for word, template in zip(filled, words, strict=True) if word or not placeholders(template)]


def read_command(
    table: Table, parameters: Collection[str], units: Mapping[str, str], folders: TrialFolders
) -> CommandRunner:
    """A runner from the `[command]` table.

    Raises:
        SpecError: no command, or one that cannot be split into words.
        SimulatorMissing: its program is not installed.
    """
    words = read_words(table)
    program = words[0]
    is_here = any(program in (one.name, f"./{one.name}") for one in folders.attachments)
    if not is_here and not placeholders(program) and shutil.which(program) is None:
        raise SimulatorMissing(program, f"install it, or correct {table.field('run')}")
    code = table.count("infeasible_exit_code", 0, 1, 255)
    return CommandRunner(
        tuple(words),
        dict(units),
        folders,
        table.positive("timeout_s", 60.0),
        table.count("retries", 0, 0, 100),
        code or None,
    )


def read_words(table: Table) -> list[str]:
    """The command as words, from a text that is split as a shell would, or from a list.

    Raises:
        SpecError: neither, empty, or an open quotation.
    """
    run = table.values.get("run")
    if isinstance(run, list):
        words = table.texts("run")
    else:
        try:
            words = shlex.split(table.text("run"))
        except ValueError as error:
            raise table.wrong("run", run, f"a command line ({error})") from None
    if not words:
        raise table.wrong("run", run, "a command line, or a list of its words")
    return words
