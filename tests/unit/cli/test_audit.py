"""The verb that audits wheels: what it takes, prints and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyo3_features_backend.cli import audit
from support.binaries import elf, wheel
from support.verbs import module

TAG = "cp39-abi3-manylinux_2_17_x86_64"


@pytest.mark.parametrize("words", [["none.whl"], ["."], ["dist/*.whl"], ["/none/*.whl"]])
def test_words_that_name_no_wheel_are_wrong_use(tmp_path: Path, words: list[str]) -> None:
    result = module(["pyo3_features_backend", "audit", *words], tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {words[0]}: there is no wheel\n  help: ")
    asked = module(["pyo3_features_backend", "audit", "--json", *words], tmp_path)
    (problem,) = json.loads(asked.stdout)["problems"]
    assert (asked.returncode, asked.stderr) == (2, result.stderr)
    assert (problem["severity"], problem["message"]) == ("error", f"{words[0]}: there is no wheel")


def test_the_verb_says_in_a_line_what_it_checked(tmp_path: Path) -> None:
    pytest.importorskip("abi3info")
    good = wheel(tmp_path, TAG, {"x.abi3.so": elf(["PyList_New"], ["PyInit_x"])})
    (tmp_path / "no.whl").write_bytes(b"no zip")
    result = module(["pyo3_features_backend", "audit", good.name], tmp_path)
    line = f"{good.name}: fine; cp39-abi3, 1 extension module (ELF x86_64), 1 symbol\n"
    assert (result.returncode, result.stdout, result.stderr) == (0, line, "")
    result = module(["pyo3_features_backend", "audit", "."], tmp_path)
    assert result.returncode == 1
    assert result.stdout.count("error[PFB301]: ") == 1 and "no.whl is not a wheel" in result.stdout
    assert result.stdout.count(": fine; ") == 1
    (tmp_path / "y-1.0-py3-none-any.whl").mkdir()  # an unpacked one; in a folder only files count
    assert module(["pyo3_features_backend", "audit", "."], tmp_path).stdout == result.stdout


def test_a_wheel_is_compared_with_the_plan_of_its_own_platform(hello: Path) -> None:
    tags = [
        "cp39-abi3-android_24_x86_64",
        "cp312-cp312-pyodide_2024_0_wasm32",
        "cp313-cp313-pyemscripten_2025_0_wasm32",
    ]
    names = [f"hello_pyo3-1.0-{tag}.whl" for tag in tags]
    plans = audit._plans(hello, [Path(name) for name in names])
    assert sorted(str(each.platform and each.platform.name) for each in plans) == ["android", "pyodide"]
    found = audit._against(plans, names)
    assert [(each.code, each.message) for each in found] == [
        ("PFB360", "pyodide_wasm32 has no cp314-cp314, which serves CPython 3.14"),
        ("PFB360", "pyodide_wasm32 has no cp315-cp315, which serves CPython 3.15"),
    ]
