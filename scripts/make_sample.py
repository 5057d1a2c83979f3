"""Write the sample features of Erdao District into data/, the same bytes each time.

    .venv/bin/python scripts/make_sample.py [FOLDER]

The work report of 2022 names a few places and gives no coordinates. So what it names and public
maps show is `approximate`, what it names and no map shows is `none` (no geometry), and all the rest
is invented here along a street grid, called 示例 (sample) by name and `illustrative` by evidence.
No number in a ledger made from these can pass for a fact.

Places are in CGCS2000, taken as WGS 84. Statuses are invented for sample features only: a place
that the report names has the status that the report's own words give it.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from pyproj import Geod
from shapely.affinity import scale
from shapely.geometry import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from erdao_geo.definitions import read_layer
from erdao_geo.storage.geojson import write_features

ROOT = Path(__file__).resolve().parents[1]
SEED = 220105
GEOD = Geod(ellps="GRS80")
MU = 10_000 / 15
METRE_LON, METRE_LAT = 1 / 80_340, 1 / 111_110  # degrees, at 43.88 N; for laying out only

Coord = tuple[float, float]
Row = dict[str, Any]
Rng = np.random.Generator

# --- Ground: approximate places, three decimals (about 100 m) ------------------------------------

BOUNDARY: list[Coord] = [
    (125.351, 43.861), (125.344, 43.879), (125.356, 43.892), (125.354, 43.945), (125.360, 43.961),
    (125.425, 43.957), (125.420, 43.928), (125.455, 43.938), (125.495, 43.937), (125.505, 43.925),
    (125.520, 43.935), (125.535, 43.930), (125.520, 43.905), (125.535, 43.900), (125.555, 43.920),
    (125.585, 43.933), (125.620, 43.935), (125.630, 43.920), (125.655, 43.925), (125.685, 43.935),
    (125.695, 43.914), (125.730, 43.914), (125.745, 43.924), (125.780, 43.925), (125.810, 43.905),
    (125.818, 43.860), (125.800, 43.825), (125.796, 43.775), (125.762, 43.767), (125.735, 43.782),
    (125.700, 43.793), (125.670, 43.790), (125.645, 43.780), (125.602, 43.773), (125.596, 43.756),
    (125.562, 43.758), (125.548, 43.775), (125.570, 43.802), (125.500, 43.811), (125.500, 43.830),
    (125.517, 43.837), (125.506, 43.855), (125.430, 43.852), (125.402, 43.830), (125.387, 43.861),
]  # fmt: skip
"""Drawn by hand as a strong generalisation; a user replaces it by the official outline."""

AVENUES: dict[str, list[Coord]] = {
    "自由大路": [(125.353, 43.862), (125.370, 43.862), (125.403, 43.863), (125.416, 43.863)],
    "吉林大路": [
        (125.346, 43.879), (125.358, 43.880), (125.403, 43.880), (125.416, 43.879),
        (125.443, 43.888),
    ],
    "临河街": [(125.358, 43.862), (125.358, 43.885)],
    "东盛大街": [(125.370, 43.862), (125.370, 43.890)],
    "远达大街": [(125.369, 43.900), (125.369, 43.929)],
    "世纪大街": [(125.403, 43.850), (125.403, 43.880)],
    "洋浦大街": [(125.416, 43.850), (125.416, 43.879), (125.419, 43.927)],
    "英俊大街": [(125.491, 43.906), (125.491, 43.923)],
    "东南湖大路": [(125.488, 43.858), (125.509, 43.862)],
    "东自由大路": [(125.440, 43.859), (125.509, 43.862), (125.600, 43.840)],
}  # fmt: skip
RIVER = [(125.353, 43.862), (125.347, 43.879), (125.357, 43.892), (125.357, 43.945)]
RAILWAY = [(125.358, 43.907), (125.385, 43.907), (125.419, 43.916), (125.500, 43.928)]
MOTORWAY = [
    [(125.515, 43.841), (125.533, 43.844)],
    [(125.583, 43.778), (125.578, 43.760)],
]
"""In two pieces: the course between them is not known to us, and is not made up."""

# --- Named in the report: name, clause, section, place (or None), how the place is known ----------


class Named(NamedTuple):
    """A place that the report names."""

    name: str
    clause: str
    section: str
    place: Coord | None = None
    note: str = "位置不详，公开资料未查到"


PLANNING = "启动“雾开新城”、长青区域等重要片区规划设计"
CLEARANCE = "强力推进烟长高速、东南湖大路等省市重点工程征拆"
WATERS = "谋划建设东新开河、引水河水系连通工程"
FINE_STREETS = "打造自由大路、吉林大路高品质街路"
HOSPITALS = "推进区医院与吉大一院、区中医院与长春中医药大学合作办医"
HEALTH = "加快区疾病预防控制体系项目、远达社区卫生服务中心建设"
STARTED = "推进长新等3所学校开工建设"
UPGRADED = "实施52、108学校品牌提升工程"
POINTS = "打造6个基层治理示范点"

PROJECTS = [
    Named("迈丰生物改造项目", "确保迈丰生物改造项目投产达效", "推进新技术集群加速隆起"),
    Named("英俊镇", "放大英俊镇生态优势", "实施休闲农业培育行动", (125.483, 43.889),
          "以英俊大街站为代表点，镇政府位置不详"),
    Named("长春国家农业公园", "力争长春国家农业公园一期运营", "实施休闲农业培育行动"),
    Named("雪驰山", "提升雪驰山特色旅游虹吸效应", "实施休闲农业培育行动"),
    Named("正茂青年创业工场", "实现正茂青年创业工场等一批创新载体功能拓展", "突出创新聚能"),
    Named("东狮集团", "完成东狮集团与长春工大创新成果应用", "突出创新聚能"),
    Named("雾开新城", PLANNING, "强化规划引领", (125.547, 43.889),
          "以雾开河大街站为代表点，片区范围不详"),
    Named("长青区域", PLANNING, "强化规划引领", (125.403, 43.880),
          "以长青站为代表点，片区范围不详"),
    Named("烟长高速", CLEARANCE, "完善基础设施", (125.533, 43.844), "区内路段上一点"),
    Named("东南湖大路", CLEARANCE, "完善基础设施", (125.488, 43.858), "东延线西端"),
    Named("长新东路立体停车场、公交枢纽", "启动长新东路立体停车场、公交枢纽合建项目",
          "完善基础设施", (125.369, 43.929), "取长新东路西端，项目地块不详"),
    Named("和平农场电力改迁", "完成和平农场电力改迁等管线配套", "完善基础设施"),
    Named("东新开河水系连通", WATERS, "严格保护生态"),
    Named("引水河水系连通", WATERS, "严格保护生态"),
    Named("自由大路高品质街路", FINE_STREETS, "实施精细管理", (125.392, 43.8627), "街路上一点"),
    Named("吉林大路高品质街路", FINE_STREETS, "实施精细管理", (125.370, 43.880), "街路上一点"),
    Named("四合村", "把四合村建成“美丽宜居示范村”", "实施精细管理"),
    Named("退役军人创业孵化基地", "确保退役军人创业孵化基地投入使用", "兜牢社会保障底线"),
    Named("英俊福利中心", "将英俊福利中心打造成全省一流的养老机构", "兜牢社会保障底线"),
    Named("刘英俊育红中心", "建成刘英俊育红中心", "办好优质均衡教育"),
    Named("区医院", HOSPITALS, "加快健康二道建设", None, "位置不详：公交站序推得的位置可能已迁"),
    Named("区中医院", HOSPITALS, "加快健康二道建设"),
    Named("区疾病预防控制体系项目", HEALTH, "加快健康二道建设"),
    Named("远达社区卫生服务中心", HEALTH, "加快健康二道建设"),
]  # fmt: skip
UPGRADED_SCHOOLS = [
    Named("52学校", UPGRADED, "办好优质均衡教育", (125.365, 43.874), "据公交站序，误差约600米"),
    Named("108学校", UPGRADED, "办好优质均衡教育", (125.366, 43.873), "据公交站序，误差约500米"),
]
UNIVERSALS = [
    Named("建成区裸露地面", "全面消除建成区裸露地面", "实施精细管理", None, "“全面”，无数字"),
    Named("街道“社工站”", "实现街道“社工站”全覆盖", "提高社会治理效能", None, "“全覆盖”，无数字"),
]

# --- The street grid: columns and rows are blends of the avenues, so that streets meet them -------

COLUMNS = [
    125.358, 125.364, 125.370, 125.3745, 125.379, 125.385, 125.391, 125.397, 125.403, 125.4095,
    125.416,
]  # fmt: skip
ROWS = [
    43.862, 43.8665, 43.871, 43.8755, 43.880, 43.884, 43.888, 43.8925, 43.897, 43.9015, 43.911,
    43.9155, 43.920, 43.9245, 43.929, 43.934,
]  # fmt: skip
UPRIGHTS = {  # the lines that columns lie between: lon where it crosses 吉林大路 -> (lats, lons)
    125.358: ([43.885, 43.900], [125.358, 125.3625]),
    125.370: ([43.890, 43.900], [125.370, 125.369]),
    125.403: ([43.850], [125.403]),
    125.416: ([43.879, 43.927], [125.416, 125.419]),
}
LEVELS = {  # the same for rows: lat where it crosses 东盛大街 -> the line
    43.862: AVENUES["自由大路"],
    43.880: AVENUES["吉林大路"][:-1],
    43.934: [(125.358, 43.934), (125.420, 43.934)],
}
NEW_COLUMNS = [125.473, 125.479, 125.485, 125.491, 125.497]
NEW_ROWS = [43.9095, 43.9135, 43.9175, 43.9215]

Node = tuple[str, int, int]  # "W" the built-up west or "Y" 英俊 new area; column; row


def make_nodes(rng: Rng) -> dict[Node, Coord]:
    """Place every crossing of the grid; those that are on no avenue are moved some 20 m."""
    nodes: dict[Node, Coord] = {}
    for c, lon in enumerate(COLUMNS):
        for r, lat in enumerate(ROWS):
            fixed = c in (0, 2, 8, 10) or r in (0, 4)
            nodes["W", c, r] = _moved(_crossing(lon, lat), rng, 0 if fixed else 22)
    for c, lon in enumerate(NEW_COLUMNS):
        for r, lat in enumerate(NEW_ROWS):
            nodes["Y", c, r] = _moved((lon, lat), rng, 0 if c == 3 else 22)
    return nodes


def _crossing(column: float, row: float) -> Coord:
    lon, lat = column, row
    for _ in range(3):
        lon = _blend(column, {at: float(np.interp(lat, *line)) for at, line in UPRIGHTS.items()})
        lat = _blend(row, {at: float(np.interp(lon, *zip(*line, strict=True)))
                           for at, line in LEVELS.items()})  # fmt: skip
    return lon, lat


def _blend(at: float, lines: dict[float, float]) -> float:
    return float(np.interp(at, list(lines), list(lines.values())))


def _moved(place: Coord, rng: Rng, metres: float) -> Coord:
    east, north = rng.uniform(-1, 1, 2) * metres
    return place[0] + east * METRE_LON, place[1] + north * METRE_LAT


# --- Roads ---------------------------------------------------------------------------------------


class Street(NamedTuple):
    """A road along the grid: its ends, the report's lists it is on, its works and its states."""

    start: Node
    end: Node
    lists: str  # of "18", "13", "3"
    states: str  # of each segment: C completed, U under construction, P planned
    work: str = "new"
    declared: float | None = None  # as a share of the measured length


