"""A netlist and a design as the text of an ngspice deck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from archwright.circuits.devices import (
    OXIDE_PERMITTIVITY_F_PER_M,
    Capacitor,
    CurrentSource,
    Device,
    Level1Model,
    Mosfet,
    Resistor,
    Value,
    VoltageSource,
)
from archwright.circuits.netlist import Netlist
from archwright.circuits.technology.ekv import EkvModel, MosfetModel
from archwright.circuits.waveforms import Pulse, Waveform
from archwright.core.errors import SpecError

TOLERANCES = ".options reltol=1e-06 vntol=1e-09 abstol=1e-15"


class DeviceLibrary(Protocol):
    """Transistors of another origin, which take the place of the netlist's own."""

    def place(self, device: Mosfet, polarity: str, sizes: Mapping[str, float]) -> tuple[str, dict[str, float]]:
        """Model and instance parameters of a resolved transistor of polarity `n` or `p`."""
        ...

    def lines(self, placed: Sequence[tuple[str, float, float]]) -> list[str]:
        """Lines that bring the models of all transistors, (model, width, length) each."""
        ...


def to_spice(netlist: Netlist, design: Mapping[str, float], library: DeviceLibrary | None = None) -> str:
    """The deck of `design`: title, tolerances, model cards and element lines, without analyses and without `.end`.

    Channel-length modulation depends on length in our level-1 models and is a number in SPICE's, so each distinct
    length expression gets a card of its own (`card_names`). An EKV model is printed as the BSIM4 card that it stands
    for. The diffusion rule of the model (HSPICE's ACM=3) is written
    out as AD, AS, PD and PS. Element lines stand in netlist order with unchanged names. Tolerances are set so that
    voltages are exact to nanovolts; SPICE's own stop at microvolts.

    Args:
        netlist: the circuit.
        design: a value per parameter, in the parameter's unit.
        library: transistors to print instead of the netlist's own; diffusions stay as the netlist has them.

    Returns:
        Lines joined and ended by newlines; numbers keep all their digits.

    Raises:
        SpecError: a parameter is missing or unknown, or an EKV model has no BSIM4 card.

    Example:
        >>> from archwright.circuits.devices import Resistor
        >>> print(to_spice(Netlist("one resistor", ("0", "a"), (Resistor("r1", "a", "0", 1e3),)), {}), end="")
        * one resistor
        .options reltol=1e-06 vntol=1e-09 abstol=1e-15
        r1 a 0 1000.0
    """
    devices = netlist.resolved(design)
    models = {model.name: model for model in netlist.models}
    if library is not None:
        return _foreign_deck(netlist.name, devices, models, library)
    cards = card_names(netlist)
    lines = [f"* {netlist.name}", TOLERANCES]
    printed = set()
    for device in devices:
        if isinstance(device, Mosfet) and cards[device.name] not in printed:
            printed.add(cards[device.name])
            lines.append(_model_card(cards[device.name], models[device.model], float(device.length_m)))
    lines += [_element_line(device, models, cards) for device in devices]
    return "\n".join(lines) + "\n"


def _foreign_deck(
    title: str, devices: Sequence[Device], models: Mapping[str, MosfetModel], library: DeviceLibrary
) -> str:
    placed, lines = [], []
    for device in devices:
        if not isinstance(device, Mosfet):
            lines.append(_element_line(device, models, {}))
            continue
        model = models[device.model]
        name, sizes = library.place(device, model.polarity, mosfet_sizes(device, model))
        placed.append((name, sizes["w"], sizes["l"]))
        lines.append(_mosfet_line(device, name, sizes))
    return "\n".join([f"* {title}", TOLERANCES, *library.lines(placed), *lines]) + "\n"


