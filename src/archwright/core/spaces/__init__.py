"""The ready spaces beside `Record`: lists, permutations, subsets, assignments, derivation trees and their product.

Each stands in a module of its own; this one is their door.
"""

from __future__ import annotations

from archwright.core.spaces.assign import Assign
from archwright.core.spaces.order import Order
from archwright.core.spaces.product import Product
from archwright.core.spaces.sequence import Sequence
from archwright.core.spaces.subset import Subset
from archwright.core.spaces.tree import Tree

__all__ = ["Assign", "Order", "Product", "Sequence", "Subset", "Tree"]
