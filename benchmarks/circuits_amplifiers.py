"""Amplifiers at technology nodes: human designs, EKV models beside the BSIM4 cards they are fitted to, and searches.

python benchmarks/circuits_amplifiers.py [--designs 200] [--trials 3000] [--nodes 180nm 65nm]
"""

import argparse
import os
import platform
import statistics

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import spearmanr

from archwright.circuits.differential_amplifier import DifferentialAmplifier
from archwright.circuits.ngspice.engine import find_ngspice
from archwright.circuits.scaled_three_stage_tia import ScaledThreeStageTIA
from archwright.circuits.technology.nodes import NODES
from archwright.circuits.two_stage_tia import PUBLISHED, TwoStageTIA
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.optimizers.differential_evolution import DifferentialEvolution
from archwright.optimizers.random import Random

KINDS = {
    "two-stage-tia": TwoStageTIA,
    "differential-amplifier": DifferentialAmplifier,
    "scaled-three-stage-tia": ScaledThreeStageTIA,
}
SEEDS = (0, 1, 2, 3, 4)
RNG = np.random.default_rng(0)


def human_designs():
    """The human design of each circuit at 180 nm on both engines."""
    for name, kind in KINDS.items():
        problems = [kind(engine=engine) for engine in ("embedded", "ngspice")]
        design = problems[0].references()[0].design
        ours, theirs = (problem.evaluate([design], rng=RNG)[0] for problem in problems)
        print(f"\n{name + ', human, 180 nm':36} {'embedded':>12} {'ngspice':>12} {'published':>12}")
        for metric in problems[0].metrics:
            published = f"{PUBLISHED[metric]:.4g}" if kind is TwoStageTIA and metric in PUBLISHED else ""
            print(f"{metric:36} {ours[metric]:12.4g} {theirs[metric]:12.4g} {published:>12}")


def fit(name, kind, node, n):
    """How far EKV is from BSIM4 over random sizings: median and 9th decile per metric, and the order of the fom."""
    problems = [kind(node=node, engine=engine) for engine in ("embedded", "ngspice")]
    space = problems[0].space
    designs = space.decode_many(np.random.default_rng(7).random((n, space.horizon)))
    pairs = zip(*(problem.evaluate(designs, rng=RNG) for problem in problems), strict=True)
    done = [pair for pair in pairs if all(isinstance(one, dict) for one in pair)]
    goals = Goals(problems[0].specifications)
    same = sum((goals.violation(ours) == 0.0) == (goals.violation(theirs) == 0.0) for ours, theirs in done)
    shown = []
    for metric in problems[0].metrics:
        ours, theirs = (np.array([pair[side][metric] for pair in done]) for side in (0, 1))
        if metric in ("saturated", "area_um2", "fom"):
            continue
        is_plain = metric.endswith(("_db", "_deg"))
        gaps = np.abs(ours - theirs) if is_plain else 100.0 * np.abs(ours / theirs - 1.0)
        shown.append(f"{metric} {np.median(gaps):.2g} ({np.quantile(gaps, 0.9):.2g}){'' if is_plain else ' %'}")
    rank = spearmanr(*np.array([[one["fom"] for one in pair] for pair in done]).T).statistic
    print(f"{name} {node}, {len(done)} of {n}: rank of fom {rank:.4f}, same verdict {100.0 * same / len(done):.0f} %")
    print(f"    {', '.join(shown)}")


def search(problem, make, n, seed):
    """The best trial of `n`: the smallest violation, then the largest figure of merit."""
    goals = Goals.read([*problem.specifications, "max fom"], problem.metrics)
    optimizer = make(problem, goals)
    best, size = None, getattr(optimizer, "batch", 64)
    for first in range(0, n, size):
        proposals = optimizer.ask(min(size, n - first), np.random.default_rng([seed, first]))
        outcomes = problem.evaluate([one.design for one in proposals], rng=RNG)
        pairs = enumerate(zip(proposals, outcomes, strict=True), start=first)
        told = [judge(i, p.design, o, goals, seconds=0.0, attempts=1, hint=p.hint) for i, (p, o) in pairs]
        optimizer.tell(told)
        done = [one for one in told if one.state == "done"] + ([best] if best is not None else [])
        best = min(done, key=lambda one: (one.violation, -one.metrics["fom"]), default=None)
    return best


def searches(name, kind, n):
    """Random designs and differential evolution beside the human design, by figure of merit at 180 nm."""
    problem, real = kind(), kind(engine="ngspice")
    human = problem.evaluate([problem.references()[0].design], rng=RNG)[0]
    met = "meets" if Goals(problem.specifications).violation(human) == 0.0 else "misses"
    print(f"\n{name}, {n} trials, {len(SEEDS)} seeds: fom of the human {human['fom']:.3f} ({met} the specification)")
    for label, make in (("random", Random), ("differential evolution", DifferentialEvolution)):
        found = [search(problem, make, n, seed) for seed in SEEDS]
        checked = [real.evaluate([one.design], rng=RNG)[0]["fom"] for one in found]
        values = [one.metrics["fom"] for one in found]
        n_feasible = sum(one.violation == 0.0 for one in found)
        print(
            f"    {label:24} {statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f}), "
            f"{n_feasible} feasible; in ngspice {statistics.median(checked):.3f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--designs", type=int, default=200)
    parser.add_argument("--trials", type=int, default=3000)
    parser.add_argument("--nodes", nargs="*", default=NODES)
    options = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, ", end="")
    print(f"libngspice {find_ngspice().library}")
    human_designs()
    print("\nEKV against BSIM4 over random sizings: median gap (9th decile)")
    for name, kind in KINDS.items():
        for node in options.nodes:
            fit(name, kind, node, options.designs)
    for name, kind in KINDS.items():
        searches(name, kind, options.trials)


if __name__ == "__main__":
    main()