SAMPLE_STREETS = [
    Street(("W", 6, 0), ("W", 6, 2), "18 13", "C", declared=1.01),
    Street(("W", 4, 2), ("W", 6, 2), "18 13", "CC", declared=0.99),
    Street(("W", 9, 0), ("W", 9, 2), "18 13", "C", declared=1.08),
    Street(("W", 8, 2), ("W", 10, 2), "18 13", "CC", "rebuild"),
    Street(("W", 7, 4), ("W", 7, 6), "18 13", "C", declared=1.0),
    Street(("W", 5, 6), ("W", 7, 6), "18 13", "U"),
    Street(("W", 5, 4), ("W", 5, 7), "18 13", "CCC"),
    Street(("W", 2, 8), ("W", 5, 8), "18 13", "CC", declared=0.92),
    Street(("W", 3, 6), ("W", 3, 8), "18 13", "C", declared=1.02),
    Street(("W", 8, 7), ("W", 10, 7), "18 13", "U"),
    Street(("W", 8, 4), ("W", 8, 7), "18 13", "C", declared=0.98),
    Street(("W", 2, 11), ("W", 4, 11), "18 13", "UU"),
    Street(("W", 4, 10), ("W", 4, 13), "18", "CCU"),
    Street(("W", 2, 13), ("W", 4, 13), "18", "U", "rebuild"),
    Street(("W", 8, 12), ("W", 10, 12), "18", "U"),
    Street(("Y", 1, 1), ("Y", 3, 1), "18", "CU", declared=1.01),
    Street(("Y", 1, 0), ("Y", 1, 2), "18", "U"),
    Street(("W", 0, 3), ("W", 2, 3), "3", "C", declared=1.0),
    Street(("Y", 1, 2), ("Y", 3, 2), "3", "U"),
]
FUAN = (("W", 4, 2), ("W", 4, 4))
FUFENG = (("W", 2, 6), ("W", 4, 6))


