"""PAC-MOO: Bayesian optimization for several costly objectives under many constraints, by the user's preferences.

Paper: Ahmadianshalchi, Belakaria, Doppa, "Preference-Aware Constrained Multi-Objective Bayesian Optimization", 2023,
arXiv:2303.13034. Gaussian processes guess every objective and constraint; the next design is the one that tells most of
the best values on the constrained Pareto front, weighted by what the user prefers, among those that are believed
feasible. On power converters, of which few sizings work, it finds better fronts than methods without preferences.

What differs: the paper's two converters run in private simulators; a converter with four outputs of our own and the
three-stage amplifier stand in for them. The paper prints curves and no tables, so targets are those of this house. The
optimizer differs from the paper where its module `optimizers.pac_moo` says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from archwright.circuits.power_converters import SwitchedCapacitorConverter
from archwright.core.catalog import find
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume, non_dominated
from archwright.core.problem import Problem
from archwright.core.trial import Trial
from archwright.optimizers.feasible_starts import draw_feasible
from archwright.systems.claim import Claim
from archwright.systems.evidence import Evidence, Points, Sheet
from archwright.systems.scope import Plan, Scope, first_simulations
from archwright.systems.summary import median_count, reached, spread
from archwright.testing.functions import Osy

VOLUME_AT, VOLUME = (0.0, 100.0), 22172.0
"""Reference point of the hypervolume, and what NSGA-II reaches in the original box with 30,000 evaluations."""
STARTS, ITERATIONS = 6, 100
FIRST, SECOND = (0.8, 0.2), (0.2, 0.8)
AMPLIFIER = "three-stage-tia"
AMPLIFIER_GOALS = (
    "gain_ohm >= 20236 ohm log", "f3db_hz >= 90.107 MHz log", "power_w <= 3 mW", "min power_w", "min area_um2",
)  # fmt: skip
AMPLIFIER_PREFERENCES = (0.8, 0.2)
"""The human design lies near the end of the front where power is least."""
AMPLIFIER_STARTS, AMPLIFIER_AFTER = 24, 200
HUMAN = {"power_w": 1.3694e-3, "area_um2": 211.2, "f3db_hz": 90.107e6}
TOLERANCE = 1e-4
"""By which the human design's own rounded figures may be missed."""
CONVERTER_PREFERENCE = 0.85


