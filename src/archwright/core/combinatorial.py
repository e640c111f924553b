"""The ready spaces beside `Record`: lists, permutations, subsets, assignments, derivation trees and their product.

Each stands in a module of its own; this one is their door.
"""

from __future__ import annotations

from archwright.core.combinatorial_assign import Assign
from archwright.core.combinatorial_order import Order
from archwright.core.combinatorial_product import Product
from archwright.core.combinatorial_sequence import Sequence
from archwright.core.combinatorial_subset import Subset
from archwright.core.combinatorial_tree import Tree

__all__ = ["Assign", "Order", "Product", "Sequence", "Subset", "Tree"]