def make_roads(rng: Rng, nodes: dict[Node, Coord]) -> list[Row]:
    """Lay out the named roads and the sample roads, a row for each segment."""
    rows = [
        {"id": "road-fuan", "name": "福安街", "road": "福安街", "in_18": True,
         "status": "under_construction", "evidence": "approximate",
         "clause": "加快福安街等18条道路建设", "geometry": _line(nodes, *FUAN),
         "note": "据公交站序，误差约500米，两端不详；报告称“加快建设”，据此记为在建，日期不详"},
        {"id": "road-zhishi", "name": "芝仕路", "road": "芝仕路", "in_13": True,
         "status": "planned", "evidence": "none", "clause": "确保芝仕路等13条道路竣工通车",
         "geometry": None, "note": "位置不详，公开资料未查到；状态据报告记为计划"},
        {"id": "road-fufeng", "name": "阜丰路", "road": "阜丰路", "in_3": True, "work": "new",
         "status": "planned", "evidence": "approximate", "clause": "打通阜丰路等3条断头路",
         "geometry": _line(nodes, *FUFENG),
         "note": "据公交站序，与东盛大街路口误差约300米，打通段起止不详；状态据报告记为计划"},
    ]  # fmt: skip
    for number, street in enumerate(SAMPLE_STREETS, 1):
        rows += _segments(rng, nodes, number, street)
    return rows