def pac_moo(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim of the paper, on open problems."""
    yield entropy()
    plans = (osy_plans(scope), amplifier_plans(scope), converter_plans(scope))
    scope.run([plan for by_method in plans for each in by_method.values() for plan in each])
    yield from osy(scope)
    yield from amplifier(scope)
    yield from converter(scope)


def entropy() -> Claim:
    """The acquisition's closed form against the entropy of a truncated normal distribution, by its formula in scipy."""
    from scipy.stats import norm, truncnorm

    from archwright.optimizers.acquisition import max_value_entropy

    means, deviations = (grid.ravel() for grid in np.meshgrid(np.linspace(-1.0, 6.0, 29), (0.5, 1.0, 2.0)))
    below = (1.0 - means) / deviations
    lost = norm.entropy(means, deviations) - truncnorm.entropy(below, 40.0, means, deviations)
    error = float(np.abs(max_value_entropy(means, deviations, 1.0).value - lost).max())
    return Claim("acquisition against the entropy it stands for (nats)", None, error, "< 1e-6", error < 1e-6)


def osy_plans(scope: Scope) -> dict[str, list[Plan]]:
    """Studies of the widened test problem of the paper from six feasible designs; the slowest first."""
    seeds = scope.choose(quick=2, full=5)
    peers, peer_trials = _peer_budget(scope)
    methods: Mapping[str, tuple[str, Mapping[str, Any], int, int]] = {
        "qLogNEHVI": ("qlognehvi", {"startup": STARTS, "reference": list(VOLUME_AT)}, peers, peer_trials),
        "PAC-MOO (.8, .2)": ("pac_moo", {"preferences": list(FIRST)}, seeds, ITERATIONS),
        "PAC-MOO (.2, .8)": ("pac_moo", {"preferences": list(SECOND)}, seeds, ITERATIONS),
        "NSGA-II": ("nsga2", {"population": 20}, seeds, ITERATIONS),
        "random": ("random", {}, seeds, ITERATIONS),
    }
    return {
        name: [_osy_plan(name, method, STARTS + trials, seed, options) for seed in range(n)]
        for name, (method, options, n, trials) in methods.items()
    }


def _peer_budget(scope: Scope) -> tuple[int, int]:
    """Seeds and iterations of qLogNEHVI, whose every design costs seconds."""
    return scope.choose(quick=(1, 20), full=(3, ITERATIONS))


def osy(scope: Scope) -> Iterator[Claim | Evidence]:
    """What the studies of the widened test problem show."""
    tables, (_, peer_trials) = scope.run_methods(osy_plans(scope)), _peer_budget(scope)
    yield from _osy_claims(tables, STARTS + peer_trials)
    yield _osy_seconds(tables["PAC-MOO (.8, .2)"][0])
    rows = [
        (name, spread([_volume(one) for one in each], 5), spread([_least(one) for one in each], 5), str(len(each[0])))
        for name, each in tables.items()
    ]
    heads = ("method", "hypervolume", "best first objective", "evaluations")
    yield Sheet(
        "Widened OSY", heads, rows, f"Medians over seeds, least and most in brackets; {STARTS} feasible starts."
    )
    fronts = {name: _points(each[0]) for name, each in tables.items()}
    yield Points("Fronts on the widened OSY, seed 0", "first objective", "second objective", fronts)


def _osy_plan(name: str, method: str, trials: int, seed: int, options: Mapping[str, Any]) -> Plan:
    problem, rng = Osy(is_widened=True), np.random.default_rng([seed, 77])
    starts = draw_feasible(problem, Goals(problem.goals), STARTS, rng, space=Osy().space)
    return Plan(f"pac-moo {name}", problem, method, trials, seed, options, batch=1, starts=starts)


def _points(table: Sequence[Trial]) -> Any:
    return np.array([trial.objectives[:2] for trial in table if trial.is_feasible]).reshape(-1, 2)


def _volume(table: Sequence[Trial]) -> float:
    return float(hypervolume(_points(table), VOLUME_AT))


def _least(table: Sequence[Trial]) -> float:
    return float(_points(table)[:, 0].min())


def _mean(table: Sequence[Trial]) -> float:
    """Over the non-dominated points."""
    points = _points(table)
    return float(points[non_dominated(points), 0].mean())


def _osy_claims(tables: Mapping[str, Sequence[Sequence[Trial]]], peer_trials: int) -> Iterator[Claim]:
    ours, other = tables["PAC-MOO (.8, .2)"], tables["PAC-MOO (.2, .8)"]
    volumes = [_volume(one) for one in ours]
    n, share = len(volumes), float(np.median(volumes)) / VOLUME
    note = f"{spread(volumes, 5)} over {n} seeds"
    name = f"widened OSY, hypervolume at {STARTS + ITERATIONS} evaluations over NSGA-II's at 30,000"
    yield Claim(name, None, share, ">= 0.9", share >= 0.9, note)
    for rival in ("random", "NSGA-II"):
        theirs = [_volume(one) for one in tables[rival]]
        n_ahead = sum(a > b for a, b in zip(volumes, theirs, strict=True))
        yield Claim(
            f"widened OSY, seeds ahead of {rival}", None, n_ahead, f"{n} of {n}", n_ahead == n, spread(theirs, 5)
        )
    peer = tables["qLogNEHVI"]
    same = [_volume(first_simulations(one, peer_trials)) for one in ours[: len(peer)]]
    ratio = float(np.median(same)) / float(np.median([_volume(one) for one in peer]))
    note = f"medians of {len(peer)} seed(s) at {peer_trials} evaluations"
    yield Claim("widened OSY, hypervolume over that of qLogNEHVI", None, ratio, ">= 0.95", ratio >= 0.95, note)
    for what, value in (("best first objective", _least), ("mean first objective on the front", _mean)):
        pairs = [(value(a), value(b)) for a, b in zip(ours, other, strict=True)]
        n_better = sum(a <= b for a, b in pairs)
        note = f"{spread([a for a, _ in pairs])} with (.8, .2), {spread([b for _, b in pairs])} with (.2, .8)"
        name = f"widened OSY, seeds where preferring the first objective lowers the {what}"
        yield Claim(name, None, n_better, f"{n} of {n}", n_better == n, note)


def _osy_seconds(table: Sequence[Trial]) -> Claim:
    """Processor seconds per design asked, on the same trials."""
    problem, at = Osy(is_widened=True), (20, 40, 80)
    ours = _ask_seconds(problem, "pac_moo", {"preferences": list(FIRST)}, table, at)
    peer = _ask_seconds(problem, "qlognehvi", {"startup": STARTS, "reference": list(VOLUME_AT)}, table, at)
    ratio = float(np.median(ours) / np.median(peer))
    note = f"PAC-MOO {spread(ours, 2)} s, qLogNEHVI {spread(peer, 2)} s, after {at} trials"
    name = "processor time per design, PAC-MOO over qLogNEHVI"
    return Claim(name, None, ratio, "<= 0.2", ratio <= 0.2, note)


def _ask_seconds(
    problem: Problem, method: str, options: Mapping[str, Any], table: Sequence[Trial], at: Sequence[int]
) -> list[float]:
    """Processor seconds of `ask(1)` after the first trials of a table; once before, so that nothing is compiled."""
    made, seconds = find("optimizers", method).load(), []
    for n in (at[0], *at):
        optimizer = made(problem, Goals(problem.goals), **options)
        optimizer.tell(table[:n])
        started = time.process_time()
        optimizer.ask(1, np.random.default_rng(n))
        seconds.append(time.process_time() - started)
    return seconds[1:]


def amplifier_plans(scope: Scope) -> dict[str, list[Plan]]:
    """Studies of power and area of the three-stage amplifier; feasible designs are found by the first stage."""
    seeds, trials = scope.choose(quick=(1, 160), full=(3, 280))
    options = {"starts": AMPLIFIER_STARTS, "preferences": list(AMPLIFIER_PREFERENCES)}
    plans = [Plan("pac-moo", AMPLIFIER, "pac_moo", trials, seed, options, AMPLIFIER_GOALS, 1) for seed in range(seeds)]
    random = [Plan("pac-moo random", AMPLIFIER, "random", 20_000, s, {}, AMPLIFIER_GOALS) for s in range(5)]
    return {"ours": plans, "random": random}


def amplifier(scope: Scope) -> Iterator[Claim | Evidence]:
    """What the studies of the three-stage amplifier show."""
    tables = scope.run_methods(amplifier_plans(scope))
    seeds = len(tables["ours"])
    firsts = [_number(one, lambda trial: trial.is_feasible) for one in tables["ours"]]
    blind = [_number(one, lambda trial: trial.is_feasible) for one in tables["random"]]
    is_sooner = median_count(firsts) < median_count(blind)
    note = f"random search, 5 seeds: {reached(blind)}"
    name = "three-stage amplifier, evaluations to the first feasible design"
    yield Claim(name, None, reached(firsts), "fewer than random", is_sooner, note)
    after = [_after_starts(one) for one in tables["ours"]]
    n_good = sum(one is not None and one <= AMPLIFIER_AFTER for one in after)
    note = f"evaluations after the {AMPLIFIER_STARTS} feasible starts: {reached(after)}"
    name = f"three-stage amplifier, human design dominated within {AMPLIFIER_AFTER} evaluations"
    yield Claim(name, None, f"{n_good} of {seeds} seeds", f"{seeds} of {seeds} seeds", n_good == seeds, note)
    fronts = {
        f"seed {seed}": np.array(
            [(1e3 * t.metrics["power_w"], t.metrics["area_um2"]) for t in table if t.is_feasible]
        ).reshape(-1, 2)
        for seed, table in enumerate(tables["ours"])
    }
    marks = {"human": (1e3 * HUMAN["power_w"], HUMAN["area_um2"])}
    yield Points("Feasible sizings of the three-stage amplifier", "power (mW)", "gate area (um2)", fronts, marks)


def _number(table: Sequence[Trial], is_wanted: Any) -> int | None:
    """The place of the first trial of its kind, from 1."""
    return next((place for place, trial in enumerate(table, 1) if is_wanted(trial)), None)


def dominates_human(trial: Trial) -> bool:
    """Whether a trial is feasible and nowhere worse than the published human design."""
    metrics = trial.metrics
    return (
        trial.is_feasible
        and metrics["power_w"] <= HUMAN["power_w"]
        and metrics["area_um2"] <= HUMAN["area_um2"]
        and metrics["f3db_hz"] >= HUMAN["f3db_hz"] * (1.0 - TOLERANCE)
    )


def _after_starts(table: Sequence[Trial]) -> int | None:
    """Evaluations between the last of the feasible starts and the first design that dominates the human one."""
    feasible = [place for place, trial in enumerate(table, 1) if trial.is_feasible]
    winner = _number(table, dominates_human)
    if winner is None or len(feasible) < AMPLIFIER_STARTS:
        return None
    return max(0, winner - feasible[AMPLIFIER_STARTS - 1])


def converter_plans(scope: Scope) -> dict[str, list[Plan]]:
    """Studies of four switched-capacitor outputs: preferring efficiency, and preferring nothing."""
    problem = SwitchedCapacitorConverter()
    goals = Goals(problem.goals)
    others = (1.0 - CONVERTER_PREFERENCE) / (len(goals.targets) - 1)
    leaning = [CONVERTER_PREFERENCE, *[others] * (len(goals.targets) - 1)]
    starts, after = 24, scope.choose(quick=30, full=100)
    plans: dict[str, list[Plan]] = {"leaning": [], "even": []}
    for seed in range(scope.choose(quick=1, full=3)):
        designs = draw_feasible(problem, goals, starts, np.random.default_rng([seed, 78]))
        for name, preferences in (("leaning", leaning), ("even", None)):
            options = {"starts": starts, **({} if preferences is None else {"preferences": preferences})}
            label = f"pac-moo {name} of {starts + after}"
            plans[name].append(Plan(label, problem, "pac_moo", starts + after, seed, options, batch=1, starts=designs))
    return plans


def converter(scope: Scope) -> Iterator[Claim]:
    """What the studies of the converter show."""
    best = {
        name: [max(trial.metrics["efficiency"] for trial in table if trial.is_feasible) for table in each]
        for name, each in scope.run_methods(converter_plans(scope)).items()
    }
    n, n_good = len(best["even"]), sum(a >= b for a, b in zip(best["leaning"], best["even"], strict=True))
    note = f"efficiency {spread(best['leaning'])} against {spread(best['even'])}"
    name = f"converter, seeds where {100 * CONVERTER_PREFERENCE:.0f} % preference for efficiency keeps or raises it"
    yield Claim(name, None, f"{n_good} of {n}", f"{n} of {n}", n_good == n, note)
