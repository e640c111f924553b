"""Workloads: the layers of published networks, and of the user's own, as accelerators see them.

A `Layer` has the sizes, stride and padding of its paper; `Layer.compatible` is the same without stride and padding, as
the tables of MAESTRO's users have it. `read_layers` finds a network by name or reads a table.
"""

from archwright.accelerators.workloads.catalogue import NETWORKS, WORKLOADS, read_layers
from archwright.accelerators.workloads.layer import Layer, matrix_product
from archwright.accelerators.workloads.matrix_products import products_with_a_vector

__all__ = ["NETWORKS", "WORKLOADS", "Layer", "matrix_product", "products_with_a_vector", "read_layers"]