def _segments(rng: Rng, nodes: dict[Node, Coord], number: int, street: Street) -> Iterator[Row]:
    road, lists = f"示例道路{number:02}", street.lists.split()
    points = _line(nodes, street.start, street.end).coords
    cuts = np.linspace(0, len(points) - 1, len(street.states) + 1).round().astype(int)
    for part, (state, a, b) in enumerate(zip(street.states, cuts, cuts[1:], strict=False), 1):
        line = LineString(points[a : b + 1])
        length_km = GEOD.geometry_length(line) / 1000
        yield {
            "id": f"road-{number:02}-{part}",
            "name": road if len(street.states) == 1 else f"{road}（第{part}段）",
            "road": road,
            **{f"in_{list_}": list_ in lists for list_ in ("18", "13", "3")},
            "work": street.work,
            **_progress(rng, state),
            "evidence": "illustrative",
            "declared_length_km": street.declared and round(length_km * street.declared, 2),
            **_parties(rng, line),
            "geometry": line,
        }


def _line(nodes: dict[Node, Coord], start: Node, end: Node) -> LineString:
    """Follow the grid from one crossing to another in the same row or column."""
    grid, c0, r0 = start
    _, c1, r1 = end
    return LineString([nodes[grid, c, r] for c in range(c0, c1 + 1) for r in range(r0, r1 + 1)])


