import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.adaptive.running import Course, RunningNetwork

COURSE = Course(load=0.2, phase_cycles=500, epoch_cycles=250, routings=("xy", "o1turn"), size=4)


def test_patterns_follow_each_other_round_and_round():
    running = RunningNetwork(COURSE, 0)
    patterns = [running.step(0).pattern for _ in range(8)]
    assert patterns == ["uniform"] * 2 + ["transpose"] * 2 + ["bit-reversal"] * 2 + ["uniform"] * 2


def test_new_packets_take_the_routing_chosen():
    running = RunningNetwork(COURSE, 0)
    running.step(1)
    assert running.network.active == "o1turn"
    running.step(0)
    assert running.network.active == "xy"


def test_no_packet_is_lost_when_routings_are_switched():
    running = RunningNetwork(COURSE, 0)
    epochs = [running.step(place % 2) for place in range(12)]
    assert sum(one.packets for one in epochs) + epochs[-1].backlog == running.network.state.numbers[11]


def test_what_is_seen_tells_patterns_apart_and_not_routings():
    seen = {}
    for routing in (0, 1):
        running = RunningNetwork(Course(load=0.2, phase_cycles=200, routings=("xy", "o1turn")), 0)
        for _ in range(6):
            epoch = running.step(routing)
            seen.setdefault(epoch.pattern, []).append(epoch.seen)
    centres = {pattern: np.mean(each, axis=0) for pattern, each in seen.items()}
    for pattern, each in seen.items():
        assert max(np.linalg.norm(one - centres[pattern]) for one in each) < 0.15
    assert np.linalg.norm(centres["transpose"] - centres["bit-reversal"]) > 0.3
    assert centres["transpose"][0] == 0.0 and centres["transpose"][3] == 1.0


@pytest.mark.parametrize(
    "options", [{"phase_cycles": 350}, {"phase_cycles": 100}, {"epoch_cycles": 0}, {"patterns": ()}, {"routings": ()}]
)
def test_what_cannot_run_is_refused(options):
    with pytest.raises(SpecError):
        Course(**options)
