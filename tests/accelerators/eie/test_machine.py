import dataclasses

import pytest

from archwright.accelerators.eie.machine import Machine
from archwright.core.errors import SpecError


def test_the_published_machine_has_its_published_figures():
    machine = Machine()
    assert machine.peak_ops_per_s == 102.4e9
    assert machine.n_lnzd_nodes == 16 + 4 + 1
    assert machine.sram_bytes == 64 * 162 * 1024
    assert round(machine.sram_bytes / 1024 / 1000, 1) == 10.4
    assert machine.entries_per_line == 8 and machine.queue_capacity == 7


@pytest.mark.parametrize(("n_pes", "nodes"), [(1, 1), (4, 1), (5, 3), (16, 5), (256, 85)])
def test_the_tree_has_a_node_for_every_four(n_pes, nodes):
    assert Machine(n_pes=n_pes).n_lnzd_nodes == nodes


def test_lines_hold_whole_entries():
    assert Machine(sram_bits=64, index_bits=3).entries_per_line == 9


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_pes", 0), ("n_pes", 2.0), ("fifo_depth", 1), ("sram_bits", 7), ("index_bits", 9), ("code_bits", 0),
        ("clock_hz", 0.0), ("clock_hz", float("nan")), ("n_pes", True),
    ],
)  # fmt: skip
def test_values_out_of_range_are_named(field, value):
    with pytest.raises(SpecError, match=f"^{field}: {value}"):
        dataclasses.replace(Machine(), **{field: value})
