import numpy as np
import pytest

from archwright.accelerators.formats.counts import expected_counts
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.recipes import READ_USES, WRITE_USES, conversion_steps, sort_keys
from archwright.accelerators.formats.sizes import SIZES


def test_every_format_can_be_read_and_written():
    assert READ_USES.keys() == WRITE_USES.keys() == SIZES.keys()


@pytest.mark.parametrize(
    ("source", "target", "keys"),
    [
        ("coo", "csr", None), ("zvc", "rlc", None), ("csc", "csr", 10), ("csr", "csc", 20), ("bsr", "csr", 4),
        ("csr", "bsr", 5), ("csc", "bsr", 15), ("csc", "dense", None), ("bsr", "dia", None), ("dia", "csr", 10),
    ],
)  # fmt: skip
def test_the_sorter_stands_between_orders_only(source, target, keys):
    assert sort_keys(source, target, (10, 20), Layout()) == keys


def test_cubes_are_sorted_by_cube():
    assert sort_keys("coo", "hicoo", (8, 8, 9), Layout()) == 2 * 2 * 3
    assert sort_keys("hicoo", "csf", (8, 8, 9), Layout()) == 64


def test_many_workloads_at_once():
    densities = np.array([0.1, 0.5])
    many = conversion_steps("rlc", "csc", expected_counts((64, 64), densities))
    for i, density in enumerate(densities):
        one = conversion_steps("rlc", "csc", expected_counts((64, 64), float(density)))
        assert [float(np.broadcast_to(step.n, 2)[i]) for step in many] == pytest.approx([float(s.n) for s in one])
