import numpy as np
import pytest

from archwright.accelerators.formats.classes import CLASSES
from archwright.accelerators.formats.simulator import FormatsSimulator
from archwright.core.errors import SpecError


def test_every_class_has_every_metric():
    found = FormatsSimulator().run("speech-2-spgemm")
    assert [part.split(":")[0] for part in found] == [of.name for of in CLASSES]
    assert all(metrics.keys() == FormatsSimulator.metrics.keys() for metrics in found.values())
    ratios = [metrics["ratio"] for metrics in found.values()]
    assert min(ratios) == ratios[-1] == 1.0
    assert all(0.0 <= metrics["conversion_share"] < 1.0 for metrics in found.values())
    assert all(0.0 < metrics["utilisation"] <= 1.0 for metrics in found.values())


def test_matrices_are_run_one_by_one():
    rng = np.random.default_rng(0)
    matrices = {"fc1": (rng.random((64, 80)) < 0.05) * 1.0, "bias": np.ones(64), "fc2": np.ones((10, 64))}
    found = FormatsSimulator(n_columns=32).run_matrices(matrices)
    assert [part.split(":")[0] for part in found] == ["fc1", "fc2"]
    with pytest.raises(SpecError, match="at least one is a matrix"):
        FormatsSimulator().run_matrices({"bias": np.ones(3)})


def test_options_reach_the_machine():
    narrow, wide = (
        FormatsSimulator(metadata_bits=bits).run("bcsstk-spgemm") for bits in (0, 32)
    )  # fmt: skip
    both = "compressed both: csr, csc -> csr x csc"
    assert wide[both]["memory_bytes"] > narrow[both]["memory_bytes"]
    assert FormatsSimulator(n_pes=32).run("speech-1-spmm") != FormatsSimulator().run("speech-1-spmm")
    with pytest.raises(SpecError, match="n_pes: 0"):
        FormatsSimulator(n_pes=0)
    with pytest.raises(SpecError, match="density_a: 2 is not possible"):
        FormatsSimulator(density_a=2).run("4x4x4")
