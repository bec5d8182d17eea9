"""The smallest set of wheels: over plain values, and as the command prints it for small projects."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3_features_backend.author.matrix import OLDEST, Matrix, allowed, as_json, of_plans
from pyo3_features_backend.author.matrix import compare as matrix_compare
from pyo3_features_backend.author.matrix import formats as matrix_formats
from pyo3_features_backend.author.matrix import svg as matrix_svg
from pyo3_features_backend.author.pythons import identifier, known, setup_python
from pyo3_features_backend.build import survey
from pyo3_features_backend.decide.abi import FLOOR_OF_CURRENT_PYTHON
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.errors import BackendError
from pyo3_features_backend.facts import crates
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target
from support.examples import EXAMPLES, example
from support.files import replace
from support.setuptools_project import project, with_setup_py
from support.targets import cpython, crate

ALL = known(cpython(11))


def names(targets: object) -> str:
    return " ".join(identifier(target) for target in targets)  # type: ignore[attr-defined]


def matrix(settings: Settings, version: str = "0.30.1", requires: str = ">=3.9", *on: str) -> Matrix:
    lower = (3, int(requires.split(".")[1]))
    targets = allowed(ALL, requires, [])
    return of_plans(
        [(one, decide(Basis(settings, one, "1.95.0", requires, lower), crate(version, *on))) for one in targets], {}
    )


def wheels(found: Matrix) -> dict[str, str]:
    return {wheel.label: names(wheel.serves) for wheel in found.wheels}


PYPY = {"pp311-pypy311_pp80": "pp311", "pp312-pypy312_pp80": "pp312"}
ABI3 = {"cp39-abi3": "cp39 cp310 cp311 cp312 cp313 cp314 cp315"}
THREADED = {"cp314-cp314t": "cp314t", "cp315-cp315t": "cp315t"}
OWN = {f"cp3{minor}-cp3{minor}": f"cp3{minor}" for minor in range(9, 16)}


@pytest.mark.parametrize(
    ("settings", "version", "requires", "expected"),
    [
        (Settings(), "0.30.1", ">=3.9", {**ABI3, **THREADED, **PYPY}),
        (Settings(abi3="off"), "0.30.1", ">=3.9", {**OWN, **THREADED, **PYPY}),
        # Each build would make a wheel with another floor; the lowest of them serves all.
        (Settings(abi3="current"), "0.30.1", ">=3.9", {**ABI3, **THREADED, **PYPY}),
        (
            Settings(abi3="3.11"),
            "0.30.1",
            ">=3.9",
            {
                "cp39-cp39": "cp39",
                "cp310-cp310": "cp310",
                "cp311-abi3": "cp311 cp312 cp313 cp314 cp315",
                **THREADED,
                **PYPY,
            },
        ),
        (
            Settings(abi3t="3.15"),
            "0.30.1",
            ">=3.9",
            {**ABI3, "cp314-cp314t": "cp314t", "cp315-abi3.abi3t": "cp315t", **PYPY},
        ),
        (
            Settings(),
            "0.22.6",
            ">=3.8",
            {
                "cp38-abi3": "cp38 cp39 cp310 cp311 cp312 cp313 cp314 cp315",
                "pp39-pypy39_pp73": "pp39",
                "pp310-pypy310_pp73": "pp310",
            },
        ),
        (
            Settings(),
            "0.26.0",
            ">=3.12",
            {
                "cp312-abi3": "cp312 cp313 cp314 cp315",
                "cp313-cp313t": "cp313t",
                "cp314-cp314t": "cp314t",
                "pp312-pypy312_pp80": "pp312",
            },
        ),
    ],
)
def test_the_wheels(settings: Settings, version: str, requires: str, expected: dict[str, str]) -> None:
    found = {
        label: serves for label, serves in wheels(matrix(settings, version, requires)).items() if "graal" not in label
    }
    assert found == expected


def test_what_this_backend_cannot_build_is_a_gap() -> None:
    found = matrix(Settings(abi3="off"), "0.26.0", ">=3.7")
    gaps = {identifier(gap.target): gap.reason for gap in found.gaps}
    assert gaps["cp37"] == gaps["cp38"] == "this backend runs in Python 3.9 and newer"
    stable = matrix(Settings(), "0.26.0", ">=3.7")
    assert identifier(stable.wheels[0].build_with) == "cp39"
    assert names(stable.wheels[0].serves).startswith("cp37 cp38 cp39")


FLOORS = ["auto", "off", "current", "3.9", "3.11", "3.13"]


@given(
    early=st.sampled_from(FLOORS),
    late=st.sampled_from(FLOORS),
    abi3t=st.sampled_from(["auto", "3.15"]),
    version=st.sampled_from(["0.21.2", "0.23.5", "0.26.0", "0.28.3", "0.29.1", "0.30.1"]),
    on=st.sampled_from([(), ("abi3", "abi3-py310"), ("abi3t", "abi3t-py315")]),
    minor=st.integers(7, 14),
)
def test_each_python_has_the_wheel_of_its_plan_or_a_reason_and_no_wheel_can_be_dropped(
    early: str, late: str, abi3t: str, version: str, on: tuple[str, ...], minor: int
) -> None:
    targets = allowed(ALL, f">=3.{minor}", [])
    chosen = {target: Settings(abi3=late if target.version >= (3, 12) else early, abi3t=abi3t) for target in targets}
    plans = {
        target: decide(Basis(settings, target, "1.95.0", f">=3.{minor}", (3, minor)), crate(version, *on))
        for target, settings in chosen.items()
    }
    found = of_plans(plans.items(), {})
    served = [target for wheel in found.wheels for target in wheel.serves]
    assert sorted(map(identifier, [*served, *(gap.target for gap in found.gaps)])) == sorted(map(identifier, targets))
    assert len({wheel.label for wheel in found.wheels}) == len(found.wheels)
    for wheel in found.wheels:
        assert wheel.build_with.version >= OLDEST
        assert wheel.label == plans[wheel.build_with].label  # so it is somebody's own, and cannot be dropped
        for target in wheel.serves:
            assert not any(problem.severity == "error" for problem in plans[target].problems)
            assert matrix_compare.serves(wheel.label, target), (wheel.label, identifier(target))
            assert plans[target].label == wheel.label or plans[target].reason == FLOOR_OF_CURRENT_PYTHON
    builders = [wheel for wheel in found.wheels if wheel.reason == FLOOR_OF_CURRENT_PYTHON]
    assert len(builders) <= 1


P = "Programming Language :: Python :: "


@pytest.mark.parametrize(
    ("requires", "classifiers", "expected"),
    [
        (">=3.13", [], "cp313 cp314 cp315 cp313t cp314t cp315t gp313_253"),
        (">=3.12,<3.14", [P + "3"], "cp312 cp313 cp313t pp312 gp312_250 gp313_253"),
        (">=3.8", [P + "3.9", P + "3.10"], "cp39 cp310 pp39 pp310"),
        (">=3.8", [P + "3.9", P + "Implementation :: CPython"], "cp39"),
        ("~=3.9.2", [P + "Implementation :: PyPy"], "pp39"),
        (">3.13.2,<3.14", [], "cp313 cp313t gp313_253"),
        (None, [P + "3.7"], "cp37"),
        (">=3.15.0a1,<3.15.0b1", [], "cp315 cp315t"),
        (">=3.13", [P + "Implementation :: Stackless"], ""),
    ],
)
def test_what_requires_python_and_the_classifiers_allow(
    requires: str | None, classifiers: list[str], expected: str
) -> None:
    assert names(allowed(ALL, requires, classifiers)) == expected


def test_overrides_give_two_floors() -> None:
    text = """
