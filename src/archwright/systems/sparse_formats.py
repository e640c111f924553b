"""Sparse formats: store operands in one format, compute on another, and convert between them in hardware.

Paper: Qin, Jeong, Won, Kao, Kwon, Srinivasan, Das, Moon, Rajamanickam, Krishna, "Extending Sparse Tensor Accelerators
to Support Multiple Compression Formats", IPDPS 2021, arXiv:2103.10452. A weight-stationary array computes on several
formats; the converter MINT is made of shared building blocks; the predictor SAGE picks formats for the least product of
energy and time.

What differs: of the paper's text only the abstract was at hand, so sizes, blocks, recipes and the model are ours, and
only its speed-up over conversion in software stands beside a figure of ours. Workloads have the shapes and densities of
its families, with non-zeros spread uniformly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from archwright.accelerators.formats.classes import CLASSES, FLEXIBLE, Comparison, FormatClass, ratios
from archwright.accelerators.formats.codec import decode, encode, formats_of
from archwright.accelerators.formats.compactness import crossovers, found_crossover
from archwright.accelerators.formats.conversions import convert
from archwright.accelerators.formats.converter import HARDWARE, Converter
from archwright.accelerators.formats.counts import counts_of, expected_counts
from archwright.accelerators.formats.entries import Entries, draw_entries
from archwright.accelerators.formats.estimate import compute_product
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.picture import draw_map
from archwright.accelerators.formats.predictor import SagePredictor, draw_products
from archwright.accelerators.formats.problem import FormatsDesign
from archwright.accelerators.formats.recipes import conversion_steps, sort_keys
from archwright.accelerators.formats.referee import run_product
from archwright.accelerators.formats.sage import COMPUTE_FORMATS, choices_of, converter_blocks, tabulate
from archwright.accelerators.formats.sizes import size_bits
from archwright.accelerators.formats.stored import pack, unpack
from archwright.accelerators.formats.timing import time_product
from archwright.accelerators.formats.workloads import NAMES, named_workload, product_of
from archwright.core.goal import Goals
from archwright.core.trial import Trial
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Picture, Points, Sheet
from archwright.systems.scope import Plan, Scope, best_score, simulations_to
from archwright.systems.summary import reached, spread

SHAPES = ((1024, 1024), (100, 10_000), (10_000, 100), (11_107, 11_107), (100_000, 100_000))
TENSORS = ((60, 70_365, 9), (183, 1_140, 1_717))
DRAWN = (("zvc", "csr"), ("rlc", "csr"), ("csr", "csc"), ("dense", "csr"), ("csr", "bsr"), ("bsr", "csc"))
METHODS = ("random", "annealing", "differential_evolution", "tpe")
SHOWN = ("dense", "compressed weights", "compressed both", "bitmask both", "flexible both, no conversion")


def sparse_formats(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim that the abstract makes, and what the sheet of figures demands of our models."""
    scope.say("encoding")
    yield from exact_sizes(scope.choose(quick=500, full=2_000))
    yield from compactness()
    scope.say("conversions")
    yield from conversions(scope.choose(quick=10, full=100))
    yield from against_software(scope.choose(quick=1, full=2))
    yield from whole_runs()
    scope.say("the array against its referee")
    yield from array_cycles(scope.choose(quick=100, full=1_000))
    scope.say("choices of formats")
    yield from speed()
    yield from classes()
    scope.say("learned choices")
    yield from learned(scope.choose(quick=2_000, full=10_000), range(scope.choose(quick=1, full=5)))
    yield from design_space(scope)


def exact_sizes(n: int) -> Iterator[Claim]:
    """Random tensors in every format: what is packed, and what comes back."""
    rng = np.random.default_rng(0)
    for rank in (2, 3):
        kept = {name: 0 for name in formats_of(rank)}
        for _ in range(n):
            shape = tuple(int(size) for size in rng.integers(1, 12 if rank == 2 else 7, rank))
            entries = draw_entries(shape, float(rng.choice([0.0, 0.02, 0.1, 0.5, 0.9, 1.0])), rng=rng)
            kept = {name: count + _is_kept(entries, name) for name, count in kept.items()}
        least, what = min(kept.values()), "matrices" if rank == 2 else "3-tensors"
        note = f"each of {len(kept)} formats, bit by bit; empty rows, no entry, full and single rows among them"
        name = f"{what} that survive and have the bits of the formula"
        yield Claim(name, None, f"{least:,} of {n:,}", "all", least == n, note)


