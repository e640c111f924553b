import subprocess
import sys

import numpy as np
import torch
from torch import nn

from archwright.learning.adam import Adam
from archwright.learning.networks import Mlp
from archwright.learning.seeding import seeded


def twins():
    return [seeded(lambda: Mlp((3, 8, 1)), np.random.default_rng(0)) for _ in range(2)]


def loss_of(module, seed):
    inputs = torch.randn(16, 3, generator=torch.Generator().manual_seed(seed))
    return ((module(inputs).squeeze(1) - inputs.sum(dim=1)) ** 2).mean()


def test_it_goes_where_torch_s_goes():
    ours, theirs = twins()
    adam, reference = Adam(ours.parameters(), 3e-3), torch.optim.Adam(theirs.parameters(), 3e-3)
    for seed in range(50):
        adam.step(loss_of(ours, seed))
        reference.zero_grad()
        loss_of(theirs, seed).backward()
        reference.step()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_restored_one_goes_on_the_same_also_after_its_module_was_loaded():
    first, second = twins()
    one, other = Adam(first.parameters(), 1e-2), Adam(second.parameters(), 1e-2)
    for seed in range(5):
        one.step(loss_of(first, seed))
    second.load_state_dict(first.state_dict())
    other.load_state_dict(one.state_dict())
    for seed in range(5, 9):
        one.step(loss_of(first, seed))
        other.step(loss_of(second, seed))
    assert torch.equal(one.flat, other.flat)
    assert torch.equal(torch.cat([weight.ravel() for weight in second.parameters()]), other.flat)


def test_a_weight_without_gradient_stays():
    weights = [nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(3))]
    Adam(weights, 0.1).step((weights[0] ** 2).sum() + 0.0 * weights[1].sum())
    assert weights[1].tolist() == [1.0, 1.0, 1.0] and weights[0].tolist() != [1.0, 1.0]


def test_it_does_not_load_the_compiler():
    script = (
        "import sys, torch\nfrom archwright.learning.adam import Adam\nw = torch.nn.Parameter(torch.ones(2))\n"
        "Adam([w], 0.1).step(w.sum())\nsys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0


def test_a_gradient_longer_than_the_clip_is_shortened_to_it():
    steps = {}
    for clip in (1e-9, 100.0, float("inf")):  # Adam forgets lengths but for its epsilon of 1e-8
        weight = nn.Parameter(torch.tensor([3.0, -4.0]))
        Adam([weight], 0.1, clip).step((weight**2).sum() / 2)
        steps[clip] = weight.detach() - torch.tensor([3.0, -4.0])
    assert torch.equal(steps[100.0], steps[float("inf")])
    gradient = torch.tensor([0.6, -0.8]) * 1e-9
    torch.testing.assert_close(steps[1e-9], -0.1 * gradient / (gradient.abs() + 1e-8), rtol=1e-3, atol=0.0)
