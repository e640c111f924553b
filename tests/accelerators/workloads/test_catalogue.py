import pytest

from archwright.accelerators.workloads.catalogue import NETWORKS, read_layers
from archwright.accelerators.workloads.layer import Layer
from archwright.core.errors import SpecError

COUNTS = {
    "alexnet": 5, "densenet-161": 160, "googlenet": 59, "mnasnet": 52, "mobilenet-v2": 52, "resnet-18": 20,
    "resnet-50": 53, "resnext-50": 53, "shufflenet-v2": 56, "squeezenet": 26, "vgg-16": 13, "wide-resnet-50": 53,
}  # fmt: skip


def test_the_twelve_networks_have_as_many_layers_as_their_tables():
    assert {name: len(read_layers(name)) for name in COUNTS} == COUNTS
    assert set(NETWORKS) - set(COUNTS) == {"transformer", "gnmt", "ncf"}


def test_a_table_is_a_workload(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text("K,C,Y,X,R,S,T,stride\n8,3,32,32,3,3,1,2\n1,8,15,15,3,3,2,1\n10,8,1,1,1,1,3,1\n")
    layers = read_layers(path)
    assert layers[0] == Layer("net1", 8, 3, 32, 32, 3, 3, stride=2)
    assert layers[1].is_depthwise and layers[1].channels == 8
    assert [layer.kind for layer in layers] == ["convolution", "depthwise", "matrix product"]


def test_columns_may_be_padded_apart_from_rows(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text("K,C,Y,X,R,S,padding,side_padding\n8,3,32,32,1,7,0,6\n")
    assert (read_layers(path)[0].rows, read_layers(path)[0].columns) == (32, 32)


def test_layers_may_have_names(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text("name, K, C, Y, X, R, S\nstem, 8, 3, 32, 32, 3, 3\n")
    assert read_layers(str(path))[0].name == "stem"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("K,C,Y,X,R,S\n8,0,32,32,3,3\n", r"net1\.channels: 0 is not possible; allowed: a whole number >= 1"),
        ("K,C,Y,X,R,S\n8,-3,32,32,3,3\n", r"net1\.channels: -3"),
        ("K,C,Y,X,R,S\n8,three,32,32,3,3\n", r"net1, C: 'three' is not possible; allowed: a whole number"),
        ("K,C,Y,X,R,S\n8,3,32\n", r"net1: '8,3,32' is not possible; allowed: 6 columns"),
        ("K,C,Y,X,R\n8,3,32,32,3\n", r"the columns K,C,Y,X,R,S"),
        ("K,C,Y,X,R,S\n", r"at least one layer"),
        ("", r"at least one layer"),
        ("K,C,Y,X,R,S,name\n8,3,32,32,3,3,a\n8,3,32,32,3,3,a\n", r"net\.csv, name: 'a' is not possible"),
        (
            "K,C,Y,X,R,S,strides\n8,3,32,32,3,3,1\n",
            r"column: 'strides' is not possible; allowed: did you mean 'stride'",
        ),
    ],
)
def test_a_table_that_makes_no_sense_is_one_line(text, message, tmp_path):
    path = tmp_path / "net.csv"
    path.write_text(text)
    with pytest.raises(SpecError, match=message) as refused:
        read_layers(path)
    assert "\n" not in str(refused.value)


def test_unknown_names_and_missing_files_are_one_line(tmp_path):
    with pytest.raises(SpecError, match="did you mean 'mobilenet-v2'"):
        read_layers("mobilenet-v3")
    with pytest.raises(SpecError, match="can be read"):
        read_layers(tmp_path / "none.csv")
