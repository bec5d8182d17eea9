"""Faults while a hook runs: signals at random points, disks and homes that are not there, two hooks at once."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.bad_inputs import GOOD, HOOKS, tree
from support.files import write

# A delegate that takes a quarter of a second to write its result, in pieces, as a real one does with a large wheel.
DELEGATE = """
import os, pathlib, sys, subprocess, tarfile, time, zipfile
def slowly(folder, name, write):
    write(os.path.join(folder, name))
    data = open(os.path.join(folder, name), "rb").read()
    with open(os.path.join(folder, name), "wb") as file:
        for start in range(0, len(data), 1 + len(data) // 10):
            file.write(data[start:start + 1 + len(data) // 10]), file.flush(), time.sleep(0.02)
    return name
def wheel(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.py", "x" * 5000)
        archive.writestr("good-1.0.dist-info/WHEEL", "Tag: py3-none-any")
def build_wheel(folder, settings=None, metadata=None):
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.1)"], check=True)
    return slowly(folder, "good-1.0-py3-none-any.whl", wheel)
build_editable = build_wheel
def build_sdist(folder, settings=None):
    return slowly(folder, "good-1.0.tar.gz", lambda path: tarfile.open(path, "w:gz").close())
def prepare_metadata_for_build_wheel(folder, settings=None):
    os.mkdir(os.path.join(folder, "good-1.0.dist-info"))
    metadata = "good-1.0.dist-info/METADATA"
    return os.path.dirname(slowly(folder, metadata, lambda path: pathlib.Path(path).write_text("x" * 500)))
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
"""


def project(folder: Path) -> Path:
    """The good project with that delegate beside it."""
    write(folder / "modules", {"maturin/__init__.py": DELEGATE})
    return write(folder / "good", GOOD)


def start(root: Path, hook: str, dist: Path, **environment: str | None) -> subprocess.Popen[str]:
    """A hook in a process of its own; a variable that is None is not there."""
    here = str(Path(__file__).parent.parent.parent)
    given: dict[str, str | None] = {
        "PYTHONPATH": os.pathsep.join([str(root.parent / "modules"), here]),
        "CARGO_TARGET_DIR": str(root.parent / "target"),
        **environment,
    }
    environ = {name: value for name, value in {**os.environ, **given}.items() if value is not None}
    argument = "" if "requires" in hook else repr(str(dist))
    code = f"import pyo3_features_backend as b; print(b.{hook}({argument}))"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def whole(dist: Path) -> list[str]:
    """What is in an output folder, as a front end sees it; a wheel there has to be whole."""
    names = sorted(path.name for path in dist.iterdir() if not path.name.startswith(".")) if dist.is_dir() else []
    for name in names:
        if name.endswith(".whl"):
            with zipfile.ZipFile(dist / name) as archive:
                assert archive.testzip() is None, name
        if name.endswith(".dist-info"):
            assert len((dist / name / "METADATA").read_text()) == 500, name
    return names


def children(of: int) -> list[str]:
    """The processes that say, in their environment, that this one has started them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"PFB_FAULT={of}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def interrupted(folder: Path, hook: str, number: signal.Signals, dice: random.Random) -> bool:
    """Send a signal at a random point of a hook; returns whether it came before the end.

    Whatever the point: the tree is as it was, what is in the output folder is whole, after a SIGTERM no process is
    left, and the next build works.
    """
    root, dist, mark = project(folder), folder / "dist", dice.randrange(2**40)
    before = tree(root)
    process = start(root, hook, dist, PFB_FAULT=str(mark))
    time.sleep(dice.uniform(0, 0.15 if "requires" in hook else 0.6))
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, -number), (process.returncode, said)
    assert tree(root) == before
    whole(dist)
    if number == signal.SIGTERM:
        assert children(mark) == []
        assert not dist.is_dir() or not [path for path in dist.iterdir() if path.name.startswith(".")]
    again = start(root, hook, dist)
    _, text = again.communicate(timeout=60)
    assert again.returncode == 0, text
    assert "requires" in hook or whole(dist)
    return process.returncode != 0


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path | None]:
    """Mount something on a folder; None where that is not allowed."""
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def survives(folder: Path, environment: dict[str, str | None] | None = None, dist: Path | None = None) -> list[str]:
    """Run every hook; each has to work, or to say in one message why not. Returns the messages."""
    root = folder / "good" if (folder / "good").is_dir() else project(folder)
    said = []
    for hook in HOOKS:
        process = start(root, hook, dist or folder / "dist" / hook, **(environment or {}))
        _, text = process.communicate(timeout=60)
        assert process.returncode in (0, 1), text
        assert "Traceback" not in text or "the traceback above comes from maturin" in text, text
        errors = [row for row in text.splitlines() if re.match(r"pyo3-features-backend: error(\[PFB\d+\])?: ", row)]
        assert len(errors) == process.returncode, text
        said += errors
    return said


def full_disk(folder: Path) -> list[str] | None:
    """Every hook with an output folder on a disk that is full."""
    with mounted(folder / "full", "-t", "tmpfs", "-o", "size=16k", "tmpfs") as disk:
        if disk is None:
            return None
        with suppress(OSError):
            (disk / "rest").write_bytes(b"x" * 2**20)
        said = survives(folder, dist=disk)
        assert whole(disk) == ["rest"]
        return said


def read_only_tree(folder: Path) -> list[str] | None:
    """Every hook in a source tree that cannot be written."""
    root = project(folder)
    before = tree(root)
    with mounted(root, "--bind", "-o", "ro", str(root)) as disk:
        if disk is None:
            return None
        said = survives(folder, {"CARGO_TARGET_DIR": None})
    assert tree(root) == before
    return said


def read_only_home(folder: Path) -> list[str] | None:
    """Every hook with a home folder that cannot be written."""
    home = folder / "home"
    home.mkdir()
    with mounted(home, "-t", "tmpfs", "-o", "ro", "tmpfs") as disk:
        return None if disk is None else survives(folder, {**_tools(), "HOME": str(home)})


def no_home(folder: Path) -> list[str]:
    """Every hook without a home folder, and with one that does not exist."""
    tools = _tools()
    nowhere = str(folder / "nowhere")
    return survives(folder, {**tools, "HOME": None}) + survives(folder, {**tools, "HOME": nowhere})


def _tools() -> dict[str, str | None]:
    """Where cargo and rustup are, which would look for it in the home folder."""
    home = Path.home()
    return {
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(home / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(home / ".rustup")),
        "XDG_CACHE_HOME": None,
    }


def two_at_once(folder: Path) -> list[str]:
    """Every two hooks at once, in one tree and into one folder."""
    root, dist = project(folder), folder / "dist"
    before = tree(root)
    for first, second in zip(HOOKS, (*HOOKS[1:], HOOKS[0])):
        for hooks in ((first, second), (first, first)):
            running = [start(root, hook, dist) for hook in hooks]
            for process in running:
                _, text = process.communicate(timeout=60)
                assert process.returncode == 0, text
            whole(dist)
    assert tree(root) == before
    return []


PLACES: dict[str, Callable[[Path], list[str] | None]] = {
    "a full disk": full_disk,
    "a read-only tree": read_only_tree,
    "a read-only home": read_only_home,
    "no home": no_home,
    "two hooks at once": two_at_once,
}
