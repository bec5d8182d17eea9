"""The probe without a compile: what is tried, what cargo's answers mean, what is written."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import pytest

from pyo3_features_backend.author.probe import Attempt, ProbeResult, candidates, record
from pyo3_features_backend.author.probe.bench import Trial
from pyo3_features_backend.author.probe.candidates import CrateFeature
from pyo3_features_backend.author.probe.diagnostics import Failure, build_script_error, first_error, printed_error
from pyo3_features_backend.author.probe.importing import Import, imports, suits
from pyo3_features_backend.author.sources import toml_edit
from pyo3_features_backend.decide import abi, pyo3
from pyo3_features_backend.errors import Place
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.crate import PyO3
from pyo3_features_backend.model.version import Python
from pyo3_features_backend.model.words import Abi

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OFFERED = [(3, 9), (3, 10), (3, 11), (3, 12)]


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        ((3, 10), [(3, 10), (3, 11), (3, 12)]),
        ((3, 7), OFFERED),
        (None, OFFERED),
        ((3, 14), [(3, 12)]),
    ],
)
def test_floors_are_tried_from_the_lower_bound_up_to_what_pyo3_offers(
    lower: Python | None, expected: list[Python]
) -> None:
    assert candidates.floors(lower, OFFERED) == expected


@pytest.mark.parametrize(("version", "highest"), [("0.25.1", (3, 13)), ("0.26.0", (3, 14)), ("99.0", (3, 14))])
def test_a_floor_without_an_effect_is_not_offered(version: str, highest: Python) -> None:
    known = frozenset({"abi3", "abi3-py38", "abi3-py313", "abi3-py314", "macros"})
    dependency = PyO3("pyo3", "pyo3", True, version, known, frozenset(), None, Place("Cargo.toml"))
    assert abi.floors(dependency, pyo3.release_of(version))[-1] == highest


def test_crate_features_are_found_by_what_they_turn_on_and_by_their_names() -> None:
    table = {
        "default": ["abi3-by-default"],
        "abi3-by-default": ["py/abi3"],
        "small": ["py/abi3-py39", "py?/abi3-py37"],
        "through": ["small"],
        "limited-api": [],
        "stable_abi": [],
        "abi": [],
        "habit": [],
        "fast": ["serde/abi3", "py/macros"],
    }
    assert candidates.crate_features(table, "py") == [
        CrateFeature("small", (3, 7)),
        CrateFeature("through", (3, 7)),
        CrateFeature("limited-api"),
        CrateFeature("stable_abi"),
        CrateFeature("abi"),
    ]


def test_crate_features_are_found_beside_py_limited_api_and_above_an_error() -> None:
    source = '#[cfg(not(feature = "far"))]\n' + "\n" * 30
    source += '#[cfg(not(feature = "slim"))]\nmod fast {\n    // feature = "word"\n    raw();\n'
    assert candidates.near(source, len(source.splitlines()), ["slim", "far", "word"]) == ["slim"]
    gated = '#[cfg(any(Py_LIMITED_API, feature = "slim", feature = "unknown"))]'
    assert candidates.with_limited_api([source, gated], ["slim", "far"]) == ["slim"]


def test_a_trial_overrides_every_setting_that_could_stand_in_its_way() -> None:
    table = {"abi3": "3.12", "abi3t": "3.15", "expect": ["cp39-abi3"], "abi3-crate-features": ["a"], "features": ["x"]}
    pyproject = {"tool": {"pyo3-features-backend": table}}
    trial = Trial(Abi.ABI3, (3, 10), ("b", "c"))
    settings = read_settings(pyproject, "", {"PYO3_FEATURES_BACKEND_ABI3": "off"}, trial.config_settings).for_target(
        running()
    )
    assert (settings.abi3, settings.abi3t, settings.expect) == ("3.10", "off", ())
    assert (settings.abi3_crate_features, settings.features) == (("b", "c"), ("x",))
    settings = read_settings(pyproject, "", {}, Trial(Abi.ABI3T, (3, 15)).config_settings).for_target(running())
    assert (settings.abi3, settings.abi3t, settings.abi3_crate_features) == ("off", "3.15", ("a",))


def message(text: str, spans: list[dict[str, object]], level: str = "error", manifest: str = "") -> str:
    inner = {"level": level, "message": text, "spans": spans}
    return json.dumps({"reason": "compiler-message", "manifest_path": manifest, "message": inner})


def span(file: str, line: int, primary: bool = True, expansion: dict[str, object] | None = None) -> dict[str, object]:
    return {"file_name": file, "line_start": line, "is_primary": primary, "expansion": expansion}


def test_the_first_error_is_told_with_the_projects_own_line(tmp_path: Path) -> None:
    (tmp_path / "rust/src").mkdir(parents=True)
    (tmp_path / "rust/src/lib.rs").write_text("")
    other = span("/registry/pyo3-0.30.1/src/macros.rs", 7)
    rows = [
        "   Compiling x",
        json.dumps({"reason": "compiler-artifact"}),
        message("unused", [span("src/lib.rs", 1)], "warning"),
        message("unresolved import `pyo3::buffer`\nmore", [span("src/lib.rs", 2, False), span("src/lib.rs", 3)]),
        message("later", [span("src/lib.rs", 1)]),
    ]
    assert first_error("\n".join(rows), tmp_path, tmp_path / "rust") == Failure(
        "unresolved import `pyo3::buffer`", Place("rust/src/lib.rs", 3)
    )
    expanded = message("in a macro", [{**other, "expansion": {"span": span("src/lib.rs", 9)}}])
    assert first_error(expanded, tmp_path, tmp_path / "rust") == Failure("in a macro", Place("rust/src/lib.rs", 9))
    foreign = first_error(message("theirs", [other]), tmp_path, tmp_path / "rust")
    assert foreign == Failure("theirs", Place("/registry/pyo3-0.30.1/src/macros.rs", 7))
    linker = message("linking with `cc` failed", [], manifest="/registry/numpy-0.25.0/Cargo.toml")
    assert first_error(linker, tmp_path, tmp_path) == Failure("in the crate numpy-0.25.0: linking with `cc` failed")
    assert first_error(rows[2], tmp_path, tmp_path) is None


def test_what_a_build_script_says_is_the_error() -> None:
    said = (
        "error: failed to run custom build command for `pyo3-ffi v0.30.1`\n\nCaused by:\n  process didn't exit "
        "successfully: `/t/build-script-build` (exit status: 1)\n  --- stdout\n  cargo:rerun-if-env-changed=X\n\n"
        "  --- stderr\n  error: the Python interpreter is too old\n  warning: build failed\n"
    )
    failure = build_script_error(said)
    assert failure == Failure("the build script of pyo3-ffi v0.30.1 failed: the Python interpreter is too old")
    assert build_script_error("error: no matching package named `x` found") is None


def test_an_error_that_is_printed_for_people_is_read_with_its_place() -> None:
    said = "error[E0432]: unresolved import `a`\n  --> src/lib.rs:3:5\n   |\nerror: could not compile `x` (lib)\n"
    assert printed_error(said) == Failure("unresolved import `a`", Place("src/lib.rs", 3))
    assert printed_error("error: maturin is not installed") is None


def found(floor: str | None, tried: list[Attempt], auto: str | None = "3.9", **more: object) -> ProbeResult:
    def pair(text: str | None) -> Python | None:
        return (3, int(text[2:])) if text else None

    facts = type("facts", (), {"project": type("project", (), {"table": more.pop("table", {})})})
    features = more.pop("crate_features", ())
    return ProbeResult(facts, pair(floor), pair(auto), features, tuple(tried), None, ())  # type: ignore[arg-type]


BUFFER = Failure("unresolved import `pyo3::buffer`", Place("src/lib.rs", 12))
FAILED = [Attempt((3, 9), (), False, None, BUFFER), Attempt((3, 10), (), False, None, BUFFER)]


@pytest.mark.parametrize(
    ("what", "table", "expected"),
    [
        (found("3.9", []), {}, {}),
        (found("3.9", []), {"abi3": "3.9"}, {}),
        (found("3.9", []), {"abi3": "3.12"}, {"abi3": "3.9"}),
        (found("3.9", []), {"abi3": "off"}, {"abi3": "3.9"}),
        (found("3.11", FAILED), {}, {"abi3": "3.11"}),
        (found("3.11", FAILED), {"abi3": "3.11"}, {}),
        (found("3.9", [], auto=None), {}, {"abi3": "3.9"}),
        (found(None, FAILED), {"abi3": "auto"}, {"abi3": "off"}),
        (found(None, FAILED), {"abi3": "off"}, {}),
        (found("3.9", [], crate_features=("abi",)), {}, {"abi3-crate-features": ["abi"]}),
        (found("3.9", [], crate_features=("abi",)), {"abi3-crate-features": ["abi"]}, {}),
    ],
)
def test_only_what_builds_do_not_do_already_is_to_be_written(
    what: ProbeResult, table: dict[str, object], expected: dict[str, object]
) -> None:
    what.facts.project.table["tool"] = {"pyo3-features-backend": table}
    assert record.changes(what) == expected


def test_the_comment_says_what_stood_in_the_way_just_below_the_floor() -> None:
    assert record.comment(found("3.11", FAILED)) == ("pyo3-features probe: 3.10 fails at src/lib.rs:12 (pyo3::buffer)")
    missing = Attempt((3, 9), (), True, False, Failure("x.so does not import: no PyInit_x"))
    assert record.comment(found(None, [missing])) == (
        "pyo3-features probe: 3.9 does not import (x.so does not import: no PyInit_x)"
    )
    with_feature = [*FAILED, Attempt((3, 10), ("abi",), False, None, Failure("other"))]
    assert "src/lib.rs:12" in record.comment(found("3.11", with_feature))
    assert record.comment(found("3.9", [])) == "pyo3-features probe: compiles and imports"


TABLE = "[tool.pyo3-features-backend]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[project]\nname = "x"', '[project]\nname = "x"\n\n' + TABLE + 'abi3 = "3.11" # why\n'),
        (
            '[tool.maturin]\nx = 1  # kept\n\n[project]\nname = "x"\n',
            "[tool.maturin]\nx = 1  # kept\n\n" + TABLE + 'abi3 = "3.11" # why\n\n[project]\nname = "x"\n',
        ),
        (
            TABLE + 'verify = ["tags"]  # kept\n\n[tool.ruff]\ny=2\n',
            TABLE + 'verify = ["tags"]  # kept\nabi3 = "3.11" # why\n\n[tool.ruff]\ny=2\n',
        ),
        (
            TABLE + 'verify = []\n\n[[tool.pyo3-features-backend.overrides]]\nif = {platform="linux"}\nabi3="off"\n',
            TABLE + 'verify = []\nabi3 = "3.11" # why\n\n[[tool.pyo3-features-backend.overrides]]\n'
            'if = {platform="linux"}\nabi3="off"\n',
        ),
        (TABLE + 'abi3 = "3.9" # pyo3-features probe: old\n', TABLE + 'abi3 = "3.11" # why\n'),
        (TABLE + 'abi3 = "off" # a word of the author\n', TABLE + 'abi3 = "3.11" # why; a word of the author\n'),
        ("[tool]\npyo3-features-backend = {verify = []}\n", None),
        ("tool.pyo3-features-backend.verify = []\n", None),
        ('[[tool.pyo3-features-backend.overrides]]\nif = {platform="linux"}\nabi3="off"\n', None),
    ],
)
def test_the_floor_is_written_into_any_form_of_the_table_and_nothing_else_changes(
    before: str, after: str | None
) -> None:
    written = toml_edit.with_settings(before, {"abi3": "3.11"}, "why", "pyo3-features probe: ")
    assert after is None or written == after
    expected = tomllib.loads(before)
    expected.setdefault("tool", {}).setdefault("pyo3-features-backend", {})["abi3"] = "3.11"
    assert tomllib.loads(written) == expected


def test_line_ends_stay_those_of_the_file() -> None:
    written = toml_edit.with_settings("[project]\r\nname = 'x'\r\n", {"abi3": "off"}, "why", "m")
    assert written == "[project]\r\nname = 'x'\r\n\r\n[tool.pyo3-features-backend]\r\nabi3 = \"off\" # why\r\n"


def test_a_wheel_without_the_extension_does_not_import(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-cp39-abi3-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/__init__.py", "")
        archive.writestr("x/other.abi3.so", "")
    optional = imports(wheel, running(), ["x.native", "x.other"])
    assert optional == Import(False, "", Failure(f"{wheel.name} does not contain x.native"))
    none = imports(wheel, running()._replace(suffixes=(".pyd",), version=(3, 9)), [])
    assert none.failure
    assert "does not contain an extension module that" in none.failure.message


def test_only_an_ordinary_cpython_imports_abi3_and_a_free_threaded_one_abi3t() -> None:
    python = running()._replace(
        implementation="cpython", version=(3, 15), free_threaded=False, debug=False, executable="python"
    )
    assert suits(python, (3, 15))
    assert not suits(python, (3, 16))
    assert not suits(python._replace(implementation="pypy"), (3, 9))
    assert not suits(python._replace(executable=None), (3, 9))
    threaded = python._replace(free_threaded=True)
    assert not suits(threaded, (3, 15))
    assert suits(threaded, (3, 15), threaded=True)
    assert suits(python, (3, 15), threaded=True)
