import numpy as np
import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.noc.event_files import HEAD, read_events, write_events


def test_what_is_written_is_read_back(tmp_path):
    rng = np.random.default_rng(0)
    events = np.stack([np.sort(rng.integers(0, 1 << 40, 200)), *rng.integers(0, 64, (2, 200)), rng.integers(1, 9, 200)])
    write_events(events.T, tmp_path / "packets.csv")
    assert np.array_equal(read_events(tmp_path / "packets.csv"), events.T)


def test_spaces_and_empty_lines_are_passed_over(tmp_path):
    (tmp_path / "packets.csv").write_text(f"{HEAD}\n0, 1, 2, 5\n\n 3,1,2,5 \n")
    assert read_events(tmp_path / "packets.csv").tolist() == [[0, 1, 2, 5], [3, 1, 2, 5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,1,2,5\n", "the line 'cycle,source,destination,flits'"),
        (f"{HEAD}\n", "at least one packet"),
        (f"{HEAD}\n0,1,2\n", "packets.csv line 2: '0,1,2'"),
        (f"{HEAD}\n0,1,2,5\n1,-1,2,5\n", "line 3: '1,-1,2,5' .* four whole numbers"),
        (f"{HEAD}\n0,1,2,5.0\n", "four whole numbers"),
        (f"{HEAD}\n7,1,2,5\n3,1,2,5\n", "line 3: 3 .* at least 7"),
    ],
)
def test_what_is_no_table_of_packets_is_refused(tmp_path, text, message):
    (tmp_path / "packets.csv").write_text(text)
    with pytest.raises(SpecError, match=message):
        read_events(tmp_path / "packets.csv")


def test_files_that_cannot_be_are_refused(tmp_path):
    for path in (tmp_path / "packets.txt", tmp_path / "missing" / "packets.csv"):
        with pytest.raises(SpecError, match=r"a file that ends with .csv|a file that can be written"):
            write_events(np.zeros((1, 4), np.int64), path)
        with pytest.raises(SpecError, match=r"a file that ends with .csv|a text file that can be read"):
            read_events(path)