# --- Sites in blocks -----------------------------------------------------------------------------

SHAPES: list[list[Coord]] = [  # in a unit square: a rectangle, an L, one with a cut corner
    [(0, 0), (1, 0), (1, 1), (0, 1)],
    [(0, 0), (1, 0), (1, 0.55), (0.6, 0.55), (0.6, 1), (0, 1)],
    [(0, 0), (1, 0), (1, 0.7), (0.65, 1), (0, 1)],
]
DISTRICTS = {"W": (len(COLUMNS), len(ROWS)), "Y": (len(NEW_COLUMNS), len(NEW_ROWS))}


def make_sites(
    rng: Rng, nodes: dict[Node, Coord], keep_out: BaseGeometry
) -> dict[str, list[Polygon]]:
    """Lay one shape in each half of each block, and deal them out: old stock in the south."""
    south, north = [], []
    for block in _blocks():
        for half in (0.0, 0.5):
            site = _site(rng, nodes, block, half)
            if not site.intersects(keep_out):
                (south if block[0] == "W" and block[2] < 7 else north).append(site)
    south = [south[i] for i in rng.permutation(len(south))]
    north = [north[i] for i in rng.permutation(len(north))]
    return {
        "communities": south[:40] + north[:6],
        "separation": south[40:57] + north[6:14],
        "shantytowns": south[57:63] + north[14:45],
        "schools": south[63:64] + north[45:46],
    }


def _blocks() -> Iterator[Node]:
    for grid, (columns, rows) in DISTRICTS.items():
        for c in range(columns - 1):
            for r in range(rows - 1):
                yield grid, c, r


def _site(rng: Rng, nodes: dict[Node, Coord], block: Node, half: float) -> Polygon:
    """Map a shape from the unit square into half a block, clear of its streets."""
    grid, c, r = block
    corners = np.array([nodes[grid, c + i, r + j] for i, j in ((0, 0), (1, 0), (0, 1), (1, 1))])
    shape = SHAPES[rng.integers(len(SHAPES))]
    u0, u1 = half + rng.uniform(0.09, 0.14), half + rng.uniform(0.36, 0.43)
    v0, v1 = rng.uniform(0.12, 0.38), rng.uniform(0.60, 0.88)
    mirror = rng.integers(2)
    points = []
    for x, y in shape:
        u, v = u0 + (u1 - u0) * (1 - x if mirror else x), v0 + (v1 - v0) * y
        u, v = np.array([u, v]) + rng.uniform(-0.012, 0.012, 2)
        weights = np.array([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])
        points.append(tuple(weights @ corners))
    return Polygon(points)


def make_communities(rng: Rng, sites: Sequence[Polygon]) -> list[Row]:
    """Twenty-five carried over from the year before and finished, twenty-one started."""
    rows = []
    for number, site in enumerate(sites, 1):
        batch = "finish" if number <= 25 else "start"
        state = "C" if batch == "finish" else "C" if number <= 32 else "U" if number <= 43 else "P"
        progress = _progress(rng, state, year=2021 if batch == "finish" else 2022)
        rows.append(_sample(rng, f"community-{number:02}", f"示例小区{number:02}", site)
                    | progress | {"batch": batch})  # fmt: skip
    return rows


def make_shantytowns(rng: Rng, sites: Sequence[Polygon]) -> list[Row]:
    """Thirty-seven sites: some cleared, most under way, six not begun."""
    states = "C" * 9 + "U" * 22 + "P" * 6
    return [
        _sample(rng, f"shantytown-{number:02}", f"棚户区地块{number:02}（示例）", site)
        | _progress(rng, state)
        for number, (site, state) in enumerate(zip(sites, states, strict=True), 1)
    ]


VILLAGES = [(125.628, 43.872), (125.607, 43.823)]


