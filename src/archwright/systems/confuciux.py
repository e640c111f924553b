"""ConfuciuX: reinforcement learning and a genetic algorithm give every layer of a network its share of an accelerator.

Paper: Kao, Jeong, Krishna, "ConfuciuX: Autonomous Hardware Resource Assignment for DNN Accelerators using Reinforcement
Learning", MICRO 2020, arXiv:2009.02010. A recurrent policy walks through the layers and gives each its processing
elements and buffers; REINFORCE learns from what every layer adds to latency or energy, and a genetic algorithm
fine-tunes the best assignment. It is said to converge 4.7 to 24 times faster than other searches.

What differs: the cost model is the closed form of MAESTRO's (`accelerators.dataflow`), with strides and padding, and
without its bus, which would outweigh all else; layers are sums under one budget, so the optimum is known, and every
method is measured by its distance from it. Absolute latencies of the paper were not at hand and are not compared.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median
from typing import Any

from archwright.accelerators.confuciux import ResourceAssignment
from archwright.core.catalog import make_problem
from archwright.core.goal import Goals
from archwright.core.trial import Trial
from archwright.systems.claim import Claim
from archwright.systems.evidence import Curves, Evidence, Picture, Sheet
from archwright.systems.scope import Plan, Scope, best_score, simulations, simulations_to
from archwright.systems.summary import median_count, reached

OURS = "confuciux"
WANTED = 4.7
"""How many times fewer samples the paper needs, at least."""
NEAR = 1.1
"""How near to the optimum counts as found: within a tenth."""
LEARNED = 2 / 3
"""Share of the budget that the first stage gets."""
QUICK_METHODS = ("random", "grid", "annealing", "genetic_algorithm", "ppo", "a2c")
FULL_METHODS = (*QUICK_METHODS, "cmaes")
COSTLY = {"reinforce": 5_000, "sac": 5_000, "tpe": 1_000, "gaussian_process": 300}
"""Samples of methods whose proposals take long; the full form tries them on the cells of the quick one."""
QUICK_CELLS = (
    ("mobilenet-v2", "dla", "latency", "area", "iot"),
    ("resnet-18", "shi", "energy", "power", "iotx"),
    ("mnasnet", "dla", "latency", "power", "cloud"),
)
FULL_CELLS = tuple(
    product(
        ("mobilenet-v2", "resnet-18", "mnasnet"), ("dla", "shi"), ("latency", "energy"), ("area", "power"),
        ("cloud", "iot", "iotx"),
    )
)  # fmt: skip

Tables = Mapping[str, Sequence[Sequence[Trial]]]


@dataclass(frozen=True)
class Cell:
    """One problem of the comparison.

    Args:
        options: workload, dataflow, objective, constraint and budget.
        optimum: score of the proved optimum.
        seconds: CPU time that its proof took.
    """

    options: tuple[str, str, str, str, str]
    optimum: float
    seconds: float

    @property
    def problem(self) -> str:
        """The catalogue problem with its options."""
        return problem_name(self.options)

    @property
    def title(self) -> str:
        """The options in a row."""
        return ", ".join(self.options)


def confuciux(scope: Scope) -> Iterator[Claim | Evidence]:
    """Every claim that the cost model and the proved optimum allow to check."""
    cells = [solved(options) for options in scope.choose(quick=QUICK_CELLS, full=FULL_CELLS)]
    slowest = max(cells, key=lambda cell: cell.seconds)
    note = f"longest of {len(cells)}: {slowest.title}; the paper has no exact solution"
    yield Claim("optimum proved, s of CPU", None, slowest.seconds, "< 1", slowest.seconds < 1.0, note)
    methods = (OURS, *scope.choose(quick=QUICK_METHODS, full=FULL_METHODS))
    found = run_cells(scope, cells, methods)
    yield from sample_efficiency(found)
    yield from second_stage(found, samples_of(OURS, scope))
    yield from distances(found)
    if scope.is_full:
        yield from costly(scope, found)
    yield from pictures(*found[0], samples_of(OURS, scope))


def problem_name(options: Sequence[str]) -> str:
    """The catalogue problem with these options.

    Example:
        >>> problem_name(("resnet-18", "shi", "energy", "power", "iotx"))
        'confuciux[workload=resnet-18,dataflow=shi,objective=energy,constraint=power,budget=iotx]'
    """
    names = ("workload", "dataflow", "objective", "constraint", "budget")
    return f"confuciux[{','.join(f'{name}={value}' for name, value in zip(names, options, strict=True))}]"


def solved(options: tuple[str, str, str, str, str]) -> Cell:
    """A cell with its optimum, which must be proved."""
    problem = made(problem_name(options))
    started = time.process_time()
    optimum = problem.optimum
    seconds = time.process_time() - started
    assert optimum is not None and optimum[1], options
    reference = next(one for one in problem.references() if one.name == "optimum")
    return Cell(options, Goals(problem.goals).score(reference.metrics), seconds)


def made(name: str) -> ResourceAssignment:
    """The problem of a cell."""
    problem = make_problem(name)
    assert isinstance(problem, ResourceAssignment)
    return problem


def run_cells(scope: Scope, cells: Sequence[Cell], methods: Sequence[str]) -> list[tuple[Cell, Tables]]:
    """Every cell with the tables of every method; all studies run together."""
    plans = {(cell, method): plans_of(scope, cell, method) for cell in cells for method in methods}
    tables = iter(scope.run([plan for each in plans.values() for plan in each]))
    found = {key: [next(tables) for _ in each] for key, each in plans.items()}
    return [(cell, {method: found[cell, method] for method in methods}) for cell in cells]


def plans_of(scope: Scope, cell: Cell, method: str) -> list[Plan]:
    """A method on a cell, a plan per seed; the full form keeps designs only where one is drawn."""
    samples, label = samples_of(method, scope), scope.choose(quick="confuciux", full="confuciux full")
    is_kept = not scope.is_full or (method == OURS and cell.options == FULL_CELLS[0])
    return [
        Plan(f"{label} {method}", cell.problem, method, samples, seed, options_of(method, samples),
             keeps_designs=is_kept)
        for seed in range(scope.choose(quick=3, full=5))
    ]  # fmt: skip


def samples_of(method: str, scope: Scope) -> int:
    """Samples that a method may take."""
    return scope.choose(quick=1_500, full=COSTLY.get(method, 5_000))


def options_of(method: str, samples: int) -> Mapping[str, Any]:
    """Options by which a method knows its budget."""
    return {"annealing": {"steps": samples}, OURS: {"trials": samples}}.get(method, {})


def sample_efficiency(found: Sequence[tuple[Cell, Tables]]) -> Iterator[Claim | Evidence]:
    """Cell by cell, how many times fewer samples take the paper's method to the best of the other methods' ends."""
    rows, won, ahead = [], 0, 0
    for cell, tables in found:
        rival = max((name for name in tables if name != OURS), key=lambda name: final_score(tables[name]))
        ratio, theirs, ours = samples_ratio(tables[OURS], tables[rival])
        won, ahead = won + (ratio >= WANTED), ahead + (ratio >= 1.0)
        verdict = "won" if ratio >= WANTED else "ahead" if ratio >= 1.0 else "lost"
        rows.append((cell.title, rival, f"{theirs:,.0f}", show_count(ours), f"{ratio:.2g}", verdict))
    heads = ("cell", "best of the others", "samples it needed", "samples of RL + GA to the same", "ratio", "")
    note = f"Medians over seeds; won from {WANTED} times fewer samples on. Never reached counts as a ratio of 0."
    yield Sheet("Samples to the value where the best other method ends", heads, rows, note)
    name = f"cells where RL + GA needs {WANTED} times fewer samples than the best other method"
    is_met = won > len(found) / 2
    yield Claim(name, "all", f"{won} of {len(found)}", "most", is_met, f"fewer samples at all in {ahead}")
    yield from each_rival(found)


def each_rival(found: Sequence[tuple[Cell, Tables]]) -> Iterator[Claim]:
    """The same against every method on its own."""
    for rival in [name for name in found[0][1] if name != OURS]:
        ratios = [samples_ratio(tables[OURS], tables[rival])[0] for _, tables in found]
        won = sum(ratio >= WANTED for ratio in ratios)
        note = f"median ratio {median(ratios):.2g}, least {min(ratios):.2g}; no feasible design counts as won"
        yield Claim(f"cells won against {rival}", "all", f"{won} of {len(found)}", "most", won > len(found) / 2, note)


def samples_ratio(ours: Sequence[Sequence[Trial]], theirs: Sequence[Sequence[Trial]]) -> tuple[float, float, float]:
    """Samples that another method needed to its final value, over ours to the same value, and both of them.

    The value is the median over seeds; a seed that does not come so far counts with an infinite number. A method that
    ends without a feasible design is beaten infinitely by one that has any.
    """
    value = final_score(theirs)
    needed = median_count([simulations_to(table, value) for table in ours])
    spent = float(median([simulations(table) for table in theirs]))
    if value == float("-inf"):
        return (float("inf") if needed < float("inf") else 0.0), spent, needed
    theirs_needed = min(median_count([simulations_to(table, value) for table in theirs]), spent)
    return theirs_needed / needed, theirs_needed, needed


def final_score(tables: Sequence[Sequence[Trial]]) -> float:
    """Median over seeds of the best score; minus infinity without a feasible design."""
    return median(best_score(table) for table in tables)


def show_count(count: float) -> str:
    """A number of samples, or `never`.

    Example:
        >>> show_count(1200.0), show_count(float("inf"))
        ('1,200', 'never')
    """
    return "never" if count == float("inf") else f"{count:,.0f}"


def second_stage(found: Sequence[tuple[Cell, Tables]], trials: int) -> Iterator[Claim]:
    """What the genetic algorithm adds to the best of the first stage."""
    studies = [table for _, tables in found for table in tables[OURS]]
    pairs = [(best_score(table[: int(LEARNED * trials)]), best_score(table)) for table in studies]
    gains = [last / first - 1.0 for first, last in pairs if first > 0.0]
    name, lacking = "improvement by the second stage", len(studies) - len(gains)
    if not gains:
        yield Claim(name, None, None, "> 0", None, "no first stage found a feasible design")
        return
    note = f"least {min(gains):.1%}, most {max(gains):.1%}; {lacking} first stages without a feasible design"
    yield Claim(name, None, f"{median(gains):.1%}", "> 0", median(gains) > 0.0, note)


def distances(found: Sequence[tuple[Cell, Tables]]) -> Iterator[Claim | Evidence]:
    """How far above the optimum every method ends, and samples to within a tenth of it."""
    methods = list(found[0][1])
    rows, near = [], []
    for cell, tables in found:
        gaps = [show_gap(final_score(tables[method]), cell.optimum) for method in methods]
        rows.append((cell.title, show_gap(1.0, cell.optimum), *gaps))
        counts = {m: [simulations_to(table, cell.optimum / NEAR) for table in tables[m]] for m in methods}
        near.append((cell.title, *(reached(counts[method]) for method in methods)))
    note = "Latency or energy beyond the proved optimum's, median over seeds; uniform: the best of 144 equal shares."
    yield Sheet("Distance from the optimum", ("cell", "uniform", *methods), rows, note)
    yield Sheet("Samples to within a tenth of the optimum", ("cell", *methods), near)
    ours = median(gap(final_score(tables[OURS]), cell.optimum) for cell, tables in found)
    rivals = [max(final_score(tables[m]) for m in methods if m != OURS) for _, tables in found]
    other = median(gap(score, cell.optimum) for score, (cell, _) in zip(rivals, found, strict=True))
    uniform = median(gap(1.0, cell.optimum) for cell, _ in found)
    note = f"best other method: {other:.1%}; best of 144 equal shares: {uniform:.1%}; exact solution: 0 %"
    yield Claim("distance of RL + GA from the optimum, median of cells", None, f"{ours:.1%}", "", None, note)


def costly(scope: Scope, found: Sequence[tuple[Cell, Tables]]) -> Iterator[Evidence]:
    """Methods that are too slow for all cells, on the cells of the quick form."""
    cells = {cell: tables for cell, tables in found if cell.options in QUICK_CELLS}
    slow = dict(run_cells(scope, list(cells), tuple(COSTLY)))
    heads = ("cell", OURS, *(f"{method}, {samples:,}" for method, samples in COSTLY.items()))
    rows = []
    for cell, tables in cells.items():
        every = {OURS: tables[OURS], **slow[cell]}
        rows.append((cell.title, *(show_gap(final_score(every[name]), cell.optimum) for name in every)))
    note = "Beside the number of samples that a slow method was given. Median over seeds."
    yield Sheet("Distance from the optimum, slow methods", heads, rows, note)


def gap(score: float, optimum: float) -> float:
    """How much more latency or energy than the optimum a score stands for; infinite without a feasible design."""
    return optimum / score - 1.0 if score > 0.0 else float("inf")


def show_gap(score: float, optimum: float) -> str:
    """How much worse than the optimum a score is, in per cent; `none` where no design is feasible.

    Example:
        >>> show_gap(0.8, 1.0), show_gap(float("-inf"), 1.0)
        ('25.0 %', 'none')
    """
    return f"{100 * gap(score, optimum):.1f} %" if score > 0.0 else "none"


def pictures(cell: Cell, tables: Tables, trials: int) -> Iterator[Evidence]:
    """Convergence against the optimum, and what every layer gets."""
    known = {"uniform": 1.0, "optimum": cell.optimum}
    note = "Score: times better than the best assignment that treats all layers alike."
    yield Curves(f"Convergence: {cell.title}", tables, trials, known, note)
    problem = made(cell.problem)
    feasible = [trial for table in tables[OURS] for trial in table if trial.is_feasible]
    if feasible:
        best = max(feasible, key=lambda trial: trial.score)
        yield Picture(f"RL + GA: {cell.title}", problem.draw(best.design))
