"""Traces of memory requests: what they are, the files they come in, and generators of the usual ones."""

from archwright.memory.traces.formats import read_trace, write_trace
from archwright.memory.traces.generators import GENERATORS, generate
from archwright.memory.traces.trace import Trace

__all__ = ["GENERATORS", "Trace", "generate", "read_trace", "write_trace"]
