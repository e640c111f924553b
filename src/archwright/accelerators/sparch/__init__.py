"""SpArch: an accelerator for products of sparse matrices that keeps partial matrices off its DRAM.

Zhang et al., HPCA 2020. `Machine` says how large it is; `condense` makes few long partial matrices, `schedule` says in
which rounds they are merged, `product` what comes out of every round, `prefetch` which rows of B are read again;
`traffic`, `timing` and `energy` count bytes, cycles and joules. `comparator`, `tree` and `referee` are the merger cycle
by cycle. `simulate` runs a product, `SparchDesign` is the problem of sizing the machine, `spgemm` the same order in
software.
"""

from archwright.accelerators.sparch.condense import Leaves, column_leaves, condensed_leaves
from archwright.accelerators.sparch.families import PUBLISHED, Family, draw, stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.market import read_market
from archwright.accelerators.sparch.matrix import SparseMatrix, from_scipy, to_scipy
from archwright.accelerators.sparch.prefetch import EVERYTHING, Misses, prefetch
from archwright.accelerators.sparch.problem import SparchDesign
from archwright.accelerators.sparch.product import Sizes, merged_sizes, multiply
from archwright.accelerators.sparch.schedule import Schedule, n_rounds_of, plan_rounds
from archwright.accelerators.sparch.simulation import Run, simulate
from archwright.accelerators.sparch.simulator import SparchSimulator
from archwright.accelerators.sparch.software import spgemm
from archwright.accelerators.sparch.timing import Timing
from archwright.accelerators.sparch.traffic import STEPS, Ideas, Plan, Traffic, outerspace_bytes, plan_product
from archwright.accelerators.sparch.tree import TreeRun, merge_streams, run_rounds

__all__ = [
    "EVERYTHING",
    "PUBLISHED",
    "STEPS",
    "Family",
    "Ideas",
    "Leaves",
    "Machine",
    "Misses",
    "Plan",
    "Run",
    "Schedule",
    "Sizes",
    "SparchDesign",
    "SparchSimulator",
    "SparseMatrix",
    "Timing",
    "Traffic",
    "TreeRun",
    "column_leaves",
    "condensed_leaves",
    "draw",
    "from_scipy",
    "merge_streams",
    "merged_sizes",
    "multiply",
    "n_rounds_of",
    "outerspace_bytes",
    "plan_product",
    "plan_rounds",
    "prefetch",
    "read_market",
    "run_rounds",
    "simulate",
    "spgemm",
    "stand_in",
    "to_scipy",
]
