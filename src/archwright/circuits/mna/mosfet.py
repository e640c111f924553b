"""Numba kernels of one level-1 MOSFET, eight designs side by side, as ngspice computes it.

The drain and the source swap when the voltage between them is negative; the saturation and the triode region share
one formula in the part of the drive that is *used*, `min(vgs - von, vds)`.

Model numbers are read one by one from `circuit.models[m, column]` (columns in `mna.circuit.MODEL_COLUMNS`): numba
counts references to row views, which costs more than the arithmetic here.

Sources: H. Shichman, D. Hodges, IEEE JSSC 3, 1968 (currents); J. Meyer, RCA Review 32, 1971 (gate capacitances).
"""

from __future__ import annotations

import math

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.lanes import (
    LANES,
    absolute,
    any_above,
    inner_kernel,
    load,
    lower,
    power,
    square_root,
    store,
    upper,
    where_negative,
)
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, N_SIZES, Floats

THERMAL_V = 300.15 * 1.38064852e-23 / 1.6021766208e-19
GMIN_S = 1e-12
"""Lies across every bulk junction."""
REVERSE_V = -3.0 * THERMAL_V
"""Below this voltage a junction follows a cubic instead of the exponential."""
LINEAR_EXPONENT = 40.0
"""Above this many thermal voltages a junction goes on along its tangent, so that Newton comes back from there; a
solution that lies there (a thousand amperes and more) is none."""
LEAST_SATURATION_V = 0.025
"""Meyer's capacitances take no smaller saturation voltage."""


@inner_kernel
def _kernel_size(circuit: Circuit, m: int, values: Floats, sizes: Floats) -> None:
    models, first = circuit.models, N_SIZES * m
    length, many = load(values, circuit.sizes[m, 1]), load(values, circuit.sizes[m, 2])
    width = load(values, circuit.sizes[m, 0]) * many
    store(sizes, first, models[m, 4] * width / length)
    store(sizes, first + 1, models[m, 5] + models[m, 6] / length)
    store(sizes, first + 2, models[m, 7] * width * length)
    store(sizes, first + 3, models[m, 8] * width)
    store(sizes, first + 4, 2.0 * models[m, 9] * models[m, 16] * width)
    store(sizes, first + 5, models[m, 10] * (4.0 * models[m, 16] * many + width))
    store(sizes, first + 6, models[m, 15] * many)


@inner_kernel
def _kernel_channel(circuit: Circuit, m: int, nets: Floats, sizes: Floats, current: Floats, slope: Floats) -> None:
    """Channel current from drain to source, and its slopes with drain, gate and bulk voltage."""
    sign, bare_v, gamma, phi = (circuit.models[m, 0], circuit.models[m, 1], circuit.models[m, 2], circuit.models[m, 3])
    source = load(nets, circuit.pins[m, 2])
    vds = sign * (load(nets, circuit.pins[m, 0]) - source)
    swapped = lower(vds, 0.0)
    vg = sign * (load(nets, circuit.pins[m, 1]) - source) - swapped
    vb = sign * (load(nets, circuit.pins[m, 3]) - source) - swapped
    vd = absolute(vds)
    depletion = upper(square_root(phi - lower(vb, 0.0)) - upper(vb, 0.0) * (0.5 / math.sqrt(phi)), 0.0)
    drive = upper(vg - bare_v - gamma * depletion, 0.0)
    used = lower(drive, vd)
    beta, modulation = load(sizes, N_SIZES * m), load(sizes, N_SIZES * m + 1)
    modulated = beta * (1.0 + modulation * vd)
    shape = used * (drive - 0.5 * used)
    gm = modulated * used
    gds = modulated * (drive - used) + modulation * beta * shape
    gmb = gm * where_negative(0.0 - depletion, 0.5 * gamma / depletion, 0.0)
    way = where_negative(vds, -1.0, 1.0)
    store(current, N_CURRENTS * m, sign * way * modulated * shape)
    store(slope, N_CONDUCTANCES * m, gds + where_negative(vds, gm + gmb, 0.0))
    store(slope, N_CONDUCTANCES * m + 1, way * gm)
    store(slope, N_CONDUCTANCES * m + 2, way * gmb)


@inner_kernel
def _kernel_junction(
    circuit: Circuit, m: int, side: int, nets: Floats, sizes: Floats, current: Floats, slope: Floats
) -> bool:
    """Current from the bulk to the drain (side 0) or source (1), and its slope, as long as no lane conducts.

    Returns:
        Whether one does: then `_kernel_forward` has to follow.
    """
    sign = circuit.models[m, 0]
    v = sign * (load(nets, circuit.pins[m, 3]) - load(nets, circuit.pins[m, 2 * side]))
    saturation = load(sizes, N_SIZES * m + 6)
    inverse = 1.0 / lower(v, REVERSE_V)
    share = (-REVERSE_V / math.e) * inverse
    share = share * share * share
    store(current, N_CURRENTS * m + 1 + side, sign * (GMIN_S * v - saturation * (1.0 + share)))
    store(slope, N_CONDUCTANCES * m + 3 + side, GMIN_S + 3.0 * saturation * share * inverse)
    conducts: bool = any_above(v, REVERSE_V)
    return conducts


