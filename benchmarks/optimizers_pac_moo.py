"""PAC-MOO beside random search, NSGA-II and constrained qLogNEHVI, by the protocols of its paper.

    python benchmarks/optimizers_pac_moo.py [osy] [peer] [amplifier] [converter]

`osy`: widened box, 6 feasible starts from the original box, 100 more evaluations, 5 seeds, two preferences; `peer`: the
same by qLogNEHVI (minutes per seed); `amplifier`: the three-stage amplifier from 24 feasible designs that the first
stage finds, 200 evaluations after them; `converter`: four switched-capacitor outputs, 85 % preference for efficiency.
"""

import os
import platform
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from archwright.circuits.amplifiers import ThreeStageTIA
from archwright.circuits.power_converters import SwitchedCapacitorConverter
from archwright.core.goal import Goals
from archwright.core.pareto import hypervolume
from archwright.core.study import Study
from archwright.optimizers.feasible_starts import draw_feasible
from archwright.testing.functions import Osy

REFERENCE, NSGA2_VOLUME = (0.0, 100.0), 22172.0
"""NSGA-II with 30,000 evaluations of the original box; the widened box's own front holds 22609."""
STARTS, ITERATIONS = 6, 100
AMPLIFIER_GOALS = (
    "gain_ohm >= 20236 ohm log", "f3db_hz >= 90.107 MHz log", "power_w <= 3 mW", "min power_w", "min area_um2",
)  # fmt: skip
AMPLIFIER_PREFERENCES = [0.8, 0.2]
"""The human design lies at the end of the front where power is least."""
HUMAN_W, HUMAN_UM2, HUMAN_HZ = 1.3694e-3, 211.2, 90.107e6
TOLERANCE = 1e-4


def osy_study(method, seed, iterations=ITERATIONS, **options):
    """A finished study of the widened box and its processor seconds per iteration."""
    problem = Osy(is_widened=True)
    study = Study.open(":memory:", "osy", problem, method, seed=seed, batch=options.pop("batch", 1), options=options)
    starts = draw_feasible(problem, study.goals, STARTS, np.random.default_rng([seed, 77]), space=Osy().space)
    study.add(starts, source="feasible designs of the original box")
    started = time.process_time()
    study.run(trials=STARTS + iterations, pool="inline")
    return study, (time.process_time() - started) / iterations


def volume_and_least(study, first=None):
    """Hypervolume and least first objective of the feasible trials among the `first`."""
    points = np.array([t.objectives for t in study.table()[:first] if t.is_feasible])
    return hypervolume(points, REFERENCE), float(points[:, 0].min())


def osy_row(name, method, seeds, **options):
    rows = [osy_study(method, seed, **options) for seed in seeds]
    cells = []
    for first in (STARTS + 50, None):
        found = np.array([volume_and_least(study, first) for study, _ in rows])
        least = ", ".join(f"{value:.1f}" for value in found[:, 1])
        volumes = ", ".join(f"{value:.0f}" for value in found[:, 0])
        cells.append(f"volume {np.median(found[:, 0]):8.0f} ({volumes})  f1 {least}")
    seconds = np.median([one for _, one in rows])
    print(f"{name:22} at {STARTS + 50}: {cells[0]}\n{'':22} at the end: {cells[1]}  {seconds:.3f} s CPU", flush=True)
    return [volume_and_least(study) for study, _ in rows], seconds


def osy(seeds=range(5)):
    print(f"widened OSY, {STARTS} feasible starts, {ITERATIONS} iterations, seeds {list(seeds)}: hypervolume, best f1")
    osy_row("random", "random", seeds)
    osy_row("nsga2, population 20", "nsga2", seeds, population=20, batch=20)
    towards_first, seconds = osy_row("pac_moo (.8, .2)", "pac_moo", seeds, preferences=[0.8, 0.2])
    towards_second, _ = osy_row("pac_moo (.2, .8)", "pac_moo", seeds, preferences=[0.2, 0.8])
    share = min(volume for volume, _ in towards_first) / NSGA2_VOLUME
    better = sum(one[1] < other[1] for one, other in zip(towards_first, towards_second, strict=True))
    print(
        f"least share of {NSGA2_VOLUME:.0f}: {share:.3f}, wanted 0.9; f1 better with (.8, .2): {better} of {len(seeds)}"
    )
    print(f"per iteration {seconds:.3f} s of one core, wanted 1")


