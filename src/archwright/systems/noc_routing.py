"""NoC routing by reinforcement learning: pick a network's routing by its load, and switch it as its traffic changes.

Paper: Kao, Yang, Chen, Ma, Krishna, "Reinforcement Learning based Interconnection Routing for Adaptive Traffic
Optimization", NOCS 2019, arXiv:1908.04484. Q-learning, SARSA and Expected SARSA choose one of four routings at each of
six rising loads, rewarded by minus the mean latency that gem5 Garnet measures.

What differs: the network is ours, held to BookSim; random oblivious routing is O1TURN, which cannot deadlock; the paper
prints learning curves and no table, so claims are judged against every routing at every load, simulated.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archwright.core.goal import Goals
from archwright.interconnect.adaptive import (
    PAPER_LOADS,
    PAPER_ROUTINGS,
    Course,
    LoadLearning,
    Scenario,
    Switcher,
    best_by_pattern,
    latency_table,
    learn_loads,
    learned_network,
    mean_latency,
    run_fixed,
    run_oracle,
)
from archwright.interconnect.adaptive.problem import NocRouting
from archwright.interconnect.noc import Network, mesh, traffic
from archwright.interconnect.noc.booksim import BooksimRow, booksim_rows, rows_below_knee
from archwright.interconnect.noc.measurement import measure
from archwright.interconnect.noc.region_routing import RegionRouting
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Picture, Points, Sheet
from archwright.systems.scope import Plan, Scope, best_score, simulations_to
from archwright.systems.summary import reached, spread

Floats = np.ndarray[Any, np.dtype[np.float64]]
EPISODES = 15
LEARNED = ("q_learning", "sarsa", "expected_sarsa")
BANDITS = ("ucb", "thompson", "epsilon_greedy", "random")
MEANS: Mapping[str, Any] = {"rate": None, "discount": 0.0}
"""What a contextual bandit asks for: values are means, and nothing that follows counts."""
ONE_CLASS = ("xy", "yx", "west-first-adaptive", "north-last-adaptive", "negative-first-adaptive", "odd-even")
"""Routings that need no classes of virtual channels, so that one channel per port will do."""
METHODS = ("random", "q_learning", "sarsa", "expected_sarsa", "bandit", "differential_evolution")
TABLES = (("bit-reversal", 0.3), ("hotspot", 0.07), ("shuffle", 0.25), ("transpose", 0.4))
"""Traffic and load for which tables of ways are searched: near the saturation of O1TURN."""
TABLE_METHODS = ("random", "bandit", "genetic_algorithm", "coordinate_search")
DESIGN_METHODS = ("random", "bandit", "q_learning", "differential_evolution", "tpe")


def noc_routing(scope: Scope) -> Iterator[Claim | Evidence]:
    """The simulator beside BookSim, the paper's experiment, and what lies beyond it."""
    scope.say("beside BookSim")
    rows = booksim_rows()
    yield from fidelity(rows[:: scope.choose(quick=6, full=1)], scope.choose(quick=2, full=8))
    scope.say("every routing at every load")
    table = latency_table(Scenario())
    yield from loads(table)
    yield from learners(table, scope.choose(quick=10, full=50))
    scope.say("traffic that changes")
    plays, seeds = scope.choose(quick=6, full=36), range(scope.choose(quick=3, full=10))
    yield from changing("4 channels, load 0.2", Course(load=0.2), plays, seeds)
    for load, rounds in scope.choose(quick=((0.1, 1), (0.2, 1)), full=((0.1, 1), (0.15, 1), (0.2, 1), (0.2, 2))):
        one = Course(load=load, routings=ONE_CLASS, n_vcs=1, buffer_flits=8)
        name = f"1 channel, load {load:g}" + (", two rounds" if rounds == 2 else "")
        yield from changing(name, one, plays, seeds, rounds)
    scope.say("Q-routing")
    yield from routers(scope.choose(quick=5_000, full=40_000))
    yield from searches(scope)
    yield from design_space(scope)
    for pattern, load in scope.choose(quick=TABLES[:1], full=TABLES):
        yield from routing_tables(scope, pattern, load)


@dataclass(frozen=True)
class Beside:
    """A row of BookSim and ours.

    Args:
        row: BookSim's.
        latency_cycles: ours.
        is_stable: whether ours is below saturation.
        throughput: ours.
        cycles_per_second: ours, of one core's time.
    """

    row: BooksimRow
    latency_cycles: float
    is_stable: bool
    throughput: float
    cycles_per_second: float


