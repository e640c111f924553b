import numpy as np
import pytest

from archwright.accelerators.confuciux.deployment import DEPLOYMENTS, deploy
from archwright.accelerators.confuciux.tables import Tables
from archwright.accelerators.workloads import read_layers
from archwright.core.errors import SpecError

TABLES = Tables(read_layers("resnet-18"), ["dla", "shi"])


def assignments(name, n, seed=0):
    """Random ones that the deployment allows."""
    rng = np.random.default_rng(seed)
    if name == "pipelined":
        return rng.integers(0, len(TABLES.actions), (n, len(TABLES.layers)))
    shared, flows = rng.integers(0, 144, (n, 1)), rng.integers(0, 2, (n, len(TABLES.layers)))
    return shared + 144 * flows


@pytest.mark.parametrize("metric", ["area_mm2", "power_w"])
@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_assignment_is_within_the_limits(name, metric):
    deployment = deploy(name, TABLES)
    least, most = deployment.limits(metric)
    found = deployment.measure(np.vstack([assignments(name, 300), TABLES.uniform]))[metric]
    assert least <= found.min() * (1 + 1e-12) and found.max() <= most * (1 + 1e-12)


@pytest.mark.parametrize("objective", ["latency_cycles", "energy_j", "interval_cycles"])
@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_no_assignment_within_the_budget_beats_the_optimum(name, objective):
    deployment = deploy(name, TABLES)
    least, most = deployment.limits("area_mm2")
    capacity = least + 0.3 * (most - least)
    actions, is_proved = deployment.optimum(objective, "area_mm2", capacity)
    best = deployment.measure(actions[None])
    found = deployment.measure(np.vstack([assignments(name, 2000, seed=1), TABLES.uniform]))
    fits = found["area_mm2"] <= capacity
    assert is_proved and best["area_mm2"][0] <= capacity * (1 + 1e-12)
    assert fits.sum() > 20 and found[objective][fits].min() >= best[objective][0] * (1 - 1e-12)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_smallest_design_fits_its_own_size_and_nothing_below(name):
    deployment = deploy(name, TABLES)
    least, _ = deployment.limits("power_w")
    assert deployment.optimum("latency_cycles", "power_w", least * 1.0000001) is not None
    assert deployment.optimum("latency_cycles", "power_w", least * 0.999) is None


def test_an_unknown_deployment_is_one_line():
    with pytest.raises(SpecError, match="deployment: 'pipeline' is not possible; allowed: did you mean 'pipelined'"):
        deploy("pipeline", TABLES)
