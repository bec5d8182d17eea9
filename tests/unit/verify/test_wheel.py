"""The reader of wheels: one clear message for a file that is none."""

from __future__ import annotations

import random
import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3_features_backend.model.words import Severity
from pyo3_features_backend.verify import wheel as reader
from pyo3_features_backend.verify.audit import audit
from pyo3_features_backend.verify.values import Tag, WheelError
from support.binaries import elf, wheel

TAG = "cp39-abi3-manylinux_2_17_x86_64"
NAME = f"demo-1.0-{TAG}.whl"
BINARY = elf(["PyList_New"], ["PyInit_x"])


def message(path: Path) -> str:
    """The message of the one problem, after it is seen that the hint is a line."""
    (problem,) = audit(path, None).problems
    assert (problem.code, problem.severity) == ("PFB301", Severity.ERROR)
    assert problem.hint and "\n" not in problem.message + problem.hint
    return problem.message


def rewritten(folder: Path, change: dict[str, bytes | None]) -> Path:
    """A good wheel with members that are replaced, or left out if they are None."""
    path = wheel(folder, TAG, {"x.abi3.so": BINARY})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, **change}.items():
            if content is not None:
                archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"demo-1.0.dist-info/WHEEL": None}, "has no demo-1.0.dist-info/WHEEL"),
        ({"demo-1.0.dist-info/METADATA": None}, "has no demo-1.0.dist-info/METADATA"),
        ({"demo-1.0.dist-info/RECORD": None}, "has no demo-1.0.dist-info/RECORD"),
        ({"other-1.0.dist-info/WHEEL": b""}, "has 2 .dist-info folders"),
        ({"demo-1.0.dist-info/WHEEL": b"Tag: " + bytes(2**19)}, "larger than in any real wheel"),
        ({"../x.so": b""}, "has '../x.so', which is outside of the wheel"),
        ({"a/../../x.so": b""}, "which is outside of the wheel"),
        ({"/x.so": b""}, "has '/x.so', which is outside"),
        ({"C:x.so": b""}, "has 'C:x.so', which is outside"),
        ({"demo-1.0.dist-info/METADATA": bytes(5 * 2**20)}, "larger than in any real wheel"),
    ],
)
def test_a_wheel_that_no_installer_takes(tmp_path: Path, change: dict[str, bytes | None], text: str) -> None:
    assert text in message(rewritten(tmp_path, change))


def test_files_that_are_no_wheel(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"")
    assert "is not a wheel: File is not a zip file" in message(path)
    path.write_bytes(b"<html>not found</html>")
    assert "is not a wheel" in message(path)
    assert "there is no" in message(tmp_path / "demo-1.0-py3-none-any.whl")
    with zipfile.ZipFile(path, "w"):
        pass
    assert "has no .dist-info folder" in message(path)


def test_a_member_that_is_there_twice_encrypted_or_compressed_otherwise(tmp_path: Path) -> None:
    path = wheel(tmp_path, TAG, {"x.abi3.so": BINARY})
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("x.abi3.so", b"")
    assert "has 'x.abi3.so' 2 times" in message(path)
    path = wheel(tmp_path, TAG, {"x.abi3.so": BINARY})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "x.abi3.so in demo-1.0-" in message(path) and "is encrypted" in message(path)
    path = rewritten(tmp_path, {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("y.abi3.so", BINARY)
    assert "is compressed with method 14" in message(path)


def test_a_wrong_checksum_is_told(tmp_path: Path) -> None:
    path = rewritten(tmp_path, {})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"PyList_New", b"PyList_Now", 1))
    assert "x.abi3.so in demo-1.0-" in message(path) and "Bad CRC-32" in message(path)


@pytest.mark.parametrize(
    "name",
    ["demo.whl", "demo-1.0-cp3١-abi3-any.whl", "demo-1.0-cp39-abi3.whl", "demo-1.0-cp39--any.whl", "a-1-b-c-d-e-f.whl"],
)
def test_a_name_that_no_wheel_has(name: str) -> None:
    with pytest.raises(WheelError, match="is not a wheel name"):
        reader.parse_name(name)


def test_compressed_tags_and_a_build_number() -> None:
    project, version, tags = reader.parse_name("demo-1.0-1-cp38.cp39-abi3-linux_x86_64.any.whl")
    assert (project, version) == ("demo", "1.0")
    assert tags == tuple(Tag(p, "abi3", s) for p in ("cp38", "cp39") for s in ("linux_x86_64", "any"))


def test_a_file_that_grows_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wheel(tmp_path, TAG, {"x.abi3.so": BINARY + random.randbytes(2**20) * 64, "y.so": bytes(64 * 2**20)})
    report = audit(path, None)  # through a file; zeros are no binary
    assert (report.problems, report.unchecked) == ((), ())
    monkeypatch.setattr(reader, "MOST_OF_FILE", 2**20)
    report = audit(path, None)
    assert (report.problems, report.unchecked) == ((), ("x.abi3.so: it has 64 MiB",))


def test_a_bomb_is_not_unpacked_and_a_long_specifier_not_parsed(tmp_path: Path) -> None:
    report = audit(wheel(tmp_path, TAG, {"x.abi3.so": BINARY + bytes(64 * 2**20)}), None)
    assert (report.problems, report.unchecked) == ((), ("x.abi3.so: it has 64 MiB",))
    (problem,) = audit(wheel(tmp_path, TAG, {}, requires_python=">=3," * 100_000), None).problems
    assert (problem.code, len(problem.message) < 100) == ("PFB304", True)


@given(data=st.data())
@settings(max_examples=200, deadline=2000)
def test_a_damaged_wheel_is_judged_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("wheel")
    path = wheel(folder, TAG, {"x.abi3.so": BINARY, "p/y.cpython-311-x86_64-linux-gnu.so": BINARY})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two members with one name
        for problem in audit(path, None).problems:
            assert problem.message and problem.hint


def test_a_file_that_the_system_does_not_give_is_not_called_a_bad_archive(tmp_path: Path) -> None:
    (tmp_path / "demo-1.0-py3-none-any.whl").mkdir()
    text = message(tmp_path / "demo-1.0-py3-none-any.whl")
    assert "demo-1.0-py3-none-any.whl cannot be read: " in text and "Errno" not in text
