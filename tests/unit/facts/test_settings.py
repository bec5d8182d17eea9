"""The settings: what is accepted, from where, and what is told of a wrong one."""

from __future__ import annotations

import pytest

from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.facts import toml
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.machine import CACHE_DIR
from pyo3_features_backend.model.settings import TABLE
from pyo3_features_backend.model.target import Target
from support.readers import LINUX, in_table, settings_of

NATIVE = '{ floor = "3.14", native = ">=3.10,<3.14" }'
SUCH = f"such as abi3 = {NATIVE}"
OVERRIDE = f"[[tool.{TABLE}.overrides]]\n"


def overridden(condition: str, there: Target = LINUX) -> bool:
    """Whether an override with this condition applies."""
    text = f'{OVERRIDE}if = {{ {condition} }}\nabi3 = "3.12"\n'
    return read_settings(toml.parse(text), text, {}, None).for_target(there).abi3 == "3.12"


def test_a_boolean_is_a_word_in_the_environment_and_in_a_config_setting() -> None:
    words = {"true": True, "ON": True, "1": True, "false": False, "Off": False, "0": False}
    for word, value in words.items():
        assert settings_of("", {"PYO3_FEATURES_BACKEND_EDITABLE_REBUILD": word}).editable_rebuild is value
        assert settings_of("", None, {"editable-rebuild": word}).editable_rebuild is value
    with pytest.raises(SettingsError, match=r"editable-rebuild must be true or false, not \"maybe\""):
        settings_of("", {"PYO3_FEATURES_BACKEND_EDITABLE_REBUILD": "maybe"})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('abi33 = "off"', "pyproject.toml:2: unknown key 'abi33' in [tool.pyo3-features-backend]", "mean 'abi3'?"),
        (
            "abi3 = 3.11",
            "pyproject.toml:2: abi3 must be a string or a table, not 3.11",
            ', a floor such as "3.11" or a',
        ),
        (
            'abi3 = "3.011"',
            'pyproject.toml:2: abi3 = "3.011" is not valid',
            'abi3 accepts "auto", "off", "current", a floor',
        ),
        ('editable-rebuild = "yes"', 'editable-rebuild must be true or false, not "yes"', "accepts true or false"),
        ('abi3t = "current"', 'abi3t = "current" is not valid', 'abi3t accepts "auto", "off" or a floor'),
        ("nightly = true", "nightly must be a string, not true", 'nightly accepts "off", "auto" or "on"'),
        ('features = "serde"', 'features must be a list of strings, not "serde"', "features accepts a list of strings"),
        ('verify = ["tag"]', 'verify = ["tag"] is not valid', 'a list of "tags", "import" and "symbols"'),
        ("expect = 2020-01-01", 'expect must be a list of strings, not "2020-01-01"', "a list of strings"),
        ("overrides = 3", "pyproject.toml:2: overrides must be an array of tables", "[[tool.pyo3-features-backend."),
        (
            f'{OVERRIDE}abi3 = "off"',
            "pyproject.toml:2: an override needs `if = { ... }`",
            'if = { platform = "linux" }',
        ),
        (f"{OVERRIDE}if = {{}}", "pyproject.toml:3: an override needs", "implementation, python-version,"),
        (f'{OVERRIDE}if = {{ os = "linux" }}', "pyproject.toml:3: unknown condition 'os'", "known: implementation"),
        (f'{OVERRIDE}if = {{ platform = "Linux" }}', 'platform = "Linux" is not valid', '"linux", "macos"'),
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
        ('abi3 = { floor = "3.14" }', "toml:2: abi3 is a table without 'native'", SUCH),
        ('abi3 = { native = "<3.14" }', "toml:2: abi3 is a table without 'floor'", SUCH),
        ("abi3 = {}", "toml:2: abi3 is a table without 'floor'", SUCH),
        ('abi3.floor = "3.14"\nabi3.nativ = ""', "toml:3: unknown key 'nativ' in abi3", "did you mean 'native'?"),
        ('abi3 = { floor = "off", native = "<3.14" }', 'abi3.floor = "off" is not valid', '"auto" or a floor'),
        (
            'abi3 = { floor = 3.14, native = "<3.14" }',
            "abi3.floor must be a string, not 3.14",
            '"auto" or a floor such',
        ),
        ('abi3 = { floor = "3.14", native = "" }', 'abi3.native = "" is not valid', 'such as ">=3.10,<3.14"'),
        (
            'abi3 = { floor = "3.14", native = ["<3.14"] }',
            'abi3.native must be a string, not ["<3.14"]',
            "a version spe",
        ),
        (
            f'[tool.{TABLE}.abi3]\nfloor = "3.14"\n\nnative = ">=3.x"',
            'pyproject.toml:5: abi3.native = ">=3.x" is not valid',
            'abi3.native accepts a version specifier such as ">=3.10,<3.14"',
        ),
        (
            f'{OVERRIDE}if = {{ platform = "win32" }}\nabi3 = {{ floor = "3.14" }}',
            "4: abi3 is a table without 'native'",
            SUCH,
        ),
        ('abi3t = { floor = "3.15", native = "<3.15" }', "abi3t must be a string, not {", "abi3t accepts"),
        # What is wrong is wrong for every Python, not only where the override applies.
        (
            f'{OVERRIDE}if = {{ implementation = "pypy" }}\nabi3 = "no"',
            '4: abi3 = "no" is not valid',
            "abi3 accepts",
        ),
        (
            f'{OVERRIDE}if = {{ implementation = "pypy", python-version = "x" }}',
            '3: python-version = "x" is not valid',
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


def test_a_range_of_native_pythons_is_a_table_and_in_a_text_the_same_in_toml() -> None:
    variable = {"PYO3_FEATURES_BACKEND_ABI3": NATIVE}
    for found in (
        in_table(f"abi3 = {NATIVE}"),
        in_table('[tool.pyo3-features-backend.abi3]\nfloor = "3.14"\nnative = ">=3.10,<3.14"'),
        settings_of("", variable),
        settings_of("", None, {"abi3": f" {NATIVE}"}),
    ):
        assert (found.abi3, found.abi3_native) == ("3.14", ">=3.10,<3.14")
    # The value that takes precedence replaces the table as a whole, and the other way round.
    off = settings_of(f"[tool.{TABLE}]\nabi3 = {NATIVE}\n", None, {"abi3": "off"})
    assert (off.abi3, off.abi3_native) == ("off", "")
    assert settings_of(f'[tool.{TABLE}]\nabi3 = "off"\n', variable).abi3_native == ">=3.10,<3.14"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NATIVE[:-1], "is not valid"),
        (NATIVE + "\nother = 1", "is not valid"),
        ("{" * 5000, "abi3 = a str is not valid"),
        ('{ floor = "3.14" }', "abi3 is a table without 'native'"),
        ('{ floor = "3.14", native = "<3.14", x = 1 }', "unknown key 'x' in abi3"),
    ],
)
def test_a_wrong_table_in_a_text_is_told_with_its_source(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=r"^pyo3-features-backend: error: \$PYO3_FEATURES_BACKEND_ABI3: ") as caught:
        settings_of("", {"PYO3_FEATURES_BACKEND_ABI3": text})
    assert message in str(caught.value)


