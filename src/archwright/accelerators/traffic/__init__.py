"""Traffic: who sends how many words to whom on a mesh of processing elements while a layer runs.

`traffic_of` puts the words that the closed forms of `dataflow` count on one bus between the ports of the shared buffer
and the elements of a `Mesh`.
"""

from archwright.accelerators.traffic.flows import Traffic, traffic_of
from archwright.accelerators.traffic.mesh import Mesh
from archwright.accelerators.traffic.simulator import TrafficSimulator

__all__ = ["Mesh", "Traffic", "TrafficSimulator", "traffic_of"]
