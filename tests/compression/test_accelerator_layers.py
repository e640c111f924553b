import pytest
import torch

from archwright.accelerators.workloads import Layer
from archwright.compression.accelerator_layers import accelerator_layers
from archwright.compression.graph import trace
from archwright.core.errors import SpecError
from archwright.models.lenet import LeNet5


class Everything(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = torch.nn.Conv2d(3, 8, (1, 7), padding=(0, 3), stride=2)
        self.depthwise = torch.nn.Conv2d(8, 8, 3, groups=8, padding=1)
        self.dilated = torch.nn.Conv1d(8, 5, 3, dilation=2)
        self.linear = torch.nn.Linear(8, 4)

    def forward(self, x):
        x = self.depthwise(self.wide(x)).flatten(2)
        y = x.transpose(1, 2)
        z = torch.nn.functional.scaled_dot_product_attention(y, y[:, :10], y[:, :10])
        return self.linear(z).sum() + self.dilated(x).sum() + (x @ y).sum()


@pytest.fixture(scope="module")
def layers():
    return {layer.name: layer for layer in accelerator_layers(trace(Everything(), torch.zeros(1, 3, 16, 16)))}


def test_convolutions_keep_their_sizes(layers):
    assert layers["wide"] == Layer("wide", 8, 3, 15, 16, 1, 7, stride=2, side_padding=5)
    assert (layers["wide"].rows, layers["wide"].columns) == (8, 8)
    assert layers["depthwise"].is_depthwise and layers["depthwise"].padding == 2
    assert (layers["dilated"].rows, layers["dilated"].columns, layers["dilated"].macs) == (60, 1, 7200)


def test_products_have_a_row_per_position(layers):
    assert (layers["linear"].height, layers["linear"].channels, layers["linear"].filters) == (64, 8, 4)
    assert layers["matmul"].macs == 8 * 64 * 8
    scores, mix = (layers[f"scaled_dot_product_attention.{part}"] for part in ("scores", "mix"))
    assert (scores.filters, scores.channels, scores.height) == (10, 8, 64)
    assert (mix.filters, mix.channels, mix.height) == (8, 10, 64)


def test_products_are_those_of_the_graph():
    graph = trace(LeNet5(), torch.zeros(1, 1, 28, 28))
    assert sum(layer.macs for layer in accelerator_layers(graph)) == graph.cost().macs


@pytest.mark.parametrize(
    ("module", "shape", "message"),
    [
        (torch.nn.ConvTranspose2d(8, 4, 2, stride=2), (1, 8, 8, 8), "as accelerators count them"),
        (torch.nn.Conv3d(2, 4, 3), (1, 2, 8, 8, 8), "one or two dimensions"),
    ],
)
def test_what_has_no_such_form_is_one_line(module, shape, message):
    with pytest.raises(SpecError, match=message) as refused:
        accelerator_layers(trace(torch.nn.Sequential(module), torch.zeros(shape)))
    assert "\n" not in str(refused.value)
