import math

import numpy as np
import pytest

from archwright.compilers.scheduling.workloads import (
    Machines,
    Program,
    built_in,
    cholesky,
    fft,
    gaussian_elimination,
    lu,
)
from archwright.core.errors import SpecError
from archwright.core.space import random_draft_design
from archwright.core.spaces.order import Order


def random_orders(program, n=10):
    names = list(program.operations)
    space = Order(names, before=[(a, b) for a, b, _ in program.edges])
    rng = np.random.default_rng(0)
    return [random_draft_design(space, rng) for _ in range(n)]


def read(task):
    kind, _, rest = task.partition("(")
    return kind, [int(one) for one in rest.rstrip(")").split(",")]


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_task_counts_are_those_of_the_algorithms(n):
    assert len(gaussian_elimination(n).operations) == (n * n + n - 2) // 2
    assert len(cholesky(n).operations) == n * (n + 1) * (n + 2) // 6
    assert len(lu(n).operations) == n * (n + 1) * (2 * n + 1) // 6
    m = 2 ** (n - 1)
    assert len(fft(m).operations) == 2 * m - 1 + m * (n - 1)


@pytest.mark.parametrize("n", [2, 4, 7])
def test_operations_add_up_to_those_of_the_whole_factorization(n):
    width = 16
    size = n * width
    assert sum(cholesky(n, width).operations.values()) == pytest.approx(size**3 / 3)
    assert sum(lu(n, width).operations.values()) == pytest.approx(2 * size**3 / 3)
    last_block = 2 * width**3 / 3  # the last column's own block is left as it is
    assert sum(gaussian_elimination(n, width).operations.values()) + last_block == pytest.approx(2 * size**3 / 3)


def test_cholesky_in_any_legal_order_factors_a_matrix():
    n, b = 4, 3
    rng = np.random.default_rng(0)
    root = rng.normal(size=(n * b, n * b))
    matrix = root @ root.T + n * b * np.eye(n * b)
    for order in random_orders(cholesky(n)):
        tile = {(i, j): matrix[i * b : i * b + b, j * b : j * b + b].copy() for i in range(n) for j in range(i + 1)}
        for task in order:
            kind, at = read(task)
            if kind == "POTRF":
                tile[at[0], at[0]] = np.linalg.cholesky(tile[at[0], at[0]])
            elif kind == "TRSM":
                i, k = at
                tile[i, k] = np.linalg.solve(tile[k, k], tile[i, k].T).T
            elif kind == "SYRK":
                i, k = at
                tile[i, i] = tile[i, i] - tile[i, k] @ tile[i, k].T
            else:
                i, j, k = at
                tile[i, j] = tile[i, j] - tile[i, k] @ tile[j, k].T
        found = np.zeros_like(matrix)
        for (i, j), block in tile.items():
            found[i * b : i * b + b, j * b : j * b + b] = block
        np.testing.assert_allclose(found, np.linalg.cholesky(matrix), atol=1e-9)


def factor(block):
    lower, upper = np.eye(len(block)), block.copy()
    for k in range(len(block)):
        lower[k + 1 :, k] = upper[k + 1 :, k] / upper[k, k]
        upper[k + 1 :] -= np.outer(lower[k + 1 :, k], upper[k])
    return lower, upper


def test_lu_in_any_legal_order_factors_a_matrix():
    n, b = 3, 3
    matrix = np.random.default_rng(0).normal(size=(n * b, n * b)) + n * b * np.eye(n * b)
    lower, upper = factor(matrix)
    for order in random_orders(lu(n)):
        tile = {(i, j): matrix[i * b : i * b + b, j * b : j * b + b].copy() for i in range(n) for j in range(n)}
        diagonal = {}
        for task in order:
            kind, at = read(task)
            if kind == "GETRF":
                diagonal[at[0]] = factor(tile[at[0], at[0]])
            elif kind == "TRSM" and at[0] < at[1]:
                tile[at[0], at[1]] = np.linalg.solve(diagonal[at[0]][0], tile[at[0], at[1]])
            elif kind == "TRSM":
                tile[at[0], at[1]] = np.linalg.solve(diagonal[at[1]][1].T, tile[at[0], at[1]].T).T
            else:
                i, j, k = at
                tile[i, j] = tile[i, j] - tile[i, k] @ tile[k, j]
        for i in range(n):
            for j in range(i):
                np.testing.assert_allclose(tile[i, j], lower[i * b : i * b + b, j * b : j * b + b], atol=1e-9)
                np.testing.assert_allclose(tile[j, i], upper[j * b : j * b + b, i * b : i * b + b], atol=1e-9)


