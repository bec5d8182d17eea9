"""The verb: what it writes, when, and what it does not write over."""

from __future__ import annotations

import os
import subprocess
import venv
import zipfile
from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import check
from support.checks import codes
from support.examples import example
from support.files import add, replace
from support.verbs import module
from support.workflows import bash, jobs, scripts

WORKFLOW = ".github/workflows/wheels.yml"


def ci(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return module(["pyo3_features_backend", "ci", *words], root, **environment)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    root = example("hello", tmp_path)
    result = ci(root)
    assert (result.returncode, result.stderr) == (0, f"wrote {WORKFLOW}\n")
    return root


def test_run_again_it_changes_nothing(written: Path) -> None:
    before = (written / WORKFLOW).read_bytes()
    for words in ([], ["github"], ["--check"], ["--diff"]):
        result = ci(written, *words)
        assert (result.returncode, result.stdout) == (0, "")
        assert "is what the plan needs" in result.stderr
    assert (written / WORKFLOW).read_bytes() == before
    assert [file.name for file in (written / WORKFLOW).parent.iterdir()] == ["wheels.yml"]


def test_a_new_plan_is_seen_by_check_shown_by_diff_and_written(written: Path) -> None:
    replace(written / "pyproject.toml", ">=3.9", ">=3.10")
    assert ci(written, "--check").returncode == 1
    shown = ci(written, "--diff")
    assert shown.returncode == 0 and "+#   cp310-abi3 for CPython 3.10 to 3.15\n" in shown.stdout
    assert "cp310" not in (written / WORKFLOW).read_text()
    assert ci(written).returncode == 0
    assert "abi3-py310" in (written / WORKFLOW).read_text()
    assert ci(written, "--check").returncode == 0


def test_a_variable_that_changes_the_plan_is_named(written: Path) -> None:
    warning = "warning[PFB162]: %s is for a plan that the environment changes: PYO3_FEATURES_BACKEND_ABI3\n"
    off = {"PYO3_FEATURES_BACKEND_ABI3": "off"}
    checked = ci(written, "--check", **off)
    assert (checked.returncode, checked.stderr.count("warning")) == (1, 1)
    assert checked.stderr.startswith(warning % WORKFLOW)
    shown = ci(written, "--output", "-", **off)
    assert shown.stderr.startswith(warning % "the workflow") and "cp39-cp39" in shown.stdout
    assert "PFB162" not in ci(written, "--check", PYO3_FEATURES_BACKEND_COMPILE_CACHE="off").stderr


def test_edits_are_kept_or_refused_and_never_lost_in_silence(written: Path) -> None:
    file = written / WORKFLOW
    add(file, "# mine\n")
    kept = ci(written)
    assert kept.returncode == 0 and "your edits stay" in kept.stderr
    replace(written / "pyproject.toml", ">=3.9", ">=3.10")
    refused = ci(written)
    assert refused.returncode == 1 and "has been edited since" in refused.stderr and "--force" in refused.stderr
    assert "# mine" in file.read_text()
    assert ci(written, "--force").returncode == 0
    assert "# mine" not in file.read_text()


def test_a_file_of_another_origin_is_not_written_over(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    (root / WORKFLOW).parent.mkdir(parents=True)
    (root / WORKFLOW).write_text("name: other\n")
    assert "did not write it" in ci(root).stderr
    assert (root / WORKFLOW).read_text() == "name: other\n"
    assert ci(root, "--output", "ours.yml").returncode == 0
    assert (root / "ours.yml").is_file()


def test_the_tool_of_the_file_stays(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    assert ci(root, "--with", "cibuildwheel").returncode == 0
    assert ci(root, "--check").returncode == 0
    assert ci(root, "--check", "--with", "maturin-action").returncode == 1


def test_it_goes_to_stdout_and_says_what_cannot_be_written(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    assert "publish" in jobs(ci(root, "--output", "-").stdout)
    assert not (root / ".github").exists()
    (root / "file").write_text("")
    failed = ci(root, "--output", "file/wheels.yml")
    assert failed.returncode == 1 and "error:" in failed.stderr and "Traceback" not in failed.stderr


def test_check_finds_no_call_without_the_plan_in_it(written: Path) -> None:
    assert "PFB270" not in codes(written)
    replace(written / WORKFLOW, "# Written by", "# written by")
    assert "PFB270" in [problem.code for problem in check(written, None, {})]


def test_a_shell_takes_its_steps(written: Path) -> None:
    found = jobs((written / WORKFLOW).read_text())
    steps = [step for job in found.values() for step in scripts(job)]
    assert len(steps) == 3
    for step in steps:
        parsed = subprocess.run(["bash", "-n", "-c", step["run"]], capture_output=True, text=True, check=False)
        assert (parsed.returncode, parsed.stderr) == (0, "")
    failed = bash(scripts(found["audit"])[0]["run"].replace("python -m pip", "true"), written)
    assert failed.returncode != 0  # there is no dist: the job does not pass by


def test_a_link_stays_one_and_a_project_below_the_repository_is_told(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    root = example("hello", tmp_path)
    (root / WORKFLOW).parent.mkdir(parents=True)
    (root / WORKFLOW).symlink_to(tmp_path / "real.yml")
    result = ci(root)
    assert result.returncode == 0 and "root of the repository" in result.stderr
    assert (root / WORKFLOW).is_symlink() and (tmp_path / "real.yml").is_file()


def test_the_step_that_installs_takes_the_built_wheel(written: Path, tmp_path: Path) -> None:
    """No index is asked where the wheel has no dependency: a stand-in with the project's name is enough."""
    dist = tmp_path / "dist"
    dist.mkdir()
    info = "hello_pyo3-0.1.0.dist-info"
    files = {
        "hello_pyo3.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: hello-pyo3\nVersion: 0.1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(dist / "hello_pyo3-0.1.0-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    venv.create(tmp_path / "venv", with_pip=True)
    install, test = scripts(jobs((written / WORKFLOW).read_text())["test"])
    path = f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}"
    for step in (install, test):
        result = bash(step["run"], tmp_path, PATH=path, PYTHONPATH="", **step.get("env", {}))
        assert result.returncode == 0, result.stdout + result.stderr
