import numpy as np
import pytest

from archwright.circuits.ngspice.rawfile import read_rawfile
from archwright.core.errors import Failed


def rawfile(title, names, table, is_complex):
    head = [f"Title: t\nPlotname: {title}", f"Flags: {'complex' if is_complex else 'real'}"]
    head += [f"No. Variables: {len(names)}", f"No. Points: {len(table)}", "Variables:"]
    head += [f"\t{i}\t{name}\tvoltage" for i, name in enumerate(names)]
    return "\n".join([*head, "Binary:\n"]).encode() + np.asarray(table).tobytes()


def test_two_plots_with_newlines_among_the_numbers():
    numbers = np.frombuffer(b"\nBinary:\n-------\n12345678"[:24], dtype=float)
    real = rawfile("Operating Point", ["v(out)", "i(v1)", "i(@m1[id])"], [numbers], False)
    swept = np.array([[1.0, 1 + 2j], [2.0, 3 - 4j]])
    plots = read_rawfile(real + rawfile("AC Analysis", ["frequency", "V(1)"], swept, True))
    assert [title for title, _ in plots] == ["Operating Point", "AC Analysis"]
    assert list(plots[0][1]) == ["out", "v1#branch", "@m1[id]"]
    np.testing.assert_array_equal(plots[0][1]["v1#branch"], numbers[1:2])
    np.testing.assert_array_equal(plots[1][1]["1"], [1 + 2j, 3 - 4j])


def test_cut_file_is_a_failure():
    content = rawfile("Operating Point", ["v(out)"], [[1.0]], False)
    with pytest.raises(Failed, match="cut short"):
        read_rawfile(content[:-1])
    with pytest.raises(Failed, match="no binary raw file"):
        read_rawfile(b"Values:\n0 1.0")


def test_nothing_is_no_plot():
    assert read_rawfile(b"") == []