def _is_kept(entries: Entries, name: str) -> bool:
    stored = encode(entries, name)
    found = decode(unpack(pack(stored), stored))
    return bool((found.dense() == entries.dense()).all()) and stored.bits == size_bits(name, counts_of(entries))


def compactness() -> Iterator[Claim | Evidence]:
    """Densities at which the smallest format changes, in closed form and by search."""
    rows, worst = [], 0.0
    for shape in SHAPES[:4]:
        for layout in (Layout(), Layout(data_bits=8), Layout(metadata_bits=32)):
            closed = crossovers(shape, layout)
            found = {pair: found_crossover(pair, shape, layout) for pair in closed}
            worst = max(worst, *(abs(found[pair] / closed[pair] - 1.0) for pair in closed if closed[pair] > 0.0))
            densities = [f"{density:.4g}" for density in closed.values()]
            rows.append((f"{shape[0]:,} x {shape[1]:,}", str(layout), *densities))
    note = "largest relative difference of closed form and bisection"
    yield Claim("crossovers of formats", None, worst, "< 1e-6", worst < 1e-6, note)
    heads = ("shape", "widths", *(" below ".join(pair) for pair in crossovers(SHAPES[0])))
    yield Sheet("Densities at which formats cross", heads, rows, "Uniform density; below the density, fewer bits.")
    title = "The format with fewest bits"
    yield Picture(title, draw_map([*SHAPES, *TENSORS], Layout(), f"{title}: {Layout()}"))


def conversions(n: int) -> Iterator[Claim | Evidence]:
    """Every format into every other of its rank, and what that costs on the converter."""
    rng, equal, tried, pairs = np.random.default_rng(0), 0, 0, 0
    for rank in (2, 3):
        names = formats_of(rank)
        pairs += len(names) * (len(names) - 1)
        for _ in range(n):
            shape = tuple(int(size) for size in rng.integers(1, 14 if rank == 2 else 7, rank))
            entries = draw_entries(shape, float(rng.choice([0.0, 0.1, 0.5, 1.0])), rng=rng)
            found = [_is_converted(entries, *pair) for pair in _pairs(names)]
            equal, tried = equal + sum(found), tried + len(found)
    note = f"{pairs} conversions; fields equal to the encoder's, uses of blocks equal to their closed form"
    yield Claim("conversions that are right", None, f"{equal:,} of {tried:,}", "all", equal == tried, note)
    densities = np.geomspace(1e-4, 0.9, 25)
    series = {f"{source} to {target}": _cycles_per_word(source, target, densities) for source, target in DRAWN}
    yield Points(
        "Cycles of a conversion beyond the transfer of its source, 1,024 x 1,024", "density",
        "share of the cycles of the transfer", series, is_log=(True, False),
    )  # fmt: skip
    yield from areas()


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(source, target) for source in names for target in names if source != target]


def _is_converted(entries: Entries, source: str, target: str) -> bool:
    found, wanted, counts = convert(encode(entries, source), target), encode(entries, target), counts_of(entries)
    same = all(np.array_equal(found.stored.fields[name].values, one.values) for name, one in wanted.fields.items())
    closed = [(step.block, int(step.n)) for step in conversion_steps(source, target, counts) if step.n]
    return same and [(step.block, step.n) for step in found.steps if step.n] == closed


def _cycles_per_word(source: str, target: str, densities: Any) -> Any:
    counts = expected_counts((1024, 1024), densities)
    cost = Converter().cost(conversion_steps(source, target, counts))
    transfer = size_bits(source, counts) / 512.0
    beyond = np.maximum(cost.stream_cycles - transfer, 0.0) + cost.sort_cycles
    return np.column_stack([densities, beyond / transfer])


