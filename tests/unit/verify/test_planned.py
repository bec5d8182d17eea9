"""What a build checks of its wheel, and what it leaves to the verb."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from pyo3_features_backend.errors import VerifyError
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi
from pyo3_features_backend.verify import planned, stable_abi
from pyo3_features_backend.verify.stable_abi import StableAbi
from support.binaries import elf, wheel
from support.verbs import module
from support.wheels import tagged

PLAN = Plan(Abi.ABI3, (3, 9), (), {}, ("cp39", "abi3"), "", ())
ABI = StableAbi({"PyList_New": (3, 2)}, (3, 15))
TAG = "cp39-abi3-manylinux_2_17_x86_64"
LINKED = elf(["PyList_New"], ["PyInit_x"], ["libpython3.so"])
OWN = elf(["PyList_New", "_PyList_Own"], ["PyInit_x"])


def test_tags_stop_at_a_binary_for_another_python(tmp_path: Path) -> None:
    path = wheel(tmp_path, TAG, {"x.cpython-311-x86_64-linux-gnu.so": OWN})
    with pytest.raises(VerifyError, match=r"cannot import x: .* \[PFB310\]") as caught:
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
    assert "warning: demo-1.0-" in capsys.readouterr().err


def test_tags_take_little_time(tmp_path: Path) -> None:
    """Half a megabyte, as a small extension has it; unpacking is most of it."""
    path = wheel(tmp_path, TAG, {"x.abi3.so": elf([f"PyList_{n}" for n in range(400)], ["PyInit_x"]) + bytes(500_000)})
    planned.contents(path, None, ("x",))
    times = []
    for _ in range(20):
        start = time.perf_counter()
        planned.contents(path, None, ("x",))
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02


def test_without_abi3info_the_message_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "abi3info", None)
    with pytest.raises(VerifyError, match=r"which is not installed\n  help: .*backend\[audit\]'"):
        stable_abi.load()


@pytest.mark.parametrize("words", [["none.whl"], ["."], ["dist/*.whl"], ["/none/*.whl"]])
def test_words_that_name_no_wheel_are_wrong_use(tmp_path: Path, words: list[str]) -> None:
    result = module(["pyo3_features_backend", "audit", *words], tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"pyo3-features-backend: error: {words[0]}: there is no wheel\n  help: ")


def test_the_verb_says_in_a_line_what_it_checked(tmp_path: Path) -> None:
    pytest.importorskip("abi3info")
    good = wheel(tmp_path, TAG, {"x.abi3.so": elf(["PyList_New"], ["PyInit_x"])})
    (tmp_path / "no.whl").write_bytes(b"no zip")
    result = module(["pyo3_features_backend", "audit", good.name], tmp_path)
    line = f"{good.name}: fine; cp39-abi3, 1 extension module (ELF x86_64), 1 symbol\n"
    assert (result.returncode, result.stdout, result.stderr) == (0, line, "")
    result = module(["pyo3_features_backend", "audit", "."], tmp_path)
    assert result.returncode == 1
    assert result.stdout.count("error: ") == 1 and "no.whl is no wheel" in result.stdout
    assert result.stdout.count(": fine; ") == 1
    (tmp_path / "y-1.0-py3-none-any.whl").mkdir()  # an unpacked one; in a folder only files count
    assert module(["pyo3_features_backend", "audit", "."], tmp_path).stdout == result.stdout


def test_the_build_requires_abi3info_only_where_symbols_are_checked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    for verify, kind, expected in (("symbols", "wheel", True), ("tags", "wheel", False), ("symbols", "sdist", False)):
        (tmp_path / "x.py").write_text(
            f"import pyo3_features_backend as b\nprint(b.get_requires_for_build_{kind}({{'verify': {verify!r}}}))\n"
        )
        result = module(["x"], tmp_path)
        assert result.returncode == 0, result.stderr
        assert ("abi3info" in result.stdout) == expected


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
