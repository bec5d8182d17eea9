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


def test_another_interpreter_of_the_same_version_at_the_same_path_is_another_one() -> None:
    own = running()
    assert own.build == sys.version
    others = [
        own._replace(build=own.build.replace(own.full_version, f"{own.full_version} (rebuilt)")),
        own._replace(shared=not own.shared),
        own._replace(debug=not own.debug),
        own._replace(pointer_width=16),
    ]
    assert len({interpreter.signature(target) for target in (own, *others)}) == 5
    # The environments of one interpreter have executables of their own.
    assert interpreter.signature(own._replace(executable="/another/bin/python")) == interpreter.signature(own)
