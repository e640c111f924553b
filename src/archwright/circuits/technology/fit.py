"""Fit the EKV model of every technology node to its BSIM4 card, as ngspice simulates it.

    python -m archwright.circuits.technology.fit            # prints currents, fitted residuals and seconds
    python -m archwright.circuits.technology.fit --write    # and replaces fits.json

Six lengths from the least to ten times it are swept over gate, drain and bulk, all voltages in shares of the supply.
Current, gm and gds are fitted together, relative each, by least squares with a soft loss; the gate's capacitances and
the thermal noise then follow by linear least squares. The overlap is no fit: BSIM4 adds its fringe to the card's
(BSIM4 manual, equation 7.38). Widths need none, for the cards leave narrow-width effects out.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from archwright.circuits.devices import OXIDE_PERMITTIVITY_F_PER_M
from archwright.circuits.ngspice.worker import NgspiceWorker
from archwright.circuits.technology.ekv import EkvModel, ekv_charges, ekv_sizes, ekv_state
from archwright.circuits.technology.nodes import NODES, technology

Floats = np.ndarray[Any, np.dtype[np.float64]]
Polarity = Literal["n", "p"]

LENGTHS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Lengths of the swept devices, in least lengths; all are ten least lengths wide."""
BULKS = (0.0, -0.25, -0.5)
"""Bulk voltages in supplies."""
STEPS = 20
"""Steps of the gate's and of the drain's voltage from zero to the supply."""
STRONG_A = 1e-6
"""Where the current times L/W is above this, a channel counts as moderately or strongly inverted."""
KELVIN, BOLTZMANN = 300.15, 1.38064852e-23
_IMAGINARY = 1e-20
_BOUNDS: dict[str, tuple[float, float, float]] = {
    "threshold_v": (1.0, 0.05, 1.0),
    "gain_a_per_v2": (1e-4, 0.01, 100.0),
    "body_effect_sqrt_v": (1.0, 0.05, 1.0),
    "surface_potential_v": (1.0, 0.4, 1.5),
    "slope_factor": (1.0, 1.0, 2.0),
    "reduction_per_v": (1.0, 0.0, 8.0),
    "reduction_m_per_v": (1e-8, 0.0, 100.0),
    "reduction_limit_per_v": (1.0, 0.0, 10.0),
    "critical_field_v_per_m": (1e6, 0.3, 1000.0),
    "saturation_v": (1.0, 0.001, 0.3),
    "modulation": (1.0, 1e-4, 3.0),
    "modulation_v": (1.0, 0.01, 5.0),
    "modulation_power": (1.0, 0.0, 3.0),
    "drain_barrier": (1.0, 0.0, 0.5),
    "long_drain_barrier": (1.0, 0.0, 0.2),
    "roll_off_v": (1.0, -0.2, 0.5),
    "roll_off_m": (1e-7, 0.02, 20.0),
    "body_loss": (1.0, 0.0, 0.9),
    "short_channel_m": (1e-7, 0.02, 20.0),
}
"""What is fitted to the currents: scale, and bounds in that scale."""


class Curves(NamedTuple):
    """A card as ngspice simulates it, as of an n device: magnitudes over (length, bulk, gate, drain).

    Args:
        width_m: of all; length_m: (n_lengths,); bulk_v: (n_bulks,); gate_v, drain_v: (n,) rising from 0.
        quantities: id, gm, gds (A, S), cgs, cgd, cgb (F, without overlaps).
        noise: rows of (length_m, gate_v, drain_v, channel noise over 4kT).
    """

    width_m: float
    length_m: Floats
    bulk_v: Floats
    gate_v: Floats
    drain_v: Floats
    quantities: Mapping[str, Floats]
    noise: Floats


class Residuals(NamedTuple):
    """Root mean square relative errors in moderate and strong inversion; gds where saturated."""

    current: float
    gm: float
    gds: float
    short_current: float
    capacitance: float
    noise: float


