"""Output folders, disks and tools that do not play along."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.bad_inputs import BUILD, GOOD, METADATA, SDIST, Row, faults, project, run

WRITES = (*METADATA, *BUILD, *SDIST)
ROOT = Path(__file__).parent.parent.parent.parent
# maturin, as far as the hooks need it: it writes a file that may be too large for the disk.
MATURIN = """
import os, sys, zipfile
def write(folder, name, size):
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("good-1.0.dist-info/WHEEL", "Tag: py3-none-any")
        archive.writestr("data", b"x" * size)
    return name
def build_wheel(folder, settings=None, metadata=None):
    try:
        return write(folder, "good-1.0-py3-none-any.whl", int(os.environ["SIZE"]))
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("not run: no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize(
    ("directory", "reason"),
    [
        ("{tmp}/file", "File exists"),
        ("{tmp}/file/below", "Not a directory"),
        ("/proc/nowhere", "No such file"),
        ("a\0b", "null"),
    ],
)
def test_an_output_folder_that_cannot_be_is_named(tmp_path: Path, directory: str, reason: str) -> None:
    (tmp_path / "file").write_text("")
    shown = directory.replace("{tmp}", str(tmp_path))
    row = Row(
        "", f"the output cannot be written to {shown}", "the space on its disk", calls=WRITES, directory=directory
    )
    if "\0" in directory:  # no argument of a process can have it
        row = row._replace(message="the output cannot be written to ")
        code = "import pyo3_features_backend as b; b.build_wheel('a\\0b')"
        result = subprocess.run(
            [sys.executable, "-c", code], cwd=project(tmp_path, row), capture_output=True, text=True, check=False
        )
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        assert "a\\x00b: " in result.stderr
        return
    said = run(tmp_path, row)
    assert "\n".join(faults(row, said)) == ""
    assert all(reason in call.said for call in said)


def test_a_missing_output_folder_is_made_and_is_gone_again_after_a_failure(tmp_path: Path) -> None:
    row = Row(
        "",
        "",
        directory="{tmp}/deep/dist",
        modules={"maturin/__init__.py": MATURIN},
        calls=("build_wheel",),
        environment={"SIZE": "1"},
    )
    (call,) = run(tmp_path, row)
    assert (call.status, call.left) == (0, ["good-1.0-py3-none-any.whl"])
    (tmp_path / "deep" / "dist" / call.left[0]).unlink()
    (tmp_path / "deep" / "dist").rmdir()
    (tmp_path / "good" / "Cargo.toml").unlink()
    (call,) = run(tmp_path, row, tmp_path / "good")
    assert (call.status, (tmp_path / "deep" / "dist").exists()) == (1, False)


def test_a_full_disk_leaves_no_part_of_a_wheel(tmp_path: Path, small_disk: Path) -> None:
    modules = {"maturin/__init__.py": MATURIN}
    row = Row(
        "",
        "maturin could not build ",
        "above",
        modules=modules,
        calls=("build_wheel",),
        directory=str(small_disk),
    )
    (call,) = run(tmp_path, row._replace(environment={"SIZE": "1000"}))
    assert (call.status, call.left) == (0, ["good-1.0-py3-none-any.whl"])
    whole = (small_disk / call.left[0]).read_bytes()
    (small_disk / "other").write_bytes(b"x" * 30_000)
    (call,) = run(tmp_path, row._replace(environment={"SIZE": "100000"}), tmp_path / "good")
    assert call.status == 1
    assert "No space left on device" in call.said
    assert "could not build" in call.errors[0]
    # The older wheel is still whole.
    assert sorted(path.name for path in small_disk.iterdir()) == ["good-1.0-py3-none-any.whl", "other"]
    assert (small_disk / "good-1.0-py3-none-any.whl").read_bytes() == whole


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir(mode=0o555)
    if os.access(tmp_path / "dist", os.W_OK):
        pytest.skip("not run: root may write everywhere")
    row = Row(
        "",
        f"the output cannot be written to {tmp_path}/dist: Permission denied",
        "permissions",
        calls=WRITES,
        directory="{tmp}/dist",
    )
    assert "\n".join(faults(row, run(tmp_path, row))) == ""


def shell(tmp_path: Path, text: str, *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a line in the good project; $HOOK is followed by Python, and $VERB by a verb."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HOOK": f"{sys.executable} -c",
        "VERB": f"{sys.executable} -m pyo3_features_backend",
    }
    root = cwd or project(tmp_path, Row("", ""))
    return subprocess.run(["sh", "-c", text], cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "call",
    [
        *(f'$HOOK "import pyo3_features_backend as b; b.{name}()"' for name in ("get_requires_for_build_wheel",)),
        *(f"$HOOK \"import pyo3_features_backend as b; b.{name}('o')\"" for name in WRITES),
        *(f"$VERB {verb}" for verb in ("explain", "check -C /", "matrix", "config show", "migrate", "cache")),
    ],
)
def test_a_current_folder_that_has_been_removed_is_named(tmp_path: Path, call: str) -> None:
    (tmp_path / "gone").mkdir()
    name = "pyo3-features-backend: " if "$HOOK" in call else ""
    result = shell(tmp_path, f"rmdir '{tmp_path}/gone'; {call}", cwd=tmp_path / "gone")
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        "",
        f"{name}error: the current folder cannot be used: No such file or directory\n"
        "  help: change to the project's folder again: cd DIR\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not run: there is no full device")
@pytest.mark.parametrize("options", ["", "-u"])
@pytest.mark.parametrize("verb", ["explain", "explain --json", "check", "config show"])
def test_a_full_stdout_is_named(tmp_path: Path, verb: str, options: str) -> None:
    result = shell(tmp_path, f"PYTHONUNBUFFERED={1 if options else ''} $VERB {verb} >/dev/full")
    assert (result.returncode, result.stderr) == (
        1,
        "error: the output cannot be written: No space left on device\n"
        "  help: check where stdout goes, and that its disk has space\n",
    )


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_without_stderr_nothing_is_said_on_stdout(tmp_path: Path, closed: str) -> None:
    root = project(tmp_path, Row("", ""))
    (root / "Cargo.toml").unlink()
    for call in ("$HOOK \"import pyo3_features_backend as b; b.build_wheel('o')\"", "$VERB explain"):
        result = shell(tmp_path, f"{call} {closed}", cwd=root)
        assert (result.returncode, result.stdout) == (1, "")


def test_a_setup_py_is_read_without_stdout(tmp_path: Path) -> None:
    setup = "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
    setup += "setup(rust_extensions=[RustExtension('good')])\n"
    table = GOOD["pyproject.toml"] + "[tool.setuptools-rust]\n"
    root = project(tmp_path, Row("", "", files={"pyproject.toml": table, "setup.py": setup}))
    result = shell(tmp_path, "$VERB explain >&-", cwd=root)
    assert (result.returncode, "internal error" in result.stderr) == (0, False), result.stderr
