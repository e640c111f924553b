import numpy as np
import pytest

from archwright.accelerators.formats.converter import KINDS, Converter
from archwright.accelerators.formats.estimate import compute_product
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.predictor import draw_products
from archwright.accelerators.formats.recipes import conversion_steps
from archwright.accelerators.formats.sage import Choice, choices_of, conversions_of, result_bits, tabulate
from archwright.accelerators.formats.sizes import size_bits
from archwright.accelerators.formats.workloads import named_workload, product_of, tensor_times

PRODUCT = product_of((700, 900, 400), 0.07, 0.4)


def at(table, *formats):
    return list(table.choices).index(Choice(*formats))


def test_a_choice_by_hand():
    """Zero runs and a bitmask in memory, compressed rows and columns on the array."""
    array, converter, layout = Array(), Converter(), Layout()
    table = tabulate(PRODUCT, array, converter, layout)
    i = at(table, "rlc", "zvc", "csr", "csc")
    cycles, joules = 0.0, 0.0
    for counts, source, target in ((PRODUCT.a, "rlc", "csr"), (PRODUCT.b, "zvc", "csc")):
        cost = converter.cost(conversion_steps(source, target, counts, layout))
        transfer = size_bits(source, counts) / 512
        cycles += max(transfer, cost.stream_cycles) + cost.sort_cycles
        joules += size_bits(source, counts) * 20e-12 + cost.energy_j + size_bits(target, counts) / 32 * 5e-12
    computed = compute_product(PRODUCT.a, PRODUCT.b, ("csr", "csc"), array)
    cycles += computed.cycles + result_bits(PRODUCT, layout) / 512
    joules += computed.energy_j + result_bits(PRODUCT, layout) * 20e-12
    assert table.time_s[i] == pytest.approx(cycles / 1e9) and table.energy_j[i] == pytest.approx(joules)
    assert table.time_s == pytest.approx(table.transfer_s + table.conversion_s + table.compute_s)


def test_nothing_converts_without_a_converter():
    table = tabulate(PRODUCT, converter=Converter("none"))
    is_direct = [(one.memory_a, one.memory_b) == (one.compute_a, one.compute_b) for one in table.choices]
    assert (np.isfinite(table.time_s) == is_direct).all() and sum(is_direct) == 5


def test_hardware_is_never_worse_than_software_and_software_than_nothing():
    for workload in (PRODUCT, tensor_times("mttkrp", (50, 60, 70), 16, 0.01)):
        hardware, software, none = (
            tabulate(workload, converter=Converter(kind)).energy_delay_js for kind in ("mint_m", "software", "none")
        )
        assert (hardware <= software).all() and (software <= none).all()
    assert {"mint_b", "mint_m", "mint_mr"} < set(KINDS)


def test_many_workloads_are_each_of_them():
    many = draw_products(20, rng=np.random.default_rng(0))
    table = tabulate(many)
    for i in (0, 7, 19):
        sizes = (many.a.shape[0][i], many.a.shape[1][i], many.b.shape[1][i])
        densities = [float(one.nonzeros[i] / one.elements[i]) for one in (many.a, many.b)]
        one = tabulate(product_of(sizes, *densities))
        assert table.energy_delay_js[i] == pytest.approx(one.energy_delay_js, rel=1e-6)
        assert table.best[i] == one.best


def test_what_sparsity_asks_for():
    full, sparse = (tabulate(named_workload(name)) for name in ("journals-spmm", "collection-3-spgemm"))
    assert full.choices[int(full.best)][2:] == ("dense", "dense")
    assert sparse.choices[int(sparse.best)] == Choice("coo", "coo", "csr", "csc")


def test_conversions_stay_small_where_they_overlap():
    """At most a tenth of the time, where no sorter is in the way."""
    table = tabulate(named_workload("attention-spmm"))
    i = at(table, "zvc", "dense", "csr", "dense")
    assert 0.0 < table.conversion_s[i] < 0.1 * table.time_s[i]


def test_conversions_that_a_converter_knows():
    assert len(conversions_of(2)) == 24 and (3, "hicoo", "csf") in conversions_of(3)
    assert all(source != target for _, source, target in conversions_of(3))
    assert len(choices_of(2)) == 7 * 7 * 5 and len(choices_of(3)) == 6 * 7 * 3


def test_wider_metadata_makes_memory_larger():
    wide = tabulate(PRODUCT, layout=Layout(metadata_bits=32))
    i = at(wide, "csr", "csc", "csr", "csc")
    assert wide.memory_bits[i] > tabulate(PRODUCT).memory_bits[i]
