"""SpArch: an accelerator for sparse matrix products that keeps partial matrices off its DRAM.

Paper: Zhang, Wang, Han, Dally, "SpArch: Efficient Architecture for Sparse Matrix Multiplication", HPCA 2020,
arXiv:2002.08947. Partial matrices of an outer product are merged while they are made; the left matrix is condensed, so
few of them are left; a Huffman tree merges the small ones first; rows of the right matrix are kept by when they are
needed next.

What differs: the twenty matrices are not at hand, so stand-ins have their family, size and number of elements
(`accelerators.sparch.families`). OuterSPACE is our count of bytes, not its simulator, and processors are not compared
with. Configuration, area and power are known from secondary sources.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from archwright.accelerators.sparch.energy import AREAS_MM2
from archwright.accelerators.sparch.families import PUBLISHED, stand_in
from archwright.accelerators.sparch.machine import INPUT_BYTES, MERGED_BYTES, Machine
from archwright.accelerators.sparch.matrix import SparseMatrix, to_scipy
from archwright.accelerators.sparch.picture import draw_chain
from archwright.accelerators.sparch.prefetch import EVERYTHING
from archwright.accelerators.sparch.problem import PUBLISHED_DESIGN, SparchDesign
from archwright.accelerators.sparch.schedule import least_partials, plan_rounds
from archwright.accelerators.sparch.simulation import simulate
from archwright.accelerators.sparch.software import spgemm
from archwright.accelerators.sparch.timing import merged_elements, outerspace_flops_per_s
from archwright.accelerators.sparch.traffic import STEPS, Ideas, Plan, fetch_rows, plan_product, traffic_of
from archwright.accelerators.sparch.tree import run_rounds
from archwright.core.pareto import non_dominated
from archwright.core.trial import Trial
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Picture, Points, Sheet
from archwright.systems.scope import Plan as StudyPlan
from archwright.systems.scope import Scope, best_score, simulations_to
from archwright.systems.summary import reached, spread

FIRST = "OuterSPACE-like"
OUTERSPACE_UTILIZATION = 0.483
MERGED_PRODUCTS = 3_000_000
METHODS = ("random", "annealing", "differential_evolution", "tpe")


class Case(NamedTuple):
    """A matrix through the paper's chain.

    Args:
        name: of the stand-in.
        n_products: multiplications.
        n_leaves: partial matrices without and with condensing.
        traffic: bytes by part, by step; OuterSPACE's first.
        partials: bytes of partial results by order of merging.
        misses: lines by look-ahead: none, the published one, everything.
        hit_rate: with the published look-ahead, 0 to 1.
        flops_per_s: of the whole machine.
        utilization: of its bandwidth, 0 to 1.
        intensity: operations per byte.
        energy_j: machine and DRAM.
        outerspace_flops_per_s: at OuterSPACE's published utilization.
        simulated_s: seconds of the processor that the whole chain took to simulate.
    """

    name: str
    n_products: int
    n_leaves: tuple[int, int]
    traffic: Mapping[str, Mapping[str, int]]
    partials: Mapping[str, int]
    misses: tuple[int, int, int]
    hit_rate: float
    flops_per_s: float
    utilization: float
    intensity: float
    energy_j: float
    outerspace_flops_per_s: float
    simulated_s: float

    def total(self, step: str) -> int:
        """Bytes of a step."""
        return sum(self.traffic[step].values())


def sparch(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim of the paper that can be checked without its matrices."""
    scope.say("the merge tree against scipy")
    yield from merged_products(PUBLISHED, MERGED_PRODUCTS)
    limit = scope.choose(quick=3_000_000, full=30_000_000)
    cases = []
    for name in PUBLISHED:
        scope.say(f"traffic of {name}")
        cases.append(run_chain(name, stand_in(name, limit)))
    yield from chain(cases, limit)
    yield from huffman(scope.choose(quick=100, full=1_000))
    yield from orders(cases)
    yield from prefetcher(cases)
    yield from performance(cases)
    yield from speed(stand_in("wiki-Vote", 20_000_000), cases)
    scope.say("the same order in software")
    yield from software(scope.choose(quick=1_000_000, full=10_000_000))
    yield from design_space(scope)


