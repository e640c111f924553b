"""EIE: the recursion against the per-cycle referee, and the same layers in scipy on this processor."""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np
import scipy
import scipy.sparse

from archwright.accelerators.eie import PUBLISHED, Machine, encode, entry_counts, published_layer, scan, time_layer
from archwright.accelerators.eie.referee import run_layer

REPEATS = 7
REFEREED = ("nt-we", "nt-lstm")
CODEBOOK = np.arange(16, dtype=np.int16)


def seconds(work, repeats=REPEATS):
    """Median and spread of repeats."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), min(taken), max(taken)


def dense_codes(layer):
    sparsity = layer.sparsity
    codes = np.zeros((sparsity.n_rows, sparsity.n_columns), np.uint8)
    codes[sparsity.rows, np.repeat(np.arange(sparsity.n_columns), np.diff(sparsity.starts))] = 1
    return codes


def recursion(machine):
    total = 0.0
    for name in PUBLISHED:
        layer = published_layer(name)
        counts, scanned = entry_counts(layer.sparsity, machine), scan(layer.is_active, machine.n_pes)
        counting = seconds(lambda layer=layer: entry_counts(layer.sparsity, machine))[0]
        median, low, high = seconds(lambda case=(counts, scanned): time_layer(*case, machine))
        total += median
        print(f"{name:8} recursion {median * 1e6:7.1f} us ({low * 1e6:.1f} to {high * 1e6:.1f}), "
              f"counting its entries {counting * 1e3:6.2f} ms")  # fmt: skip
    print(f"nine layers together {total * 1e3:.3f} ms")


def referee(name, machine):
    layer = published_layer(name)
    encoded, activations = encode(dense_codes(layer), machine), layer.is_active.astype(np.int16)
    scanned = scan(layer.is_active, machine.n_pes)
    fast = seconds(lambda: time_layer(encoded.counts, scanned, machine))[0]
    start = time.perf_counter()
    verdict = run_layer(encoded, CODEBOOK, activations)
    slow = time.perf_counter() - start
    same = verdict.cycles == time_layer(encoded.counts, scanned, machine).cycles
    print(
        f"{name:8} referee {slow:.2f} s, {slow / fast:,.0f} x the recursion; {verdict.cycles:,} cycles, equal: {same}"
    )


def software(name):
    """A matrix-vector product of scipy, compressed columns, float32; the simulated machine's time beside it."""
    layer = published_layer(name)
    sparsity = layer.sparsity
    values = np.ones(len(sparsity.rows), np.float32)
    shape = (sparsity.n_rows, sparsity.n_columns)
    matrix = scipy.sparse.csc_matrix((values, sparsity.rows, sparsity.starts), shape=shape)
    vector = layer.is_active.astype(np.float32)
    median, low, high = seconds(lambda: matrix @ vector)
    machine = Machine()
    cycles = time_layer(entry_counts(sparsity, machine), scan(layer.is_active, 64), machine).cycles
    eie_s = cycles / machine.clock_hz
    print(f"{name:8} scipy {median * 1e6:8.1f} us ({low * 1e6:.1f} to {high * 1e6:.1f}), "
          f"simulated EIE {eie_s * 1e6:5.1f} us, ratio {median / eie_s:6.1f}")  # fmt: skip


if __name__ == "__main__":
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numba {numba.__version__}, "
        f"scipy {scipy.__version__}, one thread"
    )
    recursion(Machine())
    for name in REFEREED:
        referee(name, Machine())
    for name in PUBLISHED:
        software(name)
