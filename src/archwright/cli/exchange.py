"""`export` and `import`: results out, designs in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archwright.cli.address import open_to_write, read_subject
from archwright.cli.options import Out, StoreName
from archwright.cli.output import hint, say, write_text
from archwright.cli.progress import Bar
from archwright.cli.report import file_name
from archwright.cli.stopping import stoppable

if TYPE_CHECKING:
    from archwright.report.subject import Subject

SLOW_ABOVE = 3000
FORMATS = ("csv", "json", "spice", "optuna")
Format = Annotated[str, typer.Option("--to", metavar="FORMAT", help="csv, json, spice (best design) or optuna.")]
Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A .json or .csv file with designs, or another STORE[:NAME].")
]
Most = Annotated[int | None, typer.Option("--best", metavar="N", help="Only the best N designs of another study.")]


def export(store: StoreName, to: Format, out: Out = None) -> None:
    """Write a study as CSV, JSON, SPICE or for Optuna.

    CSV and JSON hold every trial, SPICE the best design as a deck, an Optuna store opens in optuna-dashboard. Without
    --out, text goes to stdout.
    """
    from archwright.cli.tables import as_csv, as_json, as_spice
    from archwright.core.errors import check_name

    check_name("--to", to, FORMATS)
    with Bar(f"export to {to}"):
        subject = read_subject(store)
        if to == "optuna":
            say(write_optuna(subject, out or Path(f"{file_name(subject.spec.name)}.optuna.db")))
            return
        text = {"csv": as_csv, "json": as_json, "spice": as_spice}[to](subject)
    if out is None:
        say(text.rstrip("\n"))
        return
    write_text(out, text)
    say(f"{out}: {'best design' if to == 'spice' else f'{len(subject.trials):,} trials'}")


def write_optuna(subject: Subject, out: Path) -> str:
    """Write a study for Optuna: a journal where `out` ends in `.log`, which is fast, else an SQLite file.

    Raises:
        SpecError: the file holds a study of this name already, or cannot be written.
        SimulatorMissing: Optuna is not installed.
    """
    from importlib.util import find_spec

    from archwright.adapters.optuna import to_optuna
    from archwright.core.errors import SimulatorMissing, SpecError

    if find_spec("optuna") is None:
        raise SimulatorMissing("optuna", "pip install 'archwright[bo]'")
    import optuna

    if not out.absolute().parent.is_dir():
        raise SpecError("--out", str(out), "a file in a folder that exists")
    if out.suffix != ".log" and len(subject.trials) > SLOW_ABOVE:
        minutes = len(subject.trials) / 50 / 60
        hint(f"an SQLite file takes about {minutes:.0f} minutes; one that ends in .log takes seconds")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    journal = optuna.storages.journal
    storage, shown = f"sqlite:///{out}", f"sqlite:///{out}"
    if out.suffix == ".log":
        storage, shown = optuna.storages.JournalStorage(journal.JournalFileBackend(str(out))), str(out)
    to_optuna(subject.trials, subject.problem, subject.goals, name=subject.spec.name, storage=storage)
    return f"{out}: {len(subject.trials):,} trials; to look at it: optuna-dashboard {shown}"


def import_designs(store: StoreName, source: Source, best: Most = None) -> None:
    """Evaluate designs from elsewhere in a study.

    They become trials of the study, and its optimizer learns of them.
    """
    from archwright.cli.tables import read_designs

    study = open_to_write(store)
    designs = read_designs(source, study.problem.space, best)
    with Bar(f"import {source}"), stoppable(lambda: "nothing is imported"):
        added = study.add(designs, source=source)
    feasible = sum(trial.is_feasible for trial in added)
    say(f"{study.spec.name}: {len(added):,} designs imported, {feasible:,} of them meet every goal")
