"""The graph of a network: layers with their costs, and the width groups that channel pruning must keep together.

`trace` reads a torch module, `read_onnx` an ONNX file; `Graph.cost` says what any choice of widths takes without
touching a tensor, and `Graph.slices` which entries of which tensors stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from archwright.compression.graph.structure import Cost, Graph, Group, Layer, Slice

if TYPE_CHECKING:
    import torch

__all__ = ["Cost", "Graph", "Group", "Layer", "Slice", "graph_of_onnx", "read_onnx", "trace"]


def trace(model: torch.nn.Module | torch.export.ExportedProgram, example: Any) -> Graph:
    """The graph of a torch model.

    Args:
        model: a module (its weights may be on the meta device: only shapes are read), or an exported program.
        example: an input tensor for one example, or a tuple of inputs; not used for an exported program.

    Raises:
        SpecError: it does not run on the example, cannot be exported, or holds an operator of unknown cost.

    Example:
        >>> import torch
        >>> net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.Linear(144, 10))
        >>> graph = trace(net, torch.zeros(1, 1, 8, 8))
        >>> graph.cost().macs, graph.cost({"0": 2}).macs
        (2736, 1368)
    """
    from archwright.compression.graph.build import graph_of
    from archwright.compression.graph.torch_program import torch_program

    return graph_of(torch_program(model, example))


def read_onnx(path: Path | str) -> Graph:
    """The graph of an ONNX file.

    Layers and tensors have the file's names; sizes that it leaves open count as 1.

    Args:
        path: of the file.

    Raises:
        SpecError: it cannot be read, leaves shapes open, or holds an operator of unknown cost.
    """
    from archwright.compression.graph.onnx_program import read_onnx_file

    return graph_of_onnx(read_onnx_file(Path(path)))


def graph_of_onnx(model: bytes) -> Graph:
    """The graph of an ONNX model that is in memory, as for `read_onnx`.

    Args:
        model: whole, with its weights in it.

    Raises:
        SpecError: as for `read_onnx`.
    """
    from archwright.compression.graph.build import graph_of
    from archwright.compression.graph.onnx_program import onnx_program

    return graph_of(onnx_program(model))
