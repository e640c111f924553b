"""What `ask` and `tell` cost per trial: 10 keys, batches of 50, CPU time, the median of several rounds."""

import gc
import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cma
import numpy as np

from archwright.core.catalog import catalogue
from archwright.core.goal import Goals
from archwright.core.trial import judge
from archwright.testing.functions import Rosenbrock, Zdt1

KEYS, BATCH, ROUNDS, WARM_UP = 10, 50, 100, 10
LIMIT_US = {"evolution_strategy": 15, "random": 15, "differential_evolution": 15, "nsga2": 15, "cmaes": 15}
CHEAP = ("random", "sobol", "differential_evolution", "nsga2", "cmaes", "annealing", "evolution_strategy")
COSTLY = {"tpe": 4, "gaussian_process": 4}
"""Methods that model all trials, with the rounds of batches they are timed for."""


def seconds_per_trial(name, problem, rounds):
    """CPU seconds of each round of ask and tell, per trial."""
    goals = Goals(problem.goals)
    optimizer = catalogue("optimizers")[name].load()(problem, goals)
    rng = np.random.default_rng(0)
    taken = []
    for number in range(0, (rounds + WARM_UP) * BATCH, BATCH):
        started = time.process_time()
        asked = optimizer.ask(BATCH, np.random.default_rng([0, number]))
        middle = time.process_time()
        outcomes = problem.evaluate([one.design for one in asked], rng=rng)
        pairs = enumerate(zip(asked, outcomes, strict=True), start=number)
        told = [judge(i, p.design, o, goals, seconds=0.0, attempts=1, hint=p.hint) for i, (p, o) in pairs]
        resumed = time.process_time()
        optimizer.tell(told)
        taken.append((middle - started + time.process_time() - resumed) / BATCH)
    return taken[WARM_UP:] if rounds > WARM_UP else taken


def pycma_alone(problem, rounds):
    """The same for pycma's own ask, tell and stop, with its bounds."""
    options = {"popsize": BATCH, "bounds": [0, 1], "verbose": -9}
    strategy = cma.CMAEvolutionStrategy(np.full(KEYS, 0.5), 0.3, options)
    low, high = np.array([(one.low, one.high) for one in problem.space.parameters.values()]).T
    taken = []
    for _ in range(rounds + WARM_UP):
        started = time.process_time()
        asked = strategy.ask()
        middle = time.process_time()
        losses = problem.values(low + np.array(asked) * (high - low))[:, 0].tolist()
        resumed = time.process_time()
        strategy.tell(asked, losses)
        strategy.stop()
        taken.append((middle - started + time.process_time() - resumed) / BATCH)
    return taken[WARM_UP:]


def main():
    print(platform.platform(), "cores", os.cpu_count(), "python", platform.python_version(), "numpy", np.__version__)
    print(f"{KEYS} keys, batches of {BATCH}, seed 0; load of the machine {os.getloadavg()[0]:.1f}")
    gc.disable()
    for problem in (Rosenbrock(KEYS), Zdt1(KEYS)):
        for name in CHEAP:
            taken = [1e6 * one for one in seconds_per_trial(name, problem, ROUNDS)]
            limit = LIMIT_US.get(name)
            verdict = "" if limit is None else f"wanted {limit} us: {'missed' if min(taken) > limit else 'ok'}"
            print(f"{name:24} {problem.name:12} {statistics.median(taken):8.1f} us [best {min(taken):.1f}] {verdict}")
    for name, rounds in COSTLY.items():
        taken = seconds_per_trial(name, Rosenbrock(KEYS), rounds)
        print(f"{name:24} {'rosenbrock':12} {1e3 * statistics.median(taken):8.1f} ms, {rounds + WARM_UP} batches")
    taken = [1e6 * one for one in pycma_alone(Rosenbrock(KEYS), ROUNDS)]
    print(f"{'(pycma alone)':24} {'rosenbrock':12} {statistics.median(taken):8.1f} us [best {min(taken):.1f}]")


if __name__ == "__main__":
    main()