def merged_products(names: Iterable[str], max_products: int) -> Iterator[Claim]:
    """The tree, cycle by cycle, through all rounds of every matrix, beside scipy."""
    machine, worst, ratios, n_equal, n = Machine(), 0.0, [], 0, 0
    for name in names:
        a = stand_in(name, max_products)
        plan = plan_product(a, a, machine.ways)
        c, runs = run_rounds(a, a, plan.leaves.of_entry, plan.schedule, machine)
        wanted = to_scipy(a) @ to_scipy(a)
        wanted.sort_indices()
        is_same = np.array_equal(c.columns, wanted.indices) and np.array_equal(c.starts, wanted.indptr)
        n, n_equal = n + 1, n_equal + is_same
        worst = max(worst, float(np.abs(c.values / wanted.data - 1.0).max()) if is_same else math.inf)
        merged = int(merged_elements(plan.sizes, plan.schedule, len(runs)).sum())
        ratios.append(sum(run.cycles for run in runs) / (merged / machine.merger_width))
    note = f"{n} stand-ins of up to {max_products:,} products"
    yield Claim("merged products with scipy's structure", None, f"{n_equal} of {n}", "all", n_equal == n, note)
    yield Claim("largest relative difference of a value", None, worst, "<= 1e-12", worst <= 1e-12, note)
    note = f"elements over width; {spread(ratios)} over matrices; starting and ending rounds is counted apart"
    mean = statistics.fmean(ratios)
    yield Claim("cycles of the tree over its closed form", None, mean, "1 to 1.05", 1.0 <= mean <= 1.05, note)


def run_chain(name: str, a: SparseMatrix) -> Case:
    """A matrix through the paper's chain.

    Args:
        name: of the stand-in.
        a: the matrix, which multiplies itself.
    """
    started, machine = time.process_time(), Machine()
    runs = {step: simulate(a, a, machine, ideas) for step, ideas in STEPS.items()}
    simulated_s = time.process_time() - started
    run, plain = runs["+ prefetcher"], runs["merge while multiplying"]
    sizes, inputs = run.plan.sizes, INPUT_BYTES * a.n_stored
    outerspace = {
        "a": inputs,
        "b": inputs,
        "partial": 2 * MERGED_BYTES * sizes.n_products,
        "c": MERGED_BYTES * int(sizes.row_lengths.sum()),
    }
    shuffled = plan_product(a, a, machine.ways, Ideas(order="random", prefetch=False), np.random.default_rng(0))
    return Case(
        name=name,
        n_products=sizes.n_products,
        n_leaves=(len(plain.plan.leaves.weights), len(run.plan.leaves.weights)),
        traffic={FIRST: outerspace, **{step: one.traffic.totals for step, one in runs.items()}},
        partials={
            "Huffman": run.traffic.totals["partial"],
            "sequential": runs["+ condensing"].traffic.totals["partial"],
            "random": traffic_of(shuffled).totals["partial"],
        },
        misses=_misses(run.plan, machine),
        hit_rate=run.hit_rate,
        flops_per_s=run.flops_per_s,
        utilization=run.utilization,
        intensity=run.intensity,
        energy_j=run.energy_j,
        outerspace_flops_per_s=outerspace_flops_per_s(
            sum(outerspace.values()), sizes.n_products, machine.bandwidth_bytes_per_s, OUTERSPACE_UTILIZATION
        ),
        simulated_s=simulated_s,
    )


def _misses(plan: Plan, machine: Machine) -> tuple[int, int, int]:
    nothing, window, everything = (
        fetch_rows(plan, machine, ahead).line_misses for ahead in (0, machine.lookahead, EVERYTHING)
    )
    return nothing, window, everything


