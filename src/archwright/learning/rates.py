"""How fast an actor and its critics learn."""

from __future__ import annotations

from dataclasses import dataclass

from archwright.core.errors import SpecError


@dataclass(frozen=True)
class Rates:
    """How fast an actor and its critics learn.

    Args:
        actor: step of Adam for the actor.
        critic: step of Adam for the critics.
        tau: share of the new weights that the slow copies take over in each update.
        delay: updates of the critics per update of the actor.

    Raises:
        SpecError: a rate out of its range.

    Example:
        >>> Rates(delay=2).tau
        0.01

    Source: Lillicrap et al., ICLR 2016, section 7; `tau` is larger here, for short searches.
    """

    actor: float = 1e-4
    critic: float = 1e-3
    tau: float = 0.01
    delay: int = 1

    def __post_init__(self) -> None:
        """Refuse rates at which nothing, or too much, is learned."""
        for name in ("actor", "critic", "tau"):
            if not 0 < getattr(self, name) <= 1:
                field = name if name == "tau" else f"{name}_rate"
                raise SpecError(field, getattr(self, name), "a number above 0, at most 1")
        if self.delay < 1 or self.delay != int(self.delay):
            raise SpecError("delay", self.delay, "a whole number above 0")
