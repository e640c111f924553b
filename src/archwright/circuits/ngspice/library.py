"""libngspice inside this process, through ctypes.

The library keeps one circuit in global variables, so a process has one of it. It may also ask to be detached after
a fatal error, or crash; programs therefore use `ngspice.worker`, which keeps it in a process of its own. Timing
without the cost of a pipe is what this module is used for directly.

Lessons built in: OpenMP threads are switched off (two of them make small circuits 3 to 7 times dearer), vectors are
destroyed after reading and circuits removed before loading another (each leaks otherwise), and every printed line is
read, because the calls themselves report success even when nothing converged.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import numpy as np

from archwright.circuits.ngspice.messages import input_errors, is_answer, useful_tail
from archwright.circuits.ngspice.sweep import Frequencies, sweeps
from archwright.core.errors import SimulatorFailed, SimulatorMissing, SpecError

Vector = np.ndarray[Any, Any]

HOW_TO_INSTALL = "apt-get install ngspice libngspice0 (Debian, Ubuntu)"
_TARGET = re.compile(r"@?[A-Za-z][\w.]*(\[\w+\])?\Z")
_ANALYSIS = re.compile(r"(op|ac|noise|tran|dc|tf)\b[^;\n\r`$|<>!]*\Z")
_KEPT_LINES = 400
_STALE = "Too many iterations without convergence"
"""Nothing iterates while a deck is read: left over from a rejected time step, and printed in place of the reason."""

_PRINTED = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
_DETACHED = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_bool, ctypes.c_bool, ctypes.c_int, ctypes.c_void_p)


class _VectorInfo(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("flags", ctypes.c_short),
        ("real", ctypes.c_void_p),
        ("complex", ctypes.c_void_p),
        ("length", ctypes.c_int),
    )


def find_library() -> str | None:
    """The name under which the dynamic linker finds libngspice, or None."""
    return ctypes.util.find_library("ngspice") or _loadable("libngspice.so.0")


def _loadable(name: str) -> str | None:
    try:
        ctypes.CDLL(name)
    except OSError:
        return None
    return name


@cache
def open_library() -> NgspiceLibrary:
    """The one libngspice of this process.

    Raises:
        SimulatorMissing: libngspice is not installed.
    """
    name = find_library()
    if name is None:
        raise SimulatorMissing("libngspice", HOW_TO_INSTALL)
    return NgspiceLibrary(name)


class NgspiceLibrary:
    """One libngspice; get it from `open_library`.

    Args:
        name: file name for the dynamic linker.

    Example:
        >>> from archwright.circuits.ngspice.worker import NgspiceWorker  # the same methods, in a safe process
        >>> deck = "divider\\nv1 top 0 dc 2 ac 1\\nr1 top mid 1k\\nr2 mid 0 1k\\n.end"
        >>> with NgspiceWorker() as ngspice:
        ...     ngspice.load(deck)
        ...     ngspice.alter({"r1": 3e3})
        ...     round(ngspice.op()["mid"], 6)
        0.5
    """

    def __init__(self, name: str) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._is_detached = False
        self._library = ctypes.CDLL(name)
        self._library.ngSpice_Command.argtypes = (ctypes.c_char_p,)
        self._library.ngGet_Vec_Info.argtypes = (ctypes.c_char_p,)
        self._library.ngGet_Vec_Info.restype = ctypes.POINTER(_VectorInfo)
        self._library.ngSpice_CurPlot.restype = ctypes.c_char_p
        self._library.ngSpice_AllVecs.argtypes = (ctypes.c_char_p,)
        self._library.ngSpice_AllVecs.restype = ctypes.POINTER(ctypes.c_char_p)
        # The library keeps bare pointers to the callbacks: they must live as long as this object.
        self._callbacks = (_PRINTED(self._keep_line), _PRINTED(lambda *_: 0), _DETACHED(self._detach))
        self._library.ngSpice_Init(*self._callbacks, None, None, None, None)
        self._do("set num_threads=1")
        self._lines.clear()
        self._is_loaded = False
        self._altered: dict[str, float] = {}

    def _keep_line(self, line: bytes, _instance: int, _user: int) -> int:
        self._lines.append(line.decode(errors="replace"))
        return 0

    def _detach(self, *_: object) -> int:
        self._is_detached = True
        return 0

    @property
    def is_detached(self) -> bool:
        """True after a fatal error: this process can run no circuit any more."""
        return self._is_detached

    def _do(self, command: str) -> int:
        return int(self._library.ngSpice_Command(command.encode()))

    def _fail(self, command: str) -> SimulatorFailed:
        return SimulatorFailed(f"ngspice {command}", useful_tail(self._lines))

    def version(self) -> str:
        """Its version as it tells it, e.g. `ngspice-39`."""
        self._lines.clear()
        self._do("version -s")
        found = re.search(r"ngspice-[\w.+]+", " ".join(self._lines))
        return found.group() if found else "ngspice"

    def load(self, deck: str) -> None:
        """Replace the circuit by the one in `deck`; a missing `.end` is added.

        Raises:
            SimulatorFailed: ngspice does not understand the deck, or warns that it ignores a part of it.
        """
        self._altered.clear()
        lines = [line for line in deck.splitlines() if line.strip()]
        if not any(line.strip().lower() == ".end" for line in lines):
            lines.append(".end")
        is_read = self._read_in(lines)
        if not is_read and not self._is_detached and any(_STALE in line for line in self._lines):
            is_read = self._read_in(lines)
        if not is_read:
            raise self._fail("load")

    def _read_in(self, lines: Sequence[str]) -> bool:
        """Whether ngspice understands a deck."""
        if self._is_loaded:
            self._do("remcirc")
        self._lines.clear()
        pointers = (ctypes.c_char_p * (len(lines) + 1))(*[line.encode() for line in lines], None)
        code = self._library.ngSpice_Circ(pointers)
        # ngspice keeps a circuit of which it could not read a line: it must go before the next one comes.
        self._is_loaded = not self._is_detached and any("Circuit:" in line for line in self._lines)
        return not code and self._is_loaded and not input_errors(self._lines)

    def alter(self, values: Mapping[str, float]) -> None:
        """Change device values of the loaded circuit; no reload, about 4 us for each that is new.

        Args:
            values: new value by `r1` (a device's principal value) or `@m1[w]` (any parameter of it), SI units;
                model parameters as `@n_1[lambda]` by `alter_models`.

        Raises:
            SpecError: a value is not a finite number, or a name is none.
            SimulatorFailed: ngspice knows no such device or parameter.
        """
        self._alter("alter", values)

    def alter_models(self, values: Mapping[str, float]) -> None:
        """Change parameters of model cards of the loaded circuit, by `@card[parameter]`.

        Raises:
            SpecError: a value is not a finite number, or a name is none.
            SimulatorFailed: ngspice knows no such card or parameter.
        """
        self._alter("altermod", values)

    def _alter(self, verb: str, values: Mapping[str, float]) -> None:
        self._lines.clear()
        for target, value in values.items():
            if self._altered.get(target) == value:
                continue
            if not math.isfinite(value):
                raise SpecError(f"{verb} {target}", value, "a finite number")
            if target not in self._altered and not _TARGET.fullmatch(target):
                raise SpecError(verb, target, "a device such as r1, or a parameter such as @m1[w]")
            self._do(f"{verb} {target} = {float(value)!r}")
            if self._lines and (input_errors(self._lines) or self._is_detached):
                raise self._fail(f"{verb} {target}")
            self._altered[target] = value

    def run(self, analysis: str, names: Sequence[str] | None = None) -> dict[str, Vector]:
        """Run one analysis and read its vectors.

        Args:
            analysis: as in a control block: `op`, `ac dec 10 1 1e9`, `tran 1n 1u`, `noise v(out) v1 dec 10 1 1e9`.
            names: vectors to read (`out`, `v1#branch`, `@m1[gm]`); None reads all.

        Returns:
            Vectors by name, complex for `ac`; a node's is called like the node.

        Raises:
            SpecError: `analysis` is no analysis.
            SimulatorFailed: it did not converge, the matrix is singular, or a vector is missing or not finite.
        """
        if not _ANALYSIS.match(analysis):
            raise SpecError("analysis", analysis, "op, ac, noise, tran, dc or tf with its numbers")
        self._lines.clear()
        before = self._library.ngSpice_CurPlot()
        code = self._do(analysis)
        plot = self._library.ngSpice_CurPlot()
        try:
            if code or plot == before or not is_answer(self._lines):
                raise self._fail(analysis)
            if analysis.startswith("noise") and " lin 1 " not in analysis:
                # The integrals are made last, one plot after the densities; one frequency has no integral.
                plot = re.sub(rb"\d+", lambda number: b"%d" % (int(number.group()) - 1), plot)
            return {name: self._read(plot, vector, analysis) for name, vector in self._wanted(plot, names)}
        finally:
            if not self._is_detached:
                self._do("destroy all")

    def _wanted(self, plot: bytes, names: Sequence[str] | None) -> Iterable[tuple[str, str]]:
        if names is not None:  # a node called 1 is the vector V(1)
            return [(name, f"V({name})" if name[0].isdigit() else name) for name in names]
        listed, found = self._library.ngSpice_AllVecs(plot), list[str]()
        while listed[len(found)] is not None:
            found.append(listed[len(found)].decode())
        return [(vector[2:-1] if vector.startswith("V(") else vector, vector) for vector in found]

    def _read(self, plot: bytes, vector: str, analysis: str) -> Vector:
        pointer = self._library.ngGet_Vec_Info(plot + b"." + vector.encode())
        if not pointer:
            raise SimulatorFailed(f"ngspice {analysis}", f"no vector {vector!r}")
        info = pointer.contents
        size = info.length * (8 if info.real else 16)
        data = info.real or info.complex
        if not size or not data:
            raise SimulatorFailed(f"ngspice {analysis}", f"the vector {vector!r} is empty")
        values = np.frombuffer(ctypes.string_at(data, size), dtype=float if info.real else complex)
        if not np.isfinite(values).all():
            raise SimulatorFailed(f"ngspice {analysis}", f"the vector {vector!r} has values that are no numbers")
        return values

    def op(self, names: Sequence[str] | None = None) -> dict[str, float]:
        """Operating point: voltage per node (V), current per voltage source (`v1#branch`, A).

        Raises:
            SimulatorFailed: no convergence, or a singular matrix.
        """
        return {name: float(values[0]) for name, values in self.run("op", names).items()}

    def ac(self, frequencies_hz: Frequencies, names: Sequence[str] | None = None) -> dict[str, Vector]:
        """Small-signal response.

        Args:
            frequencies_hz: (n,) rising, > 0; even spacing on a linear or log scale is one sweep, else several.
            names: vectors to read; None reads all.

        Returns:
            (n,) complex per vector.

        Raises:
            SpecError: the frequencies do not rise.
            SimulatorFailed: no operating point.
        """
        return self._swept("ac", frequencies_hz, names)

    def noise(self, output: str, source: str, frequencies_hz: Frequencies) -> dict[str, Vector]:
        """Noise densities.

        Args:
            output: node whose noise is wanted, or `a,b` for the difference of two.
            source: the voltage or current source that input noise is referred to.
            frequencies_hz: (n,) rising, > 0.

        Returns:
            `output_v2_per_hz` and `input_per_hz` (V^2/Hz or A^2/Hz as the source has it), each (n,).

        Raises:
            SimulatorFailed: no operating point, or no such node or source.
        """
        names = ("onoise_spectrum", "inoise_spectrum")
        swept = self._swept(f"noise v({output}) {source}", frequencies_hz, names)
        return {"output_v2_per_hz": swept[names[0]] ** 2, "input_per_hz": swept[names[1]] ** 2}

    def _swept(self, head: str, frequencies_hz: Frequencies, names: Sequence[str] | None) -> dict[str, Vector]:
        wanted = None if names is None else (*names, "frequency")
        kind: Literal["ac", "noise"] = "ac" if head == "ac" else "noise"
        parts = [self.run(f"{head} {sweep}", wanted) for sweep in sweeps(frequencies_hz, kind)]
        joined = parts[0] if len(parts) == 1 else {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
        visited = joined.pop("frequency").real
        if visited.size != len(frequencies_hz) or np.abs(visited / frequencies_hz - 1).max() > 1e-6:
            raise SimulatorFailed(f"ngspice {head}", f"swept {visited.size} other frequencies than asked")
        return joined

    def tran(self, step_s: float, stop_s: float, names: Sequence[str] | None = None) -> dict[str, Vector]:
        """Transient response on ngspice's own time steps, with their `time` (s).

        Raises:
            SimulatorFailed: no operating point, or the time step became too small.
        """
        wanted = None if names is None else (*names, "time")
        return self.run(f"tran {float(step_s)!r} {float(stop_s)!r}", wanted)
