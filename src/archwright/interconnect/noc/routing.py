"""Routing functions as data: which output virtual channels a packet may take, by phase, input, router and destination.

Meshes: dimension order (XY, YX), O1TURN (Seo et al., 2005), ROMM (Nesson and Johnsson, 1995), Valiant (1982), the turn
models (Glass and Ni, 1992), odd-even (Chiu, 2000), BookSim's `adaptive_xy_yx` and `min_adapt` (Duato, 1993). Any graph:
see `graph_routing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from archwright.core.errors import SpecError
from archwright.interconnect.noc import layout as of
from archwright.interconnect.noc.layout import Masks, Small
from archwright.interconnect.noc.topology import Topology

Signs = np.ndarray[Any, np.dtype[np.int64]]
_NO_TABLE = np.zeros((1, 1), np.int32)


@dataclass(frozen=True, eq=False)
class Routing:
    """A routing function for a topology.

    Args:
        name: of the catalogue of routings.
        wants: (phases, 1 or ports, nodes, nodes) int64: masks of output channels by input port, router, destination.
        select: how a packet picks among ports: `ALL` asks for all, `RANDOM`, `CREDIT`, `PROBABLE`, `LEARNED`.
        start: its first phase: `BY_TABLE`, `BY_CHANCE`, `BY_CREDIT`, `VIA_ANY`, `VIA_QUADRANT`,
            `BY_PAIR`.
        escapes: (nodes, nodes) int64: masks of escape channels, all of which are virtual channel 0; or None.
        first_phase: (nodes, nodes) int32: by source and destination, for `BY_TABLE` and `BY_PAIR`.
    """

    name: str
    wants: Masks
    select: int = of.ALL
    start: int = of.BY_TABLE
    escapes: Masks | None = None
    first_phase: Small = field(default_factory=lambda: _NO_TABLE)


class _Grid:
    """Ports towards every destination, along x and along y, on a mesh."""

    def __init__(self, topology: Topology, n_vcs: int) -> None:
        if topology.columns == 0:
            raise SpecError("topology", topology.name, "a mesh or torus for this routing")
        n, columns = topology.n_nodes, topology.columns
        self.topology, self.n_vcs, self.every = topology, n_vcs, (1 << n_vcs) - 1
        x, y = np.arange(n) % columns, np.arange(n) // columns
        self.x, self.y = x, y
        self.sx, self.sy = np.sign(x[None] - x[:, None]), np.sign(y[None] - y[:, None])
        self.across, self.down = np.full((n, n), -1), np.full((n, n), -1)
        order = np.argsort([abs(int(x[b] - x[a])) + abs(int(y[b] - y[a])) for a, b, _ in topology.links], kind="stable")
        for a, b, _ in topology.links[order]:  # longer links last: they win where they do not overshoot
            port, dx, dy = topology.port_to[a, b], x[b] - x[a], y[b] - y[a]
            here = (dx != 0) & (self.sx[a] == np.sign(dx)) & (np.abs(x - x[a]) >= abs(dx))
            self.across[a, here] = port
            here = (dy != 0) & (self.sy[a] == np.sign(dy)) & (np.abs(y - y[a]) >= abs(dy))
            self.down[a, here] = port

    def mask(self, ports: Signs, vcs: int) -> Masks:
        """Channels `vcs` of ports; none where the port is -1."""
        return np.where(ports >= 0, np.int64(vcs) << (np.maximum(ports, 0) * self.n_vcs), 0)

    def order(self, vcs: int, *, is_yx: bool = False) -> Masks:
        """Dimension order."""
        if self.topology.is_torus:
            return _ring_order(self, vcs, is_yx)
        first, second = (self.down, self.across) if is_yx else (self.across, self.down)
        return self.mask(np.where(first >= 0, first, second), vcs)[None, None]

    def both(self, vcs: int) -> Masks:
        """Every port that comes nearer."""
        return (self.mask(self.across, vcs) | self.mask(self.down, vcs))[None, None]

    def halves(self) -> tuple[int, int]:
        """The lower and the upper half of the virtual channels."""
        if self.n_vcs < 2:
            raise SpecError("n_vcs", self.n_vcs, "2 or more for a routing with two classes of channels")
        lower = (1 << (self.n_vcs - self.n_vcs // 2)) - 1
        return lower, self.every & ~lower


def _ring_order(grid: _Grid, vcs: int, is_yx: bool) -> Masks:
    """Dimension order on rings: the lower half of the channels before the edge is crossed, the upper half after."""
    topology, n = grid.topology, grid.topology.n_nodes
    if vcs != grid.every:
        raise SpecError("topology", topology.name, "a mesh for a routing with classes of channels")
    lower, upper = grid.halves()
    columns, rows = topology.columns, n // topology.columns
    found = np.zeros((n, n), np.int64)
    for at, to in np.ndindex(n, n):
        turns = [(int(grid.x[at]), int(grid.x[to]), columns, 1), (int(grid.y[at]), int(grid.y[to]), rows, columns)]
        wanted = [one for one in (reversed(turns) if is_yx else turns) if one[0] != one[1]]
        if not wanted:
            continue
        here, there, size, stride = wanted[0]
        step = 1 if (there - here) % size <= size // 2 else -1
        crosses = there < here if step > 0 else there > here
        neighbour = at + ((here + step) % size - here) * stride
        found[at, to] = (lower if crosses else upper) << (int(topology.port_to[at, neighbour]) * grid.n_vcs)
    return found[None, None]


def _no_torus(grid: _Grid, name: str) -> _Grid:
    if grid.topology.is_torus:
        raise SpecError(
            "routing", name, "xy, yx, shortest, adaptive or q-routing on a torus: this one can deadlock there"
        )
    return grid


def _xy(grid: _Grid) -> Routing:
    return Routing("xy", grid.order(grid.every))


def _yx(grid: _Grid) -> Routing:
    return Routing("yx", grid.order(grid.every, is_yx=True))


def _two_orders(name: str, start: int) -> Callable[[_Grid], Routing]:
    def build(grid: _Grid) -> Routing:
        lower, upper = _no_torus(grid, name).halves()
        return Routing(name, np.concatenate([grid.order(lower), grid.order(upper, is_yx=True)]), start=start)

    return build


def _two_legs(name: str, start: int) -> Callable[[_Grid], Routing]:
    def build(grid: _Grid) -> Routing:
        lower, upper = _no_torus(grid, name).halves()
        return Routing(name, np.concatenate([grid.order(lower), grid.order(upper)]), start=start)

    return build


def _turn_model(
    name: str, must_go_first: Callable[[_Grid], tuple[Any, Any]], select: int
) -> Callable[[_Grid], Routing]:
    """A routing that goes one way alone where the model says so, and any minimal way elsewhere."""

    def build(grid: _Grid) -> Routing:
        only_across, only_down = must_go_first(_no_torus(grid, name))
        wants = grid.both(grid.every)[0, 0]
        wants = np.where(only_across, grid.mask(grid.across, grid.every), wants)
        wants = np.where(only_down, grid.mask(grid.down, grid.every), wants)
        return Routing(name, wants[None, None], select)

    return build


def _west_first(grid: _Grid) -> tuple[Any, Any]:
    return grid.sx < 0, np.False_


def _north_last(grid: _Grid) -> tuple[Any, Any]:
    return (grid.sy < 0) & (grid.sx != 0), np.False_


def _negative_first(grid: _Grid) -> tuple[Any, Any]:
    return (grid.sx < 0) & (grid.sy > 0), (grid.sx > 0) & (grid.sy < 0)


def _odd_even(grid: _Grid) -> Routing:
    """No turn from east to north or south in even columns, none from north or south to west in odd ones."""
    topology, n = _no_torus(grid, "odd-even").topology, grid.topology.n_nodes
    across, down = grid.mask(grid.across, grid.every), grid.mask(grid.down, grid.every)
    is_odd, to_odd = (grid.x % 2 == 1)[:, None], (grid.x % 2 == 1)[None]
    distance = np.abs(grid.x[None] - grid.x[:, None])
    east, west, straight = grid.sx > 0, grid.sx < 0, grid.sx == 0
    wants = np.zeros((1, topology.n_ports, n, n), np.int64)
    from_west = np.zeros((topology.n_ports, n), bool)
    for (a, b, _), (_, enter) in zip(topology.links, topology.ports, strict=True):
        from_west[enter, b] = grid.x[a] < grid.x[b]
    for port in range(topology.n_ports):
        has_come_east = from_west[port][:, None]
        may_turn = east & (is_odd | ~has_come_east)
        may_go_on = east & (to_odd | (distance != 1) | (grid.sy == 0))
        found = np.where(straight | may_turn, down, 0) | np.where(may_go_on, across, 0)
        found |= np.where(west, across | np.where(~is_odd, down, 0), 0)
        wants[0, port] = np.where(has_come_east & west, 0, found)
    return Routing("odd-even", wants, of.CREDIT)


def _minimal_adaptive(grid: _Grid) -> Routing:
    if _no_torus(grid, "minimal-adaptive").n_vcs < 2:
        raise SpecError("n_vcs", grid.n_vcs, "2 or more for a routing with an escape channel")
    return Routing("minimal-adaptive", grid.both(grid.every & ~1), escapes=grid.order(1)[0, 0])


def _xy_escape(grid: _Grid) -> Routing:
    """What BookSim's `min_adapt` does: its outputs are a set by priority, so that of two ways the second is lost."""
    minimal = _minimal_adaptive(grid)
    return Routing("xy-escape", grid.order(grid.every & ~1), escapes=minimal.escapes)


