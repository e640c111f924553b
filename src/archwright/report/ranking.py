"""Which method is better, and whether the seeds allow saying so.

Results are compared by their place in one common order (the smaller violation first, then the larger score), so that
studies which never met the constraints count as what they are: worse than every study that did. Scores that agree to
`TIE` are ties; nothing is won by a rounding error.

- Pairs: the two-sided Mann-Whitney U test over seeds (exact without ties), Holm's correction over all pairs.
- Ranks: bootstrap over seeds (Efron, 1979): every method's seeds are drawn anew, methods are ranked by their median;
  the 2.5 % and 97.5 % points of the rank are its interval.
- A winner has the best median and beats every other method at `LEVEL` after the correction. Else there is none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from archwright.report.history import Array

LEVEL = 0.05
TIE = 1e-6
DRAWS = 4000

Quality = tuple[float, float]
"""Violation and minus the score of a study's best trial: smaller is better."""


@dataclass(frozen=True)
class Standing:
    """How one method came out over its seeds.

    Args:
        method: its name.
        n_seeds: studies behind it.
        n_feasible: those that met every constraint.
        median, low, high: score of the middle study and of the quartiles, minus the violation where not feasible.
        rank: mean bootstrap rank, 1 is best.
        rank_low, rank_high: its 95 % interval.
    """

    method: str
    n_seeds: int
    n_feasible: int
    median: float
    low: float
    high: float
    rank: float
    rank_low: float
    rank_high: float


@dataclass(frozen=True)
class Pair:
    """Two methods against each other.

    Args:
        better, worse: by median; in given order when equal.
        p: of the Mann-Whitney test, two-sided.
        p_corrected: after Holm's correction over all pairs.
        superiority: probability that a study of `better` beats one of `worse`, ties half (Vargha and Delaney, 2000).
    """

    better: str
    worse: str
    p: float
    p_corrected: float
    superiority: float

    @property
    def is_significant(self) -> bool:
        """True when the difference is more than the noise of the seeds."""
        return self.p_corrected < LEVEL


@dataclass(frozen=True)
class Ranking:
    """The outcome of a comparison at one budget.

    Args:
        standings: best first.
        pairs: every two methods.
        winner: the one method that beats all others, or None.
        verdict: one sentence.
    """

    standings: tuple[Standing, ...]
    pairs: tuple[Pair, ...]
    winner: str | None
    verdict: str


def rank_methods(results: Mapping[str, Sequence[Quality]]) -> Ranking:
    """Compare methods by the quality of their studies, one per seed.

    Args:
        results: method to `(violation, -score)` per seed; at least one method, at least one seed each.

    Example:
        >>> rank_methods({"a": [(0.0, -2.0 - i / 10) for i in range(5)], "b": [(0.0, -1.0)] * 5}).winner
        'a'
    """
    places = _places(results)
    ranks = _bootstrap_ranks(places)
    methods = sorted(results, key=lambda m: (_middle(places[m]), float(ranks[m].mean())))
    standings = tuple(_standing(m, results[m], places[m], ranks[m]) for m in methods)
    pairs = _pairs(places, methods)
    winner, verdict = _verdict(methods, pairs, min(len(seeds) for seeds in results.values()))
    return Ranking(standings, pairs, winner, verdict)


def _places(results: Mapping[str, Sequence[Quality]]) -> dict[str, Array]:
    """Each study's place in the common order, equal for ties."""
    flat = sorted({quality for studies in results.values() for quality in studies})
    place: dict[Quality, float] = {}
    last: Quality | None = None
    for quality in flat:
        is_tied = last is not None and all(_is_close(a, b) for a, b in zip(quality, last, strict=True))
        place[quality] = place[last] if is_tied and last is not None else float(len(place))
        last = last if is_tied else quality
    return {method: np.array([place[q] for q in studies]) for method, studies in results.items()}


