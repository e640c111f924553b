"""Numba kernels of one EKV MOSFET, eight designs side by side: the equations of `ekv` with their exact slopes.

They fill the same rows as those of level 1, so that everything around them is shared: a circuit may mix both.
"""

from __future__ import annotations

import math
from typing import Any

from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.lanes import (
    absolute,
    inner_kernel,
    load,
    lower,
    power,
    square_root,
    store,
    upper,
    where_negative,
)
from archwright.circuits.mna.lanes_exponential import exponential, log_one_plus, logarithm
from archwright.circuits.mna.topology import N_CAPACITANCES, N_CONDUCTANCES, N_CURRENTS, N_SIZES, Floats
from archwright.circuits.technology.ekv import BODY_SMOOTHING_V, CHARGE_POWER, THERMAL_V, WEAK_SATURATION

_SLOPE, _REDUCTION, _REDUCTION_LENGTH, _LIMIT, _FIELD, _TURN, _MODULATION, _KNEE, _FADING = range(17, 26)
_BARRIER, _LONG_BARRIER, _ROLL_OFF, _ROLL_OFF_LENGTH, _BODY_LOSS, _SHORT, _LEAST, _LOST, _BULK, _CHARGE = range(26, 36)
"""Columns of `circuit.models` that only this model has."""


@inner_kernel
def _kernel_ekv_size(circuit: Circuit, m: int, values: Floats, sizes: Floats) -> None:
    models, first = circuit.models, N_SIZES * m
    drawn, many = load(values, circuit.sizes[m, 1]), load(values, circuit.sizes[m, 2])
    width = load(values, circuit.sizes[m, 0]) * many
    length = drawn - models[m, _LOST]
    fading = exponential((models[m, _LEAST] - drawn) / models[m, _SHORT])
    store(sizes, first, 2.0 * models[m, _SLOPE] * THERMAL_V * THERMAL_V * models[m, 4] * width / length)
    store(sizes, first + 1, models[m, _MODULATION] * power(models[m, _LEAST] / drawn, models[m, _FADING]))
    store(sizes, first + 2, models[m, 7] * width * length)
    store(sizes, first + 3, models[m, 8] * width)
    store(sizes, first + 4, 2.0 * models[m, 9] * models[m, 16] * width)
    store(sizes, first + 5, models[m, 10] * (4.0 * models[m, 16] * many + width))
    store(sizes, first + 6, models[m, 15] * many)
    roll_off = models[m, _ROLL_OFF] * exponential((models[m, _LEAST] - drawn) / models[m, _ROLL_OFF_LENGTH])
    gamma = models[m, 2] * (1.0 - models[m, _BODY_LOSS] * fading)
    long_root = math.sqrt(models[m, 3])
    store(sizes, first + 7, models[m, 1] + (models[m, 2] - gamma) * long_root - roll_off)
    store(sizes, first + 11, gamma)
    stretch = 1.0 + power(models[m, _CHARGE] / length, CHARGE_POWER)
    store(sizes, first + 12, stretch)
    store(sizes, first + 8, models[m, _LONG_BARRIER] + (models[m, _BARRIER] - models[m, _LONG_BARRIER]) * fading)
    store(sizes, first + 9, 2.0 * THERMAL_V / (models[m, _FIELD] * length))
    store(sizes, first + 10, models[m, _REDUCTION] + models[m, _REDUCTION_LENGTH] / length)


@inner_kernel
def _inversion(circuit: Circuit, m: int, drive: Any) -> Any:
    """q of one end of the channel and its slope with vgs."""
    per_v = 0.5 / (circuit.models[m, _SLOPE] * THERMAL_V)
    pinch = drive * per_v
    small = exponential(0.0 - absolute(pinch))
    return upper(pinch, 0.0) + log_one_plus(small), where_negative(pinch, small, 1.0) / (1.0 + small) * per_v


@inner_kernel
def _overdrive(circuit: Circuit, m: int, nets: Floats, sizes: Floats) -> Any:
    """Drain voltage from the pin that is the source, vgs - vth, and how the latter moves with the bulk."""
    first = N_SIZES * m
    sign, gamma, phi = circuit.models[m, 0], load(sizes, first + 11), circuit.models[m, 3]
    source = load(nets, circuit.pins[m, 2])
    vds = sign * (load(nets, circuit.pins[m, 0]) - source)
    swapped = lower(vds, 0.0)
    vg = sign * (load(nets, circuit.pins[m, 1]) - source) - swapped
    below = phi - sign * (load(nets, circuit.pins[m, 3]) - source) + swapped
    wide = square_root(below * below + BODY_SMOOTHING_V * BODY_SMOOTHING_V)
    root = square_root(0.5 * (below + wide))
    drive = vg - load(sizes, first + 7) - gamma * root + load(sizes, first + 8) * absolute(vds)
    return vds, drive, 0.5 * gamma * root / wide


