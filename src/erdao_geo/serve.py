"""Show the pages of a folder to this machine's browser, and to nobody else.

What is in the folder beside the pages (a map's TOML with its token, say) is not handed out: only
files of the kinds that a page is made of, beneath the folder, and no listing of it.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erdao_geo.errors import ErdaoGeoError

if TYPE_CHECKING:
    from starlette.applications import Starlette

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


def make_app(folder: Path) -> Starlette:
    """Make the application that hands out a folder's pages.

    Parameters
    ----------
    folder
        The folder; `/` is its `index.html`.

    Raises
    ------
    ErdaoGeoError
        If Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.middleware import Middleware
        from starlette.middleware.trustedhost import TrustedHostMiddleware
        from starlette.routing import Mount
    except ImportError as error:
        raise _missing() from error
    names = [HOST, "localhost"]  # another name that leads here is somebody else's page
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)
    return Starlette(routes=[Mount("/", _pages(folder))], middleware=[hosts])


def run(folder: Path, *, port: int, started: Callable[[str], None]) -> None:
    """Hand out a folder's pages until Ctrl-C.

    Parameters
    ----------
    folder
        The folder.
    port
        On 127.0.0.1; 0 for any that is free.
    started
        Called with the address, once a browser would get an answer there.

    Raises
    ------
    ErdaoGeoError
        If Uvicorn or Starlette is not installed, or the port is taken.
    """
    try:
        import uvicorn
    except ImportError as error:
        raise _missing() from error
    app = make_app(folder)
    listener = _listen(port)
    with listener, contextlib.suppress(KeyboardInterrupt):
        started(f"http://{HOST}:{listener.getsockname()[1]}/")
        settings = uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False)
        uvicorn.Server(settings).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
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


def _pages(folder: Path) -> Any:
    """Give the files of a folder that are of our kinds, with the headers that a page needs."""
    from starlette.exceptions import HTTPException
    from starlette.staticfiles import StaticFiles

    class Pages(StaticFiles):
        def lookup_path(self, path: str) -> Any:
            name = Path(path or ".")
            hidden = any(part.startswith(".") for part in name.parts)
            if hidden or (name.suffix.lower() not in TYPES and name != Path()):
                raise HTTPException(404)
            return super().lookup_path(path)

        def file_response(self, full_path: Any, *args: Any, **kwargs: Any) -> Any:
            response = super().file_response(full_path, *args, **kwargs)
            response.headers.update(_HEADERS)
            if "content-type" in response.headers:
                response.headers["content-type"] = TYPES[Path(full_path).suffix.lower()]
            return response

    return Pages(directory=folder, html=True)


def _missing() -> ErdaoGeoError:
    return ErdaoGeoError(
        "serve needs Starlette and Uvicorn, which are not installed; "
        "run: pip install 'erdao-geo[serve]'"
    )
