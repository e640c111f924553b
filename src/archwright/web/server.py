"""The dashboard's routes: pages for people, JSON for programs; nothing writes."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from archwright.core.errors import Error, SpecError
from archwright.core.problem import Problem
from archwright.report.render import render
from archwright.web.readings import Readings

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

LOCAL = ("127.0.0.1", "localhost", "[::1]", "::1")
Handler = Callable[["Request"], Awaitable["Response"]]


def make_app(store: str, find_problem: Callable[[str], Problem], hosts: Sequence[str] = ("*",)) -> Starlette:
    """The dashboard over one store.

    Args:
        store: file path or URL; opened anew, read-only, for every answer.
        find_problem: the problem behind `StudySpec.problem`.
        hosts: names under which it may be addressed; a foreign page that was given our address is refused.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.routing import Route

    readings = Readings(store, find_problem)
    routes = {
        "/": _page(lambda request: render("studies.html", store=_shown(store), studies=readings.studies())),
        "/study/{name:path}": _page(lambda request: readings.page(request.path_params["name"])),
        "/api/studies": _json(lambda request: {"studies": readings.studies()}),
        "/api/study/{name:path}/best": _json(lambda request: readings.best(request.path_params["name"])),
        "/api/study/{name:path}/front": _json(lambda request: readings.front(request.path_params["name"])),
        "/api/study/{name:path}": _json(lambda request: readings.summary(request.path_params["name"])),
    }
    guard = Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    routed = [Route(path, handler, methods=["GET"]) for path, handler in routes.items()]
    return Starlette(routes=routed, middleware=[guard])


def _page(answer: Callable[[Request], str]) -> Handler:
    async def handle(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import HTMLResponse

        try:
            return HTMLResponse(await run_in_threadpool(answer, request), headers=_HEADERS)
        except Error as error:
            page = render("message.html", heading="Not to be seen", text=str(error))
            return HTMLResponse(page, status_code=_status(error), headers=_HEADERS)

    return handle


def _json(answer: Callable[[Request], Any]) -> Handler:
    async def handle(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import JSONResponse

        try:
            return JSONResponse(await run_in_threadpool(answer, request), headers=_HEADERS)
        except Error as error:
            return JSONResponse({"error": str(error)}, status_code=_status(error), headers=_HEADERS)

    return handle


_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


def _status(error: Error) -> int:
    return 404 if isinstance(error, SpecError) and error.field == "study" else 503


def _shown(store: str) -> str:
    from archwright.core.store_engine import find_place

    return find_place(store).name


def run_server(
    store: str, find_problem: Callable[[str], Problem], host: str, port: int, on_ready: Callable[[], None]
) -> None:
    """Serve the dashboard until Ctrl-C.

    Args:
        store: file path or URL.
        find_problem: the problem behind `StudySpec.problem`.
        host: to listen on.
        port: to listen on, 1 to 65535.
        on_ready: called when the address is ours.

    Raises:
        SpecError: the port is not free, or the host is not of this machine.
    """
    import uvicorn

    with closing(_listen(host, port)) as listening:
        app = make_app(store, find_problem, LOCAL if host in LOCAL else ("*",))
        on_ready()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SpecError("--host, --port", f"{host}:{port}", f"an address that is free; {error.strerror}") from error
