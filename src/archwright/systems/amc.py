"""AMC: an agent decides how much of every layer stays, so that a network fits a hard budget.

Paper: He, Lin, Liu, Wang, Li, Han, "AMC: AutoML for Model Compression and Acceleration on Mobile Devices", ECCV 2018,
arXiv:1802.03494. DDPG walks through a trained network and writes a share per layer; a wall keeps the whole within the
budget; the accuracy of the pruned, not yet fine-tuned network on images kept apart from training is the reward of every
step. The paper halves MobileNet's operations at 0.1 to 0.4 points and is 1.95 times faster on a phone.

What differs: networks are small ones on Fashion-MNIST, since neither ImageNet nor CIFAR-10 is at hand; convolutions of
3 by 3 are fitted too and statistics estimated anew, for the agent and for every rule and method beside it, which leaves
less between them than the paper has, so that channels taken out without any mending are searched as well; all methods
get as many evaluations.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from archwright.core.errors import SimulatorMissing
from archwright.core.space import Design
from archwright.core.trial import Trial
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Picture, Sheet
from archwright.systems.scope import Plan, Scope
from archwright.systems.summary import spread

if TYPE_CHECKING:
    from archwright.compression.amc.problem import LayerwisePruning

AGENT = "ddpg_walk"
METHODS = ("random", "cmaes", "tpe", AGENT)
SHARES = (50, 25)
PUBLISHED_STRATEGY = (24, 48, 96, 80, 192, 200, 328, 352, 368, 360, 328, 400, 736, 752)
"""Channels that the released MobileNet-V1 of half the operations keeps, layer by layer."""
PUBLISHED_GAIN = {"before": 6.2, "after": 4.5}
"""Points of AMC over uniform at half the operations, ResNet-56 on CIFAR-10; from memory."""
WANTED_GAIN = {"before": 3.0, "after": 0.3}
COUNTS = {
    ("MobileNet-V1", "macs"): 568_740_352,
    ("its published strategy", "macs"): 293_870_000,
    ("its published strategy", "parameters"): 2_408_232,
    ("0.75 of every width", "macs"): 325_400_448,
}
SEQUENCES = 10_000
RUNS = 300
"""Of a whole network in ONNX Runtime, of which the median counts."""
NEGLIGIBLE = 0.001
"""Accuracy that may be missing where none is said to be lost: a tenth of a point."""


class Budget(NamedTuple):
    """How much is searched.

    Args:
        networks: to be pruned; the first in every case, the others at half the operations.
        trials: evaluations per method and seed, for the first network.
        seeds: per method.
        side_trials, side_seeds: of the other networks, of latency, of accuracy guaranteed, of single weights.
        latency_shares: percents of the measured time that may be taken.
    """

    networks: tuple[str, ...]
    trials: int
    seeds: int
    side_trials: int
    side_seeds: int
    latency_shares: tuple[int, ...] = (60, 50)

    def cases(self, network: str) -> list[Case]:
        """What is searched of a network: both budgets, and half the operations without mending."""
        half = Case(network, SHARES[0])
        if network != self.networks[0]:
            return [half]
        return [half, Case(network, SHARES[1]), half._replace(operator="plain_channels")]

    def plans(self, case: Case) -> dict[str, list[Plan]]:
        """Studies by method; a quarter of the agent's designs are random, as many as the paper's 100 of 400."""
        is_first = case.network == self.networks[0]
        trials, seeds = (self.trials, self.seeds) if is_first else (self.side_trials, self.side_seeds)
        options: dict[str, Mapping[str, Any]] = {AGENT: {"warm_up": trials // 4}}
        return {
            method: [
                Plan(f"amc {method}", case.named(), method, trials, seed, options.get(method, {}), pool="inline")
                for seed in range(seeds)
            ]
            for method in METHODS
        }


QUICK, FULL = Budget(("vgg",), 100, 1, 60, 1), Budget(("vgg", "resnet", "mobilenet"), 400, 5, 100, 3)


def amc(scope: Scope) -> Iterator[Claim | Evidence]:
    """Counts and wall exactly, then searches under budgets on operations, time, and none."""
    yield from published_counts()
    budget = scope.choose(quick=QUICK, full=FULL)
    try:
        for network in budget.networks:
            scope.say(f"training {network}, where it is not kept from before")
            yield from searches(scope, budget.cases(network), budget)
        for part in (single_weights, guaranteed, latency):
            yield from part(scope, budget.networks[0], budget)
    except SimulatorMissing as missing:
        yield Claim("networks on Fashion-MNIST", None, None, "", None, str(missing))


def published_counts() -> Iterator[Claim]:
    """MobileNet-V1 and the published strategy, counted; and a wall that nothing passes."""
    import torch

    from archwright.compression.budget import channel_wall, parse_budget
    from archwright.compression.graph import trace
    from archwright.models.small_networks import MOBILENET_V1, MobileNet

    with torch.device("meta"):
        network = MobileNet(MOBILENET_V1, stem=32, colours=3, classes=1000)
        graph = trace(network, torch.zeros(1, 3, 224, 224))
    names = [group.name for group in graph.groups]
    sizes = [group.size for group in graph.groups]
    kept: dict[str, Sequence[int]] = {
        "MobileNet-V1": sizes,
        "its published strategy": PUBLISHED_STRATEGY,
        "0.75 of every width": [size * 3 // 4 for size in sizes],
    }
    for (name, what), published in COUNTS.items():
        ours = int(getattr(graph.cost(dict(zip(names, kept[name], strict=True))), what))
        words = f"{name}, {'MACs' if what == 'macs' else what}"
        yield Claim(words, published, ours, f"{published:,}", ours == published)
    wall = channel_wall(graph, [parse_budget("macs <= 50%")])
    wanted = np.random.default_rng(0).random((SEQUENCES, len(names))) * np.array(sizes)
    taken = np.asarray(wall.costs(wall.follow_many(wanted)))[:, 0]
    note = f"{SEQUENCES:,} random sequences of actions on MobileNet-V1 at 50 %, after rounding to multiples of 8; the "
    note += "published strategy takes 51.7 %"
    above = int((taken > wall.limits[0]).sum())
    yield Claim("designs above their budget behind the wall", None, above, "0", above == 0, note)


class Case(NamedTuple):
    """A network under a budget on its operations.

    Args:
        network: a name.
        share: percent of the operations.
        operator: how channels are taken out.
    """

    network: str
    share: float
    operator: str = "channels"

    @property
    def title(self) -> str:
        """For claims and pictures."""
        mended = "" if self.operator == "channels" else ", nothing mended,"
        return f"{self.network}{mended} at {self.share:g} % of the operations"

    @property
    def options(self) -> dict[str, Any]:
        """Of the problem."""
        return {"network": self.network, "operator": self.operator, "budget": f"macs <= {self.share:g}%"}

    def named(self, **more: Any) -> str:
        """The problem as text for a plan."""
        return f"amc[{','.join(f'{name}={value}' for name, value in (self.options | more).items())}]"

    def problem(self) -> LayerwisePruning:
        """The problem itself."""
        from archwright.compression.amc.problem import LayerwisePruning

        return LayerwisePruning(**self.options)


def searches(scope: Scope, cases: Sequence[Case], budget: Budget) -> Iterator[Claim | Evidence]:
    """Every rule and every method in every case, judged on test images before and after one epoch."""
    plans = {f"{case.title}: {method}": each for case in cases for method, each in budget.plans(case).items()}
    found = scope.run_methods(plans)
    for case in cases:
        yield from judge(scope, case, {method: found[f"{case.title}: {method}"] for method in METHODS})


def judge(scope: Scope, case: Case, tables: Mapping[str, Sequence[Sequence[Trial]]]) -> Iterator[Claim | Evidence]:
    """What the rules and the methods reach at one budget.

    Args:
        scope: runs the last judgement.
        case: network and budget.
        tables: by method, one per seed.
    """
    problem, title = case.problem(), case.title
    rules, probes = rule_designs(problem)
    designs = {name: [design] for name, design in rules.items()}
    designs |= {method: [best_of(table).design for table in each] for method, each in tables.items()}
    scores = final_scores(scope, case, designs)
    validation = {name: [problem.operator.accuracy(one) for one in each] for name, each in designs.items()}
    whole = whole_scores(scope, case.network)
    yield from gains(case, scores)
    ours = max(trial.metrics["budget_share"] for each in tables.values() for table in each for trial in table)
    note = f"of {sum(len(table) for each in tables.values() for table in each):,} designs"
    yield Claim(
        f"{title}: largest share taken, %", None, 100.0 * ours, f"<= {case.share:g}", 100.0 * ours <= case.share, note
    )
    heads = ("", "validation", "test, pruned", "test, one epoch later")
    rows = [("whole network", _percent([problem.operator.subject.score(problem.operator.subject.model)]),
             *(_percent([whole[when]]) for when in ("before", "after")))]  # fmt: skip
    rows += [
        (name, _percent(validation[name]), *(_percent([one[when] for one in each]) for when in ("before", "after")))
        for name, each in scores.items()
    ]
    note = f"Accuracy in percent: median over seeds, least and most in brackets. Greedy takes {probes} evaluations."
    yield Sheet(f"{title}: accuracy", heads, rows, note)
    known = {name: max(validation[name]) for name in ("uniform", "greedy")}
    n_trials = max(len(table) for each in tables.values() for table in each)
    yield Curves(f"{title}: best accuracy over evaluations", tables, n_trials, known)
    best = max((best_of(table) for table in tables[AGENT]), key=lambda trial: trial.score)
    yield Picture(f"{title}: what the agent keeps", problem.draw(best.design))


def gains(case: Case, scores: Mapping[str, Sequence[Mapping[str, float]]]) -> Iterator[Claim]:
    """The agent beside the uniform rule and beside the best of all others, in points of test accuracy."""
    for when, words in (("before", "before fine-tuning"), ("after", "after one epoch")):
        medians = {name: statistics.median(100.0 * one[when] for one in each) for name, each in scores.items()}
        gain, wanted = medians[AGENT] - medians["uniform"], WANTED_GAIN[when]
        others = {name: value for name, value in medians.items() if name != AGENT}
        best = max(others, key=lambda name: others[name])
        note = f"{medians[AGENT]:.2f} % against {medians['uniform']:.2f} %; best beside it {best}: {others[best]:.2f} %"
        published = PUBLISHED_GAIN[when] if case.share == 50 else None
        yield Claim(
            f"{case.title}: points over uniform, {words}", published, gain, f">= {wanted:g}", gain >= wanted, note
        )


def _percent(values: Sequence[float]) -> str:
    return spread([100.0 * value for value in values])


def best_of(table: Sequence[Trial]) -> Trial:
    """The trial with the best score."""
    return max(table, key=lambda trial: trial.score)


def rule_designs(problem: LayerwisePruning) -> tuple[dict[str, Design], int]:
    """What the rules choose, by name, and how many networks the greedy one scored."""
    from archwright.compression.amc.rules import RULES, greedy, sensitivity

    found = sensitivity(problem)
    designs = {name: rule(problem) for name, rule in RULES.items()}
    return designs | {"greedy": greedy(problem, found)}, found.evaluations


def final_scores(
    scope: Scope, case: Case, designs: Mapping[str, Sequence[Design]]
) -> dict[str, list[Mapping[str, float]]]:
    """Test accuracies of designs, before and after an epoch of fine-tuning, by name; stored like trials.

    Args:
        scope: runs what is not stored yet.
        case: network and budget.
        designs: by name, one per seed.
    """
    from archwright.compression.amc.final import PrunedAndTuned

    different = {_text(one): one for each in designs.values() for one in each}
    digest = hashlib.sha256("|".join(different).encode()).hexdigest()[:12]
    last, starts = PrunedAndTuned(**case.options), list(different.values())
    name = f"amc final {case.network} {case.operator} {case.share:g} {digest}"
    (table,) = scope.run([Plan(name, last, "random", len(starts), starts=starts)])
    scores = {_text(trial.design): trial.metrics for trial in table}
    return {name: [scores[_text(one)] for one in each] for name, each in designs.items()}


def _text(design: Mapping[str, int]) -> str:
    return " ".join(map(str, design.values()))


def whole_scores(scope: Scope, network: str) -> Mapping[str, float]:
    """The same of the whole network: it, too, learns for another epoch."""
    case = Case(network, 100)
    space = case.problem().space
    return final_scores(scope, case, {"whole": [space.named(space.whole)]})["whole"][0]


def single_weights(scope: Scope, network: str, budget: Budget) -> Iterator[Claim]:
    """Single weights instead of channels: a fifth of them stays."""
    from archwright.compression.amc.problem import LayerwisePruning

    options: dict[str, Any] = {
        "network": network, "operator": "weights", "budget": "parameters <= 20%", "least_share": 0.05
    }  # fmt: skip
    name = f"amc[{','.join(f'{name}={value}' for name, value in options.items())}]"
    tables = _agents(scope, "weights", name, budget)
    problem = LayerwisePruning(**options)
    rules, _ = rule_designs(problem)
    equal, greedy = (100.0 * problem.operator.accuracy(rules[name]) for name in ("uniform", "greedy"))
    ours = [100.0 * best_of(table).score for table in tables]
    gain = statistics.median(ours) - equal
    note = f"validation, before fine-tuning: agent {spread(ours)} %, uniform {equal:.4g} %, greedy {greedy:.4g} %; the "
    note += "paper keeps 20 % of ResNet-50's weights where people kept 29 %"
    yield Claim(f"a fifth of {network}'s weights: points over uniform", None, gain, "> 0", gain > 0.0, note)


def _agents(scope: Scope, label: str, problem: str, budget: Budget) -> list[list[Trial]]:
    """Tables of the agent on a problem, one per seed."""
    options = {"warm_up": budget.side_trials // 4}
    seeds = range(budget.side_seeds)
    return scope.run(
        [Plan(f"amc {label}", problem, AGENT, budget.side_trials, seed, options, pool="inline") for seed in seeds]
    )


def guaranteed(scope: Scope, network: str, budget: Budget) -> Iterator[Claim]:
    """R_FLOPs without a budget: the least operations at no loss."""
    tables = _agents(scope, "guaranteed", Case(network, 100).named(reward="error_macs"), budget)
    subject, name = Case(network, 100).problem().operator.subject, "operations saved at no loss on validation images"
    dense = subject.score(subject.model)
    kept = [trial for table in tables for trial in table if trial.metrics["accuracy"] >= dense - NEGLIGIBLE]
    if not kept:
        yield Claim(name, None, None, "> 1x", False, "no design within a tenth of a point")
        return
    best = min(kept, key=lambda trial: trial.metrics["macs"])
    (tuned,) = final_scores(scope, Case(network, 100), {"no loss": [best.design]})["no loss"]
    whole, times = whole_scores(scope, network), 1.0 / best.metrics["budget_share"]
    note = f"a tenth of a point allowed: {100 * best.metrics['accuracy']:.2f} % against {100 * dense:.2f} %, pruned "
    note += f"only; test {_both(tuned)} against {_both(whole)} (one epoch later)"
    yield Claim(name, None, f"{times:.2f}x", "> 1x", times > 1.0, note)


def _both(scores: Mapping[str, float]) -> str:
    return f"{100 * scores['before']:.2f} % ({100 * scores['after']:.2f} %)"


def latency(scope: Scope, network: str, budget: Budget) -> Iterator[Claim]:
    """Budgets on measured time, and what half the operations take of it."""
    for share in budget.latency_shares:
        yield from _within_time(scope, network, share, budget)
    by_macs = Case(network, 50).problem()
    half, whole = rule_designs(by_macs)[0]["uniform"], by_macs.space.named(by_macs.space.whole)
    whole_ms, half_ms = (_milliseconds(by_macs, one) for one in (whole, half))
    of_time, macs = 100.0 * half_ms / whole_ms, _share(by_macs, half)
    note = f"uniform widths, {macs:.1f} % of the operations, {half_ms:.3f} ms"
    yield Claim("half the operations: share of the time, %", None, of_time, "not 50", abs(of_time - macs) > 2.0, note)


def _within_time(scope: Scope, network: str, share: int, budget: Budget) -> Iterator[Claim]:
    """The agent under a budget on measured time."""
    from archwright.compression.amc.problem import LayerwisePruning

    limit, name = f"latency_ms <= {share}%", f"{share} % of the time"
    tables = _agents(scope, "latency", f"amc[network={network},budget={limit}]", budget)
    problem, by_macs = LayerwisePruning(network=network, budget=limit), Case(network, 50).problem()
    best = max((best_of(table) for table in tables), key=lambda trial: trial.score)
    whole = problem.space.named(problem.space.whole)
    whole_ms, ours_ms = (_milliseconds(problem, one) for one in (whole, best.design))
    (tuned,) = final_scores(scope, Case(network, 100), {"latency": [best.design]})["latency"]
    scores, times = whole_scores(scope, network), whole_ms / ours_ms
    note = f"{whole_ms:.3f} to {ours_ms:.3f} ms in ONNX Runtime, one thread; {_share(by_macs, best.design):.1f} % of "
    note += "the operations"
    yield Claim(f"{name}: times faster, measured", 1.95 if share == 50 else None, times, ">= 1.5", times >= 1.5, note)
    lost = 100.0 * (scores["before"] - tuned["after"])
    note = f"test {_both(tuned)} against {_both(scores)} (one epoch later); counted is whole minus one epoch later"
    yield Claim(f"{name}: points lost", None, lost, "<= 1", lost <= 1.0, note)


def _milliseconds(problem: LayerwisePruning, design: Design) -> float:
    """Of the whole pruned network for one image, in ONNX Runtime."""
    import torch

    from archwright.compression.export import OnnxRun, onnx_bytes
    from archwright.compression.measure import latency_ms

    image = problem.operator.subject.trained.data.test.images[:1]
    run = OnnxRun(onnx_bytes(problem.operator.network(design).eval(), torch.from_numpy(image)))
    return latency_ms(run, image, n_runs=RUNS)


def _share(by_macs: LayerwisePruning, design: Design) -> float:
    """Percent of the operations that a design takes."""
    return 100.0 * float(by_macs.costs(by_macs.space.counts(design)[None])[0, 0]) / by_macs.whole
