"""What a channel can be given to do: a generated trace by name, or a file."""

from __future__ import annotations

from pathlib import Path

from archwright.core.errors import SpecError
from archwright.memory.traces.formats import FORMATS, read_trace
from archwright.memory.traces.generators import GENERATORS, generate
from archwright.memory.traces.trace import Trace

WORKLOADS = f"a trace ({', '.join(GENERATORS)}), or a file that ends with {', '.join(FORMATS)}"


def find_trace(name: str, n_requests: int = 10_000, seed: int = 0) -> Trace:
    """A trace by its generator's name, or from a file.

    Args:
        name: of a generator, or path of a file.
        n_requests: of a generated trace.
        seed: of what is drawn.

    Raises:
        SpecError: neither, or the file is refused.

    Example:
        >>> len(find_trace("stream", 100))
        100
    """
    if name in GENERATORS:
        return generate(name, n_requests, seed=seed)
    if Path(name).suffix in FORMATS:
        return read_trace(name)
    raise SpecError("trace", name, WORKLOADS)