[tool.pyo3-features-backend]
abi3 = "3.9"
[[tool.pyo3-features-backend.overrides]]
if = { python-version = ">=3.11" }
abi3 = "3.11"
"""
    table = {
        "tool": {
            "pyo3-features-backend": {
                "abi3": "3.9",
                "overrides": [{"if": {"python-version": ">=3.11"}, "abi3": "3.11"}],
            }
        }
    }

    def plan(target: Target) -> object:
        settings = read_settings(table, text, {}, None).for_target(target)
        return decide(Basis(settings, target, "1.95.0", ">=3.9", (3, 9)), crate())

    found = of_plans([(one, plan(one)) for one in allowed(ALL, ">=3.9", [P + "Implementation :: CPython"])], {})  # type: ignore[misc]
    assert wheels(found) == {
        "cp39-abi3": "cp39 cp310",
        "cp311-abi3": "cp311 cp312 cp313 cp314 cp315",
        **THREADED,
    }
    assert matrix_formats.cibuildwheel(found).splitlines() == [
        'CIBW_BUILD="cp39-* cp314t-* cp315t-*"',
        '# in a run of its own: CIBW_BUILD="cp311-*" (cp311-abi3)',
    ]


def test_the_stable_abi_of_the_builder_takes_one_wheel() -> None:
    assert wheels(matrix(Settings(abi3="current"))) == {**ABI3, **THREADED, **PYPY}


def test_the_names_of_pythons() -> None:
    assert [setup_python(one) for one in ALL if one.version >= (3, 12)] == [
        *("3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t", "pypy3.12", "graalpy-25.0", "graalpy-25.3")
    ]
    assert len({one.wheel_tag for one in ALL}) == len(ALL)
    assert cpython(8).wheel_tag == ("cp38", "cp38")
    assert next(one for one in ALL if one.version == (3, 7)).wheel_tag == ("cp37", "cp37m")


def test_cibuildwheel() -> None:
    assert matrix_formats.cibuildwheel(matrix(Settings(), "0.26.0", ">=3.10")) == (
        'CIBW_BUILD="cp310-* cp314t-* pp310-* pp311-* pp312-* gp312_250-* gp313_253-*"\n'
        'CIBW_ENABLE="graalpy pypy pypy-eol"\n# not built by cibuildwheel: cp313-cp313t'
    )
    assert matrix_formats.cibuildwheel(matrix(Settings(), "0.30.1", ">=3.13")) == (
        'CIBW_BUILD="cp313-* cp314t-* cp315t-*"'
    )


def test_what_cibuildwheel_would_take_an_abi3_wheel_for_has_a_run_of_its_own() -> None:
    targets = [one for one in ALL if identifier(one) in ("cp39", "cp310", "cp311", "cp312", "cp314t", "pp312")]

    def found(*floors: str) -> str:
        settings = {one: Settings(abi3=floor) for one, floor in zip(targets, floors)}
        plans = [(one, decide(Basis(settings[one], one, "1.95.0", ">=3.9", (3, 9)), crate())) for one in targets]
        return matrix_formats.cibuildwheel(of_plans(plans, {}))

    assert found("3.9", "3.9", "3.11", "3.11", "3.11", "3.11") == (
        'CIBW_BUILD="cp39-* cp314t-* pp312-*"\nCIBW_ENABLE="pypy"\n'
        '# in a run of its own: CIBW_BUILD="cp311-*" (cp311-abi3)'
    )
    assert found("3.9", "off", "off", "off", "off", "off").splitlines()[-1] == (
        '# in a run of its own: CIBW_BUILD="cp310-* cp311-* cp312-*" (cp310-cp310, cp311-cp311, cp312-cp312)'
    )
    # Version-specific below the floor: cibuildwheel looks for wheels of older Pythons only.
    assert found(*["3.11"] * 6).splitlines()[0] == 'CIBW_BUILD="cp39-* cp310-* cp311-* cp314t-* pp312-*"'


def test_github() -> None:
    include = json.loads(matrix_formats.github(matrix(Settings())))["include"]
    assert [entry["python-version"] for entry in include] == ["3.9", "3.14t", "3.15t", "pypy3.11", "pypy3.12"]
    assert include[0]["wheel"] == "cp39-abi3"


def test_the_picture_is_xml_with_a_mark_for_each_python() -> None:
    found = matrix(Settings(abi3t="3.15"))
    root = ElementTree.fromstring(matrix_svg.picture(found, "a <b>"))
    name = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{name}title") == "a <b>: 5 wheels for each platform"
    assert len(root.findall(f"{name}circle")) == sum(len(wheel.serves) for wheel in found.wheels)
    assert len(root.findall(f"{name}path")) == len(found.gaps)
    marks = [float(mark.get("cx", "0")) for mark in root.findall(f"{name}circle")]
    assert max(marks) < float(root.get("width", "0"))


def test_pythons_in_words() -> None:
    chosen = [one for one in ALL if identifier(one) in ("cp39", "cp310", "cp312", "cp313t", "cp314t", "pp311")]
    assert matrix_formats.ranges(chosen) == "CPython 3.9, 3.10, 3.12, CPython 3.13t to 3.14t, PyPy 3.11"


PUBLISHED = [
    f"demo-1.0-cp3{minor}-cp3{minor}-{platform}.whl"
    for minor in (9, 10, 11)
    for platform in ("manylinux_2_17_x86_64.manylinux2014_x86_64", "macosx_11_0_arm64")
]


def compare(published: list[str]) -> matrix_compare.Comparison:
    return matrix_compare.compare(matrix(Settings()), published, "Demo")


def test_published_wheels_are_compared() -> None:
    compared = compare(PUBLISHED)
    assert compared.published == ("cp39-cp39", "cp310-cp310", "cp311-cp311")
    assert [(one.name, one.published, one.needed) for one in compared.platforms] == [
        ("macosx_arm64", 3, 1),
        ("manylinux_x86_64", 3, 1),
    ]
    assert compared.fewer == 4
    assert names(compared.missing) == "cp312 cp313 cp314 cp315 cp314t cp315t pp311 pp312"
    assert compared.superfluous == ("cp39-cp39", "cp310-cp310", "cp311-cp311")
    older = compare([*PUBLISHED, "demo-1.0-cp38-cp38-win_amd64.whl"])
    assert (older.fewer, older.others) == (4, 1)
    same = compare(["demo-1.0-cp39-abi3-win_amd64.whl"])
    assert (same.fewer, same.superfluous) == (0, ())


def test_wheels_for_an_older_and_a_newer_glibc_are_not_one_too_many() -> None:
    linux = [f"demo-1.0-cp3{n}-abi3-manylinux_2_{glibc}_x86_64.whl" for n in (9, 11) for glibc in (17, 28, 34)]
    (platform,) = compare(linux).platforms
    assert (platform.published, platform.needed) == (6, 3)


def test_what_a_platform_leaves_out_is_told_of_it() -> None:
    compared = compare(["demo-1.0-cp39-abi3-win_amd64.whl", "demo-1.0-cp311-abi3-win_arm64.whl"])
    assert [names(one.missing) for one in compared.platforms] == [
        "cp314t cp315t pp311 pp312",
        "cp39 cp310 cp314t cp315t pp311 pp312",
    ]
    assert matrix_compare.in_words(compared).splitlines() == [
        "published: 2 wheels; for the same Pythons 2 would do, as many",
        "  win_amd64  1 now, 1 needed",
        "  win_arm64  1 now, 1 needed; nothing for CPython 3.9 to 3.10",
        "published wheels leave out: CPython 3.14t to 3.15t, PyPy 3.11 to 3.12",
        "no longer needed: cp311-abi3",
    ]
    assert json.loads(json.dumps(matrix_compare.as_json(compared)))["platforms"][1] == {
        "name": "win_arm64",
        "published": 1,
        "needed": 1,
        "missing": ["cp39", "cp310", "cp314t", "cp315t", "pp311", "pp312"],
    }


@pytest.mark.parametrize(
    ("wheels", "message"),
    [
        (["demo.whl"], "Invalid wheel filename"),
        (["other-1.0-cp39-abi3-win_amd64.whl"], "is a wheel of other, not of Demo"),
        ([PUBLISHED[0], "demo-1.1-cp39-abi3-win_amd64.whl"], "the wheels are of 2 releases: 1.0, 1.1"),
    ],
)
def test_what_is_no_release_of_the_project_cannot_be_compared(wheels: list[str], message: str) -> None:
    with pytest.raises(BackendError, match=message):
        compare(wheels)


def test_where_published_wheels_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / PUBLISHED[0]).touch()
    (tmp_path / "list.html").write_text(f'<a href="https://host/x/{PUBLISHED[1]}#sha256=0">')
    assert matrix_compare.names([str(folder), str(tmp_path / "list.html"), ",".join(PUBLISHED[2:])]) == PUBLISHED
    for words in (["nothing"], [str(tmp_path)]):
        with pytest.raises(BackendError):
            matrix_compare.names(words)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "matrix", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["hello", "setuptools"])
def test_the_command(name: str, tmp_path: Path) -> None:
    result = command("-C", str(EXAMPLES / name), "--json")
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["wheels"][0]["python_tag"] == "cp39"
    assert facts["wheels"][0]["serves"] == ["cp39", "cp310", "cp311", "cp312", "cp313", "cp314", "cp315"]
    assert {"python_tag", "abi_tag", "build_with", "serves"} <= set(facts["wheels"][0])
    picture = tmp_path / "wheels.svg"
    assert command("-C", str(EXAMPLES / name), "--format", "svg", "--output", str(picture)).returncode == 0
    ElementTree.parse(picture)
    own = facts["project"].replace("-", "_")
    table = command("-C", str(EXAMPLES / name), "--compare", f"{own}-1.0-cp39-cp39-win_amd64.whl")
    assert "for the same Pythons 1 would do, as many" in table.stdout
    assert table.stdout.index("cp39-abi3") < table.stdout.index("published:")
    assert "cp39-abi3" in table.stdout
    assert "\x1b" not in table.stdout


def faulty(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").touch()
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n'
        '[dependencies]\npyo3 = { version = "0.30", features = ["abi3-py312"] }\n'
    )
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
    )


def in_a_terminal(directory: Path, **environment: str) -> str:
    """What the command prints in one that is 200 columns wide."""
    ours, its = pty.openpty()
    environ = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "pyo3_features_backend", "matrix", "-C", str(directory)],
        stdout=its,
        stderr=subprocess.DEVNULL,
        env={**environ, "TERM": "xterm", "COLUMNS": "200", **environment},
    )
    os.close(its)
    printed = b""
    with suppress(OSError):  # EIO: Linux's word for the end of it
        while block := os.read(ours, 4096):
            printed += block
    process.wait()
    os.close(ours)
    return printed.decode()


def test_in_a_terminal_there_is_colour_and_nothing_in_brackets_is_lost(tmp_path: Path) -> None:
    faulty(tmp_path)
    printed = in_a_terminal(tmp_path)
    assert "\x1b[32mcp312-abi3" in printed
    assert "[PFB132]; remove that feature" in printed
    assert 'set abi3 = "3.12" in [tool.pyo3-features-backend]' in printed
    assert "\x1b" not in in_a_terminal(tmp_path, NO_COLOR="1")


def test_a_fault_of_the_project_is_told_and_is_the_exit_status(tmp_path: Path) -> None:
    faulty(tmp_path)
    result = command("-C", str(tmp_path))
    assert result.returncode == 1
    assert "no wheel for CPython 3.11" in result.stdout
    assert result.stdout.startswith("demo: 5 wheels for 8 Pythons (PyO3 0.30.1, requires-python >=3.11)\n")
    assert "cp312-abi3" in result.stdout
    assert (
        "no wheel for CPython 3.11: this Python is below the floor 3.12, and the crate graph turns abi3 on "
        "(Cargo.toml:8) [PFB132]; remove that feature"
    ) in result.stdout
    assert "warning: Cargo.toml:8: CPython 3.14t to 3.15t" in result.stderr
    assert as_json(of_plans([], {})) == {"wheels": [], "without": [], "problems": []}


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ("three", "pyproject.toml:2: requires-python = 'three' is not a version specifier"),
        (">=4", "pyproject.toml:2: requires-python and the classifiers allow no Python"),
    ],
)
def test_a_requires_python_that_allows_nothing_is_an_error_with_its_place(
    requires: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nrequires-python = "{requires}"\nname = "demo"\n')
    result = command("-C", str(tmp_path))
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    result = command("-C", str(EXAMPLES / "hello"), "--output", str(tmp_path / "none" / "x.svg"), "--format", "svg")
    assert (result.returncode, result.stdout) == (1, "")
    assert "x.svg: No such file or directory" in result.stderr


def test_the_classifiers_of_a_setup_py_count(tmp_path: Path) -> None:
    root = project(tmp_path)
    own = '[project]\nname = "mixed-pyo3"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
    replace(root / "pyproject.toml", own, "")
    replace(root / "pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["python"]\n', "")
    words = f'name="mixed", version="1", python_requires=">=3.12", classifiers=["{P}Implementation :: PyPy"]'
    with_setup_py(root, keywords=words)
    result = command("-C", str(root), "--json")
    assert result.returncode == 0, result.stderr
    assert [wheel["serves"] for wheel in json.loads(result.stdout)["wheels"]] == [["pp312"]]


@pytest.mark.parametrize(
    ("conditional", "times", "expected"),
    [
        ("", 1, "cp312-abi3"),
        (
            'features = [{ feature = "pyo3/abi3-py314", python-version = ">=3.14" }]',
            2,
            "cp312-cp312 cp313-cp313 cp314-abi3",
        ),
    ],
)
def test_cargo_is_asked_again_only_for_other_features(
    conditional: str, times: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = example("hello", tmp_path)
    replace(root / "pyproject.toml", ">=3.9", ">=3.12")
    with (root / "pyproject.toml").open("a") as file:
        file.write(f"\n[tool.maturin]\n{conditional}\n")
    # Beside the real one, a cargo that notes what it is asked.
    asked, before = tmp_path / "asked", tmp_path / "before"
    before.mkdir()
    (before / "cargo").write_text(f'#!/bin/sh\necho "$1" >> {asked}\nexec {shutil.which("cargo")} "$@"\n')
    (before / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", str(before), prepend=os.pathsep)
    result = command("-C", str(root), "--json")
    found = json.loads(result.stdout)["wheels"]
    gil = [f"{one['python_tag']}-{one['abi_tag']}" for one in found if re.fullmatch(r"cp\d+", one["build_with"])]
    assert " ".join(gil) == expected
    assert asked.read_text().split().count("metadata") == times


def test_setup_py_is_run_once(tmp_path: Path) -> None:
    root = project(tmp_path)
    with_setup_py(root, keywords='script_name=print("run", file=open("../runs", "a")) or "setup.py",')
    assert command("-C", str(root)).returncode == 0
    assert (tmp_path / "runs").read_text().split() == ["run"]


def test_a_program_without_pyo3_is_one_wheel_for_any_python(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
    )
    result = command("-C", str(tmp_path), "--json")
    (wheel,) = json.loads(result.stdout)["wheels"]
    assert (wheel["python_tag"], wheel["abi_tag"], wheel["build_with"]) == ("py3", "none", "cp312")
    assert wheel["serves"] == [identifier(target) for target in allowed(ALL, ">=3.12", [])]


def test_what_pyo3_supports_only_experimentally_is_no_wheel_to_publish() -> None:
    found = matrix(Settings(), "0.28.3", ">=3.13")
    assert "cp315-cp315t" not in wheels(found)
    gaps = {identifier(gap.target): gap for gap in found.gaps}
    assert gaps["cp315t"].reason == "PyO3 0.28.3 supports CPython 3.15 free-threaded only experimentally"
    assert not gaps["cp315t"].mendable
    assert wheels(found)["cp313-abi3"] == "cp313 cp314 cp315"


def test_a_wheel_has_the_features_of_the_python_that_builds_it_and_others_that_want_more_are_told() -> None:
    targets = [one for one in ALL if identifier(one) in ("cp310", "cp311", "cp312", "cp314t")]
    asked = {target: Settings(features=("serde",) if target.version > (3, 10) else ()) for target in targets}
    found = of_plans(
        [(one, decide(Basis(asked[one], one, "1.95.0", ">=3.10", (3, 10)), crate())) for one in targets], {}
    )
    assert wheels(found) == {"cp310-abi3": "cp310 cp311 cp312", "cp314-cp314t": "cp314t"}
    ((problem, warned),) = found.warnings
    assert problem.message == (
        "cp310-abi3 is built for CPython 3.10, whose settings differ from this Python's in pyo3/serde"
    )
    assert names(warned) == "cp311 cp312"


def test_a_warning_is_said_once_for_all_the_pythons_that_share_it() -> None:
    found = matrix(Settings(), "0.30.1", ">=3.9", "abi3", "abi3-py39")
    ((problem, targets),) = found.warnings
    assert (
        problem.message == "abi3 is on in the crate graph, but this Python has no abi3; the wheel is version-specific"
    )
    assert names(targets) == "cp314t cp315t pp311 pp312"


def test_the_crate_graph_is_read_once_for_all_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[crates.Query] = []

    class Counted(crates._Metadata):
        def __init__(self, query: crates.Query, output: str) -> None:
            answers.append(query)
            super().__init__(query, output)

    monkeypatch.setattr(crates, "_Metadata", Counted)
    plans = survey.facts_for(example("hello", tmp_path), ALL)
    assert len(plans) == len(ALL) > 10
    assert len(answers) == 1