def make_drainage(rng: Rng, sites: Sequence[Polygon]) -> list[Row]:
    """Twenty-five communities with rain and sewage separated, and two village systems."""
    states = "C" * 16 + "U" * 7 + "P" * 2
    rows = [
        _sample(rng, f"separation-{number:02}", f"雨污分流小区{number:02}（示例）", site)
        | _progress(rng, state)
        | {"kind": "separation"}
        for number, (site, state) in enumerate(zip(sites, states, strict=True), 1)
    ]
    for number, place in enumerate(VILLAGES, 1):
        village = _sized(_blob(rng, place), rng.uniform(80_000, 120_000))
        name = f"示例村屯{number:02}污水收集处理系统"
        row = _sample(rng, f"village-{number:02}", name, village) | _progress(rng, "P")
        rows.append(row | {"kind": "village_sewage"})
    return rows


# --- Sites in the open ---------------------------------------------------------------------------

MINES = [
    (125.672, 43.868), (125.705, 43.842), (125.735, 43.873), (125.761, 43.848), (125.748, 43.812),
    (125.690, 43.817),
]  # fmt: skip
PLOTS = [  # where, how many mu, state, declared as a share of the measured area
    ((125.546, 43.868), 62, "C", 1.0), ((125.573, 43.884), 88, "C", 0.99),
    ((125.588, 43.857), 105, "C", 1.07), ((125.560, 43.832), 74, "C", None),
    ((125.641, 43.896), 96, "C", 1.01), ((125.655, 43.838), 81, "U", 1.0),
    ((125.602, 43.912), 58, "C", None), ((125.712, 43.893), 70, "U", None),
    ((125.777, 43.893), 72, "C", 0.98),
]  # fmt: skip
STRIPS = [  # the line, the share of it to begin at, metres off it, width, square metres
    (RAILWAY, 0.05, 25, 16, 3_400), (RAILWAY, 0.30, -25, 16, 2_800), (RAILWAY, 0.72, 25, 16, 3_900),
    (AVENUES["自由大路"], 0.44, 20, 12, 2_100), (AVENUES["洋浦大街"], 0.62, 20, 12, 2_300),
    (AVENUES["世纪大街"], 0.12, -20, 12, 1_750),
]  # fmt: skip


def make_mines(rng: Rng) -> list[Row]:
    """Six pits in the eastern hills."""
    return [
        _sample(rng, f"mine-{number:02}", f"示例矿山{number:02}",
                _sized(_blob(rng, place), rng.uniform(30_000, 90_000))) | _progress(rng, state)
        for number, (place, state) in enumerate(zip(MINES, "CUUUPP", strict=True), 1)
    ]  # fmt: skip


def make_greening(rng: Rng) -> list[Row]:
    """Woods in the open east, sized in mu, and narrow strips along railway and avenues."""
    rows = []
    for number, (place, mu, state, declared) in enumerate(PLOTS, 1):
        row = _sample(rng, f"wood-{number:02}", f"示例绿化地块{number:02}",
                      _sized(_blob(rng, place), mu * MU))  # fmt: skip
        row |= _progress(rng, state) | {"kind": "afforestation"}
        rows.append(row | {"declared_area_mu": declared and round(mu * declared, 1)})
    for number, (along, at, off, width, area) in enumerate(STRIPS, 1):
        strip = _sized(_strip(along, at, off, width, area), area)
        row = _sample(rng, f"strip-{number:02}", f"示例沿线绿化{number:02}", strip)
        rows.append(row | _progress(rng, "C") | {"kind": "street"})
    return rows


def _blob(rng: Rng, centre: Coord) -> Polygon:
    """Draw an irregular outline of a dozen corners about 150 m from the centre."""
    count = int(rng.integers(9, 14))
    angles = (np.arange(count) + rng.uniform(-0.25, 0.25, count)) * 2 * np.pi / count
    radii = 150 * rng.uniform(0.75, 1.2, count)
    east, north = radii * np.cos(angles) * rng.uniform(1.0, 1.5), radii * np.sin(angles)
    return Polygon(zip(centre[0] + east * METRE_LON, centre[1] + north * METRE_LAT, strict=True))