_ON_GRIDS: dict[str, Callable[[_Grid], Routing]] = {
    "xy": _xy,
    "yx": _yx,
    "o1turn": _two_orders("o1turn", of.BY_CHANCE),
    "adaptive-xy-yx": _two_orders("adaptive-xy-yx", of.BY_CREDIT),
    "romm": _two_legs("romm", of.VIA_QUADRANT),
    "valiant": _two_legs("valiant", of.VIA_ANY),
    "west-first": _turn_model("west-first", _west_first, of.RANDOM),
    "north-last": _turn_model("north-last", _north_last, of.RANDOM),
    "negative-first": _turn_model("negative-first", _negative_first, of.RANDOM),
    "west-first-adaptive": _turn_model("west-first-adaptive", _west_first, of.CREDIT),
    "north-last-adaptive": _turn_model("north-last-adaptive", _north_last, of.CREDIT),
    "negative-first-adaptive": _turn_model("negative-first-adaptive", _negative_first, of.CREDIT),
    "odd-even": _odd_even,
    "minimal-adaptive": _minimal_adaptive,
    "xy-escape": _xy_escape,
}
GRID_ROUTINGS = tuple(_ON_GRIDS)


def grid_routing(name: str, topology: Topology, n_vcs: int) -> Routing:
    """A routing function of a mesh, or one of the two of a torus.

    Args:
        name: of `GRID_ROUTINGS`.
        topology: a mesh or torus.
        n_vcs: virtual channels per port.

    Raises:
        SpecError: there is no such routing, or it does not suit the topology or the number of channels.

    Example:
        >>> from archwright.interconnect.noc.topology import mesh
        >>> grid_routing("xy", mesh(2, 2), 1).wants[0, 0].tolist()
        [[0, 1, 2, 1], [1, 0, 1, 2], [2, 1, 0, 1], [1, 2, 1, 0]]
    """
    if name not in _ON_GRIDS:
        raise SpecError("routing", name, f"one of {', '.join(_ON_GRIDS)}")
    return _ON_GRIDS[name](_Grid(topology, n_vcs))


