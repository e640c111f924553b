"""Graphs from files: Matrix Market coordinates, or a line per edge; refused in one line where they make no graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archwright.core.errors import SpecError
from archwright.interconnect.spanner.families import FORMS, Instance, named_instance
from archwright.interconnect.spanner.graph import Digraph, Places, check_sources, digraph

FILE_FORMS = "a Matrix Market file (.mtx) or a list of edges (.txt, .edges, .csv): tail, head and weight on every line"
EDGE_SUFFIXES = (".txt", ".edges", ".csv")


def read_instance(graph: str, sources: Sequence[int] | int | str | None = None, *, seed: int = 0) -> Instance:
    """A graph of a family or from a file, and its sources.

    Args:
        graph: a name such as `torus-8x8`, or a file.
        sources: vertices, counted from 0, also as text (`0+5`); those of the family by default, which a file does not
            have.
        seed: of what is drawn.

    Raises:
        SpecError: there is no such graph, or what makes it is out of its range.

    Example:
        >>> _ = Path("ring.txt").write_text("0 1 2.5\\n1 2 1\\n2 0 1\\n")
        >>> found = read_instance("ring.txt", [1])
        >>> found.graph.lengths.tolist(), found.sources.tolist()
        ([2.5, 1.0, 1.0], [1])
    """
    named = named_instance(graph, seed=seed)
    if named is not None:
        return named if sources is None else Instance(named.graph, _read_sources(sources, named.graph.n))
    path = Path(graph)
    if path.suffix != ".mtx" and path.suffix not in EDGE_SUFFIXES:
        raise SpecError("graph", graph, f"{FORMS}; or {FILE_FORMS}")
    found = read_market(path) if path.suffix == ".mtx" else read_edges(path)
    return Instance(found, _read_sources([] if sources is None else sources, found.n))


def read_edges(path: Path) -> Digraph:
    """The graph of a list of edges; lines that begin with # or % are left out, vertices count from 0.

    Args:
        path: with tail, head and weight on every line, apart by blanks or commas; without a weight it is 1.

    Raises:
        SpecError: the file cannot be read, or a line is no edge.

    Example:
        >>> _ = Path("two.csv").write_text("# tail, head, weight\\n0,1,2\\n1,0\\n")
        >>> read_edges(Path("two.csv")).lengths.tolist()
        [2.0, 1.0]
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError("graph", str(path), f"a file that can be read; {error}") from error
    rows = [
        _read_row(path, number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith(("#", "%"))
    ]
    if not rows:
        raise SpecError("graph", str(path), "at least one edge")
    tails, heads, lengths = zip(*rows, strict=True)
    return digraph(max(*tails, *heads) + 1, tails, heads, lengths)


def read_market(path: Path) -> Digraph:
    """The graph of a square matrix: an element in row i and column j is the weight of the edge from i to j.

    Args:
        path: real, integer or pattern coordinates; elements of a pattern weigh 1, those that are 0 are edges.

    Raises:
        SpecError: the file cannot be read, or is no such matrix.

    Example:
        >>> head = "%%MatrixMarket matrix coordinate integer general"
        >>> _ = Path("two.mtx").write_text(f"{head}\\n2 2 2\\n1 2 3\\n2 1 0\\n")
        >>> read_market(Path("two.mtx")).lengths.tolist()
        [3.0, 0.0]
    """
    from scipy.io import mminfo, mmread

    try:
        n_rows, n_columns, _, form, field, _ = mminfo(path)
        if form != "coordinate" or field == "complex" or n_rows != n_columns or n_rows < 1:
            allowed = f"a square matrix of real coordinates, not {n_rows} x {n_columns}, {field}, in {form} form"
            raise SpecError("graph", str(path), allowed)
        matrix = mmread(path).tocoo()
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise SpecError("graph", str(path), f"a well-formed Matrix Market file; {error}") from error
    return digraph(n_rows, matrix.row, matrix.col, matrix.data)


def _read_row(path: Path, number: int, line: str) -> tuple[int, int, float]:
    words = line.replace(",", " ").split()
    try:
        tail, head, *weight = words
        return int(tail), int(head), float(*weight) if weight else 1.0
    except (ValueError, TypeError):
        raise SpecError(f"{path}:{number}", line.strip(), "two vertices, counted from 0, and a weight") from None


def _read_sources(sources: object, n: int) -> Places:
    listed = [sources] if type(sources) is int else sources
    if isinstance(sources, str):
        words = [word.strip() for word in sources.split("+") if word.strip()]
        listed = [int(word) if word.isdecimal() else word for word in words]
    if not isinstance(listed, list | tuple) or not all(type(one) is int for one in listed):
        raise SpecError("sources", sources, "vertices, counted from 0, such as 0+5")
    return check_sources(listed, n)
