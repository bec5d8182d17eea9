"""The settings: what is accepted, and that the schema and the reference say the same as the reader does."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3_features_backend.author import schema
from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.facts import interpreter as target
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.settings import CACHE_DIR, CONDITIONS, KEYS, TABLE, Key, Settings
from pyo3_features_backend.model.target import Target
from support.examples import ROOT

tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
LINUX = target.running()._replace(implementation="cpython", version=(3, 11), free_threaded=False, system="linux")
OVERRIDE = f"[[tool.{TABLE}.overrides]]\n"


def loaded(text: str, environ: dict[str, str] | None = None, config: dict[str, Any] | None = None) -> Settings:
    return read_settings(tomllib.loads(text), text, environ or {}, config).for_target(LINUX)


def in_table(text: str) -> Settings:
    return loaded(f"[tool.{TABLE}]\n{text}\n")


def overridden(condition: str, there: Target = LINUX) -> bool:
    """Whether an override with this condition applies."""
    text = f'{OVERRIDE}if = {{ {condition} }}\nabi3 = "3.12"\n'
    return read_settings(tomllib.loads(text), text, {}, None).for_target(there).abi3 == "3.12"


def test_each_key_is_a_field_of_the_settings_and_its_example_is_possible() -> None:
    assert tuple(key.field for key in KEYS) == Settings._fields[: len(KEYS)]
    for key in KEYS:
        assert key.accepts(key.example), key.name
        default = Settings._field_defaults[key.field]
        assert default is None or key.accepts(list(default) if isinstance(default, tuple) else default), key.name
        text = f"{key.name} = {json.dumps(key.example)}"
        value = getattr(in_table(text), key.field)
        assert (list(value) if isinstance(value, tuple) else value) == key.example
        plain = ",".join(value) if isinstance(value, tuple) else value
        assert getattr(loaded("", {key.variable: plain}), key.field) == value
        assert getattr(loaded("", None, {f"{TABLE}.{key.name}": plain}), key.field) == value


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('abi33 = "off"', "pyproject.toml:2: unknown key 'abi33' in [tool.pyo3-features-backend]", "mean 'abi3'?"),
        ("abi3 = 3.11", "pyproject.toml:2: abi3 must be a string, not 3.11", 'or a floor such as "3.11"'),
        (
            'abi3 = "3.011"',
            'pyproject.toml:2: abi3 = "3.011" is not possible',
            'abi3 accepts "auto", "off", "current" or',
        ),
        ('abi3t = "current"', 'abi3t = "current" is not possible', 'abi3t accepts "auto", "off" or a floor'),
        ("nightly = true", "nightly must be a string, not true", 'nightly accepts "off", "auto" or "on"'),
        ('features = "serde"', 'features must be a list of strings, not "serde"', "features accepts a list of strings"),
        ('verify = ["tag"]', 'verify = ["tag"] is not possible', 'verify accepts a list of "tags" and "import"'),
        ("expect = 2020-01-01", 'expect must be a list of strings, not "2020-01-01"', "a list of strings"),
        ("overrides = 3", "pyproject.toml:2: overrides must be an array of tables", "[[tool.pyo3-features-backend."),
        (
            f'{OVERRIDE}abi3 = "off"',
            "pyproject.toml:2: an override needs `if = { ... }`",
            'if = { platform = "linux" }',
        ),
        (f"{OVERRIDE}if = {{}}", "pyproject.toml:3: an override needs", "implementation, python-version,"),
        (f'{OVERRIDE}if = {{ os = "linux" }}', "pyproject.toml:3: unknown condition 'os'", "known: implementation"),
        (f'{OVERRIDE}if = {{ platform = "Linux" }}', 'platform = "Linux" is not possible', '"linux", "macos"'),
        (
            f"{OVERRIDE}if = {{ free-threaded = 1 }}",
            "free-threaded must be true or false, not 1",
            "accepts true or false",
        ),
        (f'{OVERRIDE}if = {{ python-version = "3.11" }}', 'python-version = "3.11" is not', 'such as ">=3.11"'),
        (
            f'{OVERRIDE}if = {{ implementation = "pypy" }}\n\nabi = "off"',
            "pyproject.toml:5: unknown key 'abi' in an override",
            "did you mean 'abi3'?",
        ),
        (
            f'{OVERRIDE}if = {{ platform = "linux" }}\ndelegate = "maturin"',
            "4: delegate cannot be overridden",
            "set it in",
        ),
        # What is wrong is wrong for every Python, not only where the override applies.
        (
            f'{OVERRIDE}if = {{ implementation = "pypy" }}\nabi3 = "no"',
            '4: abi3 = "no" is not possible',
            "abi3 accepts",
        ),
        (
            f'{OVERRIDE}if = {{ implementation = "pypy", python-version = "x" }}',
            '3: python-version = "x" is not possible',
            "a version specifier",
        ),
    ],
)
def test_a_wrong_setting_is_told_with_its_line_and_what_would_do(text: str, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        in_table(text)
    error, help_ = str(caught.value).split("\n")
    assert message in error
    assert hint in help_


def test_a_table_that_is_spelled_like_the_module_is_not_passed_over() -> None:
    with pytest.raises(SettingsError, match=r"toml:2: \[tool.pyo3_features_backend\] is not read\n.*\[tool.pyo3-feat"):
        loaded('[tool.other]\n[tool.pyo3_features_backend]\nabi3 = "off"\n')


def test_a_wrong_setting_from_outside_is_told_with_its_source() -> None:
    with pytest.raises(SettingsError, match=r"\$PYO3_FEATURES_BACKEND_ABI3: abi3 = \"\" is not possible"):
        loaded("", {"PYO3_FEATURES_BACKEND_ABI3": ""})
    with pytest.raises(SettingsError, match=r'config setting abi3: abi3 must be a string, not \["off", "3.9"\]'):
        loaded("", None, {"abi3": ["off", "3.9"]})
    with pytest.raises(SettingsError, match=r"unknown config setting 'pyo3-features-backend.abi'\n.* 'abi3'\?"):
        loaded("", None, {f"{TABLE}.abi": "off"})


def test_a_slip_in_the_environment_or_a_config_setting_is_told_and_the_delegates_are_not() -> None:
    found = loaded("", {"PYO3_FEATURES_BACKEND_CACHE_DRI": "x", CACHE_DIR: "y"}, {"abi-3": "off", "build-args": "-v"})
    assert found.near_misses == (
        ("$PYO3_FEATURES_BACKEND_CACHE_DRI", CACHE_DIR, None),
        ("config setting abi-3", "abi3", None),
    )
    assert loaded("", {"PYO3_FEATURES_BACKEND_EXPECT": ""}, {"verify": ["tags", "import"]})[6:8] == (
        ("tags", "import"),
        (),
    )


@pytest.mark.parametrize(
    ("condition", "there", "expected"),
    [
        ('implementation = "cpython"', LINUX, True),
        ('implementation = "pypy"', LINUX, False),
        ('implementation = "pypy"', LINUX._replace(implementation="pypy"), True),
        ('python-version = ">=3.11"', LINUX, True),
        ('python-version = ">= 3.9, <3.11"', LINUX, False),
        ('python-version = "==3.11.*"', LINUX, True),
        ('python-version = ">3.11"', LINUX, False),
        ("free-threaded = false", LINUX, True),
        ("free-threaded = true", LINUX, False),
        ("free-threaded = true", LINUX._replace(free_threaded=True), True),
        ('platform = "linux"', LINUX, True),
        ('platform = "macos"', LINUX._replace(system="darwin"), True),
        ('platform = "darwin"', LINUX._replace(system="darwin"), True),
        ('platform = "windows"', LINUX._replace(system="win32"), True),
        ('platform = "win32"', LINUX, False),
        ('platform = "freebsd"', LINUX._replace(system="freebsd14"), True),
        ('platform = "linux", implementation = "pypy"', LINUX, False),
    ],
)
def test_an_override_applies_where_all_of_its_conditions_hold(condition: str, there: Target, expected: bool) -> None:
    assert overridden(condition, there) is expected


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
    one = st.one_of(words) if words else st.text(max_size=5)
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


def _reference(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tools" / "settings_reference.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_schema_file_and_the_reference_are_those_of_the_model(tmp_path: Path) -> None:
    result = _reference(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    for file in ("tools/settings_reference.py", "docs/settings.md", "pyo3_features_backend/data/settings.schema.json"):
        (tmp_path / file).parent.mkdir(parents=True)
        shutil.copy(ROOT / file, tmp_path / file)
    assert _reference(tmp_path).returncode == 0
    page = tmp_path / "docs" / "settings.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Default: `[]`", "Default: none", 1), encoding="utf-8")
    stale = _reference(tmp_path)
    assert stale.returncode == 1
    assert "-Takes a list of strings. Default: none." in stale.stdout


def test_no_hook_and_no_plan_imports_the_schema() -> None:
    code = "import sys, pyo3_features_backend.build.hooks, pyo3_features_backend.cli.explain; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pyo3_features_backend.model.settings" in result.stdout.split()
    assert "pyo3_features_backend.author.schema" not in result.stdout.split()
