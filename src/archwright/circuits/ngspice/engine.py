"""ngspice as a simulator of netlists, with the methods of the embedded one: an independent reference to compare with.

Three forms of it give the same numbers:

- `library`: one libngspice in a process of its own that loads the deck of each design, about a millisecond each;
- `batch`: a process per design, about ten milliseconds each. Numbers are those of `library`, to the last bit;
- `altered`: one libngspice in which devices are altered in place, the fastest. A device of ngspice remembers where it
  stood in the design before, so that the last two digits (1e-15, relative) depend on what ran earlier: good for a
  comparison, not for a study that must end in the identical table after a kill.

    engine = NgspiceEngine(netlist, ("vouta", "voutb"))
    points = engine.operate(designs)
    bandwidth = engine.bandwidth(points, np.geomspace(1e4, 1e10, 61))

What ngspice does not answer (no convergence, a crash, a hang) is a False in `is_converged`, numbers that are not
finite, and one line in `NgspicePoints.failures`; the other designs of the batch are not touched by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal, NamedTuple

import numpy as np

from archwright.circuits.devices import GROUND, CurrentSource, VoltageSource
from archwright.circuits.measures import curve_bandwidth
from archwright.circuits.mna.points import Bandwidth, Below, Noise
from archwright.circuits.mna.transient import Transient, checked_limits, checked_nets, checked_times
from archwright.circuits.mna.transient_circuit import compile_course
from archwright.circuits.netlist import Netlist
from archwright.circuits.ngspice import transient as ngspice_transient
from archwright.circuits.ngspice.alterations import alterations
from archwright.circuits.ngspice.batch import find_program, program_version, run_analyses
from archwright.circuits.ngspice.points import NgspicePoints
from archwright.circuits.ngspice.spice_deck import TOLERANCES, DeviceLibrary, to_spice
from archwright.circuits.ngspice.sweep import sweeps
from archwright.circuits.ngspice.worker import Call, NgspiceWorker
from archwright.core.errors import SimulatorFailed, SimulatorMissing, SpecError, check_name

Form = Literal["library", "batch", "altered"]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Complexes = np.ndarray[Any, np.dtype[np.complex128]]
Vectors = list[dict[str, np.ndarray[Any, Any]]]
Analysis = tuple[str, list[str]]
"""An analysis and the vectors that are read from it."""

PER_DECADE = 24
"""Frequencies per decade whose spline gives maximum and corner to about 1e-6."""


class Installation(NamedTuple):
    """The ngspice of this machine; None for what is missing.

    Args:
        program: version of the program `ngspice`.
        library: version of libngspice.
    """

    program: str | None
    library: str | None


def find_ngspice() -> Installation:
    """Versions of both forms of ngspice, for `archwright doctor`.

    Example:
        >>> find_ngspice().program  # doctest: +SKIP
        'ngspice-39'
    """
    program: str | None = None
    library: str | None = None
    with suppress(SimulatorMissing):
        program = program_version()
    with suppress(SimulatorMissing), NgspiceWorker() as worker:
        library = worker.version()
    return Installation(program, library)


class NgspiceEngine:
    """ngspice for one netlist, with the methods of `mna.Simulator`.

    Args:
        netlist: the circuit.
        output: the net, or pair of nets, whose voltage is the output of the transfer function.
        noise_output: the same for noise; the output unless given.
        form: `library`, `batch` or `altered`; see above.
        library: transistors of another origin, such as a kit's, instead of the netlist's own; not with `altered`.
        timeout_s: wall-clock limit per design, > 0.

    Raises:
        SpecError: an output net that the netlist lacks, or another form.
        SimulatorMissing: this form of ngspice is not installed.

    Example:
        >>> from archwright.circuits.devices import Capacitor, Resistor
        >>> from archwright.circuits.netlist import Parameter
        >>> from archwright.core.space import Real
        >>> low_pass = Netlist(
        ...     "RC low-pass", ("0", "in", "out"),
        ...     (VoltageSource("v1", "in", "0", ac_v=1.0), Resistor("r1", "in", "out", "r_ohm"),
        ...      Capacitor("c1", "out", "0", 1e-9)),
        ...     parameters=(Parameter("r_ohm", Real(100.0, 1e5)),))
        >>> engine = NgspiceEngine(low_pass, "out")
        >>> points = engine.operate(np.array([[1e3], [2e3]]))
        >>> engine.bandwidth(points, np.geomspace(1e2, 1e8, 40), drop_db=10.0 * np.log10(2.0)).corner_hz.round(-1)
        array([159150.,  79580.])
        >>> engine.close()
    """

    def __init__(
        self,
        netlist: Netlist,
        output: str | tuple[str, str],
        noise_output: str | tuple[str, str] | None = None,
        *,
        form: Form = "library",
        library: DeviceLibrary | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        check_name("form", form, ("library", "batch", "altered") if library is None else ("library", "batch"))
        self.netlist, self.form, self.library, self.timeout_s = netlist, form, library, timeout_s
        self._output = _ends(netlist, output)
        self._noise_output = self._output if noise_output is None else _ends(netlist, noise_output)
        self._worker: NgspiceWorker | None = None
        self._is_loaded = False
        if form == "batch":
            find_program()
        else:
            self._worker = NgspiceWorker(timeout_s=timeout_s)

    def close(self) -> None:
        """End the worker process; the next call starts another."""
        if self._worker is not None:
            self._worker.close()

    def operate(self, designs: Floats) -> NgspicePoints:
        """Operating points.

        Args:
            designs: (n, n_parameters) values in the units of the parameters, in the netlist's order.

        Raises:
            SpecError: another number of columns, or no finite numbers.
        """
        designs = self._checked(designs)
        nets = [net for net in self.netlist.nets if net != GROUND]
        branches = [f"{device.name}#branch" for device in self.netlist.devices if isinstance(device, VoltageSource)]
        answers = self._run(designs, range(len(designs)), lambda row: [("op", [*nets, *branches])])
        zero = {GROUND: np.zeros(1)}
        width = len(self.netlist.nets)
        tables = {
            "voltage": _rows(answers, lambda found: _scalars(found[0] | zero, self.netlist.nets), width),
            "source": _rows(answers, lambda found: _scalars(found[0], branches), len(branches)),
        }
        failures = {row: answer for row, answer in enumerate(answers) if isinstance(answer, SimulatorFailed)}
        is_converged = np.array([row not in failures for row in range(len(designs))], dtype=bool)
        return NgspicePoints(self.netlist, len(designs), is_converged, {}, designs, tables, failures, self._read)

    def transfer(self, points: NgspicePoints, frequencies_hz: Floats) -> Complexes:
        """Output over small-signal sources.

        Args:
            points: from `operate`.
            frequencies_hz: (n_frequencies,) for all designs, or (n, n_frequencies) for each its own, rising.

        Returns:
            (n, n_frequencies) complex; not finite where the design did not converge.
        """
        nets = [net for net in self._output if net != GROUND]
        table, answers = self._swept(points, frequencies_hz, {"ac": nets})
        return _rows(answers, lambda found: _between(found, self._output), table.shape[1], complex)

    def bandwidth(
        self, points: NgspicePoints, grid_hz: Floats, drop_db: float = 3.0, below: Below = "largest"
    ) -> Bandwidth:
        """Maximum and corner of the transfer function, to about 1e-6, from the first to the last of `grid_hz`.

        Args:
            points: from `operate`.
            grid_hz: (n_frequencies,) rising; ngspice sweeps at least `PER_DECADE` frequencies per decade of it.
            drop_db: how far the corner lies below the reference, above 0.
            below: the reference: the `largest` amplitude, or the one at the `first` frequency of the grid.
        """
        grid = np.asarray(grid_hz, dtype=float)
        if grid.ndim != 1 or len(grid) < 2 or not (grid[0] > 0 and (np.diff(grid) > 0).all()):
            raise SpecError("grid_hz", grid_hz, "two or more rising frequencies above 0")
        n_frequencies = max(len(grid), 4, math.ceil(PER_DECADE * math.log10(grid[-1] / grid[0])) + 1)
        fine = np.geomspace(grid[0], grid[-1], n_frequencies)
        amplitudes = np.abs(self.transfer(points, fine))
        is_known = np.asarray((amplitudes > 0).all(axis=1))  # false too where they are not finite
        found = curve_bandwidth(fine, np.where(is_known[:, None], amplitudes, 1.0), drop_db, below)
        first, largest, peak_hz, corner_hz = (np.where(is_known, column, np.nan) for column in found[:4])
        return Bandwidth(first, largest, peak_hz, corner_hz, found.is_reached & is_known)

    def noise(self, points: NgspicePoints, frequencies_hz: Floats) -> Noise:
        """Noise of all devices; arguments as in `transfer`.

        Raises:
            SpecError: no source of the netlist has a small-signal amplitude.
        """
        sources = [d for d in self.netlist.devices if isinstance(d, (VoltageSource, CurrentSource))]
        driven = [d.name for d in sources if (d.ac_v if isinstance(d, VoltageSource) else d.ac_a)]
        if not driven:
            raise SpecError("netlist", self.netlist.name, "a netlist with a source that has a small-signal amplitude")
        nets = [net for net in self._noise_output if net != GROUND]
        heads = {"ac": nets, f"noise v({','.join(nets)}) {driven[0]}": ["onoise_spectrum"]}
        table, answers = self._swept(points, frequencies_hz, heads)
        density = _rows(answers, lambda found: _joined(found, "onoise_spectrum"), table.shape[1])
        gain = _rows(answers, lambda found: np.abs(_between(found, self._noise_output)), table.shape[1])
        return Noise(density, gain)

    def transient(
        self,
        designs: Floats,
        times_s: Floats,
        nets: Sequence[str] | None = None,
        *,
        relative_tolerance: float = 1e-4,
        absolute_tolerance_v: float = 1e-6,
        max_steps: int = 100_000,
    ) -> Transient:
        """Voltages over time; arguments as of the embedded simulator, tolerances as `ngspice.transient` explains.

        Every form loads a deck per design, with the tolerances in it.

        Raises:
            SpecError: another number of columns, an unknown net, times that do not rise, or a tolerance out of range.
        """
        limits = checked_limits(relative_tolerance, absolute_tolerance_v, max_steps)
        times, reported = checked_times(times_s), checked_nets(self.netlist, nets)
        designs, breaks_s = self._checked(designs), compile_course(self.netlist, times[-1]).breaks_s
        names = ["time", *(net for net in reported if net != GROUND)]
        decks = [self._deck(design, ()).replace(TOLERANCES, ngspice_transient.options(limits)) for design in designs]
        answers = self._run_decks(decks, [(ngspice_transient.command(times[-1]), names)])
        found = np.full((len(designs), len(reported), len(times)), np.nan)
        n_steps = np.zeros(len(designs), dtype=np.int64)
        for row, answer in enumerate(answers):
            if not isinstance(answer, SimulatorFailed):
                found[row] = ngspice_transient.sampled(answer[0], reported, times, breaks_s)
                n_steps[row] = len(answer[0]["time"])
        is_converged = (n_steps > 0) & (n_steps <= max_steps)
        failures = {row: answer for row, answer in enumerate(answers) if isinstance(answer, SimulatorFailed)}
        return Transient(self.netlist, reported, times, found, is_converged, n_steps, failures)

    def _checked(self, designs: Floats) -> Floats:
        designs = np.asarray(designs, dtype=float)
        n_parameters = len(self.netlist.parameters)
        if designs.ndim != 2 or designs.shape[1] != n_parameters:
            raise SpecError("designs", designs.shape, f"an array of shape (n, {n_parameters})")
        if not np.isfinite(designs).all():
            raise SpecError("designs", "an array with numbers that are not finite", "finite numbers")
        return designs

    def _run_decks(self, decks: Sequence[str], analyses: list[Analysis]) -> list[Vectors | SimulatorFailed]:
        """The same analyses on every deck; the worker's circuit is then another one."""
        if self._worker is None:
            return [self._run_batch(deck, analyses) for deck in decks]
        self._is_loaded = False
        answers = self._worker.perform([[("load", deck), *(("run", *one) for one in analyses)] for deck in decks])
        return [one if isinstance(one, SimulatorFailed) else one[1:] for one in answers]

    def _swept(
        self, points: NgspicePoints, frequencies_hz: Floats, heads: Mapping[str, list[str]]
    ) -> tuple[Floats, list[Vectors | SimulatorFailed]]:
        """(n, n_frequencies), and the answers of swept analyses in which just these frequencies were visited.

        Args:
            points: where to linearize.
            frequencies_hz: for all designs, or for each its own.
            heads: names of vectors by the analysis without its sweep.
        """
        frequencies = np.asarray(frequencies_hz, dtype=float)
        if frequencies.ndim not in (1, 2) or (frequencies.ndim == 2 and len(frequencies) != points.n):
            allowed = f"shape (n_frequencies,) or ({points.n}, n_frequencies)"
            raise SpecError("frequencies_hz", frequencies.shape, allowed)
        shared = _analyses(heads, frequencies) if frequencies.ndim == 1 else []
        table = np.broadcast_to(frequencies, (points.n, frequencies.shape[-1]))
        rows = np.flatnonzero(points.is_converged).tolist()
        none = SimulatorFailed("ngspice", "no operating point")
        answers: list[Vectors | SimulatorFailed] = [none] * points.n
        run = self._run(points.designs, rows, lambda row: shared or _analyses(heads, table[row]))
        for row, answer in zip(rows, run, strict=True):
            answers[row] = _checked(answer, table[row], len(heads))
        return table, answers

    def _read(self, points: NgspicePoints, names: Sequence[str]) -> Floats:
        """(n, n_names) of device quantities; not finite where the design did not converge."""
        table = np.full((points.n, len(names)), np.nan)
        rows = np.flatnonzero(points.is_converged).tolist()
        table[rows] = _rows(
            self._run(points.designs, rows, lambda row: [("op", list(names))], saved=names),
            lambda found: _scalars(found[0], names),
            len(names),
        )
        return table

    def _run(
        self,
        designs: Floats,
        rows: Sequence[int],
        analyses: Callable[[int], list[Analysis]],
        saved: Sequence[str] = (),
    ) -> list[Vectors | SimulatorFailed]:
        if self._worker is None:
            return [self._run_batch(self._deck(designs[row], saved), analyses(row)) for row in rows]
        runs = [[("run", *one) for one in analyses(row)] for row in rows]
        try:
            changes = self._changes(designs, rows, saved)
            answers = self._worker.perform([[*change, *run] for change, run in zip(changes, runs, strict=True)])
        except SimulatorFailed as failure:  # the deck cannot be loaded
            self._is_loaded = False
            return [failure] * len(runs)
        n_changes = len(changes[0]) if changes else 0
        return [one if isinstance(one, SimulatorFailed) else one[n_changes:] for one in answers]

    def _changes(self, designs: Floats, rows: Sequence[int], saved: Sequence[str]) -> list[list[Call]]:
        """The calls that make the worker's circuit the design of each row."""
        assert self._worker is not None
        if self.form == "library":
            return [[("load", self._deck(designs[row], saved))] for row in rows]
        if not self._is_loaded and len(rows):
            self._worker.load(self._deck(designs[rows[0]], ()))
            self._is_loaded = True
        found = alterations(self.netlist, designs)
        return [found.calls(row) for row in rows]

    def _run_batch(self, deck: str, analyses: list[Analysis]) -> Vectors | SimulatorFailed:
        try:
            return run_analyses(deck, [analysis for analysis, _ in analyses], timeout_s=self.timeout_s)
        except SimulatorFailed as failure:
            return failure

    def _deck(self, design: Floats, saved: Sequence[str]) -> str:
        """The deck of a design; device quantities that are `saved` by its run are five times cheaper to read."""
        names = (parameter.name for parameter in self.netlist.parameters)
        deck = to_spice(self.netlist, dict(zip(names, design.tolist(), strict=True)), self.library)
        return deck + f".save all {' '.join(saved)}\n" if saved else deck


