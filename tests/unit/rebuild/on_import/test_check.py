"""What of an editable install makes its import compile."""

from __future__ import annotations

import ast
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.rebuild.on_import import check, compile
from support.files import write
from support.pythons import pythons


def recorded(root: Path, *names: str, whole: tuple[str, ...] = ()) -> dict[str, Any]:
    """The record of a compile of the files ``names`` just now."""
    record: dict[str, Any] = {
        "root": str(root),
        "good": True,
        "installed": None,
        "names": [str(root / name) for name in (*names, *whole)],
        "whole": [str(root / name) for name in whole],
        "excluded": [str(root / "target")],
    }
    return {**record, "files": compile.settled(check.stats(record), time.time_ns() + 1)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, {"src/lib.rs": "a", "tables/one.txt": "1", "target/x": "", "demo.so": ""})
    time.sleep(0.01)
    return tmp_path


def test_nothing_changed_is_no_reason(root: Path) -> None:
    record = recorded(root, "src/lib.rs", "tables", "gone.rs")
    assert check.changed(record, str(root / "demo.so")) == ""


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"src/lib.rs": "b"}, "src/lib.rs changed"),
        ({"tables/two.txt": "2"}, "tables/two.txt changed"),
        ({"tables/deep/er/two.txt": "2"}, "tables/deep and 2 more changed"),
        ({"gone.rs": ""}, "gone.rs changed"),
        ({"target/y": "", "other.rs": ""}, ""),
    ],
)
def test_a_change_of_an_input_is_a_reason(files: dict[str, str], reason: str, root: Path) -> None:
    record = recorded(root, "src/lib.rs", "tables", "gone.rs")
    write(root, files)
    assert check.changed(record, str(root / "demo.so")) == reason.replace("/", os.sep)


def test_a_change_that_keeps_size_and_time_is_seen(root: Path) -> None:
    record = recorded(root, "src/lib.rs")
    before = (root / "src/lib.rs").stat()
    (root / "src/lib.rs").write_text("b")
    os.utime(root / "src/lib.rs", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert check.changed(record, str(root / "demo.so")) == f"src{os.sep}lib.rs changed"


def test_a_deleted_file_of_a_folder_is_seen(root: Path) -> None:
    record = recorded(root, "tables")
    (root / "tables/one.txt").unlink()
    assert "one.txt changed" in check.changed(record, str(root / "demo.so"))


def test_what_python_writes_into_a_package_is_not_its_source(root: Path) -> None:
    record = recorded(root, whole=(".",))
    write(root, {"x/__pycache__/a.pyc": "", "demo.abi3.so": "", ".git/index": "", "env/pyvenv.cfg": "", "target/z": ""})
    assert "changed" in check.changed(record, str(root / "demo.so"))  # the folder x is new
    (root / "x/__pycache__/a.pyc").unlink()
    (root / "x/__pycache__").rmdir()
    (root / "x").rmdir()
    assert check.changed(record, str(root / "demo.so")) == ""


def test_a_link_to_a_folder_above_it_ends(root: Path) -> None:
    (root / "tables/loop").symlink_to(root / "tables")
    record = recorded(root, "tables")
    assert check.changed(record, str(root / "demo.so")) == ""


def test_another_file_in_the_place_of_the_module_is_a_reason(root: Path) -> None:
    file = root / "demo.so"
    record = {**recorded(root, "src/lib.rs"), "installed": check.metadata(str(file))}
    assert check.changed(record, str(file)) == ""
    file.write_text("other")
    assert check.changed(record, str(file)) == f"another build replaced {file}"
    file.unlink()
    assert check.changed(record, str(file)) == f"{file} is missing"


def test_a_file_written_during_the_compile_counts_as_changed(root: Path) -> None:
    record = recorded(root, "src/lib.rs")
    entry = check.metadata(str(root / "src/lib.rs"))
    assert entry is not None
    record["files"] = compile.settled(record["files"], entry[1])
    assert check.changed(record, str(root / "demo.so")) == f"src{os.sep}lib.rs changed"


def test_a_record_survives_and_a_damaged_one_is_a_value_error(tmp_path: Path) -> None:
    file = str(tmp_path / "demo.record")
    record = {"files": {"caf\udce9.rs": [1, 2**63, 3, 4], "gone": None}, "good": True}
    check.write(file, record)
    assert check.read(file) == record
    Path(file).write_bytes(Path(file).read_bytes()[:9])
    with pytest.raises(ValueError, match="damaged"):
        check.read(file)


@pytest.mark.parametrize("version", sorted(pythons()))
def test_every_python_reads_a_record_of_this_one(version: str, tmp_path: Path) -> None:
    file = tmp_path / "demo.record"
    check.write(str(file), {"files": {"caf\xe9.rs": [1, 2**40, 3, 4], "gone": None}})
    code = f"import marshal; print(ascii(marshal.load(open({str(file)!r}, 'rb'))))"
    result = subprocess.run([pythons()[version], "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(result.stdout) == check.read(str(file))
