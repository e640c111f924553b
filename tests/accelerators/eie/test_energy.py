import pytest

from archwright.accelerators.eie.energy import (
    ELEMENT,
    EVENTS_PER_CYCLE,
    KINDS,
    OPERATION_J,
    UNITS,
    Events,
    Memories,
    area_um2,
    energy_j,
    event_j,
    line_read_j,
)
from archwright.accelerators.eie.layers import published_layer
from archwright.accelerators.eie.machine import Machine
from archwright.accelerators.eie.simulation import simulate


@pytest.mark.parametrize("table", [UNITS, KINDS])
def test_the_rows_of_table_two_add_up_to_the_element(table):
    assert sum(unit.area_um2 for unit in table.values()) == ELEMENT.area_um2
    assert sum(unit.power_w for unit in table.values()) == pytest.approx(ELEMENT.power_w, abs=1.1e-6)


def test_memory_takes_its_published_shares():
    assert KINDS["memory"].power_w / ELEMENT.power_w == pytest.approx(0.592, abs=1e-3)
    assert KINDS["memory"].area_um2 / ELEMENT.area_um2 == pytest.approx(0.932, abs=1e-3)


def test_dram_costs_128_times_the_sram():
    assert OPERATION_J["DRAM, 32 bits"] / OPERATION_J["SRAM of 32 KB, 32 bits"] == 128.0


def test_the_published_machine_takes_its_published_power_and_area():
    run = simulate(published_layer("alex-7"))
    assert run.energy_j() / run.time_s == pytest.approx(64 * 9.157e-3 + 21 * 0.023e-3, rel=1e-3)
    assert area_um2(Machine()) / 1e6 == pytest.approx(40.83, abs=0.01)


def test_the_rates_are_those_of_alex_7():
    events = simulate(published_layer("alex-7")).events
    per = 64 * events.cycles
    assert EVENTS_PER_CYCLE["activation queue"] == pytest.approx(events.pointer_reads / per, rel=1e-4)
    assert EVENTS_PER_CYCLE["sparse-matrix read"] == pytest.approx(events.line_reads / per, rel=1e-4)
    assert EVENTS_PER_CYCLE["arithmetic"] == pytest.approx(events.entries / per, rel=1e-4)


def test_events_cost_what_comparable_operations_of_table_one_do():
    """Two 16-bit pointers from 32 KB; 64 bits from 128 KB: within a factor of three of 32 bits from 32 KB each."""
    sram = OPERATION_J["SRAM of 32 KB, 32 bits"]
    assert sram < event_j("pointer read") < 3.0 * sram
    assert 2.0 * sram < event_j("sparse-matrix read") < 6.0 * sram


def test_64_bits_cost_least_on_alex_7():
    def joules(sram_bits):
        machine = Machine(sram_bits=sram_bits)
        return simulate(published_layer("alex-7"), machine).line_reads * line_read_j(machine)

    assert min((32, 64, 128, 256, 512), key=joules) == 64


def test_energy_is_the_sum_of_its_events():
    idle = energy_j(Events(1000, 0, 0, 0), Machine())
    assert idle == pytest.approx(1000 / 800e6 * (64 * 1.874e-3 + 21 * 0.023e-3))
    one_line = energy_j(Events(0, 0, 1, 0), Machine(), Memories(weight_bytes=32 * 1024))
    assert one_line == pytest.approx(event_j("sparse-matrix read") / 2.0)
    pointers = [energy_j(Events(0, 1, 0, 0), Machine(), Memories(pointer_bytes=kb * 1024)) for kb in (32, 128)]
    assert pointers[1] - pointers[0] == pytest.approx(event_j("pointer read"))


def test_area_follows_elements_memories_and_queues():
    assert area_um2(Machine(n_pes=128)) == pytest.approx(2 * area_um2(Machine()))
    assert area_um2(Machine(fifo_depth=16)) - area_um2(Machine()) == pytest.approx(64 * 758 * 638_024 / 614_063)
    smaller = area_um2(Machine(n_pes=1), Memories(weight_bytes=64 * 1024))
    assert area_um2(Machine(n_pes=1)) - smaller == pytest.approx(469_412 / 2 * 638_024 / 614_063)
