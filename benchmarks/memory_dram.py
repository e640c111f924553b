"""DRAM: requests a second on one core, streaming and random, and what the whole space of a trace would take."""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np

from archwright.memory.dram import Controller, find_device
from archwright.memory.dram.exhaustive import evaluate_all, plain_designs
from archwright.memory.dram.problem import DramController
from archwright.memory.dram.simulation import play, request_table
from archwright.memory.traces import generate

REPEATS = 15
SAMPLED = 600


def speed(name):
    trace, device = generate(name), find_device("ddr3-1600-1gb-x8")
    table = request_table(trace, device)
    play(trace, table, Controller(), device)
    rates = []
    for _ in range(REPEATS):
        start = time.process_time()
        play(trace, table, Controller(), device)
        rates.append(len(trace) / (time.process_time() - start) / 1e6)
    print(f"{name:8} {statistics.median(rates):.2f} million requests/s ({min(rates):.2f} to {max(rates):.2f})")


def space(name):
    problem, designs = DramController(trace=name, n_requests=2000), list(plain_designs())
    sample = [designs[i] for i in np.random.default_rng(0).choice(len(designs), SAMPLED, replace=False)]
    start = time.process_time()
    evaluate_all(problem, sample)
    each = (time.process_time() - start) / SAMPLED
    print(
        f"{name:8} {each * 1e3:.2f} ms a design; all {len(designs):,} on two cores {each * len(designs) / 120:.1f} min"
    )


if __name__ == "__main__":
    print(f"{platform.processor() or platform.machine()}, numba {numba.__version__}, numpy {np.__version__}, CPU time")
    for one in ("stream", "random", "cloud-1", "mixed"):
        speed(one)
    for one in ("random", "mixed"):
        space(one)
