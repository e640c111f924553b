"""The embedded simulator against ngspice: the human design on both, and the largest errors over random sizings."""

import os
import platform

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np

from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.ngspice.engine import NgspiceEngine, find_ngspice
from archwright.circuits.parity import compare_simulators
from archwright.core.errors import SimulatorMissing
from archwright.core.goal import Goals

N_DESIGNS, SEEDS = 1000, (0, 1, 2)
NODES = ("vo1a", "vo2a", "vouta", "nbias", "iina", "v0d")
PUBLISHED = {"gain_ohm": "20236", "f3db_hz": "90107000", "power_w": "0.0013694", "area_um2": "211.2"}
WANTED = {"voltage_v": 1e-6, "gain": 1e-5, "f3db": 1e-4, "noise": 1e-3}


def human_design(problems, simulators):
    rows = [problem.evaluate([HUMAN], rng=np.random.default_rng(0)) for problem in problems]
    print(f"\n{'human design':14} {'embedded':>18} {'ngspice':>18} {'published':>12}")
    for name in problems[0].metrics:
        ours, theirs = (row[0][name] for row in rows)
        print(f"{name:14} {ours:18.9g} {theirs:18.9g} {PUBLISHED.get(name, ''):>12}")
    scores = [Goals(problems[0].goals).score(row[0]) for row in rows]
    print(f"{'score':14} {scores[0]:18.9g} {scores[1]:18.9g} {'2':>12}")
    designs = problems[0].space.to_array([HUMAN])
    points = [simulator.operate(designs) for simulator in simulators]
    for net in NODES:
        ours, theirs = (point.voltage_v(net)[0] for point in points)
        print(f"{'v(' + net + ')':14} {ours:18.9f} {theirs:18.9f}")


def errors(problem, seed):
    """Largest difference of every quantity over random sizings."""
    space, netlist = problem.space, problem.netlist
    designs = space.to_array(space.decode_many(np.random.default_rng(seed).random((N_DESIGNS, space.horizon))))
    simulators = [kind(netlist, "vouta", ("vouta", "voutb")) for kind in (Simulator, NgspiceEngine)]
    return compare_simulators(*simulators, netlist, designs)._asdict()


def main():
    found = find_ngspice()
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, ", end="")
    print(f"numba {numba.__version__}, libngspice {found.library}")
    problems = [ThreeStageTIA(), ThreeStageTIA(engine="ngspice")]
    netlist = problems[0].netlist
    simulators = [kind(netlist, "vouta", ("vouta", "voutb")) for kind in (Simulator, NgspiceEngine)]
    human_design(problems, simulators)
    for problem, what in ((problems[0], "10 parameters"), (ThreeStageTIA(has_free_lengths=True), "19 parameters")):
        tables = [errors(problem, seed) for seed in SEEDS]
        print(f"\nlargest error over {N_DESIGNS} random sizings, {what}, seeds {SEEDS}; wanted: less than")
        for name in tables[0]:
            shown = "  ".join(f"{table[name]:10.3g}" for table in tables)
            print(f"{name:20} {shown}  {WANTED.get(name, '')}")
    print("\nf3db is limited by the spline through ngspice's 24 frequencies per decade, not by the response itself")


if __name__ == "__main__":
    try:
        main()
    except SimulatorMissing as missing:
        print(f"skipped: {missing}")
