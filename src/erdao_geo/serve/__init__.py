"""Show the pages of a folder to this machine's browser; needs the extra `erdao-geo[serve]`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from erdao_geo.errors import ErdaoGeoError

__all__ = ["run"]


def run(folder: Path, *, port: int, started: Callable[[str], None]) -> None:
    """Hand out a folder's pages until Ctrl-C.

    Parameters
    ----------
    folder
        The folder; `/` is its `index.html`.
    port
        On 127.0.0.1; 0 for any that is free.
    started
        Called with the address, once a browser would get an answer there.

    Raises
    ------
    ErdaoGeoError
        If Uvicorn or Starlette is not installed, or the port is taken.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ErdaoGeoError(
            f"serve needs {' and '.join(missing)}, not installed here; "
            "run: pip install 'erdao-geo[serve]'"
        )
    from erdao_geo.serve.app import hand_out

    hand_out(folder, port=port, started=started)
