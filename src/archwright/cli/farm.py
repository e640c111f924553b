"""`worker` and `serve`: processes that stand beside a study."""

from __future__ import annotations

from typing import Annotated

import typer

from archwright.cli.address import open_store, read_address
from archwright.cli.output import say

StoreUrl = Annotated[str, typer.Argument(metavar="STORE", help="A file, or postgresql://... .")]
Once = Annotated[bool, typer.Option("--once", help="Stop when there is nothing left to do.")]
Poll = Annotated[float, typer.Option("--poll-s", metavar="S", help="Pause between two looks for work.")]
Lease = Annotated[float, typer.Option("--lease-s", metavar="S", help="How long a claim holds if this worker dies.")]
Host = Annotated[str, typer.Option("--host", metavar="HOST", help="Who may connect; only this machine by default.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", help="Of the dashboard.")]


def serve(store: StoreUrl, port: Port = 8080, host: Host = "127.0.0.1") -> None:
    """Show the studies of a store in a browser.

    Read-only, and safe while they run.
    """
    from importlib.util import find_spec

    from archwright.core.errors import SimulatorMissing, SpecError

    if not 0 < port < 65536:
        raise SpecError("--port", port, "a number from 1 to 65535")
    for package in ("starlette", "uvicorn"):
        if find_spec(package) is None:
            raise SimulatorMissing(package, "pip install 'archwright[web]'")
    address = read_address(store)
    open_store(address.store).close()
    from archwright.cli.problems import stored_problem
    from archwright.web.server import run_server

    run_server(
        address.store, stored_problem, host, port, on_ready=lambda: say(f"http://{host}:{port}/  (Ctrl-C ends it)")
    )


def worker(store: StoreUrl, once: Once = False, poll_s: Poll = 0.2, lease_s: Lease = 30.0) -> None:
    """Evaluate trials for runs with --pool workers.

    Serves every study of the store until Ctrl-C.
    """
    from archwright.cli.problems import stored_problem
    from archwright.core.worker import work

    address = read_address(store)
    answered = work(address.store, once=once, poll_s=poll_s, lease_s=lease_s, load_file=stored_problem)
    say(f"{answered:,} trials answered")
