"""A DRAM controller set up by many agents: one for each of its ten parameters, beside every other method.

Paper: Krishnan, Jaques, Omidshafiei, Zhang, Gur, Janapa Reddi, Faust, "Multi-Agent Reinforcement Learning for
Microprocessor Design Space Exploration", ML for Systems at NeurIPS 2022, arXiv:2211.16385. Independent learners that
share one reward are said to beat a single agent that decides all parameters, on every trace and objective.

What differs: the simulator is our own, held to the figures of DRAMSys 4; traces are redrawn from their statistics,
2,000 requests long; the whole space of 442,368 designs is known for every trace, so that methods are measured by their
distance from the true optimum and their answers are looked up; designs that forget data are not allowed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from archwright.core.pareto import hypervolume, non_dominated
from archwright.core.trial import Trial
from archwright.memory.dram.checker import violations
from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.device import devices, find_device
from archwright.memory.dram.exhaustive import best_row, evaluate_all, plain_designs, stored_table
from archwright.memory.dram.picture import draw_run
from archwright.memory.dram.problem import DramController
from archwright.memory.dram.published import DRAMSYS, DRAMSYS_TRACES, RAMULATOR
from archwright.memory.dram.simulation import METRICS, play, request_table, simulate
from archwright.memory.dram.tabled import REWARDS, plain_rows
from archwright.memory.traces import Trace, generate
from archwright.systems.claim import Claim
from archwright.systems.dram_searches import (
    FRONT,
    N_REQUESTS,
    Floats,
    Integers,
    Outcome,
    Search,
    outcome_of,
    rewards_of,
    run_searches,
    tabled,
)
from archwright.systems.evidence import Curves, Evidence, Picture, Points, Sheet
from archwright.systems.scope import Scope
from archwright.systems.summary import median_count

OURS = "MARL-PPO"
SINGLE = ("PPO", "SAC", "TDM-PPO")
PLAIN = ("genetic", "ant colony", "coordinates", "random")
QUICK_METHODS = (OURS, "PPO", "TDM-PPO", "MARL-SAC", "SAC", *PLAIN)
FULL_METHODS = (*QUICK_METHODS, "Bayesian")
COSTLY = {"Bayesian": 200}
"""Designs of a method whose proposals take long."""
N_DRAWS = 5
CELLS = 2000  # points of a front that are drawn

Found = Mapping[tuple[str, str], Mapping[str, Sequence[Integers]]]
Results = Mapping[tuple[str, str], Mapping[str, Sequence[Outcome]]]


def dram_marl(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim that the simulator and the known space allow to check."""
    scope.say("the simulator against DRAMSys and Ramulator")
    yield from fidelity(N_DRAWS)
    yield from conservation(scope.choose(quick=40, full=400))
    yield from speed(600)
    traces = scope.choose(quick=("cloud-1", "mixed"), full=(*DRAMSYS_TRACES, "mixed"))
    for trace in traces:
        scope.say(f"the whole space of {trace}")
        stored_table(DramController(trace=trace, n_requests=N_REQUESTS), jobs=scope.jobs)
    yield optima(traces)
    yield what_matters(traces)
    seeds = range(scope.choose(quick=3, full=10))
    asked = scope.choose(quick=2_000, full=10_000)
    methods = scope.choose(quick=QUICK_METHODS, full=FULL_METHODS)
    cells = list(product(traces, scope.choose(quick=("joint_reward",), full=REWARDS)))
    found = run_cells(scope, cells, methods, seeds, asked)
    yield from comparison(found)
    yield regret(cells[-1], found[cells[-1]], asked)
    yield from fronts(scope, traces, seeds, asked)
    yield timeline(traces[-1])


def fidelity(n_draws: int) -> Iterator[Claim | Evidence]:
    """Times and energies of 17 controllers beside DRAMSys; clocks of four runs beside Ramulator."""
    rows = []
    for column, trace in enumerate(DRAMSYS_TRACES):
        n = 1 if trace == "stream" else n_draws
        drawn = [generate(trace, seed=seed) for seed in range(n)]
        off = np.array([_off(drawn, options, figures[column]) for options, figures in DRAMSYS])
        worst_energy, worst_time = np.abs(off).max(axis=0).tolist()
        rows.append((trace, str(n), f"{worst_time:.2%}", f"{worst_energy:.2%}"))
        note = f"mean of {n} draws; worst energy {worst_energy:.2%} off" if n > 1 else f"energy {worst_energy:.2%} off"
        is_met = worst_time <= 0.02 and worst_energy <= 0.01
        yield Claim(f"worst of 17 times of DRAMSys, {trace}", "0 %", f"{worst_time:.2%}", "<= 2 %", is_met, note)
    heads = ("trace", "draws", "worst time", "worst energy")
    yield Sheet("Off DRAMSys 4", heads, rows, "17 controllers, 10,000 requests.")
    exact = simulate(generate("stream"), Controller(refresh_policy="no-refresh")).metrics()["time_s"] * 1e9
    yield Claim("stream without refresh, ns", 50_025.0, exact, "50,025.0", round(exact, 1) == 50_025.0)
    worst = max(_off_ramulator(*row) for row in RAMULATOR)
    yield Claim("worst of 8 clocks of Ramulator 2.1", "0 %", f"{worst:.2%}", "<= 1 %", worst <= 0.01, "DDR3 and DDR4")


