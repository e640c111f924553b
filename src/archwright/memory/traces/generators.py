"""Traces by name: those of the published study with the statistics that are known of them, and fuller ones.

The published study (Krishnan et al., 2022) plays four traces of 10,000 reads, one a clock: `stream`, `random`,
`cloud-1`, `cloud-2`. The cloud traces are known by their statistics only: about half sequential runs in low
memory, half random, 5,000 to 5,300 activations. `mixed` and `bursty` have what these lack: writes, several initiators,
pauses; on them every parameter of a controller matters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.memory.traces.trace import Bools, Ints, Trace

LINE_BYTES = 64
MEMORY_BYTES = 1 << 30
_N_LINES = MEMORY_BYTES // LINE_BYTES


def generate(name: str, n: int = 10_000, *, seed: int = 0) -> Trace:
    """A trace by name.

    Args:
        name: one of `GENERATORS`.
        n: requests, at least 1.
        seed: of what is drawn.

    Raises:
        SpecError: no such trace, or no request.

    Example:
        >>> generate("ping-pong", 4).addresses.tolist()
        [0, 1048576, 0, 1048576]
    """
    check_name("trace", name, GENERATORS)
    if n < 1:
        raise SpecError("n_requests", n, "a whole number above 0")
    return GENERATORS[name](n, np.random.default_rng([seed, *name.encode()]))


def _reads(lines: Ints, name: str) -> Trace:
    n = len(lines)
    return Trace(np.arange(n), lines * LINE_BYTES, np.zeros(n, bool), np.zeros(n, np.int64), name)


def stream(n: int, rng: np.random.Generator) -> Trace:
    """Consecutive lines from address 0."""
    return _reads(np.arange(n) % _N_LINES, "stream")


def uniform(n: int, rng: np.random.Generator) -> Trace:
    """Lines anywhere below 1 GiB."""
    return _reads(rng.integers(0, _N_LINES, n), "random")


def ping_pong(n: int, rng: np.random.Generator) -> Trace:
    """Two lines in turn, 1 MiB apart."""
    return _reads(np.arange(n) % 2 * (1 << 20) // LINE_BYTES, "ping-pong")


def _cloud(n: int, rng: np.random.Generator, run: int, share: float, name: str) -> Trace:
    """Runs of `run` lines on average, which go on where the last one ended; a share of all requests is random."""
    n_random = round(share * n)
    n_runs = max(1, (n - n_random) // run)
    lengths = np.stack([_cut(n - n_random, n_runs, rng), _cut(n_random, n_runs, rng)], axis=1).ravel()
    is_random = np.repeat(np.arange(2 * n_runs) % 2 == 1, lengths)
    return _reads(np.where(is_random, rng.integers(0, _N_LINES, n), np.cumsum(~is_random) - 1), name)


def _cut(total: int, n: int, rng: np.random.Generator) -> Ints:
    """A whole number cut at random into `n` parts."""
    cuts = np.sort(rng.integers(0, total + 1, n - 1))
    return np.diff(np.concatenate([[0], cuts, [total]]))


def cloud_1(n: int, rng: np.random.Generator) -> Trace:
    """Short sequential runs in low memory, random requests between them."""
    return _cloud(n, rng, 64, 0.515, "cloud-1")


def cloud_2(n: int, rng: np.random.Generator) -> Trace:
    """The same with fewer random requests."""
    return _cloud(n, rng, 64, 0.49, "cloud-2")


def mixed(n: int, rng: np.random.Generator) -> Trace:
    """Four programs in turn at random: two streams, a walk with a stride, random places; a quarter writes.

    More comes in than goes out for 200 requests, then there is a pause of 500 to 3,500 clocks.
    """
    initiators = rng.integers(0, 4, n)
    pauses = rng.integers(500, 3500, n)
    gaps = rng.poisson(3.0, n) + np.where(np.arange(n) % 200 == 199, pauses, 0)
    return Trace(np.cumsum(gaps), _program_lines(initiators, rng) * LINE_BYTES, _writes(n, rng), initiators, "mixed")


def bursty(n: int, rng: np.random.Generator) -> Trace:
    """The same programs in bursts of 64 requests, pauses of about 4,000 clocks between them."""
    initiators = np.arange(n) // 8 % 4
    gaps = np.where(np.arange(n) % 64 == 0, rng.poisson(4000.0, n), 1)
    return Trace(np.cumsum(gaps), _program_lines(initiators, rng) * LINE_BYTES, _writes(n, rng), initiators, "bursty")


def _writes(n: int, rng: np.random.Generator) -> Bools:
    return rng.random(n) < 0.25


def _program_lines(initiators: Ints, rng: np.random.Generator) -> Ints:
    """Lines of four programs, each in a quarter of the memory."""
    lines = rng.integers(0, _N_LINES // 4, len(initiators))
    for program, stride in ((0, 1), (1, 1), (2, 37)):
        mine = np.flatnonzero(initiators == program)
        lines[mine] = np.arange(len(mine)) * stride % (_N_LINES // 4)
    return lines + initiators * (_N_LINES // 4)


GENERATORS: dict[str, Callable[[int, np.random.Generator], Trace]] = {
    "stream": stream,
    "random": uniform,
    "cloud-1": cloud_1,
    "cloud-2": cloud_2,
    "ping-pong": ping_pong,
    "mixed": mixed,
    "bursty": bursty,
}
