import pytest

from archwright.accelerators.workloads.layer import Layer, matrix_product
from archwright.core.errors import SpecError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filters": 0}, r"conv1\.filters: 0 is not possible; allowed: a whole number >= 1"),
        ({"channels": -3}, r"conv1\.channels: -3"),
        ({"height": 2.5}, r"conv1\.height: 2\.5"),
        ({"stride": 0}, r"conv1\.stride: 0"),
        ({"padding": -1}, r"conv1\.padding: -1 is not possible; allowed: a whole number >= 0"),
        ({"side_padding": -1}, r"conv1\.padded_columns: -1"),
        ({"kernel_width": 12}, r"conv1\.kernel_width: 12 is not possible; allowed: at most the padded input, 11"),
        ({"groups": 3}, r"conv1\.groups: 3 is not possible; allowed: a divisor of 4 channels and 8 filters"),
    ],
)
def test_a_size_that_makes_no_sense_is_one_line(changes, message):
    sizes = {"filters": 8, "channels": 4, "height": 9, "width": 9, "kernel_height": 3, "kernel_width": 3, "padding": 2}
    with pytest.raises(SpecError, match=message) as refused:
        Layer("conv1", **{**sizes, **changes})
    assert "\n" not in str(refused.value)


def test_outputs_are_counted_with_stride_and_padding():
    layer = Layer("conv", 8, 4, 9, 7, 3, 3, stride=2, padding=2)
    assert (layer.rows, layer.columns) == (5, 4)
    assert layer.macs == 8 * 4 * 9 * 5 * 4 and layer.weights == 8 * 4 * 9


def test_rows_and_columns_may_be_padded_apart():
    layer = Layer("conv", 1, 1, 9, 9, 1, 7, side_padding=6)
    assert (layer.rows, layer.columns) == (9, 9)
    assert (layer.compatible.rows, layer.compatible.columns) == (9, 3)


def test_kinds():
    assert Layer("a", 8, 8, 9, 9, 3, 3, groups=8).kind == "depthwise"
    assert Layer("b", 8, 8, 9, 9, 3, 3, groups=4).kind == "convolution"
    assert matrix_product("c", 10, 4, 8).kind == "matrix product"


def test_the_compatible_form_has_neither_stride_nor_padding_nor_groups():
    grouped = Layer("a", 8, 8, 9, 9, 3, 3, stride=2, padding=2, groups=4).compatible
    assert (grouped.rows, grouped.channels, grouped.groups, grouped.weights) == (7, 2, 1, 8 * 2 * 9)
    assert Layer("b", 8, 8, 9, 9, 3, 3, padding=2, groups=8).compatible.is_depthwise


def test_products_side_by_side():
    heads = matrix_product("scores", 128, 64, 128, groups=8)
    assert heads.macs == 8 * 128 * 64 * 128 and heads.kind == "matrix product"
