"""Adjoint gradients of circuits: agreement with central differences, cost, and what a search gains by them.

Marks of the three-stage amplifier: the human design scores 2.0; 2.6464 is the optimum for continuous sizes that
differential evolution found. A gradient costs more than an evaluation: the cost ratio turns trials into evaluations.
"""

import os
import platform
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
from archwright.circuits.scaled_three_stage_tia import ScaledThreeStageTIA
from archwright.circuits.two_stage_tia import TwoStageTIA
from archwright.core.catalog import find
from archwright.core.goal import Goals
from archwright.core.trial import judge

SEEDS = tuple(range(10))
MARKS = (0.0, 2.0, 2.62, 2.64)
BUDGETS = {"gradient": 150, "differential_evolution": 20_000, "cmaes": 20_000}
REACH, REACH_SEEDS = {"gradient": (50, 200), "differential_evolution": (200, 1_000, 5_000)}, range(5)
WANTED_TRIALS, WANTED_RATIO, WANTED_AGREEMENT = 100, 5.0, 1e-4
N_DESIGNS, STEP = 400, 1e-4
CIRCUITS = {
    "three-stage, 10 sizes": ThreeStageTIA(step_um=0.0),
    "three-stage, 19 sizes": ThreeStageTIA(step_um=0.0, has_free_lengths=True),
    **{f"two-stage, {node}, EKV": TwoStageTIA(node=node) for node in ("180nm", "65nm", "45nm")},
    "three-stage, 65nm, EKV": ScaledThreeStageTIA(node="65nm"),
}


def agreement(problem):
    """Per metric: median, 99 % and largest difference from central differences, relative to the design's largest."""
    bench, space = problem.bench, problem.space
    designs = space.to_array(space.decode_many(np.random.default_rng(0).random((N_DESIGNS, space.horizon))))
    measured, slopes = bench.derivatives.differentiate(designs)
    rows = np.array([row for row in range(N_DESIGNS) if row not in measured.reasons])
    wrong = {name: [] for name in sorted(set(slopes) - {"saturated"})}
    for p in range(space.horizon):
        step = np.where(np.arange(space.horizon) == p, STEP, 0.0)
        ahead, behind = (bench.measure(designs * (1.0 + sign * step)) for sign in (1.0, -1.0))
        known = np.array([row for row in rows if row not in ahead.reasons and row not in behind.reasons])
        for name, found in wrong.items():
            difference = (ahead.columns[name] - behind.columns[name])[known] / (2.0 * STEP)
            relative = slopes[name][known] * designs[known]
            floor = 0.05 if name == "peaking_db" else 1e-2 * np.abs(measured.columns[name][known])
            largest = np.maximum(np.abs(relative).max(axis=1), floor)
            found.append(np.abs(difference - relative[:, p]) / largest)
    return {name: np.concatenate(found) for name, found in wrong.items()}, len(rows)


def seconds_of(call, n=9):
    """The least CPU seconds of some calls."""
    spent = []
    for _ in range(n):
        started = time.process_time()
        call()
        spent.append(time.process_time() - started)
    return min(spent)


def costs(problem, n):
    """Microseconds per design of an evaluation and of metrics with all derivatives."""
    bench, space = problem.bench, problem.space
    designs = space.to_array(space.decode_many(np.random.default_rng(1).random((n, space.horizon))))
    bench.derivatives.differentiate(designs[:8])
    calls = (lambda: bench.measure(designs), lambda: bench.derivatives.differentiate(designs))
    return [1e6 * seconds_of(call) / n for call in calls]


def scores_of(problem, name, seed, budget, warm=(), until=MARKS[-1]):
    """Running best score; stops at `until`. `warm` are designs told first, which are not counted."""
    goals = Goals.read(problem.goals, problem.metrics)
    optimizer, best = find("optimizers", name).load()(problem, goals), []
    optimizer.tell(list(warm))
    while len(best) < budget and max(best, default=-9.0) < until:
        first = len(best)
        asked = optimizer.ask(optimizer.batch, np.random.default_rng([seed, first]))
        outcomes = problem.evaluate([one.design for one in asked], rng=np.random.default_rng(0))
        pairs = enumerate(zip(asked, outcomes, strict=True), start=first)
        told = [judge(i, p.design, o, goals, seconds=0.0, attempts=1, hint=p.hint) for i, (p, o) in pairs]
        optimizer.tell(told)
        best += np.maximum.accumulate([max(best, default=-9.0), *(trial.score for trial in told)])[1:].tolist()
    return best


def first_reaching(best, mark):
    """Trials until the running best reaches a mark; None if it does not."""
    at = int(np.argmax(np.array(best) >= mark))
    return at + 1 if best[at] >= mark else None


def cell(counts):
    """Median and range of counts, and how many of the seeds reach the mark."""
    reached = sorted(count for count in counts if count is not None)
    if not reached:
        return f"never (0/{len(counts)})"
    return f"{statistics.median(reached):g} ({reached[0]} to {reached[-1]}; {len(reached)}/{len(counts)})"


