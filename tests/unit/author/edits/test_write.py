"""Files that are written all or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.edits import write
from pyo3_features_backend.author.edits.changes import Change
from pyo3_features_backend.errors import Place, ProjectError


def tree(root: Path, *names: str, **texts: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(texts.get(name.replace("/", "_").replace(".", "_"), ""))
    return root


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    for name in "abn":
        (tmp_path / name).touch()
    changes = [Change(tmp_path / name, name, "", name) for name in "ab"]
    folders = Change(tmp_path / "new" / "deep" / "d", "new/deep/d", "", "d")
    impossible = Change(tmp_path / "n" / "c", "n/c", "", "c")
    with pytest.raises(ProjectError, match="no file was changed") as failed:
        write.write([*changes, folders, impossible])
    assert failed.value.place == Place("n/c")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "n"]
    assert (tmp_path / "a").read_text() == ""
    write.write([*changes, folders])
    assert [(tmp_path / name).read_text() for name in ("a", "b", "new/deep/d")] == ["a", "b", "d"]


@pytest.mark.parametrize("failure", [PermissionError(13, "Permission denied"), KeyboardInterrupt()])
def test_a_failure_between_two_files_puts_the_first_back(
    failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "c").write_text("old")
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "c":
            raise failure
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    changes = [Change(tmp_path / name, name, "old" if name != "b" else "", "new") for name in "abc"]
    with pytest.raises((ProjectError, KeyboardInterrupt)) as failed:
        write.write(changes)
    if isinstance(failed.value, ProjectError):
        assert failed.value.place == Place("c")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "c": "old"}


def test_a_file_that_was_empty_is_empty_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "b":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(ProjectError):
        write.write([Change(tmp_path / name, name, "", "new") for name in "ab"])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": ""}


def test_a_file_that_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("newer")
    with pytest.raises(ProjectError, match="has changed since it was read"):
        write.write([Change(tmp_path / "a", "a", "old", "new")])
    assert (tmp_path / "a").read_text() == "newer"


def test_modes_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("old")
    real.chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    write.write([Change(tmp_path / "link", "link", "old", "new")])
    assert (tmp_path / "link").is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new", 0o640)


def test_a_disk_that_is_full_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    for name in "ab":
        (tmp_path / name).write_text("old")
    changes = [Change(tmp_path / "a", "a", "old", "new"), Change(tmp_path / "b", "b", "old", "new" * 100_000)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(ProjectError, match="no file was changed"):
            write.write(changes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "b": "old"}