def chain(cases: Sequence[Case], limit: int) -> Iterator[Claim | Evidence]:
    """Four steps of traffic, by part."""
    steps = [FIRST, *STEPS]
    times = {(one, other): [case.total(one) / case.total(other) for case in cases] for one in steps for other in steps}
    note = "geometric mean (least to most) of stand-ins; a ratio over the step before"
    for name, published, pair in (
        ("condensing", 5.4, (steps[1], steps[2])),
        ("Huffman", 1.8, (steps[2], steps[3])),
        ("prefetcher", 1.5, (steps[3], steps[4])),
    ):
        mean, ours = _geometric(times[pair])
        yield Claim(f"{name}, times less traffic", published, ours, "> 1", mean > 1.0, note)
    mean, ours = _geometric(times[FIRST, steps[4]])
    yield Claim("all, times less traffic than OuterSPACE", 2.8, ours, ">= 2.8", mean >= 2.8, "our count of its bytes")
    _, ours = _geometric(times[steps[1], FIRST])
    note = "how the paper's baseline orders its rounds is not known; ours takes the first 64 of a queue"
    yield Claim("merging while multiplying alone, times the traffic of OuterSPACE", 5.7, ours, "", None, note)
    reduced = [before / after for before, after in (case.n_leaves for case in cases)]
    note = "three orders of magnitude are claimed; long rows of social graphs hold them back"
    yield Claim("times fewer partial matrices", "1,000", _geometric(reduced)[1], "", None, note)
    rows = [
        (
            case.name,
            f"{case.n_products / 1e6:.2f}",
            f"{case.n_leaves[0]:,} to {case.n_leaves[1]:,}",
            *(" + ".join(f"{part / 1e6:.1f}" for part in case.traffic[step].values()) for step in steps),
        )
        for case in cases
    ]
    size = f"Stand-ins of up to {limit:,} products; published sizes where they are smaller. MB of A + B + partial + C."
    yield Sheet("Traffic by step", ("matrix", "M products", "partial matrices", *steps), rows, size)
    yield Picture("Traffic by step", draw_chain({case.name: case.traffic for case in cases}, "MB over OuterSPACE's"))


def _geometric(values: Sequence[float]) -> tuple[float, str]:
    """Geometric mean, and the same as text with the least and the most."""
    mean = math.exp(statistics.fmean(math.log(value) for value in values))
    return mean, f"{mean:.2f} ({min(values):.2f} to {max(values):.2f})"


def huffman(n: int) -> Iterator[Claim]:
    """Huffman's order against every other, on few leaves."""
    rng, n_optimal = np.random.default_rng(0), 0
    for _ in range(n):
        weights, ways = rng.integers(1, 100, int(rng.integers(2, 8))), int(rng.integers(2, 5))
        least = least_partials(tuple(weights.tolist()), ways)
        n_optimal += plan_rounds(weights, ways).estimated_partials == least
    note = "2 to 7 leaves, 2 to 4 ways; sizes that add up"
    yield Claim("Huffman's order is the best of all", None, f"{n_optimal} of {n}", "all", n_optimal == n, note)


def orders(cases: Sequence[Case]) -> Iterator[Claim]:
    """Huffman's order against two others, in bytes that really move."""
    several = [case.partials for case in cases if case.partials["Huffman"]]
    for order in ("sequential", "random"):
        ratios = [partials[order] / partials["Huffman"] for partials in several]
        note = f"{len(several)} stand-ins that need more than one round; real sizes, not estimates"
        name = f"partial results of {order} merging, times those of Huffman's"
        yield Claim(name, None, _geometric(ratios)[1], ">= 1", min(ratios) >= 1.0, note)


