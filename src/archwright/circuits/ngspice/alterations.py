"""What to alter in a loaded deck to make it another design: no reload, for whole batches of designs at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from archwright.circuits.devices import Level1Model, Mosfet, Value, factors
from archwright.circuits.netlist import Netlist
from archwright.circuits.ngspice.spice_deck import card_names

Values = np.ndarray[Any, np.dtype[np.float64]]


class Alterations(NamedTuple):
    """New values of device and model parameters, one row per design.

    Args:
        devices: names as `NgspiceLibrary.alter` takes them.
        device_values: (n_designs, n_devices) in SI units.
        models: names as `NgspiceLibrary.alter_models` takes them.
        model_values: (n_designs, n_models) in SI units.
    """

    devices: tuple[str, ...]
    device_values: Values
    models: tuple[str, ...]
    model_values: Values

    def calls(self, row: int) -> list[tuple[Any, ...]]:
        """The calls of `NgspiceWorker.perform` that make the loaded circuit the design of `row`."""
        found: list[tuple[Any, ...]] = []
        if self.devices:
            found.append(("alter", dict(zip(self.devices, self.device_values[row].tolist(), strict=True))))
        if self.models:
            found.append(("alter_models", dict(zip(self.models, self.model_values[row].tolist(), strict=True))))
        return found


def alterations(netlist: Netlist, designs: Values) -> Alterations:
    """Everything in the deck of `netlist` that depends on the design, at the values of `designs`.

    The list is complete, never a difference to an earlier design: a design then gives the same numbers (but for the
    last two digits) whatever ran before it, also after a crash.

    Args:
        netlist: the circuit, loaded as `spice_deck.to_spice` prints it for any design.
        designs: (n_designs, n_parameters) in the units of the parameters.

    Example:
        >>> from archwright.circuits.devices import Resistor
        >>> from archwright.circuits.netlist import Parameter
        >>> from archwright.core.space import Real
        >>> parameters = (Parameter("r_kohm", Real(1.0, 9.0), 1e3),)
        >>> netlist = Netlist("one", ("0", "a"), (Resistor("r1", "a", "0", "2*r_kohm"),), (), parameters)
        >>> alterations(netlist, np.array([[1.0], [2.0]])).calls(1)
        [('alter', {'r1': 4000.0})]
    """
    units = np.array([parameter.unit_si for parameter in netlist.parameters])
    names = [parameter.name for parameter in netlist.parameters]
    columns = dict(zip(names, (np.asarray(designs, dtype=float) * units).T, strict=True))
    devices: dict[str, Values] = {}
    models: dict[str, Values] = {}
    cards = card_names(netlist)
    for device in netlist.devices:
        if isinstance(device, Mosfet):
            _alter_mosfet(device, netlist, columns, cards[device.name], devices, models)
        elif factors(getattr(device, device.values[0]))[1]:
            devices[device.name] = _value(getattr(device, device.values[0]), columns)
    n = len(designs)
    return Alterations(tuple(devices), _table(devices, n), tuple(models), _table(models, n))


def _alter_mosfet(
    device: Mosfet, netlist: Netlist, columns: dict[str, Values], card: str, devices: dict[str, Values],
    models: dict[str, Values],
) -> None:  # fmt: skip
    """Width sets the diffusions too; length sets lambda on the level-1 card that devices of this length share."""
    model = next(model for model in netlist.models if model.name == device.model)
    if factors(device.width_m)[1]:
        width_m = _value(device.width_m, columns)
        diffusions = np.array([model.diffusion(width) for width in width_m.tolist()]).reshape(-1, 2)
        area_m2, perimeter_m = diffusions.T
        sizes = {"w": width_m, "ad": area_m2, "as": area_m2, "pd": perimeter_m, "ps": perimeter_m}
        devices.update({f"@{device.name}[{key}]": values for key, values in sizes.items()})
    if factors(device.multiplier)[1]:
        devices[f"@{device.name}[m]"] = _value(device.multiplier, columns)
    if factors(device.length_m)[1]:
        length_m = _value(device.length_m, columns)
        devices[f"@{device.name}[l]"] = length_m
        if isinstance(model, Level1Model):
            models[f"@{card}[lambda]"] = model.lambda_per_v + model.lambda_m_per_v / length_m


def _value(value: Value, columns: dict[str, Values]) -> Values:
    number, names = factors(value)
    product: Values = number * np.prod([columns[name] for name in names], axis=0)
    return product


def _table(columns: dict[str, Values], n_rows: int) -> Values:
    return np.array(list(columns.values())).reshape(len(columns), n_rows).T