def _ends(netlist: Netlist, output: str | tuple[str, str]) -> tuple[str, str]:
    ends = (output, GROUND) if isinstance(output, str) else (output[0], output[1])
    for net in ends:
        check_name("output", net, netlist.nets)
    return ends


def _scalars(found: Mapping[str, np.ndarray[Any, Any]], names: Sequence[str]) -> Floats:
    return np.array([found[name][0] for name in names])


def _joined(found: Vectors, name: str) -> np.ndarray[Any, Any]:
    return np.concatenate([vectors[name] for vectors in found if name in vectors])


def _rows(
    answers: Sequence[Vectors | SimulatorFailed], read: Callable[[Vectors], Any], width: int, dtype: type = float
) -> np.ndarray[Any, Any]:
    """One row per answer, not finite where there is none."""
    table: np.ndarray[Any, Any] = np.full((len(answers), width), np.nan, dtype=dtype)
    for row, answer in enumerate(answers):
        if not isinstance(answer, SimulatorFailed):
            table[row] = read(answer)
    return table


def _between(found: Vectors, ends: tuple[str, str]) -> Complexes:
    """Response between two nets, of which ground has none."""
    swept = [vectors for vectors in found if "onoise_spectrum" not in vectors]
    parts = [sign * _joined(swept, net) for net, sign in zip(ends, (1.0, -1.0), strict=True) if net != GROUND]
    response: Complexes = np.sum(parts, axis=0)
    return response


def _analyses(heads: Mapping[str, list[str]], frequencies: Floats) -> list[Analysis]:
    found: list[Analysis] = []
    for head, names in heads.items():
        kind: Literal["ac", "noise"] = "ac" if head == "ac" else "noise"
        found += [(f"{head} {sweep}", [*names, "frequency"]) for sweep in sweeps(frequencies, kind)]
    return found


def _checked(answer: Vectors | SimulatorFailed, frequencies: Floats, n_heads: int) -> Vectors | SimulatorFailed:
    if isinstance(answer, SimulatorFailed):
        return answer
    visited, wanted = _joined(answer, "frequency").real, np.tile(frequencies, n_heads)
    if len(visited) != len(wanted) or np.abs(visited / wanted - 1).max() > 1e-6:
        return SimulatorFailed("ngspice", "swept other frequencies than asked")
    return answer