def _off(drawn: Sequence[Trace], options: Mapping[str, Any], figures: tuple[float, int]) -> tuple[float, float]:
    """Mean energy and time over theirs, less 1."""
    found = [simulate(one, Controller(**options)).metrics() for one in drawn]
    energy_uj = statistics.fmean(one["energy_j"] for one in found) * 1e6
    time_ns = statistics.fmean(one["time_s"] for one in found) * 1e9
    return energy_uj / figures[0] - 1.0, time_ns / figures[1] - 1.0


def _off_ramulator(device: str, trace: str, without: int, refreshed: int) -> float:
    worst = 0.0
    for policy, clocks in (("no-refresh", without), ("all-bank", refreshed)):
        controller = Controller(scheduler_buffer="shared", request_buffer_size=32, refresh_policy=policy)
        run = simulate(generate(trace), controller, find_device(device))
        worst = max(worst, abs(run.total_clk / clocks - 1.0))
    return worst


def conservation(n: int) -> Iterator[Claim]:
    """Logs of random controllers, replayed against the timing table; every request served once."""
    rng, broken = np.random.default_rng(0), 0
    names, boards = ("random", "cloud-1", "mixed", "bursty"), list(devices().values())
    for i in range(n):
        controller = Controller(**{name: choices[rng.integers(len(choices))] for name, choices in CHOICES.items()})
        run = simulate(generate(names[i % 4], 1000), controller, boards[i // 4 % 2], is_logged=True)
        broken += bool(violations(run))
    note = f"{n} random controllers on four traces and two devices, 1,000 requests each; an independent checker"
    yield Claim("logs that break a rule of the device or lose a request", None, broken, "0", broken == 0, note)


def speed(n_sampled: int) -> Iterator[Claim]:
    """Requests a second on one core, and how long the whole space takes."""
    device = find_device("ddr3-1600-1gb-x8")
    for name, wanted in (("stream", 2.0), ("random", 0.5)):
        trace = generate(name)
        table, rates = request_table(trace, device), []
        for _ in range(8):
            start = time.process_time()
            play(trace, table, Controller(), device)
            rates.append(len(trace) / (time.process_time() - start) / 1e6)
        middle = statistics.median(rates[1:])
        claim = f"million requests a second, {name}"
        yield Claim(claim, None, middle, f">= {wanted:g}", middle >= wanted, "CPU time of one core, default controller")
    problem, designs = DramController(trace="random", n_requests=N_REQUESTS), list(plain_designs())
    sample = [designs[i] for i in np.random.default_rng(0).choice(len(designs), n_sampled, replace=False)]
    start = time.process_time()
    evaluate_all(problem, sample)
    minutes = (time.process_time() - start) / n_sampled * len(designs) / 120.0
    note = f"from {n_sampled} of {len(designs):,} runs that stand for all 442,368 designs; random, 2,000 requests"
    yield Claim("whole space of a trace on two cores, min", None, minutes, "< 40", minutes < 40.0, note)


def optima(traces: Sequence[str]) -> Sheet:
    """The true optimum of every trace with and without the duty to refresh."""
    designs, rows = list(plain_designs()), []
    for trace, metric in product(traces, ("time_s", "power_w", "energy_j")):
        table, unit = tabled(trace).table, METRICS[metric]
        column = list(METRICS).index(metric)
        kept, free = best_row(table, metric), best_row(table, metric, may_forget=True)
        gain = 1.0 - table[free, column] / table[kept, column]
        cells = (f"{table[kept, column]:.5g}", f"{table[free, column]:.5g}", f"{gain:.2%}")
        rows.append((f"{trace}, {metric.rpartition('_')[0]}, {unit}", *cells, _differs(designs[kept])))
    heads = ("least of", "data kept", "data may be forgotten", "gained by forgetting", "optimum that keeps data")
    note = "Of all 442,368 designs; of equals the first. The design: what differs from the published default."
    return Sheet("True optima", heads, rows, note)


def _differs(design: Mapping[str, object]) -> str:
    default = Controller()
    other = [f"{name} {value}" for name, value in design.items() if value != getattr(default, name)]
    return ", ".join(other) or "the default"


def what_matters(traces: Sequence[str]) -> Sheet:
    """How much the time changes when one parameter does."""
    sizes, columns = [len(choices) for choices in CHOICES.values()], []
    for trace in traces:
        times = tabled(trace).table[:, list(METRICS).index("time_s")][plain_rows()].reshape(sizes)
        changes = [times.max(axis=axis) / times.min(axis=axis) - 1.0 for axis in range(len(sizes))]
        columns.append([f"{change.mean():.2%} ({change.max():.0%})" for change in changes])
    rows = [(name, *cells) for name, *cells in zip(CHOICES, *columns, strict=True)]
    note = "Slowest over fastest value of one parameter, the others fixed: mean over all of them (the most)."
    return Sheet("What a parameter changes of the time", ("parameter", *traces), rows, note)


def run_cells(
    scope: Scope, cells: Sequence[tuple[str, str]], methods: Sequence[str], seeds: Sequence[int], asked: int
) -> Found:
    """Rows that every method asked for, by trace and reward."""
    plans = [
        Search(method, trace, reward, seed, COSTLY.get(method, asked))
        for (trace, reward), method, seed in product(cells, methods, seeds)
    ]
    found = dict(zip(plans, run_searches(scope, plans), strict=True))
    rows = {method: COSTLY.get(method, asked) for method in methods}
    return {
        cell: {method: [found[Search(method, *cell, seed, n)] for seed in seeds] for method, n in rows.items()}
        for cell in cells
    }


def results_of(found: Found) -> Results:
    """What came of all searches."""
    return {
        cell: {method: [outcome_of(rows, rewards_of(*cell)) for rows in each] for method, each in methods.items()}
        for cell, methods in found.items()
    }


def comparison(found: Found) -> Iterator[Claim | Evidence]:
    """Designs to 95 % of the optimum by method, and who wins."""
    results = results_of(found)
    methods = list(next(iter(results.values())))
    for title, field in (
        ("Designs to 95 % of the optimal reward", "asked"),
        ("The same without repeats, which cost no simulation", "distinct"),
    ):
        yield counts_sheet(title, results, field)
    rows = [
        (f"{trace}, {reward}", *(quartiles([one.share for one in each[method]]) for method in methods))
        for (trace, reward), each in results.items()
    ]
    yield Sheet("Best reward as a share of the optimum", ("cell", *methods), rows, "Median (quartiles) over seeds.")
    for rival in [method for method in methods if method != OURS]:
        yield duel(results, rival)
    spaces = [float(np.mean(_whole(cell) >= 0.95 * rewards_of(*cell).max())) for cell in results]
    note = "why searches by lot are hard to beat: least and most of the cells"
    ours = f"{min(spaces):.2%} to {max(spaces):.2%}"
    yield Claim("share of the space within 5 % of the optimal reward", None, ours, "", None, note)


def _whole(cell: tuple[str, str]) -> Floats:
    """Rewards of all 442,368 designs."""
    return rewards_of(*cell)[plain_rows()]


def counts_sheet(title: str, results: Results, field: str) -> Sheet:
    """A count of `Outcome` by cell and method."""
    methods = list(next(iter(results.values())))
    rows = [
        (f"{trace}, {reward}", *(show_counts([getattr(one, field) for one in each[method]]) for method in methods))
        for (trace, reward), each in results.items()
    ]
    return Sheet(title, ("cell", *methods), rows, "Median (quartiles) over seeds, and how many came so far if not all.")


def show_counts(counts: Sequence[int | None]) -> str:
    """Median and quartiles over seeds that reached a mark.

    Example:
        >>> show_counts([10, 20, 40]), show_counts([None, 30]), show_counts([None])
        ('20 (15 to 30)', '30, 1 of 2', 'never')
    """
    known = [float(count) for count in counts if count is not None]
    if not known:
        return "never"
    share = "" if len(known) == len(counts) else f", {len(known)} of {len(counts)}"
    return f"{quartiles(known, 0)}{share}"


def quartiles(values: Sequence[float], digits: int = 3) -> str:
    """Median and quartiles; the median alone where they are equal.

    Example:
        >>> quartiles([1.0, 2.0, 3.0]), quartiles([1.0, 1.0])
        ('2.000 (1.500 to 2.500)', '1.000')
    """
    low, middle, high = (f"{one:,.{digits}f}" for one in np.quantile(values, (0.25, 0.5, 0.75)))
    return middle if low == high else f"{middle} ({low} to {high})"


def duel(results: Results, rival: str) -> Claim:
    """In how many cells the paper's method needs fewer designs than another; for single agents that is its claim.

    Learners of one seed begin with the same designs, so that cells which need no learning are tied.
    """
    ours = {cell: median_count([one.asked for one in each[OURS]]) for cell, each in results.items()}
    theirs = {cell: median_count([one.asked for one in each[rival]]) for cell, each in results.items()}
    won = sum(ours[cell] < theirs[cell] for cell in results)
    tied = sum(ours[cell] == theirs[cell] for cell in results)
    both = [cell for cell in results if max(ours[cell], theirs[cell]) < float("inf")]
    times = statistics.median(theirs[cell] / ours[cell] for cell in both) if both else float("nan")
    note = f"median of its designs over ours: {times:.2g}" if both else "one of them never came so far"
    name = f"cells where MARL-PPO needs fewer designs than {rival}"
    ours_won = f"{won} of {len(results)}, {tied} tied"
    if rival not in SINGLE:
        return Claim(name, None, ours_won, "", None, note)
    return Claim(name, "all", ours_won, "most", won > len(results) / 2, note)


def regret(cell: tuple[str, str], found: Mapping[str, Sequence[Integers]], asked: int) -> Curves:
    """Share of the optimal reward against designs, of three seeds."""
    values = rewards_of(*cell)
    share = np.maximum(values / values.max(), 0.0)
    tables = {
        method: [
            [Trial(i, None, "done", {}, 0.0, (), score, 0.0, 1) for i, score in enumerate(share[rows].tolist())]
            for rows in each[:3]
        ]
        for method, each in found.items()
    }
    note = "Repeats count. What is missing to 1 is the regret; a search ends at the optimum."
    return Curves(f"Share of the optimal reward: {cell[0]}, {cell[1]}", tables, asked, {"optimum": 1.0}, note)


def fronts(scope: Scope, traces: Sequence[str], seeds: Sequence[int], asked: int) -> Iterator[Claim | Evidence]:
    """Power against time: what searches find of the true front."""
    methods = ("NSGA-II", "random")
    plans = [Search(method, trace, FRONT, seed, asked) for trace in traces for method in methods for seed in seeds]
    found = dict(zip(plans, run_searches(scope, plans), strict=True))
    ratios = {
        (trace, method): [front_ratio(trace, found[Search(method, trace, FRONT, seed, asked)]) for seed in seeds]
        for trace, method in product(traces, methods)
    }
    rows = [(trace, *(quartiles(ratios[trace, method], 4) for method in methods)) for trace in traces]
    note = f"{asked:,} designs; the corner lies a tenth of the front's range beyond it. Median (quartiles) over seeds."
    yield Sheet("Hypervolume over that of the true front", ("trace", *methods), rows, note)
    least = min(statistics.median(ratios[trace, "NSGA-II"]) for trace in traces)
    yield Claim("hypervolume over the true front's, least of traces", None, least, ">= 0.99", least >= 0.99, "NSGA-II")
    trace = traces[-1]
    points, rng = power_and_time(trace), np.random.default_rng(0)
    rows_found = found[Search("NSGA-II", trace, FRONT, seeds[0], asked)]
    kept = points[np.isfinite(points[:, 0])]
    series = {
        "space": kept[rng.choice(len(kept), CELLS, replace=False)],
        "true front": _front(points),
        "NSGA-II": _front(points[np.unique(rows_found)]),
    }
    yield Points(f"Power against time: {trace}", "time, us", "power, W", {k: v[:, ::-1] for k, v in series.items()})


def power_and_time(trace: str) -> Floats:
    """(n_rows, 2) power in W and time in us; infinite where data is forgotten."""
    problem, names = tabled(trace), list(METRICS)
    points = problem.table[:, [names.index("power_w"), names.index("time_s")]] * (1.0, 1e6)
    forgets = np.isinf(problem.rewards()[REWARDS[0]])
    return np.where(forgets[:, None], np.inf, points)


def _front(points: Floats) -> Floats:
    """The points that no other dominates; thousands of designs share one."""
    kept = np.unique(points[np.isfinite(points[:, 0])], axis=0)
    return kept[non_dominated(kept)]


def front_ratio(trace: str, rows: Integers) -> float:
    """Hypervolume of what was found over that of the true front."""
    points = power_and_time(trace)
    true = _front(points)
    corner = true.max(axis=0) + 0.1 * (true.max(axis=0) - true.min(axis=0))
    return hypervolume(_front(points[np.unique(rows)]), corner) / hypervolume(true, corner)


def timeline(trace: str) -> Picture:
    """What the banks do in the first microseconds under the best controller."""
    problem = tabled(trace)
    row = best_row(problem.table, "energy_delay_js")
    design = next(one for i, one in enumerate(plain_designs()) if i == row)
    run = simulate(generate(trace, N_REQUESTS), Controller(**design), is_logged=True)
    return Picture(f"Banks under the optimum: {trace}", draw_run(run), _differs(design))
