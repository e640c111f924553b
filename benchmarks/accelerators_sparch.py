"""SpArch: products simulated in a second, and the same order in software beside scipy, MKL and GraphBLAS."""

import ctypes
import os
import platform
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import numba
import numpy as np
import scipy

from archwright.accelerators.sparch import Machine, plan_product, run_rounds, simulate, spgemm, stand_in, to_scipy

REPEATS = 5
NAMES = ("wiki-Vote", "poisson3Da", "p2p-Gnutella31", "web-Google", "roadNet-CA")
MAX_PRODUCTS = 2_000_000


def seconds(work, repeats=REPEATS):
    """Median and spread of repeats, in seconds of the processor: one thread, so a busy machine counts less."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken), min(taken), max(taken)


def simulator(name):
    """Rounds, sizes, misses, bytes and cycles; and the tree cycle by cycle on a smaller matrix."""
    a = stand_in(name, MAX_PRODUCTS)
    n = simulate(a, a).plan.sizes.n_products
    median, low, high = seconds(lambda: simulate(a, a))
    small = stand_in(name, 1_000_000)
    plan, machine = plan_product(small, small, 64), Machine()
    cycles_s, _, _ = seconds(lambda: run_rounds(small, small, plan.leaves.of_entry, plan.schedule, machine), 3)
    print(f"{name:15} {n / 1e6:6.2f} M products: {n / median / 1e6:6.1f} M/s "
          f"({n / high / 1e6:.1f} to {n / low / 1e6:.1f}); cycle by cycle "
          f"{plan.sizes.n_products / cycles_s / 1e6:5.1f} M/s")  # fmt: skip


def mkl_product():
    """The product of MKL by sparse_dot_mkl; None where it is not installed."""
    try:
        found = sorted((Path(sys.prefix) / "lib").glob("libmkl_rt.so*"))
        if found:  # the wheel's folder is not on the loader's path
            ctypes.CDLL(str(found[0]), ctypes.RTLD_GLOBAL)
            os.environ.setdefault("MKL_RT", str(found[0]))
        from sparse_dot_mkl import dot_product_mkl
    except (ImportError, OSError) as error:
        print(f"MKL is left out: {error}")
        return None
    return dot_product_mkl


def graphblas_product():
    """The product of SuiteSparse:GraphBLAS on its own matrices; None where it is not installed."""
    try:
        import graphblas
    except ImportError as error:
        print(f"GraphBLAS is left out: {error}")
        return None
    graphblas.ss.config["nthreads"] = 1
    return lambda a: a.mxm(a, graphblas.semiring.plus_times).new(), graphblas.io.from_scipy_sparse


def peers(name, mkl, graphblas):
    """Seconds of one product in every library, and ours over each."""
    a = stand_in(name, MAX_PRODUCTS)
    matrix = scipy.sparse.csr_matrix(to_scipy(a))
    works = {
        "this order": lambda: spgemm(a, a),
        "one round": lambda: spgemm(a, a, ways=None),
        "scipy": lambda: matrix @ matrix,
        "scipy, sorted": lambda: (matrix @ matrix).sort_indices(),
    }
    if mkl is not None:
        works["MKL"] = lambda: mkl(matrix, matrix)
    if graphblas is not None:
        multiply, converted = graphblas[0], graphblas[1](matrix)
        works["GraphBLAS"] = lambda: multiply(converted)
    taken = {peer: seconds(work) for peer, work in works.items()}
    flops, ours = 2 * simulate(a, a).plan.sizes.n_products, taken["this order"][0]
    for peer, (median, low, high) in taken.items():
        print(f"{name:15} {peer:14} {median * 1e3:8.1f} ms ({low * 1e3:.1f} to {high * 1e3:.1f}), "
              f"{flops / median / 1e9:6.3f} GFLOP/s, times ours {median / ours:5.2f}")  # fmt: skip


if __name__ == "__main__":
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numba {numba.__version__}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}, one thread, median of {REPEATS}"
    )
    for name in NAMES:
        simulator(name)
    mkl, graphblas = mkl_product(), graphblas_product()
    for name in NAMES:
        peers(name, mkl, graphblas)
