"""A channel of DRAM: devices by data sheet, a controller with ten parameters, and what a trace costs on them."""

from archwright.memory.dram.controller import CHOICES, Controller
from archwright.memory.dram.device import Device, devices, find_device
from archwright.memory.dram.problem import DramController
from archwright.memory.dram.simulation import Run, simulate
from archwright.memory.dram.simulator import DramSimulator

__all__ = [
    "CHOICES",
    "Controller",
    "Device",
    "DramController",
    "DramSimulator",
    "Run",
    "devices",
    "find_device",
    "simulate",
]
