"""Numba kernels of the seeds that a response, its noise and an operating point give, and the kernel that Python calls.

With the response x of all unknowns to the sources and the response y of the output to a current into any of them,

    d ln H = -sum over branches (y_start - y_end) (x_plus - x_minus) dY / H,    Y = g + j w c              (1)

The noise at the output is S = sum_k a_k |z_k|^2 with the adjoint response z; with p the response to currents
a_k conj(z_k),

    dS = sum_k |z_k|^2 da_k - 2 Re sum over branches (z_start - z_end) (p_plus - p_minus) dY               (2)

Source: S. W. Director, R. A. Rohrer, IEEE Transactions on Circuit Theory 16, 1969.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from archwright.circuits.mna.adjoint_circuit import Adjoint, Branches, Output
from archwright.circuits.mna.adjoint_devices import _kernel_conductances, _kernel_differentiate
from archwright.circuits.mna.adjoint_kernels import Room, Seed, _kernel_clear, _kernel_pull_back
from archwright.circuits.mna.circuit import Circuit
from archwright.circuits.mna.kernels import _kernel_add
from archwright.circuits.mna.lanes import absolute, inner_kernel, kernel, load, store, where_negative
from archwright.circuits.mna.response import SETS, _kernel_fill, _kernel_load, _kernel_run_complex
from archwright.circuits.mna.topology import Floats, Integers


class Point(NamedTuple):
    """Net voltages, conductances and capacitances of operating points."""

    nets: Floats
    slope: Floats
    capacitance: Floats


@inner_kernel
def _kernel_take(state: Floats, right: Integers, n_sets: int, found: Floats) -> None:
    """Copy the solution of every unknown out of the state."""
    for at in range(right.shape[0]):
        for row in range(2 * n_sets):
            store(found, 2 * SETS * at + row, load(state, 2 * SETS * right[at] + row))


@inner_kernel
def _kernel_forward(adjoint: Adjoint, omega: Floats, n_sets: int, room: Room) -> None:
    """Response of every unknown to the sources."""
    state = _kernel_fill(adjoint.constant.shape[0], omega, n_sets, room.work)
    _kernel_run_complex(adjoint.forward, state, n_sets)
    _kernel_take(state, adjoint.right, n_sets, room.forward)


@inner_kernel
def _kernel_backward(adjoint: Adjoint, output: Output, omega: Floats, n_sets: int, room: Room) -> None:
    """Response of an output to a current into every unknown."""
    state = _kernel_fill(adjoint.constant.shape[0], omega, n_sets, room.work)
    n = adjoint.right.shape[0] - 1
    for at in range(n):
        for row in range(2 * n_sets):
            store(state, 2 * SETS * adjoint.right[at] + row, 0.0)
    for end in range(2):
        root = output.roots[end]
        for s in range(n_sets if root < n else 0):
            row = 2 * (SETS * adjoint.right[root] + s)
            store(state, row, load(state, row) + (1.0 - 2.0 * end))
    _kernel_run_complex(adjoint.backward, state, n_sets)
    _kernel_take(state, adjoint.right, n_sets, room.backward)


@inner_kernel
def _kernel_gain(output: Output, forward: Floats, s: int, figures: Floats, row: int) -> None:
    """The response between an output's nets, real and imaginary, into two rows."""
    one, other = 2 * (SETS * output.roots[0] + s), 2 * (SETS * output.roots[1] + s)
    store(figures, row, load(forward, one) - load(forward, other) + output.offset)
    store(figures, row + 1, load(forward, one + 1) - load(forward, other + 1))


@inner_kernel
def _kernel_products(
    branches: Branches, drive: float, left: Floats, right: Floats, s: int, scale: Floats, products: Floats, more: Floats
) -> None:
    """Minus `scale` times the two voltages of every branch, real parts into `products`, imaginary into `more`.

    Args:
        branches: conductances or capacitances.
        drive: 1 where sources add to the voltage of `right`, else 0.
        left, right: responses.
        s: the frequency's set.
        scale: real and imaginary row.
        products, more: (n_branches, LANES) outputs.
    """
    real, imaginary = load(scale, 0), load(scale, 1)
    for k in range(branches.start.shape[0]):
        a, b = 2 * (SETS * branches.start[k] + s), 2 * (SETS * branches.end[k] + s)
        c, d = 2 * (SETS * branches.plus[k] + s), 2 * (SETS * branches.minus[k] + s)
        yr, yi = load(left, a) - load(left, b), load(left, a + 1) - load(left, b + 1)
        xr = load(right, c) - load(right, d) + drive * branches.drive_v[k]
        xi = load(right, c + 1) - load(right, d + 1)
        pr, pi = yr * xr - yi * xi, yr * xi + yi * xr
        store(products, k, pi * imaginary - pr * real)
        store(more, k, 0.0 - pi * real - pr * imaginary)


