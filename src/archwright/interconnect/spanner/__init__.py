"""Source-wise round-trip spanners: few links of a directed graph between which request and response stay short.

After Zhu et al., "Efficient construction of source-wise round-trip spanners in weighted digraphs", 2020.
`round_trip_spanner` is the method of nearly linear time, `ball_cover` and `zhu_lam` are deterministic, `add_links` is
greedy, `remove_links` deletes, `tree_union` keeps every distance; `measure_stretch` verifies any of them exactly.
`RoundTripSpanner` is the problem of choosing links; `measure_loads` runs what stays on as a network on chip.
"""

from archwright.interconnect.spanner.balls import ball_cover, claimed_stretch, zhu_lam
from archwright.interconnect.spanner.families import Instance, fat_tree, mesh, named_instance, random_digraph
from archwright.interconnect.spanner.gating import Load, measure_loads, round_trip_routing, topology_of
from archwright.interconnect.spanner.graph import Digraph, digraph
from archwright.interconnect.spanner.links import add_links, removal_order, remove_links
from archwright.interconnect.spanner.paths import shortest_trees, tree_union
from archwright.interconnect.spanner.problem import RoundTripSpanner
from archwright.interconnect.spanner.reading import read_edges, read_instance, read_market
from archwright.interconnect.spanner.recipe import METHODS, Recipe, choose_links
from archwright.interconnect.spanner.scales import Spanner, round_trip_spanner
from archwright.interconnect.spanner.stretch import Stretch, measure_stretch

__all__ = [
    "METHODS",
    "Digraph",
    "Instance",
    "Load",
    "Recipe",
    "RoundTripSpanner",
    "Spanner",
    "Stretch",
    "add_links",
    "ball_cover",
    "choose_links",
    "claimed_stretch",
    "digraph",
    "fat_tree",
    "measure_loads",
    "measure_stretch",
    "mesh",
    "named_instance",
    "random_digraph",
    "read_edges",
    "read_instance",
    "read_market",
    "removal_order",
    "remove_links",
    "round_trip_routing",
    "round_trip_spanner",
    "shortest_trees",
    "topology_of",
    "tree_union",
    "zhu_lam",
]
