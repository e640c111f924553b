"""Networks and data as users have them in files.

A network is an ONNX file, or the weights of a torch module (`.pt`, `.pth`, `.safetensors`) with the name of what builds
it: weights alone are read, never code that a file carries. Data are an `.npz` file, or a data set by its name.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archwright.compression.graph.onnx_program import read_onnx_file
from archwright.core.errors import SpecError

if TYPE_CHECKING:
    import torch

    from archwright.models.fashion_mnist import Labelled, Split

WEIGHTS = (".pt", ".pth", ".safetensors")
DATA_SETS = ("fashion-mnist", "mnist-5k", "drawn-images")
VALIDATION_SHARE, TEST_SHARE = 0.1, 0.2


def read_network(path: Path, builder: str | None = None) -> torch.nn.Module | bytes:
    """A trained network.

    Args:
        path: `.onnx`; or `.pt`, `.pth` or `.safetensors` with the weights of what `builder` makes.
        builder: `package.module:Name`, which is called without arguments.

    Returns:
        A module in evaluation mode, or the bytes of an ONNX model.

    Raises:
        SpecError: the file cannot be read, is of another kind, or its weights are not those of the builder's module.
    """
    try:
        if path.suffix == ".onnx":
            return read_onnx_file(path)
        if path.suffix not in WEIGHTS:
            raise SpecError("MODEL", str(path), f"a file that ends in .onnx, {', '.join(WEIGHTS)}")
        if builder is None:
            raise SpecError("--network", "none", f"package.module:Name that builds what the weights of {path} are for")
        return _loaded(_built(builder), path)
    except OSError as error:
        raise SpecError("MODEL", str(path), f"a file that can be read; {error.strerror}") from None


def _built(builder: str) -> torch.nn.Module:
    import torch

    name, _, attribute = builder.partition(":")
    try:
        made = getattr(importlib.import_module(name), attribute)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise SpecError("--network", builder, f"package.module:Name, called without arguments; {error}") from None
    if not isinstance(made, torch.nn.Module):
        raise SpecError("--network", builder, "what builds a torch module")
    return made.eval()


def _loaded(model: torch.nn.Module, path: Path) -> torch.nn.Module:
    state = _state(path)
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise SpecError("MODEL", str(path), f"weights of {type(model).__name__}; {reason}") from None
    return model


def _state(path: Path) -> Any:
    import torch

    from archwright.compression.export import read_safetensors

    if path.suffix == ".safetensors":
        return {name: torch.from_numpy(one) for name, one in read_safetensors(path).items()}
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception:  # a damaged file raises whatever its bytes lead to
        allowed = "weights as torch.save(model.state_dict()) writes them; whole modules and TorchScript: export to ONNX"
        raise SpecError("MODEL", str(path), allowed) from None
    return found.get("state_dict", found) if isinstance(found, dict) else found


def read_data(text: str, *, seed: int = 0) -> Split:
    """Data to heal with, to choose by, and to report on.

    Args:
        text: `fashion-mnist`, `mnist-5k`, `drawn-images`, or an `.npz` file with `images` (n, ...) float32, `labels`
            (n,) whole numbers, and maybe `test_images` and `test_labels`.
        seed: of the parts that a file is cut into: a tenth for validation, a fifth for the test where it has none.

    Raises:
        SpecError: no such data set, or the file lacks something.
        SimulatorMissing: the data set is not installed.
    """
    if text.endswith(".npz"):
        return _from_file(Path(text), np.random.default_rng(seed))
    if text == "fashion-mnist":
        from archwright.models.fashion_mnist import fashion_mnist

        return fashion_mnist()
    if text == "mnist-5k":
        from archwright.models.mnist_5k import mnist_5k

        return mnist_5k()
    if text == "drawn-images":
        from archwright.models.drawn_images import drawn_images

        return drawn_images()
    raise SpecError("--data", text, f"an .npz file, {', '.join(DATA_SETS)}")


def _from_file(path: Path, rng: np.random.Generator) -> Split:
    from archwright.models.fashion_mnist import Split

    try:
        with np.load(path) as found:
            arrays = {name: found[name] for name in found.files}
    except (OSError, ValueError) as error:
        raise SpecError("--data", str(path), f"an .npz file that can be read; {error}") from None
    known = _part(path, arrays, "")
    test = _part(path, arrays, "test_") if "test_images" in arrays else None
    order = rng.permutation(len(known.labels))
    n_validation, n_test = (int(share * len(order)) for share in (VALIDATION_SHARE, TEST_SHARE))
    if test is None:
        test, order = _rows(known, order[:n_test]), order[n_test:]
    return Split(_rows(known, order[n_validation:]), _rows(known, order[:n_validation]), test)


def _part(path: Path, arrays: dict[str, Any], prefix: str) -> Labelled:
    from archwright.models.fashion_mnist import Labelled

    for name in (f"{prefix}images", f"{prefix}labels"):
        if name not in arrays:
            raise SpecError("--data", str(path), f"a file with an array {name!r}; it has {', '.join(arrays) or 'none'}")
    images, labels = arrays[f"{prefix}images"], arrays[f"{prefix}labels"]
    is_whole = np.issubdtype(labels.dtype, np.integer) and labels.ndim == 1
    if not is_whole or len(labels) != len(images) or len(labels) < 10:
        raise SpecError("--data", f"{prefix}labels of shape {labels.shape}", "a whole number per image, 10 or more")
    return Labelled(np.ascontiguousarray(images, np.float32), labels.astype(np.int64))


def _rows(data: Labelled, rows: Any) -> Labelled:
    return type(data)(data.images[rows], data.labels[rows])
