"""Files that the user named: text is given back as it is, and all else is one message with its place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.facts import files
from pyo3_features_backend.facts.files import LIMIT, read_bytes, read_text


def message(path: Path) -> str:
    """What is said of a file that is called x.toml in messages."""
    with pytest.raises(SettingsError) as caught:
        read_text(path, "x.toml", SettingsError, what="the file")
    assert caught.value.hint
    return f"{caught.value.place}: {caught.value.message}"


def test_text_is_given_back_with_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("é\r\nb\n".encode())
    assert read_text(tmp_path / "x", "x") == "é\r\nb\n"
    assert read_bytes(tmp_path / "x", "x") == "é\r\nb\n".encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xef\xbb\xbfa", "x.toml:1: the file starts with a UTF-8 byte order mark"),
        (b"a\nb\n\xff", "x.toml:3: not UTF-8 text (invalid start byte)"),
        ("a\nb".encode("utf-16"), "x.toml:1: not UTF-8 text"),
    ],
)
def test_what_is_no_utf8_is_named_with_its_line(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    assert message(tmp_path / "x").startswith(said)


def test_what_is_no_regular_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert message(tmp_path / "pipe") == "x.toml: the file cannot be read: it is a pipe, not a file"
    assert message(tmp_path) == "x.toml: the file cannot be read: it is a folder, not a file"
    assert message(Path("/dev/null")) == "x.toml: the file cannot be read: it is a device, not a file"
    assert message(tmp_path / "none") == "x.toml: the file cannot be read: No such file or directory"
    assert message(tmp_path / "a\0b") == "x.toml: the file cannot be read: its path contains a NUL character"


def test_a_file_is_read_up_to_the_limit_and_not_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LIMIT == 16 * 2**20
    monkeypatch.setattr(files, "LIMIT", 2**20)
    (tmp_path / "x").write_bytes(b"#" * 2**20)
    assert len(read_text(tmp_path / "x", "x")) == 2**20
    (tmp_path / "x").write_bytes(b"#" * (2**20 + 1))
    assert message(tmp_path / "x") == "x.toml: the file is larger than 1 MiB, so it is not read"


def test_a_path_that_goes_up_is_given_without_that(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    real = tmp_path.resolve()
    assert files.without_parents(str(tmp_path / "link")) == str(tmp_path / "link")
    assert files.without_parents(str(tmp_path / "a" / ".." / "new")) == str(real / "new")
    assert files.without_parents(str(tmp_path / "link" / ".." / "new")) == str(real / "new")
    assert files.without_parents(str(tmp_path / "a..b")) == str(tmp_path / "a..b")


@pytest.mark.parametrize("mode", [0o500, 0o300, 0o000])
def test_a_tree_with_folders_that_are_closed_is_removed_and_what_is_linked_stays(mode: int, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir(mode=0o500)
    inside = tmp_path / "target/out/module"
    inside.mkdir(parents=True)
    (inside / "file").touch()
    (inside / "link").symlink_to(tmp_path / "other")
    inside.chmod(mode)
    inside.parent.chmod(mode)
    files.make_writable(tmp_path / "target")
    assert inside.stat().st_mode & 0o777 == 0o700
    inside.chmod(mode)
    files.remove_tree(tmp_path / "target")
    assert not (tmp_path / "target").exists()
    assert (tmp_path / "other").stat().st_mode & 0o777 == 0o500
    files.remove_tree(tmp_path / "target")


def test_of_a_link_only_the_link_is_removed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine").chmod(0o755)
    (tmp_path / "link").symlink_to("mine")
    files.make_writable(tmp_path / "link")
    files.remove_tree(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o755


def test_a_signal_during_a_removal_does_not_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    remove, signals = shutil.rmtree, [KeyboardInterrupt]

    def interrupted(path: Path, ignore_errors: bool = False) -> None:
        if signals:
            raise signals.pop()
        remove(path, ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.remove(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []
    files.remove(tmp_path / "folder")
