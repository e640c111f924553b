import numpy as np
import pytest

from archwright.accelerators.formats.classes import CLASSES, FLEXIBLE, Comparison, ratios
from archwright.accelerators.formats.sage import choices_of
from archwright.accelerators.formats.workloads import NAMES, named_workload


def test_no_class_beats_full_flexibility():
    found = ratios([named_workload(name) for name in NAMES])
    assert found.keys() == {of.name for of in CLASSES}
    assert min(min(values) for values in found.values()) >= 1.0
    means = {name: np.exp(np.mean(np.log(values))) for name, values in found.items()}
    assert means["dense"] > 100.0 and means["compressed both"] > 1.1 and means[FLEXIBLE.name] == 1.0


def test_fixed_classes_have_one_choice_and_flexible_ones_many():
    sizes = [int(of.allowed(2).sum()) for of in CLASSES]
    assert sizes == [1, 1, 1, 1, 1, 49, 5, 245, 245, 245]
    assert all(of.allowed(3).any() for of in CLASSES)


@pytest.mark.parametrize(("rank", "name"), [(2, "speech-1-spgemm"), (3, "crime-ttm")])
def test_a_class_chooses_what_it_has(rank, name):
    comparison = Comparison(named_workload(name))
    for of in CLASSES:
        assert of.allowed(rank)[comparison.best(of)]
        assert np.isfinite(comparison.energy_delay_js(of))
    eie = choices_of(rank)[comparison.best(CLASSES[1])]
    assert eie == (("dense", "csc") * 2 if rank == 2 else ("dense",) * 4)
