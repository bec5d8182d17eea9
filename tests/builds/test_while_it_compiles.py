"""What somebody does while a build compiles: edits of vendored crates, Ctrl-C while cargo cleans."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.plain_project import FILES, Project, edit, packages, start

pytestmark = pytest.mark.build

DEP = FILES["vendor/dep/src/lib.rs"]


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("#!/bin/sh\n" + text)
    file.chmod(0o755)
    return file


def until(file: Path, child: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while not file.exists():
        assert child.poll() is None and time.monotonic() < end, child.communicate()[0]
        time.sleep(0.02)


@pytest.mark.parametrize("delegate", ["setuptools-rust", "maturin"])
@pytest.mark.parametrize("ended", ["well", "badly", "interrupted"])
def test_an_edit_of_a_vendored_crate_that_is_taken_back(ended: str, delegate: str, tmp_path: Path) -> None:
    project = Project(tmp_path, delegate, vendored=True)
    folder = project.tree({})
    held, reached, lib = tmp_path / "held", tmp_path / "reached", folder / "src/lib.rs"
    wrapper = program(
        tmp_path / "bin/wrapper",
        f'case "$*" in *"--crate-name dep"*) touch {reached}; while [ -e {held} ]; do sleep 0.05; done;; esac\n'
        f'case "$*" in *"--crate-name plain"*) touch {reached}.plain; [ -e {held}.plain ] && sleep 60;; esac\n'
        'exec "$@"\n',
    )
    held.touch()
    good = lib.read_text()
    if ended == "badly":
        edit(lib, good + "compile_error!();\n")
    elif ended == "interrupted":
        Path(f"{held}.plain").touch()
    child = start(folder, RUSTC_WRAPPER=str(wrapper))
    until(reached, child)
    (folder / "vendor/dep/src/lib.rs").write_text(DEP(7))
    held.unlink()
    if ended == "interrupted":
        until(Path(f"{reached}.plain"), child)
        os.killpg(child.pid, signal.SIGINT)
    child.communicate(timeout=120)
    assert (child.returncode == 0) is (ended == "well")
    for made in tmp_path.glob("*/*.whl"):
        made.unlink()
    Path(f"{held}.plain").unlink(missing_ok=True)
    edit(folder / "vendor/dep/src/lib.rs", DEP(0))
    edit(lib, good)
    assert project.rebuild(folder, RUSTC_WRAPPER=str(wrapper))[0] == 0


def test_ctrl_c_while_cargo_cleans(tmp_path: Path) -> None:
    project = Project(tmp_path, "setuptools-rust", vendored=True)
    folder = project.tree({})
    held, reached, cargo = tmp_path / "held", tmp_path / "reached", shutil.which("cargo")
    text = f'if [ "$1" = clean ] && [ -e {held} ]; then touch {reached}; sleep 60; fi\nexec {cargo} "$@"\n'
    path = f"{program(tmp_path / 'bin/cargo', text).parent}{os.pathsep}{os.environ['PATH']}"
    project.rebuild(folder, PATH=path)
    held.touch()
    edit(folder / "data/number.txt", "5\n")  # with the old time
    child = start(folder, PATH=path)
    until(reached, child)
    os.killpg(child.pid, signal.SIGINT)
    child.communicate(timeout=120)
    held.unlink()
    answer, said = project.rebuild(folder, PATH=path)
    assert (answer, packages(said)) == (5, ["part", "plain"])