@inner_kernel
def _kernel_set_response(adjoint: Adjoint, s: int, room: Room) -> None:
    """The seeds of ln |H| and of the phase, equation (1), from `room.gain`, which holds H."""
    for seed in (room.real, room.imaginary):
        _kernel_clear(seed.current)
        _kernel_clear(seed.net)
    real, imaginary, w = load(room.gain, 0), load(room.gain, 1), load(room.omega, s)
    power = real * real + imaginary * imaginary
    left, right, scale = room.backward, room.forward, room.scale
    store(scale, 0, real / power)
    store(scale, 1, 0.0 - imaginary / power)
    _kernel_products(adjoint.conducting, 1.0, left, right, s, scale, room.real.slope, room.imaginary.slope)
    store(scale, 0, w * imaginary / power)
    store(scale, 1, w * real / power)
    _kernel_products(adjoint.charging, 1.0, left, right, s, scale, room.real.charge, room.imaginary.charge)


@inner_kernel
def _kernel_frequency_slope(charge: Floats, capacitance: Floats, figures: Floats, row: int) -> None:
    """One part of d ln H / d ln w: a higher frequency is as much more of every capacitance."""
    total = 0.0 * load(figures, row)
    for k in range(charge.shape[0]):
        total = total + load(capacitance, k) * load(charge, k)
    store(figures, row, total)


@inner_kernel
def _kernel_noise_voltage(adjoint: Adjoint, k: int, room: Room) -> None:
    """z of one noise current into `room.scale`."""
    a, b = 2 * SETS * adjoint.noise_roots[k, 0], 2 * SETS * adjoint.noise_roots[k, 1]
    for part in range(2):
        store(room.scale, part, load(room.backward, a + part) - load(room.backward, b + part))


@inner_kernel
def _kernel_noise_currents(adjoint: Adjoint, slope: Floats, room: Room) -> None:
    """The noise S into `room.noise`, and the response to currents a conj(z) into `room.forward`."""
    state = _kernel_fill(adjoint.constant.shape[0], room.omega, 1, room.work)
    n = adjoint.right.shape[0] - 1
    for at in range(n):
        store(state, 2 * SETS * adjoint.right[at], 0.0)
        store(state, 2 * SETS * adjoint.right[at] + 1, 0.0)
    store(room.noise, 0, 0.0)
    for k in range(adjoint.noise_rows.shape[0]):
        _kernel_noise_voltage(adjoint, k, room)
        real, imaginary = load(room.scale, 0), load(room.scale, 1)
        strength = adjoint.noise_weights[k] * absolute(load(slope, adjoint.noise_rows[k]))
        store(room.noise, 0, load(room.noise, 0) + strength * (real * real + imaginary * imaginary))
        for end in range(2):
            root, sign = adjoint.noise_roots[k, end], 1.0 - 2.0 * end
            row = 2 * SETS * adjoint.right[root]
            if root < n:
                store(state, row, load(state, row) + sign * strength * real)
                store(state, row + 1, load(state, row + 1) - sign * strength * imaginary)
    _kernel_run_complex(adjoint.forward, state, 1)
    _kernel_take(state, adjoint.right, 1, room.forward)


@inner_kernel
def _kernel_subtract_from(rows: Floats, target: Floats) -> None:
    """`target = rows - target`."""
    for k in range(target.shape[0]):
        store(target, k, load(rows, k) - load(target, k))


@inner_kernel
def _kernel_set_noise(adjoint: Adjoint, slope: Floats, room: Room) -> None:
    """The seed of ln of the input-referred density: half of equation (2) over S, minus equation (1) of the gain."""
    _kernel_forward(adjoint, room.omega, 1, room)
    _kernel_backward(adjoint, adjoint.noise_output, room.omega, 1, room)
    _kernel_gain(adjoint.noise_output, room.forward, 0, room.gain, 0)
    _kernel_set_response(adjoint, 0, room)
    _kernel_noise_currents(adjoint, slope, room)
    left, right, seed, half = room.backward, room.forward, room.real, room.imaginary
    store(room.scale, 0, 1.0 / load(room.noise, 0))
    store(room.scale, 1, 0.0)
    _kernel_products(adjoint.conducting, 0.0, left, right, 0, room.scale, half.slope, room.unused)
    _kernel_subtract_from(half.slope, seed.slope)
    store(room.scale, 0, 0.0)
    store(room.scale, 1, load(room.omega, 0) / load(room.noise, 0))
    _kernel_products(adjoint.charging, 0.0, left, right, 0, room.scale, half.charge, room.unused)
    _kernel_subtract_from(half.charge, seed.charge)
    for k in range(adjoint.noise_rows.shape[0]):
        row = adjoint.noise_rows[k]
        _kernel_noise_voltage(adjoint, k, room)
        real, imaginary = load(room.scale, 0), load(room.scale, 1)
        direct = 0.5 * adjoint.noise_weights[k] * (real * real + imaginary * imaginary) / load(room.noise, 0)
        store(seed.slope, row, load(seed.slope, row) + where_negative(load(slope, row), 0.0 - direct, direct))


