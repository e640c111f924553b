import pytest
import torch
from torch import nn
from torch.nn import functional

from archwright.compression.graph import trace
from archwright.compression.graph.operations import Operation, Program
from archwright.compression.graph.walk import RULES, Walk
from archwright.core.errors import SpecError


class Net(nn.Module):
    def __init__(self, body, **layers):
        super().__init__()
        self.layers, self.body = nn.ModuleDict(layers), body

    def forward(self, x):
        return self.body(x, **self.layers)


def sizes(body, shape=(1, 4, 8, 8), **layers):
    return {
        group.name.removeprefix("layers."): group.size
        for group in trace(Net(body, **layers), torch.zeros(shape)).groups
    }


def conv(n_in, n_out, kernel=1, **options):
    return nn.Conv2d(n_in, n_out, kernel, **options)


def test_a_sum_keeps_channels_together():
    assert sizes(lambda x, a, b, c: c(a(x) + b(x)), a=conv(4, 6), b=conv(4, 6), c=conv(6, 2)) == {"a": 6}


def test_a_sum_with_the_input_keeps_them_all():
    assert sizes(lambda x, a, b: b(a(x) + x), a=conv(4, 4), b=conv(4, 2)) == {}


def test_a_gate_per_channel_is_cut_with_them():
    body = lambda x, a, g, c: c((y := a(x)) * torch.sigmoid(g(y.mean([2, 3], keepdim=True))))  # noqa: E731
    assert sizes(body, a=conv(4, 6), g=conv(6, 6), c=conv(6, 2)) == {"a": 6}


def test_a_gate_per_pixel_leaves_them_free():
    assert sizes(lambda x, a, g, c: c(a(x) * g(x)), a=conv(4, 6), g=conv(4, 1), c=conv(6, 2))["a"] == 6


def test_depthwise_layers_follow_their_input():
    assert sizes(lambda x, a, d, c: c(d(a(x))), a=conv(4, 6), d=conv(6, 12, groups=6), c=conv(12, 2)) == {"a": 6}


def test_depthwise_layers_of_the_input_stay():
    assert sizes(lambda x, d, c: c(d(x)), d=conv(4, 4, groups=4), c=conv(4, 2)) == {}


def test_grouped_layers_keep_the_same_channels_in_every_group():
    found = sizes(lambda x, a, d, c: c(d(a(x))), a=conv(4, 6), d=conv(6, 8, groups=2), c=conv(8, 2))
    assert found == {"a": 3, "d": 4}


def test_channels_set_behind_each_other_keep_their_offsets():
    body = lambda x, a, b, c: c(torch.cat([a(x), b(x), x], 1))  # noqa: E731
    assert sizes(body, a=conv(4, 6), b=conv(4, 5), c=conv(15, 2)) == {"a": 6, "b": 5}


def test_sums_of_parts_split_a_layer():
    body = lambda x, a, b, c, d: d(torch.cat([a(x), b(x)], 1) + c(x))  # noqa: E731
    found = sizes(body, a=conv(4, 6), b=conv(4, 5), c=conv(4, 11), d=conv(11, 2))
    assert found == {"a": 6, "b": 5}


def test_a_flatten_cuts_all_pixels_of_a_channel():
    graph = trace(nn.Sequential(conv(4, 6), nn.Flatten(), nn.Linear(384, 3)), torch.zeros(1, 4, 8, 8))
    (cut,) = graph.slices({"0": [1]})["2.weight"]
    assert cut.axis == 1 and cut.indices.tolist() == list(range(64, 128))


def test_a_shuffle_keeps_the_same_channels_in_every_row():
    body = lambda x, a, c: c(a(x).view(1, 3, 2, 8, 8).transpose(1, 2).reshape(1, 6, 8, 8))  # noqa: E731
    assert sizes(body, a=conv(4, 6), c=conv(6, 2)) == {"a": 2}


def test_halves_keep_the_same_channels():
    def body(x, a, c):
        left, right = a(x).chunk(2, 1)
        return c(torch.cat([right, left * 2.0], 1))

    assert sizes(body, a=conv(4, 6), c=conv(6, 2)) == {"a": 3}


def test_what_constants_cut_out_stays():
    assert sizes(lambda x, a, c: c(a(x)[:, :3]), a=conv(4, 6), c=conv(3, 2)) == {}


def test_pixels_may_be_cut_out():
    assert sizes(lambda x, a, c: c(a(x)[:, :, ::2, ::2]), a=conv(4, 6), c=conv(6, 2)) == {"a": 6}


def test_padded_channels_stay():
    body = lambda x, a, b, c: c(functional.pad(a(x), (0, 0, 0, 0, 2, 2)) + b(x))  # noqa: E731
    assert sizes(body, a=conv(4, 6), b=conv(4, 10), c=conv(10, 2)) == {"a": 6}


def test_a_scale_per_channel_is_cut_with_them():
    net = nn.Sequential(conv(4, 6), nn.BatchNorm2d(6), nn.PReLU(6), conv(6, 2))
    assert set(trace(net, torch.zeros(1, 4, 8, 8)).slices({"0": [0, 2]})) == {
        "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "2.weight", "3.weight",
    }  # fmt: skip


def test_a_layer_that_is_used_twice_is_cut_once():
    assert sizes(lambda x, a, b, c: c(b(b(a(x)))), a=conv(4, 6), b=conv(6, 6), c=conv(6, 2)) == {"a": 6}


def test_attention_keeps_its_heads_and_frees_what_follows():
    def body(x, q, k, v, o, up, down):
        heads = [one(x).view(1, 5, 2, 4).transpose(1, 2) for one in (q, k, v)]
        y = x + o(functional.scaled_dot_product_attention(*heads).transpose(1, 2).reshape(1, 5, 8))
        return y + down(functional.gelu(up(y)))

    layers = {name: nn.Linear(8, 8) for name in "qkvo"} | {"up": nn.Linear(8, 32), "down": nn.Linear(32, 8)}
    assert sizes(body, (1, 5, 8), **layers) == {"up": 32}


def test_transposed_layers():
    body = lambda x, a, u, d, c: c(d(u(a(x))))  # noqa: E731
    up, depthwise = nn.ConvTranspose2d(6, 10, 2, 2), nn.ConvTranspose2d(10, 10, 2, groups=10)
    assert sizes(body, a=conv(4, 6), u=up, d=depthwise, c=conv(10, 2)) == {"a": 6, "u": 10}


def test_a_sum_over_channels_keeps_them_all():
    assert sizes(lambda x, a: a(x).sum(1), a=conv(4, 6)) == {}


def test_every_kind_has_a_rule_and_an_unknown_one_is_refused():
    from archwright.compression.graph import operations

    assert [kind for kind in RULES if f"    {kind} " not in operations.__doc__] == []
    program = Program({}, {"x": (1,), "y": (1,)}, (Operation("magic", ("x",), ("y",)),), ("y",))
    with pytest.raises(SpecError, match="operator: 'magic' is not possible"):
        Walk(program)
