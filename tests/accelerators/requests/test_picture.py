from xml.etree import ElementTree

import numpy as np
import pytest

from archwright.accelerators.requests import Array, requests_of
from archwright.accelerators.requests.layout import LINE_BYTES
from archwright.accelerators.requests.picture import bytes_per_cycle, draw_requests
from archwright.accelerators.workloads import Layer
from archwright.core.errors import SpecError

CONV = Layer("a <conv>", 32, 20, 14, 15, 3, 3, padding=2)


@pytest.mark.parametrize("n_slots", [1, 7, 240])
def test_slots_hold_all_lines(n_slots):
    one = requests_of(CONV, Array(n_pes=16, buffer_bytes=2048))
    rates = bytes_per_cycle(one, n_slots)
    moved = rates.sum(axis=1) * one.layer_cycles / n_slots
    assert moved == pytest.approx(LINE_BYTES * np.bincount(one.tensors, minlength=3))


def test_a_lane_per_buffer():
    lanes = [requests_of(CONV, Array(n_pes=16, buffer_bytes=size)) for size in (0, 1024)]
    text = draw_requests(lanes, ["no limit", "1 KiB"], 16.0)
    root = ElementTree.fromstring(text)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "a <conv>: bytes per cycle to and from memory" in texts and texts.count("16") == 2
    assert (
        f"1 KiB: {lanes[1].moved_bytes:,} bytes, {lanes[1].moved_bytes / lanes[1].once_bytes:.1f} times the tensors"
        in texts
    )
    assert text.count("<path") == 6


def test_no_lane_is_refused():
    with pytest.raises(SpecError, match="lanes: 0"):
        draw_requests([], [], 16.0)
