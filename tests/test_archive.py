from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

import pytest

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading.archive import opened
from erdao_geo.importing.reading.staging import stage


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def staged(path: Path, folder: Path) -> list[str]:
    folder.mkdir()
    return [str(each.shown.relative_to(path)) for each in stage(path, folder)]


SHP = b"\x00\x00\x27\x0a" + bytes(96)


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_each_shapefile_of_an_archive_is_staged_under_plain_names(tmp_path: Path) -> None:
    entries = {"a/road.shp": SHP, "a/ROAD.DBF": b"d", "b/site.SHP": SHP, "b/other.dbf": b"x"}
    path = zipped(tmp_path / "a.zip", entries)
    assert staged(path, tmp_path / "out") == ["a/road.shp", "b/site.SHP"]
    assert files(tmp_path / "out") == ["0/source.dbf", "0/source.shp", "1/source.shp", "archive"]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_chinese_names_are_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    raw = "道路/东盛大街.shp".encode(encoding)
    path = zipped(tmp_path / "a.zip", {"x" * len(raw): SHP})
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert staged(path, tmp_path / "out") == ["道路/东盛大街.shp"]


@pytest.mark.parametrize(
    "name", ["../a.shp", "/etc/a.shp", "b/../../a.shp", "..\\a.shp", "C:\\a.shp", "\\\\h\\a.shp"]
)
def test_an_entry_that_leads_out_refuses_the_whole(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", {"good.shp": SHP, name: SHP})
    with pytest.raises(SourceError, match="leads out of the archive; nothing was unpacked"):
        staged(path, tmp_path / "out")
    assert files(tmp_path / "out") == ["archive"]


def test_a_link_refuses_the_whole(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("road.shp")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(SourceError, match=r"'road\.shp' is a link"):
        staged(tmp_path / "a.zip", tmp_path / "out")


def test_a_bomb_is_refused_before_a_byte_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"road.shp": SHP, "road.dbf": bytes(150 * 2**20)})
    assert path.stat().st_size < 2**20
    with pytest.raises(SourceError, match="would unpack to 157,286,500 bytes"):
        staged(path, tmp_path / "out")
    assert files(tmp_path / "out") == ["archive"]


def test_an_entry_larger_than_it_declares_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"road.shp": bytes(2**20)})
    data = path.read_bytes().replace(struct.pack("<I", 2**20), struct.pack("<I", 100))
    path.write_bytes(data)
    with pytest.raises(SourceError, match="can be unpacked"):
        staged(path, tmp_path / "out")
    assert (tmp_path / "out/0/source.shp").stat().st_size <= 100


def test_sixty_thousand_entries_are_refused_by_their_number(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {f"{n}.shp": b"" for n in range(60_000)}, zipfile.ZIP_STORED)
    with pytest.raises(SourceError, match="holds 60,000 entries"):
        staged(path, tmp_path / "out")


def test_an_encrypted_entry_asks_for_its_password_to_be_used(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"road.shp": SHP})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="is encrypted: unpack it with its password"):
        staged(path, tmp_path / "out")


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"road.shp": SHP})
    path = zipped(tmp_path / "a.zip", {"inner.zip": inner.read_bytes()})
    with pytest.raises(SourceError, match=r"holds no \.shp, \.gdb or \.gpkg"):
        staged(path, tmp_path / "out")


def test_two_tables_of_one_shapefile_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.shp": SHP, "a.dbf": b"1", "A.DBF": b"2"})
    with pytest.raises(SourceError, match="several files that could be"):
        staged(path, tmp_path / "out")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", b"<html>"])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"a\.zip: is "):
        staged(path, tmp_path / "out")


def test_what_macos_adds_is_passed_over(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.shp": SHP, "__MACOSX/._a.shp": b"x", "._b.shp": b"x"})
    assert staged(path, tmp_path / "out") == ["a.shp"]


def test_only_plain_names_of_a_geodatabase_reach_the_disk(tmp_path: Path) -> None:
    entries = {"d/a.gdb/a00000001.gdbtable": b"t", "d/a.gdb/gdb": b"g", "d/a.gdb/路.lock": b"l"}
    path = zipped(tmp_path / "a.gdb.zip", entries)
    assert staged(path, tmp_path / "out") == ["d/a.gdb"]
    assert files(tmp_path / "out/0/source.gdb") == ["a00000001.gdbtable", "gdb"]


def test_an_archive_lists_its_files_in_order(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"b": b"", "a": b"", "c/": b""})
    with opened(path, shown=path) as archive:
        assert [str(name) for name in archive.entries] == ["b", "a"]