def card_names(netlist: Netlist) -> dict[str, str]:
    """Name of the model card of each MOSFET: its model's, numbered by distinct length expression.

    The mapping does not depend on the design, so that a loaded deck can be altered in place.
    """
    numbers: dict[tuple[str, Value], str] = {}
    cards = {}
    for device in netlist.devices:
        if isinstance(device, Mosfet):
            key = (device.model, device.length_m)
            taken = sum(model == device.model for model, _ in numbers)
            cards[device.name] = numbers.setdefault(key, f"{device.model}_{taken + 1}")
    return cards


def mosfet_sizes(device: Mosfet, model: MosfetModel) -> dict[str, float]:
    """The instance parameters of a resolved MOSFET as ngspice names them, in SI units."""
    area_m2, perimeter_m = model.diffusion(float(device.width_m))
    sizes = {"w": float(device.width_m), "l": float(device.length_m), "m": float(device.multiplier)}
    return sizes | {"ad": area_m2, "as": area_m2, "pd": perimeter_m, "ps": perimeter_m}


def _model_card(name: str, model: MosfetModel, length_m: float) -> str:
    if isinstance(model, EkvModel):
        return _bsim4_card(name, model)
    return _level1_card(name, model, length_m)


def _bsim4_card(name: str, model: EkvModel) -> str:
    """The card that the model stands for: ngspice has no EKV model."""
    if not model.card:
        raise SpecError(f"model {model.name!r}, card", (), "BSIM4 parameters: ngspice has no EKV model of its own")
    listed = " ".join(f"{key}={number!r}" for key, number in model.card)
    return f".model {name} {model.polarity}mos level=14 {listed}"


def _level1_card(name: str, model: Level1Model, length_m: float) -> str:
    numbers = {
        "vto": model.threshold_v,
        "kp": model.gain_a_per_v2,
        "gamma": model.body_effect_sqrt_v,
        "phi": model.surface_potential_v,
        "lambda": model.modulation_per_v(length_m),
        "cgso": model.overlap_f_per_m,
        "cgdo": model.overlap_f_per_m,
        "cj": model.junction_f_per_m2,
        "cjsw": model.sidewall_f_per_m,
        "pb": model.junction_potential_v,
        "mj": model.junction_grading,
        "mjsw": model.sidewall_grading,
        "fc": model.forward_coefficient,
        "is": model.saturation_a,
    }
    if model.oxide_f_per_m2 > 0:
        numbers["tox"] = OXIDE_PERMITTIVITY_F_PER_M / model.oxide_f_per_m2
    listed = " ".join(f"{key}={float(number)!r}" for key, number in numbers.items())
    return f".model {name} {model.polarity}mos level=1 {listed}"


def _element_line(device: Device, models: Mapping[str, MosfetModel], cards: Mapping[str, str]) -> str:
    head = f"{device.name} {' '.join(device.nets)}"
    match device:
        case Mosfet():
            return _mosfet_line(device, cards[device.name], mosfet_sizes(device, models[device.model]))
        case Resistor():
            return f"{head} {device.resistance_ohm!r}"
        case Capacitor():
            return f"{head} {device.capacitance_f!r}"
        case VoltageSource():
            return f"{head} dc {device.dc_v!r} ac {device.ac_v!r}{_waveform(device.waveform)}"
        case CurrentSource():
            return f"{head} dc {device.dc_a!r} ac {device.ac_a!r}{_waveform(device.waveform)}"


def _mosfet_line(device: Mosfet, card: str, sizes: Mapping[str, float]) -> str:
    return f"{device.name} {' '.join(device.nets)} {card} " + " ".join(f"{k}={v!r}" for k, v in sizes.items())


def _waveform(waveform: Waveform | None) -> str:
    if waveform is None:
        return ""
    if isinstance(waveform, Pulse):
        w = waveform
        numbers = [w.low, w.high, w.delay_s, w.rise_s, w.fall_s, w.width_s, *filter(None, [w.period_s])]
        return f" pulse({' '.join(repr(float(number)) for number in numbers)})"
    return f" pwl({' '.join(f'{float(time)!r} {float(value)!r}' for time, value in waveform.points)})"
