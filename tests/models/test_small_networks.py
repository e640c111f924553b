import pytest
import torch

from archwright.models.small_networks import MOBILENET_V1, NETWORKS, MobileNet, SmallResNet, SmallVgg


@pytest.mark.parametrize(("name", "parameters"), [("vgg", 295_002), ("resnet", 174_970), ("mobilenet", 103_674)])
def test_sizes(name, parameters):
    network = NETWORKS[name]().eval()
    assert sum(one.numel() for one in network.parameters()) == parameters
    assert network(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_strides_halve_the_image():
    network = SmallVgg(((4, 2), (6, 1), (8, 2))).eval()
    assert network.features(torch.zeros(1, 1, 28, 28)).shape == (1, 8, 7, 7)


def test_a_shortcut_is_the_input_itself_where_nothing_changes():
    same, other = SmallResNet(((8, 1), (12, 2)), stem=8).blocks
    assert isinstance(same.shortcut, torch.nn.Identity) and other.shortcut[0].kernel_size == (1, 1)
    torch.nn.init.zeros_(same.norm.weight)
    maps = torch.rand(1, 8, 5, 5)
    assert torch.equal(same.eval()(maps), maps)


def test_the_published_mobilenet_can_be_built():
    with torch.device("meta"):
        network = MobileNet(MOBILENET_V1, stem=32, colours=3, classes=1000)
    assert sum(one.numel() for one in network.parameters()) == 4_231_976
