"""One home folder, two C libraries: a Debian of another release in a folder (tox -e glibc)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.builds import hook_code
from support.plain_project import PATH, Project, environ, packages

ROOT = os.environ.get("PFB_CHROOT", "")
pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(not ROOT, reason="not run: there is no other Debian (tox -e glibc)"),
]


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[list[str]]:
    """The words before a command that make it run in the other Debian, with this one's Rust, home and project."""
    shared = [tmp_path, *(Path(entry) for entry in PATH.split(os.pathsep))]
    shared += [Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))]
    shared += [Path(os.environ.get("RUSTUP_HOME", Path.home() / ".rustup"))]
    mounted = []
    for folder in dict.fromkeys(shared):
        there = Path(ROOT + str(folder))
        there.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", str(folder), str(there)], check=True)
        mounted.append(there)
    yield ["chroot", ROOT, "sh", "-c", 'cd "$0" && exec "$@"']
    for there in reversed(mounted):
        subprocess.run(["umount", str(there)], check=True)


def built(project: Project, before: list[str], cache: Path, **more: str) -> tuple[int, list[str]]:
    """(the newest minor release of glibc that the wheel asks for, what was compiled)."""
    folder = project.write({})
    env = environ(PYTHONPATH=PATH, PYO3_FEATURES_BACKEND_CACHE_DIR=str(cache), **more)
    python = "/usr/bin/python3" if before else sys.executable
    words = [*before, *([str(folder)] if before else []), python, "-c", hook_code(folder.parent)]
    result = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, env=env)
    assert result.returncode == 0, result.stderr
    (wheel,) = folder.parent.glob("*.whl")
    shutil.unpack_archive(wheel, folder.parent / "wheel", "zip")
    (library,) = (folder.parent / "wheel").glob("plain*.so")
    asked = re.findall(rb"GLIBC_2\.(\d+)\0", library.read_bytes())
    return max(map(int, asked)), packages(result.stderr + result.stdout)


@pytest.mark.parametrize("own", ["cache", "CARGO_TARGET_DIR"])
def test_neither_compiles_into_the_wheel_of_the_other(own: str, tmp_path: Path, inside: list[str]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    cache = tmp_path / "cache"
    more = {"CARGO_TARGET_DIR": str(tmp_path / "target")} if own == "CARGO_TARGET_DIR" else {}
    said = subprocess.run(["ldd", "--version"], capture_output=True, text=True, check=True).stdout
    ours = max(map(int, re.findall(r"\b2\.(\d+)$", said, re.MULTILINE)))
    assert built(project, inside, cache, **more)[1] == ["part", "plain"]
    asked, compiled = built(project, [], cache, **more)
    assert compiled == ["part", "plain"]
    assert asked <= ours
    for before in (inside, []):
        assert built(project, before, cache, **more)[1] == []