def areas() -> Iterator[Claim | Evidence]:
    """Area of three ways to build the converter, beside the array's, and the cost of overlapped conversions."""
    array_mm2 = Array().area_um2 / 1e6
    found = {kind: Converter(kind).area_um2(converter_blocks(2)) / 1e6 for kind in HARDWARE}
    rows = [(kind, f"{area:.3f}", f"{area / array_mm2:.1%}") for kind, area in found.items()]
    yield Sheet(
        "Area of the converter, 16 lanes, 45 nm", ("kind", "mm2", "of the array"), rows, "Our blocks, our sizes."
    )
    shrinks = found["mint_b"] > found["mint_m"] > found["mint_mr"]
    note = f"{found['mint_b'] / found['mint_m']:.1f} times and {found['mint_m'] / found['mint_mr']:.1f} times smaller"
    yield Claim("merging and lending blocks saves area", None, "yes" if shrinks else "no", "yes", shrinks, note)
    found_shares = {name: _share_of_best(name) for name in NAMES}
    shares = {name: share for name, (share, is_sorted) in found_shares.items() if not is_sorted}
    worst, most, median = (
        max(shares, key=lambda name: shares[name]),
        max(shares.values()),
        np.median([*shares.values()]),
    )
    note = f"{worst}; median {median:.1%} of the best choices of {len(shares)} workloads of 30 that need no sorter"
    yield Claim(
        "conversion, largest share of time where it overlaps", None, f"{most:.1%}", "<= 10 %", most <= 0.1, note
    )


def _share_of_best(name: str) -> tuple[float, bool]:
    """Share of conversion in the best choice of a workload, and whether that needs the sorter."""
    workload, layout = named_workload(name), Layout()
    table = tabulate(workload)
    i = int(table.best)
    best = table.choices[i]
    moves = ((best.memory_a, best.compute_a, workload.a), (best.memory_b, best.compute_b, workload.b))
    is_sorted = any(sort_keys(source, target, of.shape, layout) is not None for source, target, of in moves)
    return float(table.conversion_s[i] / table.time_s[i]), is_sorted


def against_software(scale: int) -> Iterator[Claim | Evidence]:
    """Conversions by scipy on this processor, beside the converter's cycles at 1 GHz for the same matrix."""
    rng, rows, gains = np.random.default_rng(0), [], []
    for size, density in ((1000 * scale, 0.1), (2000 * scale, 0.01), (10_000 * scale, 1e-4)):
        entries = draw_entries((size, size), density, rng=rng)
        for source, target, work in _software(entries):
            cost = Converter().cost(conversion_steps(source, target, counts_of(entries)))
            hardware_s = float(cost.stream_cycles + cost.sort_cycles) / 1e9
            software_s = min(_seconds(work) for _ in range(5))
            gains.append(software_s / hardware_s)
            cells = (f"{density:g}", f"{source} to {target}", f"{software_s * 1e6:,.1f}", f"{hardware_s * 1e6:,.1f}")
            rows.append((f"{size:,}", *cells, f"{gains[-1]:.1f}"))
    heads = ("size", "density", "conversion", "scipy, us", "converter, us", "ratio")
    yield Sheet("Conversion in software and in hardware", heads, rows, "One thread; best of 5; 16 lanes at 1 GHz.")
    median = float(np.median(gains))
    note = f"median of {len(gains)} conversions, {min(gains):.1f} to {max(gains):.1f}; transfer not counted, scipy"
    yield Claim("conversion in hardware, times faster than in software", "about 4", median, ">= 4", median >= 4.0, note)


def whole_runs() -> Iterator[Claim]:
    """Fixed formats that need a conversion: transfer, conversion and computation with either kind."""
    for of in CLASSES:
        if of.conversion not in HARDWARE or int(of.allowed(2).sum()) > 1:
            continue
        gains = [_gain(of, name) for name in NAMES]
        mean, note = float(np.exp(np.mean(np.log(gains)))), f"{min(gains):.2f} to {max(gains):.1f} on 30 workloads"
        name = f"{of.name}: whole run, times faster with conversion in hardware"
        yield Claim(name, "about 4", mean, "", None, f"geometric mean; {note}; both kinds modelled")


def _gain(of: FormatClass, name: str) -> float:
    """Time with conversion in software over that in hardware."""
    comparison = Comparison(named_workload(name))
    i = comparison.best(of)
    return float(comparison.table("software").time_s[i] / comparison.table(of.conversion).time_s[i])


