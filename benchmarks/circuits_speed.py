"""Speed of the embedded simulator, and the ratio to libngspice in this process, paired round by round.

One round simulates with ngspice (alter the loaded deck, `op`, then `ac` at 50 frequencies, SPICE's own tolerances),
then with the embedded simulator on one thread (operating point, the same 50 frequencies, and the exact maximum and
corner on top), and takes the ratio of the processor seconds per design; so a busy machine slows both.
"""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np

from archwright.circuits.amplifiers import ThreeStageTIA
from archwright.circuits.measures import gate_area_um2, is_saturated, supply_power_w
from archwright.circuits.mna.circuit import compile_circuit
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.mna.threads import n_cores
from archwright.circuits.ngspice.alterations import alterations
from archwright.circuits.ngspice.library import find_library, open_library
from archwright.circuits.ngspice.spice_deck import TOLERANCES, to_spice

SEED, ROUNDS, N_SLOW, N_FAST, N_LARGE = 0, 9, 300, 4096, 40_960
GRID_HZ = np.geomspace(1e3, 1e10, 50)


def seconds(work, clock):
    start = clock()
    work()
    return clock() - start


def shown(values, unit, scale=1.0):
    scaled = [value * scale for value in values]
    return f"{statistics.median(scaled):10,.2f} {unit:12} ({min(scaled):,.2f} to {max(scaled):,.2f})"


def embedded(simulator, designs):
    return simulator.bandwidth(simulator.operate(designs), GRID_HZ)


def ngspice_runs(netlist, designs):
    """Functions that simulate all designs: operating point and response; response alone; one design again and again."""
    ngspice = open_library()
    middle = {parameter.name: parameter.range.at(0.5) for parameter in netlist.parameters}
    ngspice.load(to_spice(netlist, middle).replace(TOLERANCES, ""))
    changes = alterations(netlist, designs)
    rows = [changes.calls(row) for row in range(len(designs))]

    def run(*analyses):
        for calls in rows:
            for method, values in calls:
                getattr(ngspice, method)(values)
            for analysis in analyses:
                ngspice.run(analysis, ["vouta"])

    def repeat():
        for _ in rows:
            ngspice.run("op", ["vouta"])
            ngspice.run(sweep, ["vouta"])

    sweep = "ac dec 7 1e3 1e10"
    return lambda: run("op", sweep), lambda: run(sweep), repeat


def paired(problem, designs):
    if find_library() is None:
        print("libngspice is not installed: no ratio")
        return
    simulator = Simulator(problem.netlist, "vouta", n_threads=1)
    works = {
        what: (work, N_SLOW)
        for what, work in zip(
            ("libngspice: alter, op, ac", "libngspice: alter, ac", "libngspice: op, ac, no alter"),
            ngspice_runs(problem.netlist, designs[:N_SLOW]),
            strict=True,
        )
    }
    works["embedded: op, ac, corner"] = (lambda: embedded(simulator, designs[:N_FAST]), N_FAST)
    for work, _ in works.values():
        work()
    rounds = [[seconds(work, time.process_time) / n for work, n in works.values()] for _ in range(ROUNDS)]
    print(f"\nper design and core, processor time, {ROUNDS} alternating rounds: median (least to largest)")
    for what, taken in zip(works, zip(*rounds, strict=True), strict=True):
        print(f"{what:30} {shown(taken, 'us', 1e6)}")
    for k, what in enumerate(list(works)[:-1]):
        print(f"ratio to {what:21} {shown([taken[k] / taken[-1] for taken in rounds], 'times')}")


def throughput(problem, designs):
    print(f"\nthroughput over {N_LARGE:,} designs, wall clock, {ROUNDS} rounds")
    named = problem.space.from_array(designs)
    rng = np.random.default_rng(0)
    for n_threads in range(1, n_cores() + 1):
        simulator = Simulator(problem.netlist, "vouta", n_threads=n_threads)
        chunks = np.array_split(designs, N_LARGE // N_FAST)

        def work(simulator=simulator, chunks=chunks):
            for chunk in chunks:
                embedded(simulator, chunk)

        work()
        rates = [N_LARGE / seconds(work, time.perf_counter) for _ in range(ROUNDS)]
        print(f"simulator, {n_threads} thread(s)      {shown(rates, 'designs/s')}")
    problem.evaluate(named[:N_FAST], rng=rng)
    rates = [N_LARGE / seconds(lambda: problem.evaluate(named, rng=rng), time.perf_counter) for _ in range(ROUNDS)]
    print(f"problem.evaluate, all cores   {shown(rates, 'designs/s')}")


def parts(problem, designs):
    """Where the time of one core goes."""
    simulator = Simulator(problem.netlist, "vouta", ("vouta", "voutb"), n_threads=1)
    designs = designs[:N_FAST]
    named = problem.space.from_array(designs)
    points, rng = simulator.operate(designs), np.random.default_rng(0)
    works = {
        "operating point": lambda: simulator.operate(designs),
        "sweep, maximum, corner": lambda: simulator.bandwidth(points, GRID_HZ),
        "noise at one frequency": lambda: simulator.noise(points, GRID_HZ[:1]),
        "power, area, regions": lambda: (
            supply_power_w(points), gate_area_um2(problem.netlist, designs), is_saturated(points),
        ),
        "designs to array": lambda: problem.space.to_array(named),
        "evaluate, in all": lambda: problem.evaluate(named, rng=rng),
    }  # fmt: skip
    print("\nprocessor time per design, least of all rounds")
    for what, work in works.items():
        work()
        least = min(seconds(work, time.process_time) for _ in range(ROUNDS)) / N_FAST
        print(f"{what:26} {least * 1e6:6.2f} us")
    steps = len(compile_circuit(problem.netlist, ("vouta", "0"), ("vouta", "0")).small.transfer)
    print(f"bound by the sweep: {steps} complex steps per frequency, eight designs per vector instruction;")
    print("then by memory for the operating points, and by making dicts of Python floats")


def main():
    print(f"{platform.machine()}, {n_cores()} cores, ", end="")
    print(f"Python {platform.python_version()}, numpy {np.__version__}, numba {numba.__version__}, seed {SEED}")
    problem = ThreeStageTIA()
    space = problem.space
    designs = space.to_array(space.decode_many(np.random.default_rng(SEED).random((N_LARGE, space.horizon))))
    paired(problem, designs)
    throughput(problem, designs)
    parts(problem, designs)


if __name__ == "__main__":
    main()
