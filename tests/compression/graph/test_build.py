import torch
from torch import nn

from archwright.compression.graph import Layer, trace


def test_layers_say_what_they_are(traced):
    first, depthwise = traced("mobilenet_v1").layers[:2]
    assert first == Layer(
        "features.0", "convolution", "features.0.weight", 3, 32, (3, 3), 2, 1, (1, 3, 224, 224), (1, 32, 112, 112),
        (), ("features.0",), 10_838_016, 864, 401_408,
    )  # fmt: skip
    assert depthwise.is_depthwise and not first.is_depthwise
    assert depthwise.input_groups == depthwise.output_groups == ("features.0",)


def test_a_layer_may_have_several_groups(traced):
    layer = next(layer for layer in traced("dense").layers if layer.name == "head")
    assert layer.input_groups == ("stem", "layers.0", "layers.1", "layers.2") and layer.output_groups == ()


def test_groups_are_named_by_the_layer_that_makes_them():
    class Split(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c, self.d = nn.Linear(4, 6), nn.Linear(4, 2), nn.Linear(4, 4), nn.Linear(6, 1)

        def forward(self, x):
            return self.d(self.a(x) + torch.cat([self.b(x), self.c(x)], 1))

    assert [(group.name, group.size) for group in trace(Split(), torch.zeros(1, 4)).groups] == [("a", 2), ("a/2", 4)]


def test_a_layer_that_is_used_twice_counts_its_work_twice_and_its_weights_once():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 4)

        def forward(self, x):
            return self.a(torch.relu(self.a(x)))

    graph = trace(Twice(), torch.zeros(1, 4))
    assert [layer.name for layer in graph.layers] == ["a", "a@2"]
    assert (graph.cost().macs, graph.cost().parameters) == (32, 20)


def test_products_of_activations_are_counted_and_stay():
    class Attention(nn.Module):
        def forward(self, x):
            return nn.functional.scaled_dot_product_attention(x, x, x) + (x @ x.transpose(1, 2)).mean()

    graph = trace(Attention(), torch.zeros(1, 5, 8))
    assert [(layer.kind, layer.macs) for layer in graph.layers] == [("attention", 400), ("matmul", 200)]
    assert graph.groups == () and graph.cost().macs == 600 and graph.cost().activations == 65


def test_bytes_count_buffers_and_small_types():
    net = nn.Sequential(nn.Linear(4, 4, bias=False), nn.BatchNorm1d(4)).to(torch.float16)
    cost = trace(net, torch.zeros(1, 4, dtype=torch.float16)).cost()
    assert (cost.parameters, cost.n_bytes) == (24, 2 * (24 + 8) + 8)
