import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from archwright.compression.budget import Budget, Wall, channel_options, channel_wall, parse_budget, within
from archwright.compression.graph import trace
from archwright.core.errors import SpecError

# Output channels of MobileNet-V1 (Howard et al., 2017), and whether a depthwise layer halves the sides before.
MOBILENET_V1 = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


@pytest.fixture(scope="module")
def mobilenet():
    with torch.device("meta"):
        layers, n_in = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32)], 32
        for n_out, stride in MOBILENET_V1:
            layers += [nn.Conv2d(n_in, n_in, 3, stride, 1, groups=n_in, bias=False), nn.BatchNorm2d(n_in)]
            layers += [nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)]
            n_in = n_out
        net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, 1000))
        return trace(net, torch.zeros(1, 3, 224, 224))


def test_ten_thousand_random_walks_stay_within_the_wall(mobilenet):
    rng, sizes = np.random.default_rng(0), np.array([group.size for group in mobilenet.groups])
    budgets = [parse_budget("macs <= 50%"), parse_budget("parameters <= 60%")]
    wall = channel_wall(mobilenet, budgets)
    kept = wall.follow_many(rng.random((10_000, len(sizes))) * sizes)
    macs, parameters = mobilenet.costs_of(kept)[:, :2].T
    assert macs.max() <= 568_740_352 / 2 and parameters.max() <= 0.6 * 4_231_976
    assert macs.max() > 0.99 * 568_740_352 / 2
    assert (kept % 8 == 0).all() and (kept >= 0.2 * sizes).all()


def test_step_by_step_is_the_same_as_at_once(mobilenet):
    wall = channel_wall(mobilenet, [parse_budget("macs <= 25%")], least_share=0.1)
    wanted = np.random.default_rng(1).random(len(mobilenet.groups)) * 1024
    decided = []
    for one in wanted:
        largest = wall.largest(decided)
        decided.append(wall.bound(decided, one))
        assert decided[-1] <= largest
    assert decided == wall.follow(wanted)
    assert mobilenet.cost_of(np.array(decided)).macs <= 568_740_352 / 4


def test_the_published_list_is_above_its_budget(mobilenet):
    published = [24, 48, 96, 80, 192, 200, 328, 352, 368, 360, 328, 400, 736, 752]
    kept = channel_wall(mobilenet, [parse_budget("macs <= 50%")]).follow(published)
    assert mobilenet.cost_of(np.array(published)).macs > 568_740_352 / 2 >= mobilenet.cost_of(np.array(kept)).macs


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_walls_of_any_rising_cost_hold_and_leave_nothing_out(options, seed):
    options, rng = [sorted(set(one)) for one in options], np.random.default_rng(seed)
    powers, limit = rng.integers(1, 3, len(options)), rng.integers(1, 200)

    def costs(rows):
        return (rows**powers).sum(1, keepdims=True)

    if costs(np.array([[one[0] for one in options]]))[0, 0] > limit:
        with pytest.raises(SpecError, match="which is the smallest"):
            Wall(options, costs, [limit], ["total"])
        return
    wall, wanted = Wall(options, costs, [limit], ["total"]), rng.random(len(options)) * 10
    kept = wall.follow(wanted)
    assert costs(np.array([kept]))[0, 0] <= limit
    for number, one in enumerate(options):
        rest = [other[0] for other in options[number + 1 :]]
        fitting = [value for value in one if costs(np.array([[*kept[:number], value, *rest]]))[0, 0] <= limit]
        assert wall.largest(kept[:number]) == max(fitting)


def test_an_unreachable_budget_names_the_smallest(mobilenet):
    with pytest.raises(
        SpecError, match=r"budget macs: 5687403\.52 is not possible; allowed: \d+ or more, which is the"
    ):
        channel_wall(mobilenet, [parse_budget("macs <= 1%")])
    with pytest.raises(SpecError, match="budget: 'cycles' is not possible"):
        channel_wall(mobilenet, [parse_budget("cycles <= 1%")])


@pytest.mark.parametrize(
    "text", ["bytes < 3", "bytes <= -1", "bytes <= 0", "bytes", "<= 3", "bytes <= 1.2.3", "bytes <= x"]
)
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(SpecError, match="a limit above 0 such as"):
        parse_budget(text)


def test_an_unknown_measure_is_refused():
    with pytest.raises(SpecError, match="did you mean 'bytes'"):
        parse_budget("byte <= 3")


def test_budgets_say_what_they_are():
    assert parse_budget("latency_ms<=2.5") == Budget("latency_ms", 2.5)
    assert str(parse_budget("energy_uj <= 1e3")) == "energy_uj <= 1000"
    assert parse_budget("bytes <= 12.5%").resolved(80.0) == 10.0
    assert within([Budget("bytes", 3.0)], {"bytes": 9.0}, {"bytes": 3.0})


def test_few_channels_all_stay():
    assert channel_options(20, least_share=0.5) == [16, 20] and channel_options(8) == [8]
    with pytest.raises(SpecError, match="least_share"):
        channel_options(20, least_share=0.0)
