"""The facts that an interpreter prints about itself."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pyo3_features_backend.facts import _probe
from pyo3_features_backend.model.target import Target
from support.pythons import pythons

FILE = Path(_probe.__file__)


def printed(python: str, *words: str) -> dict[str, object]:
    result = subprocess.run([python, "-I", str(FILE), *words], capture_output=True, text=True, check=True)
    facts: dict[str, object] = json.loads(result.stdout)
    return facts


def test_the_facts_are_the_fields_of_a_target_and_those_of_this_python() -> None:
    facts = printed(sys.executable)
    assert sorted(facts) == sorted({*Target._fields} - {"cross_triple", "by_version"})
    assert (facts["version"], facts["system"]) == (list(sys.version_info[:2]), sys.platform)
    assert (facts["soabi"], facts["platform"]) == (sysconfig.get_config_var("SOABI") or "", sysconfig.get_platform())
    assert facts["pointer_width"] == (64 if sys.maxsize > 2**32 else 32)


@pytest.mark.parametrize("version", sorted(pythons()))
def test_any_python_here_can_run_it_and_says_more_for_a_configuration(version: str) -> None:
    python = pythons()[version]
    facts, more = printed(python), printed(python, "--config")
    assert ".".join(map(str, facts["version"])) == version  # type: ignore[call-overload]
    assert facts == {key: value for key, value in more.items() if key in facts}
    assert sorted(more.keys() - facts.keys()) == [
        *("build_flags", "framework_prefix", "ld_version", "libdir", "link_shared", "platform_implementation"),
        "windows_lib_dir",
    ]
    assert more["platform_implementation"] == {"cpython": "CPython", "pypy": "PyPy"}[str(facts["implementation"])]
