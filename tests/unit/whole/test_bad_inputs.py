"""Every bad pyproject.toml and setting is one message with its place and remedy, exit status 1, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.bad_inputs import DECIDES, GOOD, HOOKS, PLANS, Row, faults_of, folder, pipe

PYPROJECT = GOOD["pyproject.toml"]
MATURIN = "[tool.maturin]\n"
DEEP = "[" * 3000 + "]" * 3000


def table(text: str) -> dict[str, str | bytes | None]:
    """pyproject.toml with more at its end; the first line of ``text`` is line 8."""
    return {"pyproject.toml": f"{PYPROJECT}{text}\n"}


FILE = [
    Row(
        "a byte order mark",
        "pyproject.toml:1: the file starts with a UTF-8 byte order mark (BOM)",
        "UTF-8 without BOM",
        {"pyproject.toml": b"\xef\xbb\xbf" + PYPROJECT.encode()},
    ),
    Row(
        "UTF-16",
        "pyproject.toml:1: not UTF-8 text",
        "save the file as UTF-8",
        {"pyproject.toml": PYPROJECT.encode("utf-16")},
    ),
    Row(
        "no UTF-8",
        "pyproject.toml:8: not UTF-8 text",
        "save the file as UTF-8",
        {"pyproject.toml": PYPROJECT.encode() + b"# \xff\n"},
    ),
    Row("no TOML", "pyproject.toml:8: not valid TOML", "correct the line named above", table("[tool")),
    Row(
        "arrays 3,000 deep",
        "pyproject.toml: not readable TOML: its arrays or inline tables are nested too deeply",
        "reduce the nesting",
        table(f"x = {DEEP}"),
    ),
    Row(
        "tables 3,000 deep",
        "pyproject.toml: not readable TOML",
        "reduce the nesting",
        table("x = " + "{a = " * 3000 + "1" + "}" * 3000),
    ),
    Row(
        "a pipe",
        "pyproject.toml: cannot be read: it is a pipe, not a file",
        "a regular file",
        change=pipe("pyproject.toml"),
    ),
    Row(
        "a folder",
        "pyproject.toml: cannot be read: it is a folder, not a file",
        "a regular file",
        change=folder("pyproject.toml"),
    ),
    Row(
        "too large",
        "pyproject.toml: is larger than 16 MiB",
        "right file",
        {"pyproject.toml": PYPROJECT.encode() + b"#" * 2**24},
    ),
    Row(
        "missing", "there is no pyproject.toml in ", "run the command in the project's folder", {"pyproject.toml": None}
    ),
]
TYPES = [
    *(
        Row(
            f"{words[0]} as {value}",
            f"pyproject.toml:{line}: [{name}] must be a table",
            f"below a line [{name}]",
            files,
        )
        for value in ("[1]", '"x"', "3")
        for words, name, line, files in (
            (("tool.maturin",), "tool.maturin", 9, table(f"[tool]\nmaturin = {value}")),
            (("tool",), "tool", 1, {"pyproject.toml": f"tool = {value}\n"}),
            (("project",), "project", 1, {"pyproject.toml": f"project = {value}\n"}),
            (("tool.setuptools-rust",), "tool.setuptools-rust", 9, table(f"[tool]\nsetuptools-rust = {value}")),
        )
    ),
    Row(
        "our table as a list",
        "pyproject.toml:9: [tool.pyo3-features-backend] must be a table",
        "below a line",
        table("[tool]\npyo3-features-backend = [1]"),
    ),
    Row(
        "config = 3",
        "pyproject.toml:9: config must be a list of strings",
        'config = ["..."]',
        table(f"{MATURIN}config = 3"),
    ),
    Row(
        "config = [3]",
        "pyproject.toml:9: config must be a list of strings",
        'config = ["..."]',
        table(f"{MATURIN}config = [3]"),
    ),
    Row(
        "classifiers = 3",
        "pyproject.toml:8: classifiers must be a list of strings",
        "classifiers",
        table("classifiers = 3"),
    ),
    Row(
        "classifiers = [3]",
        "pyproject.toml:8: classifiers must be a list of strings",
        "classifiers",
        table("classifiers = [3]"),
    ),
    Row(
        "requires = 3",
        "pyproject.toml:2: requires must be a list of strings",
        "requires = [",
        {"pyproject.toml": PYPROJECT.replace('["pyo3-features-backend"]', "3")},
    ),
    Row(
        "name = 3",
        "pyproject.toml:5: name must be a string",
        "name = ",
        {"pyproject.toml": PYPROJECT.replace('"good"', "3")},
    ),
    Row(
        "requires-python = 3.9",
        "pyproject.toml:7: requires-python must be a string",
        ">=3.9",
        {"pyproject.toml": PYPROJECT.replace('">=3.9"', "3.9")},
    ),
    Row(
        "locked is text",
        "pyproject.toml:9: locked must be true or false",
        "locked = true",
        table(f'{MATURIN}locked = "yes"'),
    ),
    Row(
        "features is text",
        "pyproject.toml:9: features must be a list",
        "features = [",
        table(f'{MATURIN}features = "a"'),
    ),
    Row(
        "bindings is a number",
        "pyproject.toml:9: bindings must be a string",
        "bindings = ",
        table(f"{MATURIN}bindings = 3"),
    ),
    Row(
        "NUL in a path",
        "pyproject.toml:9: manifest-path contains a NUL character",
        "remove it",
        table(f'{MATURIN}manifest-path = "a\\u0000b"'),
    ),
    Row(
        "NUL in python-source",
        "pyproject.toml:9: python-source contains a NUL character",
        "remove it",
        table(f'{MATURIN}python-source = "a\\u0000b"'),
    ),
    Row(
        "NUL in config",
        "pyproject.toml:9: config contains a NUL character",
        "remove it",
        table(f'{MATURIN}config = ["a\\u0000b"]'),
    ),
    Row(
        "ext-modules as a table",
        "pyproject.toml:8: [[tool.setuptools-rust.ext-modules]] must be an array of tables",
        "below a line",
        table("[tool.setuptools-rust.ext-modules]\nx = 1"),
    ),
    Row(
        "args of an extension as text",
        "pyproject.toml:10: args must be a list of strings",
        "args = [",
        table('[[tool.setuptools-rust.ext-modules]]\ntarget = "good"\nargs = "--locked"'),
    ),
]
SETTINGS = [
    Row(f"config settings {value}", message, hint, settings=value, calls=HOOKS)
    for value, message, hint in (
        ("3", "config settings must map names to values, not be 3", "-C NAME=VALUE"),
        ("['a']", 'config settings must map names to values, not be ["a"]', "-C NAME=VALUE"),
        ("{3: 'x'}", "the name of a config setting must be a string, not 3", "-C NAME=VALUE"),
        ("{None: 'x'}", "the name of a config setting must be a string, not null", "-C NAME=VALUE"),
        ("{'abi3': None}", "config setting abi3: abi3 must be a string or a table, not null", "abi3 accepts"),
        ("{'abi3': '{ floor = 1 }'}", "config setting abi3: abi3.floor must be a string, not 1", "abi3.floor accepts"),
        ("{'abi3': 3.9}", "config setting abi3: abi3 must be a string or a table, not 3.9", "abi3 accepts"),
        ("{'abi3': True}", "config setting abi3: abi3 must be a string or a table, not true", "abi3 accepts"),
        ("{'abi3': [['off']]}", 'config setting abi3: abi3 must be a string or a table, not [["off"]]', "abi3 accepts"),
        ("{'features': None}", "config setting features: features must be a list of strings, not null", "accepts"),
        (
            "{'features': [['serde']]}",
            'config setting features: features must be a list of strings, not [["serde"]]',
            "accepts",
        ),
        ("{'verify': {'a': 1}}", "config setting verify: verify must be a list of strings", "accepts"),
        (
            "{'pyo3-features-backend.abi4': 'off'}",
            "unknown config setting 'pyo3-features-backend.abi4'",
            "did you mean 'abi3'?",
        ),
        (
            "{'build-args': 3}",
            "config setting build-args: must be a string or a list of strings, not 3",
            "-C build-args=",
        ),
        (
            "{'build-args': [3]}",
            "config setting build-args: must be a string or a list of strings, not [3]",
            "-C build-args=",
        ),
        (
            "{'maturin.build-args': [['-v']]}",
            "config setting maturin.build-args: must be a string or a list of",
            "-C maturin.",
        ),
        (
            "{'build-args': {'a': 'b'}}",
            'config setting build-args: must be a string or a list of strings, not {"a": "b"}',
            "-C",
        ),
        ("{'build-args': True}", "config setting build-args: must be a string or a list of strings, not true", "-C"),
        (
            "{'build-args': '--features \"a'}",
            "config setting build-args: the build arguments cannot be read: No closing",
            "check the quotes",
        ),
        ("{'build-args': '-F a\\0b'}", "config setting build-args: contains a NUL character", "remove it"),
        ("{'--build-option': 3}", "config setting --build-option: must be a string or a list of strings, not 3", "-C"),
    )
]
SETTINGS_OF_A_PLAN = [
    Row(
        "an option without its value",
        "build argument --features needs a value",
        "--features",
        settings="{'build-args': '--features'}",
        calls=DECIDES,
    ),
    Row(
        "quotes in the environment",
        "the build arguments cannot be read: No closing quotation",
        "check the quotes",
        environment={"MATURIN_PEP517_ARGS": "--locked 'x"},
        calls=(*DECIDES, *PLANS),
    ),
]


@pytest.mark.parametrize("row", [*FILE, *TYPES, *SETTINGS, *SETTINGS_OF_A_PLAN], ids=lambda row: row.name)
def test_a_bad_input_is_one_message_in_each_hook_and_verb(tmp_path: Path, row: Row) -> None:
    assert faults_of(tmp_path, row) == ""
