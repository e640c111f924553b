"""Learned state as bytes: tensors, arrays and plain values, read back without executing anything."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from archwright.core.errors import SpecError

ARCHIVE = b"PK\x03\x04"
"""How the files that torch writes begin."""


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
    found = None
    if blob.startswith(ARCHIVE):  # torch would read older formats too, which `pack` never writes
        try:
            found = torch.load(io.BytesIO(blob), map_location="cpu", weights_only=True)
        except (RuntimeError, UnpicklingError) as error:
            raise SpecError(field, f"{len(blob)} bytes", "a blob that this version saved") from error
    if not isinstance(found, dict):
        raise SpecError(field, f"{len(blob)} bytes", "a blob that this version saved")
    return found


def _to_tensors(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {key: _to_tensors(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_tensors(inner) for inner in value]
    return value
