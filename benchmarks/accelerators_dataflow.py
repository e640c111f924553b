"""The dataflow cost model and the assignment of resources: evaluations a second, proofs, and the pictures of the docs.

`python benchmarks/accelerators_dataflow.py` prints; `... images` writes the pictures into docs/images.
"""

import os
import platform
import statistics
import sys
import time
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from archwright.accelerators.confuciux import N_PES, TILES, ResourceAssignment, Tables, pack
from archwright.accelerators.dataflow import DATAFLOWS, DataflowSimulator, costs_of
from archwright.accelerators.dataflow.heat_map import draw_heat_map
from archwright.accelerators.dataflow.roofline import draw_roofline
from archwright.accelerators.workloads import read_layers
from archwright.core.space import decode_many

REPEATS = 7
BATCH = 1_000
IMAGES = Path(__file__).parents[1] / "docs" / "images"


def seconds(work, repeats=REPEATS):
    """Median and spread of repeats."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), min(taken), max(taken)


def rates():
    layers = read_layers("mobilenet-v2")
    rng = np.random.default_rng(0)
    median, low, high = seconds(lambda: Tables(layers, ["dla"]))
    print(f"tables of 52 layers x 144 actions: {median * 1e3:.2f} ms ({low * 1e3:.2f} to {high * 1e3:.2f})")
    problem = ResourceAssignment()
    chosen = rng.integers(0, 144, (BATCH, 52))
    median, low, high = seconds(lambda: problem.measure_many(chosen))
    print(f"assignments, as arrays: {BATCH / median:,.0f} a second ({BATCH / high:,.0f} to {BATCH / low:,.0f})")
    designs = decode_many(problem.space, rng.random((BATCH, problem.space.horizon)))
    median, low, high = seconds(lambda: problem.evaluate(designs, rng=rng))
    print(f"assignments, as designs: {BATCH / median:,.0f} a second ({BATCH / high:,.0f} to {BATCH / low:,.0f})")


def proofs():
    """Optimum of every cell, in seconds of processor time: the machine may be busy with other work."""
    print("network        dataflow objective  budget            proved  seconds  kept sums  uniform / optimum")
    for name, flow in product(("mobilenet-v2", "mnasnet", "resnet-18", "densenet-161"), (*DATAFLOWS, "mix")):
        taken = []
        for objective, constraint, budget in product(
            ("latency", "energy"), ("area", "power"), ("iotx", "iot", "cloud")
        ):
            problem = ResourceAssignment(
                workload=name, dataflow=flow, objective=objective, constraint=constraint, budget=budget
            )
            columns = problem.deployment.columns
            start = time.process_time()
            found = pack(list(columns[problem.constraint]), list(columns[problem.objective]), problem.budget)
            taken.append(time.process_time() - start)
            ratio = problem.measure_many(problem.uniform[None])[problem.objective][0] / found.cost
            print(f"{name:14} {flow:8} {objective:10} {constraint:5} {budget:5}  {problem.budget:9.4g}  "
                  f"{found.is_optimal!s:6} {taken[-1]:8.3f} {found.n_sums:10,} {ratio:18.3f}")  # fmt: skip
        print(f"{name:14} {flow:8} longest {max(taken):.3f} s")


def against_maestro():
    """Seconds for a network under one assignment, in closed form; the process of the original takes 0.28 s."""
    layers = read_layers("mobilenet-v2")
    median, low, high = seconds(lambda: costs_of(layers, [16], [4], "dla"))
    print(f"one network, one action, without tables: {median * 1e6:.0f} us ({low * 1e6:.0f} to {high * 1e6:.0f})")


def images():
    """The pictures of the documentation."""
    problem = ResourceAssignment(dataflow="mix")
    (IMAGES / "confuciux.svg").write_text(problem.draw(problem.references()[0].design))
    machine = DataflowSimulator(n_pes=128, tile=4, bandwidth=64.0)
    title = "MobileNet-V2 on 128 elements with tiles of 4, weight stationary, 64 words per cycle"
    (IMAGES / "roofline.svg").write_text(draw_roofline(machine.run("mobilenet-v2"), 128, 64.0, title))
    layer = next(one for one in read_layers("mobilenet-v2") if one.name == "stage2_2.expand")
    cycles = Tables([layer], ["dla"]).costs.cycles[0].reshape(len(N_PES), len(TILES)).astype(float)
    title = "cycles of a 1 x 1 convolution, 192 filters over 32 channels at 28 x 28"
    (IMAGES / "heat-map.svg").write_text(draw_heat_map(cycles, N_PES, TILES, title))


if __name__ == "__main__":
    if sys.argv[1:] == ["images"]:
        images()
        sys.exit()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    rates()
    against_maestro()
    proofs()
