"""Cells of ConfuciuX's comparison: distance from the proved optimum and samples, method by method.

    python benchmarks/optimizers_confuciux.py --workloads resnet-18 --trials 1000 --seeds 1 --store cells.db

Studies are stored: the same command again goes on, and prints at once what is complete.
"""

import argparse
import os
import platform

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy

from archwright.systems import confuciux as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Sheet
from archwright.systems.scope import Scope


def show(one):
    """A table or a claim as lines of text."""
    if isinstance(one, Claim):
        return f"{one.name}: {one.ours}; {one.note}"
    if isinstance(one, Sheet):
        return "\n".join([one.title, *("  ".join(row) for row in (one.heads, *one.rows))])
    return ""


def main():
    """Run the cells and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workloads", nargs="+", default=["resnet-18"])
    parser.add_argument("--methods", nargs="+", default=["genetic_algorithm", "ppo", "a2c"])
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--store", default="cells.db")
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, numpy {numpy.__version__}; {given}")
    cells = [system.solved(one) for one in system.FULL_CELLS if one[0] in given.workloads]
    scope = Scope(given.store, jobs=given.jobs)
    found = system.run_cells(scope, cells, (system.OURS, *given.methods), given.trials, range(given.seeds))
    for part in (system.sample_efficiency(found), system.second_stage(found, given.trials), system.distances(found)):
        for one in part:
            print(show(one), end="\n\n")


if __name__ == "__main__":
    main()