def run_beside(row: BooksimRow, n_seeds: int = 1) -> Beside:
    """The same run here, the mean of some seeds.

    Args:
        row: of BookSim.
        n_seeds: of the sources.
    """
    sent = traffic(row.traffic, 64, columns=8, packet_flits=row.packet_flits)
    network = Network(mesh(8, 8), row.routing)
    started = time.process_time()
    found = [measure(network.fresh(seed), sent, row.load) for seed in range(1, n_seeds + 1)]
    seconds = time.process_time() - started
    latency, throughput = (
        statistics.fmean(getattr(one, name) for one in found) for name in ("latency_cycles", "throughput")
    )
    rate = sum(one.cycles for one in found) / max(seconds, 1e-9)
    return Beside(row, latency, all(one.is_stable for one in found), throughput, rate)


def fidelity(rows: Sequence[BooksimRow], n_seeds: int = 1) -> Iterator[Claim | Evidence]:
    """Latency below saturation, throughput above, speed."""
    run_beside(rows[0])  # compiled
    found = [run_beside(row, n_seeds) for row in rows]
    below = [one for one in found if one.row.latency_cycles is not None]
    knee = rows_below_knee()
    yield latency_claim("rows below the knee of their curve", [one for one in below if one.row in knee])
    yield latency_claim("rows below saturation", below)
    above = [one for one in found if one.row.latency_cycles is None and one.row.throughput]
    shares = [abs(one.throughput / one.row.throughput - 1.0) for one in above]
    n_near = sum(share <= 0.03 for share in shares)
    note = (
        f"largest {max(shares):.1%}; {sum(not one.is_stable for one in above)} are saturated here too" if above else ""
    )
    yield Claim("throughput of its saturated rows, within 3 %", None, f"{n_near} of {len(above)}", "all",
                n_near == len(above), note)  # fmt: skip
    timed = [one for one in found if one.row.cycles > 0]
    ratios = [one.cycles_per_second * one.row.seconds / one.row.cycles for one in timed]
    note = f"median {statistics.median(ratios):.0f}; BookSim's seconds are recorded, on an idle machine of this kind"
    yield Claim(
        "cycles per second over BookSim's, least of the rows", None, min(ratios), ">= 10", min(ratios) >= 10.0, note
    )
    ours = np.array([(one.row.latency_cycles, one.latency_cycles) for one in below])
    line = np.repeat(np.geomspace(ours.min(), ours.max(), 200)[:, None], 2, axis=1)
    yield Points("Mean latency here and in BookSim", "BookSim, cycles", "here, cycles", {"equal": line, "rows": ours},
                 is_log=(True, True))  # fmt: skip


def latency_claim(which: str, found: Sequence[Beside]) -> Claim:
    """How many latencies are BookSim's."""
    errors = [abs(one.latency_cycles / (one.row.latency_cycles or 1.0) - 1.0) for one in found]
    n_near, worst = sum(error <= 0.03 for error in errors), found[int(np.argmax(errors))].row
    where = f"{worst.routing}, {worst.traffic}, {worst.packet_flits} flits, load {worst.load:g}"
    note = f"largest {max(errors):.1%}: {where}"
    name = f"latency of BookSim's {which}, within 3 %"
    return Claim(name, None, f"{n_near} of {len(found)}", "all", n_near == len(found), note)


def loads(table: Floats) -> Iterator[Claim | Evidence]:
    """The exhaustive table."""
    least = table.min(axis=1)
    rows = [
        (f"{load:g}", *(f"{one:.1f}" for one in line), PAPER_ROUTINGS[int(line.argmin())])
        for load, line in zip(PAPER_LOADS, table, strict=True)
    ]
    note = "Shuffle on an 8x8 mesh, 20,000 cycles each; above saturation latency grows with the cycles."
    yield Sheet("Mean latency in cycles by load and routing", ("load", *PAPER_ROUTINGS, "best"), rows, note)
    series = {name: np.stack([PAPER_LOADS, table[:, at]], axis=1) for at, name in enumerate(PAPER_ROUTINGS)}
    yield Points("Latency by load", "flits per cycle and node", "cycles", series, is_log=(False, True))
    note = "dimension order at all loads is the paper's baseline"
    saved = 1.0 - least.mean() / table[:, 0].mean()
    yield Claim(
        "latency that the best routings save against dimension order, mean of loads", None, saved, "", None, note
    )


