import pytest

from archwright.compression.codec.accounting import expected_bits
from archwright.compression.three_stages.lenet_recipes import lenet_5, lenet_300_100, sparser_lenet_5


@pytest.mark.parametrize(("recipe", "least"), [(lenet_300_100, 40.0), (lenet_5, 48.0), (sparser_lenet_5, 60.0)])
def test_plans_fit_their_networks_and_come_near_the_wanted_rate_without_coding(recipe, least):
    model = recipe().build()
    plan = recipe().plan
    plan.check({name: tuple(one.shape) for name, one in model.state_dict().items()})
    sizes = {name: one.numel() for name, one in model.named_parameters()}
    bits = sum(expected_bits(n, plan.layers[name]) if name in plan.layers else 32 * n for name, n in sizes.items())
    rate = 32 * sum(sizes.values()) / bits
    assert 0.8 * least < rate, "entropy coding takes the rest"
