"""The problem: which links of a network stay on, so that no round trip to a source takes too long."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.goal import Goal, goal
from archwright.core.problem import Outcome, Reference
from archwright.core.record import Record
from archwright.core.space import Design, Real, check_design
from archwright.core.spaces.subset import Subset
from archwright.interconnect.spanner.graph import Mask
from archwright.interconnect.spanner.links import add_links
from archwright.interconnect.spanner.paths import tree_union
from archwright.interconnect.spanner.picture import draw_links
from archwright.interconnect.spanner.reading import read_instance
from archwright.interconnect.spanner.recipe import METHODS, Recipe, choose_links
from archwright.interconnect.spanner.stretch import measure_stretch

CHOICES = ("recipe", "links")
N_SEEDS = 16


class RoundTripSpanner:
    """Keep few links while round trips between sources and all vertices stay within a stretch.

    Args:
        graph: a family's name such as `torus-8x8` or `random-1000-20000-32`, or a file of edges.
        sources: vertices, counted from 0, also as text (`0+5`); those of the family by default.
        max_stretch: of a round trip, >= 1.
        choice: `recipe` to search how links are chosen, `links` to choose them; what these lack is then added.
        seed: of what is drawn for a family.

    Raises:
        SpecError: there is no such graph, or an option is out of its range.

    Example:
        >>> problem = RoundTripSpanner()
        >>> design = {"start": "everything", "k": 2, "length_weight": 0.0, "use_weight": 1.0, "noise": 0.0, "seed": 0}
        >>> problem.evaluate([design], rng=np.random.default_rng(0))[0]["links"]
        136.0
    """

    name = "round-trip-spanner"
    typical_seconds = 5e-3
    metrics: Mapping[str, str] = {"links": "", "power_saved_percent": "%", "stretch": "", "mean_stretch": ""}

    def __init__(
        self,
        *,
        graph: str = "torus-8x8",
        sources: Sequence[int] | int | str | None = None,
        max_stretch: float = 1.5,
        choice: str = "recipe",
        seed: int = 0,
    ) -> None:
        if isinstance(max_stretch, bool) or not isinstance(max_stretch, int | float) or not 1.0 <= max_stretch < 1e9:
            raise SpecError("max_stretch", max_stretch, "a number from 1 to below 1e9")
        self.instance, self.max_stretch = read_instance(graph, sources, seed=seed), float(max_stretch)
        self.graph, self.choice = graph, check_name("choice", choice, CHOICES)
        one = self.instance.graph
        self.links = [f"{a}-{b}" for a, b in zip(one.tails.tolist(), one.heads.tolist(), strict=True)]
        self.space: Record | Subset = Subset(self.links) if choice == "links" else _recipes()
        parts = (one.tails, one.heads, one.lengths, self.instance.sources)
        digest = zlib.crc32(b"".join(part.tobytes() for part in parts))
        self.version = f"1.{digest:08x}"
        union = int(tree_union(*self.instance).sum())
        self.goals: tuple[Goal, ...] = (
            goal(f"min links ref {union}", self.metrics),
            goal(f"stretch <= {self.max_stretch * (1 + 1e-9):.12g}", self.metrics),
        )

    def evaluate(self, designs: Sequence[Design], *, rng: np.random.Generator) -> list[Outcome]:
        """Verify the links of each design; `rng` is not used.

        Raises:
            SpecError: a design is not in the space.
        """
        return [self._measure(self.kept_by(design)) for design in designs]

    def kept_by(self, design: Design) -> Mask:
        """The links that a design leaves on, (m,).

        Raises:
            SpecError: the design is not in the space.
        """
        checked: Any = check_design(self.space, design)
        if self.choice == "links":
            return add_links(*self.instance, self.max_stretch, np.isin(self.links, checked))
        return choose_links(self.instance, Recipe(**checked), self.max_stretch)

    def _measure(self, kept: Mask) -> dict[str, float]:
        found = measure_stretch(self.instance.graph, kept, self.instance.sources)
        return {
            "links": float(kept.sum()),
            "power_saved_percent": 100.0 * float(1.0 - kept.mean()),
            "stretch": found.largest,
            "mean_stretch": found.mean,
        }

    def references(self) -> list[Reference]:
        """Deletion of all links that are not needed, those first that few trees use; beside it, the tree union."""
        recipe = Recipe(noise=0.0)
        deletion = choose_links(self.instance, recipe, self.max_stretch)
        if self.choice == "recipe":
            return [Reference("deletion", recipe._asdict(), self._measure(deletion), "least used links first")]
        return [
            Reference(name, [self.links[edge] for edge in np.flatnonzero(kept)], self._measure(kept), source)
            for name, kept, source in (
                ("deletion", deletion, "least used links first"),
                ("tree union", tree_union(*self.instance), "shortest-path trees from and to every source"),
            )
        ]

    def draw(self, design: Design) -> str:
        """A map of the links that stay on.

        Raises:
            SpecError: the design is not in the space.
        """
        kept = self.kept_by(design)
        grid = re.match(r"(?:mesh|torus)-(\d+)x", self.graph)
        title = f"{self.graph} within a stretch of {self.max_stretch:g}"
        return draw_links(self.instance, kept, title, int(grid[1]) if grid else 0)


def _recipes() -> Record:
    return Record(
        {
            "start": tuple(METHODS),
            "k": (1, 2, 3, 4, 5, 6),
            "length_weight": Real(-1.0, 1.0),
            "use_weight": Real(-1.0, 1.0),
            "noise": Real(0.0, 1.0),
            "seed": tuple(range(N_SEEDS)),
        }
    )