def _is_close(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= TIE * max(abs(a), abs(b))


def _middle(places: Array) -> float:
    return float(np.median(places))


def _bootstrap_ranks(places: Mapping[str, Array]) -> dict[str, Array]:
    rng = np.random.default_rng(0)
    medians = np.array(
        [np.median(seeds[rng.integers(len(seeds), size=(DRAWS, len(seeds)))], axis=1) for seeds in places.values()]
    )
    below = (medians[None, :, :] < medians[:, None, :]).sum(axis=1)
    equal = (medians[None, :, :] == medians[:, None, :]).sum(axis=1)
    return dict(zip(places, below + (equal + 1) / 2, strict=True))


def _standing(method: str, studies: Sequence[Quality], places: Array, ranks: Array) -> Standing:
    ordered = [studies[i] for i in np.argsort(places, kind="stable").tolist()]
    low, high = np.quantile(ranks, [0.025, 0.975])
    return Standing(
        method=method,
        n_seeds=len(studies),
        n_feasible=sum(violation == 0.0 for violation, _ in studies),
        median=-_at(ordered, 0.5)[1],
        low=-_at(ordered, 0.75)[1],
        high=-_at(ordered, 0.25)[1],
        rank=float(ranks.mean()),
        rank_low=float(low),
        rank_high=float(high),
    )


def _at(ordered: Sequence[Quality], share: float) -> Quality:
    """The study at `share` of the way from best to worst; always one that was run, never a mean of two."""
    return ordered[math.ceil(share * (len(ordered) - 1) - 1e-9)]


def _pairs(places: Mapping[str, Array], methods: Sequence[str]) -> tuple[Pair, ...]:
    found = [(a, b, _p_value(places[a], places[b])) for a, b in combinations(methods, 2)]
    corrected = holm([p for _, _, p in found])
    return tuple(
        Pair(a, b, p, q, _superiority(places[a], places[b])) for (a, b, p), q in zip(found, corrected, strict=True)
    )


def _p_value(a: Array, b: Array) -> float:
    from scipy.stats import mannwhitneyu

    if min(len(a), len(b)) < 2 or len(np.unique(np.concatenate([a, b]))) == 1:
        return 1.0
    return float(mannwhitneyu(a, b, alternative="two-sided").pvalue)


def _superiority(a: Array, b: Array) -> float:
    return float(np.mean((a[:, None] < b[None, :]) + 0.5 * (a[:, None] == b[None, :])))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: p-values that may be compared with one level together (Holm, 1979).

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order: Any = np.argsort(p_values, kind="stable")
    scaled = [min(1.0, p_values[i] * (len(p_values) - step)) for step, i in enumerate(order)]
    corrected = [0.0] * len(p_values)
    for i, value in zip(order, np.maximum.accumulate(scaled) if scaled else [], strict=True):
        corrected[i] = float(value)
    return corrected


def least_p(n_seeds: int, n_methods: int) -> float:
    """The smallest corrected p-value that `n_seeds` per method can give: below it nothing can be told apart."""
    return min(1.0, 2 / math.comb(2 * n_seeds, n_seeds) * math.comb(n_methods, 2))


def _verdict(methods: Sequence[str], pairs: Sequence[Pair], n_seeds: int) -> tuple[str | None, str]:
    if len(methods) == 1:
        return None, "no winner: there is only one method"
    first = methods[0]
    rivals = [p.worse for p in pairs if p.better == first and not p.is_significant]
    if not rivals:
        return first, f"{first} wins: it beats every other method beyond the noise of {n_seeds} seeds"
    names = [first, *rivals]
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    text = f"no winner: {listed} differ less than the noise of {n_seeds} seeds"
    if least_p(n_seeds, len(methods)) >= LEVEL:
        text += f"; {_seeds_needed(len(methods))} seeds could tell {len(methods)} methods apart"
    return None, text


def _seeds_needed(n_methods: int) -> int:
    return next(n for n in range(2, 100) if least_p(n, n_methods) < LEVEL)
