"""Requests: what a layer on an array of processing elements asks of memory, as a trace that a DRAM channel plays.

`requests_of` walks the loops of a mapping of `dataflow` past a shared buffer of any size; `trace_of` makes a trace of
`memory.traces` of what the buffer does not hold.
"""

from archwright.accelerators.requests.simulator import RequestsSimulator
from archwright.accelerators.requests.stream import Array, Requests, requests_of, trace_of

__all__ = ["Array", "Requests", "RequestsSimulator", "requests_of", "trace_of"]