@inner_kernel
def _kernel_ekv_channel(circuit: Circuit, m: int, nets: Floats, sizes: Floats, current: Floats, slope: Floats) -> None:
    """Channel current from drain to source, and its slopes with drain, gate and bulk voltage.

    A name that ends in `_v` is the slope of the quantity with vgs - vth, one that ends in `_d` that with vds alone.
    """
    models, first = circuit.models, N_SIZES * m
    turn, knee = models[m, _TURN], models[m, _KNEE]
    vds, drive, by_bulk = _overdrive(circuit, m, nets, sizes)
    vd = absolute(vds)
    n = models[m, _SLOPE]
    forward, forward_v = _inversion(circuit, m, drive)
    velocity = load(sizes, first + 9)
    root = square_root(1.0 + 2.0 * velocity * forward)
    largest = 2.0 * forward / (1.0 + root)
    blend = square_root(largest * largest + WEAK_SATURATION)
    saturated = 2.0 * THERMAL_V * blend
    over = saturated - vd - turn
    wide = square_root(over * over + 4.0 * turn * saturated)
    used = saturated - 0.5 * (over + wide)
    used_d = 0.5 * (1.0 + over / wide)
    used_v = (0.5 - 0.5 * (over + 2.0 * turn) / wide) * (2.0 * THERMAL_V) * largest * forward_v / (blend * root)
    reverse, share = _inversion(circuit, m, drive - n * used)
    reverse_v, reverse_d = share * (1.0 - n * used_v), share * used_d * (0.0 - n)
    scale = 1.0 / (1.0 + velocity * (forward - reverse))
    shape = (forward - reverse) * (forward + reverse) * scale
    shape_v = scale * ((2.0 * forward - velocity * shape) * forward_v + (velocity * shape - 2.0 * reverse) * reverse_v)
    shape_d = scale * (velocity * shape - 2.0 * reverse) * reverse_d
    beyond = 1.0 + (vd - used) / knee
    modulation = load(sizes, first + 1)
    grown = 1.0 + modulation * logarithm(beyond)
    by_beyond = modulation / (beyond * knee)
    limit = 1.0 / (1.0 + (models[m, _LIMIT] * 2.0 * n * THERMAL_V) * forward)
    reduction = load(sizes, first + 10) * (2.0 * n * THERMAL_V) * limit
    strength = 1.0 / (1.0 + reduction * forward)
    gain = load(sizes, first) * strength
    gm = gain * ((shape_v - shape * strength * reduction * limit * forward_v) * grown - shape * by_beyond * used_v)
    gds = gain * (shape_d * grown + shape * by_beyond * (1.0 - used_d)) + gm * load(sizes, first + 8)
    gmb = gm * by_bulk
    way = where_negative(vds, -1.0, 1.0)
    store(current, N_CURRENTS * m, models[m, 0] * way * gain * shape * grown)
    store(slope, N_CONDUCTANCES * m, gds + where_negative(vds, gm + gmb, 0.0))
    store(slope, N_CONDUCTANCES * m + 1, way * gm)
    store(slope, N_CONDUCTANCES * m + 2, way * gmb)


@inner_kernel
def _kernel_ekv_gate(
    circuit: Circuit, m: int, nets: Floats, sizes: Floats, capacitance: Floats, region: Floats
) -> None:
    """Gate-source, gate-drain and gate-bulk capacitance, overlaps included; drive and saturation margin."""
    first = N_SIZES * m
    vds, drive, _ = _overdrive(circuit, m, nets, sizes)
    forward, _ = _inversion(circuit, m, drive)
    reverse, _ = _inversion(circuit, m, drive - circuit.models[m, _SLOPE] * load(sizes, first + 12) * absolute(vds))
    near, far = square_root(0.25 + forward * forward), square_root(0.25 + reverse * reverse)
    scale = 1.0 / ((near + far) * (near + far))
    to_source = (2.0 / 3.0) * (1.0 - (far * far + far + 0.5 * near) * scale)
    to_drain = (2.0 / 3.0) * (1.0 - (near * near + near + 0.5 * far) * scale)
    oxide, overlap = load(sizes, first + 2), load(sizes, first + 3)
    store(capacitance, N_CAPACITANCES * m, overlap + oxide * where_negative(vds, to_drain, to_source))
    store(capacitance, N_CAPACITANCES * m + 1, overlap + oxide * where_negative(vds, to_source, to_drain))
    to_bulk = circuit.models[m, _BULK] * (1.0 - to_source - to_drain)
    store(capacitance, N_CAPACITANCES * m + 2, oxide * to_bulk)
    largest = 2.0 * forward / (1.0 + square_root(1.0 + 2.0 * load(sizes, first + 9) * forward))
    store(region, 2 * m, drive)
    saturated = (2.0 * THERMAL_V) * square_root(largest * largest + WEAK_SATURATION)
    store(region, 2 * m + 1, absolute(vds) - saturated)
