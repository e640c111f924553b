"""GCN-RL Circuit Designer: a policy over the graph of components, carried to other technologies and other circuits.

Paper: Wang, Wang, Yang, Shen, Sun, Lee, Han, "GCN-RL Circuit Designer: Transferable Transistor Sizing with Graph Neural
Networks and Reinforcement Learning", DAC 2020, arXiv:2005.00406. The schematic is a graph; graph convolutions read it
and layers per type of component write sizes, so weights fit another technology node and another circuit, where 300
simulations then do what took thousands.

What differs: the paper's 180 nm kit is private, and so are two of its netlists; nodes are ours, the differential
amplifier and the regulator are built from the paper's description. Figures of merit stand on scales frozen from 5,000
random designs per circuit and node, so orderings and gains can be compared with the paper's, figures cannot. A search
without a feasible design counts as -1, the paper's value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Any, cast

import numpy as np

from archwright.circuits.technology.kits import KITS, compare_on_kit
from archwright.core.catalog import make_problem
from archwright.core.errors import Error
from archwright.core.goal import Goals
from archwright.core.problem import Differentiable, Referenced
from archwright.core.trial import Trial
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Sheet
from archwright.systems.scope import Plan, Scope, simulations_to
from archwright.systems.summary import mean_and_deviation, median_count, reached

INFEASIBLE = -1.0
"""What the paper gives a design that misses a specification."""
NODES = ("250nm", "130nm", "65nm", "45nm")
CIRCUITS = {
    "Two-TIA": "two-stage-tia[node={node},rating=figure_of_merit]",
    "Two-VA": "differential-amplifier[node={node}]",
    "Three-TIA": "scaled-three-stage-tia[node={node}]",
    "LDO": "ldo[node={node}]",
}
GCN, NG = "GCN-RL", "NG-RL"
METHODS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "random": ("random", {}),
    "evolution strategy": ("evolution_strategy", {}),
    "CMA-ES": ("cmaes", {}),
    "BO": ("gaussian_process", {}),
    "MACE": ("mace", {}),
    NG: ("gcn_ddpg", {"aggregate": False, "later_updates": 0.5}),
    GCN: ("gcn_ddpg", {"later_updates": 0.5}),
}
"""Method and options by name; the agents learn less from trials beyond 1,000, which costs them little."""
KINDS: Mapping[str, Mapping[str, Any]] = {GCN: {"index": "scalar"}, NG: {"index": "scalar", "aggregate": False}}
"""Options of the agents that are carried between circuits, whose numbers of components differ."""
CARRIED: Mapping[str, Any] = {"updates": 2.0, "later_updates": 0.25}
"""Of agents whose weights are carried, and of those beside them: nearer the paper's one update per design, in a quarter
of the time."""
FEW = ("BO", "MACE")
"""Methods that get fewer simulations, since each costs them more: the paper gives them equal run time."""
_COLUMNS = ("human", "random", "evolution strategy", "BO", "MACE", NG, GCN)
PUBLISHED = {
    "Two-TIA": dict(zip(_COLUMNS, (2.32, 2.46, 2.66, 2.48, 2.54, 2.59, 2.69), strict=True)),
    "Two-VA": dict(zip(_COLUMNS, (2.02, 1.74, 1.91, 1.85, 1.70, 1.98, 2.23), strict=True)),
    "Three-TIA": dict(zip(_COLUMNS, (1.15, 0.74, 1.30, 1.24, 1.27, 1.39, 1.40), strict=True)),
    "LDO": dict(zip(_COLUMNS, (0.61, 0.27, 0.40, 0.45, 0.58, 0.71, 0.79), strict=True)),
}
"""The paper's table of figures of merit after 10,000 simulations, from memory."""
PUBLISHED_GAIN = {"250nm": 0.19, "130nm": 0.13, "65nm": 0.16, "45nm": 0.15}
"""What transfer adds on the two-stage amplifier at each node, from the paper's table, from memory."""
PUBLISHED_TOPOLOGY = {("Two-TIA", "Three-TIA"): 0.15, ("Three-TIA", "Two-TIA"): 0.08}
"""What transfer between circuits adds with graph convolutions, from memory."""
TARGET_TRIALS, TARGET_WARM_UP = 300, 100
GRADIENT_TRIALS = 1_000