def learners(table: Floats, n_seeds: int) -> Iterator[Claim | Evidence]:
    """The paper's three learners and bandits, by how often they know the best routing of every load."""
    best = tuple(int(one) for one in table.argmin(axis=1))
    kinds: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for name in LEARNED:
        kinds[f"{name}, as a bandit"] = (name, MEANS)
        kinds[f"{name}, paper's rate"] = (name, {})
        kinds[f"{name}, the code's discount"] = (name, {"paper_bug_compat": True})
    kinds |= {name: (name, {}) for name in BANDITS}
    runs = {kind: _runs(table, name, options, n_seeds) for kind, (name, options) in kinds.items()}
    for kind, each in runs.items():
        n_found = sum(one.chosen == best for one in each)
        left = [float(one.left[-1].mean() / table.min(axis=1).mean()) for one in each]
        is_judged = kind.endswith("as a bandit")
        regret = statistics.fmean(float(one.regrets.sum()) for one in runs[kind])
        note = (
            f"15 sweeps of 6 loads; regret {regret:,.0f} cycles, at the end {statistics.fmean(left):.2%} above the best"
        )
        yield Claim(f"seeds that know the best routing of every load: {kind}", None, f"{n_found} of {n_seeds}",
                    "all" if is_judged else "", n_found == n_seeds if is_judged else None, note)  # fmt: skip
    shown = {
        kind: _cumulative(runs[kind])
        for kind in (*(f"{name}, as a bandit" for name in LEARNED), "q_learning, paper's rate", *BANDITS)
    }
    note = f"Mean of {n_seeds} seeds. The load rises whatever is chosen, so the task is a contextual bandit."
    yield Points("Regret over steps", "steps", "cycles slower than the best, summed", shown, note=note)


def _runs(table: Floats, learner: str, options: Mapping[str, Any], n_seeds: int) -> list[LoadLearning]:
    return [
        learn_loads(table, learner, np.random.default_rng(seed), episodes=EPISODES, **options)
        for seed in range(n_seeds)
    ]


def _cumulative(runs: Sequence[LoadLearning]) -> Floats:
    summed = np.mean([one.regrets.ravel().cumsum() for one in runs], axis=0)
    return np.stack([np.arange(1, len(summed) + 1), summed], axis=1)


def changing(
    name: str, course: Course, plays: int, seeds: Sequence[int], rounds: int = 1
) -> Iterator[Claim | Evidence]:
    """The switcher beside every routing alone and the oracle, on seeds that it did not learn from."""
    switcher = Switcher(course)
    switcher.learn(plays, seed=1_000, rng=np.random.default_rng(0))
    switcher.refine(seed=3_000)
    best = best_by_pattern(course, seed=2_000)
    found = {
        routing: [mean_latency(run_fixed(course, at, rounds, seed=seed)) for seed in seeds]
        for at, routing in enumerate(course.routings)
    }
    means = {routing: statistics.fmean(each) for routing, each in found.items()}
    leader = min(means, key=lambda routing: means[routing])
    found["oracle"] = [mean_latency(run_oracle(course, best, rounds, seed=seed)) for seed in seeds]
    found["switcher"] = [mean_latency(switcher.run(rounds, seed=seed)) for seed in seeds]
    oracle, ours = statistics.fmean(found["oracle"]), statistics.fmean(found["switcher"])
    planned, known = (", ".join(course.routings[one] for one in each) for each in (switcher.planned, best))
    note = f"{leader} {means[leader]:.1f}, switcher {ours:.1f} cycles; it plans {planned}"
    saved = 1.0 - ours / means[leader]
    yield Claim(f"{name}: saved against the best fixed routing", None, saved, ">= 0.2", saved >= 0.2, note)
    note = f"oracle {oracle:.1f} cycles, {1.0 - oracle / means[leader]:.1%} below the best fixed routing: {known}"
    yield Claim(f"{name}: slower than the oracle", None, ours / oracle - 1.0, "<= 0.05", ours <= 1.05 * oracle, note)
    note = f"xy {means['xy']:.1f} cycles"
    yield Claim(f"{name}: saved against dimension order", None, 1.0 - ours / means["xy"], "", None, note)
    rows = [(routing, spread(each)) for routing, each in found.items()]
    note = (
        "Uniform, transpose, bit-reversal, 5,000 cycles each; packets delivered; seeds that nothing was learned from."
    )
    yield Sheet(f"Mean latency under changing traffic, {name}", ("routing", "cycles"), rows, note)


def routers(cycles: int) -> Iterator[Claim | Evidence]:
    """Routers that learn, beside dimension order, on traffic that jams it and on traffic that does not."""
    rows = []
    for pattern, load in (("uniform", 0.1), ("uniform", 0.3), ("transpose", 0.1), ("transpose", 0.2)):
        sent = traffic(pattern, 64, columns=8)
        plain = Network(mesh(8, 8), "xy", seed=1)
        plain.run(cycles, sent, load)
        networks = {"xy": plain, "q-routing": learned_network(mesh(8, 8), sent, load, cycles=cycles, seed=1)}
        found = {name: one.run(cycles, sent, load).latency_cycles for name, one in networks.items()}
        rows.append((pattern, f"{load:g}", f"{found['xy']:.1f}", f"{found['q-routing']:.1f}"))
    note = f"After {cycles:,} cycles, over as many. Minimal ways; an escape channel in dimension order."
    yield Sheet("Q-routing", ("traffic", "load", "xy, cycles", "q-routing, cycles"), rows, note)
    jammed = float(rows[-1][3]) / float(rows[-1][2])
    name = "latency of Q-routing over dimension order's, transpose at load 0.2"
    yield Claim(name, None, jammed, "< 1", jammed < 1.0, "Boyan and Littman: better where shortest ways are jammed")


