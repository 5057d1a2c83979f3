"""Pages on the loopback: the files of pages, and nothing else."""

from __future__ import annotations

import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from erdao_geo.cli import cli
from erdao_geo.serve.app import HOST, TYPES, listen

ROOT = Path(__file__).parents[1]
COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from erdao_geo.cli import main; main()"
)
"""Ctrl-C is heard even where these tests run in the background, whose children are deaf to it."""
HALF = 60  # seconds that a start may take on a busy machine, twice
Ask = Callable[..., tuple[int, dict[str, str], bytes]]


def start(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start `erdao-geo serve` on a free port; give the process and the address it prints."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            COMMAND,
            "serve",
            "--port",
            "0",
            *arguments,
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    return process, process.stdout.readline().strip()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a workspace with made pages, and things beside them that must not be handed out."""
    root = tmp_path_factory.mktemp("serve") / "workspace"
    for name in ("layers", "data", "maps"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("*.html"))
    shutil.copy(ROOT / "plan.toml", root)
    maps = root / "maps"
    (maps / "index.html").write_text("<!DOCTYPE html><title>index</title>", "utf-8")
    (maps / "overview.html").write_text("<!DOCTYPE html><title>总图</title>", "utf-8")
    (maps / "overview").mkdir()
    (maps / "overview" / "0123456789abcdef.js").write_bytes(bytes(range(97, 123)) * 10)
    (maps / "overview" / "1.png").write_bytes(b"\x89PNG")
    (maps / ".hidden.html").write_text("no", "utf-8")
    (maps / "outside.html").symlink_to(root / "plan.toml")
    (root / "secret.html").write_text("no", "utf-8")
    (root.parent / "maps-twin").mkdir()
    (root.parent / "maps-twin" / "x.html").write_text("no", "utf-8")
    return root


@pytest.fixture(scope="module")
def ask(workspace: Path) -> Iterator[Ask]:
    process, url = start(workspace)
    port = int(url.split(":")[2].split("/")[0])

    def asked(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    yield asked
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=HALF)


def test_the_root_is_the_index_and_pages_have_their_types(ask) -> None:
    status, headers, body = ask("/")
    assert (status, body) == (200, b"<!DOCTYPE html><title>index</title>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    for path, kind in (
        ("/overview.html", "text/html; charset=utf-8"),
        ("/overview/0123456789abcdef.js", "text/javascript; charset=utf-8"),
        ("/overview/1.png", "image/png"),
    ):
        status, headers, _ = ask(path)
        assert (status, headers["content-type"]) == (200, kind)
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/../plan.toml",
        "/../secret.html",
        "/%2e%2e/secret.html",
        "/..%2fsecret.html",
        "/overview/../../secret.html",
        "/overview/%2e%2e/%2e%2e/secret.html",
        "/..%5csecret.html",
        "/....//secret.html",
        "//secret.html",
        "/%2fetc/passwd",
        "/etc/passwd",
        "/../../maps-twin/x.html",
        "/%00.html",
        "/" + "a" * 5000 + ".html",
        "/overview.toml",
        "/overview",
        "/overview/",
        "/.hidden.html",
        "/outside.html",
        "/nothing.html",
        "/index.html%20",
    ],
)
def test_what_is_no_file_of_a_page_is_not_there(path, ask) -> None:
    status, _, body = ask(path)
    assert status == 404
    assert body == b"Not Found"


@pytest.mark.parametrize(
    ("asked", "status", "span", "start", "end"),
    [
        ("bytes=0-9", 206, "bytes 0-9/260", 0, 10),
        ("bytes=250-", 206, "bytes 250-259/260", 250, 260),
        ("bytes=-4", 206, "bytes 256-259/260", 256, 260),
        ("bytes=0-999", 206, "bytes 0-259/260", 0, 260),
        ("bytes=260-", 416, "bytes */260", 0, 0),
    ],
)
def test_a_range_is_what_was_asked_for(asked, status, span, start, end, ask) -> None:
    got, headers, body = ask("/overview/0123456789abcdef.js", Range=asked)
    assert (got, headers["content-range"]) == (status, span)
    if status == 206:
        assert body == (bytes(range(97, 123)) * 10)[start:end]


def test_what_has_not_changed_is_not_sent_again(ask) -> None:
    _, headers, _ = ask("/overview.html")
    status, again, body = ask("/overview.html", If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")
    assert again["cache-control"] == "no-cache"


def test_only_reading_and_only_by_the_names_of_this_machine(ask) -> None:
    assert ask("/overview.html", "POST", Content_Length="0")[0] == 405
    assert ask("/overview.html", "HEAD")[0] == 200
    assert ask("/overview.html", Host="attacker.example")[0] == 400
    assert ask("/overview.html", Host="localhost:1")[0] == 200


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_it_prints_the_address_and_ends_quietly_with_ctrl_c(workspace) -> None:
    process, url = start(workspace, "overview")
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/overview.html")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=HALF)
    assert (process.returncode, out) == (0, "")
    assert err == "Ctrl-C ends it\n"


def test_it_listens_on_the_loopback_alone() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "has no map 'nowhere'"),
        (["roads"], "roads.html: is not rendered yet; run `erdao-geo build`"),
    ],
)
def test_a_page_that_is_not_there_is_one_line(arguments, message, workspace) -> None:
    result = CliRunner().invoke(cli, ["--workspace", str(workspace), "serve", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_port_that_is_taken_is_one_line(workspace) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(cli, ["--workspace", str(workspace), "serve", "--port", port])
    assert result.exit_code == 2
    assert f"port {port} on 127.0.0.1" in result.stderr
    assert "choose another with --port" in result.stderr


def test_without_the_extra_it_says_how_to_get_it(workspace, monkeypatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "erdao_geo.serve.find_spec", lambda name: None if name == "uvicorn" else found(name)
    )
    result = CliRunner().invoke(cli, ["--workspace", str(workspace), "serve"])
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: serve needs uvicorn, not installed here; run: pip install 'erdao-geo[serve]'\n"
    )


def test_nothing_that_could_hold_a_token_is_of_a_kind_that_is_handed_out() -> None:
    assert not {".toml", ".geojson", ".json", ".mbtiles", ".pmtiles", ""} & TYPES.keys()