def test_a_table_that_is_spelled_like_the_module_is_not_passed_over() -> None:
    with pytest.raises(SettingsError, match=r"toml:2: \[tool.pyo3_features_backend\] is not read\n.*\[tool.pyo3-feat"):
        settings_of('[tool.other]\n[tool.pyo3_features_backend]\nabi3 = "off"\n')


def test_a_wrong_setting_from_outside_is_told_with_its_source() -> None:
    with pytest.raises(SettingsError, match=r"\$PYO3_FEATURES_BACKEND_ABI3: abi3 = \"\" is not valid"):
        settings_of("", {"PYO3_FEATURES_BACKEND_ABI3": ""})
    with pytest.raises(SettingsError, match=r'config setting abi3: abi3 must be a string or a table, not \["off"'):
        settings_of("", None, {"abi3": ["off", "3.9"]})
    with pytest.raises(SettingsError, match=r"unknown config setting 'pyo3-features-backend.abi'\n.* 'abi3'\?"):
        settings_of("", None, {f"{TABLE}.abi": "off"})


def test_a_slip_in_the_environment_or_a_config_setting_is_told_and_the_delegates_are_not() -> None:
    environ = {"PYO3_FEATURES_BACKEND_CACHE_DRI": "x", CACHE_DIR: "y"}
    found = settings_of("", environ, {"abi-3": "off", "build-args": "-v"})
    assert found.near_misses == (
        ("$PYO3_FEATURES_BACKEND_CACHE_DRI", CACHE_DIR, None),
        ("config setting abi-3", "abi3", None),
    )
    assert settings_of("", {"PYO3_FEATURES_BACKEND_EXPECT": ""}, {"verify": ["tags", "import"]})[6:8] == (
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
