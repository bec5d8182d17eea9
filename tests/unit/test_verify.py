"""A built wheel against its plan."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pyo3_features_backend import verify
from pyo3_features_backend.errors import VerifyError
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi

PLAN = Plan(Abi.ABI3, (3, 9), (), {}, ("cp39", "abi3"), "", ())


def wheel(folder: Path, tag: str, recorded: str = "", **files: str) -> Path:
    path = folder / f"demo-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        rows = "".join(f"Tag: {one}\n" for one in (recorded or tag).split())
        archive.writestr("demo-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\n{rows}")
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return path


@pytest.mark.parametrize(
    ("planned", "tag", "recorded"),
    [
        (("cp39", "abi3"), "cp39-abi3-linux_x86_64", ""),
        (("cp39", "abi3"), "cp39-abi3-a.b", "cp39-abi3-a cp39-abi3-b"),
        (("cp315", "abi3.abi3t"), "cp315-abi3.abi3t-any", "cp315-abi3-any cp315-abi3t-any"),
        (None, "cp312-cp312-any", ""),
    ],
)
def test_a_wheel_with_the_planned_tags_is_accepted(
    planned: tuple[str, str] | None, tag: str, recorded: str, tmp_path: Path
) -> None:
    verify.tags(wheel(tmp_path, tag, recorded), PLAN._replace(wheel=planned))


@pytest.mark.parametrize(
    ("tag", "recorded"),
    [
        ("cp312-cp312-any", ""),
        ("cp39-abi3-any", "cp312-cp312-any"),
        ("cp312-cp312-any", "cp39-abi3-any"),
        ("cp39-abi3.abi3t-any", ""),
        ("cp39-abi3-any", "cp39-abi3-any cp310-abi3-any"),
    ],
)
def test_any_other_tag_in_its_name_or_in_it_is_an_error(tag: str, recorded: str, tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match=r"the plan was cp39-abi3, but the wheel is demo-1\.0-"):
        verify.tags(wheel(tmp_path, tag, recorded), PLAN)


def test_the_files_of_an_extension_are_those_that_import_would_load(tmp_path: Path) -> None:
    names = ("demo/native.abi3.so", "demo/native.pyd", "demo/native.py", "demo/native_more.abi3.so", "native.abi3.so")
    path = wheel(tmp_path, "cp39-abi3-any", **dict.fromkeys(names, ""))
    assert verify.extension_files(path, "demo.native") == ["demo/native.abi3.so", "demo/native.pyd"]
    assert verify.extension_files(path, "native") == ["native.abi3.so"]
    assert verify.extension_files(path, "none") == []


def test_a_file_that_is_no_extension_does_not_import_and_only_what_can_run_here_is_tried(tmp_path: Path) -> None:
    target = running()
    broken = wheel(tmp_path, "cp39-abi3-any", **{f"demo/native{target.suffixes[0]}": "no extension"})
    with pytest.raises(VerifyError, match=r"demo/native\..* does not import: .") as caught:
        verify.imports(broken, target)
    assert caught.value.hint == 'verify = ["tags"] builds without this check'
    verify.imports(broken, target._replace(executable=None))
    verify.imports(broken, target._replace(cross_triple="aarch64-unknown-linux-gnu"))
    libraries = {f"demo.libs/x{target.suffixes[-1]}": "", f"demo-1.0.data/x{target.suffixes[-1]}": ""}
    verify.imports(wheel(tmp_path, "cp310-abi3-any", **libraries), target)
