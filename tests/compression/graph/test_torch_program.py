import pytest
import torch
from torch import nn
from torch.nn import functional

from archwright.compression.graph import trace
from archwright.core.errors import SpecError


class Modules(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.depthwise, self.grouped = nn.Conv2d(8, 8, 3, groups=8), nn.Conv2d(8, 12, 1, groups=2)
        self.side, self.hidden, self.last = nn.Conv2d(8, 12, 1), nn.Linear(24 * 9, 16), nn.Linear(16, 10)

    def forward(self, x):
        y = self.depthwise(nn.ReLU()(self.norm(self.first(x))))
        y = torch.cat([self.grouped(y), self.side(y)], 1)
        y = nn.Flatten()(nn.MaxPool2d(2)(y))
        return self.last(nn.ReLU()(self.hidden(y)))


class Functions(Modules):
    """The same, by functions, matrix products and operators."""

    def forward(self, x):
        norm = self.norm
        y = functional.conv2d(x, self.first.weight, padding=(1, 1))
        y = functional.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias)
        y = functional.conv2d(functional.relu_(y), self.depthwise.weight, self.depthwise.bias, groups=8)
        both = [functional.conv2d(y, one.weight, one.bias, groups=one.groups) for one in (self.grouped, self.side)]
        y = functional.max_pool2d(torch.concat(both, dim=-3), 2).reshape(x.size(0), -1)
        y = torch.addmm(self.hidden.bias, y, self.hidden.weight.t()).clamp(min=0.0)
        return torch.matmul(y, self.last.weight.transpose(0, 1)) + self.last.bias


def test_functions_count_as_modules_do():
    by_module, by_function = (trace(net(), torch.zeros(1, 3, 8, 8)) for net in (Modules, Functions))
    assert by_function.cost() == by_module.cost() and by_module.cost().macs == 25_216
    assert by_function.groups == by_module.groups
    assert [layer._replace(parameters=0) for layer in by_function.layers] == [
        layer._replace(parameters=0) for layer in by_module.layers
    ]
    kept = {group.name: range(0, group.size, 2) for group in by_module.groups}
    cuts = [
        {name: [(cut.axis, cut.indices.tolist()) for cut in found] for name, found in graph.slices(kept).items()}
        for graph in (by_module, by_function)
    ]
    assert cuts[0] == cuts[1] and cuts[0]


def test_an_exported_program_counts_as_its_module():
    exported = torch.export.export(Modules().eval(), (torch.zeros(1, 3, 8, 8),))
    assert trace(exported, None).cost() == trace(Modules(), torch.zeros(1, 3, 8, 8)).cost()


def test_a_product_with_a_kept_matrix_is_a_layer():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Parameter(torch.zeros(6, 5)), nn.Parameter(torch.zeros(5, 3))

        def forward(self, x):
            return x @ self.left @ self.right

    graph = trace(Net(), torch.zeros(2, 6))
    assert graph.cost({"left": 2}).macs == 2 * (6 * 2 + 2 * 3) and graph.cost().macs == 90


def test_modes_are_kept():
    net = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2)).train()
    net[0].eval()
    trace(net, torch.zeros(1, 4))
    assert [net.training, *(layer.training for layer in net)] == [True, False, True, True]


class Product(nn.Module):
    def forward(self, x):
        return torch.cumprod(x, 1)


def test_bad_input_is_one_line():
    with pytest.raises(
        SpecError, match=r"model: 'input of shape \(1, 4\)' is not possible; .*torch.export reads"
    ) as error:
        trace(nn.Linear(5, 2), torch.zeros(1, 4))
    assert "\n" not in str(error.value)
    with pytest.raises(SpecError, match=r"operator: 'aten.*whose cost is known"):
        trace(Product(), torch.zeros(1, 4))
