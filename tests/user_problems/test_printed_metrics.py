import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archwright.core.errors import Failed
from archwright.user_problems.printed_metrics import read_metrics

UNITS = {"gain": "dB", "power": "W", "count": ""}
GOOD = {"gain": 60.0, "power": 3e-3, "count": 7.0}


@pytest.mark.parametrize(
    "printed",
    [
        "gain 60\npower 0.003\ncount 7\n",
        "gain = 60 dB\r\npower: 3 mW\r\n  count=7\r\n",
        "log line\ngain 10\ngain 60 dB\nand another: thing\npower 3000 uW\ncount 7.0e0",
        '{"gain": 60, "power": "3 mW", "count": 7, "other": [1]}',
        'starting\ndone in 3 s\n{"count": 7, "power": 0.003, "gain": 60.0}\n',
        "\x1b[1mbold\x1b[0m\ncount 7\npower 3e-3\ngain +60",
    ],
)
def test_good_output(printed):
    assert read_metrics(printed, UNITS) == pytest.approx(GOOD)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "printed nothing"),
        (" \n\t\n", "printed nothing"),
        ("gain 60\ncount 7", "printed no power; its last line was 'count 7'"),
        ("Segmentation fault", "printed no gain; its last line was 'Segmentation fault'"),
        ("gain 60 V\npower 1\ncount 1", "gain as '60 V'; allowed: a unit of the same kind as dB"),
        ("gain sixty\npower 1\ncount 1", "gain as 'sixty'"),
        ("gain nan\npower 1\ncount 1", "gain as nan, which is no finite number"),
        ("gain 1\npower -inf\ncount 1", "power as -inf"),
        ("gain 1\npower 1\ncount 1 dB", "count as '1 dB'"),
        ('{"gain": NaN, "power": 1, "count": 1}', "gain as nan"),
        ('{"gain": true, "power": 1, "count": 1}', "gain as 'true', which is no number"),
        ('{"gain": [1], "power": 1, "count": 1}', "gain as"),
        ('{"gain": null, "power": 1, "count": 1}', "gain as 'null'"),
        ("[1, 2, 3]", "printed no gain"),
        ("gain 1e999\npower 1\ncount 1", "gain as inf"),
        ("x" * 100_000, "printed no gain"),
    ],
)
def test_bad_output_is_one_clear_line(printed, reason):
    with pytest.raises(Failed) as caught:
        read_metrics(printed, UNITS)
    assert reason in caught.value.reason
    assert "\n" not in caught.value.reason and len(caught.value.reason) < 300


@given(st.text())
def test_garbage_never_gives_metrics_or_another_error(garbage):
    with pytest.raises(Failed):
        read_metrics(garbage, {"a_metric_that_no_garbage_names": ""})


@given(st.dictionaries(st.sampled_from(list(UNITS)), st.floats(allow_nan=False, allow_infinity=False), min_size=3))
def test_json_and_lines_say_the_same(metrics):
    as_lines = "\n".join(f"{name} {value!r}" for name, value in metrics.items())
    assert read_metrics(as_lines, UNITS) == read_metrics(json.dumps(metrics), UNITS) == metrics