@inner_kernel
def _kernel_forward(
    circuit: Circuit, m: int, side: int, nets: Floats, sizes: Floats, current: Floats, slope: Floats
) -> None:
    """The exponential in the lanes where a junction conducts: rare, so lane by lane."""
    sign = circuit.models[m, 0]
    bulk, other = circuit.pins[m, 3], circuit.pins[m, 2 * side]
    for lane in range(LANES):
        v = sign * (nets[bulk, lane] - nets[other, lane])
        if v <= REVERSE_V:
            continue
        saturation = sizes[N_SIZES * m + 6, lane]
        exponent = min(v / THERMAL_V, LINEAR_EXPONENT)
        grown = math.exp(exponent)
        tangent = saturation * grown / THERMAL_V
        through = saturation * (grown - 1.0) + tangent * (v - exponent * THERMAL_V)
        current[N_CURRENTS * m + 1 + side, lane] = sign * (through + GMIN_S * v)
        slope[N_CONDUCTANCES * m + 3 + side, lane] = tangent + GMIN_S


@inner_kernel
def _kernel_beyond(circuit: Circuit, m: int, side: int, nets: Floats, busy: Floats) -> None:
    """Mark the lanes whose junction stands on its tangent."""
    v = circuit.models[m, 0] * (load(nets, circuit.pins[m, 3]) - load(nets, circuit.pins[m, 2 * side]))
    store(busy, 0, where_negative(LINEAR_EXPONENT * THERMAL_V - v, 1.0, load(busy, 0)))


@inner_kernel
def _kernel_meyer(circuit: Circuit, m: int, nets: Floats, sizes: Floats, capacitance: Floats, region: Floats) -> None:
    """Gate-source, gate-drain and gate-bulk capacitance, overlaps included; drive and saturation margin."""
    sign, bare_v, gamma, phi = (circuit.models[m, 0], circuit.models[m, 1], circuit.models[m, 2], circuit.models[m, 3])
    source = load(nets, circuit.pins[m, 2])
    vds = sign * (load(nets, circuit.pins[m, 0]) - source)
    swapped = lower(vds, 0.0)
    vg = sign * (load(nets, circuit.pins[m, 1]) - source) - swapped
    vb = sign * (load(nets, circuit.pins[m, 3]) - source) - swapped
    depletion = upper(square_root(phi - lower(vb, 0.0)) - upper(vb, 0.0) * (0.5 / math.sqrt(phi)), 0.0)
    drive = vg - bare_v - gamma * depletion
    oxide, overlap = load(sizes, N_SIZES * m + 2), load(sizes, N_SIZES * m + 3)
    inverted = oxide * (2.0 / 3.0) * lower(upper(1.0 + drive / (0.5 * phi), 0.0), 1.0)
    saturation_v = upper(drive, LEAST_SATURATION_V)
    below_v = upper(saturation_v - absolute(vds), 0.0)
    scale = 1.0 / (saturation_v + below_v)
    far, near = saturation_v * scale, below_v * scale
    far, near = inverted * (1.0 - far * far), inverted * (1.0 - near * near)
    store(capacitance, N_CAPACITANCES * m, overlap + where_negative(vds, far, near))
    store(capacitance, N_CAPACITANCES * m + 1, overlap + where_negative(vds, near, far))
    store(region, 2 * m, drive)
    store(region, 2 * m + 1, absolute(vds) - upper(drive, 0.0))
    store(capacitance, N_CAPACITANCES * m + 2, oxide * lower(upper((0.0 - drive) / phi, 0.0), 1.0))


@inner_kernel
def _kernel_depletion(circuit: Circuit, m: int, side: int, nets: Floats, sizes: Floats, capacitance: Floats) -> None:
    """Junction capacitance; above the forward fraction of the potential it goes on along its tangent."""
    potential_v, forward = circuit.models[m, 11], circuit.models[m, 14]
    v = circuit.models[m, 0] * (load(nets, circuit.pins[m, 3]) - load(nets, circuit.pins[m, 2 * side]))
    edge_v = forward * potential_v
    left = 1.0 - lower(v, edge_v) / potential_v
    beyond = upper(v - edge_v, 0.0) / (potential_v * (1.0 - forward))
    total = 0.0 * v
    for part in range(2):
        grading = circuit.models[m, 12 + part]
        grown = 1.0 / square_root(left) if grading == 0.5 else power(left, -grading)
        total = total + load(sizes, N_SIZES * m + 4 + part) * (1.0 + grading * beyond) * grown
    store(capacitance, N_CAPACITANCES * m + 3 + side, total)
