"""Operating points that ngspice found, and the MOSFET quantities it tells about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from archwright.circuits.devices import Mosfet
from archwright.circuits.mna.points import OperatingPoints
from archwright.circuits.netlist import Netlist
from archwright.circuits.technology.ekv import EkvModel
from archwright.core.errors import SimulatorFailed

Floats = np.ndarray[Any, np.dtype[np.float64]]
Read = Callable[["NgspicePoints", Sequence[str]], Floats]

_REGION = ("vgs", "von", "vds", "vdsat")
_OTHERS = ("id", "gds", "gm", "gmbs", "cgs", "cgd", "cgb", "cbd", "cbs")
_NAMES = {"gds_s": "gds", "gm_s": "gm", "gmb_s": "gmbs"} | {f"{c}_f": c for c in ("cgs", "cgd", "cgb", "cbd", "cbs")}


class MosfetQuantities(Mapping[str, Floats]):
    """The quantities of `OperatingPoints.mosfets`, asked of ngspice when they are wanted.

    Each costs ngspice more than the operating point itself, so the region of a device and all the rest are two
    groups, read by a run of their own each.

    Args:
        netlist: the circuit.
        read: gives (n, n_devices) of device quantities such as `@m1[von]`.
    """

    def __init__(self, netlist: Netlist, read: Callable[[Sequence[str]], Floats]) -> None:
        self._mosfets = [device for device in netlist.devices if isinstance(device, Mosfet)]
        models = {model.name: model for model in netlist.models}
        self._sign = np.array([models[device.model].sign for device in self._mosfets])
        self._is_bsim = np.array([isinstance(models[device.model], EkvModel) for device in self._mosfets], dtype=bool)
        self._read = read
        self._found: dict[str, Floats] = {}

    def __iter__(self) -> Iterator[str]:
        """Names as in `OperatingPoints.mosfets`."""
        return iter(("id_a", "drive_v", "margin_v", *_NAMES))

    def __len__(self) -> int:
        """How many there are."""
        return 3 + len(_NAMES)

    def __getitem__(self, name: str) -> Floats:
        """(n, n_mosfets) of one quantity."""
        if name not in self._found:
            is_region = name in ("drive_v", "margin_v")
            self._found |= self._region() if is_region else self._others()
        return self._found[name]

    def _group(self, quantities: Sequence[str]) -> dict[str, Floats]:
        devices = list(zip(self._mosfets, self._is_bsim.tolist(), strict=True))
        names = [f"@{d.name}[{'vth' if b and q == 'von' else q}]" for q in quantities for d, b in devices]
        table = self._read(names).reshape(-1, len(quantities), len(self._mosfets))
        return dict(zip(quantities, np.moveaxis(table, 1, 0), strict=True))

    def _region(self) -> dict[str, Floats]:
        """ngspice tells vgs and vds of a p device with the sign of an n device, von and vdsat of level 1 with its own.

        BSIM4 calls its threshold vth, and tells all four with the sign of an n device.
        """
        read, own = self._group(_REGION), np.where(self._is_bsim, 1.0, self._sign)
        drive_v, margin_v = read["vgs"] - own * read["von"], read["vds"] - own * read["vdsat"]
        return {"drive_v": drive_v, "margin_v": margin_v}

    def _others(self) -> dict[str, Floats]:
        read = self._group(_OTHERS)
        return {"id_a": self._sign * read["id"]} | {name: read[quantity] for name, quantity in _NAMES.items()}


@dataclass(frozen=True)
class NgspicePoints(OperatingPoints):
    """Operating points that ngspice found.

    Args:
        designs: (n, n_parameters) that they belong to.
        tables: `voltage` (n, n_nets) and `source` (n, n_sources); not finite where ngspice gave no answer.
        failures: why, by row.
        read: gives (n, n_names) of device quantities such as `@m1[gm]`.
    """

    designs: Floats
    tables: Mapping[str, Floats]
    failures: Mapping[int, SimulatorFailed]
    read: Read

    def table(self, name: str) -> Floats:
        """One table as (n, rows)."""
        return self.tables[name]

    @cached_property
    def mosfets(self) -> Mapping[str, Floats]:
        """As `OperatingPoints.mosfets`; asked of ngspice when wanted."""
        return MosfetQuantities(self.netlist, lambda names: self.read(self, names))
