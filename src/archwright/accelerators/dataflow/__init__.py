"""Dataflows: what a layer takes on an array of processing elements, in closed form.

Each mapping is a module: `weight_stationary` (dla), `output_stationary` (shi), `row_stationary` (eye), and
`channel_parallel` for depthwise layers. `costs_of` puts cycles, energy, area and power of all layers and all machines
into tables, equal to the MAESTRO cost model where it can be; `DataflowSimulator` runs whole networks.
"""

from archwright.accelerators.dataflow.costs import DATAFLOWS, Costs, costs_of, usage_of
from archwright.accelerators.dataflow.hardware import UNLIMITED_BANDWIDTH, Bus
from archwright.accelerators.dataflow.simulator import DataflowSimulator

__all__ = ["DATAFLOWS", "UNLIMITED_BANDWIDTH", "Bus", "Costs", "DataflowSimulator", "costs_of", "usage_of"]
