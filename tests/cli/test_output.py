import json
import math

import pytest

from archwright.cli.output import PIPE_WIDTH, hint, plain, read_text, say, say_json, say_table, write_text
from archwright.core.errors import SpecError


def test_text_goes_to_stdout_and_hints_to_stderr(capsys):
    say("a")
    hint("b")
    assert capsys.readouterr() == ("a\n", "b\n")


def test_json_has_no_number_that_json_has_not(capsys):
    say_json({"a": math.inf, "b": [math.nan, 1.5], "c": (1, None, True), 3: "µ"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": None, "b": [None, 1.5], "c": [1, None, True], "3": "µ"}
    assert "µ" in out


def test_plain_goes_through_mappings_and_sequences():
    assert plain({"a": ({"b": -math.inf},)}) == {"a": [{"b": None}]}


def test_columns_are_aligned_and_rows_are_lines(capsys):
    say_table(("name", "n"), [("a", "1"), ("longer", "1,000"), ("[bold]x", "")], right=(1,))
    assert capsys.readouterr().out.splitlines() == [
        "name         n",
        "a            1",
        "longer   1,000",
        "[bold]x",
    ]


def test_a_long_cell_is_not_folded_in_a_pipe(capsys):
    say_table(("a",), [("x" * (PIPE_WIDTH - 100),)])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "a.html"
    write_text(target, "größer")
    assert target.read_text(encoding="utf-8") == "größer" and list(tmp_path.iterdir()) == [target]
    with pytest.raises(SpecError, match=r"--out.*No such file"):
        write_text(tmp_path / "no" / "a.html", "x")
    with pytest.raises(SpecError, match="--out"):
        write_text(tmp_path, "x")
    assert target.read_text(encoding="utf-8") == "größer"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xfa")
    for path, why in ((tmp_path / "no", "No such file"), (tmp_path, "directory"), (tmp_path / "bytes", "UTF-8")):
        with pytest.raises(SpecError, match=why):
            read_text(path, field="design")
