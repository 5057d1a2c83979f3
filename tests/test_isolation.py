from __future__ import annotations

import os
from pathlib import Path

import pytest

from erdao_geo.errors import SourceError
from erdao_geo.importing.reading import isolate
from erdao_geo.importing.reading.isolate import Limits, limits_for, run

QUICK = Limits(memory=2**30, seconds=3, file_size=2**20)


def child(folder: Path, code: str, limits: Limits = QUICK, **options: object) -> None:
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    run(script, ["argument"], folder=folder, shown=Path("roads.gpkg"), limits=limits, **options)


def test_a_child_gets_its_arguments_and_a_folder_of_its_own(tmp_path: Path) -> None:
    child(tmp_path, "import os, sys; open('out', 'w').write(sys.argv[1] + os.getcwd())")
    assert (tmp_path / "out").read_text(encoding="utf-8") == f"argument{tmp_path}"


def test_a_child_inherits_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://example.org")
    monkeypatch.setenv("GDAL_DRIVER_PATH", "/somewhere")
    child(tmp_path, "import os; open('out', 'w').write(' '.join(os.environ))", env={"GIVEN": "1"})
    names = (tmp_path / "out").read_text(encoding="utf-8").split()
    assert {"GIVEN", "HOME"} <= set(names)
    assert not {"HTTPS_PROXY", "GDAL_DRIVER_PATH"} & set(names)


def test_a_child_that_hangs_is_stopped(tmp_path: Path) -> None:
    limits = Limits(seconds=1)
    with pytest.raises(
        SourceError, match=r"^roads\.gpkg: took over 1 s to read, which was stopped"
    ):
        child(tmp_path, "import time; time.sleep(60)", limits)


def test_a_child_that_spins_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="took over 1 s"):
        child(tmp_path, "while True: pass", Limits(seconds=1))


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no process's memory")
def test_a_child_that_grows_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="needs more than 1,024 MiB of memory"):
        child(tmp_path, "x = bytearray(2 * 2**30)")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_child_that_crashes_is_named(tmp_path: Path, signal: str) -> None:
    with pytest.raises(SourceError, match=rf"crashed \({signal}\); .* save it anew$"):
        child(tmp_path, f"import os, signal; os.kill(os.getpid(), signal.{signal})")


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file's size")
def test_a_child_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"roads\.gpkg: "):
        child(tmp_path, "open('big', 'wb').write(bytes(2 * 2**20))")
    assert (tmp_path / "big").stat().st_size <= QUICK.file_size


def test_a_child_that_fails_gives_its_last_line_and_no_more(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"failed \(ValueError: odd\)") as caught:
        child(tmp_path, "raise ValueError('odd')")
    assert "\n" not in str(caught.value)


def test_a_larger_file_has_more_time() -> None:
    assert limits_for(0).seconds == isolate.SECONDS
    assert limits_for(600 * 2**20).seconds > limits_for(2**20).seconds