@dataclass(frozen=True)
class Budget:
    """What one form of the reproduction spends.

    Args:
        circuits: of the ordering.
        trials: of every method but the few.
        few: of those.
        seeds: of the ordering.
        source: simulations of the study that weights come from.
        transfer_circuits: circuits whose policy is carried to other nodes.
        transfer_seeds: of transfers.
        nodes: that policies are carried to.
        pairs: circuits between which policies are carried.
    """

    circuits: tuple[str, ...]
    trials: int
    few: int
    seeds: int
    source: int
    transfer_circuits: tuple[str, ...]
    transfer_seeds: int
    nodes: tuple[str, ...] = NODES
    pairs: tuple[tuple[str, str], ...] = tuple(PUBLISHED_TOPOLOGY)


QUICK = Budget(("Two-TIA", "Three-TIA"), 200, 30, 1, 200, ("Two-TIA",), 1, ("45nm",), (("Two-TIA", "Three-TIA"),))
FULL = Budget(tuple(CIRCUITS), 10_000, 300, 3, 2_000, ("Two-TIA", "Three-TIA"), 5)


def gcn_rl(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim of the paper."""
    budget = scope.choose(quick=QUICK, full=FULL)
    yield from graphs()
    scope.run(_independent_plans(budget))
    yield from ordering(scope, budget)
    yield from technology_transfer(scope, budget)
    yield from topology_transfer(scope, budget)
    yield from exact_gradient(scope, budget)
    yield from finalists(scope, budget)


def problem_name(circuit: str, node: str = "180nm") -> str:
    """Catalogue name of a circuit at a node, rated by its figure of merit.

    Example:
        >>> problem_name("Two-VA", "65nm")
        'differential-amplifier[node=65nm]'
    """
    return CIRCUITS[circuit].format(node=node)


def figure_of_merit(trials: Sequence[Trial]) -> float:
    """The best figure of merit of a feasible trial, `INFEASIBLE` where there is none."""
    return max((trial.metrics["fom"] for trial in trials if trial.is_feasible), default=INFEASIBLE)


def human(circuit: str) -> float:
    """Figure of merit of the known design at 180 nm."""
    problem = make_problem(problem_name(circuit))
    assert isinstance(problem, Referenced)
    design = problem.references()[0].design
    (outcome,) = problem.evaluate([design], rng=np.random.default_rng(0))
    if not isinstance(outcome, Mapping) or Goals(problem.goals).judge(outcome)[0] > 0.0:
        return INFEASIBLE
    return outcome["fom"]


def graphs() -> Iterator[Claim]:
    """What the paper says of the graph network, checked on its circuits."""
    from archwright.learning.components import graph_of
    from archwright.learning.graph_checks import diameter, permutation_error

    circuits = [graph_of(make_problem(problem_name(circuit)), method="gcn_ddpg") for circuit in CIRCUITS]
    n_states = circuits[0].states(index="one-hot").shape[1]
    note = f"Two-TIA, {len(circuits[0])} components: index, {len(circuits[0].type_names)} types, 5 technology features"
    yield Claim("dimensions of a state, 10 components", 19, n_states, "19", n_states == 19, note)
    error = max(permutation_error(one, np.random.default_rng(0)) for one in circuits)
    note = "largest change of an action or a value when the components of a circuit change places"
    yield Claim("permutation equivariance", None, error, "< 1e-4", error < 1e-4, note)
    widest = max(diameter(one) for one in circuits)
    note = "largest distance between two components of one circuit"
    yield Claim("seven layers see the whole circuit", 7, widest, "<= 7", widest <= 7, note)


def ordering(scope: Scope, budget: Budget) -> Iterator[Claim | Evidence]:
    """Every method on every circuit, beside the human design."""
    tables = {circuit: scope.run_methods(_plans(circuit, budget)) for circuit in budget.circuits}
    found = {
        circuit: {method: [figure_of_merit(table) for table in each] for method, each in by_method.items()}
        for circuit, by_method in tables.items()
    }
    means = {c: {"human": human(c), **{m: fmean(values) for m, values in each.items()}} for c, each in found.items()}
    plain = [method for method in METHODS if method not in (GCN, NG)]
    n_best = sum(each[GCN] >= max(each[method] for method in plain) for each in means.values())
    spent = f"{budget.trials:,} simulations, BO and MACE {budget.few}; {budget.seeds} seed(s)"
    name, n = "circuits where GCN-RL is not behind any other method that does not learn", len(means)
    yield Claim(name, 4, n_best, f">= {(n + 1) // 2} of {n}", n_best >= (n + 1) // 2, spent)
    for rival in ("random", "human", NG):
        n_ahead = sum(each[GCN] > each[rival] for each in means.values())
        met = None if rival == NG else n_ahead == n
        yield Claim(f"circuits where GCN-RL beats {rival}", 4, n_ahead, "" if met is None else f"{n} of {n}", met)
    heads = ("circuit", "human", *METHODS)
    rows = [
        (circuit, f"{means[circuit]['human']:.3g}", *(mean_and_deviation(found[circuit][m]) for m in METHODS))
        for circuit in found
    ]
    published = {circuit: [PUBLISHED[circuit].get(head) for head in heads[1:]] for circuit in found}
    rows += [
        (f"{circuit}, published", *("-" if value is None else f"{value:.2f}" for value in values))
        for circuit, values in published.items()
    ]
    note = f"Mean and deviation. {spent}. Published figures from memory; their scales are others."
    yield Sheet("Figure of merit", heads, rows, note)
    for circuit, by_method in tables.items():
        yield Curves(f"{circuit}: figure of merit over simulations", by_method, budget.trials)


def _plans(circuit: str, budget: Budget) -> dict[str, list[Plan]]:
    trials = {name: budget.few if name in FEW else budget.trials for name in METHODS}
    problem, seeds = problem_name(circuit), range(budget.seeds)
    return {
        name: [Plan(f"gcn-rl {name}", problem, method, trials[name], seed, options) for seed in seeds]
        for name, (method, options) in METHODS.items()
    }


def _independent_plans(budget: Budget) -> list[Plan]:
    """Studies that need no other's weights; run together, so that no core waits for the last of a circuit."""
    ordered = [plan for circuit in budget.circuits for plans in _plans(circuit, budget).values() for plan in plans]
    carried = [plan for circuit in budget.transfer_circuits for plan in _source_plans(circuit, budget, {})]
    between = [
        plan for source, _ in budget.pairs for options in KINDS.values()
        for plan in _source_plans(source, budget, options)
    ]  # fmt: skip
    return [*ordered, *carried, *between]


def technology_transfer(scope: Scope, budget: Budget) -> Iterator[Claim | Evidence]:
    """A policy trained at 180 nm goes on at four other nodes for 300 simulations; beside it one that starts there."""
    rows = []
    for circuit in budget.transfer_circuits:
        learned = _sources(scope, circuit, budget, {})
        for node in budget.nodes:
            problem = problem_name(circuit, node)
            alone, helped = _with_and_without(scope, f"to {node}", problem, learned, {})
            gains = [b - a for a, b in zip(alone, helped, strict=True)]
            published = PUBLISHED_GAIN[node] if circuit == "Two-TIA" else None
            note = f"mean and deviation of {len(gains)} seeds: {mean_and_deviation(gains)}"
            name = f"{circuit}: what transfer from 180 nm to {node} adds"
            yield Claim(name, published, fmean(gains), "> 0", fmean(gains) > 0, note)
            rows.append((f"{circuit}, {node}", mean_and_deviation(alone), mean_and_deviation(helped)))
    note = f"Figure of merit after {TARGET_TRIALS} simulations, {TARGET_WARM_UP} of them random; mean and deviation."
    yield Sheet("From 180 nm to other nodes", ("target", "no transfer", "transfer"), rows, note)


def topology_transfer(scope: Scope, budget: Budget) -> Iterator[Claim | Evidence]:
    """A policy trained on one amplifier goes on with the other; graph convolutions against none."""
    rows = []
    for source, target in budget.pairs:
        problem, found = problem_name(target), {}
        for kind, options in KINDS.items():
            learned = _sources(scope, source, budget, options)
            found[kind] = _with_and_without(scope, f"from {source}, {kind}", problem, learned, options)
        gains = {kind: [b - a for a, b in zip(*pair, strict=True)] for kind, pair in found.items()}
        ours = fmean(gains[GCN])
        note = f"mean and deviation: {mean_and_deviation(gains[GCN])}; {NG}: {mean_and_deviation(gains[NG])}"
        name = f"what transfer from {source} to {target} adds"
        yield Claim(name, PUBLISHED_TOPOLOGY[source, target], ours, "> 0", ours > 0, note)
        alone, helped = found[GCN]
        cells = [mean_and_deviation(values) for values in (alone, found[NG][1], helped)]
        rows.append((f"{source} to {target}", *cells))
    note = f"Figure of merit after {TARGET_TRIALS} simulations; mean and deviation."
    yield Sheet("From one amplifier to the other", ("", "no transfer", f"{NG} transfer", f"{GCN} transfer"), rows, note)


def _sources(scope: Scope, circuit: str, budget: Budget, options: Mapping[str, Any]) -> list[str]:
    """Addresses of the studies whose weights are carried, one per seed."""
    plans = _source_plans(circuit, budget, options)
    scope.run(plans)
    return [f"{scope.store}:{plan.name}" for plan in plans]


def _source_plans(circuit: str, budget: Budget, options: Mapping[str, Any]) -> list[Plan]:
    kind = " ".join(f"{name}={value}" for name, value in options.items())
    label = f"gcn-rl source of {budget.source} {kind}".rstrip()
    name = problem_name(circuit)
    seeds = range(budget.transfer_seeds)
    return [Plan(label, name, "gcn_ddpg", budget.source, seed, {**CARRIED, **options}) for seed in seeds]


def _with_and_without(
    scope: Scope, label: str, problem: str, learned: Sequence[str], options: Mapping[str, Any]
) -> tuple[list[float], list[float]]:
    """Figures of merit after the target's simulations, per seed: from random weights, and from learned ones."""
    alone, helped = (_targets(label, problem, len(learned), options, starts) for starts in ((), learned))
    found = [figure_of_merit(table) for table in scope.run([*alone, *helped])]
    return found[: len(learned)], found[len(learned) :]


def _targets(label: str, problem: str, n_seeds: int, options: Mapping[str, Any], learned: Sequence[str]) -> list[Plan]:
    """The studies of a target, one per seed, from the weights at the addresses `learned` if there are any."""
    name = f"gcn-rl {label}{' with weights' if learned else ''}"
    starts = [{"start_from": address} for address in learned] or [{}] * n_seeds
    return [
        Plan(name, problem, "gcn_ddpg", TARGET_TRIALS, seed, {**CARRIED, **options, "warm_up": TARGET_WARM_UP, **start})
        for seed, start in enumerate(starts)
    ]


def exact_gradient(scope: Scope, budget: Budget) -> Iterator[Claim]:
    """Simulations after which exact gradients are where the agent is at the end of its search."""
    for circuit in budget.circuits:
        problem = problem_name(circuit)
        if not isinstance(make_problem(problem), Differentiable):
            continue
        plans = [Plan("gcn-rl gradient", problem, "gradient", GRADIENT_TRIALS, seed) for seed in range(budget.seeds)]
        agent = fmean(figure_of_merit(table) for table in scope.run(_plans(circuit, budget)[GCN]))
        counts = [simulations_to(table, agent) for table in scope.run(plans)]
        ours = median_count(counts)
        note = f"{reached(counts)}; GCN-RL has {agent:.3g} after {budget.trials:,}"
        name = f"{circuit}: simulations by exact gradients to the agent's figure of merit"
        yield Claim(name, None, ours, f"<= {GRADIENT_TRIALS:,}", ours <= GRADIENT_TRIALS, note)


def finalists(scope: Scope, budget: Budget) -> Iterator[Claim | Evidence]:
    """The best designs of carried policies once more in ngspice, with the transistors of real kits."""
    rows, notes = [], set()
    for circuit, (name, kit) in product(budget.transfer_circuits, KITS.items()):
        problem = problem_name(circuit, kit.node)
        plans = _plans(circuit, budget)[GCN] if kit.node == "180nm" else []
        if kit.node in budget.nodes:
            plans = _targets(f"to {kit.node}", problem, 0, {}, _sources(scope, circuit, budget, {}))
        found = [trial for table in scope.run(plans) for trial in table if trial.is_feasible]
        if not found:
            continue
        design = max(found, key=lambda trial: trial.metrics["fom"]).design
        try:
            pairs = compare_on_kit(cast(Any, make_problem(problem)), design, name)
        except Error as error:
            notes.add(f"{circuit}, {name}: {error}")
            continue
        rows += [(f"{circuit}, {name}, {metric}", f"{a:.4g}", f"{b:.4g}") for metric, (a, b) in pairs.items()]
    n = len({row[0].rpartition(",")[0] for row in rows})
    yield Claim("finalists simulated with real kits", None, n, "1 or more", n > 0 or None, "; ".join(sorted(notes)))
    yield Sheet("Finalists with the transistors of real kits", ("metric", "our node", "real kit"), rows)
