"""Files of traces: there and back, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.core.errors import SpecError
from archwright.memory.traces import Trace, generate, read_trace, write_trace
from archwright.memory.traces.formats import FORMATS


def columns(trace):
    return [trace.clocks.tolist(), trace.addresses.tolist(), trace.is_write.tolist(), trace.initiators.tolist()]


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 1 << 40), st.booleans(), st.integers(0, 3)), min_size=1, max_size=9
    )
)
def test_a_csv_file_holds_every_trace(tmp_path_factory, rows):
    rows = sorted(rows, key=lambda row: row[0])
    mine = Trace(*(np.array(column) for column in zip(*rows, strict=True)))
    path = tmp_path_factory.mktemp("traces") / "mine.csv"
    write_trace(mine, path)
    assert columns(read_trace(path)) == columns(mine)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_comes_back(suffix, tmp_path):
    mine = generate("random", 50)
    write_trace(mine, tmp_path / f"mine{suffix}")
    assert columns(read_trace(tmp_path / f"mine{suffix}")) == columns(mine)


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        ("a.stl", "# DRAMSys\n31:\tread\t0x400140\n\n31: write 0x40\n", [31, 0x400140, False, 0]),
        ("a.ldst", "LD 0x40\nST 128\n", [0, 0x40, False, 0]),
        ("a.ramulator", "0x40 W\n0x80 R\n", [0, 0x40, True, 0]),
        ("a.csv", "clock,operation,address,initiator\n3,write,0x40,2\n", [3, 0x40, True, 2]),
    ],
)
def test_the_formats_are_those_of_the_tools(name, text, first, tmp_path):
    (tmp_path / name).write_text(text)
    assert [column[0] for column in columns(read_trace(tmp_path / name))] == first


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.stl", "9: read 0x0\n3: read 0x40\n", "a.stl line 2: 3 is not possible; allowed: a clock of at least 9"),
        ("a.stl", "-4: read 0x0\n", "a.stl line 1: -4 is not possible"),
        ("a.stl", "4: read -64\n", "a.stl line 1: '-64' is not possible; allowed: an address of at least 0"),
        ("a.stl", "4: fetch 64\n", "a.stl line 1: '4: fetch 64' is not possible; allowed: a line such as"),
        ("a.ldst", "LD\n", "a.ldst line 1"),
        ("a.csv", "clock,operation,address,initiator\n", "at least one request"),
        ("a.txt", "", "a file that ends with .csv, .stl"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(name, text, message, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(SpecError, match=message) as refused:
        read_trace(tmp_path / name)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SpecError, match="a text file that can be read"):
        read_trace(tmp_path / "none.stl")


@pytest.mark.parametrize(("name", "suffix"), [("mixed", ".stl"), ("mixed", ".ldst")])
def test_a_format_that_cannot_hold_a_trace_says_so(name, suffix, tmp_path):
    with pytest.raises(SpecError, match="one initiator"):
        write_trace(generate(name, 20), tmp_path / f"a{suffix}")
