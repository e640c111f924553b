"""Learned state as bytes: tensors, arrays and plain values, read back without executing anything."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from archwright.core.errors import SpecError


def pack(state: Mapping[str, Any]) -> bytes:
    """`state` as bytes: nested dicts, lists, plain values, tensors and numpy arrays.

    Example:
        >>> unpack(pack({"rows": np.arange(3), "step": 7}))["step"]
        7
    """
    target = io.BytesIO()
    torch.save(_to_tensors(dict(state)), target)
    return target.getvalue()


def unpack(blob: bytes, field: str = "state") -> dict[str, Any]:
    """The state that `pack` made into `blob`; arrays come back as tensors.

    Only tensors and plain values are ever built (`weights_only`), so a foreign file can do no harm.

    Raises:
        SpecError: `blob` was not made by `pack`; the message names `field`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # torch warns of a plain pickle, which `pack` never writes
            found = torch.load(io.BytesIO(blob), map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError, ValueError, KeyError, UserWarning) as error:
        raise SpecError(field, f"{len(blob)} bytes", "a blob that this version saved") from error
    if not isinstance(found, dict):
        raise SpecError(field, type(found).__name__, "a blob that this version saved")
    return found


def _to_tensors(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: _to_tensors(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_tensors(inner) for inner in value]
    return value
