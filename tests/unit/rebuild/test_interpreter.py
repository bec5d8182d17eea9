"""The one name of an interpreter in the environments that front ends make."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.rebuild import interpreter


def test_builds_in_a_shell_that_has_the_environment_give_the_interpreter_the_same_name() -> None:
    own = interpreter.environment(running(), {})
    if not own:
        pytest.skip("not run: this is no virtual environment")
    assert interpreter.environment(running(), {"PYO3_PYTHON": own["PYO3_PYTHON"]}) == own
    assert interpreter.environment(running(), {"PYO3_PYTHON": sys.executable}) == {}
