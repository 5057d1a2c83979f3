"""Data sets to be damaged: those of a corpus, and one of each format made here."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from made import parted, write_dbf, write_shp

LARGEST = 400_000
"""Bytes of a seed: larger ones take long and find no more."""
IN_PROCESS = (".shp", ".csv")
"""What is read without a child process, and so a hundred times as fast."""

Parts = dict[str, bytes]
"""Extension, as it is written, to content: all of one stem."""


@dataclass(frozen=True)
class Seed:
    """A data set to be damaged."""

    name: str
    main: str
    """The extension of the file that is inspected, with its letter case."""
    parts: Parts


def corpus_seeds(corpus: Path) -> list[Seed]:
    """Take the data sets of a corpus by its manifest, each with its sidecars."""
    lines = (corpus / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()[1:]
    seeds = []
    for line in lines:
        name = line.split("\t")[0]
        path = corpus / name
        beside = sorted(p for p in path.parent.iterdir() if p.stem.lower() == path.stem.lower())
        parts = {p.suffix: p.read_bytes() for p in beside if p.is_file()}
        if 0 < sum(map(len, parts.values())) <= LARGEST:
            seeds.append(Seed(name, path.suffix, parts))
    return seeds


_CSV = (
    "名称,经度,纬度,开工日期,长度\n吉林大路,125.37,43.89,2022-03-01,1.2\n福安街,125.40,43.90,,0.8\n"
)
_FEATURE = (
    '{"type":"Feature","properties":{"名称":"吉林大路","n":18},'
    '"geometry":{"type":"LineString","coordinates":[[125.36,43.89],[125.4,43.9]]}}'
)
_KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>道路</name><Placemark>
<name>吉林大路</name><LineString><coordinates>125.36,43.89,0 125.4,43.9,0</coordinates></LineString>
</Placemark><Placemark><name>公园</name><Point><coordinates>125.4,43.9</coordinates></Point>
</Placemark></Folder></Document></kml>
"""
_DRIVERS = {
    ".gpkg": "GPKG",
    ".fgb": "FlatGeobuf",
    ".tab": "MapInfo File",
    ".mif": "MapInfo File",
    ".gml": "GML",
    ".xlsx": "XLSX",
    ".dxf": "DXF",
}
_CGCS2000 = (
    b'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    b'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    b'UNIT["Degree",0.0174532925199433]]'
)


@cache
def made_seeds() -> list[Seed]:
    """Make a data set of each format that is read."""
    shapefile = _shapefile()
    texts = {
        ".csv": _CSV,
        ".geojson": f'{{"type":"FeatureCollection","features":[{_FEATURE},{_FEATURE}]}}',
        ".geojsonl": f"{_FEATURE}\n{_FEATURE}\n",
        ".kml": _KML,
    }
    seeds = [shapefile, Seed("made/gbk.csv", ".csv", {".csv": _CSV.encode("gbk")})]
    seeds += [Seed(f"made/t{e}", e, {e: text.encode()}) for e, text in texts.items()]
    seeds.append(_zipped(".zip", {f"a/道路{e}": data for e, data in shapefile.parts.items()}))
    seeds.append(_zipped(".kmz", {"doc.kml": _KML.encode()}))
    return seeds + _written()


def _shapefile() -> Seed:
    """Make lines with GBK names, as a survey delivers them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fields = [(b"BH", "N", 10, 0), ("路名".encode("gbk"), "C", 24, 0), (b"KM", "N", 12, 3)]
        rows = [
            [str(n).encode(), f"示例道路{n:02d}".encode("gbk"), b"1.25", b"20220301"]
            for n in range(12)
        ]
        write_dbf(folder / "s.dbf", [*fields, (b"KG", "D", 8, 0)], rows, language=0x4D)
        lines = [
            [(125.4 + n / 100, 43.85), (125.41 + n / 100, 43.86 + n / 1000)] for n in range(12)
        ]
        write_shp(folder / "s.shp", 3, [parted(3, [line]) for line in lines])
        parts = {p.suffix: p.read_bytes() for p in sorted(folder.iterdir())}
    return Seed("made/s.shp", ".shp", {**parts, ".prj": _CGCS2000, ".cpg": b"GBK"})


def _zipped(extension: str, entries: dict[str, bytes]) -> Seed:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(zipfile.ZipInfo(entry), content)
    return Seed(f"made/z{extension}", extension, {extension: made.getvalue()})


def _written() -> list[Seed]:
    """Have GDAL and Arrow write the binary formats; another version may write other bytes."""
    places = gpd.GeoDataFrame(
        {"名称": ["吉林大路", "福安街"], "lon": [125.37, 125.4], "lat": [43.89, 43.9]},
        geometry=[
            shapely.box(125.36, 43.89, 125.37, 43.9),
            shapely.box(125.4, 43.9, 125.41, 43.91),
        ],
        crs=4326,
    )
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2022-01-01T00:00:00Z"})
    seeds = []
    with tempfile.TemporaryDirectory() as name:
        for extension, driver in _DRIVERS.items():
            path = Path(name) / extension[1:] / f"w{extension}"
            path.parent.mkdir()
            table = places[["geometry"]] if driver == "DXF" else places
            table = places.drop(columns="geometry") if driver == "XLSX" else table
            if driver in ("GML", "MapInfo File"):  # which would write the name's bytes in pieces
                table = table.rename(columns={"名称": "name"})
            pyogrio.write_dataframe(table, path, driver=driver)
            parts = {p.suffix: p.read_bytes() for p in sorted(path.parent.iterdir())}
            seeds.append(Seed(f"made/w{extension}", extension, parts))
        path = Path(name) / "w.parquet"
        places.to_parquet(path)
        seeds.append(Seed("made/w.parquet", ".parquet", {".parquet": path.read_bytes()}))
    return seeds