def _software(entries: Entries) -> list[tuple[str, str, Callable[[], object]]]:
    import scipy.sparse

    coo = scipy.sparse.coo_array((entries.values, entries.coordinates), shape=entries.shape)
    rows, blocks = coo.tocsr(), coo.tocsr().tobsr(blocksize=(4, 4))
    found: list[tuple[str, str, Callable[[], object]]] = [
        ("coo", "csr", coo.tocsr), ("csr", "csc", rows.tocsc), ("csr", "bsr", partial(rows.tobsr, blocksize=(4, 4))),
        ("bsr", "csr", blocks.tocsr),
    ]  # fmt: skip
    if entries.density > 1e-3:
        dense = rows.toarray()
        found += [("dense", "csr", partial(scipy.sparse.csr_array, dense)), ("csr", "dense", rows.toarray)]
    return found


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def array_cycles(n: int) -> Iterator[Claim]:
    """Small random products on small random arrays, then medium ones in closed form."""
    rng = np.random.default_rng(0)
    n_equal = sum(_is_agreed(rng) for _ in range(n))
    note = "random products, formats and arrays; products equal to numpy's"
    yield Claim(
        "cycles of recursion and referee that are equal", None, f"{n_equal} of {n}", "all", n_equal == n, note
    )  # fmt: skip
    errors = [
        abs(error)
        for sizes, first, second in (((512, 1024, 300), 0.05, 0.05), ((300, 300, 300), 0.5, 0.1),
                                     ((200, 2000, 1000), 0.01, 0.01), ((2000, 2000, 500), 1e-3, 1e-3))
        for error in _closed_errors(sizes, first, second, rng)
    ]  # fmt: skip
    worst, note = max(errors), f"mean {np.mean(errors):.2%}, {len(errors)} products, five pairs of formats"
    yield Claim("closed form of cycles, largest error", None, f"{worst:.2%}", "<= 5 %", worst <= 0.05, note)


def _is_agreed(rng: np.random.Generator) -> bool:
    rank = int(rng.integers(2, 4))
    shape = tuple(int(size) for size in rng.integers(1, 8, rank))
    a, b = (
        draw_entries(one, float(rng.random()), rng=rng) for one in (shape, (shape[-1], int(rng.integers(1, 12))))
    )  # fmt: skip
    limits = (6, 10, 6, 4, 4, 5)
    array = Array(*(int(rng.integers(2 if i == 1 else 1, high)) for i, high in enumerate(limits)))
    pairs = COMPUTE_FORMATS[rank]
    formats = pairs[int(rng.integers(len(pairs)))]
    verdict, timing = run_product(a, b, formats, array), time_product(a, b, formats, array)
    product = a.dense().reshape(-1, shape[-1]).astype(float) @ b.dense().astype(float)
    return timing.cycles == verdict.cycles and bool(np.allclose(verdict.product, product))


def _closed_errors(sizes: tuple[int, int, int], first: float, second: float, rng: np.random.Generator) -> list[float]:
    rows, inner, columns = sizes
    a, b = draw_entries((rows, inner), first, rng=rng), draw_entries((inner, columns), second, rng=rng)
    of_a, of_b = expected_counts(a.shape, first), expected_counts(b.shape, second)
    return [
        float(compute_product(of_a, of_b, pair, Array()).cycles) / time_product(a, b, pair, Array()).cycles - 1.0
        for pair in COMPUTE_FORMATS[2]
    ]


def speed() -> Iterator[Claim]:
    """Seconds of the whole table of a workload, alone and among ten thousand."""
    product = product_of((1000, 1000, 1000), 0.01, 0.1)
    alone_s = min(_seconds(lambda: tabulate(product)) for _ in range(9))
    note = f"{len(choices_of(2))} choices; best of 9"
    yield Claim("choosing formats for a workload, ms", None, alone_s * 1e3, "< 5", alone_s < 5e-3, note)
    many = draw_products(10_000, rng=np.random.default_rng(0))
    per_minute = 60.0 * 10_000 / _seconds(lambda: tabulate(many))
    yield Claim("workloads a minute, together", None, per_minute, ">= 1e4", per_minute >= 1e4, "10,000 at once")


