import numpy as np
import pytest

from archwright.accelerators.formats.converter import (
    BLOCKS,
    HARDWARE,
    KINDS,
    SCRATCH_WORDS,
    Converter,
    software_cost,
)
from archwright.accelerators.formats.datapath import Step
from archwright.accelerators.formats.sage import converter_blocks
from archwright.core.errors import SpecError


def test_a_conversion_takes_as_long_as_its_busiest_block():
    cost = Converter(lanes=8).cost([Step("divider", 80), Step("comparator", 161), Step("bit scanner", 8 * 32 * 30)])
    assert cost.stream_cycles == 30  # 21 of the comparator
    assert cost.sort_cycles == 32 + 1 + (2 + 3)
    assert cost.energy_j == pytest.approx(
        80 * BLOCKS["divider"].energy_j + 161 * BLOCKS["comparator"].energy_j + 7680 * BLOCKS["bit scanner"].energy_j
    )


def test_the_sorter_waits_for_all_numbers():
    converter = Converter(lanes=16)
    assert converter.passes(Step("sorter", 10**6, SCRATCH_WORDS)) == 1
    assert converter.passes(Step("sorter", SCRATCH_WORDS, 10**9)) == 1
    assert converter.passes(Step("sorter", SCRATCH_WORDS * 16, 10**9)) == 2
    assert converter.passes(Step("sorter", SCRATCH_WORDS * 16 + 1, 10**9)) == 3
    cost = converter.cost([Step("sorter", 160, 10)])
    assert cost.stream_cycles == 0 and cost.sort_cycles == 10 + 4 + 4


def test_merging_and_lending_save_area():
    pairs = converter_blocks(2)
    per_pair, merged, lent = (Converter(kind).area_um2(pairs) for kind in HARDWARE)
    assert per_pair > 5.0 * merged and merged > lent > 0.0
    arithmetic = sum(Converter().block_um2(name) for name, block in BLOCKS.items() if block.is_lent)
    assert merged - lent == pytest.approx(arithmetic)
    assert Converter("none").area_um2(pairs) == Converter("software").area_um2(pairs) == 0.0


def test_software_is_paid_by_the_word():
    steps = [Step("memory controller", 1000), Step("divider", 10**9), Step("memory controller", 500)]
    assert software_cost(steps, 1e9).sort_cycles == pytest.approx(1500.0)
    assert software_cost([], 1e9).energy_j == 0.0


def test_more_lanes_are_faster():
    step = [Step("divider", np.array([1000.0, 64.0]))]
    assert Converter(lanes=32).cost(step).stream_cycles.tolist() == [32.0, 2.0]


def test_options_are_checked():
    with pytest.raises(SpecError, match="kind: 'mint' is not possible"):
        Converter("mint")
    with pytest.raises(SpecError, match="lanes: 1 is not possible; allowed: a whole number from 2 to 1,024"):
        Converter(lanes=1)
    assert set(HARDWARE) < set(KINDS)
