"""Problems of a wheel: what a name in it may do to a terminal, and long lists."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.model.words import Severity
from pyo3_features_backend.verify.audit import audit
from pyo3_features_backend.verify.problems import listed, problem
from pyo3_features_backend.verify.values import Wheel
from support.binaries import elf, wheel

TAG = "cp39-abi3-manylinux_2_17_x86_64"


BINARY = elf(["PyList_New"], ["PyInit_x"])


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    (problem,) = audit(wheel(tmp_path, TAG, {"a\x1b[31m\nb.abi3.so": BINARY}), None).problems
    assert problem.message.startswith(r"a\x1b[31m\nb.abi3.so exports PyInit_x")
    assert "\n" not in problem.message


def test_of_many_names_only_the_first_are_listed() -> None:
    assert listed(["c", "a", "b"]) == "a, b, c"
    assert listed([str(number) for number in range(9)]) == "0, 1, 2, 3, 4 and 4 more"


def test_a_problem_has_the_severity_of_its_code_unless_it_is_given_another() -> None:
    wheel = Wheel("a\n.whl", "a", (), (), None, ())
    found = problem(wheel, "PFB314", "one\nline", "a hint")
    assert (found.severity, str(found.place), found.message) == (Severity.ERROR, r"a\n.whl", r"one\nline")
    assert problem(wheel, "PFB314", "", "", Severity.WARNING).severity == Severity.WARNING
