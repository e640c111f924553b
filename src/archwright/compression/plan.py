"""A compression plan: per layer, how many weights stay, and in how many bits they and their places are kept.

As JSON::

    {"format": "archwright compression plan", "version": 1,
     "layers": {"fc1.weight": {"density": 0.08, "bits": 5, "codebook": "linear", "index_bits": 4, "rank": 0}}}

A layer that the plan does not name is stored as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from archwright.core.errors import SpecError, check_name

FORMAT, VERSION = "archwright compression plan", 1
CODEBOOKS = ("linear", "density", "random", "exact", "affine", "none")


@dataclass(frozen=True)
class LayerPlan:
    """How one layer is compressed.

    Args:
        density: share of the weights that stays, 0 to 1; 1 stores every weight, without indices.
        bits: of a weight's code, 1 to 8.
        codebook: how the shared weights start (`linear`, `density`, `random`), their optimum (`exact`), an even grid
            (`affine`), or `none`: surviving weights stay float32.
        index_bits: of a relative index, 1 to 8.
        rank: of two factors that stand for the layer before anything else is done; 0 leaves it whole.

    Raises:
        SpecError: a field is out of its range.

    Example:
        >>> LayerPlan(density=0.08, bits=5)
        LayerPlan(density=0.08, bits=5, codebook='linear', index_bits=4, rank=0)
    """

    density: float = 1.0
    bits: int = 8
    codebook: str = "linear"
    index_bits: int = 4
    rank: int = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check_name("codebook", self.codebook, CODEBOOKS)
        _check("density", self.density, (int, float), 0.0, 1.0, "0 to 1")
        _check("bits", self.bits, (int,), 1, 8, "a whole number from 1 to 8")
        _check("index_bits", self.index_bits, (int,), 1, 8, "a whole number from 1 to 8")
        _check("rank", self.rank, (int,), 0, 1 << 20, "a whole number, 0 for the whole layer")


def _check(field: str, value: Any, kinds: tuple[type, ...], low: float, high: float, allowed: str) -> None:
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:
        raise SpecError(field, value, allowed)


@dataclass(frozen=True)
class CompressionPlan:
    """A plan for a whole model.

    Args:
        layers: by name of the weight tensor.

    Example:
        >>> plan = CompressionPlan({"fc.weight": LayerPlan(density=0.1, bits=4)})
        >>> CompressionPlan.from_json(plan.to_json()) == plan
        True
    """

    layers: Mapping[str, LayerPlan]

    def to_json(self) -> str:
        """As JSON text."""
        layers = {name: asdict(layer) for name, layer in self.layers.items()}
        return json.dumps({"format": FORMAT, "version": VERSION, "layers": layers}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> CompressionPlan:
        """The plan in a JSON text.

        Raises:
            SpecError: it is none; the message names the layer and the field.
        """
        try:
            found = json.loads(text)
        except ValueError as error:
            raise SpecError("plan", text[:40], f"JSON ({error})") from None
        if not isinstance(found, dict) or (found.get("format"), found.get("version")) != (FORMAT, VERSION):
            raise SpecError("plan", text[:40], f'an object with "format": "{FORMAT}" and "version": {VERSION}')
        layers = found.get("layers")
        if not isinstance(layers, dict):
            raise SpecError("plan.layers", layers, "an object of layers by name")
        return cls({name: _layer(name, layer) for name, layer in layers.items()})

    def check(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Whether the plan fits a model.

        Args:
            shapes: of the model's tensors, by name.

        Raises:
            SpecError: a layer is not in the model, or its rank exceeds what its shape allows.
        """
        for name, layer in self.layers.items():
            check_name("plan.layers", name, shapes)
            largest = min(_as_matrix(shapes[name]))
            if layer.rank > largest:
                raise SpecError(f"plan.layers.{name}.rank", layer.rank, f"0 to {largest}")


def _as_matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    rows = shape[0] if shape else 1
    columns = 1
    for length in shape[1:]:
        columns *= length
    return rows, columns


def _layer(name: str, layer: Any) -> LayerPlan:
    known = {one.name for one in fields(LayerPlan)}
    if not isinstance(layer, dict):
        raise SpecError(f"plan.layers.{name}", layer, f"an object of {', '.join(sorted(known))}")
    for key in layer:
        check_name(f"plan.layers.{name}", key, known)
    try:
        return LayerPlan(**layer)
    except SpecError as error:
        raise SpecError(f"plan.layers.{name}.{error.field}", error.value, error.allowed) from None
