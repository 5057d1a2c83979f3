"""The application that hands out pages on the loopback, and nothing that is not part of a page.

A map's TOML lies beside its page, perhaps with a token in it. So only files of the kinds that a
page is made of are handed out, beneath the folder, and no listing of it.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from erdao_geo.errors import ErdaoGeoError

HOST = "127.0.0.1"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""The kinds of files that are handed out, whatever the system thinks their types are."""

_HEADERS = {
    # a page's own policy stands in its head; this is what must come from outside of it
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",  # OpenStreetMap refuses who sends none
    "Cache-Control": "no-cache",  # ask again: the page may have been rendered anew
}


class Pages(StaticFiles):
    """The files of a folder that are of our kinds, with the headers that a page needs."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file; there is none that is hidden or of another kind."""
        name = Path(path)
        known = name.suffix.lower() in TYPES or name == Path()
        if not known or any(part.startswith(".") for part in name.parts):
            raise HTTPException(404)
        return super().lookup_path(path)

    def file_response(self, full_path: Any, *args: Any, **kwargs: Any) -> Response:
        """Answer with a file, or a range of it, or that it has not changed."""
        response = super().file_response(full_path, *args, **kwargs)
        response.headers.update(_HEADERS)
        if "content-type" in response.headers:
            response.headers["content-type"] = TYPES[Path(full_path).suffix.lower()]
        return response


def make_app(folder: Path) -> Starlette:
    """Make the application for a folder."""
    hosts = Middleware(  # by another name that leads here, somebody else's page would ask
        TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"], www_redirect=False
    )
    return Starlette(
        routes=[Mount("/", Pages(directory=folder, html=True))],
        middleware=[hosts],
    )


def hand_out(folder: Path, *, port: int, started: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; see `erdao_geo.serve.run`."""
    with listen(port) as listener, contextlib.suppress(KeyboardInterrupt):
        started(f"http://{HOST}:{listener.getsockname()[1]}/")
        settings = uvicorn.Config(
            make_app(folder), log_level="warning", lifespan="off", server_header=False
        )
        uvicorn.Server(settings).run(sockets=[listener])


def listen(port: int) -> socket.socket:
    """Take a port of this machine that other machines do not reach."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ErdaoGeoError(
            f"port {port} on {HOST}: {error.strerror or error}; choose another with --port, or 0 "
            "for any"
        ) from error
    return listener
