"""`compress`: a trained network into hard budgets, as files that load back."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archwright.cli import DONE
from archwright.cli.options import Json, Seed
from archwright.cli.output import say, say_json, say_table, write_text
from archwright.cli.progress import Bar
from archwright.core.errors import SpecError

if TYPE_CHECKING:
    from archwright.compression.compress import Compressed

ModelFile = Annotated[Path, typer.Argument(metavar="MODEL", help="An .onnx file, or weights: .pt, .pth, .safetensors.")]
Budgets = Annotated[
    list[str],
    typer.Option("--budget", metavar="TEXT", help="'bytes <= 1e6', 'macs <= 50%', 'latency_ms <= 3'; repeat for more."),
]
Data = Annotated[
    str, typer.Option("--data", metavar="DATA", help="An .npz file, fashion-mnist, mnist-5k or drawn-images.")
]
Network = Annotated[
    str | None, typer.Option("--network", metavar="MODULE:NAME", help="What builds the module of the weights.")
]
Methods = Annotated[
    list[str] | None, typer.Option("--method", metavar="METHOD", help="channels, prune or share; repeat for more.")
]
Method = Annotated[str, typer.Option("--with", metavar="OPT", help="The optimizer.")]
SearchTrials = Annotated[int, typer.Option("--trials", metavar="N", help="Designs that each search tries.")]
Epochs = Annotated[int, typer.Option("--epochs", metavar="N", help="Passes of training afterwards, 0 for none.")]
Floor = Annotated[
    str | None, typer.Option("--on", metavar="FLOOR", help="A simulator for cycles and energy, such as eie.")
]
Latency = Annotated[bool, typer.Option("--latency", help="Measure latency before and after, budget or not.")]
Stem = Annotated[Path | None, typer.Option("--out", metavar="STEM", help="Path of the files, without an ending.")]

ENDINGS = ("awz", "onnx", "safetensors", "html")
"""Of the files that are written."""


def compress(
    model: ModelFile,
    budget: Budgets,
    data: Data,
    network: Network = None,
    method: Methods = None,
    with_: Method = "ddpg",
    trials: SearchTrials = 100,
    epochs: Epochs = 1,
    on: Floor = None,
    latency: Latency = False,
    seed: Seed = 0,
    out: Stem = None,
    json: Json = False,
) -> int:
    """Compress a trained network into hard budgets.

    Writes STEM.awz, STEM.onnx, STEM.safetensors and the report STEM.html. Budgets may be on bytes, macs, parameters,
    activations, latency_ms, cycles and energy_uj; a share in percent is of the network as it was.
    """
    from archwright.cli.simulate import find_floor
    from archwright.compression.compress import compress as run
    from archwright.compression.measure import Target
    from archwright.compression.user_files import read_data, read_network
    from archwright.report.compression_page import compression_page

    stem = out or model.with_name(f"{model.stem}-compressed")
    if model.parent.resolve() == stem.parent.resolve() and model.name in {f"{stem.name}.{end}" for end in ENDINGS}:
        raise SpecError("--out", str(stem), f"another stem: {model} would be overwritten")
    made, split = read_network(model, network), read_data(data, seed=seed)
    target = Target(has_latency=latency, simulator=find_floor(on)() if on else None)
    with Bar(f"compress {model.name}") as bar:
        found = run(
            made, split, budget, method or (), with_, trials=trials, epochs=epochs, target=target, seed=seed,
            say=lambda what: bar.update(0.0, what),
        )  # fmt: skip
    files = found.write(stem)
    page = stem.with_name(f"{stem.name}.html")
    command = shlex.join(["archwright", *sys.argv[1:]])
    write_text(page, compression_page(found, model.name, files, command))
    if json:
        say_json(as_plain(found, {**files, str(page): page.stat().st_size}))
    else:
        say_found(found, [*files, str(page)])
    return DONE


def as_plain(found: Compressed, files: dict[str, int]) -> dict[str, Any]:
    """What programs read of a compression.

    Args:
        found: by `compress`.
        files: bytes by name.
    """
    return {
        "budgets": [str(one) for one in found.budgets],
        "before": dict(found.before),
        "after": dict(found.after),
        "stages": [one._asdict() for one in found.stages],
        "layers": [one._asdict() for one in found.layers],
        "files": files,
    }


def say_found(found: Compressed, files: list[str]) -> None:
    """Print stages, measures and files."""
    from archwright.report.compression_page import measure_rows, stage_rows

    say_table(("stage", "bytes", "rate", "validation", "test"), stage_rows(found), right=range(1, 5))
    say()
    say_table(("measure", "before", "after", "share", "budget"), measure_rows(found), right=range(1, 5))
    say()
    say(f"written: {', '.join(files)}")
