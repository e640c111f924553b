"""Joules and square micrometres of what the array and the converter are made of, 45 nm, with their sources.

Energies are those of `accelerators.energy` (Han et al., "EIE", ISCA 2016, table I). Areas of arithmetic: M. Horowitz,
"Computing's energy problem", ISSCC 2014, as tabulated in W. Dally's NIPS 2015 tutorial, 45 nm. Memory per bit: the
128 KB of weights of an EIE element. A flip-flop is that of the NanGate 45 nm cell library.

Ours: a divider is 32 subtractions in a row, in energy and in area, with 64 flip-flops after each; leakage and wires are
left out.
"""

from __future__ import annotations

from archwright.accelerators.eie.energy import UNITS
from archwright.accelerators.eie.machine import WEIGHT_SRAM_BYTES
from archwright.accelerators.energy import cost_j

WORD_BITS = 32

DRAM_J_PER_BIT = cost_j("DRAM, 32 bits") / 32.0
SRAM_J = cost_j("SRAM of 32 KB, 32 bits")
"""A word of the buffers between memory and array, and of the converter's scratch-pad."""
REGISTER_J = cost_j("register file, 32 bits")
"""A word of an element's buffer."""
ADD_J = cost_j("integer addition, 32 bits")
"""Also a comparison of two indices."""
MULTIPLY_J = cost_j("integer multiplication, 32 bits")
DIVIDE_J = 32.0 * ADD_J
MAC_J = cost_j("floating-point addition, 32 bits") + cost_j("floating-point multiplication, 32 bits")

ADD_UM2 = 137.0
MULTIPLY_UM2 = 3_495.0
MAC_UM2 = 4_184.0 + 7_700.0
"""A floating-point adder and multiplier of 32 bits."""
FLIP_FLOP_UM2 = 4.522
SRAM_UM2_PER_BIT = UNITS["sparse-matrix read"].area_um2 / (8.0 * WEIGHT_SRAM_BYTES)
DIVIDE_UM2 = 32.0 * (ADD_UM2 + 64.0 * FLIP_FLOP_UM2)

SOFTWARE_S_PER_WORD = 1e-9
"""Conversion in software, per word read or written: near the median of `benchmarks/accelerators_formats.py`."""
SOFTWARE_POWER_W = 10.0
"""Ours: one core of a server while it converts."""
