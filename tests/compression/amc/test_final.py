import numpy as np
import pytest

from archwright.compression.amc.final import PrunedAndTuned
from archwright.compression.weights.retrain import accuracy
from archwright.core.errors import SpecError


def test_test_images_judge_before_and_after_fine_tuning():
    problem = PrunedAndTuned(network="drawn", budget="macs <= 50%")
    design = problem.space.named(problem.space.wall.least)
    found, again = problem.evaluate([design, design], rng=np.random.default_rng(0))
    assert found == again and found["after"] > found["before"] + 0.02
    model = problem.operator.network(design)
    assert found["before"] == accuracy(model, problem.operator.subject.trained.data.test)


def test_without_epochs_nothing_changes():
    problem = PrunedAndTuned(epochs=0, network="drawn", budget="macs <= 100%")
    found = problem.evaluate([problem.space.named(problem.space.whole)], rng=np.random.default_rng(0))[0]
    assert found["before"] == found["after"]
    with pytest.raises(SpecError, match="epochs"):
        PrunedAndTuned(epochs=-1)