def classes() -> Iterator[Claim | Evidence]:
    """The energy-delay product of every class over that of full flexibility, on 30 workloads."""
    workloads = [named_workload(name) for name in NAMES]
    found = ratios(workloads)
    densities = np.array([float(one.a.nonzeros / one.a.elements) for one in workloads])
    bands = {"all": densities > 0.0, "> 1 %": densities > 0.01, "<= 1 %": densities <= 0.01}
    rows = []
    for of in CLASSES:
        means = [float(np.exp(np.mean(np.log(np.array(found[of.name])[band])))) for band in bands.values()]
        rows.append((of.name, of.like, *(f"{mean:,.3f}" for mean in means), f"{max(found[of.name]):,.3g}"))
        if of is not FLEXIBLE:
            name = f"{of.name}: energy-delay product over full flexibility"
            note = f"geometric mean of 30 workloads, {min(found[of.name]):.3f} to {max(found[of.name]):.3g}"
            yield Claim(name, None, means[0], ">= 1", min(found[of.name]) >= 1.0, note)
    heads = ("class", "like", *(f"density {band}" for band in bands), "most")
    note = "Geometric means; formats alone differ, the array is the same. 32-bit data, lg n metadata."
    yield Sheet("Energy-delay product over that of full flexibility", heads, rows, note)
    series = {name: np.column_stack([densities, found[name]]) for name in SHOWN}
    title = "Energy-delay product by class"
    yield Points(title, "density of the streamed operand", "times full flexibility", series, is_log=(True, True))
    best = [(name, Comparison(workload)) for name, workload in zip(NAMES, workloads, strict=True)]
    chosen = [(name, str(choices_of(one.workload.rank)[one.best(FLEXIBLE)])) for name, one in best]
    yield Sheet("Best formats", ("workload", "in memory -> computed on"), chosen)


def learned(n: int, seeds: Sequence[int]) -> Iterator[Claim]:
    """Formats of new products predicted from a hundredth of the evaluations that trying them all would take."""
    found = [_learn(n, seed) for seed in seeds]
    means, evaluations = [regrets.mean() for regrets, _ in found], found[0][1]
    share = evaluations / (n * len(choices_of(2)))
    worst = max(float(np.quantile(regrets, 0.99)) for regrets, _ in found)
    note = f"mean of {n:,} new products, {len(seeds)} seed(s); 99 % are below {worst:.1%}"
    shown = spread([100.0 * float(one) for one in means], 3)
    yield Claim("regret of learned choices, %", None, shown, "< 2", max(means) < 0.02, note)
    note = f"{evaluations:,} of {n * len(choices_of(2)):,}, training included"
    yield Claim("evaluations of learned choices, share", None, share, "<= 0.01", share <= 0.01, note)


def _learn(n: int, seed: int) -> tuple[Any, int]:
    rng = np.random.default_rng(seed)
    predictor = SagePredictor().fit(draw_products(n * len(choices_of(2)) // 3_500, rng=rng))
    return predictor.regrets(draw_products(n, rng=rng)), predictor.n_evaluations


def design_space(scope: Scope) -> Iterator[Claim | Evidence]:
    """Optimizers on formats, converter and sizes together, beside the optimum of all designs."""
    problem = FormatsDesign()
    trials, seeds = scope.choose(quick=150, full=400), range(scope.choose(quick=2, full=5))
    tables = scope.run_methods(
        {name: [Plan(f"sparse-formats {name}", "formats", name, trials, seed) for seed in seeds] for name in METHODS}
    )
    reference, optimum = problem.references()
    best = reference.metrics["energy_delay_js"] / optimum.metrics["energy_delay_js"]
    note = ", ".join(f"{name} {value}" for name, value in (optimum.design or {}).items())
    yield Claim(
        "energy-delay product, times better than fixed formats at no more area", None, best, "> 1", best > 1.0, note
    )
    yield from _standings(tables, problem, trials)


def _standings(
    tables: Mapping[str, Sequence[Sequence[Trial]]], problem: FormatsDesign, trials: int
) -> Iterator[Claim | Evidence]:
    _, optimum = problem.references()
    score = Goals.read(problem.goals, problem.metrics).score(optimum.metrics)
    for name, each in tables.items():
        found = reached([simulations_to(one, 0.999 * score) for one in each])
        note = f"best scores {spread([best_score(one) for one in each])}, the optimum's is {score:.4g}"
        yield Claim(f"simulations to the optimum, {name}", None, found, "", None, note)
    yield Curves("Energy-delay product", tables, trials, {"compressed both": 1.0, "optimum": score})
    yield Picture("The optimum beside every class", problem.draw(optimum.design))
