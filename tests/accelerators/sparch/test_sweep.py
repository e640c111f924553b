import pytest

from archwright.accelerators.sparch.families import stand_in
from archwright.accelerators.sparch.machine import Machine
from archwright.accelerators.sparch.simulation import simulate
from archwright.accelerators.sparch.sweep import Sweep

MACHINES = [
    Machine(),
    Machine(merger_width=4, n_multipliers=32),
    Machine(ways=8, buffer_lines=64),
    Machine(ways=8, lookahead=256, buffer_lines=64, clock_hz=2e9),
    Machine(bandwidth_bytes_per_s=32e9),
]


@pytest.mark.parametrize("order", [MACHINES, MACHINES[::-1]])
def test_it_gives_what_a_single_simulation_gives(order):
    a = stand_in("wiki-Vote", 100_000)
    sweep = Sweep(a)
    for machine in order:
        swept, single = sweep.run(machine), simulate(a, a, machine)
        assert swept.machine == machine and swept.timing.cycles == single.timing.cycles
        assert (swept.energy_j, swept.traffic.total, swept.hit_rate) == (
            single.energy_j,
            single.traffic.total,
            single.hit_rate,
        )
