"""Traces by name or file."""

import pytest

from archwright.core.errors import SpecError
from archwright.memory.dram.workload import find_trace
from archwright.memory.traces import generate, write_trace


def test_a_file_is_a_trace(tmp_path):
    write_trace(generate("stream", 7), tmp_path / "seven.stl")
    assert (len(find_trace(str(tmp_path / "seven.stl"))), find_trace("stream", 5).name) == (7, "stream")


def test_anything_else_is_refused():
    with pytest.raises(SpecError, match=r"a trace \(stream, random"):
        find_trace("nothing")
