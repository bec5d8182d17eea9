"""docs/what-it-touches.md: where a build writes, which programs it starts, and that it opens no connection.

Python's audit events (PEP 578) tell what the backend and the delegate's Python code do. cargo and the delegate's
program are processes of their own, and not watched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples import example

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(sys.platform != "linux", reason="not run: /proc names the folder of a descriptor"),
]

# The arguments: the file for the events, the hook, and the output folder.
WATCHED = """
import json, os, sys
log = open(sys.argv[1], "a", encoding="utf-8")
# For each event, the places of (a path, its dir_fd) among the arguments.
CHANGES = {"os.mkdir": [(0, 2)], "os.remove": [(0, 1)], "os.rmdir": [(0, 1)], "os.rename": [(0, 2), (1, 3)],
    "os.link": [(1, 3)], "os.symlink": [(1, 2)], "os.chmod": [(0, 2)], "os.utime": [(0, 3)], "os.truncate": [(0, 9)],
    "os.chown": [(0, 3)]}
STARTS = ("os.exec", "os.posix_spawn", "os.system", "os.fork", "os.forkpty", "subprocess.Popen")
def absolute(path, folder):
    if isinstance(path, int):
        return os.readlink(f"/proc/self/fd/{path}")
    start = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else os.getcwd()
    return os.path.join(start, os.fsdecode(path))
def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, int) or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            return
        told = ["write", absolute(path, -1)]
    elif event in CHANGES:
        folder = lambda place: arguments[place] if place < len(arguments) else -1
        told = ["write", *(absolute(arguments[first], folder(second)) for first, second in CHANGES[event])]
    elif event in STARTS:
        told = ["start", str(arguments[1][0]) if event == "subprocess.Popen" else event]
    elif event.startswith("socket."):
        told = ["connect", event]
    else:
        return
    log.write(json.dumps(told) + "\\n")
    log.flush()
import pyo3_features_backend
sys.addaudithook(watch)
getattr(pyo3_features_backend, sys.argv[2])(sys.argv[3])
"""
PROGRAMS = {"cargo", "rustc", "maturin", Path(sys.executable).name}


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("name", "hook", "table"),
    [
        ("hello", "build_wheel", ""),
        ("hello", "build_editable", "editable-rebuild = true\n"),
        ("setuptools", "build_wheel", '[tool.pyo3-features-backend]\nverify = ["tags", "import"]\n'),
        ("hello", "build_sdist", ""),
        ("unpacked", "build_wheel", ""),
    ],
)
def test_a_build_writes_starts_and_opens_what_the_page_says(
    name: str, hook: str, table: str, tmp_path: Path, compiled: Path
) -> None:
    project = example("hello" if name == "unpacked" else name, tmp_path)
    if name == "unpacked":
        (project / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: hello-pyo3\nVersion: 0.1.0\n")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as declared:
        declared.write(table)
    allowed = [tmp_path / "dist", tmp_path / "tmp", tmp_path / "cache", compiled]
    (tmp_path / "tmp").mkdir()
    before = snapshot(project)
    environ = {name: text for name, text in os.environ.items() if name != "CI"}
    environ |= {"TMPDIR": str(tmp_path / "tmp"), "PYO3_FEATURES_BACKEND_CACHE_DIR": str(tmp_path / "cache")}
    environ |= {"CARGO_TARGET_DIR": str(compiled), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "events"), hook, str(tmp_path / "dist")],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env=environ,
    )
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "dist").iterdir())
    events = [json.loads(row) for row in (tmp_path / "events").read_text(encoding="utf-8").splitlines()]
    written = {os.path.realpath(path) for kind, *paths in events if kind == "write" for path in paths}
    assert written, "nothing was watched"
    roots = tuple(os.path.realpath(folder) for folder in allowed)
    assert sorted(path for path in written if not path.startswith(roots) and path != os.devnull) == []
    assert {Path(rest[0]).name for kind, *rest in events if kind == "start"} <= PROGRAMS
    assert [event for event in events if event[0] == "connect"] == []
    assert snapshot(project) == before
    assert list((tmp_path / "tmp").iterdir()) == [], "a temporary file is left"
