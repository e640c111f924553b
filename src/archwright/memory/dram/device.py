"""A rank of DRAM devices: its clocks, currents and shape, and where an address lies in it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.memory.traces.trace import Ints

MAPS = ("row-bank-column", "bank-row-column")


@dataclass(frozen=True)
class Device:
    """All devices of a rank, which work in step. Times are in clocks, currents in mA per device.

    Args:
        name, source: what it is, and where its figures come from.
        clock_hz: of the command bus.
        n_devices: of the rank.
        bus_bytes: width of the data bus.
        bank_groups, banks_per_group, rows, columns: the shape; whole powers of two.
        burst_clk: a burst occupies the data bus.
        read_latency_clk, write_latency_clk: from the command to its data.
        rcd_clk: activate to read or write.
        rp_clk: precharge to activate.
        ras_clk: activate to precharge.
        rrd_short_clk, rrd_long_clk: activate to activate, between bank groups and within one.
        faw_clk: window of at most four activates.
        ccd_short_clk, ccd_long_clk: read to read, write to write.
        rtp_clk: read to precharge.
        wr_clk: end of written data to precharge.
        wtr_short_clk, wtr_long_clk: end of written data to read.
        rfc_clk: a refresh.
        refi_clk: between refreshes.
        retention_s: by when every row must have been refreshed.
        vdd_v: supply, in V.
        idd0_ma, idd2n_ma, idd3n_ma, idd4r_ma, idd4w_ma, idd5_ma: as data sheets define them.

    Raises:
        SpecError: a value is out of its range.

    Example:
        >>> find_device("ddr3-1600-1gb-x8").n_bytes == 1 << 30
        True
    """

    name: str
    source: str
    clock_hz: float
    n_devices: int
    bus_bytes: int
    bank_groups: int
    banks_per_group: int
    rows: int
    columns: int
    burst_clk: int
    read_latency_clk: int
    write_latency_clk: int
    rcd_clk: int
    rp_clk: int
    ras_clk: int
    rrd_short_clk: int
    rrd_long_clk: int
    faw_clk: int
    ccd_short_clk: int
    ccd_long_clk: int
    rtp_clk: int
    wr_clk: int
    wtr_short_clk: int
    wtr_long_clk: int
    rfc_clk: int
    refi_clk: int
    retention_s: float
    vdd_v: float
    idd0_ma: float
    idd2n_ma: float
    idd3n_ma: float
    idd4r_ma: float
    idd4w_ma: float
    idd5_ma: float

    def __post_init__(self) -> None:
        """Check kinds and ranges."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.type == "str":
                continue
            kind = int if field.type == "int" else float
            if type(value) is not kind or not 0 < value < math.inf:
                wanted = "a whole number above 0" if kind is int else "a number above 0, with a decimal point"
                raise SpecError(f"device.{self.name}.{field.name}", value, wanted)
        for name in ("bus_bytes", "bank_groups", "banks_per_group", "rows", "columns"):
            if getattr(self, name) & (getattr(self, name) - 1):
                raise SpecError(f"device.{self.name}.{name}", getattr(self, name), "a power of two")
        if self.idd3n_ma < self.idd2n_ma or self.idd0_ma < self.idd3n_ma:
            raise SpecError(f"device.{self.name}.idd3n_ma", self.idd3n_ma, "from idd2n_ma to idd0_ma")
        if self.refi_clk <= self.rfc_clk:
            raise SpecError(f"device.{self.name}.refi_clk", self.refi_clk, f"above rfc_clk, {self.rfc_clk}")

    @property
    def n_banks(self) -> int:
        """Banks of the rank; bank b is in group b modulo `bank_groups`."""
        return self.bank_groups * self.banks_per_group

    @property
    def n_bytes(self) -> int:
        """Size of the rank."""
        return self.n_banks * self.rows * self.columns * self.bus_bytes

    @property
    def line_bytes(self) -> int:
        """What a burst moves: two words of the bus a clock."""
        return 2 * self.burst_clk * self.bus_bytes

    def timing(self) -> Ints:
        """The kernel's `timing`, in the order of `layout`; a write may follow a read's data after two clocks."""
        turn = self.read_latency_clk + self.burst_clk + 2 - self.write_latency_clk
        return np.array(
            [
                self.burst_clk, self.read_latency_clk, self.write_latency_clk, self.rcd_clk, self.rp_clk,
                self.ras_clk, self.rrd_short_clk, self.rrd_long_clk, self.faw_clk, self.ccd_short_clk,
                self.ccd_long_clk, self.rtp_clk, self.wr_clk, self.wtr_short_clk, self.wtr_long_clk, turn,
                self.rfc_clk, self.refi_clk,
            ], dtype=np.int64,
        )  # fmt: skip

    def locate(self, addresses: Ints, order: str = "row-bank-column") -> tuple[Ints, Ints, Ints]:
        """Bank, row and line within the row of every address.

        Args:
            addresses: (n,) int64, in bytes.
            order: of the bits, from the highest, one of `MAPS`. The lowest bits of a bank are its group.

        Returns:
            Three (n,) arrays.

        Raises:
            SpecError: no such order, or an address beyond the device.

        Example:
            >>> bank, row, line = find_device("ddr3-1600-1gb-x8").locate(np.array([0x1_2040]))
            >>> int(bank[0]), int(row[0]), int(line[0])
            (1, 1, 1)
        """
        check_name("map", order, MAPS)
        beyond = np.flatnonzero((addresses < 0) | (addresses >= self.n_bytes))
        if len(beyond):
            at = int(beyond[0])
            raise SpecError(
                f"trace.addresses[{at}]", hex(int(addresses[at])), f"below {self.n_bytes:#x}, the size of {self.name}"
            )
        row_bytes = self.columns * self.bus_bytes
        lines, above = addresses % row_bytes // self.line_bytes, addresses // row_bytes
        if order == "bank-row-column":
            return above // self.rows, above % self.rows, lines
        return above % self.n_banks, above // self.n_banks, lines


@cache
def devices() -> Mapping[str, Device]:
    """All devices that come with the package, by name."""
    text = files("archwright.memory.dram").joinpath("devices.toml").read_text()
    return {name: read_device(name, table) for name, table in tomllib.loads(text).items()}


def read_device(name: str, table: Mapping[str, Any]) -> Device:
    """A device from a table such as those of `devices.toml`; the ends of the keys are their units.

    Raises:
        SpecError: a key is missing, unknown (also one with another unit), or out of range.

    Example:
        >>> read_device("mine", {"trcd_ns": 13.75})
        Traceback (most recent call last):
        archwright.core.errors.SpecError: device.mine: 'trcd_ns' is not possible; allowed: did you mean 'rcd_clk'? ...
    """
    known = [field.name for field in fields(Device) if field.name != "name"]
    for key in table:
        check_name(f"device.{name}", key, known)
    missing = [key for key in known if key not in table]
    if missing:
        raise SpecError(f"device.{name}", sorted(table), f"every figure; {missing[0]} is missing")
    return Device(name=name, **table)


def find_device(name: str) -> Device:
    """A device by name.

    Raises:
        SpecError: there is none of that name.

    Example:
        >>> find_device("ddr4-2400r-8gb-x8").n_banks
        16
    """
    check_name("device", name, devices())
    return devices()[name]
