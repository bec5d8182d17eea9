"""What decides whether an import compiles, and what an editable wheel gets; without a compile."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.delegates.recorder import recording
from pyo3_features_backend.rebuild import on_import, wheel_files
from pyo3_features_backend.rebuild.on_import import check, compile
from support.files import write
from support.pythons import pythons

SOURCES = sorted(Path(on_import.__file__).parent.glob("*.py"))


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


def test_a_time_in_whole_seconds_may_be_up_to_two_seconds_off() -> None:
    second = 1_000_000_000
    assert compile.settled({"a": [1, 7 * second, 0, 0]}, 8 * second) == {"a": check.RACY}
    assert compile.settled({"a": [1, 7 * second + 1, 0, 0]}, 8 * second) == {"a": [1, 7 * second + 1, 0, 0]}


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


def test_the_start_of_python_imports_nothing_more(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import on_import; on_import.install('demo.x'); import zlib; "
        "print(sorted(set(sys.modules) - before))"
    )
    folder = str(Path(on_import.__file__).parent.parent)
    words = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {folder!r}); {code}"]
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ast.literal_eval(result.stdout) == ["on_import", "zlib"]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="this Python does not list its standard library")
def test_the_loader_imports_only_the_standard_library_and_itself_in_the_oldest_python() -> None:
    for file in SOURCES:
        tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert all(name.name.partition(".")[0] in sys.stdlib_module_names for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1 or str(node.module).partition(".")[0] in {*sys.stdlib_module_names}


def test_a_wheel_with_added_files_has_them_in_its_record_and_is_the_same_each_time(tmp_path: Path) -> None:
    made = []
    for number in range(2):
        wheel = tmp_path / f"{number}.whl"
        with zipfile.ZipFile(wheel, "w") as packed:
            packed.writestr(zipfile.ZipInfo("demo/__init__.py", (2020, 1, 1, 0, 0, 0)), "pass")
            packed.writestr(
                zipfile.ZipInfo("demo-1.dist-info/RECORD", (2020, 1, 1, 0, 0, 0)),
                "demo/__init__.py,sha256=x,4\ndemo-1.dist-info/RECORD,,\n",
            )
        wheel_files.add(wheel, {"b.pth": b"import b\n", "b/x.json": b"{}"})
        made.append(wheel.read_bytes())
        with zipfile.ZipFile(wheel) as packed:
            assert packed.namelist() == ["demo/__init__.py", "b.pth", "b/x.json", "demo-1.dist-info/RECORD"]
            rows = packed.read("demo-1.dist-info/RECORD").decode().splitlines()
        digest = urlsafe_b64encode(hashlib.sha256(b"{}").digest()).rstrip(b"=").decode()
        assert rows[:2] == ["demo/__init__.py,sha256=x,4", "demo-1.dist-info/RECORD,,"]
        assert f"b/x.json,sha256={digest},2" in rows
    assert made[0] == made[1]


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_a_call_of_cargo_is_recorded_and_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "it's here" / "cargo"
    real.parent.mkdir()
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$PATH" "$@"\nexit 3\n')
    real.chmod(0o755)
    path = f"{real.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
    monkeypatch.setenv("PATH", path)
    monkeypatch.delenv("CARGO", raising=False)
    with recording() as recorder:
        assert recorder is not None
        environ = {**os.environ, **recorder.path, "MADE": "caf\xe9 'quoted'"}
        for words in (["metadata"], ["rustc", "--lib", "a b"], ["rustc", "--lib", "a b"]):
            result = subprocess.run(["cargo", *words], env=environ, cwd=tmp_path, capture_output=True, text=True)
            assert result.returncode == 3
            assert result.stdout.splitlines() == [path, *words]
        (call,) = recorder.calls()
    assert call.arguments == ("rustc", "--lib", "a b")
    assert call.folder == str(tmp_path.resolve())
    assert call.environ["MADE"] == environ["MADE"]
    assert "PATH" not in call.environ
    assert json.dumps(call.environ)
