"""Every bad input is one message with its place and remedy, exit status 1, and leaves everything as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support.bad_inputs import (
    DECIDES,
    GOOD,
    HOOKS,
    PLANS,
    Row,
    faults,
    project,
    run,
    tree,
)

PYPROJECT = GOOD["pyproject.toml"]
MATURIN = "[tool.maturin]\n"
DEEP = "[" * 3000 + "]" * 3000
ASKS = (*DECIDES, "explain", "args", "env", "matrix", "probe")  # where cargo's failure is an error, not a finding


def table(text: str) -> dict[str, str | bytes | None]:
    """pyproject.toml with more at its end; the first line of ``text`` is line 8."""
    return {"pyproject.toml": f"{PYPROJECT}{text}\n"}


def pipe(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).unlink(missing_ok=True)
        os.mkfifo(root / name)

    return change


def folder(name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / name).unlink(missing_ok=True)
        (root / name).mkdir()

    return change


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
        "pyproject.toml: not readable TOML: its arrays or inline tables nest too deep",
        "flatter",
        table(f"x = {DEEP}"),
    ),
    Row(
        "tables 3,000 deep",
        "pyproject.toml: not readable TOML",
        "flatter",
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
        ("3", "config settings are names with values, not 3", "-C NAME=VALUE"),
        ("['a']", 'config settings are names with values, not ["a"]', "-C NAME=VALUE"),
        ("{3: 'x'}", "the name of a config setting must be a string, not 3", "-C NAME=VALUE"),
        ("{None: 'x'}", "the name of a config setting must be a string, not null", "-C NAME=VALUE"),
        ("{'abi3': None}", "config setting abi3: abi3 must be a string, not null", "abi3 accepts"),
        ("{'abi3': 3.9}", "config setting abi3: abi3 must be a string, not 3.9", "abi3 accepts"),
        ("{'abi3': True}", "config setting abi3: abi3 must be a string, not true", "abi3 accepts"),
        ("{'abi3': [['off']]}", 'config setting abi3: abi3 must be a string, not [["off"]]', "abi3 accepts"),
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
CARGO = '#!/bin/sh\n[ "$1" = metadata ] || exit 0\n'
TOOLS = (
    [
        Row(f"cargo that {name}", message, hint, tools={"cargo": text}, calls=ASKS)
        for name, text, message, hint in (
            ("prints nothing", "#!/bin/sh\n", "`cargo metadata` printed nothing", "wrapper"),
            ("prints junk", "#!/bin/sh\necho junk\n", "`cargo metadata` printed no JSON", "wrapper"),
            (
                "prints {}",
                "#!/bin/sh\necho '{}'\n",
                "`cargo metadata` printed JSON in another form than it documents: packages is missing",
                "wrapper",
            ),
            (
                "prints null",
                "#!/bin/sh\necho null\n",
                "`cargo metadata` printed JSON in another form than it documents: all of it is null",
                "wrapper",
            ),
            ("prints a list", "#!/bin/sh\necho '[1]'\n", "`cargo metadata` printed JSON in another form", "wrapper"),
            (
                "prints packages that are none",
                "#!/bin/sh\necho '{\"packages\": [3]}'\n",
                "`cargo metadata` printed JSON in another form than it documents: packages is 3",
                "wrapper",
            ),
            (
                "prints bytes that are no UTF-8",
                "#!/bin/sh\nprintf '\\377\\376{'\n",
                "`cargo metadata` printed no JSON",
                "wrapper",
            ),
            (
                "prints JSON 30,000 deep",
                "#!/bin/sh\nprintf '%030000d' 0 | tr 0 '['\n",
                "`cargo metadata` printed JSON that nests too deep",
                "wrapper",
            ),
            ("fails silently", "#!/bin/sh\nexit 3\n", "`cargo metadata` ended with exit status 3", "by hand"),
            ("dies", "#!/bin/sh\nkill -9 $$\n", "`cargo metadata` was ended by SIGKILL", "by hand"),
            ("is no program", "junk\n\0\1", "cargo cannot be executed: Exec format error", "cargo --version"),
        )
    ]
    + [
        Row(
            f"rustc that {name}",
            f"rustc does not answer: `rustc -vV` {message}",
            "rustup show",
            tools={"rustc": text},
            calls=ASKS,
        )
        for name, text, message in (
            ("prints nothing", "#!/bin/sh\n", "printed nothing"),
            ("prints junk", "#!/bin/sh\necho junk\n", "printed no release and host"),
            ("prints no host", "#!/bin/sh\necho 'release: 1.95.0'\n", "printed no release and host"),
            (
                "prints a release that is none",
                "#!/bin/sh\necho 'release: x'\necho 'host: y'\n",
                "printed no release and host",
            ),
            ("prints bytes that are no UTF-8", "#!/bin/sh\nprintf '\\377\\376'\n", "printed no release and host"),
            ("fails", "#!/bin/sh\necho bad toolchain >&2\nexit 1\n", "ended with exit status 1:\nbad toolchain"),
            ("dies", "#!/bin/sh\nkill -9 $$\n", "was ended by SIGKILL"),
        )
    ]
    + [
        Row(
            "rustc that is no program",
            "rustc cannot be executed: Exec format error",
            "rustc --version",
            tools={"rustc": "junk\n\0\1"},
            calls=ASKS,
        ),
        Row("Cargo.toml that is missing", "there is no Cargo.toml", "manifest-path", {"Cargo.toml": None}, calls=ASKS),
        Row(
            "Cargo.toml that is no TOML",
            "`cargo metadata` failed:\nerror: ",
            "fix what cargo reports above",
            {"Cargo.toml": "[package"},
            calls=ASKS,
        ),
        Row(
            "Cargo.toml with a BOM only",
            "`cargo metadata` failed",
            "fix what cargo",
            {"Cargo.toml": b"\xef\xbb\xbf"},
            calls=ASKS,
        ),
        Row(
            "Cargo.toml that is a pipe",
            "there is no Cargo.toml",
            "manifest-path",
            change=pipe("Cargo.toml"),
            calls=ASKS,
        ),
        Row("Cargo.lock that is junk", "`cargo metadata` failed", "fix what cargo", {"Cargo.lock": "junk"}, calls=ASKS),
    ]
)
CONFIGURATION = [
    Row(
        f"a configuration file that is {name}",
        message,
        hint,
        files,
        change,
        environment={"PYO3_CONFIG_FILE": path},
        calls=tuple(call for call in ASKS if call != "matrix"),
    )
    for name, files, change, path, message, hint in (
        (
            "a pipe",
            {},
            pipe("config"),
            "{tmp}/good/config",
            "{tmp}/good/config: the PyO3 configuration file cannot be read: it is a pipe",
            "regular file",
        ),
        (
            "a device",
            {},
            None,
            "/dev/zero",
            "/dev/zero: the PyO3 configuration file cannot be read: it is a device",
            "regular file",
        ),
        (
            "a folder",
            {},
            None,
            "{tmp}",
            "{tmp}: the PyO3 configuration file cannot be read: it is a folder",
            "regular file",
        ),
        (
            "missing",
            {},
            None,
            "/nowhere",
            "/nowhere: the PyO3 configuration file cannot be read: No such file",
            "check the path",
        ),
        (
            "marked",
            {"config": b"\xef\xbb\xbfversion=3.11\n"},
            None,
            "{tmp}/good/config",
            "{tmp}/good/config:1: the file starts with a UTF-8 byte order mark",
            "without BOM",
        ),
        ("relative", {}, None, "config", "PYO3_CONFIG_FILE=config is a relative path", "PYO3_CONFIG_FILE="),
        (
            "no text",
            {"config": b"\xff"},
            None,
            "{tmp}/good/config",
            "{tmp}/good/config:1: this is not UTF-8 text",
            "write the file again",
        ),
    )
]


@pytest.mark.parametrize(
    "row", [*FILE, *TYPES, *SETTINGS, *SETTINGS_OF_A_PLAN, *TOOLS, *CONFIGURATION], ids=lambda row: row.name
)
def test_a_bad_input_is_one_message_in_each_hook_and_verb(tmp_path: Path, row: Row) -> None:
    root = project(tmp_path, row)
    row = row._replace(message=row.message.replace("{tmp}", str(tmp_path)))
    before = tree(root)
    assert "\n".join(faults(row, run(tmp_path, row, root))) == ""
    assert tree(root) == before
