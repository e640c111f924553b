"""`simulate`: a workload on one of the machines that simulators stand for.

A simulator takes part when its catalogue object is a class with `workloads` (what it takes, in words), `metrics` (units
by name) and `run(workload)`; for compressed models `run_matrices(matrices)`, for ONNX files `run_layers(layers)`. All
give metrics by the part of the workload they are of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from archwright.cli import DONE
from archwright.cli.options import Json, read_options
from archwright.cli.output import say_json, say_table

if TYPE_CHECKING:
    from archwright.core.problem import Metrics


class Floor(Protocol):
    """What `simulate` asks of a simulator."""

    workloads: str
    metrics: Mapping[str, str]

    def run(self, workload: str) -> Mapping[str, Metrics]:
        """Metrics by part of a workload."""
        ...


FloorName = Annotated[str, typer.Argument(metavar="FLOOR", help="A simulator that takes workloads, such as eie.")]
Workload = Annotated[
    str, typer.Argument(metavar="WORKLOAD", help="What it runs: a name it knows, or a file; see archwright show FLOOR.")
]
FloorOptions = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of the simulator; repeat for more.")
]


def simulate(floor: FloorName, workload: Workload, set_: FloorOptions = None, json: Json = False) -> int:
    """Run a workload on a simulated machine."""
    from archwright.core.catalog import call_with_options

    options = read_options("--set", set_)
    machine = call_with_options(f"simulator {floor}", find_floor(floor), options)
    found = run_workload(machine, workload)
    if json:
        parts = {name: dict(metrics) for name, metrics in found.items()}
        units = dict(machine.metrics)
        say_json({"floor": floor, "workload": workload, "options": options, "parts": parts, "units": units})
    else:
        say_parts(found, machine.metrics)
    return DONE


def find_floor(name: str) -> Any:
    """The class of a simulator that takes workloads.

    Raises:
        SpecError: there is no such simulator, or it takes none.

    Example:
        >>> find_floor("eie").__name__
        'EieSimulator'
    """
    from archwright.core.catalog import catalogue, find
    from archwright.core.errors import SpecError

    made = find("simulators", name).load()
    if not hasattr(made, "workloads"):
        takers = [one for one, entry in catalogue("simulators").items() if hasattr(entry.load(), "workloads")]
        raise SpecError("FLOOR", name, f"a simulator that takes workloads: {', '.join(takers)}")
    return made


def run_workload(machine: Any, workload: str) -> Mapping[str, Metrics]:
    """Run a workload; a compressed model is decoded and run matrix by matrix, an ONNX file layer by layer.

    Raises:
        SpecError: the machine knows no such workload, or takes neither matrices nor layers.
    """
    from archwright.core.errors import SpecError

    readers: dict[str, tuple[str, Callable[[str], Any]]] = {
        ".awz": ("run_matrices", read_matrices),
        ".onnx": ("run_layers", read_network),
    }
    method, read = readers.get(Path(workload).suffix, ("run", str))
    if not hasattr(machine, method):
        raise SpecError("WORKLOAD", workload, machine.workloads)
    found: Mapping[str, Metrics] = getattr(machine, method)(read(workload))
    return found


def read_network(path: str) -> list[Any]:
    """The layers of an ONNX file.

    Raises:
        SpecError: the file cannot be read, or holds a layer that accelerators know nothing of.
    """
    from archwright.compression.accelerator_layers import accelerator_layers
    from archwright.compression.graph import read_onnx

    return accelerator_layers(read_onnx(path))


def read_matrices(path: str) -> dict[str, Any]:
    """The tensors of a compressed model, by name.

    Raises:
        SpecError: the file cannot be read, or is not what was written.
    """
    from archwright.compression.codec.byte_fields import Damage
    from archwright.compression.codec.model_file import load_model
    from archwright.core.errors import SpecError

    try:
        return dict(load_model(Path(path)))
    except OSError as error:
        raise SpecError("WORKLOAD", path, f"a file that can be read; {error.strerror}") from error
    except Damage as error:
        raise SpecError("WORKLOAD", path, f"an intact .awz file; {error}") from error


def say_parts(found: Mapping[str, Metrics], units: Mapping[str, str]) -> None:
    """Print a row per part, a column per metric."""
    from archwright.report.quantities import label, show

    heads = ("layer", *(label(name, unit) for name, unit in units.items()))
    rows = [(part, *(show(metrics[name], unit) for name, unit in units.items())) for part, metrics in found.items()]
    say_table(heads, rows, right=range(1, len(heads)))