def prefetcher(cases: Sequence[Case]) -> Iterator[Claim | Evidence]:
    """The look-ahead between the least recently used and Belady's optimum."""
    nothing, window, everything = (np.array(one, float) for one in zip(*(case.misses for case in cases), strict=True))
    near = window / everything
    note = "8,192 elements of look-ahead against all of it; " + spread(near.tolist(), 3)
    _, ours = _geometric(near.tolist())
    yield Claim("lines missed, times Belady's optimum", None, ours, ">= 1", bool((near >= 1.0).all()), note)
    mean, ours = _geometric((nothing / window).tolist())
    yield Claim("lines missed by the least recently used, times ours", None, ours, "> 1", mean > 1.0)
    hits = statistics.fmean(case.hit_rate for case in cases)
    note = "lines found, mean of stand-ins; smaller matrices fit the buffer"
    yield Claim("hit rate", 0.62, hits, "", None, note)
    rows = [(case.name, *(f"{one:,}" for one in case.misses), f"{case.hit_rate:.1%}") for case in cases]
    yield Sheet("Lines of B missed", ("matrix", "least recently used", "8,192 ahead", "Belady", "hit rate"), rows)


def performance(cases: Sequence[Case]) -> Iterator[Claim | Evidence]:
    """Operations per second, bandwidth, roofline, energy and area."""
    machine = Machine()
    rates = [case.flops_per_s / 1e9 for case in cases]
    note = "rounds overlap nothing, DRAM is never late: an upper bound on what the paper measured"
    yield Claim("GFLOP/s, geometric mean", 10.4, _geometric(rates)[1], ">= 10.4", _geometric(rates)[0] >= 10.4, note)
    used = statistics.fmean(case.utilization for case in cases)
    yield Claim("bandwidth used, mean", "68.6%", f"{used:.1%}", "", None, note)
    others = [case.outerspace_flops_per_s / 1e9 for case in cases]
    note = "its bytes at its published 48.3 % of the bandwidth"
    yield Claim("GFLOP/s of OuterSPACE", 2.9, _geometric(others)[1], "within 20 %", _is_near(others, 2.9), note)
    faster = [case.flops_per_s / case.outerspace_flops_per_s for case in cases]
    yield Claim("times faster than OuterSPACE", 4.0, _geometric(faster)[1], ">= 4", _geometric(faster)[0] >= 4.0)
    joules = [case.energy_j / case.n_products / 2.0 * 1e9 for case in cases]
    note = "an average product is calibrated to it"
    yield Claim("energy per operation, nJ", 0.89, _geometric(joules)[1], "", None, note)
    area = sum(AREAS_MM2.values())
    share, note = AREAS_MM2["merge tree"] / area, "the published areas of units, added up"
    yield Claim("area, mm2", 28.49, area, "28.5", round(area, 1) == 28.5, f"{note}; tree {share:.1%}")
    points = {case.name: np.array([(case.intensity, case.flops_per_s / 1e9)]) for case in cases}
    reach = np.geomspace(0.9 * min(case.intensity for case in cases), 64.0, 200)
    peak = machine.peak_flops_per_s / 1e9
    roof = np.stack([reach, np.minimum(peak, reach * machine.bandwidth_bytes_per_s / 1e9)], axis=1)
    series = {"roof": roof, "stand-ins": np.concatenate(list(points.values()))}
    yield Points("Roofline", "operations per byte of DRAM", "GFLOP/s", series, is_log=(True, True))
    heads = ("matrix", "operations per byte", "GFLOP/s", "bandwidth used", "nJ per operation")
    rows = [
        (one.name, f"{one.intensity:.2f}", f"{one.flops_per_s / 1e9:.1f}", f"{one.utilization:.1%}", f"{nj:.2f}")
        for one, nj in zip(cases, joules, strict=True)
    ]
    yield Sheet("Performance", heads, rows)


def _is_near(values: Sequence[float], wanted: float) -> bool:
    return abs(_geometric(values)[0] / wanted - 1.0) <= 0.2


