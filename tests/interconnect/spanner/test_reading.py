import pytest

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.reading import read_edges, read_instance, read_market

HEAD = "%%MatrixMarket matrix coordinate"


def test_a_list_of_edges_is_a_graph(tmp_path):
    path = tmp_path / "one.edges"
    path.write_text("# a comment\n0 3 2\n\n3,1, 0.5\n1\t0\n% another\n0 3 7\n")
    graph = read_edges(path)
    assert graph.n == 4 and graph.tails.tolist() == [0, 1, 3] and graph.lengths.tolist() == [2.0, 1.0, 0.5]


def test_a_matrix_is_a_graph(tmp_path):
    path = tmp_path / "one.mtx"
    path.write_text(f"{HEAD} pattern symmetric\n3 3 2\n2 1\n3 3\n")
    graph = read_market(path)
    assert graph.n == 3 and graph.tails.tolist() == [0, 1] and graph.lengths.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "0 1 -2\n", "weight of 0 -> 1: -2.0"),
        ("a.txt", "0 1 nan\n", "weight of 0 -> 1: nan"),
        ("a.txt", "0 one 2\n", r"a\.txt:1: '0 one 2'"),
        ("a.txt", "0 1 2 3\n", r"a\.txt:1"),
        ("a.txt", "-1 1 2\n", "edges.tails: -1"),
        ("a.txt", "# nothing\n", "at least one edge"),
        ("a.mtx", f"{HEAD} real general\n2 3 1\n1 1 1\n", "2 x 3"),
        ("a.mtx", f"{HEAD} real general\n2 2 1\n1 2 -3\n", "weight of 0 -> 1: -3.0"),
        ("a.mtx", "nothing\n", "well-formed"),
        ("a.mtx", None, "well-formed"),
        ("a.txt", None, "can be read"),
        ("a.png", None, "torus-WIDTHxHEIGHT"),
    ],
)
def test_a_file_that_is_no_graph_is_refused_in_one_line(name, text, message, tmp_path):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(SpecError, match=message) as refused:
        read_instance(str(path), [0])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (None, "at least one vertex"),
        ([], "at least one"),
        ([16], "0 to 15"),
        ("3+x", "counted from 0"),
        ([1.5], "counted"),
        (True, "counted"),
        ("", "at least one"),
    ],
)
def test_sources_are_refused_in_one_line(sources, message, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("0 15\n15 0\n")
    with pytest.raises(SpecError, match=f"^sources: .*{message}"):
        read_instance(str(path), sources)


def test_sources_of_a_family_may_be_others():
    for five in ([5], 5, "5", (5, 5)):
        assert read_instance("torus-4x4", five).sources.tolist() == [5]
    assert read_instance("torus-4x4", "3+1").sources.tolist() == [1, 3]
    assert len(read_instance("torus-4x4").sources) == 8
