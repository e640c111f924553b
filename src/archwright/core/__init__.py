"""The spine: spaces, problems, goals, trials, optimizers, studies and where they are stored.

The public names are imported on first use, so that `import archwright.core` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archwright.core.catalog import Entry, catalogue, find, make_problem
    from archwright.core.errors import (
        Error,
        Failed,
        Infeasible,
        SimulatorFailed,
        SimulatorMissing,
        SpecError,
        StoreError,
    )
    from archwright.core.goal import Goal, Goals
    from archwright.core.optimizer import Batched, Optimizer, Resumable
    from archwright.core.pareto import ParetoArchive, hypervolume, non_dominated_sort
    from archwright.core.problem import (
        Controlled,
        Differentiable,
        Drawable,
        Gradients,
        Metrics,
        Observable,
        Observation,
        Outcome,
        Problem,
        Reference,
        Referenced,
        Stepwise,
        Stochastic,
        Timed,
    )
    from archwright.core.record import Record
    from archwright.core.run import Progress
    from archwright.core.space import (
        Charted,
        Design,
        Draft,
        Pick,
        Real,
        Space,
        check_design,
        decode,
        decode_many,
        encode_many,
    )
    from archwright.core.spaces import Assign, Order, Product, Sequence, Subset, Tree
    from archwright.core.store import Store, StudySpec
    from archwright.core.study import Study
    from archwright.core.trial import Proposal, Trial, judge
    from archwright.core.units import convert, format_quantity, parse_quantity

_HOME = {
    "catalog": ("Entry", "catalogue", "find", "make_problem"),
    "spaces": ("Assign", "Order", "Product", "Sequence", "Subset", "Tree"),
    "errors": ("Error", "Failed", "Infeasible", "SimulatorFailed", "SimulatorMissing", "SpecError", "StoreError"),
    "goal": ("Goal", "Goals"),
    "optimizer": ("Batched", "Optimizer", "Resumable"),
    "pareto": ("ParetoArchive", "hypervolume", "non_dominated_sort"),
    "problem": (
        "Controlled",
        "Differentiable",
        "Drawable",
        "Gradients",
        "Metrics",
        "Observable",
        "Observation",
        "Outcome",
        "Problem",
        "Reference",
        "Referenced",
        "Stepwise",
        "Stochastic",
        "Timed",
    ),
    "record": ("Record",),
    "run": ("Progress",),
    "space": (
        "Charted",
        "Design",
        "Draft",
        "Pick",
        "Real",
        "Space",
        "check_design",
        "decode",
        "decode_many",
        "encode_many",
    ),
    "store": ("Store", "StudySpec"),
    "study": ("Study",),
    "trial": ("Proposal", "Trial", "judge"),
    "units": ("convert", "format_quantity", "parse_quantity"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Assign",
    "Batched",
    "Charted",
    "Controlled",
    "Design",
    "Differentiable",
    "Draft",
    "Drawable",
    "Entry",
    "Error",
    "Failed",
    "Goal",
    "Goals",
    "Gradients",
    "Infeasible",
    "Metrics",
    "Observable",
    "Observation",
    "Optimizer",
    "Order",
    "Outcome",
    "ParetoArchive",
    "Pick",
    "Problem",
    "Product",
    "Progress",
    "Proposal",
    "Real",
    "Record",
    "Reference",
    "Referenced",
    "Resumable",
    "Sequence",
    "SimulatorFailed",
    "SimulatorMissing",
    "Space",
    "SpecError",
    "Stepwise",
    "Stochastic",
    "Store",
    "StoreError",
    "Study",
    "StudySpec",
    "Subset",
    "Timed",
    "Tree",
    "Trial",
    "catalogue",
    "check_design",
    "convert",
    "decode",
    "decode_many",
    "encode_many",
    "find",
    "format_quantity",
    "hypervolume",
    "judge",
    "make_problem",
    "non_dominated_sort",
    "parse_quantity",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'archwright.core' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"archwright.core.{_MODULE_OF[name]}"), name)
    globals()[name] = found
    return found
