"""The result of a probe, as the command prints it; the compiles are in tests/builds."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.probe import Attempt, ProbeResult
from pyo3_features_backend.author.probe.diagnostics import Failure
from pyo3_features_backend.build import survey
from pyo3_features_backend.cli import probe
from pyo3_features_backend.cli.console.progress import Steps
from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.words import Abi
from support.examples import EXAMPLES

FAILED = Attempt((3, 9), (), False, None, Failure("unresolved import", Place("src/lib.rs", 3)), "", 1.26)
GOOD = Attempt((3, 10), ("abi",), True, True, None, "CPython 3.12")


@pytest.fixture(scope="module")
def result() -> ProbeResult:
    facts = survey.facts_of(EXAMPLES / "hello", None)
    return ProbeResult(facts, (3, 10), (3, 9), ("abi",), (FAILED, GOOD), None, ("a note",))


def test_the_object_has_each_attempt_with_the_place_of_its_error(result: ProbeResult) -> None:
    row = {"compiles": False, "imports": None, "error": "unresolved import", "file": "src/lib.rs", "line": 3}
    good = {"compiles": True, "imports": True, "error": None, "file": None, "line": None}
    assert probe.as_json(result) == {
        "floor": "3.10",
        "auto": "3.9",
        "abi3_crate_features": ["abi"],
        "tried": [
            {"floor": "3.9", "crate_features": [], **row, "note": None, "seconds": 1.3},
            {"floor": "3.10", "crate_features": ["abi"], **good, "note": "CPython 3.12", "seconds": 0.0},
        ],
        "abi3t": None,
        "notes": ["a note"],
        "inconclusive": None,
    }


def printed(result: ProbeResult, capsys: pytest.CaptureFixture[str]) -> list[str]:
    progress = probe._Progress(Steps(), json=False)
    progress.started(result.facts, 7)
    for attempt in result.tried:
        progress.ended(attempt, Abi.ABI3)
    if result.abi3t:
        progress.ended(result.abi3t, Abi.ABI3T)
    probe._print_end(result, {})
    return capsys.readouterr().out.splitlines()


def test_each_attempt_is_a_line_and_the_help_says_what_to_set(
    result: ProbeResult, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *rows = printed(result, capsys)
    assert first.startswith("hello-pyo3: PyO3 0.30.")
    assert rows == [
        "  3.9   fails at src/lib.rs:3: unresolved import",
        "  3.10 with abi compiles, and imports on CPython 3.12",
        "  note: a note",
        "floor: 3.10",
        '  help: set abi3 = "3.10" and abi3-crate-features = ["abi"] in [tool.pyo3-features-backend]; '
        "`pyo3-features probe --write` does that",
    ]


@pytest.mark.parametrize(
    ("attempt", "line"),
    [
        (GOOD._replace(imports=False, failure=Failure("no PyInit")), "compiles, but does not count: no PyInit"),
        (GOOD._replace(imports=None, note="not tried"), "compiles; not tried"),
        (FAILED._replace(failure=Failure("no place"), crate_features=("abi",), floor=(3, 10)), "fails: no place"),
    ],
)
def test_an_attempt_that_does_not_count_says_why(attempt: Attempt, line: str) -> None:
    assert probe._line(attempt) == f"  3.10 with abi {line}"


def test_without_a_floor_the_reason_is_told_and_nothing_is_advised_if_it_is_not_the_stable_abi(
    result: ProbeResult, capsys: pytest.CaptureFixture[str]
) -> None:
    none = result._replace(floor=None, tried=(FAILED,), notes=())
    assert printed(none, capsys)[-2:] == [
        "floor: none; the code needs more than the limited API",
        '  help: set abi3 = "off" in [tool.pyo3-features-backend]; `pyo3-features probe --write` does that',
    ]
    assert printed(none._replace(inconclusive="no linker"), capsys)[-1] == "floor: none; no linker"
    project = none.facts.project
    off = project._replace(table={**project.table, "tool": {"pyo3-features-backend": {"abi3": "off"}}})
    said = printed(none._replace(facts=none.facts._replace(project=off)), capsys)
    assert said[-1] == 'builds have abi3 = "off" already: there is nothing to write'


def test_a_floor_for_free_threaded_pythons_is_advised_only_if_it_works(
    result: ProbeResult, capsys: pytest.CaptureFixture[str]
) -> None:
    threaded = result._replace(
        crate_features=(), floor=(3, 9), abi3t=Attempt((3, 15), (), True, None, None, "no 3.15t")
    )
    rows = printed(threaded, capsys)
    assert "  abi3t 3.15 compiles; no 3.15t" in rows
    assert rows[-2] == "builds use this floor already: there is nothing to write"
    assert rows[-1].startswith('  help: abi3t = "3.15" makes one wheel for free-threaded Pythons')
    assert threaded.abi3t
    failed = threaded._replace(abi3t=threaded.abi3t._replace(imports=False, failure=Failure("no")))
    assert printed(failed, capsys)[-1] == "builds use this floor already: there is nothing to write"
