"""Read a torch module into a plain program; torch.export sees layers that are modules and functions alike."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archwright.compression.graph.operations import Operation, Program, Weight
from archwright.core.errors import SpecError

if TYPE_CHECKING:
    import torch

Found = tuple[str, tuple[str, ...], Mapping[str, Any]]
"""Kind, inputs and attributes of an operation."""

NAMES = {
    "elementwise": """
        abs alias alpha_dropout celu clamp clamp_max clamp_min clone contiguous cos detach dropout elu erf exp expand
        expand_as feature_dropout floor gelu hardsigmoid hardswish hardtanh leaky_relu lift_fresh lift_fresh_copy log
        log1p logical_not mish neg reciprocal relu relu6 round rsqrt selu sigmoid sign silu sin softplus sqrt square
        tanh threshold to _to_copy type_as
        add sub rsub mul div pow maximum minimum where masked_fill eq ne lt le gt ge logical_and bitwise_and
    """,
    "spatial": """
        max_pool1d max_pool2d max_pool3d max_pool2d_with_indices avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d
        adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d upsample_nearest2d upsample_bilinear2d
    """,
    "reshape": "view reshape flatten squeeze unsqueeze unflatten _unsafe_view view_as",
    "opaque": """
        all any arange argmax bitwise_not cumsum empty flip full full_like gather group_norm index index_select
        instance_norm new_ones new_zeros one_hot ones ones_like pixel_shuffle pixel_unshuffle rand randn repeat roll
        scalar_tensor stack tril triu zeros zeros_like _assert_tensor_metadata
    """,
}
"""Operators that need no arguments read, by kind."""
PLAIN = {operator: kind for kind, operators in NAMES.items() for operator in operators.split()}
FIRST_ONLY = {"spatial", "reshape"}
"""Kinds that look at the first of their inputs alone."""


def torch_program(model: torch.nn.Module | torch.export.ExportedProgram, example: Any) -> Program:
    """The operations of a torch model.

    Args:
        model: a module, whose mode is kept; its weights may be on the meta device. Or what `torch.export` made of one.
        example: its input, or a tuple of inputs, for one example; not used for an exported program.

    Raises:
        SpecError: it does not run on the example, cannot be exported, or holds an unknown operator.
    """
    exported = _exported(model, example)
    signature = exported.graph_signature
    kept = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    kept |= signature.inputs_to_lifted_tensor_constants
    reader = _Reader(kept, set(signature.inputs_to_parameters.values()))
    for node in exported.graph.nodes:
        reader.read(node)
    return Program(reader.weights, reader.shapes, tuple(reader.operations), tuple(reader.outputs))


def _exported(model: Any, example: Any) -> Any:
    import torch

    if isinstance(model, torch.export.ExportedProgram):
        return model
    inputs = example if isinstance(example, tuple) else (example,)
    modes = {layer: layer.training for layer in model.modules()}
    logger = logging.getLogger("torch._subclasses.fake_tensor")  # shows tracebacks of what is raised anyway
    was_disabled, logger.disabled = logger.disabled, True
    try:
        return torch.export.export(model.eval(), inputs, strict=False)
    except Exception as error:  # whatever the model's own code raises
        shapes = ", ".join(str(tuple(one.shape)) for one in inputs)
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise SpecError(
            "model", f"input of shape {shapes}", f"a model that torch.export reads; {reason[:200]}"
        ) from None
    finally:
        logger.disabled = was_disabled
        for layer, mode in modes.items():
            layer.training = mode


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(int(length) for length in value.shape)


class _Reader:
    """Turns the nodes of an exported graph into operations, one after another."""

    def __init__(self, kept: Mapping[str, str], parameters: set[str]) -> None:
        self.names, self.parameters = dict(kept), parameters
        self.weights: dict[str, Weight] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.operations: list[Operation] = []
        self.outputs: list[str] = []
        self.turned: dict[str, str] = {}

    def read(self, node: Any) -> None:
        """One node."""
        if node.op == "placeholder":
            self._keep(node)
        elif node.op == "output":
            self.outputs = self.tensors(node.args)
        elif getattr(node.target, "__name__", "") == "getitem":
            source, part = node.args
            self.names[node.name] = f"{self.names.get(source.name, source.name)}.{part}"
        elif node.op == "call_function" and hasattr(node.target, "_schema"):
            self._call(node)

    def _keep(self, node: Any) -> None:
        value = node.meta.get("val")
        if hasattr(value, "shape"):
            name = self.names.get(node.name, node.name)
            self.shapes[name] = _shape(value)
            if node.name in self.names:
                self.weights[name] = Weight(_shape(value), value.dtype.itemsize, name in self.parameters)

    def tensors(self, values: Any) -> list[str]:
        """Names of the tensors among arguments, in order."""
        if isinstance(values, Sequence) and not isinstance(values, str):
            return [name for one in values for name in self.tensors(one)]
        name = self.names.get(values.name, values.name) if hasattr(values, "meta") else ""
        return [name] if name in self.shapes else []

    def tensor(self, value: Any) -> str:
        """Name of one tensor, "" where it is left out."""
        return next(iter(self.tensors(value)), "")

    def _call(self, node: Any) -> None:
        value = node.meta.get("val")
        if hasattr(value, "shape"):
            self.shapes[node.name] = _shape(value)
            outputs: tuple[str, ...] = (node.name,)
        else:
            parts = [one for one in value if hasattr(one, "shape")] if isinstance(value, list | tuple) else []
            outputs = tuple(f"{node.name}.{number}" for number in range(len(parts)))
            self.shapes.update((name, _shape(one)) for name, one in zip(outputs, parts, strict=True))
        if outputs:
            operator = node.target._schema.name.split("::")[-1].removesuffix("_")
            kind, inputs, attributes = self._read_operator(operator, node, outputs)
            self.operations.append(Operation(kind, inputs, outputs, attributes))

    def _read_operator(self, operator: str, node: Any, outputs: tuple[str, ...]) -> Found:
        given = _arguments(node)
        if operator in READ:
            return READ[operator](self, given, outputs)
        inputs = tuple(self.tensors([*node.args, *node.kwargs.values()]))
        if operator not in PLAIN:
            raise SpecError("operator", f"{node.target} ({node.name})", "an operator whose cost is known")
        kind = PLAIN[operator]
        return kind, inputs[:1] if kind in FIRST_ONLY else inputs, {}


def _arguments(node: Any) -> dict[str, Any]:
    """Arguments by name, defaults among them."""
    known = node.target._schema.arguments
    given = {one.name: one.default_value for one in known if one.has_default_value()}
    given.update(zip((one.name for one in known), node.args, strict=False))
    return {**given, **node.kwargs}


def _convolution(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    stride = given["stride"]
    attributes = {
        "groups": given["groups"],
        "stride": max(stride) if isinstance(stride, Sequence) else stride,
        "is_transposed": given.get("transposed", "output_padding" in given),
    }
    return "convolution", tuple(reader.tensor(given[one]) for one in ("input", "weight", "bias")), attributes


def _linear(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    weight = reader.tensor(given["weight"])
    inputs = (reader.tensor(given["input"]), reader.turned.get(weight, weight), reader.tensor(given["bias"]))
    return "linear", inputs, {"axes": (1, 0) if weight in reader.turned else (0, 1)}


def _matmul(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    """A product with a matrix that the model keeps is a linear layer."""
    left, right = reader.tensor(given.get("mat1", given["self"])), reader.tensor(given.get("mat2", given.get("other")))
    bias = reader.tensor(given["self"]) if "mat1" in given else ""
    weight = reader.turned.get(right, right)
    if weight in reader.weights and len(reader.shapes[right]) == 2:
        return "linear", (left, weight, bias), {"axes": (0, 1) if right in reader.turned else (1, 0)}
    return "matmul", (left, right), {}


def _batch_norm(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    names = ("input", "weight", "bias", "running_mean", "running_var")
    return "channel_scale", tuple(one for name in names if (one := reader.tensor(given[name]))), {}


def _prelu(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    return "channel_scale", (reader.tensor(given["self"]), reader.tensor(given["weight"])), {}


def _layer_norm(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    names = ("input", "weight", "bias")
    return "layer_norm", tuple(one for name in names if (one := reader.tensor(given.get(name)))), {}


def _attention(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    return "attention", tuple(reader.tensor(given[name]) for name in ("query", "key", "value")), {}


def _embedding(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    return "embedding", (reader.tensor(given["weight"]), reader.tensor(given["indices"])), {}


def _concatenate(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    return "concatenate", tuple(reader.tensors(given["tensors"])), {"axis": _axis(reader, given["dim"], outputs[0])}


def _axis(reader: _Reader, axis: int, name: str) -> int:
    return axis % max(len(reader.shapes[name]), 1)


def _softmax(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    return "softmax", (reader.tensor(given["self"]),), {"axis": _axis(reader, given["dim"], outputs[0])}


def _reduce(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    x, axes = reader.tensor(given["self"]), given.get("dim")
    rank = len(reader.shapes[x])
    chosen = [axes] if isinstance(axes, int) else axes or range(rank)
    return "reduce", (x,), {"axes": tuple(one % rank for one in chosen), "keeps_axes": bool(given.get("keepdim"))}


def _permute(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    x = reader.tensor(given["self"])
    rank = len(reader.shapes[x])
    axes = [one % rank for one in given.get("dims", range(rank))]
    if "dims" not in given:
        first, second = (given.get(name, number) % rank for number, name in enumerate(("dim0", "dim1")))
        axes[first], axes[second] = axes[second], axes[first]
    if x in reader.weights and axes == [1, 0]:
        reader.turned[outputs[0]] = x
        return "constant", (), {}
    return "permute", (x,), {"axes": tuple(axes)}


def _chunk(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    x, axis = reader.tensor(given["self"]), _axis(reader, given["dim"], reader.tensor(given["self"]))
    is_even = len({reader.shapes[name] for name in outputs}) == 1
    return "chunk" if is_even else "slice", (x,), {"axis": axis}


def _slice(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    x = reader.tensor(given["self"])
    axis, drops_axis = _axis(reader, given["dim"], x), len(reader.shapes[x]) > len(reader.shapes[outputs[0]])
    if reader.shapes[x] == reader.shapes[outputs[0]]:
        return "elementwise", (x,), {}
    return "slice", (x,), {"axis": axis, "drops_axis": drops_axis}


def _pad(reader: _Reader, given: Mapping[str, Any], outputs: tuple[str, ...]) -> Found:
    x, pads = reader.tensor(given["self"]), given["pad"]
    place = 2 * (len(reader.shapes[x]) - 2)  # pads are listed from the last axis on
    channels = pads[place : place + 2] or [0, 0]
    if min(channels) < 0:
        return "slice", (x,), {"axis": 1}
    if max(channels) == 0:
        return "spatial", (x,), {}
    return "pad", (x,), {"axis": 1, "before": channels[0], "after": channels[1]}


READ: dict[str, Callable[[_Reader, Mapping[str, Any], tuple[str, ...]], Found]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution"), _convolution),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _convolution),
    **dict.fromkeys(("matmul", "mm", "bmm", "addmm"), _matmul),
    **dict.fromkeys(("batch_norm", "_native_batch_norm_legit_no_training"), _batch_norm),
    **dict.fromkeys(("layer_norm", "rms_norm"), _layer_norm),
    **dict.fromkeys(("prelu", "_prelu_kernel"), _prelu),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenate),
    **dict.fromkeys(("softmax", "_softmax", "log_softmax", "_log_softmax"), _softmax),
    **dict.fromkeys(("mean", "sum", "amax", "amin", "var", "std"), _reduce),
    **dict.fromkeys(("permute", "transpose", "t", "numpy_T"), _permute),
    **dict.fromkeys(("slice", "select", "narrow", "split", "split_with_sizes", "unbind"), _slice),
    **dict.fromkeys(("pad", "constant_pad_nd"), _pad),
    "linear": _linear,
    "scaled_dot_product_attention": _attention,
    "embedding": _embedding,
    "chunk": _chunk,
}
