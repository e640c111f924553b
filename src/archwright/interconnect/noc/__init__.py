"""Networks on chip: topologies, routings and traffic as data, a network that runs cycle by cycle, and what it takes."""

from archwright.interconnect.noc.area import area_mm2
from archwright.interconnect.noc.booksim import BooksimRow, booksim_rows
from archwright.interconnect.noc.graph_routing import ROUTINGS, find_routing
from archwright.interconnect.noc.measurement import Measurement, measure, sweep
from archwright.interconnect.noc.network import Counts, Network
from archwright.interconnect.noc.problem import NetworkOnChip
from archwright.interconnect.noc.routing import Routing
from archwright.interconnect.noc.simulator import NocSimulator
from archwright.interconnect.noc.topology import Topology, mesh, torus
from archwright.interconnect.noc.traffic import PATTERNS, Traffic, bursty, from_events, request_reply, traffic

__all__ = [
    "PATTERNS",
    "ROUTINGS",
    "BooksimRow",
    "Counts",
    "Measurement",
    "Network",
    "NetworkOnChip",
    "NocSimulator",
    "Routing",
    "Topology",
    "Traffic",
    "area_mm2",
    "booksim_rows",
    "bursty",
    "find_routing",
    "from_events",
    "measure",
    "mesh",
    "request_reply",
    "sweep",
    "torus",
    "traffic",
]
