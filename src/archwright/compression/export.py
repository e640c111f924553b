"""Write networks in the formats of others, ONNX and safetensors, and run ONNX files with ONNX Runtime, one thread."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.core.errors import SpecError

if TYPE_CHECKING:
    import torch

Array = np.ndarray[Any, np.dtype[Any]]


def onnx_bytes(model: torch.nn.Module, example: torch.Tensor) -> bytes:
    """A torch module as an ONNX model, for any number of examples at a time.

    Args:
        model: in evaluation mode.
        example: one input or more, examples along the first axis.

    Raises:
        SpecError: it cannot be exported.
    """
    import torch

    inputs = torch.cat([example, example])[:2]  # with one example alone its number would become a constant
    sizes = ({0: torch.export.Dim.AUTO},)
    try:
        with _quiet():
            exported = torch.export.export(model, (inputs,), dynamic_shapes=sizes, strict=False)
            program = torch.onnx.export(exported, dynamo=True, verbose=False)
    except Exception as error:  # torch raises many kinds
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise SpecError("model", type(model).__name__, f"a module that ONNX can express; {reason[:160]}") from None
    assert program is not None
    found: bytes = program.model_proto.SerializeToString()
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says of itself: packages that it would like, its own deprecations, its progress."""
    logger = logging.getLogger("torch.onnx._internal.exporter._registration")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with (
            warnings.catch_warnings(),
            Path(os.devnull).open("w") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was_disabled


def with_onnx_weights(model: bytes, weights: Mapping[str, Array]) -> bytes:
    """An ONNX model with other values in some of its tensors.

    Args:
        model: whole, with its weights in it.
        weights: by name of an initializer, of the same shape.

    Raises:
        SpecError: there is no such tensor, or it has another shape.
    """
    import onnx
    from onnx import numpy_helper

    proto = onnx.load_model_from_string(model)
    places = {tensor.name: tensor for tensor in proto.graph.initializer}
    for name, values in weights.items():
        if name not in places or tuple(places[name].dims) != values.shape:
            known = f"a tensor of the model, of shape {tuple(places[name].dims) if name in places else 'unknown'}"
            raise SpecError("weights", f"{name} {values.shape}", known)
        places[name].CopyFrom(numpy_helper.from_array(np.array(values, order="C"), name))
    found: bytes = proto.SerializeToString()
    return found


def onnx_weights(model: bytes) -> dict[str, Array]:
    """The tensors of an ONNX model by name.

    Args:
        model: whole, with its weights in it.
    """
    import onnx
    from onnx import numpy_helper

    proto = onnx.load_model_from_string(model)
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}


class OnnxRun:
    """An ONNX model in ONNX Runtime on one thread.

    Args:
        model: whole, with its weights in it.

    Raises:
        SpecError: ONNX Runtime cannot run it.
    """

    def __init__(self, model: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime's own kinds have no common root
            raise SpecError("model", "onnx", f"a model that ONNX Runtime runs; {str(error)[:160]}") from None
        self.input = self._session.get_inputs()[0]

    def __call__(self, inputs: Array) -> Array:
        """The first output for inputs (n, ...).

        Raises:
            SpecError: the inputs do not fit.
        """
        try:
            found: Array = self._session.run(None, {self.input.name: inputs})[0]
        except Exception as error:
            wanted = f"inputs of shape {tuple(self.input.shape)}; {' '.join(str(error).split())[:120]}"
            raise SpecError("data", inputs.shape, wanted) from None
        return found


def write_safetensors(path: Path, weights: Mapping[str, Array]) -> int:
    """Write tensors as a safetensors file.

    Args:
        path: to write.
        weights: by name.

    Returns:
        Bytes written.

    Example:
        >>> write_safetensors(Path("m.safetensors"), {"bias": np.zeros(3, np.float32)})
        84
    """
    from safetensors.numpy import save

    return path.write_bytes(save({name: np.array(one, order="C") for name, one in weights.items()}))


def read_safetensors(path: Path) -> dict[str, Array]:
    """The tensors of a safetensors file by name.

    Raises:
        SpecError: it is none.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(path.read_bytes()))
    except SafetensorError as error:
        raise SpecError("model", str(path), f"a safetensors file; {error}") from None
