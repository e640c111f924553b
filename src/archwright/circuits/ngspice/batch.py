"""One `ngspice -b` process per design: slower than the library by the 8 ms of its start, and independent of it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from archwright.circuits.ngspice.child_process import run_child
from archwright.circuits.ngspice.deck import Deck, batch_files, printed_values, read_deck
from archwright.circuits.ngspice.library import HOW_TO_INSTALL, Vector
from archwright.circuits.ngspice.messages import input_errors, is_answer, useful_tail
from archwright.circuits.ngspice.rawfile import read_rawfile
from archwright.core.errors import SimulatorFailed, SimulatorMissing


class BatchAnswer(NamedTuple):
    """What one batch run gave.

    Args:
        values: measures and expressions by name; one that could not be computed is absent.
        printed: all that ngspice printed.
    """

    values: dict[str, float]
    printed: str


def find_program() -> str:
    """Path of the ngspice program.

    Raises:
        SimulatorMissing: it is not on the PATH.
    """
    path = shutil.which("ngspice")
    if path is None:
        raise SimulatorMissing("ngspice", HOW_TO_INSTALL)
    return path


def program_version() -> str:
    """The version of the ngspice program as it tells it, e.g. `ngspice-39`.

    Raises:
        SimulatorMissing: it is not on the PATH.
    """
    with _folder(None) as where:
        ended = run_child([find_program(), "--version"], where, timeout_s=10.0)
    found = re.search(r"ngspice-[\w.+]+", ended.stdout)
    return found.group() if found else "ngspice"


def run_deck(
    deck: Deck | str,
    *,
    expressions: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
    folder: Path | None = None,
) -> BatchAnswer:
    """Run the analyses of a deck and read its measures.

    Args:
        deck: the circuit with its `.ac`, `.tran`, ... and `.meas` lines.
        expressions: vector expression by name, e.g. `{"peak_db": "vecmax(vdb(out))"}`.
        timeout_s: wall-clock limit, > 0.
        folder: where to run; kept. None runs in a temporary folder.

    Raises:
        SimulatorMissing: ngspice is not installed.
        SimulatorFailed: it does not understand the deck, did not converge, crashed, or was too slow.

    Example:
        >>> deck = "rc\\nv1 in 0 ac 1\\nr1 in out 1k\\nc1 out 0 1n\\n.ac dec 10 1k 10meg\\n"
        >>> answer = run_deck(deck + ".meas ac f3_hz when vdb(out)=-3.0103\\n")
        >>> round(answer.values["f3_hz"] / 159154.9, 2)
        1.0
    """
    read = read_deck(deck) if isinstance(deck, str) else deck
    wanted = expressions or {}
    with _folder(folder) as where:
        for name, text in batch_files(read, wanted).items():
            (where / name).write_text(text)
        printed = _run_process(where, timeout_s)
    if not is_answer(printed.splitlines()):
        raise _failed(printed)
    return BatchAnswer(printed_values(printed, wanted), printed)


def run_analyses(deck: str, analyses: Sequence[str], *, timeout_s: float = 60.0) -> list[dict[str, Vector]]:
    """Run analyses on a deck that has none of its own and read all their vectors, with all digits.

    Args:
        deck: devices and models; a `.save all @m1[gm]` line adds device quantities.
        analyses: as in a control block: `op`, `ac dec 10 1 1e9`, `noise v(out) v1 dec 10 1 1e9`.
        timeout_s: wall-clock limit of the process, > 0.

    Returns:
        Vectors by name for each analysis; the densities for `noise`.

    Raises:
        SimulatorMissing: ngspice is not installed.
        SimulatorFailed: as `run_deck`, and when ngspice ignores a part of the deck.
    """
    read, control = read_deck(deck), ["set num_threads=1"]
    for position, analysis in enumerate(analyses):
        has_integrals = analysis.startswith("noise") and " lin 1 " not in analysis  # made after the densities
        control += [analysis, *(["setplot previous"] if has_integrals else []), f"write {position}.raw"]
    block = [".control", *control, "quit", ".endc", ".end"]
    with _folder(None) as where:
        (where / "deck.cir").write_text("\n".join([read.title, *read.circuit, *block]) + "\n")
        printed = _run_process(where, timeout_s)
        files = [where / f"{position}.raw" for position in range(len(analyses))]
        if not is_answer(printed.splitlines()) or " parameter (" in printed or not all(f.exists() for f in files):
            raise _failed(printed)
        plots = [read_rawfile(file.read_bytes())[-1] for file in files]
    if any(title == "constants" for title, _ in plots):
        raise _failed(printed, "the deck holds no circuit")
    answers = [vectors for _, vectors in plots]
    for name, vector in (item for answer in answers for item in answer.items()):
        if not np.isfinite(vector).all():
            raise _failed(printed, f"the vector {name!r} has values that are no numbers")
    return answers


def check_deck(deck: Deck | str, *, timeout_s: float = 60.0, folder: Path | None = None) -> None:
    """Let ngspice read a deck without running it.

    Raises:
        SimulatorMissing: ngspice is not installed.
        SimulatorFailed: ngspice does not understand the deck; the tail says what.
    """
    read = read_deck(deck) if isinstance(deck, str) else deck
    with _folder(folder) as where:
        lines = [read.title, *read.circuit, *read.analyses[:1], ".control", "quit", ".endc", ".end"]
        (where / "deck.cir").write_text("\n".join(lines) + "\n")
        printed = _run_process(where, timeout_s)
    if any("ignored" not in line for line in input_errors(printed.splitlines())):
        raise _failed(printed)


def _failed(printed: str, reason: str = "") -> SimulatorFailed:
    tail = useful_tail(printed.splitlines())
    if reason.startswith("exit status") and tail:  # ngspice said why, in words
        reason = ""
    return SimulatorFailed("ngspice -b deck.cir", f"{tail}\n{reason}".strip())


def _run_process(folder: Path, timeout_s: float) -> str:
    """Run `ngspice -b deck.cir` in `folder` and return all that it printed.

    The user's `.spiceinit` is not read, so that equal decks answer equally on every machine.
    """
    environment = {
        "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "NGSPICE_MEAS_PRECISION": "15", "HOME": str(folder),
    }  # fmt: skip
    ended = run_child([find_program(), "-b", "-n", "deck.cir"], folder, timeout_s=timeout_s, environment=environment)
    printed = ended.stdout + "\n" + ended.stderr
    if ended.code is None:
        raise _failed(printed, f"no answer within {timeout_s:g} s")
    if ended.code:
        raise _failed(printed, ended.reason)
    return printed


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="archwright-ngspice-") as made:
        yield Path(made)