def _strip(along: list[Coord], at: float, off: float, width: float, area: float) -> Polygon:
    """Draw a strip beside a line, `off` metres to its left, beginning at the share `at`."""
    line = LineString([(lon / METRE_LON, lat / METRE_LAT) for lon, lat in along])
    start = at * line.length
    a, b = (np.array(line.interpolate(m).coords[0]) for m in (start, start + area / width))
    left = np.array([a[1] - b[1], b[0] - a[0]]) / np.hypot(*(b - a)) * np.sign(off)
    near, far = left * abs(off), left * (abs(off) + width)
    return Polygon(np.array([a + near, b + near, b + far, a + far]) * (METRE_LON, METRE_LAT))


def _sized(polygon: Polygon, area: float) -> Polygon:
    """Scale a polygon about its centre until it measures `area` square metres."""
    for _ in range(3):
        factor = (area / abs(GEOD.geometry_area_perimeter(polygon)[0])) ** 0.5
        polygon = scale(polygon, factor, factor)
    return polygon


# --- Facilities, boundary, context ---------------------------------------------------------------


def make_facilities(rng: Rng, sites: Sequence[Polygon]) -> list[Row]:
    """List what the report names, with a point where its place is known."""
    changxin = Named("长新学校", STARTED, "办好优质均衡教育")
    rows = [
        _named(f"project-{n:02}", named, "named_project") for n, named in enumerate(PROJECTS, 1)
    ]
    rows.append(_named("school-01", changxin, "school") | {"work": "start"})
    for number, site in enumerate(sites, 2):
        row = _sample(rng, f"school-{number:02}", f"示例学校{number - 1:02}", site.centroid)
        row |= {"clause": STARTED, "section": changxin.section, "kind": "school", "work": "start"}
        rows.append(row | _progress(rng, "P"))
    for number, named in enumerate(UPGRADED_SCHOOLS, 4):
        rows.append(_named(f"school-{number:02}", named, "school") | {"work": "upgrade"})
    for number in range(1, 7):
        point = Named(f"基层治理示范点{number}", POINTS, "提高社会治理效能", None, "报告未点名")
        rows.append(_named(f"governance-{number}", point, "governance_point"))
    return rows + [_named(f"universal-{n}", u, "universal") for n, u in enumerate(UNIVERSALS, 1)]


def _named(id_: str, named: Named, kind: str) -> Row:
    return {
        "id": id_,
        "name": named.name,
        "kind": kind,
        "status": "planned",
        "evidence": "approximate" if named.place else "none",
        "clause": named.clause,
        "section": named.section,
        "note": named.note,
        "geometry": Point(named.place) if named.place else None,
    }


def make_boundary() -> list[Row]:
    """Give the district's generalised outline."""
    note = "示意轮廓，不是法定界线；有正式界线时请替换"
    return [{"id": "220105", "name": "二道区", "evidence": "approximate", "note": note,
             "geometry": Polygon(BOUNDARY)}]  # fmt: skip


def make_context() -> list[Row]:
    """Give the ground that helps to find one's way; a river of unknown course helps nobody."""
    lines: list[tuple[str, str, BaseGeometry, str]] = [
        ("伊通河", "river", LineString(RIVER), "区界西侧，概括走向"),
        ("长吉城际铁路", "railway", LineString(RAILWAY), "概括走向"),
        ("烟长高速", "motorway", MultiLineString(MOTORWAY), "两段之间走向不详，不画"),
        *((name, "avenue", LineString(line), "概括走向") for name, line in AVENUES.items()),
    ]
    return [
        {"id": f"context-{number:02}", "name": name, "kind": kind, "geometry": line, "note": note,
         "evidence": "approximate"}
        for number, (name, kind, line, note) in enumerate(lines, 1)
    ]  # fmt: skip


# --- What every sample work has ------------------------------------------------------------------


def _sample(rng: Rng, id_: str, name: str, geometry: BaseGeometry) -> Row:
    return {
        "id": id_,
        "name": name,
        "evidence": "illustrative",
        **_parties(rng, geometry),
        "geometry": geometry,
    }


