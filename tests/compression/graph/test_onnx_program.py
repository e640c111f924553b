from math import prod

import numpy as np
import onnx
import pytest
from onnx import parser

from archwright.compression.graph import read_onnx
from archwright.core.errors import SpecError

# Every way in which channels meet: a sum, a depthwise layer, parts at their offsets, a gate, a flatten, a matrix.
BODY = """<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 3, 8, 8] x) => (float[N, 10] y) {
  a = Conv<pads=[1, 1, 1, 1]>(x, a_w)
  n = BatchNormalization(a, n_s, n_b, n_m, n_v)
  r = Relu(n)
  d = Conv<pads=[1, 1, 1, 1], group=8>(r, d_w)
  s = Add(r, d)
  m = GlobalAveragePool(s)
  g = Conv(m, g_w)
  h = Sigmoid(g)
  t = Mul(s, h)
  b = Conv<strides=[2, 2]>(t, b_w, b_b)
  p = MaxPool<kernel_shape=[2, 2], strides=[2, 2]>(t)
  c = Concat<axis=-3>(b, p)
  flat = Constant<value = int64[2] {1, -1}>()
  f = Reshape(c, flat)
  l = Gemm<transB=1>(f, l_w, l_b)
  e = Relu(l)
  y = MatMul(e, k_w)
}
"""
SHAPES = {
    "a_w": (8, 3, 3, 3), "n_s": (8,), "n_b": (8,), "n_m": (8,), "n_v": (8,), "d_w": (8, 1, 3, 3), "g_w": (8, 8, 1, 1),
    "b_w": (6, 8, 1, 1), "b_b": (6,), "l_w": (12, 14 * 16), "l_b": (12,), "k_w": (12, 10),
}  # fmt: skip


def written(path, body=BODY, shapes=SHAPES):
    model = parser.parse_model(body)
    tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    model.graph.initializer.extend(onnx.numpy_helper.from_array(one, name) for name, one in tensors.items())
    onnx.save(model, path)
    return path


def test_a_file_has_its_layers_costs_and_groups(tmp_path):
    graph = read_onnx(written(tmp_path / "net.onnx"))
    assert [(layer.name, layer.macs) for layer in graph.layers] == [
        ("a_w", 64 * 216), ("d_w", 64 * 72), ("g_w", 64), ("b_w", 16 * 48), ("l_w", 12 * 224), ("k_w", 120),
    ]  # fmt: skip
    assert [tuple(group) for group in graph.groups] == [("a_w", 8), ("b_w", 6), ("l_w", 12)]
    assert graph.layers[0].in_shape == (1, 3, 8, 8) and graph.layers[3].stride == 2
    assert graph.cost().parameters == sum(prod(shape) for shape in SHAPES.values())


def test_a_file_says_what_stays_of_its_tensors(tmp_path):
    slices = read_onnx(written(tmp_path / "net.onnx")).slices({"b_w": [0, 3], "l_w": [5]})
    assert {name: [(cut.axis, len(cut.indices)) for cut in cuts] for name, cuts in slices.items()} == {
        "b_w": [(0, 2)], "b_b": [(0, 2)], "l_w": [(1, 10 * 16), (0, 1)], "l_b": [(0, 1)], "k_w": [(0, 1)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "sizes"),
    [
        ("q, r = Split<axis=1>(a)\n  b = Conv(q, s_w)\n", []),
        ("o = Pad(a, pads)\n  b = Conv(o, p_w)\n", [8]),
        ("o = Transpose<perm=[0, 1, 3, 2]>(a)\n  b = Conv(o, b_w)\n", [8]),
        ("o = Softmax<axis=1>(a)\n  b = Conv(o, b_w)\n", []),
        ("o = ReduceMean<axes=[2, 3]>(a)\n  b = Conv(o, b_w)\n", [8]),
        ("o = PRelu(a, slope)\n  b = Conv(o, b_w)\n", [8]),
    ],
)
def test_operators_pass_channels_on(tmp_path, line, sizes):
    body = (
        '<ir_version: 8, opset_import: ["" : 17]>\nnet (float[1, 3, 4, 4] x) => (float[1, 6, h, w] b) {\n'
        f"  pads = Constant<value = int64[8] {{0, 1, 0, 0, 0, 0, 0, 0}}>()\n  a = Conv(x, a_w)\n  {line}}}\n"
    )
    shapes = {"a_w": (8, 3, 1, 1), "b_w": (6, 8, 1, 1), "s_w": (6, 4, 1, 1), "p_w": (6, 9, 1, 1), "slope": (8, 1, 1)}
    graph = read_onnx(written(tmp_path / "net.onnx", body, shapes))
    assert [group.size for group in graph.groups] == sizes


def test_words_are_looked_up_in_a_weight(tmp_path):
    body = (
        '<ir_version: 8, opset_import: ["" : 17]>\nnet (int64[1, 5] x) => (float[1, 5, 3] y) {\n'
        "  e = Gather(table, x)\n  n = LayerNormalization(e, scale)\n  y = MatMul(n, w)\n}\n"
    )
    graph = read_onnx(written(tmp_path / "net.onnx", body, {"table": (50, 8), "scale": (8,), "w": (8, 3)}))
    assert [group.size for group in graph.groups] == [8] and graph.cost({"w": 2}).parameters == 50 * 2 + 2 + 6


def test_bad_files_are_one_line(tmp_path):
    with pytest.raises(SpecError, match=r"nowhere\.onnx' is not possible; allowed: a file that can be read"):
        read_onnx(tmp_path / "nowhere.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(SpecError, match="an ONNX model; ") as error:
        read_onnx(broken)
    assert "\n" not in str(error.value)
    body = '<ir_version: 8, opset_import: ["" : 17]>\nnet (float[4, 4] x) => (float y) {\n  y = Det(x)\n}\n'
    with pytest.raises(SpecError, match=r"operator: 'Det \(\)' is not possible"):
        read_onnx(written(tmp_path / "net.onnx", body, {}))
