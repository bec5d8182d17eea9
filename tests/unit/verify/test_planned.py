"""What a build checks of its wheel, and what it leaves to the verb."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.errors import VerifyError
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi
from pyo3_features_backend.verify import planned
from pyo3_features_backend.verify.stable_abi import StableAbi
from support.binaries import elf, wheel
from support.wheels import tagged

PLAN = Plan(Abi.ABI3, (3, 9), (), {}, ("cp39", "abi3"), "", ())
ABI = StableAbi({"PyList_New": (3, 2)}, (3, 15))
TAG = "cp39-abi3-manylinux_2_17_x86_64"
LINKED = elf(["PyList_New"], ["PyInit_x"], ["libpython3.so"])
OWN = elf(["PyList_New", "_PyList_Own"], ["PyInit_x"])


def test_tags_stop_at_a_binary_for_another_python(tmp_path: Path) -> None:
    path = wheel(tmp_path, TAG, {"x.cpython-311-x86_64-linux-gnu.so": OWN})
    with pytest.raises(VerifyError, match=r"error\[PFB310\]: .*cannot import x: ") as caught:
        planned.contents(path, None, ())
    assert caught.value.hint


@pytest.mark.parametrize(("content", "code"), [(LINKED, "PFB330"), (OWN, "PFB341")])
def test_symbols_and_libpython_are_left_to_the_check_of_symbols(tmp_path: Path, content: bytes, code: str) -> None:
    path = wheel(tmp_path, TAG, {"x.abi3.so": content})
    planned.contents(path, None, ("x",))
    with pytest.raises(VerifyError, match=code):
        planned.contents(path, ABI, ("x",))


def test_what_the_project_declares_is_no_matter_of_the_build(tmp_path: Path) -> None:
    # A distributor may build for a Python that Requires-Python excludes.
    planned.contents(wheel(tmp_path, TAG, {"x.abi3.so": elf([], ["PyInit_x"])}, requires_python="<3.9"), ABI, ("x",))


def test_a_binary_that_cannot_be_read_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planned.contents(wheel(tmp_path, TAG, {"x.abi3.so": LINKED[:90]}), None, ("x",))
    assert "warning[PFB350]: demo-1.0-" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("expected", "tag", "recorded"),
    [
        (("cp39", "abi3"), "cp39-abi3-linux_x86_64", ""),
        (("cp39", "abi3"), "cp39-abi3-a.b", "cp39-abi3-a cp39-abi3-b"),
        (("cp315", "abi3.abi3t"), "cp315-abi3.abi3t-any", "cp315-abi3-any cp315-abi3t-any"),
        (None, "cp312-cp312-any", ""),
    ],
)
def test_a_wheel_with_the_planned_tags_is_accepted(
    expected: tuple[str, str] | None, tag: str, recorded: str, tmp_path: Path
) -> None:
    planned.tags(tagged(tmp_path, tag, recorded), PLAN._replace(wheel=expected))


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
        planned.tags(tagged(tmp_path, tag, recorded), PLAN)
