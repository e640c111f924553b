"""What the embedded simulator answers: operating points, bandwidths and noise of many designs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from archwright.circuits.devices import Mosfet
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, Floats
from archwright.circuits.netlist import Netlist
from archwright.core.errors import check_name

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Below = Literal["largest", "first"]
"""What a corner is relative to: the largest amplitude, or the one at the lowest frequency."""


class Noise(NamedTuple):
    """Thermal noise at some frequencies, (n, n_frequencies) each.

    Args:
        output_v_rthz: density at the noise output.
        gain: amplitude of the noise output that the small-signal sources cause.
    """

    output_v_rthz: Floats
    gain: Floats

    @property
    def input_rthz(self) -> Floats:
        """Density referred to the sources: per root hertz, in the sources' unit (A or V)."""
        return self.output_v_rthz / self.gain


class Bandwidth(NamedTuple):
    """Where a transfer function is largest and where it has fallen, (n,) each; amplitudes as the sources give them.

    Args:
        first: amplitude at the lowest frequency of the grid.
        largest: largest amplitude.
        peak_hz: its frequency.
        corner_hz: where the amplitude has fallen by the wanted ratio to `largest`, or to `first`, above `peak_hz`; see
            `is_reached`.
        is_reached: whether it falls that far below the highest frequency of the grid.
    """

    first: Floats
    largest: Floats
    peak_hz: Floats
    corner_hz: Floats
    is_reached: Flags


@dataclass(frozen=True)
class OperatingPoints:
    """Operating points of `n` designs.

    Args:
        netlist: their circuit.
        n: number of designs.
        is_converged: (n,) whether Newton found the operating point; where not, the numbers mean nothing.
        blocks: tables of quantities by name, each (n_blocks, rows, 8).
    """

    netlist: Netlist
    n: int
    is_converged: Flags
    blocks: dict[str, Floats]

    def table(self, name: str) -> Floats:
        """One table as (n, rows)."""
        n_blocks, n_rows, n_lanes = self.blocks[name].shape
        rows: Floats = self.blocks[name].transpose(0, 2, 1).reshape(n_blocks * n_lanes, n_rows)
        return rows[: self.n]

    @cached_property
    def voltages_v(self) -> Floats:
        """(n, n_nets) net voltages, in the order of the netlist's nets."""
        return self.table("voltage")

    def voltage_v(self, net: str) -> Floats:
        """(n,) voltage of one net."""
        check_name("net", net, self.netlist.nets)
        return self.voltages_v[:, self.netlist.nets.index(net)]

    @cached_property
    def source_currents_a(self) -> Floats:
        """(n, n_sources) current of each voltage source, from its positive net through it to the negative."""
        return self.table("source")

    @cached_property
    def mosfets(self) -> Mapping[str, Floats]:
        """(n, n_mosfets) per quantity: SI units, currents and conductances from drain to source.

        `drive_v` is vgs - von, `margin_v` is vds - vdsat: a device is saturated where the first is above 0 and the
        second not below.
        """
        n_mosfets = sum(isinstance(device, Mosfet) for device in self.netlist.devices)
        current = self.table("current")[:, : N_CURRENTS * n_mosfets].reshape(self.n, n_mosfets, N_CURRENTS)
        slope = self.table("slope")[:, : N_CONDUCTANCES * n_mosfets].reshape(self.n, n_mosfets, N_CONDUCTANCES)
        charge = self.table("capacitance")[:, : N_CAPACITANCES * n_mosfets]
        charge = charge.reshape(self.n, n_mosfets, N_CAPACITANCES)
        region = self.table("region").reshape(self.n, n_mosfets, 2)
        named = {"id_a": current[..., 0], "drive_v": region[..., 0], "margin_v": region[..., 1]}
        named |= {name: slope[..., k] for k, name in enumerate(("gds_s", "gm_s", "gmb_s"))}
        return named | {name: charge[..., k] for k, name in enumerate(("cgs_f", "cgd_f", "cgb_f", "cbd_f", "cbs_f"))}
