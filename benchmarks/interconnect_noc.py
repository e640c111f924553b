"""Networks on chip: cycles a second beside BookSim's, and every row of BookSim beside ours.

`python benchmarks/interconnect_noc.py` prints the speed, with `--rows` also the rows (a minute), with `--svg FILE` it
draws latency against load under transpose traffic.
"""

import argparse
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np

from archwright.interconnect.noc import Network, booksim_rows, measure, mesh, traffic
from archwright.interconnect.noc.latency_curves import draw_curves

GRID = mesh(8, 8)
REPEATS, CYCLES, SEEDS = 5, 6000, 4
SHOWN = (("xy", "uniform"), ("adaptive-xy-yx", "transpose"), ("xy-escape", "uniform"))


def speed():
    print("routing          traffic       load   cycles/s (least to most)      BookSim   ratio")
    for row in booksim_rows():
        if row.packet_flits > 1 or row.cycles == 0 or (row.routing, row.traffic) not in SHOWN:
            continue
        one = traffic(row.traffic, 64, columns=8)
        rates = []
        for seed in range(REPEATS):
            network = Network(GRID, row.routing, seed=seed)
            network.run(2000, one, row.load)
            start = time.process_time()
            network.run(CYCLES, one, row.load)
            rates.append(CYCLES / (time.process_time() - start))
        theirs, ours = row.cycles / row.seconds, statistics.median(rates)
        print(
            f"{row.routing:16} {row.traffic:12} {row.load:5.2f} {ours:10,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
            f"  {theirs:8,.0f} {ours / theirs:6.0f}x"
        )


def ours(row, seeds):
    base = Network(GRID, row.routing)
    one = traffic(row.traffic, 64, columns=8, packet_flits=row.packet_flits)
    found = [measure(base.fresh(seed), one, row.load) for seed in range(seeds)]
    return [statistics.mean(getattr(one, name) for one in found) for name in ("latency_cycles", "throughput")]


def rows():
    print(f"\nmean of {SEEDS} seeds beside BookSim's one run; without a latency the network is saturated")
    for row in booksim_rows():
        latency, throughput = ours(row, SEEDS)
        pair = (row.throughput, throughput) if row.latency_cycles is None else (row.latency_cycles, latency)
        share = f"{pair[1] / pair[0] - 1:+.1%}" if pair[0] else "not recorded"
        what = "throughput" if row.latency_cycles is None else "latency"
        print(
            f"{row.packet_flits} {row.routing:16} {row.traffic:12} {row.load:5.2f} {what:10} "
            f"{pair[0]:9.4g} {pair[1]:9.4g} {share}"
        )


def draw(file):
    curves, points = {}, {}
    for row in booksim_rows():
        if row.packet_flits == 1 and row.traffic == "transpose" and row.latency_cycles is not None:
            points.setdefault(row.routing, []).append((row.load, row.latency_cycles))
    for name in [*points, "odd-even", "minimal-adaptive"]:
        base, one = Network(GRID, name), traffic("transpose", 64, columns=8)
        for load in np.arange(0.02, 0.43, 0.02):
            found = measure(base.fresh(0), one, float(load))
            if not found.is_stable:
                break
            curves.setdefault(name, []).append((float(load), found.latency_cycles))
    file.write_text(draw_curves("Transpose traffic on an 8x8 mesh, 4 channels of 4 flits", curves, points) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, numba {numba.__version__}, numpy {np.__version__}, CPU time")
    speed()
    if given.rows:
        rows()
    if given.svg:
        draw(given.svg)
