"""The `[spice]` table: a netlist template that ngspice measures."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from archwright.circuits.ngspice.batch import BatchAnswer, check_deck, run_deck
from archwright.circuits.ngspice.deck import Deck, read_deck
from archwright.circuits.ngspice.messages import cleaned
from archwright.core.errors import Failed, Infeasible, SimulatorFailed, SpecError
from archwright.core.problem import Outcome
from archwright.user_problems.placeholders import fill
from archwright.user_problems.toml_table import Table
from archwright.user_problems.trial_folder import TrialFolders

KEYS = ("netlist", "measures", "timeout_s", "files", "keep_failed")
_NO_VALUE = re.compile(
    r"[Oo]ut of interval|failed!|measure .* not|argument out of range|[Nn]o such vector|not available"
)
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class SpiceRunner:
    """Runs one design: fills in the netlist, runs `ngspice -b`, reads the measures.

    Args:
        template: the netlist with `{parameter}` placeholders.
        measures: metric to the name of a `.meas` line.
        expressions: metric to a vector expression that is evaluated after all analyses.
        folders: how the trial gets its folder.
        timeout_s: wall-clock limit of one run, > 0.
    """

    template: str
    measures: Mapping[str, str]
    expressions: Mapping[str, str]
    folders: TrialFolders
    timeout_s: float

    def run(self, design: Mapping[str, Any]) -> Outcome:
        """The metrics of one design, or why there are none."""
        try:
            with self.folders.open(design) as folder:
                deck = fill(self.template, design)
                answer = run_deck(deck, expressions=self.expressions, timeout_s=self.timeout_s, folder=folder)
                return self._metrics(answer)
        except (Failed, Infeasible) as outcome:
            return outcome

    def _metrics(self, answer: BatchAnswer) -> dict[str, float]:
        metrics: dict[str, float] = {}
        for metric, measure in {**self.measures, **{name: name for name in self.expressions}}.items():
            if measure not in answer.values:
                raise self._without_value(metric, measure, answer.printed)
            metrics[metric] = answer.values[measure]
            if not math.isfinite(metrics[metric]):
                raise Failed(f"ngspice gave {metric} as {metrics[metric]}, which is no finite number")
        return metrics

    def _without_value(self, metric: str, measure: str, printed: str) -> Failed | Infeasible:
        """A measure whose condition never comes true is a legal answer; an expression that fails is a mistake."""
        said = [cleaned(line) for line in printed.splitlines() if _NO_VALUE.search(line)]
        about = [line for line in said if measure in line.lower()] or said[:1]
        why = about[0] if about else "ngspice printed no single number for it"
        if metric in self.expressions:
            return Failed(f"{metric} has no value: {why}")
        return Infeasible(f"{metric} has no value: {why}")


def read_spice(
    table: Table, template: str, parameters: Collection[str], metrics: Collection[str], folders: TrialFolders
) -> SpiceRunner:
    """A runner from the `[spice]` table.

    Args:
        table: that table.
        template: the text of its netlist.
        parameters: names of all parameters.
        metrics: names of all metrics.
        folders: how trials get their folders.

    Raises:
        SpecError: no analysis, or a metric without a measure.
    """
    deck = read_deck(template)
    if not deck.analyses and not deck.control:
        raise table.wrong("netlist", deck.title, "a netlist with at least one analysis (.op, .ac, .tran, .dc, .noise)")
    wanted = table.table("measures", {})
    wanted.check_keys(metrics)
    texts = {metric: wanted.text(metric, metric).strip() for metric in metrics}
    measures = {metric: text.lower() for metric, text in texts.items() if _is_measure(text, deck)}
    expressions = {metric: text for metric, text in texts.items() if metric not in measures}
    for metric, text in expressions.items():
        if deck.control:
            raise wanted.wrong(metric, text, "a name that the netlist's own control block prints as `name = value`")
        if metric not in wanted.values:
            raise wanted.wrong(metric, None, f"the name of a .meas line or an expression; the netlist {_has(deck)}")
    return SpiceRunner(template, measures, expressions, folders, table.positive("timeout_s", 60.0))


def _is_measure(text: str, deck: Deck) -> bool:
    return text.lower() in deck.measure_names or (bool(deck.control) and bool(_NAME.fullmatch(text)))


def _has(deck: Deck) -> str:
    return f"measures {', '.join(deck.measure_names)}" if deck.measure_names else "has no .meas line"


def check_netlist(runner: SpiceRunner, table: Table, design: Mapping[str, Any]) -> None:
    """Let ngspice read the netlist of one design, without running it.

    Raises:
        SpecError: ngspice does not understand it; the message is ngspice's own.
        SimulatorMissing: ngspice is not installed.
    """
    try:
        with runner.folders.open(design) as folder:
            check_deck(fill(runner.template, design), timeout_s=runner.timeout_s, folder=folder)
    except SimulatorFailed as failure:
        given = table.text("netlist").strip()
        shown = f"{given.splitlines()[0]} ..." if "\n" in given else given
        said = " | ".join(failure.tail.splitlines()[-4:])
        raise SpecError(table.field("netlist"), shown, f"a netlist that ngspice reads; it says: {said}") from None
