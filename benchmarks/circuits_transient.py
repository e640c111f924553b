"""Transient analysis: the embedded simulator against libngspice in this process, at equal accuracy, paired by rounds.

Both follow the same sizings of two circuits with level-1 models. Error is the largest distance of the output from a
reference that the embedded simulator makes with a tolerance of 1e-8; that both converge to it is the parity. Each row
of ngspice is paired with the loosest tolerance of ours that errs no more. ngspice runs `tran` on a loaded
deck and reads time and output alone; loading is timed apart. Every round times all rows, ratios are taken per round.
"""

import os
import platform
import statistics
import time
from dataclasses import replace

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np

from archwright.circuits.amplifiers import HUMAN, ThreeStageTIA
from archwright.circuits.devices import CurrentSource, Level1Model
from archwright.circuits.mna.simulator import Simulator
from archwright.circuits.mna.transient_circuit import compile_course
from archwright.circuits.mna.transient_state import Limits
from archwright.circuits.ngspice.library import find_library, open_library
from archwright.circuits.ngspice.spice_deck import TOLERANCES, to_spice
from archwright.circuits.ngspice.transient import command, options, sampled
from archwright.circuits.regulators import HUMAN as LDO_HUMAN
from archwright.circuits.regulators import LowDropoutRegulator
from archwright.circuits.waveforms import PiecewiseLinear
from archwright.core.errors import SimulatorFailed
from archwright.core.space import decode_many

SEED, ROUNDS, N_SLOW, N_FAST = 0, 5, 6, 256
N_MODELS = 120
N_LAST, REST_V = 50, 1e-4
"""Sizings that ring on to the end have a phase that any error shifts; at rest is what moves less at the end."""
SPICE = {
    "SPICE's own reltol=1e-3": ".options reltol=1e-3",
    "SPICE's own reltol=1e-4": ".options reltol=1e-4",
    "reltol=1e-4 trtol=1": options(Limits(1e-4, 1e-5, 0)),
    "reltol=1e-5 trtol=1": options(Limits(1e-5, 1e-6, 0)),
    "reltol=1e-6 trtol=1": options(Limits(1e-6, 1e-7, 0)),
}
OURS = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7]
PROCESS = {
    "body_effect_sqrt_v": 0.5, "surface_potential_v": 0.8, "lambda_m_per_v": 0.03e-6, "oxide_f_per_m2": 8.6e-3,
    "overlap_f_per_m": 0.3e-9, "junction_f_per_m2": 1e-3, "sidewall_f_per_m": 0.2e-9, "diffusion_m": 0.32e-6,
}  # fmt: skip
LEVEL_1 = (Level1Model("nch", "n", 0.42, 300e-6, **PROCESS), Level1Model("pch", "p", -0.42, 80e-6, **PROCESS))


def regulator():
    """The low-dropout regulator through four steps, 20 us; 200 samples per step."""
    problem = LowDropoutRegulator()
    return "regulator, 4 steps", replace(problem.netlist, models=LEVEL_1), LDO_HUMAN, "vreg", problem._times[1][::2]


def amplifier():
    """The three-stage amplifier, 17 transistors, after a step of 10 uA."""
    netlist, step = ThreeStageTIA().netlist, PiecewiseLinear(((0.0, 0.0), (1e-9, 0.0), (1.5e-9, 10e-6)))
    devices = [
        CurrentSource(d.name, *d.nets, ac_a=d.ac_a, waveform=step) if d.name == "iina" else d for d in netlist.devices
    ]
    return "amplifier, 1 step", replace(netlist, devices=tuple(devices)), HUMAN, "vouta", np.linspace(0.0, 40e-9, 201)


def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def shown(values, scale=1.0):
    scaled = [value * scale for value in values]
    return f"{statistics.median(scaled):9,.1f} ({min(scaled):,.1f} to {max(scaled):,.1f})"


def spice_run(netlist, names, designs, line, times_s, output):
    """A function that runs all designs, and their voltages."""
    ngspice, breaks_s = open_library(), compile_course(netlist, times_s[-1]).breaks_s
    decks = [to_spice(netlist, dict(zip(names, d, strict=True))).replace(TOLERANCES, line) for d in designs.tolist()]
    analysis, taken = command(times_s[-1]), {}

    def run_all():
        load_s, answers = 0.0, []
        for deck in decks:
            load_s += seconds(lambda deck=deck: ngspice.load(deck))
            answers.append(answer_of(ngspice, analysis, output))
        taken["load"] = load_s
        return answers

    answers = run_all()
    lost = sum(not answer for answer in answers)
    nothing = np.full(len(times_s), np.nan)
    found = np.array([sampled(one, [output], times_s, breaks_s)[0] if one else nothing for one in answers])

    def timed():
        whole_s = seconds(run_all)
        return (whole_s - taken["load"]) / len(decks), taken["load"] / len(decks)

    return timed, found, statistics.mean(len(answer["time"]) for answer in answers if answer), lost