def print_agreement():
    print(f"adjoint against central differences, {N_DESIGNS} random designs: median, 99 %, largest, over 1e-4")
    worst = 0.0
    for title, problem in CIRCUITS.items():
        found, n = agreement(problem)
        print(f"  {title} ({n} designs)")
        for name, wrong in found.items():
            high = float(np.quantile(wrong, 0.99))
            worst = max(worst, high)
            share = np.mean(wrong > WANTED_AGREEMENT)
            print(f"    {name:20} {np.median(wrong):8.1e} {high:8.1e} {wrong.max():8.1e} {share:8.2%}")
    return worst


def print_costs():
    print("CPU us per design: evaluation, metrics and all derivatives, ratio (one thread)")
    ratios = []
    for title, problem in CIRCUITS.items():
        problem.bench.simulator.n_threads = 1
        for n in (1, 1024):
            plain, both = costs(problem, n)
            ratios.append(both / plain)
            print(f"  {title:24} {n:5} at once {plain:9.1f} {both:9.1f} {both / plain:6.2f}")
    return max(ratios)


def print_search(title, problem, methods=tuple(BUDGETS)):
    print(f"trials to score {MARKS}, median (least to most; seeds that reach it); {title}")
    latest = 0
    for name in methods:
        started = time.perf_counter()
        runs = [scores_of(problem, name, seed, BUDGETS[name]) for seed in SEEDS]
        seconds = (time.perf_counter() - started) / len(SEEDS)
        counts = [[first_reaching(best, mark) for best in runs] for mark in MARKS]
        print(f"  {name:24}", *(f"{cell(one):>32}" for one in counts), f"{seconds:6.2f} s a seed", flush=True)
        latest = max(one or 10**9 for one in counts[-1]) if name == "gradient" else latest
    return latest


def print_reach(title, problem):
    """The best score after some trials, for amplifiers whose optimum nobody knows."""
    print(f"best score, median (least to most), {len(REACH_SEEDS)} seeds; {title}")
    for name, marks in REACH.items():
        runs = [scores_of(problem, name, seed, marks[-1], until=np.inf) for seed in REACH_SEEDS]
        for mark in marks:
            scores = sorted(best[min(mark, len(best)) - 1] for best in runs)
            print(f"  {name:24} {mark:6} trials {statistics.median(scores):9.4f} ({scores[0]:.4f} to {scores[-1]:.4f})")


def print_warm_start(problem):
    """The gradient method from the human design."""
    goals = Goals.read(problem.goals, problem.metrics)
    outcome = problem.evaluate([HUMAN], rng=np.random.default_rng(0))[0]
    human = judge(0, HUMAN, outcome, goals, seconds=0.0, attempts=1)
    best = scores_of(problem, "gradient", 0, BUDGETS["gradient"], [human])
    print("gradient from the human design, trials to", {mark: first_reaching(best, mark) for mark in MARKS[1:]})


def print_sensitivities():
    problem = CIRCUITS["three-stage, 10 sizes"]
    found = problem.gradients([HUMAN])[0]
    names = ("gain_ohm", "f3db_hz", "noise_a_rthz", "power_w", "area_um2")
    print("human design: percent of each metric per percent of each size")
    print(f"  {'':8}", *(f"{name:>14}" for name in names))
    for at, axis in enumerate(problem.space.axes):
        row = (HUMAN[axis] * found.slopes[name][at] / found.metrics[name] for name in names)
        print(f"  {axis:8}", *(f"{value:14.3f}" for value in row))


def main():
    print(platform.platform(), "cores", os.cpu_count(), "python", platform.python_version(), "seeds", SEEDS)
    worst, ratio = print_agreement(), print_costs()
    latest = print_search("three-stage, 10 continuous sizes", CIRCUITS["three-stage, 10 sizes"])
    print_search("three-stage, 10 sizes on the 0.2 um grid", ThreeStageTIA())
    print_search("three-stage, 19 continuous sizes", CIRCUITS["three-stage, 19 sizes"])
    for title in ("two-stage, 65nm, EKV", "three-stage, 65nm, EKV"):
        print_reach(title, CIRCUITS[title])
    print_warm_start(CIRCUITS["three-stage, 10 sizes"])
    print_sensitivities()
    print(f"agreement, worst 99 % of all metrics: {worst:.1e}, wanted {WANTED_AGREEMENT:g}")
    print(f"gradient of all metrics over an evaluation, worst: {ratio:.2f}, wanted {WANTED_RATIO:g}")
    print(f"trials to {MARKS[-1]}, feasibility included, worst seed: {latest}, wanted {WANTED_TRIALS}")
    return 0 if worst <= WANTED_AGREEMENT and ratio <= WANTED_RATIO and latest <= WANTED_TRIALS else 1


if __name__ == "__main__":
    sys.exit(main())