def peer(seeds=range(2)):
    osy_row("qlognehvi", "qlognehvi", seeds, startup=STARTS, reference=REFERENCE)


def amplifier_study(method, seed, trials, **options):
    problem = ThreeStageTIA()
    return Study.open(":memory:", "tia", problem, method, AMPLIFIER_GOALS, seed=seed, options=options, batch=1), trials


def beats_human(trial):
    metrics = trial.metrics
    no_worse = metrics["power_w"] <= HUMAN_W and metrics["area_um2"] <= HUMAN_UM2
    return trial.is_feasible and no_worse and metrics["f3db_hz"] >= HUMAN_HZ * (1 - TOLERANCE)


def amplifier(seeds=range(3), starts=24, after=200):
    print(f"three-stage amplifier, {starts} feasible designs by the first stage, {after} evaluations after them")
    for seed in seeds:
        study, _ = amplifier_study("pac_moo", seed, 0, starts=starts, preferences=AMPLIFIER_PREFERENCES)
        started, total = time.process_time(), 0
        while sum(t.is_feasible for t in study.table()) < starts and total < 600:
            total += 10
            study.run(trials=total, pool="inline")
        numbers = [t.number for t in study.table() if t.is_feasible]
        if len(numbers) < starts:
            print(f"seed {seed}: {len(numbers)} feasible designs among {total}", flush=True)
            continue
        study.run(trials=numbers[starts - 1] + 1 + after, pool="inline")
        table = study.table()
        winners = [t for t in table if beats_human(t)]
        seconds = (time.process_time() - started) / len(table)
        print(
            f"seed {seed}: first feasible {numbers[0] + 1}, {starts} feasible after {numbers[starts - 1] + 1}; human "
            f"dominated by {len(winners)}, first at {winners[0].number + 1 if winners else None}; "
            f"least power {min(t.metrics['power_w'] for t in table if t.is_feasible) * 1e3:.4f} mW, "
            f"least area {min(t.metrics['area_um2'] for t in table if t.is_feasible):.1f} um2; {seconds:.2f} s each",
            flush=True,
        )
    problem = ThreeStageTIA()
    goals = Goals.read(AMPLIFIER_GOALS, problem.metrics)
    firsts = []
    for seed in range(11):
        rng = np.random.default_rng(seed)
        designs = problem.space.decode_many(rng.random((20_000, problem.space.horizon)))
        outcomes = problem.evaluate(designs, rng=rng)
        met = [i for i, one in enumerate(outcomes) if isinstance(one, dict) and goals.violation(one) == 0.0]
        firsts.append(met[0] + 1 if met else len(designs))
    print(f"random search: first feasible after {int(np.median(firsts))} (median of {len(firsts)}: {sorted(firsts)})")


def converter(seeds=range(3), starts=24, after=100):
    problem = SwitchedCapacitorConverter()
    n = len(Goals(problem.goals).targets)
    leaning = [0.85, *[0.15 / (n - 1)] * (n - 1)]
    print(f"four switched-capacitor outputs, {starts} feasible designs first, {after} evaluations after them")
    for seed in seeds:
        found = []
        for preferences in (leaning, [1.0] * n):
            options = {"preferences": preferences, "starts": starts}
            study = Study.open(":memory:", "sc", problem, "pac_moo", seed=seed, options=options, batch=1)
            designs = draw_feasible(problem, study.goals, starts, np.random.default_rng([seed, 78]))
            study.add(designs, source="feasible starts")
            started = time.process_time()
            study.run(trials=starts + after, pool="inline")
            best = max(t.metrics["efficiency"] for t in study.table() if t.is_feasible)
            first = max(t.metrics["efficiency"] for t in study.table()[:starts])
            found.append((best, first, (time.process_time() - started) / after))
        (leant, begun, seconds), (even, _, _) = found
        print(f"seed {seed}: efficiency {begun:.4f} at first, {leant:.4f} with 85 %, {even:.4f} even; "
              f"{'kept' if leant >= even else 'missed'}; {seconds:.2f} s each", flush=True)  # fmt: skip


def main():
    print(platform.platform(), "cores", os.cpu_count(), "python", platform.python_version(), "numpy", np.__version__)
    parts = {"osy": osy, "peer": peer, "amplifier": amplifier, "converter": converter}
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
