"""A netlist compiled to index arrays: all that the numba kernels read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from archwright.circuits.devices import (
    Capacitor,
    CurrentSource,
    Mosfet,
    Resistor,
    VoltageSource,
)
from archwright.circuits.mna.elimination import Slots, elimination, pivot_order
from archwright.circuits.mna.topology import (
    N_CONDUCTANCES,
    Branch,
    Floats,
    Integers,
    Stamps,
    Unknowns,
    Weights,
    balance_weights,
    capacitances,
    conductances,
    currents,
    drive_weights,
    find_unknowns,
    matrix_weights,
    source_weights,
    stamp_arrays,
)
from archwright.circuits.netlist import Netlist
from archwright.circuits.technology.ekv import EkvModel, MosfetModel

Kind = TypeVar("Kind", Mosfet, Resistor, Capacitor, VoltageSource, CurrentSource)

MODEL_COLUMNS = (
    "sign", "offset_v", "gamma", "phi", "gain", "lambda_0", "lambda_l", "oxide", "overlap", "junction", "sidewall",
    "potential", "grading", "sidewall_grading", "forward", "saturation", "diffusion", "slope_factor", "reduction",
    "reduction_length", "reduction_limit", "critical_field", "turn", "modulation", "knee", "fading", "drain_barrier",
    "long_drain_barrier", "roll_off", "roll_off_length", "body_loss", "short_channel", "least_length",
    "lost_length", "bulk_share", "charge_length",
)  # fmt: skip
"""Numbers of a MOSFET model as the kernels read them; `offset_v` is the threshold without body effect. Those from
`slope_factor` on belong to EKV, which has no `lambda`."""


class Operating(NamedTuple):
    """The Newton system: slots, program, where the solution stands, Jacobian and residual stamps."""

    n_slots: int
    program: Integers
    solution: Integers
    slope: Stamps
    balance: Stamps


class Small(NamedTuple):
    """The small-signal system `constant + G + j w C` and the two programs that solve it.

    Args:
        constant: (n_slots,) sources and the adjoint's unit right-hand side.
        conductance: stamps of the conductances.
        capacitance: stamps of the capacitances.
        transfer: program for the output.
        adjoint: program for the response of the noise output to a current into any unknown.
        output: (2,) slots of the positive and negative output net.
        output_offset: what sources add to the output directly.
        excitation: (n + 1,) right-hand-side slot of each unknown; the last is a slot that stays zero.
        sensitivity: (n + 1,) slot that holds the adjoint solution of each unknown.
        noise_offset: what sources add directly to the output whose noise is taken.
        noise_roots: (n_sources, 2) unknowns between which each noise current flows.
        noise_rows: (n_sources,) conductance row, noise_weights: (n_sources,) factor of 4kT times it.
    """

    constant: Floats
    conductance: Stamps
    capacitance: Stamps
    transfer: Integers
    adjoint: Integers
    output: Integers
    output_offset: float
    excitation: Integers
    sensitivity: Integers
    noise_offset: float
    noise_roots: Integers
    noise_rows: Integers
    noise_weights: Floats


class Circuit(NamedTuple):
    """Everything the kernels need; value rows follow `Netlist.value_columns`.

    Args:
        pins: (n_mosfets, 4) nets drain, gate, source, bulk.
        sizes: (n_mosfets, 3) value rows of width, length, multiplier.
        models: (n_mosfets, len(MODEL_COLUMNS)).
        is_ekv: (n_mosfets,) whether the model is EKV, else level 1.
        is_shorted: (n_mosfets, 2) whether bulk-drain and bulk-source are the same net.
        resistors: (n, 3) nets and value row; capacitors: (n,) and current_sources: (n,) value rows.
        root: (n_nets,) unknown of each net.
        offset: value rows of voltage sources that add to each net.
        source: branch currents that add up to each voltage source's current.
        voltage_sources: (n,) value rows.
    """

    pins: Integers
    sizes: Integers
    models: Floats
    is_ekv: Integers
    is_shorted: Integers
    resistors: Integers
    capacitors: Integers
    current_sources: Integers
    root: Integers
    offset: Stamps
    source: Stamps
    voltage_sources: Integers
    operating: Operating
    small: Small


def compile_circuit(netlist: Netlist, output: tuple[str, str], noise_output: tuple[str, str]) -> Circuit:
    """Index arrays of `netlist`.

    Args:
        netlist: the circuit.
        output: nets between which the transfer function is taken.
        noise_output: nets between which the noise is taken.
    """
    unknowns = find_unknowns(netlist)
    nets = {net: at for at, net in enumerate(netlist.nets)}
    rows = netlist.value_columns
    mosfets = [device for device in netlist.devices if isinstance(device, Mosfet)]
    models = {model.name: model for model in netlist.models}
    cards = {model.name: _model_row(model) for model in netlist.models}
    sources = np.array([rows[d.name, "dc_v"] for d in netlist.devices if isinstance(d, VoltageSource)], dtype=np.int64)
    offsets = {(net, int(sources[k])): float(w) for (net, k), w in np.ndenumerate(unknowns.offsets)}
    resistors = [(*(nets[net] for net in d.nets), rows[d.name, "resistance_ohm"]) for d in _all(netlist, Resistor)]
    return Circuit(
        pins=_table([[nets[net] for net in device.nets] for device in mosfets], 4),
        sizes=_table([[rows[device.name, field] for field in device.values] for device in mosfets], 3),
        models=np.array([cards[d.model] for d in mosfets]).reshape(-1, len(MODEL_COLUMNS)),
        is_ekv=_table([isinstance(models[d.model], EkvModel) for d in mosfets]),
        is_shorted=_table([[d.bulk == d.drain, d.bulk == d.source] for d in mosfets], 2),
        resistors=_table(resistors, 3),
        capacitors=_table([rows[d.name, "capacitance_f"] for d in _all(netlist, Capacitor)]),
        current_sources=_table([rows[d.name, "dc_a"] for d in _all(netlist, CurrentSource)]),
        root=_table([unknowns.root[net] for net in netlist.nets]),
        offset=stamp_arrays(offsets),
        source=stamp_arrays(source_weights(netlist, currents(netlist))),
        voltage_sources=sources,
        operating=_operating(netlist, unknowns),
        small=_small(netlist, unknowns, output, noise_output),
    )


def operating_slots(netlist: Netlist, unknowns: Unknowns) -> tuple[Slots, list[int], Weights]:
    """Slots of the Newton matrix with its fill-in, the order of its pivots, and where conductances stand in it."""
    slots: Slots = {(at, at): at for at in range(unknowns.n)}
    slope = matrix_weights(unknowns, conductances(netlist), slots)
    return slots, pivot_order(slots, unknowns.n), slope


def small_slots(
    netlist: Netlist, unknowns: Unknowns, last: Sequence[int] = ()
) -> tuple[Slots, list[int], Weights, Weights]:
    """Slots of the small-signal matrix, the order of its pivots, and where conductances and capacitances stand."""
    slots: Slots = {(at, at): at for at in range(unknowns.n)}
    g = matrix_weights(unknowns, conductances(netlist), slots)
    c = matrix_weights(unknowns, capacitances(netlist), slots)
    return slots, pivot_order(slots, unknowns.n, last), g, c


def _operating(netlist: Netlist, unknowns: Unknowns) -> Operating:
    n = unknowns.n
    slots, order, slope = operating_slots(netlist, unknowns)
    right = list(range(len(slots), len(slots) + n))
    program = elimination(slots, order, right, range(n), range(n))
    balance = balance_weights(unknowns, currents(netlist))
    moved = {(right[at], row): weight for (at, row), weight in balance.items()}
    return Operating(len(slots) + n, program, _table(right), stamp_arrays(slope), stamp_arrays(moved))


def _small(netlist: Netlist, unknowns: Unknowns, output: tuple[str, str], noise_output: tuple[str, str]) -> Small:
    n, root = unknowns.n, unknowns.root
    wanted = [root[net] for net in output if root[net] < n]
    slots, order, g, c = small_slots(netlist, unknowns, list(dict.fromkeys(reversed(wanted))))
    zero = len(slots)
    excitation = [*range(zero + 1, zero + 1 + n), zero]
    sensitivity = [*range(zero + 1 + n, zero + 1 + 2 * n), zero]
    drive_v = small_drive_v(netlist, unknowns)
    for weights, branches in ((g, conductances(netlist)), (c, capacitances(netlist))):
        drives = drive_weights(unknowns, branches, drive_v)
        weights.update({(excitation[at], row): weight for (at, row), weight in drives.items()})
    constant = _constant(netlist, unknowns, excitation, sensitivity, noise_output)
    stamped = {slot for weights in (g, c) for slot, _ in weights}
    driven = [at for at in range(n) if constant[excitation[at]] or excitation[at] in stamped]
    seen = [at for at in range(n) if constant[sensitivity[at]]]
    transposed = {(column, row): slot for (row, column), slot in slots.items()}
    noisy = noise_sources(netlist)
    return Small(
        constant=constant,
        conductance=stamp_arrays(g),
        capacitance=stamp_arrays(c),
        transfer=elimination(slots, order, excitation, driven, wanted),
        adjoint=elimination(transposed, order, sensitivity, seen, range(n)),
        output=_table([excitation[root[net]] for net in output]),
        output_offset=drive_v[output[0]] - drive_v[output[1]],
        excitation=_table(excitation),
        sensitivity=_table(sensitivity),
        noise_offset=drive_v[noise_output[0]] - drive_v[noise_output[1]],
        noise_roots=_table([[root[branch.start], root[branch.end]] for branch, _ in noisy], 2),
        noise_rows=_table([branch.row for branch, _ in noisy]),
        noise_weights=np.array([weight for _, weight in noisy], dtype=float),
    )


def _constant(
    netlist: Netlist,
    unknowns: Unknowns,
    excitation: Sequence[int],
    sensitivity: Sequence[int],
    noise_output: tuple[str, str],
) -> Floats:
    """Slots before any stamp: current sources, and one volt of sensitivity at the noise output."""
    constant = np.zeros(max(*excitation, *sensitivity) + 1)
    for device in _all(netlist, CurrentSource):
        constant[excitation[unknowns.root[device.positive]]] -= device.ac_a
        constant[excitation[unknowns.root[device.negative]]] += device.ac_a
    for net, sign in zip(noise_output, (1.0, -1.0), strict=True):
        constant[sensitivity[unknowns.root[net]]] += sign
    constant[excitation[-1]] = 0.0  # the slot of every known net
    return constant


def noise_sources(netlist: Netlist) -> list[tuple[Branch, float]]:
    """Thermal noise currents and their factor of 4kT: gm of each channel (and gds with EKV), 1/R of each resistor."""
    models = {model.name: model for model in netlist.models}
    mosfets = [models[device.model] for device in _all(netlist, Mosfet)]
    branches = conductances(netlist)
    channels: list[tuple[Branch, float]] = []
    for m, model in enumerate(mosfets):
        gds, gm = branches[N_CONDUCTANCES * m : N_CONDUCTANCES * m + 2]
        if isinstance(model, EkvModel):
            channels += [(gds, 1.0), (gm, model.thermal_noise_factor)]
        else:
            channels.append((gm, 2.0 / 3.0))
    return channels + [(b, 1.0) for b in branches[N_CONDUCTANCES * len(mosfets) :]]


def small_drive_v(netlist: Netlist, unknowns: Unknowns) -> dict[str, float]:
    """Small-signal voltage that sources add to each net."""
    amplitudes = np.array([source.ac_v for source in _all(netlist, VoltageSource)])
    return {net: float(row @ amplitudes) for net, row in zip(netlist.nets, unknowns.offsets, strict=True)}


def _model_row(model: MosfetModel) -> list[float]:
    m = model
    bare_v = m.sign * m.threshold_v - m.body_effect_sqrt_v * float(np.sqrt(m.surface_potential_v))
    modulation = (0.0, 0.0) if isinstance(m, EkvModel) else (m.lambda_per_v, m.lambda_m_per_v)
    shared = [
        m.sign, bare_v, m.body_effect_sqrt_v, m.surface_potential_v, m.gain_a_per_v2, *modulation, m.oxide_f_per_m2,
        m.overlap_f_per_m, m.junction_f_per_m2, m.sidewall_f_per_m, m.junction_potential_v, m.junction_grading,
        m.sidewall_grading, m.forward_coefficient, m.saturation_a, m.diffusion_m,
    ]  # fmt: skip
    if not isinstance(m, EkvModel):
        return shared + [0.0] * (len(MODEL_COLUMNS) - len(shared))
    return [
        *shared, m.slope_factor, m.reduction_per_v, m.reduction_m_per_v, m.reduction_limit_per_v,
        m.critical_field_v_per_m, m.saturation_v, m.modulation, m.modulation_v, m.modulation_power, m.drain_barrier,
        m.long_drain_barrier, m.roll_off_v, m.roll_off_m, m.body_loss, m.short_channel_m, m.least_length_m,
        m.lost_length_m, m.bulk_share, m.charge_m,
    ]  # fmt: skip


def _all(netlist: Netlist, kind: type[Kind]) -> list[Kind]:
    return [device for device in netlist.devices if isinstance(device, kind)]


def _table(rows: Sequence[int] | Sequence[Sequence[int]], columns: int | None = None) -> Integers:
    table = np.array(rows, dtype=np.int64)
    return table.reshape(-1) if columns is None else table.reshape(-1, columns)
