"""The EKV models against the BSIM4 cards that they stand for: fits, a whole amplifier at every node, and speed.

First the fit of each model (`archwright.circuits.technology.fit`, which this runs), then the two-stage transimpedance
amplifier: the same random sizings in the embedded simulator and in ngspice, and their errors; last the designs per
second. `--designs N` changes their number, `--nodes 180nm,65nm` the nodes, `--no-fits` skips the first part;
`--picture FILE` draws curves of both models instead.
"""

import argparse
import os
import platform
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import spearmanr

from archwright.circuits.mna.threads import n_cores
from archwright.circuits.ngspice.worker import NgspiceWorker
from archwright.circuits.technology.fit import main as fit
from archwright.circuits.technology.fit import modelled, reference_curves
from archwright.circuits.technology.nodes import NODES, technology
from archwright.circuits.two_stage_tia import TwoStageTIA
from archwright.core.space import decode_many

SEED, N_FAST, ROUNDS = 0, 8192, 7
GRID_HZ = np.geomspace(1e7, 1e12, 50)


def sized(problem, n, seed=SEED):
    return decode_many(problem.space, np.random.default_rng(seed).random((n, problem.space.horizon)))


def compared(node, n):
    """Metrics of both engines of the designs that both can measure: {metric: (n, 2)}."""
    problems = [TwoStageTIA(node=node, engine=engine) for engine in ("embedded", "ngspice")]
    designs = sized(problems[0], n)
    outcomes = [problem.evaluate(designs, rng=np.random.default_rng(0)) for problem in problems]
    for problem in problems:
        if hasattr(problem.bench.simulator, "close"):
            problem.bench.simulator.close()
    both = [pair for pair in zip(*outcomes, strict=True) if all(isinstance(one, dict) for one in pair)]
    names = ("gain_ohm", "f3db_hz", "power_w", "noise_a_rthz", "peaking_db", "fom")
    return {name: np.array([[one[name] for one in pair] for pair in both]) for name in names}


def amplifier(nodes, n):
    print(f"\ntwo-stage transimpedance amplifier, {n} random sizings per node: embedded EKV against ngspice with BSIM4")
    print(
        "        both  gain: median, 90 % (dB)  f3db: median, 90 % (%)  power (%)  noise (%)  rank correlation of fom"
    )
    for node in nodes:
        metrics = compared(node, n)
        gain = 20.0 * np.abs(np.log10(metrics["gain_ohm"][:, 0] / metrics["gain_ohm"][:, 1]))
        band, power, noise = (
            100.0 * np.abs(metrics[name][:, 0] / metrics[name][:, 1] - 1.0)
            for name in ("f3db_hz", "power_w", "noise_a_rthz")
        )
        rank = spearmanr(*metrics["fom"].T).statistic
        print(
            f"{node:>6} {len(gain):5}       {np.median(gain):6.2f} {np.quantile(gain, 0.9):6.2f}"
            f"             {np.median(band):6.1f} {np.quantile(band, 0.9):6.1f}"
            f"         {np.median(power):6.1f}     {np.median(noise):6.1f}        {rank:.3f}"
        )


def picture(path):
    """Curves of the shortest n devices: ngspice as lines, the fit as points."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 7.0), layout="constrained")
    axes = figure.subplots(2, 2)
    with NgspiceWorker() as ngspice:
        for column, node in zip(axes.T, ("180nm", "45nm"), strict=True):
            model = technology(node).nmos
            curves = reference_curves(ngspice, model, technology(node).supply_v)
            found, wanted = modelled(model, curves), curves.quantities
            for k in range(8, len(curves.gate_v), 4):
                scale = 1e-6 / curves.width_m * 1e6
                label = f"vgs {curves.gate_v[k]:.2f} V"
                (line,) = column[0].plot(curves.drain_v, scale * wanted["id"][0, 0, k], label=label)
                column[0].plot(curves.drain_v, scale * found["id"][0, 0, k], "o", ms=3, color=line.get_color())
                column[1].semilogy(curves.drain_v[1:], scale * wanted["gds"][0, 0, k, 1:], color=line.get_color())
                column[1].semilogy(
                    curves.drain_v[1:], scale * found["gds"][0, 0, k, 1:], "o", ms=3, color=line.get_color()
                )
            column[0].set(title=f"n device, {node}, shortest channel", ylabel="id (uA/um)")
            column[1].set(xlabel="vds (V)", ylabel="gds (uS/um)")
            column[0].legend(fontsize=8, loc="upper left")
    figure.savefig(path, metadata={"Date": None})


def speed():
    print("\nsix transistors: operating point, 50 frequencies, maximum and corner")
    problem = TwoStageTIA()
    values = problem.space.to_array(sized(problem, N_FAST))
    simulator = problem.bench.simulator
    rates, shares, processor = [], [], []
    for _ in range(ROUNDS + 1):
        start, cpu = time.perf_counter(), time.process_time()
        points = simulator.operate(values)
        middle = time.perf_counter()
        simulator.bandwidth(points, GRID_HZ, 3.0)
        end = time.perf_counter()
        rates.append(N_FAST / (end - start))
        shares.append((middle - start) / (end - start))
        processor.append((time.process_time() - cpu) / N_FAST * 1e6)
    rates, processor = rates[1:], processor[1:]
    print(
        f"{statistics.median(rates):,.0f} designs/s ({min(rates):,.0f} to {max(rates):,.0f}) on {n_cores()} cores;"
        f" {statistics.median(processor):.1f} us of processor each; {statistics.median(shares):.0%} operating point;"
        f" {points.is_converged.mean():.1%} converged"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--designs", type=int, default=500)
    parser.add_argument("--nodes", default=",".join(NODES))
    parser.add_argument("--no-fits", action="store_true")
    parser.add_argument("--picture", help="only draw curves of both models to this file")
    options = parser.parse_args()
    if options.picture:
        picture(options.picture)
        return
    print(f"{platform.machine()}, {n_cores()} cores, Python {platform.python_version()}, seed {SEED}")
    if not options.no_fits:
        fit([])
    amplifier([technology(node).name for node in options.nodes.split(",")], options.designs)
    speed()


if __name__ == "__main__":
    main()
