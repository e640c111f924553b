"""Public conformance suites: the laws that every problem, optimizer, store and fast simulator must keep.

Call one from a test of your own; it raises AssertionError with a sentence that says what is wrong and how to mend it.
`archwright.testing.functions` holds the standard test functions with their known optima.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archwright.testing.optimizer import check_learning, check_optimizer
    from archwright.testing.problem import check_problem
    from archwright.testing.simulator import Parity, Tolerance, check_simulator
    from archwright.testing.space import all_designs, check_space, draw_designs, same_design
    from archwright.testing.store import check_store

_HOME = {
    "optimizer": ("check_learning", "check_optimizer"),
    "problem": ("check_problem",),
    "simulator": ("Parity", "Tolerance", "check_simulator"),
    "space": ("all_designs", "check_space", "draw_designs", "same_design"),
    "store": ("check_store",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Parity",
    "Tolerance",
    "all_designs",
    "check_learning",
    "check_optimizer",
    "check_problem",
    "check_simulator",
    "check_space",
    "check_store",
    "draw_designs",
    "same_design",
]


def __getattr__(name: str) -> Any:
    """A public name, imported now: the functions for testing must not cost a problem SQLAlchemy."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
