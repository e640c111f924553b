import numpy as np
import pytest

from archwright.compression.three_stages import runs as module
from archwright.compression.three_stages.pipeline import Stage
from archwright.compression.three_stages.runs import Run, ThreeStageRuns, run_of
from archwright.core.errors import SpecError
from archwright.models.fashion_mnist import Labelled, Split


def drawn(seed, n):
    """Images that are told apart by the brightest of ten blocks."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n)
    images = 0.3 * rng.standard_normal((n, 1, 28, 28)).astype(np.float32)
    images[np.arange(n), 0, 2 * labels + 3] += 1.0
    return Labelled(images, labels)


@pytest.fixture
def problem(monkeypatch):
    data = Split(drawn(0, 640), drawn(1, 100), drawn(2, 100))
    monkeypatch.setitem(module.DATA, "fashion", lambda: data)
    return ThreeStageRuns(network="LeNet-300-100", data="fashion", epochs=(1, 1, 1))


def test_a_seed_is_a_design_and_its_run_comes_back_from_the_metrics(problem):
    (first,) = problem.evaluate([{"seed": 1}], rng=np.random.default_rng(0))
    assert set(first) == set(problem.metrics)
    (again,) = problem.evaluate([{"seed": 1}], rng=np.random.default_rng(5))
    (other,) = problem.evaluate([{"seed": 2}], rng=np.random.default_rng(0))
    assert first == again and first != other
    found = run_of(first)
    assert found.metrics == first and min(found.packers.values()) > 1.1 * found.n_bytes
    assert [stage.name for stage in found.stages] == list(module.STAGES)
    assert found.stages[0].n_bytes == 4 * (784 * 300 + 300 + 300 * 100 + 100 + 1010)
    assert abs(found.n_bytes / found.stages[-1].n_bytes - 1.0) < 0.01
    assert found.test == found.stages[-1].test and found.rate > 30.0


def test_rate_and_drop_are_against_the_dense_network():
    one = Run([Stage("dense", 1_000, 0.9, 0.9), Stage("last", 26, 0.8, 0.88)], 25, 0.88, {})
    assert one.rate == 40.0 and one.drop == pytest.approx(2.0)


def test_other_names_are_refused():
    with pytest.raises(SpecError, match="network"):
        ThreeStageRuns(network="AlexNet", data="fashion")
    with pytest.raises(SpecError, match="data"):
        ThreeStageRuns(network="LeNet-5", data="images")
