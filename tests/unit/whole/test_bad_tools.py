"""Every bad answer of cargo and rustc, and every bad PyO3 configuration file, is one message, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.bad_inputs import DECIDES, Row, faults_of, pipe

ASKS = (*DECIDES, "explain", "args", "env", "matrix", "probe")  # where cargo's failure is an error, not a finding


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
                "`cargo metadata` printed JSON in an undocumented form: packages is missing",
                "wrapper",
            ),
            (
                "prints null",
                "#!/bin/sh\necho null\n",
                "`cargo metadata` printed JSON in an undocumented form: all of it is null",
                "wrapper",
            ),
            (
                "prints a list",
                "#!/bin/sh\necho '[1]'\n",
                "`cargo metadata` printed JSON in an undocumented form",
                "wrapper",
            ),
            (
                "prints packages that are none",
                "#!/bin/sh\necho '{\"packages\": [3]}'\n",
                "`cargo metadata` printed JSON in an undocumented form: packages is 3",
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
                "`cargo metadata` printed JSON that is nested too deeply",
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


@pytest.mark.parametrize("row", [*TOOLS, *CONFIGURATION], ids=lambda row: row.name)
def test_a_bad_tool_is_one_message_in_each_hook_and_verb_that_asks_it(tmp_path: Path, row: Row) -> None:
    assert faults_of(tmp_path, row) == ""
