"""What of a probe is written, and its comment."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.author.probe import Attempt, ProbeResult, record
from pyo3_features_backend.author.probe.diagnostics import Failure
from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.version import Python

if sys.version_info >= (3, 11):
    pass
else:
    pass


def found(floor: str | None, tried: list[Attempt], auto: str | None = "3.9", **more: object) -> ProbeResult:
    def pair(text: str | None) -> Python | None:
        return (3, int(text[2:])) if text else None

    facts = type("facts", (), {"project": type("project", (), {"table": more.pop("table", {})})})
    features = more.pop("crate_features", ())
    return ProbeResult(facts, pair(floor), pair(auto), features, tuple(tried), None, ())  # type: ignore[arg-type]


BUFFER = Failure("unresolved import `pyo3::buffer`", Place("src/lib.rs", 12))


FAILED = [Attempt((3, 9), (), False, None, BUFFER), Attempt((3, 10), (), False, None, BUFFER)]


NATIVE = {"floor": "3.14", "native": ">=3.10,<3.14"}


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
        (found("3.9", []), {"abi3": NATIVE}, {}),  # the author wants the range, and a floor above it
        (found("3.14", FAILED), {"abi3": NATIVE}, {}),
        (found("3.15", FAILED), {"abi3": NATIVE}, {"abi3": {"floor": "3.15", "native": ">=3.10,<3.14"}}),
        (found("3.9", []), {"abi3": {**NATIVE, "floor": "auto"}}, {}),
        (found("3.11", FAILED), {"abi3": {**NATIVE, "floor": "auto"}}, {"abi3": {**NATIVE, "floor": "3.11"}}),
        (found(None, FAILED), {"abi3": NATIVE}, {"abi3": "off"}),
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
