"""What the problem asks of a deployment: the metrics of assignments, their limits, and the best one."""

from __future__ import annotations

from typing import Protocol

from archwright.accelerators.confuciux.pipelined import Pipelined
from archwright.accelerators.confuciux.sequential import Sequential
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.dataflow.sizes import Floats, Ints
from archwright.core.errors import check_name


class Deployment(Protocol):
    """How layers share machines."""

    name: str
    proof: str
    """How the optimum is known, in a phrase."""

    def measure(self, chosen: Ints) -> dict[str, Floats]:
        """Metrics of (k, n') actions of the first n' layers, (k,) each."""
        ...

    def limits(self, metric: str) -> tuple[float, float]:
        """The least and the most that an assignment takes of an area or a power."""
        ...

    def optimum(self, objective: str, metric: str, capacity: float) -> tuple[Ints, bool] | None:
        """(n,) actions of the best assignment within a capacity, and whether it is proved; None when nothing fits."""
        ...


DEPLOYMENTS: dict[str, type[Pipelined] | type[Sequential]] = {"pipelined": Pipelined, "sequential": Sequential}
"""Every layer on a machine of its own, or all on one."""


def deploy(name: str, tables: Tables) -> Deployment:
    """The deployment of a name.

    Args:
        name: a key of `DEPLOYMENTS`.
        tables: of the layers and actions.

    Raises:
        SpecError: no such deployment.

    Example:
        >>> from archwright.accelerators.workloads import read_layers
        >>> deploy("sequential", Tables(read_layers("alexnet"), ["dla"])).name
        'sequential'
    """
    return DEPLOYMENTS[check_name("deployment", name, DEPLOYMENTS)](tables)
