"""What front ends may count on, with real wheels: every hook through pyproject_hooks, and the tags."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pyproject_hooks
import pytest

from pyo3_features_backend.errors import VerifyError
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi
from pyo3_features_backend.verify import tags
from support.builds import Build, wheel_of
from support.examples import example

pytestmark = pytest.mark.build


def test_every_hook_answers_through_pyproject_hooks(
    tmp_path: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGO_TARGET_DIR", str(compiled))
    out = tmp_path / "out"
    out.mkdir()
    caller = pyproject_hooks.BuildBackendHookCaller(
        str(example("hello", tmp_path)), "pyo3_features_backend", runner=pyproject_hooks.quiet_subprocess_runner
    )
    assert caller.get_requires_for_build_wheel() == ["maturin>=1.14,<2"]
    assert caller.get_requires_for_build_editable() == ["maturin>=1.14,<2"]
    assert caller.get_requires_for_build_sdist() == ["maturin>=1.14,<2"]
    name = caller.prepare_metadata_for_build_wheel(str(out))
    assert (out / name / "METADATA").is_file()
    wheel = caller.build_wheel(str(out), {"abi3": "current"}, metadata_directory=str(out / name))
    assert "-abi3-" in wheel
    assert (out / wheel).is_file()
    assert (out / caller.build_editable(str(out))).is_file()
    with tarfile.open(out / caller.build_sdist(str(out))) as sdist:
        assert any(member.endswith("/src/lib.rs") for member in sdist.getnames())


def test_a_wheel_with_other_tags_than_the_plans_is_refused_with_both_named(build: Build, tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path, build(example("hello", tmp_path)))
    plan = Plan(Abi.ABI3, (3, 9), (), {}, ("cp39", "abi3"), "", ())
    tags(wheel, plan)
    with pytest.raises(VerifyError, match=r"the plan was cp310-abi3, but the wheel is hello_pyo3-0\.1\.0-cp39-abi3-"):
        tags(wheel, plan._replace(wheel=("cp310", "abi3")))


def test_a_target_that_is_the_host_is_honoured(build: Build, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    host = next(
        row.split()[1]
        for row in subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout.splitlines()
        if row.startswith("host:")
    )
    assert "-cp39-abi3-" in wheel_of(tmp_path, build(project, MATURIN_PEP517_ARGS=f"--target {host}")).name


@pytest.mark.parametrize("name", ["hello", "setuptools"])
def test_the_floor_is_blamed_only_where_the_compiler_says_that_something_is_not_in_the_limited_api(
    build: Build, tmp_path: Path, name: str
) -> None:
    project = example(name, tmp_path)
    library = project / "src" / "lib.rs"
    good = library.read_text()
    library.write_text(f"use pyo3::buffer::PyBuffer;\n{good}")
    result = build(project)
    assert result.returncode == 1
    assert "error[E0432]: unresolved import `pyo3::buffer`" in result.stderr
    assert "the code needs more than the limited API of Python 3.9" in result.stderr
    assert "`pyo3-features probe` finds the lowest floor" in result.stderr
    library.write_text(f'{good}\nfn other() -> i64 {{ "text" }}\n')
    result = build(project)
    assert result.returncode == 1
    assert "error[E0308]: mismatched types" in result.stderr
    assert "could not build cp39-abi3" in result.stderr
    assert "limited API" not in result.stderr
    assert list((tmp_path / "dist").iterdir()) == []
