"""Hard budgets: `bytes <= 1e6`, `macs <= 50%`, and a wall that no sequence of decisions can pass.

Source: He et al., "AMC: AutoML for Model Compression and Acceleration on Mobile Devices", ECCV 2018, algorithm 1: with
everything that is not yet decided at its least, how much may this decision take?

What differs: the paper rounds channels after the bound, and may so end above the budget (its published MobileNet takes
51.7 % of the operations instead of 50 %). Here the bound is sought among what is legal after rounding, and several
budgets may hold at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from archwright.compression.graph.structure import Cost, Graph
from archwright.core.errors import SpecError, check_name

Values = np.ndarray[Any, np.dtype[Any]]
MEASURES = {
    "bytes": "B", "macs": "", "parameters": "", "activations": "", "latency_ms": "ms", "cycles": "cycles",
    "energy_uj": "uJ",
}  # fmt: skip
"""What a budget may be on, and its unit."""
_FORM = re.compile(r"\s*(\w+)\s*<=\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(%?)\s*")


class Budget(NamedTuple):
    """A limit that holds.

    Args:
        measure: one of `MEASURES`.
        limit: in its unit; a share of the dense network's where `is_share`.
        is_share: whether it is a share, 0 to 1.
    """

    measure: str
    limit: float
    is_share: bool = False

    def resolved(self, dense: float) -> float:
        """The limit in the unit of the measure.

        Args:
            dense: what the network takes as it is.
        """
        return self.limit * dense if self.is_share else self.limit

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.measure} <= {100.0 * self.limit:g}%" if self.is_share else f"{self.measure} <= {self.limit:g}"


def parse_budget(text: str) -> Budget:
    """A budget from its text.

    Args:
        text: `MEASURE <= NUMBER` or `MEASURE <= SHARE%`.

    Raises:
        SpecError: it has another form, names no measure, or leaves nothing.

    Example:
        >>> parse_budget("bytes <= 1e6"), str(parse_budget("macs<=50 %"))
        (Budget(measure='bytes', limit=1000000.0, is_share=False), 'macs <= 50%')
    """
    found = _FORM.fullmatch(text)
    try:
        limit = float(found[2]) if found else 0.0
    except ValueError:
        limit = 0.0
    if found is None or limit <= 0.0:
        raise SpecError("budget", text, 'a limit above 0 such as "bytes <= 1e6" or "macs <= 50%"')
    measure = check_name("budget", found[1], MEASURES)
    return Budget(measure, limit / 100.0 if found[3] else limit, bool(found[3]))


class Wall:
    """Bounds decisions one by one so that the whole fits its limits.

    Args:
        options: per decision its legal values, rising.
        costs: of (n, decisions) values: (n, limits), none of which falls where a value rises.
        limits: (limits,) that hold.
        names: of the limits, for messages.

    Raises:
        SpecError: even the least of everything is above a limit; the message says how much that is.

    Example:
        >>> wall = Wall([(1, 2, 3), (1, 2, 3)], lambda one: one.sum(1, keepdims=True), [4.0], ["total"])
        >>> wall.follow([3, 3]), wall.largest([2])
        ([3, 1], 2)
    """

    def __init__(
        self,
        options: Sequence[Sequence[float]],
        costs: Callable[[Values], Values],
        limits: Sequence[float],
        names: Sequence[str],
    ) -> None:
        self.options = [np.asarray(one) for one in options]
        self.costs, self.limits = costs, np.asarray(limits, np.float64)
        self.least = np.array([one[0] for one in self.options])
        smallest = np.asarray(self.costs(self.least[None]))[0]
        for name, limit, reached in zip(names, self.limits, smallest, strict=True):
            if reached > limit:
                raise SpecError(f"budget {name}", _plain(limit), f"{_plain(reached)} or more, which is the smallest")

    def largest(self, decided: Sequence[float]) -> Any:
        """The largest value that the next decision may take.

        Args:
            decided: what was decided so far, legal and within the wall.
        """
        number = len(decided)
        rows = self.least[None].copy()
        rows[0, :number] = decided
        return self.options[number][self._last_fitting(rows, number)[0]].item()

    def bound(self, decided: Sequence[float], wanted: float) -> Any:
        """The legal value next to what is wanted, or the largest one that fits.

        Args:
            decided: as for `largest`.
            wanted: any number.
        """
        return self.follow_many(np.array([[*decided, wanted]]))[0, len(decided)].item()

    def follow(self, wanted: Sequence[float]) -> list[Any]:
        """All decisions in their order, each bounded.

        Args:
            wanted: (decisions,) any numbers.
        """
        found: list[Any] = self.follow_many(np.asarray(wanted)[None])[0].tolist()
        return found

    def follow_many(self, wanted: Values) -> Values:
        """Many sequences at once.

        Args:
            wanted: (n, decisions) any numbers; with fewer columns, the decisions that follow take their least.

        Returns:
            (n, decisions) legal values, each row within the limits.
        """
        rows = np.repeat(self.least[None], len(wanted), 0)
        for number in range(wanted.shape[1]):
            options = self.options[number]
            nearest = np.abs(options[None] - wanted[:, number, None]).argmin(1)
            rows[:, number] = options[np.minimum(nearest, self._last_fitting(rows, number))]
        return rows

    def _last_fitting(self, rows: Values, number: int) -> Values:
        """Per row, the last option of a decision that fits, by bisection; the first one always does."""
        options = self.options[number]
        low, high = np.zeros(len(rows), np.int64), np.full(len(rows), len(options) - 1)
        while bool((low < high).any()):
            middle = (low + high + 1) // 2
            tried = rows.copy()
            tried[:, number] = options[middle]
            fits = (np.asarray(self.costs(tried)) <= self.limits).all(1)
            low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
        return low


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(f"{value:.10g}")


def channel_options(size: int, *, least_share: float = 0.2, multiple: int = 8) -> list[int]:
    """How many units of a width group may stay.

    Args:
        size: of the group.
        least_share: that stays at least, above 0 to 1.
        multiple: counts are multiples of it, or all there are.

    Example:
        >>> channel_options(32), channel_options(6)
        ([8, 16, 24, 32], [6])
    """
    if not 0.0 < least_share <= 1.0:
        raise SpecError("least_share", least_share, "above 0, to 1")
    return [count for count in range(multiple, size, multiple) if count >= least_share * size] + [size]


def channel_wall(graph: Graph, budgets: Sequence[Budget], *, least_share: float = 0.2, multiple: int = 8) -> Wall:
    """The wall for how many units of each width group stay, group by group.

    Args:
        graph: of the network.
        budgets: on `macs`, `parameters`, `bytes` or `activations`.
        least_share, multiple: as for `channel_options`.

    Raises:
        SpecError: a budget is on something else, or cannot be reached.

    Example:
        >>> import torch
        >>> from archwright.compression.graph import trace
        >>> net = torch.nn.Sequential(torch.nn.Linear(8, 64), torch.nn.ReLU(), torch.nn.Linear(64, 2))
        >>> channel_wall(trace(net, torch.zeros(1, 8)), [parse_budget("macs <= 50%")]).largest([])
        32
    """
    columns = [_column(budget) for budget in budgets]
    dense = graph.cost()
    limits = [budget.resolved(dense[column]) for budget, column in zip(budgets, columns, strict=True)]
    options = [channel_options(group.size, least_share=least_share, multiple=multiple) for group in graph.groups]
    return Wall(options, lambda counts: graph.costs_of(counts)[:, columns], limits, [one.measure for one in budgets])


def _column(budget: Budget) -> int:
    name = check_name("budget", budget.measure, {"bytes", "macs", "parameters", "activations"})
    return Cost._fields.index("n_bytes" if name == "bytes" else name)


def within(budgets: Sequence[Budget], dense: Mapping[str, float], found: Mapping[str, float]) -> bool:
    """Whether a network keeps its budgets.

    Args:
        budgets: all of them.
        dense, found: measures of the network before and after.

    Example:
        >>> within([parse_budget("macs <= 50%")], {"macs": 100.0}, {"macs": 51.0})
        False
    """
    return all(found[one.measure] <= one.resolved(dense[one.measure]) for one in budgets)