def answer_of(ngspice, analysis, output):
    """Vectors, or nothing where ngspice gives up."""
    try:
        return ngspice.run(analysis, ["time", output])
    except SimulatorFailed:
        return {}


def compare(name, netlist, human, output, times_s):
    rng = np.random.default_rng(SEED)
    names = [parameter.name for parameter in netlist.parameters]
    middle = np.array([human[key] for key in names])
    spread = np.where([key == "vb_v" for key in names], 0.0, 0.1)
    simulator = Simulator(netlist, output, n_threads=1)
    designs = middle * np.exp(spread * rng.normal(size=(4 * N_FAST, len(names))))
    ends_v = simulator.transient(designs, times_s, [output], relative_tolerance=1e-6).voltage_v(output)[:, -N_LAST:]
    designs = designs[np.ptp(ends_v, axis=1) < REST_V][:N_FAST]

    def follow(relative, rows):
        limits = {"relative_tolerance": relative, "absolute_tolerance_v": 0.1 * relative}
        return simulator.transient(designs[:rows], times_s, [output], **limits, max_steps=1_000_000)

    exact = follow(1e-8, N_SLOW).voltage_v(output)
    swing = np.ptp(exact, axis=1).max()
    print(f"\n{name}: {N_SLOW} sizings in ngspice, {N_FAST} in ours; output swings by {1e3 * swing:.3g} mV")
    ours = {}
    for relative in OURS:
        found = follow(relative, N_SLOW)
        error_v = np.abs(found.voltage_v(output) - exact).max()
        ours[relative] = (error_v, statistics.mean(found.n_steps.tolist()))
        print(f"  ours {relative:8.0e}  error {1e3 * error_v:8.3f} mV  {ours[relative][1]:7,.0f} steps tried")
    rows = {key: spice_run(netlist, names, designs[:N_SLOW], line, times_s, output) for key, line in SPICE.items()}
    matches = {}
    for key, (_, found, n_steps, lost) in rows.items():
        error_v = np.nanmax(np.abs(found - exact))
        matches[key] = next((relative for relative in OURS if ours[relative][0] <= error_v), OURS[-1])
        print(
            f"  {key:26} error {1e3 * error_v:8.3f} mV  {n_steps:7,.0f} points, {lost} lost; ours: {matches[key]:.0e}"
        )
    rounds = [measured(follow, rows, matches) for _ in range(ROUNDS)]
    print(f"  {'':26} {'ngspice tran, us':>26} {'load, us':>20} {'ours, us':>24} {'ratio (tran only)':>26}")
    for key in rows:
        spice, load, own = zip(*(one[key] for one in rounds), strict=True)
        ratios = [one / other for one, other in zip(spice, own, strict=True)]
        print(f"  {key:26} {shown(spice, 1e6):>26} {shown(load, 1e6):>20} {shown(own, 1e6):>24} {shown(ratios):>26}")


def measured(follow, rows, matches):
    """Per design, in one round: seconds of ngspice, of loading, of ours."""
    own = {relative: seconds(lambda r=relative: follow(r, N_FAST)) / N_FAST for relative in set(matches.values())}
    return {key: (*timed(), own[matches[key]]) for key, (timed, *_) in rows.items()}


def regulators_in_both_engines():
    """The regulator of the catalogue: fitted models in the embedded engine, BSIM4 cards in ngspice."""
    from scipy.stats import spearmanr

    ours, spice = LowDropoutRegulator(), LowDropoutRegulator(engine="ngspice")
    keys = np.random.default_rng(SEED).random((N_MODELS, ours.space.horizon))
    designs = decode_many(ours.space, keys)
    ours.evaluate(designs[:8], rng=np.random.default_rng(0))
    own_s = seconds(lambda: ours.evaluate(designs, rng=np.random.default_rng(0))) / len(designs)
    pairs = list(zip(*(one.evaluate(designs, rng=np.random.default_rng(0)) for one in (ours, spice)), strict=True))
    done = [pair for pair in pairs if all(isinstance(one, dict) for one in pair)]
    alike = sum(type(one) is type(other) for one, other in pairs)
    print(
        f"\nregulator, {N_MODELS} random sizings, EKV beside BSIM4: {alike} outcomes alike, {len(done)} settle in both"
    )
    print(f"embedded: {1e6 * own_s:,.0f} us of processor time per sizing, all metrics")
    for name in ours.metrics:
        one, other = (np.array([pair[k][name] for pair in done]) for k in (0, 1))
        apart = np.median(np.abs(one - other) / np.maximum(np.abs(other), 1e-12))
        print(f"  {name:24} rank correlation {spearmanr(one, other)[0]:6.3f}   median distance {100 * apart:5.1f} %")


def main():
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, ", end="")
    print(f"numba {numba.__version__}, seed {SEED}, {ROUNDS} alternating rounds: median (least to largest), one core")
    if find_library() is None:
        print("skipped: libngspice is not installed")
        return
    for circuit in (regulator, amplifier):
        compare(*circuit())
    regulators_in_both_engines()


if __name__ == "__main__":
    main()
