"""The files that a compile reads: those of dep-info, and those of an unpacked sdist."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import content, inputs
from support.files import put

OLD = 1_000_000_000_000_000_000  # ns


def profile(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "release"
    folder.mkdir()
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_dep_info_is_read_as_cargo_writes_it(tmp_path: Path) -> None:
    folder = profile(
        tmp_path,
        libplain__so="",
        libplain__d=f"{tmp_path}/release/libplain.so: /a/src/lib.rs /a/with\\ space.txt\n",
        tool="",
        tool__d=f"{tmp_path}/release/tool: /a/src/main.rs\n",
    )
    (folder / "deps").mkdir()
    (folder / ".cargo-lock").touch()
    assert inputs.listed([folder], {"plain", "tool"}) == ["/a/src/lib.rs", "/a/src/main.rs", "/a/with space.txt"]
    assert inputs.listed([folder], {"tool"}) == ["/a/src/main.rs"]
    # A build script can name a folder in two ways, and a file system can have its top.
    (folder / "tool.d").write_text(f"{tmp_path}/release/tool: /a/data/ /a/data /\n")
    assert inputs.listed([folder], {"tool"}) == ["/", "/a/data"]
    assert inputs.is_artefact_of("libplain", {"plain"})
    assert inputs.is_artefact_of("a-tool", {"a_tool"})
    assert not inputs.is_artefact_of("libplain", {"other"})


@pytest.mark.parametrize(
    "files",
    [
        {"libplain__so": ""},
        {"libplain__so": "", "libplain__d": "release/libplain.so: src/lib.rs\n"},
        {"libplain__so": "", "libplain__d": "/r/libplain.so: /a/lib.rs\n", "tool": ""},
    ],
)
def test_what_dep_info_does_not_tell_is_not_known(files: dict[str, str], tmp_path: Path) -> None:
    assert inputs.listed([profile(tmp_path, **files)], {"plain", "tool"}) is None


def test_the_tree_of_an_sdist_is_every_file_of_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("src/lib.rs", ".hidden/a", "__pycache__/b.pyc", "build/lib/c", "target/d"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1")
    (root / "link").symlink_to("src")
    known = inputs.tree(root, content.Digests())
    assert known is not None
    for name in ("src/lib.rs", ".hidden/a", "__pycache__/b.pyc", "build/lib/c", "target/d"):
        (root / name).write_text("2")
        changed = inputs.tree(root, content.Digests())
        assert changed is not None
        assert changed.digest != known.digest
        (root / name).write_text("1")
    (root / "link").unlink()
    (root / "link").symlink_to(".hidden")
    changed = inputs.tree(root, content.Digests())
    assert changed is not None
    assert changed.digest != known.digest
    inputs.restore_times(root, {**known.times, "src/lib.rs": OLD})
    assert (root / "src/lib.rs").stat().st_mtime_ns == OLD


@pytest.mark.parametrize("target", ["/etc", "..", "../outside"])
def test_a_tree_that_leads_out_of_itself_is_not_known(target: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(target)
    assert inputs.tree(root, content.Digests()) is None


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_behind_a_name_that_goes_up_counts(kind: str, tmp_path: Path) -> None:
    """A build script announces ../shared/table.csv, which cargo lists as FOLDER/../shared/table.csv."""
    for number in ("1", "2"):
        (tmp_path / f"data-{number}").mkdir()
        (tmp_path / f"data-{number}/table.csv").write_text(number)
        os.utime(tmp_path / f"data-{number}/table.csv", ns=(OLD, OLD))
    (tmp_path / "part").mkdir()
    link = tmp_path / "shared"
    if kind == "file":
        link.mkdir()
        link /= "table.csv"
    excluded = inputs.Excluded("/nowhere", frozenset())
    announced = f"{tmp_path}/part/../shared" + ("/table.csv" if kind == "file" else "")
    targets = [f"../data-{number}/table.csv" if kind == "file" else f"data-{number}" for number in (1, 2)]
    link.symlink_to(targets[0])
    folder = profile(tmp_path, libplain__so="", libplain__d=f"{tmp_path}/release/libplain.so: {announced}\n")
    names = inputs.listed([folder], {"plain"}) or []
    recorded = content.Digests()
    files = list(inputs.files(names, excluded))
    for file in files:
        recorded.entry(file)
    for target, changed in zip(targets, (False, True)):
        link.unlink()
        link.symlink_to(target)
        known = content.Digests(recorded.seen, 2 * OLD)
        assert inputs.changed_unseen(names, known, files, time.time_ns(), excluded) is changed


def test_what_is_no_source_in_the_folder_of_a_package_is_left_out(tmp_path: Path) -> None:
    for name in ("src/lib.rs", ".git/HEAD", ".venv/pyvenv.cfg", ".venv/lib/x.py", "target/CACHEDIR.TAG", "target/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    excluded = inputs.Excluded("/nowhere", frozenset())
    found = {Path(name) for name in inputs.files([f"{tmp_path}/"], excluded)}
    assert found == {tmp_path, tmp_path / "src", tmp_path / "src/lib.rs"}
    assert tmp_path / ".venv/lib/x.py" in map(Path, inputs.files([str(tmp_path)], excluded))  # one that is announced


def test_packages_can_name_a_workspace_that_is_not_above_them(tmp_path: Path) -> None:
    texts = {
        "a": '[package]\nname = "a"\nworkspace = "../meta"\n',
        "b": 'package.workspace = "../other" # one\n',
        "c": '[package]\nname = "workspace"\nversion.workspace = true\n',
        "d": "[package\nworkspace = ",
        "e": "package = 7\n# workspace\n",
        "f": 'package.workspace = "a\\u0000b"\n',
    }
    for name, text in texts.items():
        put(tmp_path / name / "Cargo.toml", text)
    found = inputs.workspaces([*(tmp_path / name for name in texts), tmp_path / "gone"])
    assert found == [tmp_path / "meta", tmp_path / "other"]
