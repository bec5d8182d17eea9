"""What is compiled again, and that what is not compiled again is never old: real builds, through both delegates."""

from __future__ import annotations

import hashlib
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.plain_project import FILES, Project, packages, run

pytestmark = pytest.mark.build


@pytest.fixture(params=["maturin", "setuptools-rust"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return Project(tmp_path, request.param)


def test_an_unchanged_sdist_compiles_nothing_and_a_changed_one_its_own_crates(project: Project, cache: Path) -> None:
    answer, said = project.build(project.write({"part/src/lib.rs": 5}))
    assert answer == 5
    assert packages(said) == ["part", "plain"]
    answer, said = project.build(project.write({"part/src/lib.rs": 5}))
    assert answer == 5
    assert packages(said) == []
    answer, said = project.build(project.write({"part/src/lib.rs": 5, "src/lib.rs": 1}))
    assert answer == 6
    assert packages(said) == ["part", "plain"]
    assert len(list((cache / "targets").glob("plain-*.lock"))) == 1


def test_todays_times_on_an_unchanged_sdist_compile_nothing(project: Project, cache: Path) -> None:
    project.build(project.write({"src/lib.rs": 3}))
    folder = project.write({"src/lib.rs": 3})
    for file in folder.rglob("*"):
        os.utime(file)
    answer, said = project.build(folder)
    assert (answer, packages(said)) == (3, [])


edits = st.lists(st.tuples(st.sampled_from([*FILES, "$DEMO_DIR"]), st.integers(0, 3)), min_size=1, max_size=3)


@pytest.mark.parametrize("own", ["cache", "CARGO_TARGET_DIR"])
@pytest.mark.parametrize("rerun", [True, False])
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(edits, min_size=2, max_size=3))
def test_whatever_is_edited_in_whatever_order_the_wheel_answers_as_a_cold_one(
    project: Project, cache: Path, own: str, rerun: bool, steps: list[list[tuple[str, int]]]
) -> None:
    project = project._replace(rerun=rerun, vendored=True)
    shared = {"CARGO_TARGET_DIR": str(project.where / "target")} if own == "CARGO_TARGET_DIR" else {}
    numbers: dict[str, int] = {}
    for step in steps:
        numbers.update(step)
        environment = {**shared, "DEMO_DIR": str(numbers.get("$DEMO_DIR", 0))}
        answer, _ = project.build(project.write(numbers), **environment)
        assert answer == sum(numbers.values())
    environment = {"DEMO_DIR": str(numbers.get("$DEMO_DIR", 0)), "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "off"}
    cold, _ = project.build(project.write(numbers), **environment)
    assert answer == cold


def test_another_build_in_the_same_target_folder_is_noticed(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    target = str(tmp_path / "target")
    assert project.build(project.write({"src/lib.rs": 1}), CARGO_TARGET_DIR=target)[0] == 1
    other = project.write({"src/lib.rs": 2})
    for file in other.rglob("*"):
        os.utime(file)
    words = ["cargo", "rustc", "-q", "--lib", "--release", "--crate-type", "cdylib"]
    subprocess.run(words, cwd=other, check=True, env={**os.environ, "CARGO_TARGET_DIR": target})
    assert project.build(project.write({"src/lib.rs": 1}), CARGO_TARGET_DIR=target)[0] == 1


@pytest.mark.parametrize(
    "change",
    [{"CFLAGS": "-O1"}, {"OPENSSL_DIR": "/opt/ssl"}, {"MACOSX_DEPLOYMENT_TARGET": "12.0"}, "compiler", "config"],
)
def test_what_cargo_does_not_compare_parts_the_target_folders(
    change: dict[str, str] | str, tmp_path: Path, cache: Path
) -> None:
    project = Project(tmp_path, "setuptools-rust")
    compiler = tmp_path / "bin" / "cc"
    compiler.parent.mkdir()
    compiler.write_text('#!/bin/sh\nexec /usr/bin/cc "$@"\n')
    compiler.chmod(0o755)
    path = {"PATH": f"{compiler.parent}{os.pathsep}{os.environ['PATH']}"}
    project.build(project.write({}), **path)
    assert packages(project.build(project.write({}), **path)[1]) == []
    folder = project.write({})
    if change == "compiler":
        compiler.write_text('#!/bin/sh\n# newer\nexec /usr/bin/cc "$@"\n')
    elif change == "config":
        (folder / ".cargo").mkdir()
        (folder / ".cargo" / "config.toml").write_text('[env]\nOTHER = "1"\n')
    more = change if isinstance(change, dict) else {}
    assert packages(project.build(folder, **path, **more)[1]) == ["part", "plain"]
    # And back: the first folder is still there.
    if change not in ("compiler", "config"):
        assert packages(project.build(project.write({}), **path)[1]) == []


def test_a_target_folder_of_the_user_is_not_used_across_compilers(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    target = {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    project.build(project.write({}), **target)
    assert packages(project.build(project.write({}), **target, CFLAGS="-O1")[1]) == ["part", "plain"]
    assert packages(project.build(project.write({}), **target, CFLAGS="-O1")[1]) == []
    assert packages(project.build(project.write({}), **target)[1]) == []


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_cold_and_a_warm_wheel_from_different_folders_are_the_same_bytes(
    delegate: str, tmp_path: Path, cache: Path
) -> None:
    project = Project(tmp_path, delegate)
    wheels = []
    for mode in ("off", "on", "on"):
        folder = project.write({"src/lib.rs": 2})
        environment = {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": mode, "SOURCE_DATE_EPOCH": "1700000000"}
        result = run(folder, folder.parent, **environment)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        if delegate == "setuptools-rust":
            wheels.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
        else:  # maturin's bill of materials names the folder, and RECORD its digest
            with zipfile.ZipFile(wheel) as packed:
                kept = [
                    one for one in packed.infolist() if "sboms" not in one.filename and "RECORD" not in one.filename
                ]
                wheels.append(str([(one.filename, one.CRC, one.date_time) for one in kept]))
    assert wheels[0] == wheels[1] == wheels[2]