def _parties(rng: Rng, geometry: BaseGeometry) -> Row:
    """Name an invented subdistrict, by place, and an invented contractor."""
    place = geometry.centroid
    if place.x > 125.43:
        office = "示例镇一" if place.x < 125.53 else "示例镇二"
    else:
        office = "示例街道" + "一二三四五六"[3 * int(place.x > 125.388) + _band(place.y)]
    return {
        "street_office": office,
        "contractor": f"示例施工{'一二三四五六七八'[rng.integers(8)]}队",
    }


def _band(lat: float) -> int:
    return 0 if lat < 43.880 else 1 if lat < 43.900 else 2


def _progress(rng: Rng, state: str, *, year: int = 2022) -> Row:
    """Invent dates that fit a state: begun in spring of `year`, done by the end of 2022."""
    started = dt.date(year, 3, 15) + dt.timedelta(days=int(rng.integers(0, 120)))
    completed = dt.date(2022, 8, 15) + dt.timedelta(days=int(rng.integers(0, 125)))
    return {
        "C": {"status": "completed", "started_on": f"{started}", "completed_on": f"{completed}"},
        "U": {"status": "under_construction", "started_on": f"{started}"},
        "P": {"status": "planned"},
    }[state]


DUE = ["2022-09-30", "2022-10-31", "2022-11-30", "2022-12-31", "2023-06-30", "2023-10-31"]
CHANCES = {  # of each of these, by status
    "completed": [0.2, 0.3, 0.3, 0.2, 0, 0],
    "under_construction": [0, 0.1, 0.15, 0.2, 0.3, 0.25],
    "planned": [0, 0, 0.1, 0.2, 0.4, 0.3],
}


def _with_due_dates(layers: dict[str, list[Row]]) -> None:
    """Invent by when each sample work is to be done; of what the report names, it is open.

    The numbers come from a stream of their own, so that no other value depends on them.
    """
    rng = np.random.default_rng([SEED, 1])
    for stem in ("roads", "communities", "shantytowns", "drainage", "mines", "greening"):
        for row in layers[stem]:
            if row["evidence"] == "illustrative":
                row["due_on"] = str(rng.choice(DUE, p=CHANCES[row["status"]]))


# --- All of it -----------------------------------------------------------------------------------


def make_all() -> dict[str, list[Row]]:
    """Make the rows of every layer."""
    rng = np.random.default_rng(SEED)
    nodes = make_nodes(rng)
    roads, greening = make_roads(rng, nodes), make_greening(rng)
    sites = make_sites(rng, nodes, _keep_out(greening))
    layers = {
        "boundary": make_boundary(),
        "context": make_context(),
        "roads": roads,
        "communities": make_communities(rng, sites["communities"]),
        "shantytowns": make_shantytowns(rng, sites["shantytowns"]),
        "drainage": make_drainage(rng, sites["separation"]),
        "mines": make_mines(rng),
        "greening": greening,
        "facilities": make_facilities(rng, sites["schools"]),
    }
    _with_due_dates(layers)
    return layers


def _keep_out(greening: Iterable[Row]) -> BaseGeometry:
    """Say where no block site may lie: by the river and the railway, on strips and named places."""
    places = [Point(n.place) for n in PROJECTS + UPGRADED_SCHOOLS if n.place]
    ground = [
        LineString(RIVER),
        LineString(RAILWAY),
        *places,
        *(row["geometry"] for row in greening),
    ]
    outside = Polygon([(125, 43.5), (126, 43.5), (126, 44.2), (125, 44.2)]) - Polygon(BOUNDARY)
    return unary_union([outside, *(geometry.buffer(50 * METRE_LON) for geometry in ground)])


def write_all(folder: Path) -> None:
    """Write every layer into `folder`."""
    for stem, rows in make_all().items():
        layer = read_layer(ROOT / "layers" / f"{stem}.toml")
        whole = [{**dict.fromkeys(layer.fields), **row} for row in rows]
        features = gpd.GeoDataFrame(whole, geometry="geometry", crs=4326)
        write_features(folder / f"{stem}.geojson", features, layer, as_of=layer.source.date)
        print(f"{stem}: {len(features)}")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data")
