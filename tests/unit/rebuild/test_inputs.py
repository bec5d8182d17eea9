"""The files that a compile reads: those of dep-info, and those of an unpacked sdist."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import content, inputs

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
