"""Read an ONNX file into a plain program. Sizes that the file leaves open count as 1: one example."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from archwright.compression.graph.operations import Operation, Program, Weight
from archwright.core.errors import SpecError

Found = tuple[str, tuple[str, ...], Mapping[str, Any]]
"""Kind, inputs and attributes of an operation."""

NAMES = {
    "elementwise": """
        Abs Add And Cast Ceil Celu Clip Cos Div Dropout Elu Equal Erf Exp Expand Floor Gelu Greater GreaterOrEqual
        HardSigmoid HardSwish Identity LeakyRelu Less LessOrEqual Log Max Min Mish Mod Mul Neg Not Or Pow Reciprocal
        Relu Round Selu Sigmoid Sign Sin Softplus Sqrt Sub Tanh ThresholdedRelu Where
    """,
    "spatial": "AveragePool GlobalAveragePool GlobalMaxPool MaxPool Resize Upsample LpPool",
    "reshape": "Flatten Reshape Squeeze Unsqueeze",
    "opaque": """
        ArgMax ConstantOfShape CumSum DepthToSpace GatherElements GatherND GroupNormalization InstanceNormalization
        IsNaN NonZero OneHot Range ScatterND Shape Size SpaceToDepth Tile Trilu
    """,
}
"""Operators that need no attributes read, by kind."""
PLAIN = {operator: kind for kind, operators in NAMES.items() for operator in operators.split()}
FIRST_ONLY = {"Cast", "Clip", "Dropout", "Expand"}
"""Elementwise operators whose other inputs are options."""


def read_onnx_file(path: Path) -> bytes:
    """An ONNX model from its file, with weights that lie beside it put in.

    Args:
        path: of the file.

    Raises:
        SpecError: it cannot be read, or is none.
    """
    import onnx

    try:
        found: bytes = onnx.load(str(path)).SerializeToString()
        return found
    except OSError as error:
        raise SpecError("model", str(path), f"a file that can be read; {error.strerror}") from None
    except Exception as error:  # protobuf and onnx raise their own kinds
        raise SpecError("model", str(path), f"an ONNX model; {' '.join(str(error).split())[:160]}") from None


def onnx_program(model: bytes) -> Program:
    """The operations of an ONNX model.

    Args:
        model: whole, with its weights in it.

    Raises:
        SpecError: it cannot be read, leaves shapes open, or holds an operator of unknown cost.
    """
    import onnx
    from onnx.shape_inference import infer_shapes

    try:
        proto = onnx.load_model_from_string(model)
        _close_sizes(proto.graph)
        proto = infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # protobuf and onnx raise their own kinds
        reason = " ".join(str(error).split())[:160]
        raise SpecError("model", f"{len(model):,} bytes", f"an ONNX model; {reason}") from None
    return _Reader(proto.graph).program()


def _close_sizes(graph: Any) -> None:
    for value in graph.input:
        for size in value.type.tensor_type.shape.dim:
            if not size.HasField("dim_value") or size.dim_value <= 0:
                size.dim_value = 1
    del graph.value_info[:]  # shapes that were inferred with open sizes
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")


class _Reader:
    """Turns the nodes of an ONNX graph into operations."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self.graph = graph
        self.weights: dict[str, Weight] = {}
        self.arrays: dict[str, Any] = {}
        for tensor in graph.initializer:
            is_learned = tensor.data_type in (1, 10, 11, 16)  # floating types
            array = numpy_helper.to_array(tensor)
            self.weights[tensor.name] = Weight(tuple(tensor.dims), array.itemsize, is_learned)
            self.arrays[tensor.name] = array
        self.shapes = {name: weight.shape for name, weight in self.weights.items()}
        for value in (*graph.input, *graph.value_info, *graph.output):
            sizes = value.type.tensor_type.shape.dim
            if value.type.tensor_type.HasField("shape") and all(size.HasField("dim_value") for size in sizes):
                self.shapes.setdefault(value.name, tuple(size.dim_value for size in sizes))

    def program(self) -> Program:
        """All of it."""
        operations = [self._operation(node) for node in self.graph.node if self._is_needed(node)]
        outputs = tuple(value.name for value in self.graph.output)
        return Program(self.weights, self.shapes, tuple(operations), outputs)

    def _is_needed(self, node: Any) -> bool:
        """Constants are weights of their own."""
        if node.op_type != "Constant":
            return True
        from onnx import numpy_helper

        (value,) = node.attribute
        array = numpy_helper.to_array(value.t) if value.name == "value" else None
        if array is not None:
            self.arrays[node.output[0]] = array
            self.weights[node.output[0]] = Weight(array.shape, array.itemsize, False)
            self.shapes[node.output[0]] = array.shape
        return False

    def _operation(self, node: Any) -> Operation:
        from onnx.helper import get_attribute_value

        given = {one.name: get_attribute_value(one) for one in node.attribute}
        outputs = tuple(name for name in node.output if name)
        for name in (*(one for one in node.input if one), *outputs):
            if name not in self.shapes:
                raise SpecError("model", name, f"a value of known shape at {node.op_type} {node.name!r}")
        if node.op_type in READ:
            kind, inputs, attributes = READ[node.op_type](self, node, given)
        elif node.op_type in PLAIN:
            kind, attributes = PLAIN[node.op_type], {}
            is_first = kind in ("spatial", "reshape") or node.op_type in FIRST_ONLY
            inputs = tuple(node.input[:1] if is_first else node.input)
        else:
            raise SpecError("operator", f"{node.op_type} ({node.name})", "an operator whose cost is known")
        return Operation(kind, inputs, outputs, attributes)

    def axis(self, axis: int, name: str) -> int:
        """An axis counted from the front."""
        return axis % max(len(self.shapes[name]), 1)

    def numbers(self, node: Any, place: int) -> list[int] | None:
        """A list of whole numbers that an input holds."""
        if len(node.input) <= place or node.input[place] not in self.arrays:
            return None
        found: list[int] = [int(one) for one in self.arrays[node.input[place]].reshape(-1)]
        return found