def test_fft_in_any_legal_order_transforms_a_vector():
    n, points = 4, 8
    signal = np.random.default_rng(0).normal(size=n * points)
    levels = int(math.log2(n))
    for order in random_orders(fft(n, points)):
        data, block = {(0, 0): signal}, {}
        for task in order:
            kind, at = read(task)
            if kind == "SPLIT":
                level, part = at
                for half in (0, 1):
                    data[level + 1, 2 * part + half] = data[level, part][half::2]
            elif kind == "LOCAL":
                block[0, at[0]] = np.fft.fft(data[levels, at[0]])
            else:
                level, part = at
                low, high = part & ~(2**level), part | 2**level
                length = points * 2 ** (level + 1)
                place = points * (low % 2**level) + np.arange(points)
                turned = np.exp(-2j * np.pi * place / length) * block[level, high]
                block[level + 1, part] = block[level, low] + (turned if part == low else -turned)
        found = np.concatenate([block[levels, part] for part in range(n)])
        np.testing.assert_allclose(found, np.fft.fft(signal), atol=1e-9)


def test_gaussian_elimination_depends_on_the_last_writers():
    edges = {(a, b) for a, b, _ in gaussian_elimination(3).edges}
    assert edges == {
        ("PIVOT(0)", "UPDATE(0,1)"),
        ("PIVOT(0)", "UPDATE(0,2)"),
        ("UPDATE(0,1)", "PIVOT(1)"),
        ("UPDATE(0,2)", "UPDATE(1,2)"),
        ("PIVOT(1)", "UPDATE(1,2)"),
    }


def test_times_follow_from_speed_bandwidth_and_latency():
    machines = Machines(("a", "b"), speed_gflops=(2.0, 1.0), bandwidth_gb_s=4.0, latency_us=3.0)
    assert machines.durations_us(1e6) == [500.0, 1000.0]
    assert machines.transfer_us(8000.0) == 5.0
    graph = cholesky(2, width=10).graph("small", machines)
    assert graph.tasks == ("POTRF(0)", "TRSM(1,0)", "SYRK(1,0)", "POTRF(1)")
    assert graph.duration_us[1].tolist() == pytest.approx([0.5, 1.0])
    assert graph.transfer_us.tolist() == pytest.approx([3.2] * 3)


def test_data_read_twice_from_one_writer_travel_together():
    program = Program()
    program.run("make", 1.0, reads=(), writes=[("x",), ("y",)], n_bytes=8.0)
    program.run("use", 1.0, reads=[("x",), ("y",), ("z",)], writes=(), n_bytes=0.0)
    assert program.edges == [("make", "use", 16.0)]


@pytest.mark.parametrize("name", ["gaussian-5", "cholesky-4", "lu-3", "fft-4"])
def test_built_in_graphs_are_named_and_slower_on_the_slow_machine(name):
    graph = built_in(name)
    assert graph.name == name and graph.machines == ("fast", "slow")
    assert graph.duration_us[:, 1] == pytest.approx(2 * graph.duration_us[:, 0])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("choleski-4", "graph: 'choleski' .*did you mean 'cholesky'"),
        ("cholesky", "graph: 'cholesky' .*cholesky-SIZE"),
        ("cholesky-four", "cholesky-SIZE, the size in tiles"),
        ("cholesky-1", "from 2 to 64"),
        ("fft-6", "a power of two"),
    ],
)
def test_unknown_graphs_are_refused(name, said):
    with pytest.raises(SpecError, match=said):
        built_in(name)
