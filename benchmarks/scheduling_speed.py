"""Schedules per second: kernel, `evaluate`, plain Python twin; the exact search; how near others come to it."""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np

from archwright import Study
from archwright.compilers.scheduling import TwoMachineSchedule, built_in, heft, schedule, shortest_schedule
from archwright.core.space import decode_many

BATCH, REPEATS = 4096, 7


def rate(work, n):
    """Median and spread over repeats of n items / seconds."""
    work()
    rates = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        rates.append(n / (time.perf_counter() - start))
    return statistics.median(rates), min(rates), max(rates)


def speed(graph):
    problem = TwoMachineSchedule(graph=graph)
    rng = np.random.default_rng(0)
    designs = decode_many(problem.space, rng.random((BATCH, problem.space.horizon)))
    order, machine = problem.to_arrays(designs)
    plain = [(order[i].tolist(), machine[i].tolist()) for i in range(256)]
    measured = {
        "kernel": rate(lambda: problem._measurer.measure(order, machine), BATCH),
        "evaluate": rate(lambda: problem.evaluate(designs, rng=rng), BATCH),
        "plain twin": rate(lambda: [schedule(problem.graph, *one) for one in plain], len(plain)),
    }
    for what, (median, low, high) in measured.items():
        ratio = median / measured["plain twin"][0]
        print(f"{graph:12} {what:11} {median:12,.0f} schedules/s  ({low:,.0f} to {high:,.0f})  {ratio:7.1f} x the twin")


def exact(graph):
    task_graph = built_in(graph)
    start = time.perf_counter()
    found = shortest_schedule(task_graph, max_nodes=100_000)
    seconds, by_heft = time.perf_counter() - start, heft(task_graph).makespan_us
    state = "proved" if found.is_proved else f"gave up, at least {found.lower_bound_us:,.1f}"
    gap = by_heft / found.makespan_us - 1
    print(
        f"{graph:12} {len(task_graph.tasks):3} tasks  optimum {found.makespan_us:9,.1f} us ({state}), "
        f"HEFT {by_heft:9,.1f} us (+{gap:.1%})  {found.n_nodes:7,} nodes  {seconds:6.2f} s"
    )


def search(name, graph="cholesky-4", trials=10_000, seeds=5):
    problem = TwoMachineSchedule(graph=graph)
    by_heft, best = (one.metrics["makespan_us"] for one in problem.references())
    start, found = time.perf_counter(), []
    for seed in range(seeds):
        study = Study.open(":memory:", f"{name} {seed}", problem, name, seed=seed)
        found.append(study.run(trials=trials).best().metrics["makespan_us"])
    seconds = (time.perf_counter() - start) / seeds
    n_optimal = sum(one <= best * (1 + 1e-9) for one in found)
    print(
        f"{graph:12} {name:23} median of {seeds} seeds {statistics.median(found):9,.1f} us "
        f"({min(found):,.1f} to {max(found):,.1f}), the proved optimum {n_optimal} of {seeds} times, "
        f"HEFT {by_heft:,.1f}; {trials:,} trials in {seconds:.1f} s"
    )


if __name__ == "__main__":
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numba {numba.__version__}"
    )
    for name in ("gaussian-5", "cholesky-4", "fft-8"):
        speed(name)
    for name in ("gaussian-4", "gaussian-5", "gaussian-6", "gaussian-7", "cholesky-3", "cholesky-4", "lu-3", "fft-4"):
        exact(name)
    for name in ("random", "annealing", "differential_evolution"):
        search(name)