def _convolution(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    attributes = {
        "groups": given.get("group", 1),
        "stride": max(given.get("strides", [1])),
        "is_transposed": node.op_type == "ConvTranspose",
    }
    return "convolution", (*node.input, "")[:3], attributes


def _gemm(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    if node.input[1] not in reader.weights or given.get("transA", 0):
        return "opaque", tuple(node.input), {}
    return "linear", (*node.input, "")[:3], {"axes": (0, 1) if given.get("transB", 0) else (1, 0)}


def _matmul(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    left, right = node.input
    if right in reader.weights and len(reader.shapes[right]) == 2:
        return "linear", (left, right, ""), {"axes": (1, 0)}
    return "matmul", (left, right), {}


def _batch_norm(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    return "channel_scale", tuple(node.input), {}


def _prelu(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    return "elementwise", tuple(node.input), {}


def _layer_norm(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    return "layer_norm", tuple(node.input), {}


def _concatenate(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    return "concatenate", tuple(node.input), {"axis": reader.axis(given["axis"], node.output[0])}


def _softmax(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    return "softmax", tuple(node.input), {"axis": reader.axis(given.get("axis", -1), node.output[0])}


def _permute(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    rank = len(reader.shapes[node.input[0]])
    return "permute", tuple(node.input), {"axes": tuple(given.get("perm", range(rank)[::-1]))}


def _reduce(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    x = node.input[0]
    axes = given.get("axes") or reader.numbers(node, 1) or range(len(reader.shapes[x]))
    kept = bool(given.get("keepdims", 1))
    return "reduce", (x,), {"axes": tuple(reader.axis(one, x) for one in axes), "keeps_axes": kept}


def _slice(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    x = node.input[0]
    cut = [k for k, (a, b) in enumerate(zip(reader.shapes[x], reader.shapes[node.output[0]], strict=True)) if a != b]
    if len(cut) > 1:
        return "opaque", (x,), {}
    return ("slice", (x,), {"axis": cut[0]}) if cut else ("elementwise", (x,), {})


def _split(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    """Parts of equal size still count as constants: the file says how long they are."""
    return "slice", tuple(node.input[:1]), {"axis": reader.axis(given.get("axis", 0), node.input[0])}


def _gather(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    x, axis = node.input[0], reader.axis(given.get("axis", 0), node.input[0])
    if x in reader.weights and axis == 0 and len(reader.shapes[x]) == 2:
        return "embedding", tuple(node.input), {}
    if not reader.shapes[node.input[1]]:
        return "slice", (x,), {"axis": axis, "drops_axis": True}
    return "opaque", tuple(node.input), {}


def _pad(reader: _Reader, node: Any, given: Mapping[str, Any]) -> Found:
    x, pads = node.input[0], reader.numbers(node, 1)
    rank = len(reader.shapes[x])
    if pads is None or len(pads) != 2 * rank or min(pads) < 0:
        return "opaque", (x,), {}
    if rank < 2 or pads[1] == pads[rank + 1] == 0:
        return "spatial", (x,), {}
    return "pad", (x,), {"axis": 1, "before": pads[1], "after": pads[rank + 1]}


READ: dict[str, Callable[[_Reader, Any, Mapping[str, Any]], Found]] = {
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolution),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    **dict.fromkeys(("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2"), _reduce),
    "BatchNormalization": _batch_norm,
    "Concat": _concatenate,
    "Gather": _gather,
    "Gemm": _gemm,
    "LayerNormalization": _layer_norm,
    "MatMul": _matmul,
    "PRelu": _prelu,
    "Pad": _pad,
    "Slice": _slice,
    "Split": _split,
    "Transpose": _permute,
}