@inner_kernel
def _kernel_set_operating(adjoint: Adjoint, which: int, nets: Integers, seed: Seed) -> None:
    """The seed of a voltage source's current or, past the last source, of a net's voltage."""
    for rows in seed:
        _kernel_clear(rows)
    n_sources = adjoint.source.shape[0]
    if which >= n_sources:
        store(seed.net, nets[which - n_sources], 1.0)
        return
    for k in range(seed.current.shape[0]):
        store(seed.current, k, adjoint.source[which, k])


@inner_kernel
def _kernel_responses(
    circuit: Circuit, adjoint: Adjoint, x: Floats, point: Point, hertz: Floats, room: Room, out: Floats, figures: Floats
) -> None:
    """The derivatives of ln |H| and of the phase at every frequency of one block."""
    n_values = x.shape[0]
    for first in range(0, hertz.shape[0], SETS):
        n_sets = min(SETS, hertz.shape[0] - first)
        _kernel_angular(hertz, first, n_sets, room.omega)
        _kernel_forward(adjoint, room.omega, n_sets, room)
        _kernel_backward(adjoint, adjoint.output, room.omega, n_sets, room)
        for s in range(n_sets):
            row = 4 * (first + s)
            at = 2 * (first + s) * n_values
            _kernel_gain(adjoint.output, room.forward, s, room.gain, 0)
            store(figures, row, load(room.gain, 0))
            store(figures, row + 1, load(room.gain, 1))
            _kernel_set_response(adjoint, s, room)
            _kernel_frequency_slope(room.real.charge, point.capacitance, figures, row + 2)
            _kernel_frequency_slope(room.imaginary.charge, point.capacitance, figures, row + 3)
            _kernel_pull_back(circuit, adjoint, x, point.nets, room.real, room, out[at : at + n_values])
            _kernel_pull_back(
                circuit, adjoint, x, point.nets, room.imaginary, room, out[at + n_values : at + 2 * n_values]
            )


@inner_kernel
def _kernel_angular(hertz: Floats, first: int, n_sets: int, omega: Floats) -> None:
    for s in range(n_sets):
        store(omega, s, 2.0 * math.pi * load(hertz, first + s))


@kernel
def _kernel_sensitivities(
    circuit: Circuit,
    adjoint: Adjoint,
    values: Floats,
    points: Point,
    hertz: Floats,
    noise_hertz: Floats,
    nets: Integers,
    room: Room,
    figures: Floats,
    found: Floats,
) -> None:
    """All derivatives of many designs.

    Args:
        circuit, adjoint: compiled netlist.
        values: (n_blocks, n_values, LANES) device values.
        points: operating points, each table (n_blocks, rows, LANES).
        hertz, noise_hertz: (n_blocks, n, LANES) frequencies of the response and of the noise.
        nets: those whose voltage is asked for.
        room: for one block.
        figures: (n_blocks, 4 n_frequencies + n_noise_frequencies, LANES) output: H and d ln H / d ln f, real and
            imaginary each, of every frequency in turn; then d ln density / d ln f.
        found: (n_blocks, n_numbers * n_values, LANES) output: derivatives of ln |H| and of the phase at each frequency
            in turn, of ln noise density, of source currents, of net voltages.
    """
    n_values, n_noise, n_operating = values.shape[1], noise_hertz.shape[1], adjoint.source.shape[0] + nets.shape[0]
    for block in range(values.shape[0]):
        x, out = values[block], found[block]
        point = Point(points.nets[block], points.slope[block], points.capacitance[block])
        _kernel_differentiate(circuit, adjoint, x, point.nets, room.devices)
        _kernel_conductances(circuit, point.slope, room.devices, room.exact)
        _kernel_clear(room.newton)
        _kernel_add(adjoint.slope, room.exact, room.newton)
        _kernel_load(adjoint, point.slope, point.capacitance, room.work)
        _kernel_responses(circuit, adjoint, x, point, hertz[block], room, out, figures[block])
        at = 2 * hertz.shape[1] * n_values
        for k in range(n_noise + n_operating):
            if k < n_noise:
                _kernel_angular(noise_hertz[block], k, 1, room.omega)
                _kernel_set_noise(adjoint, point.slope, room)
                row = 4 * hertz.shape[1] + k
                _kernel_frequency_slope(room.real.charge, point.capacitance, figures[block], row)
            else:
                _kernel_set_operating(adjoint, k - n_noise, nets, room.real)
            _kernel_pull_back(circuit, adjoint, x, point.nets, room.real, room, out[at : at + n_values])
            at += n_values