def routing_by_pair(topology: Topology, n_vcs: int, ways: Any) -> Routing:
    """Dimension order by a table; XY and YX have half of the virtual channels each, so that no table can deadlock.

    Args:
        topology: a mesh.
        n_vcs: virtual channels per port, 2 or more.
        ways: (nodes, nodes) int by source and destination: `PAIR_FIRST` is XY, `PAIR_SECOND` YX, `PAIR_CHANCE` one of
            the two by chance (O1TURN), `PAIR_CREDIT` by credits at the source.

    Raises:
        SpecError: the topology is no mesh, there is one channel only, or a way is none of these.

    Example:
        >>> from archwright.interconnect.noc.topology import mesh
        >>> routing_by_pair(mesh(2, 2), 2, np.eye(4, dtype=int)).first_phase[0].tolist()
        [1, 0, 0, 0]
    """
    table = np.asarray(ways, np.int32)
    if table.shape != (topology.n_nodes,) * 2 or table.min() < of.PAIR_FIRST or table.max() > of.PAIR_CREDIT:
        raise SpecError("ways", list(table.shape), f"{topology.n_nodes} x {topology.n_nodes} numbers from 0 to 3")
    return replace(_two_orders("by-pair", of.BY_PAIR)(_Grid(topology, n_vcs)), first_phase=table)


def port_mask(n_vcs: int, port: int, vcs: Sequence[int] | None = None) -> int:
    """The mask of a port's channels, all of them by default.

    Args:
        n_vcs: virtual channels per port.
        port: 0 or more.
        vcs: of the port.

    Example:
        >>> port_mask(4, 1), port_mask(4, 0, [0, 2])
        (240, 5)
    """
    return sum(1 << (port * n_vcs + vc) for vc in (range(n_vcs) if vcs is None else vcs))
