"""Archwright finds better computing systems: exact simulators, every optimizer on every problem, every trial stored.

Everything public of the spine stands here too, imported on first use: `from archwright import Study, Record, Real`.
"""

from __future__ import annotations

import importlib
from typing import Any

from archwright import core

__all__ = [*core.__all__, "goal"]


def __getattr__(name: str) -> Any:
    """Hand over a public name of `archwright.core`."""
    if name == "goal":  # in `archwright.core` this is the module's name
        return importlib.import_module("archwright.core.goal").goal
    if name in core.__all__:
        return getattr(core, name)
    raise AttributeError(f"module 'archwright' has no attribute {name!r}")
