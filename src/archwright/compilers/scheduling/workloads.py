"""Task graphs of four classical algorithms, their costs counted from the algorithm itself.

Each algorithm is written down as the sequential program it is: tasks that read and write blocks of a matrix or vector.
A task depends on the last writer of every block it reads. Durations are floating-point operations over the machine's
speed, transfers are bytes over the link's bandwidth plus its latency.

Operation counts: LAPACK Working Note 41 (Blackford and Dongarra, 1999) for the tile kernels; 5 n log2 n for a local
FFT (Cooley and Tukey, 1965). Gaussian elimination and FFT have the task structure of Topcuoglu, Hariri and Wu (2002).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

from archwright.compilers.scheduling.task_graph import TaskGraph
from archwright.core.errors import SpecError, check_name
from archwright.core.spaces.items import read_count

Block = tuple[object, ...]


@dataclass(frozen=True)
class Machines:
    """What the tasks run on and what joins it.

    Args:
        names: of the machines.
        speed_gflops: 1e9 floating-point operations per second of each, > 0.
        bandwidth_gb_s: 1e9 bytes per second of the link between any two, > 0.
        latency_us: of the link, >= 0.
    """

    names: tuple[str, ...] = ("fast", "slow")
    speed_gflops: tuple[float, ...] = (8.0, 4.0)
    bandwidth_gb_s: float = 1.25
    latency_us: float = 5.0

    def durations_us(self, operations: float) -> list[float]:
        """Microseconds that `operations` take on each machine."""
        return [1e-3 * operations / speed for speed in self.speed_gflops]

    def transfer_us(self, n_bytes: float) -> float:
        """Microseconds that `n_bytes` take between two machines."""
        return self.latency_us + 1e-3 * n_bytes / self.bandwidth_gb_s


@dataclass
class Program:
    """A sequential program over blocks of data, which knows who wrote every block last.

    Example:
        >>> program = Program()
        >>> program.run("make", 10.0, reads=(), writes=[("x",)], n_bytes=8.0)
        >>> program.run("use", 20.0, reads=[("x",)], writes=[("y",)], n_bytes=8.0)
        >>> program.edges
        [('make', 'use', 8.0)]
    """

    operations: dict[str, float] = field(default_factory=dict)
    edges: list[tuple[str, str, float]] = field(default_factory=list)
    _writer: dict[Block, tuple[str, float]] = field(default_factory=dict)

    def run(
        self, name: str, operations: float, reads: Iterable[Block], writes: Iterable[Block], n_bytes: float
    ) -> None:
        """Append a task; each block it writes has `n_bytes`."""
        self.operations[name] = operations
        sent: dict[str, float] = {}
        for block in reads:
            if block in self._writer:
                writer, size = self._writer[block]
                sent[writer] = sent.get(writer, 0.0) + size
        self.edges += [(writer, name, size) for writer, size in sent.items()]
        self._writer.update(dict.fromkeys(writes, (name, n_bytes)))

    def graph(self, name: str, machines: Machines) -> TaskGraph:
        """The program as a task graph on `machines`."""
        tasks = {task: machines.durations_us(count) for task, count in self.operations.items()}
        edges = [(a, b, machines.transfer_us(n_bytes)) for a, b, n_bytes in self.edges]
        return TaskGraph.build(name, tasks, machines.names, edges)


def gaussian_elimination(n: int, width: int = 64) -> Program:
    """Elimination of a square matrix of `n` block columns, each `width` wide: (n^2 + n - 2) / 2 tasks.

    PIVOT(k) factors column k below the diagonal, UPDATE(k,j) applies it to column j.
    """
    program, word = Program(), 8
    for k in range(n - 1):
        rows = (n - k) * width
        panel = rows * width**2 - width**3 / 3
        program.run(f"PIVOT({k})", panel, [("column", k)], [("column", k)], rows * width * word)
        for j in range(k + 1, n):
            count = width**3 + 2.0 * (rows - width) * width**2
            size = (rows - width) * width * word
            program.run(f"UPDATE({k},{j})", count, [("column", k), ("column", j)], [("column", j)], size)
    return program


def cholesky(n: int, width: int = 128) -> Program:
    """Cholesky factorization of `n` x `n` tiles of `width`^2 doubles: n (n + 1) (n + 2) / 6 tasks."""
    program, cube, size = Program(), float(width**3), 8.0 * width**2
    for k in range(n):
        program.run(f"POTRF({k})", cube / 3, [(k, k)], [(k, k)], size)
        for i in range(k + 1, n):
            program.run(f"TRSM({i},{k})", cube, [(k, k), (i, k)], [(i, k)], size)
        for i in range(k + 1, n):
            program.run(f"SYRK({i},{k})", cube, [(i, k), (i, i)], [(i, i)], size)
        for j, i in combinations(range(k + 1, n), 2):
            program.run(f"GEMM({i},{j},{k})", 2 * cube, [(i, k), (j, k), (i, j)], [(i, j)], size)
    return program


def lu(n: int, width: int = 128) -> Program:
    """LU factorization without pivoting of `n` x `n` tiles of `width`^2 doubles: n (n + 1) (2n + 1) / 6 tasks."""
    program, cube, size = Program(), float(width**3), 8.0 * width**2
    for k in range(n):
        program.run(f"GETRF({k})", 2 * cube / 3, [(k, k)], [(k, k)], size)
        for i in range(k + 1, n):
            program.run(f"TRSM({k},{i})", cube, [(k, k), (k, i)], [(k, i)], size)
            program.run(f"TRSM({i},{k})", cube, [(k, k), (i, k)], [(i, k)], size)
        for i, j in product(range(k + 1, n), repeat=2):
            program.run(f"GEMM({i},{j},{k})", 2 * cube, [(i, k), (k, j), (i, j)], [(i, j)], size)
    return program


def fft(n: int, points: int = 8192) -> Program:
    """A recursive FFT over `n` blocks (a power of two) of `points` complex numbers: 2n - 1 + n log2 n tasks.

    SPLIT tasks deal the data out (one operation per number moved), LOCAL tasks transform a block, BUTTERFLY tasks
    combine two blocks (a complex multiplication and addition, 8 operations, per number).
    """
    program, size, levels = Program(), 16.0 * points, int(math.log2(n))
    for level in range(levels):
        for part in range(2**level):
            share = points * n / 2**level
            halves = [("data", level + 1, 2 * part), ("data", level + 1, 2 * part + 1)]
            program.run(f"SPLIT({level},{part})", share, [("data", level, part)], halves, 8.0 * share)
    for part in range(n):
        count = 5.0 * points * math.log2(points)
        program.run(f"LOCAL({part})", count, [("data", levels, part)], [("block", 0, part)], size)
    for level in range(levels):
        for part in range(n):
            pair = [("block", level, part), ("block", level, part ^ 2**level)]
            program.run(f"BUTTERFLY({level},{part})", 8.0 * points, pair, [("block", level + 1, part)], size)
    return program


FAMILIES: Mapping[str, tuple[Callable[[int], Program], str]] = {
    "gaussian": (gaussian_elimination, "block columns"),
    "cholesky": (cholesky, "tiles per side"),
    "lu": (lu, "tiles per side"),
    "fft": (fft, "blocks, a power of two"),
}


def built_in(name: str, machines: Machines | None = None) -> TaskGraph:
    """The task graph called `family-size`, e.g. `gaussian-5`, `cholesky-4`, `lu-3` or `fft-4`.

    Raises:
        SpecError: no such family, or a size that makes no sense.

    Example:
        >>> len(built_in("cholesky-4").tasks)
        20
    """
    family, _, size = name.partition("-")
    make, what = FAMILIES[check_name("graph", family, FAMILIES)]
    if not size.isdecimal():
        raise SpecError("graph", name, f"{family}-SIZE, the size in {what}, such as {family}-4")
    n = read_count("graph", int(size), 2, 64)
    if family == "fft" and n & (n - 1):
        raise SpecError("graph", name, "fft-SIZE, the size a power of two")
    return make(n).graph(name, machines or Machines())
