"""The learned agents on the three-stage amplifier beside methods without networks: trials to a score, and scores.

The human design scores 2.0, the best known 2.6465. A method is a catalogue name, alone or with options:
`gcn_ddpg[aggregate=false]`. Median of the seeds, least and most in brackets.

    python benchmarks/optimizers_agents.py --trials 3000 --seeds 3 --methods ddpg ddpg[head=seq2seq] cmaes
"""

import argparse
import os
import platform
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from archwright.core.catalog import catalogue, make_problem, read_value
from archwright.core.goal import Goals
from archwright.core.trial import judge

PROBLEM = "three-stage-tia"
METHODS = (
    "random", "differential_evolution", "cmaes", "evolution_strategy", "ddpg", "ddpg[head=seq2seq]", "ddpg[steps=5]",
    "ddpg[head=seq2seq,steps=5]", "gcn_ddpg", "gcn_ddpg[aggregate=false]",
)  # fmt: skip
TARGETS = (2.0, 2.62)
MARKS = (100, 300, 1_000, 3_000, 10_000)


def make(method, problem, goals):
    """The optimizer that `name[option=value,...]` means."""
    name, _, inside = method.partition("[")
    pairs = [pair.split("=") for pair in inside.removesuffix("]").split(",") if pair]
    options = {key: read_value(value) for key, value in pairs}
    return catalogue("optimizers")[name].load()(problem, goals, **options)


def scores_of(method, trials, seed):
    """The best score so far after each trial, and what the method itself cost in CPU seconds."""
    problem = make_problem(PROBLEM)
    goals = Goals.read(problem.goals, problem.metrics)
    optimizer = make(method, problem, goals)
    scores, seconds = [], 0.0
    while len(scores) < trials:
        first, n = len(scores), min(optimizer.batch, trials - len(scores))
        started = time.process_time()
        asked = optimizer.ask(n, np.random.default_rng([seed, first]))
        seconds += time.process_time() - started
        outcomes = problem.evaluate([one.design for one in asked], rng=np.random.default_rng(0))
        pairs = enumerate(zip(asked, outcomes, strict=True), start=first)
        told = [judge(i, p.design, o, goals, seconds=0.0, attempts=1, hint=p.hint) for i, (p, o) in pairs]
        started = time.process_time()
        optimizer.tell(told)
        seconds += time.process_time() - started
        scores += [trial.score for trial in told]
    return np.maximum.accumulate(scores), seconds


def trials_to(curves, target):
    """Trials that each seed needed, as a text."""
    needed = [np.argmax(curve >= target) + 1 if curve[-1] >= target else np.inf for curve in curves]
    texts = [f"{one:,.0f}" if np.isfinite(one) else "never" for one in sorted(needed)]
    return f"{texts[(len(texts) - 1) // 2]} [{texts[0]}, {texts[-1]}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000, help="simulations of each study")
    parser.add_argument("--seeds", type=int, default=3, help="studies of each method")
    parser.add_argument("--methods", nargs="+", default=METHODS, help="NAME or NAME[option=value,...]")
    given = parser.parse_args()
    marks = [mark for mark in MARKS if mark <= given.trials]
    print(platform.platform(), "cores", os.cpu_count(), "python", platform.python_version(), "numpy", np.__version__)
    print(f"{PROBLEM}, {given.trials:,} trials, seeds 0 to {given.seeds - 1}")
    head = [f"{f'trials to {target:g}':>20}" for target in TARGETS] + [f"{f'after {mark:,}':>20}" for mark in marks]
    print(f"{'':36}", *head, f"{'ms a trial':>10}")
    for method in given.methods:
        curves, seconds = zip(*(scores_of(method, given.trials, seed) for seed in range(given.seeds)), strict=True)
        cells = [f"{trials_to(curves, target):>20}" for target in TARGETS]
        for mark in marks:
            bests = [curve[mark - 1] for curve in curves]
            cells.append(f"{f'{np.median(bests):.3f} [{min(bests):.2f}, {max(bests):.2f}]':>20}")
        print(f"{method:36}", *cells, f"{1e3 * np.median(seconds) / given.trials:10.2f}", flush=True)


if __name__ == "__main__":
    main()
