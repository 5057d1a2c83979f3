"""Tiles made in code, a server for them on the loopback, and the pixels of a page."""

from __future__ import annotations

import base64
import math
import re
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from playwright.sync_api import Page

SIZE = 256
GROUND, DOT = (200, 230, 200), (255, 0, 255)
Tile = Callable[[int, int, int], bytes | None]
"""A zoom, a column from the west, a row from the north; None where there is no tile."""


def png(pixels: np.ndarray[Any, Any]) -> bytes:
    """Write height x width x 3 bytes as a PNG."""
    height, width, _ = pixels.shape
    raw = np.zeros((height, 1 + 3 * width), np.uint8)
    raw[:, 1:] = pixels.reshape(height, -1)

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(raw.tobytes()))
        + chunk(b"IEND", b"")
    )


def mercator(lon: float, lat: float, z: int) -> tuple[float, float]:
    """Give a place in tiles of the Web Mercator, from the north-west."""
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return (lon + 180) / 360 * 2**z, y * 2**z


def lonlat(lon: float, lat: float, z: int) -> tuple[float, float]:
    """Give a place in tiles of longitude and latitude, from the north-west."""
    return (lon + 180) / 360 * 2**z, (90 - lat) / 360 * 2**z


def dotted(
    lon: float, lat: float, radius: float, *, scheme: Callable[..., tuple[float, float]] = mercator
) -> Tile:
    """Paint plain ground with a dot of `radius` px of a tile about a place."""

    def tile(z: int, x: int, y: int) -> bytes:
        column, row = scheme(lon, lat, z)
        across = (np.arange(SIZE) + 0.5)[None, :] - (column - x) * SIZE
        down = (np.arange(SIZE) + 0.5)[:, None] - (row - y) * SIZE
        pixels = np.empty((SIZE, SIZE, 3), np.uint8)
        pixels[:] = GROUND
        pixels[np.hypot(across, down) < radius] = DOT
        return png(pixels)

    return tile


@contextmanager
def serving(tile: Tile) -> Iterator[tuple[str, list[str]]]:
    """Serve tiles at `/{z}/{x}/{y}.png`; give the address and the paths asked for, as they come."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            found = re.fullmatch(r"/(-?\d+)/(-?\d+)/(-?\d+)\.png(\?.*)?", self.path)
            body = tile(*map(int, found.groups()[:3])) if found else None
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


DECODE = """async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 32768) {
    text += String.fromCharCode(...data.subarray(i, i + 32768));
  }
  return [canvas.width, canvas.height, btoa(text)];
}"""


def pixels(page: Page) -> np.ndarray[Any, Any]:
    """Take a picture of a page: height x width x 3."""
    shot = base64.b64encode(page.screenshot()).decode()
    width, height, data = page.evaluate(DECODE, shot)
    return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[:, :, :3]


def middle(picture: np.ndarray[Any, Any], color: tuple[int, int, int]) -> tuple[float, float]:
    """Give the middle of what has about a colour in a picture: x, y in px."""
    away = np.abs(picture.astype(int) - color).max(axis=2)
    rows, columns = np.nonzero(away < 100)  # an edge is a mixture
    assert rows.size, f"nothing has the colour {color}"
    return (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2
