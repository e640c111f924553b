"""`Tree`: derivation trees of a grammar, kept finite by a depth."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from archwright.core.errors import SpecError, check_name
from archwright.core.space import Decision, Design, Pick, Real, Value
from archwright.core.spaces.items import read_count

LARGEST_HORIZON = 1_000_000


class Rule(NamedTuple):
    """One production: a head, and the symbols that stand below it."""

    head: str
    children: tuple[str, ...]


class Tree:
    """All trees that a grammar derives within a depth.

    A design is a leaf `"x"`, a number, or a list `["add", left, right]` of a head and what stands below it. The draft
    decides in reading order; at every symbol the mask leaves only productions that can still end within the depth.

    Args:
        productions: per symbol its productions, each a name (a leaf) or `(head, symbol, ...)`; or `Real` for a symbol
            that stands for a number. The heads of one symbol differ from each other.
        root: the symbol that is derived.
        depth: the most levels, >= 1; a single leaf has one.

    Raises:
        SpecError: an unknown symbol, a symbol that never ends, or a depth too small or too large.

    Example:
        >>> space = Tree({"e": ["x", ("neg", "e"), ("add", "e", "e")]}, root="e", depth=3)
        >>> space.start().choose(2).choose(1).choose(0).choose(0).design()
        ['add', ['neg', 'x'], 'x']
        >>> space.horizon
        7
    """

    def __init__(self, productions: Mapping[str, Real | Sequence[Any]], root: str, depth: int) -> None:
        if not productions:
            raise SpecError("productions", {}, "at least one symbol")
        self.rules: dict[str, Real | tuple[Rule, ...]] = {
            symbol: what.checked(f"productions.{symbol}") if isinstance(what, Real) else _read_rules(symbol, what)
            for symbol, what in productions.items()
        }
        self._check_symbols()
        self.root = check_name("root", root, self.rules)
        self.heights = self._heights()
        self.depth = read_count("depth", depth, 1)
        if self.heights[root] > self.depth:
            raise SpecError("depth", depth, f"at least {self.heights[root]}, which {root!r} needs")
        self._decisions: dict[tuple[str, int], Decision] = {}
        self.horizon = self._largest(root, self.depth, {})
        if self.horizon > LARGEST_HORIZON:
            raise SpecError("depth", depth, f"a depth that takes at most {LARGEST_HORIZON} decisions")
        self.axes = tuple(f"decision{i}" for i in range(self.horizon))

    def _check_symbols(self) -> None:
        for symbol, rules in self.rules.items():
            for rule in () if isinstance(rules, Real) else rules:
                for child in rule.children:
                    check_name(f"productions.{symbol}", child, self.rules)

    def _heights(self) -> dict[str, int]:
        heights = {symbol: 1 if isinstance(rules, Real) else math.inf for symbol, rules in self.rules.items()}
        for _ in self.rules:
            for symbol, rules in self.rules.items():
                if not isinstance(rules, Real):
                    heights[symbol] = min(_height(rule, heights) for rule in rules)
        endless = [symbol for symbol, height in heights.items() if math.isinf(height)]
        if endless:
            raise SpecError(f"productions.{endless[0]}", endless[0], "a symbol that can end; every production recurs")
        return {symbol: int(height) for symbol, height in heights.items()}

    def _largest(self, symbol: str, depth: int, known: dict[tuple[str, int], int]) -> int:
        rules = self.rules[symbol]
        if isinstance(rules, Real):
            return 1
        if (symbol, depth) not in known:
            legal = [rule for rule in rules if _height(rule, self.heights) <= depth]
            sizes = [sum(self._largest(child, depth - 1, known) for child in rule.children) for rule in legal]
            known[symbol, depth] = 1 + max(sizes)
        return known[symbol, depth]

    def decision(self, symbol: str, depth: int) -> Decision:
        """The decision at `symbol` with `depth` levels left, itself included."""
        rules = self.rules[symbol]
        if isinstance(rules, Real):
            return rules
        if (symbol, depth) not in self._decisions:
            legal = np.array([_height(rule, self.heights) <= depth for rule in rules])
            legal.flags.writeable = False
            self._decisions[symbol, depth] = Pick(legal)
        return self._decisions[symbol, depth]

    def start(self) -> TreeDraft:
        """The empty draft."""
        return TreeDraft(self, (), ((self.root, self.depth),))

    def choices(self, design: Design) -> list[Value]:
        """The decisions that lead to `design`, in reading order."""
        return list(self._read(design, self.root, self.depth, "design"))

    def _read(self, node: Any, symbol: str, depth: int, where: str) -> Iterator[Value]:
        decision, rules = self.decision(symbol, depth), self.rules[symbol]
        if isinstance(rules, Real):
            if not rules.allows(node):
                raise SpecError(where, node, f"a number from {rules.low:g} to {rules.high:g}")
            yield float(node)
            return
        below = node[1:] if isinstance(node, (list, tuple)) and len(node) > 1 else ()
        head = node[0] if below else node
        fits = [i for i, rule in enumerate(rules) if rule.head == head and len(rule.children) == len(below)]
        if not fits:
            raise SpecError(where, node, f"one of {', '.join(_show(rule) for rule in rules)}")
        if not decision.allows(fits[0]):
            raise SpecError(where, node, f"a production that ends within {depth} more levels")
        yield fits[0]
        for i, (child, part) in enumerate(zip(rules[fits[0]].children, below, strict=True), start=1):
            yield from self._read(part, child, depth - 1, f"{where}[{i}]")

    def build(self, values: Iterator[Value], symbol: str) -> Design:
        """The tree of `symbol` that the decisions `values`, in reading order, make."""
        rules = self.rules[symbol]
        if isinstance(rules, Real):
            return float(next(values))
        rule = rules[int(next(values))]
        below = [self.build(values, child) for child in rule.children]
        return [rule.head, *below] if below else rule.head


@dataclass(frozen=True)
class TreeDraft:
    """The first decisions in reading order, and the symbols (with the levels left for them) still to be derived."""

    space: Tree = field(repr=False)
    values: tuple[Value, ...]
    agenda: tuple[tuple[str, int], ...]

    def next(self) -> Decision | None:
        """The production or number of the next symbol; None when none is left."""
        return self.space.decision(*self.agenda[0]) if self.agenda else None

    def choose(self, value: Value) -> TreeDraft:
        """Derive the next symbol."""
        (symbol, depth), rest = self.agenda[0], self.agenda[1:]
        rules = self.space.rules[symbol]
        if isinstance(rules, Real):
            return replace(self, values=(*self.values, rules.snap(value)), agenda=rest)
        below = tuple((child, depth - 1) for child in rules[int(value)].children)
        return replace(self, values=(*self.values, int(value)), agenda=below + rest)

    def design(self) -> Design:
        """The finished tree."""
        return self.space.build(iter(self.values), self.space.root)


def _read_rules(symbol: str, listed: Any) -> tuple[Rule, ...]:
    field_name = f"productions.{symbol}"
    if not isinstance(listed, (list, tuple)) or not listed:
        raise SpecError(field_name, listed, "a Real, or a list of productions")
    rules = [_read_rule(field_name, one) for one in listed]
    heads = [rule.head for rule in rules]
    if len(set(heads)) < len(heads):
        raise SpecError(field_name, heads, "productions with different heads")
    return tuple(rules)


def _read_rule(field_name: str, production: Any) -> Rule:
    names = (production,) if isinstance(production, str) else production
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) for name in names):
        raise SpecError(field_name, production, "a name, or a head and the symbols below it")
    return Rule(names[0], tuple(names[1:]))


def _height(rule: Rule, heights: Mapping[str, float]) -> float:
    return 1 + max((heights[child] for child in rule.children), default=0)


def _show(rule: Rule) -> str:
    return repr(rule.head) if not rule.children else f"[{rule.head!r}, {', '.join(rule.children)}]"
