"""The jobs of maturin-action: which interpreter builds which wheel, on which runner."""

from __future__ import annotations

from pyo3_features_backend.author.ci import Tool, native
from pyo3_features_backend.author.ci import text as ci_text
from pyo3_features_backend.model.settings import Settings
from support.matrices import matrix
from support.workflows import jobs, using, workflow

CASE = workflow(matrix(Settings()), Tool.MATURIN_ACTION, "--locked --features pyo3/abi3-py39")
JOBS = jobs(ci_text.text(CASE))
MATURIN = native.ACTION.partition("@")[0]


def test_a_container_builds_all_wheels_of_a_platform() -> None:
    steps = using(JOBS["linux"], MATURIN)
    assert [(step["with"]["args"], step.get("if")) for step in steps] == [
        ("--release --out dist --interpreter python3.9 --locked --features pyo3/abi3-py39", None),
        ("--release --out dist --interpreter python3.14t python3.15t", None),
        ("--release --out dist --interpreter pypy3.11 pypy3.12", "${{ matrix.manylinux == 'auto' }}"),
    ]
    names = [row["name"] for row in JOBS["linux"]["strategy"]["matrix"]["include"]]
    assert names == ["linux-x86_64", "linux-aarch64", "musllinux-x86_64", "musllinux-aarch64"]


def test_elsewhere_each_wheel_has_the_job_of_one_interpreter() -> None:
    rows = JOBS["native"]["strategy"]["matrix"]["include"]
    wheels = [wheel.label for call in CASE.calls for wheel in call.wheels]
    for name in ("windows-x64", "macos-x86_64", "macos-arm64"):
        assert [row["wheel"] for row in rows if row["name"] == name] == wheels
    arm = {row["wheel"]: row["python"] for row in rows if row["name"] == "windows-arm64"}
    assert arm == {"cp39-abi3": "3.11", "cp314-cp314t": "3.14t", "cp315-cp315t": "3.15t"}
    options = {(row["wheel"], row["options"]) for row in rows}
    assert ("cp39-abi3", "--locked --features pyo3/abi3-py39") in options
    assert ("cp314-cp314t", "") in options


def test_a_runner_builds_only_what_setup_python_has_an_interpreter_for() -> None:
    case = workflow(matrix(Settings(abi3="off"), "0.30.1", ">=3.9"), Tool.MATURIN_ACTION)
    rows = jobs(ci_text.text(case))["native"]["strategy"]["matrix"]["include"]
    arm = [row["python"] for row in rows if row["name"] == "windows-arm64"]
    assert arm == ["3.11", "3.12", "3.13", "3.14", "3.15", "3.14t", "3.15t"]
    assert [row["python"] for row in rows if row["name"] == "macos-arm64"][:2] == ["3.9", "3.10"]


def test_no_two_uploads_have_one_name() -> None:
    rows = JOBS["native"]["strategy"]["matrix"]["include"]
    names = [(row["name"], row["wheel"]) for row in rows]
    assert len(set(names)) == len(names)


def test_a_release_takes_nothing_from_a_cache() -> None:
    for job in ("linux", "native"):
        for step in using(JOBS[job], MATURIN):
            assert step["with"]["sccache"] == "${{ !startsWith(github.ref, 'refs/tags/') }}"
