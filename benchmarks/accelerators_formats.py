"""Sparse formats: conversion in numba and scipy beside the converter's cycles, the model's speed, learned choices."""

import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np
import scipy
import scipy.sparse

from archwright.accelerators.formats import (
    Array,
    Converter,
    SagePredictor,
    choices_of,
    conversion_steps,
    counts_of,
    draw_entries,
    draw_products,
    product_of,
    tabulate,
    time_product,
)
from archwright.accelerators.formats.predictor import regrets
from archwright.accelerators.formats.referee import run_product

REPEATS = 7
SIZES = ((1000, 0.1), (2000, 0.01), (10_000, 1e-4))
PEER_PRODUCTS = 300


def seconds(work, repeats=REPEATS):
    """Median and spread of repeats."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), min(taken), max(taken)


@numba.njit(cache=True)
def _kernel_transpose(starts, columns, values, n_columns):
    """Compressed rows to compressed columns by counting."""
    pointers = np.zeros(n_columns + 1, np.int64)
    for column in columns:
        pointers[column + 1] += 1
    for column in range(n_columns):
        pointers[column + 1] += pointers[column]
    at, rows, moved = pointers[:-1].copy(), np.empty_like(columns), np.empty_like(values)
    for row in range(len(starts) - 1):
        for k in range(starts[row], starts[row + 1]):
            place = at[columns[k]]
            rows[place], moved[place] = row, values[k]
            at[columns[k]] += 1
    return pointers, rows, moved


def software(entries):
    """Conversions by numba and scipy: source, target, with what, and the work."""
    coo = scipy.sparse.coo_array((entries.values, entries.coordinates), shape=entries.shape)
    rows = coo.tocsr()
    blocks, arrays = rows.tobsr(blocksize=(4, 4)), (rows.indptr, rows.indices, rows.data, rows.shape[1])
    found = [
        ("coo", "csr", "scipy", coo.tocsr),
        ("csr", "csc", "scipy", rows.tocsc),
        ("csr", "csc", "numba", lambda: _kernel_transpose(*arrays)),
        ("csr", "bsr", "scipy", lambda: rows.tobsr(blocksize=(4, 4))),
        ("bsr", "csr", "scipy", blocks.tocsr),
    ]
    if entries.density > 1e-3:
        dense = rows.toarray()
        found.append(("dense", "csr", "scipy", lambda: scipy.sparse.csr_array(dense)))
        found.append(("csr", "dense", "scipy", rows.toarray))
    return found


def conversions():
    print("conversion in software, and on the converter: 16 lanes at 1 GHz; the paper has about 4 times")
    ratios = []
    for size, density in SIZES:
        entries = draw_entries((size, size), density, rng=np.random.default_rng(0))
        for source, target, tool, work in software(entries):
            steps = conversion_steps(source, target, counts_of(entries))
            cost = Converter().cost(steps)
            hardware_s = float(cost.stream_cycles + cost.sort_cycles) / 1e9
            median, low, high = seconds(work)
            words = sum(float(step.n) for step in steps if step.block == "memory controller")
            ratios.append(median / hardware_s)
            print(f"{size:6} {density:7g} {source:>5} to {target:5} {tool} {median * 1e6:9.1f} us "
                  f"({low * 1e6:.1f} to {high * 1e6:.1f}), {median / words * 1e9:5.2f} ns a word, "
                  f"converter {hardware_s * 1e6:7.1f} us, ratio {ratios[-1]:6.1f}")  # fmt: skip
    print(f"median ratio {statistics.median(ratios):.1f}, {min(ratios):.1f} to {max(ratios):.1f}")


def model():
    product = product_of((1000, 1000, 1000), 0.01, 0.1)
    median, low, high = seconds(lambda: tabulate(product))
    print(f"{len(choices_of(2))} choices of a workload {median * 1e3:.2f} ms ({low * 1e3:.2f} to {high * 1e3:.2f})")
    many = draw_products(10_000, rng=np.random.default_rng(0))
    median, low, high = seconds(lambda: tabulate(many), repeats=3)
    print(f"10,000 workloads {median:.2f} s ({low:.2f} to {high:.2f}), {60e4 / median:,.0f} a minute")


def referee():
    rng = np.random.default_rng(0)
    a, b = draw_entries((60, 80), 0.2, rng=rng), draw_entries((80, 40), 0.2, rng=rng)
    array = Array(n_pes=16, buffer_words=32, bus_words=4, macs_per_pe=2)
    fast = seconds(lambda: time_product(a, b, ("csr", "csc"), array))[0]
    start = time.perf_counter()
    verdict = run_product(a, b, ("csr", "csc"), array)
    slow = time.perf_counter() - start
    same = verdict.cycles == time_product(a, b, ("csr", "csc"), array).cycles
    print(f"recursion {fast * 1e6:.0f} us, referee {slow * 1e3:.1f} ms, {slow / fast:,.0f} times; equal cycles: {same}")


def learned():
    """Five seeds; gradient boosting of scikit-learn gets as many evaluations, drawn at random, where it is there."""
    for n in (2_000, 10_000):
        found = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            predictor = SagePredictor().fit(draw_products(n * 245 // 3_500, rng=rng))
            found.append(100.0 * float(predictor.regrets(draw_products(n, rng=rng)).mean()))
        print(f"learned from {predictor.n_evaluations:,} evaluations, {n:,} new products: regret "
              f"{statistics.median(found):.2f} % ({min(found):.2f} to {max(found):.2f})")  # fmt: skip
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        print("scikit-learn is not installed: no gradient boosting to compare with")
        return
    print(f"gradient boosting, 24,500 evaluations: regret {boosted(HistGradientBoostingRegressor):.2f} %, seed 0")


def boosted(regressor):
    """Mean regret in percent of gradient boosting on sizes, densities and formats."""
    rng = np.random.default_rng(0)
    train, new = draw_products(700, rng=rng), draw_products(PEER_PRODUCTS, rng=rng)
    names = sorted({part for one in choices_of(2) for part in one})
    formats = np.array([[part == name for part in one for name in names] for one in choices_of(2)], float)
    seen = np.stack([rng.choice(245, 35, replace=False) for _ in range(700)])
    wanted = np.log(np.take_along_axis(tabulate(train).energy_delay_js, seen, axis=1)).ravel()
    model = regressor(max_iter=200, random_state=0).fit(_rows(train, formats, seen), wanted)
    every = np.tile(np.arange(245), (PEER_PRODUCTS, 1))
    predicted = model.predict(_rows(new, formats, every)).reshape(PEER_PRODUCTS, 245)
    return 100.0 * float(regrets(predicted, tabulate(new)).mean())


def _rows(products, formats, which):
    of = [*products.a.shape, products.b.shape[1]]
    of += [one.nonzeros / one.elements for one in (products.a, products.b)]
    inputs = np.log(np.column_stack(of))
    return np.concatenate([np.column_stack([np.tile(x, (len(w), 1)), formats[w]])
                           for x, w in zip(inputs, which, strict=True)])  # fmt: skip


if __name__ == "__main__":
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numba {numba.__version__}, "
        f"scipy {scipy.__version__}, one thread"
    )
    conversions()
    model()
    referee()
    learned()
