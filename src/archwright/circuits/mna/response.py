"""Numba kernels of the small-signal response: transfer function and noise.

One solve takes up to `SETS` frequencies of eight designs: the elimination is one long chain of dependent
steps, and independent chains beside it cost almost nothing. A slot of the complex state has a pair of rows per
set, real and imaginary.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from archwright.circuits.mna.circuit import Small
from archwright.circuits.mna.kernels import _kernel_add
from archwright.circuits.mna.lanes import LANES, aligned_rows, inner_kernel, kernel, load, store
from archwright.circuits.mna.topology import Floats, Integers

Complexes = np.ndarray[Any, np.dtype[np.complex128]]

SETS = 4
"""Frequencies per solve."""
FOUR_KT_J = 4.0 * 1.38064852e-23 * 300.15


@inner_kernel
def _kernel_run_complex(program: Integers, state: Floats, n_sets: int) -> None:
    """Run an elimination program over complex slots."""
    for step in range(program.shape[0]):
        kind, k, i, j = program[step, 0], program[step, 1], program[step, 2], program[step, 3]
        for s in range(n_sets):
            at, by, of = 2 * (SETS * k + s), 2 * (SETS * i + s), 2 * (SETS * j + s)
            kr, ki, ir, ii = load(state, at), load(state, at + 1), load(state, by), load(state, by + 1)
            if kind == 2:
                jr, ji = load(state, of), load(state, of + 1)
                store(state, at, kr - ir * jr + ii * ji)
                store(state, at + 1, ki - ir * ji - ii * jr)
            elif kind == 1:
                store(state, at, kr * ir - ki * ii)
                store(state, at + 1, kr * ii + ki * ir)
            else:
                scale = 1.0 / (kr * kr + ki * ki)
                store(state, at, kr * scale)
                store(state, at + 1, 0.0 - ki * scale)


@inner_kernel
def work_rows(small: Small) -> Floats:
    """Room for one block: slots of G, slots of C, complex state."""
    rows: Floats = aligned_rows((2 + 2 * SETS) * small.constant.shape[0])
    return rows


@inner_kernel
def _kernel_load(small: Small, slope: Floats, capacitance: Floats, work: Floats) -> None:
    """Put G and C of one block into `work`."""
    n = small.constant.shape[0]
    for slot in range(n):
        store(work, slot, small.constant[slot])
        store(work, n + slot, 0.0)
    _kernel_add(small.conductance, slope, work[:n])
    _kernel_add(small.capacitance, capacitance, work[n : 2 * n])


@inner_kernel
def _kernel_fill(n: int, omega: Floats, n_sets: int, work: Floats) -> Floats:
    """Put G + j w C for the angular frequencies in the first rows of `omega` into the state, and return it."""
    state = work[2 * n :]
    for slot in range(n):
        g, c = load(work, slot), load(work, n + slot)
        for s in range(n_sets):
            store(state, 2 * (SETS * slot + s), g)
            store(state, 2 * (SETS * slot + s) + 1, c * load(omega, s))
    return state


@inner_kernel
def _kernel_solve(program: Integers, n: int, omega: Floats, n_sets: int, work: Floats) -> Floats:
    """Solve for the angular frequencies in the first rows of `omega`; returns the state."""
    state: Floats = _kernel_fill(n, omega, n_sets, work)
    _kernel_run_complex(program, state, n_sets)
    return state


@inner_kernel
def _kernel_output(small: Small, omega: Floats, n_sets: int, work: Floats, out: Floats) -> None:
    """The output at each set of angular frequencies, real and imaginary rows in turn."""
    state = _kernel_solve(small.transfer, small.constant.shape[0], omega, n_sets, work)
    one, other = small.output[0], small.output[1]
    for s in range(n_sets):
        a, b = 2 * (SETS * one + s), 2 * (SETS * other + s)
        store(out, 2 * s, load(state, a) - load(state, b) + small.output_offset)
        store(out, 2 * s + 1, load(state, a + 1) - load(state, b + 1))


@inner_kernel
def _kernel_complex(out: Floats, n_sets: int, transfer: Complexes) -> None:
    for s in range(n_sets):
        for lane in range(LANES):
            transfer[s, lane] = complex(out[2 * s, lane], out[2 * s + 1, lane])


@kernel
def _kernel_transfer(
    small: Small,
    slope: Floats,
    capacitance: Floats,
    hertz: Floats,
    transfer: Complexes,
) -> None:
    """Transfer function.

    Args:
        small: compiled system.
        slope, capacitance: (n_blocks, rows, LANES) of the operating points.
        hertz: (n_blocks, n_frequencies, LANES).
        transfer: complex output of the same shape.
    """
    work, omega, out = work_rows(small), aligned_rows(SETS), aligned_rows(2 * SETS)
    for block in range(slope.shape[0]):
        _kernel_load(small, slope[block], capacitance[block], work)
        for first in range(0, hertz.shape[1], SETS):
            n_sets = min(SETS, hertz.shape[1] - first)
            for s in range(n_sets):
                store(omega, s, 2.0 * math.pi * load(hertz[block], first + s))
            _kernel_output(small, omega, n_sets, work, out)
            _kernel_complex(out, n_sets, transfer[block, first:])


@kernel
def _kernel_noise(
    small: Small, slope: Floats, capacitance: Floats, hertz: Floats, density: Floats, gain: Floats
) -> None:
    """Output noise density (V/sqrt(Hz)) and |gain|, by one adjoint solve per frequency; shapes as in transfer."""
    work, omega = work_rows(small), aligned_rows(SETS)
    n = small.constant.shape[0]
    for block in range(slope.shape[0]):
        _kernel_load(small, slope[block], capacitance[block], work)
        for f in range(hertz.shape[1]):
            store(omega, 0, 2.0 * math.pi * load(hertz[block], f))
            state = _kernel_solve(small.adjoint, n, omega, 1, work)
            for lane in range(LANES):
                density[block, f, lane] = _kernel_density(small, slope[block], state, lane)
                gain[block, f, lane] = _kernel_gain(small, state, lane)


@inner_kernel
def _kernel_density(small: Small, slope: Floats, state: Floats, lane: int) -> float:
    squares = 0.0
    for source in range(small.noise_rows.shape[0]):
        one = 2 * SETS * small.sensitivity[small.noise_roots[source, 0]]
        other = 2 * SETS * small.sensitivity[small.noise_roots[source, 1]]
        real, imaginary = state[one, lane] - state[other, lane], state[one + 1, lane] - state[other + 1, lane]
        strength = small.noise_weights[source] * abs(slope[small.noise_rows[source], lane])
        squares += strength * (real * real + imaginary * imaginary)
    return math.sqrt(FOUR_KT_J * squares)


@inner_kernel
def _kernel_gain(small: Small, state: Floats, lane: int) -> float:
    """|gain| from the sources to the noise output: the adjoint solution times the excitation."""
    real, imaginary = small.noise_offset, 0.0
    for at in range(small.excitation.shape[0] - 1):
        b, z = 2 * SETS * small.excitation[at], 2 * SETS * small.sensitivity[at]
        real += state[z, lane] * state[b, lane] - state[z + 1, lane] * state[b + 1, lane]
        imaginary += state[z, lane] * state[b + 1, lane] + state[z + 1, lane] * state[b, lane]
    return math.hypot(real, imaginary)