def reference_curves(ngspice: NgspiceWorker, model: EkvModel, supply_v: float) -> Curves:
    """Sweep the BSIM4 card of a model.

    Args:
        ngspice: a worker.
        model: with a card.
        supply_v: scales all voltages.
    """
    lengths, width = model.least_length_m * np.array(LENGTHS), 10.0 * model.least_length_m
    volts, bulks = np.linspace(0.0, supply_v, STEPS + 1), supply_v * np.array(BULKS)
    names = ("id", "gm", "gds", "cgs", "cgd", "cgb")
    saved = [f"@m{k}[{name}]" for k in range(len(lengths)) for name in names]
    ngspice.load("\n".join([*_deck(model, width, lengths), f".save {' '.join(saved)}", ""]))
    found = {name: np.zeros((len(lengths), len(bulks), STEPS + 1, STEPS + 1)) for name in names}
    ends = f"0 {model.sign * supply_v * (1 + 1e-9)} {model.sign * supply_v / STEPS}"
    for at, bulk in enumerate(bulks.tolist()):
        ngspice.alter({"vb": model.sign * bulk})
        swept = ngspice.run(f"dc vd {ends} vg {ends}", saved)
        for k in range(len(lengths)):
            for name in names:
                found[name][k, at] = np.abs(swept[f"@m{k}[{name}]"].reshape(STEPS + 1, STEPS + 1))
    noise = [_noise(ngspice, model, width, length, supply_v) for length in lengths[:4].tolist()]
    return Curves(width, lengths, bulks, volts, volts, found, np.concatenate(noise))


def _deck(model: EkvModel, width: float, lengths: Floats) -> list[str]:
    card = " ".join(f"{key}={number!r}" for key, number in model.card)
    devices = [f"m{k} d g 0 b card w={width!r} l={length!r}" for k, length in enumerate(lengths.tolist())]
    return [
        "* curves",
        f".model card {model.polarity}mos level=14 {card}",
        "vd d 0 0",
        "vg g 0 0 ac 1",
        "vb b 0 0",
        *devices,
    ]


def _noise(ngspice: NgspiceWorker, model: EkvModel, width: float, length: float, supply_v: float) -> Floats:
    """Channel noise at some saturated biases: the drain's current, seen through a source that it controls."""
    ngspice.load("\n".join([*_deck(model, width, np.array([length])), "hout out 0 vd 1", ""]))
    rows = []
    for gate, drain in ((0.5, 0.5), (0.6, 0.7), (0.7, 0.6), (0.8, 0.9), (1.0, 1.0)):
        ngspice.alter({"vg": model.sign * gate * supply_v, "vd": model.sign * drain * supply_v})
        density = ngspice.noise("out", "vg", np.array([1e6]))["output_v2_per_hz"][0]
        rows.append([length, gate * supply_v, drain * supply_v, density / (4.0 * BOLTZMANN * KELVIN)])
    return np.array(rows)


def modelled(model: EkvModel, curves: Curves) -> dict[str, Floats]:
    """The quantities of `curves` as the EKV model has them; `model` as of an n device."""
    sizes = ekv_sizes(model, curves.width_m, curves.length_m[:, None, None, None])
    gate, drain = curves.gate_v[:, None], curves.drain_v
    bulk = curves.bulk_v[:, None, None]
    by_gate = ekv_state(model, sizes, gate + _IMAGINARY * 1j, drain, bulk)
    by_drain = ekv_state(model, sizes, gate, drain + _IMAGINARY * 1j, bulk).current_a.imag / _IMAGINARY
    state = ekv_state(model, sizes, gate, drain, bulk)
    oxide = model.oxide_f_per_m2 * curves.width_m * (curves.length_m - model.lost_length_m)[:, None, None, None]
    shares = [oxide * share for share in ekv_charges(model, sizes, state, drain)]
    named = dict(zip(("cgs", "cgd", "cgb"), shares, strict=True))
    return {"id": state.current_a, "gm": by_gate.current_a.imag / _IMAGINARY, "gds": by_drain} | named


