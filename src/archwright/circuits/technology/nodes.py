"""Five technology nodes from 250 to 45 nm: supplies, least sizes, MOSFET models and the features a policy sees.

Each node has a BSIM4 card per polarity, our own from published typical values (`cards.toml`), which ngspice
runs, and an EKV model fitted to it (`fits.json`, written by `technology.fit`), which the embedded simulator
runs. All five are of one family: a policy that moves from one to another meets the same device, smaller. They are
predictive, not a foundry's: `kits` re-simulates a design with the devices of real ones.

Source of the features: H. Wang et al., GCN-RL Circuit Designer, DAC 2020, arXiv:2005.00406, section 3.3.
"""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from archwright.circuits.technology.ekv import EkvModel
from archwright.core.errors import check_name

NODES = ("250nm", "180nm", "130nm", "65nm", "45nm")
"""Names of the nodes, largest first."""
FEATURES = ("vsat_m_per_s", "vth0_v", "vfb_v", "u0_m2_per_v_s", "uc_m_per_v2")
"""Features of a transistor's model: saturation velocity, threshold, flat-band voltage, low-field mobility, and the
mobility's dependence on the bulk."""
INTRINSIC_PER_CM3 = 1.45e10
THERMAL_V = 300.15 * 1.38064852e-23 / 1.6021766208e-19


@dataclass(frozen=True)
class Technology:
    """One node.

    Args:
        name: `180nm` and the like.
        node_nm: its number.
        supply_v: nominal supply.
        least_length_m: shortest channel; least_width_m: narrowest.
        grid_m: step of all drawn sizes.
        temperature_c: of the models.
        nmos: the n model, `nch`; pmos: the p model, `pch`; both carry their BSIM4 card.
    """

    name: str
    node_nm: int
    supply_v: float
    least_length_m: float
    least_width_m: float
    grid_m: float
    temperature_c: float
    nmos: EkvModel
    pmos: EkvModel

    @property
    def models(self) -> tuple[EkvModel, EkvModel]:
        """Both models, as a `Netlist` takes them."""
        return (self.nmos, self.pmos)

    def features(self, polarity: Literal["n", "p"]) -> tuple[float, ...]:
        """The numbers named in `FEATURES`, of one polarity, from its BSIM4 card; voltages of a p device are negative.

        Example:
            >>> [float(f"{number:.3g}") for number in technology("180nm").features("n")]
            [85000.0, 0.4, -0.925, 0.035, 4.5e-11]
        """
        card = dict((self.nmos if polarity == "n" else self.pmos).card)
        surface_v = 0.4 + THERMAL_V * math.log(card["ndep"] / INTRINSIC_PER_CM3)
        sign = 1.0 if polarity == "n" else -1.0
        flat_v = card["vth0"] - sign * (surface_v + card["k1"] * math.sqrt(surface_v))
        return (card["vsat"], card["vth0"], flat_v, card["u0"], card["uc"])


@cache
def technology(name: str) -> Technology:
    """The node of that name.

    Raises:
        SpecError: there is no such node.

    Example:
        >>> technology("65nm").supply_v, technology("65nm").nmos.polarity
        (1.1, 'n')
    """
    check_name("node", name, NODES)
    facts: dict[str, Any] = _tables()[0]
    node = facts[name]
    scalars = {key: node[key] for key in ("node_nm", "supply_v", "least_length_m", "least_width_m", "grid_m")}
    return Technology(name, **scalars, temperature_c=27.0, nmos=_model(name, "n"), pmos=_model(name, "p"))


def bsim4_card(name: str, polarity: Literal["n", "p"]) -> tuple[tuple[str, float], ...]:
    """BSIM4 parameters of a node and polarity as ngspice names them, in order."""
    facts: dict[str, Any] = _tables()[0]
    return tuple((key, float(value)) for key, value in {**facts["shared"], **facts[name][polarity]}.items())


def _model(name: str, polarity: Literal["n", "p"]) -> EkvModel:
    """The fitted model; junctions, diffusions and least length are facts, not fitted."""
    facts, fits = _tables()
    card = bsim4_card(name, polarity)
    known = dict(card)
    return EkvModel(
        f"{polarity}ch",
        polarity,
        least_length_m=facts[name]["least_length_m"],
        junction_f_per_m2=known["cjs"],
        sidewall_f_per_m=known["cjsws"],
        junction_potential_v=known["pbs"],
        junction_grading=known["mjs"],
        sidewall_grading=known["mjsws"],
        diffusion_m=facts[name]["diffusion_m"],
        card=card,
        **fits[name][polarity],
    )


@cache
def _tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts and the fits, read once."""
    here = resources.files("archwright.circuits.technology")
    facts = tomllib.loads((here / "cards.toml").read_text())
    fits = json.loads((here / "fits.json").read_text())
    return facts, fits