def searches(scope: Scope) -> Iterator[Claim | Evidence]:
    """The same question to optimizers: 4,096 designs, of which the best is known."""
    trials, seeds = scope.choose(quick=120, full=400), range(scope.choose(quick=2, full=5))
    problem = NocRouting()
    tables = scope.run_methods(
        {
            name: [Plan(f"noc-routing {name}", "noc-routing", name, trials, seed, pool="inline") for seed in seeds]
            for name in METHODS
        }
    )
    score = Goals.read(problem.goals, problem.metrics).score(problem.references()[0].metrics)
    for name, each in tables.items():
        counts = [simulations_to(one, score - 0.001 * abs(score)) for one in each]
        yield Claim(f"designs to 0.1 % of the optimum, {name}", None, reached(counts), "", None, "of 4,096")
    yield Curves("A routing for each load", tables, trials, {"exhaustive": score})


def design_space(scope: Scope) -> Iterator[Claim | Evidence]:
    """Topology, routing, channels and buffers within the area of the plain mesh."""
    trials, seeds = scope.choose(quick=40, full=300), range(scope.choose(quick=1, full=5))
    tables = scope.run_methods(
        {
            name: [Plan(f"network {name}", "network-on-chip", name, trials, seed, pool="inline") for seed in seeds]
            for name in DESIGN_METHODS
        }
    )
    for name, each in tables.items():
        bests = [
            min((one.metrics["latency_cycles"] for one in table if one.is_feasible), default=np.inf) for table in each
        ]
        note = f"transpose at load 0.15, {trials} designs; the plain mesh with xy is the limit of area"
        yield Claim(f"latency of the best network, {name}, cycles", None, spread(bests), "", None, note)
    yield Curves("Networks within the area of the plain mesh", tables, trials)


def routing_tables(scope: Scope, pattern: str, load: float) -> Iterator[Claim | Evidence]:
    """A way for every two regions: the best tables found, judged on sources that no search has seen."""
    trials, seeds = scope.choose(quick=80, full=400), range(scope.choose(quick=1, full=5))
    options: Mapping[str, Any] = {"traffic": pattern, "load": load}
    problem = RegionRouting(**options)
    name = f"region-routing[traffic={pattern},load={load:g}]"
    tables = scope.run_methods(
        {method: [Plan(f"ways {method}", name, method, trials, seed, pool="inline") for seed in seeds]
         for method in TABLE_METHODS}
    )  # fmt: skip
    designs: dict[str, list[Any]] = {one.name: [one.design] for one in problem.references()}
    for method, each in tables.items():
        designs[method] = [max(table, key=lambda trial: trial.score).design for table in each]
    unseen = [RegionRouting(**options, seed=seed) for seed in range(100, 100 + scope.choose(quick=2, full=5))]
    found = {method: [_mean_latency(unseen, design) for design in each] for method, each in designs.items()}
    alike = min(found["chance"][0], found["credit"][0])
    best = max(TABLE_METHODS, key=lambda method: statistics.median(map(best_score, tables[method])))
    saved = 1.0 - statistics.median(found[best]) / alike
    note = f"{best}; {len(problem.pairs)} pairs of regions, {trials} tables; on sources that no search has seen"
    yield Claim(f"{pattern} at {load:g}: latency saved by a table against the best way for all", None, saved, "", None,
                note)  # fmt: skip
    rows = [(method, spread(each)) for method, each in found.items()]
    yield Sheet(f"Mean latency by table, {pattern} at {load:g}", ("table", "cycles"), rows, note)
    score = Goals.read(problem.goals, problem.metrics).score
    known = {one.name: score(one.metrics) for one in problem.references() if one.name in ("chance", "credit")}
    yield Curves(f"Tables of ways: {pattern} at {load:g}", tables, trials, known)
    winner = max((trial for table in tables[best] for trial in table), key=lambda trial: trial.score)
    yield Picture(
        f"Use of every link under the best table of {best}: {pattern} at {load:g}", problem.draw(winner.design)
    )


def _mean_latency(problems: Sequence[RegionRouting], design: Any) -> float:
    rng = np.random.default_rng(0)  # not used
    found = [problem.evaluate([design], rng=rng)[0] for problem in problems]
    return statistics.fmean(one["latency_cycles"] for one in found)