def fit_model(model: EkvModel, curves: Curves) -> EkvModel:
    """The EKV model fitted to `curves`, starting from `model`."""
    from scipy.optimize import least_squares

    lost = 2.0 * dict(model.card)["lint"]
    start = replace(model, polarity="n", threshold_v=abs(model.threshold_v), lost_length_m=lost)
    names = list(_BOUNDS)
    scale, low, high = np.array(list(_BOUNDS.values())).T
    first = np.clip([getattr(start, name) for name in names] / scale, low + 1e-6, high - 1e-6)

    def errors(x: Floats) -> Floats:
        return _errors(replace(start, **dict(zip(names, (x * scale).tolist(), strict=True))), curves)

    found = least_squares(
        errors, first, bounds=(low, high), loss="soft_l1", f_scale=0.3, x_scale=np.maximum(np.abs(first), 0.05),
        max_nfev=80,
    )  # fmt: skip
    currents = replace(start, **dict(zip(names, (found.x * scale).tolist(), strict=True)))
    fitted = _with_noise(_with_charges(currents, curves), curves)
    rounded: dict[str, Any] = {
        name: float(f"{number:.5g}") for name, number in asdict(fitted).items() if isinstance(number, float)
    }
    sign = model.sign
    return replace(fitted, **rounded | {"threshold_v": sign * rounded["threshold_v"]}, polarity=model.polarity)


def _errors(model: EkvModel, curves: Curves) -> Floats:
    """Relative errors of current, gm and gds, and of the current's logarithm, with their weights."""
    inner = (..., slice(1, None), slice(1, None))
    found = modelled(model, curves)
    floor = 0.1 * STRONG_A * (curves.width_m / curves.length_m)[:, None, None, None]
    id_, gm, gds = (curves.quantities[name][inner] for name in ("id", "gm", "gds"))
    current = 3.0 * (found["id"][inner] - id_) / (id_ + floor)
    by_gate = 2.0 * (found["gm"][inner] - gm) / (gm + 10.0 * floor)
    by_drain = (found["gds"][inner] - gds) / (gds + 0.01 * gm + floor)
    weak = 0.05 * np.log((found["id"][inner] + 1e-13) / (id_ + 1e-13))
    return np.concatenate([error.ravel() for error in (current, by_gate, by_drain, weak)])


def _with_charges(model: EkvModel, curves: Curves) -> EkvModel:
    """Oxide capacitance and early saturation from the channel's part, then the bulk's share of the rest."""
    from scipy.optimize import least_squares

    strong, oxide = _is_strong(curves), dict(model.card)["toxe"] / OXIDE_PERMITTIVITY_F_PER_M
    scale = oxide / (curves.width_m * curves.length_m)[:, None, None, None]

    def errors(x: Floats) -> Floats:
        found = modelled(replace(model, oxide_f_per_m2=x[0] / oxide, charge_m=x[1] * 1e-7), curves)
        return np.concatenate([((found[q] - curves.quantities[q]) * scale)[strong] for q in ("cgs", "cgd")])

    share, stretch = least_squares(errors, [0.9, 0.5], bounds=([0.3, 0.0], [4.0, 10.0])).x.tolist()
    model = replace(model, oxide_f_per_m2=share / oxide, charge_m=stretch * 1e-7, overlap_f_per_m=_overlap(model))
    ours, theirs = modelled(replace(model, bulk_share=0.5), curves)["cgb"][strong], curves.quantities["cgb"][strong]
    return replace(model, bulk_share=min(0.5 * float(theirs @ ours / (ours @ ours)), 0.9))


def _overlap(model: EkvModel) -> float:
    """Overlap of the card with BSIM4's fringe, 2 eps/pi ln(1 + 0.4 um / toxe)."""
    card = dict(model.card)
    return card["cgso"] + 2.0 * OXIDE_PERMITTIVITY_F_PER_M / math.pi * math.log(1.0 + 0.4e-6 / card["toxe"])


def _with_noise(model: EkvModel, curves: Curves) -> EkvModel:
    gm, gds, wanted = _noise_terms(model, curves)
    return replace(model, thermal_noise_factor=float(((wanted - gds) / gm).mean()))


