"""The JSON schema: it accepts what a build accepts."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3_features_backend.author import schema
from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.settings import CONDITIONS, KEYS, TABLE, Key
from support.examples import ROOT
from support.readers import LINUX

_ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["", "auto", "off", "on", "3.11", "3.11\n", "3.١١", "3.100", "symbols", ">=3.*", "~=3", "Linux"]),
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    st.lists(st.integers() | st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=1),
)


def _possible(key: Key) -> st.SearchStrategy[Any]:
    if key.kind == "boolean":
        return st.booleans()
    words = [st.sampled_from(key.choices)] if key.choices else []
    words += [st.from_regex(key.pattern, fullmatch=True)] if key.pattern else []
    one: st.SearchStrategy[Any] = st.one_of(words) if words else st.text(max_size=5)
    if key.inner:
        table = {inner.name: _mostly(_possible(inner), _ODD) for inner in key.inner}
        one |= st.fixed_dictionaries(table) | st.fixed_dictionaries({}, optional=table)
    return st.lists(one, max_size=3) if key.kind == "array" else one


def _mostly(usual: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda number: usual if number else other)


def _tables(keys: tuple[Key, ...], more: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Mostly possible tables of these keys; ``more`` always has a value."""
    known = {key.name: _mostly(_possible(key), _ODD) for key in keys}
    table = st.fixed_dictionaries(more, optional=known)
    slip = st.dictionaries(st.sampled_from(["if", "abi", "overrides", "delegate", "platform"]), _ODD, max_size=1)
    return _mostly(table, st.builds(lambda one, other: {**one, **other}, table, slip) | _ODD)


_OVERRIDABLE = tuple(key for key in KEYS if key.overridable)


_OVERRIDES = st.lists(
    _mostly(_tables(_OVERRIDABLE, {"if": _tables(CONDITIONS, {})}), _tables(_OVERRIDABLE, {})), max_size=2
)


def test_the_schema_accepts_what_a_build_accepts_and_nothing_else() -> None:
    fastjsonschema = importlib.import_module("fastjsonschema")  # it has no types
    validate = fastjsonschema.compile(schema.schema(), use_default=False)
    seen: Counter[bool] = Counter()

    @settings(max_examples=600, deadline=None, derandomize=True)
    @given(_tables(KEYS, {}) | _tables(KEYS, {"overrides": _OVERRIDES}))
    def alike(table: Any) -> None:
        try:
            read_settings({"tool": {TABLE: table}}, "", {}, None).for_target(LINUX)
            possible = True
        except SettingsError:
            possible = False
        seen[possible] += 1
        try:
            validate(table)
        except fastjsonschema.JsonSchemaValueException as error:
            assert not possible, error
        else:
            assert possible

    alike()
    assert min(seen[True], seen[False]) > 100, seen


def test_validate_pyproject_knows_the_table(tmp_path: Path) -> None:
    def run(text: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "validate_pyproject", str(tmp_path / "pyproject.toml")],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "VALIDATE_PYPROJECT_NO_NETWORK": "1"},
        )

    fine = (ROOT / "examples" / "hello" / "pyproject.toml").read_text(encoding="utf-8")
    assert run(fine).returncode == 0
    wrong = run(fine + 'abi33 = "3.11"\n')
    assert wrong.returncode == 1
    assert "abi33" in wrong.stdout + wrong.stderr


def test_the_schema_of_the_whole_file_has_that_of_the_table() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend.author.schema"], capture_output=True, text=True, check=True
    )
    table = json.loads(result.stdout)["properties"]["tool"]["properties"][TABLE]
    assert table["properties"] == schema.schema()["properties"]
    assert "$ref" not in json.dumps(table)


def test_no_hook_and_no_plan_imports_the_schema() -> None:
    code = "import sys, pyo3_features_backend.build.hooks, pyo3_features_backend.cli.explain; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pyo3_features_backend.model.settings" in result.stdout.split()
    assert "pyo3_features_backend.author.schema" not in result.stdout.split()
