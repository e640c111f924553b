"""ConfuciuX: processing elements and buffers for every layer of a network, within a budget.

Kao, Jeong, Krishna, MICRO 2020. `ResourceAssignment` is the problem; `Tables` holds every layer under every action,
`Pipelined` and `Sequential` are the two deployments, `pack` finds the proved optimum.
"""

from archwright.accelerators.confuciux.knapsack import Packing, pack
from archwright.accelerators.confuciux.pipelined import Pipelined
from archwright.accelerators.confuciux.problem import ResourceAssignment
from archwright.accelerators.confuciux.sequential import Sequential
from archwright.accelerators.confuciux.tables import N_PES, TILES, Tables

__all__ = ["N_PES", "TILES", "Packing", "Pipelined", "ResourceAssignment", "Sequential", "Tables", "pack"]
