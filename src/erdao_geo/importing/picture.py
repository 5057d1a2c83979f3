"""Draw where each candidate CRS would put a file's features, so that a person sees the right one.

One HTML file with a small map for each candidate: no script, nothing from the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt
import shapely

from erdao_geo.crs import Candidate, Certainty, CRSVerdict, District, mover
from erdao_geo.errors import CRSError

Pixels = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

_MAPS = 8
_FEATURES = 400  # drawn on a map, evenly spaced through the file
_VERTICES = 4000  # of a map's features
_WIDTH, _HEIGHT = 360.0, 260.0  # of a map, in pixels
_ROOM = 0.12  # of the outline's extent, left round it
_WORDS: dict[Certainty, tuple[str, str]] = {
    "certain": ("确定", "certain"),
    "likely": ("很可能", "likely"),
    "unknown": ("未定", "open"),
}
_LONGEST = 40  # characters of an option that can be typed; a WKT is longer

_STYLE = """
:root{color-scheme:light}
body{margin:0;background:#f6f5f1;color:#1f2933;font:16px/1.5 system-ui,"PingFang SC",
"Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1180px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.35rem;margin:0}h1 small,h2 small,summary small{font-weight:400;color:#5b6770}
h1 small{display:block;font-size:1rem}
.file{overflow-wrap:anywhere;margin:.4rem 0 1rem;font-weight:600}
ul{padding-left:1.2em;margin:.5rem 0}li{overflow-wrap:anywhere}
.problem{border-left:4px solid #d55e00;background:#fff;padding:.5rem .8rem;margin:.6rem 0;
overflow-wrap:anywhere}
.maps{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px;
margin-top:1.2rem}
article{background:#fff;border:1px solid #dcdfe0;border-radius:8px;overflow:hidden}
article.first{border:2px solid #0072b2}
svg{display:block;width:100%;height:auto;background:#eef1f2}
.body{padding:.7rem .9rem .9rem}
h2{font-size:1.02rem;margin:0;overflow-wrap:anywhere}
.mark{display:inline-block;border-radius:4px;padding:0 .5em;font-size:.85rem;margin:.35rem 0}
.certain,.likely{background:#0072b2;color:#fff}.unknown{background:#e4e7e9;color:#1f2933}
.likely{background:#d6e8f4;color:#00476f}
p{margin:.25rem 0;overflow-wrap:anywhere}
code{display:block;background:#f0efe9;border-radius:4px;padding:.35rem .6rem;margin-top:.5rem;
font:.9rem ui-monospace,Consolas,monospace;overflow-wrap:anywhere}
.key{font-size:.9rem;color:#43505a}.key span{white-space:nowrap;margin-right:1.2em}
.key i{display:inline-block;width:1.8em;height:0;border-top:3px solid;vertical-align:middle;
margin-right:.4em}
.edge{color:#1f2933}
.grey{color:#9aa5ad}
.blue{color:#0072b2}
.outline{fill:#fff;stroke:#1f2933;stroke-width:1.6}
.line{fill:none;stroke:#9aa5ad;stroke-width:1.4}
.area{fill:#0072b2;fill-opacity:.25;stroke:#0072b2;stroke-width:1.4}
.way{fill:none;stroke:#0072b2;stroke-width:2;stroke-linejoin:round}
.point{fill:none;stroke:#0072b2;stroke-width:6;stroke-linecap:round}
.none{font-size:15px;fill:#b04a00;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4}
""".strip()


def candidates_html(
    title: str,
    geometries: npt.NDArray[np.object_],
    verdict: CRSVerdict,
    district: District,
) -> str:
    """Draw a file's features as each candidate would place them.

    Parameters
    ----------
    title
        The file's name.
    geometries
        In the file's coordinates; null and empty ones are left out.
    verdict
        Of `judge_crs`; its first candidates are drawn.
    district
        Drawn beneath.

    Returns
    -------
    str
        One HTML document, the same for the same input.
    """
    frame = _Frame.of(district)
    sample = _sampled(np.asarray(geometries, dtype=object))
    ground = _ground(frame, district)
    articles = [
        _article(candidate, _features(frame, sample, candidate), ground, first=number == 0)
        for number, candidate in enumerate(verdict.candidates[:_MAPS])
    ]
    if not articles:
        articles = ["<p>没有候选坐标系 No candidate puts the features in the district.</p>"]
    return _document(title, verdict, "".join(articles))


@dataclass(frozen=True)
class _Frame:
    """From lon, lat to the pixels of a map."""

    west: float
    north: float
    across: float
    """Pixels of a degree of longitude."""
    down: float

    @classmethod
    def of(cls, district: District) -> _Frame:
        west, south, east, north = shapely.bounds(district.outline).tolist()
        squeeze = float(np.cos(np.radians((south + north) / 2)))
        wide, high = (east - west) * (1 + 2 * _ROOM), (north - south) * (1 + 2 * _ROOM)
        scale = min(_WIDTH / max(wide * squeeze, 1e-9), _HEIGHT / max(high, 1e-9))
        left = (west + east) / 2 - _WIDTH / 2 / (scale * squeeze)
        top = (south + north) / 2 + _HEIGHT / 2 / scale
        return cls(left, top, scale * squeeze, scale)

    def pixels(self, lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray((lonlat - (self.west, self.north)) * (self.across, -self.down))


def _sampled(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    usable = geometries[np.isfinite(shapely.bounds(geometries)).all(axis=1)]
    if not len(usable):
        return usable
    rows = np.linspace(0, len(usable) - 1, min(_FEATURES, len(usable))).astype(int)
    return np.asarray(shapely.force_2d(usable[np.unique(rows)]))


def _ground(frame: _Frame, district: District) -> str:
    outline = _path(frame.pixels, [district.outline], "outline")
    return outline + _path(frame.pixels, [line for _, line in district.lines], "line")


def _features(frame: _Frame, sample: npt.NDArray[np.object_], candidate: Candidate) -> str:
    """Draw the features of one candidate, by kind; say so where none is on the map."""
    try:
        move = mover(candidate.crs)
    except CRSError:
        return _nothing("无法绘出 · cannot be drawn")

    def pixels(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return frame.pixels(move(xy))

    parts = shapely.get_parts(shapely.transform(sample, pixels))
    bounds = shapely.bounds(parts)
    with np.errstate(invalid="ignore"):
        seen = (bounds[:, :2] <= (_WIDTH, _HEIGHT)).all(axis=1) & (bounds[:, 2:] >= 0).all(axis=1)
    seen &= np.isfinite(bounds).all(axis=1)
    if not seen.any():
        return _nothing("要素不在图内 · features lie off this map")
    parts = _within_budget(shapely.simplify(parts[seen], 0.4))
    kinds = shapely.get_dimensions(parts)
    names = ("point", "way", "area")
    return "".join(
        _path(lambda xy: xy, parts[kinds == kind].tolist(), names[kind]) for kind in (2, 1, 0)
    )


def _within_budget(parts: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Leave out every so many parts, so that a page stays small."""
    total = int(shapely.get_num_coordinates(parts).sum())
    return parts[:: max(1, -(-total // _VERTICES))]


def _nothing(words: str) -> str:
    return f'<text class="none" x="{_WIDTH / 2:.0f}" y="{_HEIGHT / 2:.0f}">{escape(words)}</text>'


def _path(pixels: Pixels, geometries: Iterable[shapely.Geometry | None], kind: str) -> str:
    """Write geometries as one path; a point is a line of no length with a round end."""
    rings: list[str] = []
    for geometry in geometries:
        if geometry is None or shapely.is_empty(geometry):
            continue
        flat = shapely.transform(shapely.force_2d(geometry), pixels)
        for part in shapely.get_parts(flat):
            rings.extend(_strokes(part))
    return f'<path class="{kind}" d="{"".join(rings)}"/>' if rings else ""


def _strokes(part: shapely.Geometry) -> Iterable[str]:
    closed = shapely.get_dimensions(part) == 2  # noqa: PLR2004
    for ring in shapely.get_parts(shapely.get_rings(part) if closed else part):
        xy = np.clip(shapely.get_coordinates(ring), -9999, 9999).round(1)
        points = " ".join(f"{x:g} {y:g}" for x, y in xy.tolist())
        end = "Z" if closed else "h0" if len(xy) == 1 else ""
        yield f"M{points}{end}"


def _article(candidate: Candidate, features: str, ground: str, *, first: bool) -> str:
    zh, en = _WORDS[candidate.verdict]
    named = len(candidate.crs) <= _LONGEST
    option = f"--crs {candidate.crs}" if named else "文件所声明 · as the file declares"
    label = escape(candidate.title, quote=True)
    return (
        f"<article{' class=first' if first else ''}>"
        f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{label}">'
        f"{ground}{features}</svg>"
        f'<div class="body"><h2>{escape(candidate.title)}</h2>'
        f'<span class="mark {candidate.verdict}">{zh} {en}</span>'
        f"<p>{escape(candidate.reason)}</p><code>{escape(option)}</code></div></article>\n"
    )


def _document(title: str, verdict: CRSVerdict, articles: str) -> str:
    problems = "".join(
        f'<p class="problem">{escape(message)} [{escape(rule)}]</p>'
        for rule, message in verdict.problems
    )
    told = " ".join(message for _, message in verdict.problems)
    evidence = "".join(f"<li>{escape(each)}</li>" for each in verdict.evidence if each not in told)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · 坐标系候选</title>
<style>{_STYLE}</style>
</head>
<body><main>
<h1>坐标系候选：哪一幅是对的？
<small>Candidates for the coordinate system: which map is right?</small></h1>
<p class="file">{escape(title)}</p>
{problems}<ul>{evidence}</ul>
<p class="key"><span><i class="edge"></i>区界 outline</span>
<span><i class="grey"></i>已知道路、河流 known lines</span>
<span><i class="blue"></i>文件要素 features of the file</span></p>
<div class="maps">
{articles}</div>
</main></body>
</html>
"""