def _noise_terms(model: EkvModel, curves: Curves) -> tuple[Floats, Floats, Floats]:
    length, gate, drain, wanted = curves.noise.T
    sizes = ekv_sizes(model, curves.width_m, length)
    gm = ekv_state(model, sizes, gate + _IMAGINARY * 1j, drain, 0.0).current_a.imag / _IMAGINARY
    gds = ekv_state(model, sizes, gate, drain + _IMAGINARY * 1j, 0.0).current_a.imag / _IMAGINARY
    return gm, gds, wanted


def _is_strong(curves: Curves) -> np.ndarray[Any, np.dtype[np.bool_]]:
    limit = STRONG_A * (curves.width_m / curves.length_m)[:, None, None, None]
    strong: np.ndarray[Any, np.dtype[np.bool_]] = curves.quantities["id"] > limit
    return strong


def residuals(model: EkvModel, curves: Curves) -> Residuals:
    """How far the model is from its card."""
    model = replace(model, polarity="n", threshold_v=abs(model.threshold_v))
    found, wanted, strong = modelled(model, curves), curves.quantities, _is_strong(curves)
    saturated = strong & (wanted["gm"] > 4.0 * wanted["gds"])
    short = strong & (np.arange(len(LENGTHS)) == 0)[:, None, None, None]
    ours, theirs = (np.sum([table[part] for part in ("cgs", "cgd", "cgb")], axis=0) for table in (found, wanted))
    gm, gds, noise = _noise_terms(model, curves)
    return Residuals(
        _rms(found["id"][strong] / wanted["id"][strong]),
        _rms(found["gm"][strong] / wanted["gm"][strong]),
        _rms(found["gds"][saturated] / wanted["gds"][saturated]),
        _rms(found["id"][short] / wanted["id"][short]),
        _rms(ours[strong] / theirs[strong]),
        _rms(np.sqrt((model.thermal_noise_factor * gm + gds) / noise)),
    )


def _rms(ratio: Floats) -> float:
    return float(np.sqrt(np.mean((ratio - 1.0) ** 2)))


def fit_node(ngspice: NgspiceWorker, node: str, polarity: Polarity) -> tuple[EkvModel, Curves]:
    """The model of one node and polarity fitted anew, and the curves it was fitted to."""
    found = technology(node)
    model = found.nmos if polarity == "n" else found.pmos
    curves = reference_curves(ngspice, model, found.supply_v)
    return fit_model(model, curves), curves


def fitted_numbers(model: EkvModel) -> dict[str, float]:
    """What `fits.json` holds of a model."""
    names = [
        *_BOUNDS,
        "lost_length_m",
        "oxide_f_per_m2",
        "charge_m",
        "overlap_f_per_m",
        "bulk_share",
        "thermal_noise_factor",
    ]
    return {name: float(getattr(model, name)) for name in names}


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit all nodes and print how well it went."""
    parser = argparse.ArgumentParser(description="Fit the EKV model of every technology node to its BSIM4 card.")
    parser.add_argument("--write", action="store_true", help="replace fits.json")
    options = parser.parse_args(arguments)
    print("            Ion uA/um  Ioff nA/um | rms error of  id    gm   gds  id at least L  gate C  noise |   s")
    fits: dict[str, dict[str, dict[str, float]]] = {}
    with NgspiceWorker() as ngspice:
        for node in NODES:
            fits[node] = {}
            for polarity in ("n", "p"):
                start = time.perf_counter()
                model, curves = fit_node(ngspice, node, "n" if polarity == "n" else "p")
                fits[node][polarity] = fitted_numbers(model)
                per_um = 1e-6 / curves.width_m * curves.quantities["id"][0, 0]
                left = "  ".join(f"{100 * error:4.1f}" for error in residuals(model, curves))
                taken = time.perf_counter() - start
                on_ua, off_na = per_um[-1, -1] * 1e6, per_um[0, -1] * 1e9
                print(f"{node:>6} {polarity}: {on_ua:10.0f} {off_na:10.3f}    {left} % {taken:6.1f}")
    if options.write:
        text = json.dumps(fits, indent=1) + "\n"
        Path(__file__).with_name("fits.json").write_text(text)


if __name__ == "__main__":
    main()