def speed(a: SparseMatrix, cases: Sequence[Case]) -> Iterator[Claim]:
    """Products that are simulated in a second: rounds, sizes, misses, bytes, cycles."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        run = simulate(a, a)
        taken.append(time.process_time() - started)
    rate = run.plan.sizes.n_products / min(taken) / 1e6
    note = f"wiki-Vote, {run.plan.sizes.n_products:,} products; seconds of the processor, best of 3"
    yield Claim("M products simulated per second", None, rate, ">= 20", rate >= 20.0, note)
    whole_s, n = sum(case.simulated_s for case in cases), sum(case.n_products for case in cases)
    note = f"{n:,} products, each simulated {len(STEPS)} times; of the processor"
    yield Claim(f"time to simulate every step of {len(cases)} stand-ins, s", None, whole_s, "", None, note)


def software(max_products: int) -> Iterator[Claim]:
    """The same order on this processor, beside scipy and beside one round without an order."""
    ratios: dict[str, list[float]] = {"in one round": [], "with scipy": []}
    spgemm(stand_in("wiki-Vote", 100_000), stand_in("wiki-Vote", 100_000))  # compiled
    for name in ("wiki-Vote", "poisson3Da", "p2p-Gnutella31", "web-Google"):
        a = stand_in(name, max_products)
        matrix = to_scipy(a)
        ours, once, scipy_s = (
            min(_seconds(work) for _ in range(3))
            for work in (lambda a=a: spgemm(a, a), lambda a=a: spgemm(a, a, ways=None), lambda m=matrix: m @ m)
        )
        ratios["in one round"].append(once / ours)
        ratios["with scipy"].append(scipy_s / ours)
    for other, each in ratios.items():
        note = f"4 stand-ins of up to {max_products:,} products; above 1 the order wins; scipy leaves rows unsorted"
        yield Claim(f"software in this order, times faster than {other}", None, _geometric(each)[1], "", None, note)


def _seconds(work: object) -> float:
    assert callable(work)
    started = time.process_time()  # one thread, so a busy machine counts less
    work()
    return time.process_time() - started


def design_space(scope: Scope) -> Iterator[Claim | Evidence]:
    """Optimizers within the published area, beside the optimum of all designs."""
    problem = SparchDesign()
    trials, seeds = scope.choose(quick=150, full=300), range(scope.choose(quick=3, full=5))
    tables = scope.run_methods(
        {
            name: [StudyPlan(f"sparch {name}", "sparch", name, trials, seed, pool="inline") for seed in seeds]
            for name in METHODS
        }
    )
    assert problem.optimum is not None
    design, metrics = problem.optimum
    (published,) = problem.evaluate([PUBLISHED_DESIGN], rng=np.random.default_rng(0))
    assert isinstance(published, Mapping)
    faster = published["time_s"] / metrics["time_s"]
    note = f"{metrics['area_mm2']:.1f} mm2: " + ", ".join(f"{name} {value}" for name, value in design.items())
    yield Claim("fastest design of no more area, times SpArch", None, faster, ">= 1", faster >= 1.0, note)
    yield from _standings(tables, problem, trials, published)


def _standings(
    tables: Mapping[str, Sequence[Sequence[Trial]]], problem: SparchDesign, trials: int, published: Mapping[str, float]
) -> Iterator[Claim | Evidence]:
    from archwright.core.goal import Goals

    assert problem.optimum is not None
    score = Goals.read(problem.goals, problem.metrics).score(problem.optimum[1])
    for name, each in tables.items():
        note = f"best scores {spread([best_score(one) for one in each])}, the optimum's is {score:.4g}"
        counts = [simulations_to(one, 0.9999 * score) for one in each]
        yield Claim(f"simulations to the optimum, {name}", None, reached(counts), "", None, note)
    yield Curves("Time within the published area", tables, trials, {"SpArch": 1.0, "optimum": score})
    tried = [trial.metrics for each in tables.values() for one in each for trial in one if trial.metrics]
    everything = np.array([(one["area_mm2"], 1e6 * one["time_s"]) for one in tried])
    marks = {
        name: (one["area_mm2"], 1e6 * one["time_s"])
        for name, one in (("SpArch", published), ("optimum", problem.optimum[1]))
    }
    series = {"tried designs": everything, "front": everything[non_dominated(everything)]}
    yield Points("Area and time", "area, mm2", "time, us", series, marks, (True, True))
    yield Picture("Rounds of the optimum", problem.draw(problem.optimum[0]))
