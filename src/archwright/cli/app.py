"""The app: every verb under its name, in the order a newcomer meets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer

from archwright.cli import (
    browse,
    compare,
    compress,
    demo,
    doctor,
    evaluate,
    exchange,
    farm,
    read,
    report,
    reproduce,
    run,
    simulate,
)

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises for words it cannot read; typer has no public name for it."""

VERBS: dict[str, Callable[..., int | None]] = {
    "demo": demo.demo,
    "list": browse.list_entries,
    "show": browse.show,
    "doctor": doctor.doctor,
    "run": run.run,
    "status": read.status,
    "best": read.best,
    "front": read.front,
    "report": report.report,
    "export": exchange.export,
    "import": exchange.import_designs,
    "compare": compare.compare,
    "reproduce": reproduce.reproduce,
    "evaluate": evaluate.evaluate,
    "compress": compress.compress,
    "simulate": simulate.simulate,
    "retry": run.retry,
    "worker": farm.worker,
    "serve": farm.serve,
}


def make_app() -> typer.Typer:
    """The typer app with all verbs; making it imports no simulator, optimizer or store."""
    app = typer.Typer(
        name="archwright",
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(_top)
    for name, verb in VERBS.items():
        app.command(name)(verb)
    return app


def _top(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """Archwright finds better computing systems: exact simulators, every optimizer on every problem."""
    if version:
        from importlib.metadata import version as version_of

        print(f"archwright {version_of('archwright')}")
        raise typer.Exit


def run_app(words: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors are raised, not printed."""
    code = make_app()(list(words), prog_name="archwright", standalone_mode=False)
    return code if isinstance(code, int) else 0
