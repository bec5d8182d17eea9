"""Questions to cargo and rustc: in the background, and once."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from pyo3_features_backend.errors import ToolchainError
from pyo3_features_backend.facts import toolchain


def test_an_answer_of_any_length_comes_with_its_status(tmp_path: Path) -> None:
    code = "import os, sys; print('x' * 300_000); print(os.getcwd(), os.environ['OURS'], file=sys.stderr); sys.exit(3)"
    status, stdout, stderr = toolchain.ask([sys.executable, "-c", code], tmp_path, {"OURS": "1"}).answer()
    assert (status, len(stdout), stderr) == (3, 300_001, f"{tmp_path.resolve()} 1\n")


def test_the_same_question_is_put_once_while_answers_are_remembered(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'asked')!r}, 'a').write('x')"

    def asked() -> int:
        for env in (None, {"A": "1"}, None, {"A": "1"}, {"A": "2"}):
            toolchain.ask([sys.executable, "-c", code], tmp_path, env).answer()
        return len((tmp_path / "asked").read_text())

    with toolchain.remembering():
        assert asked() == 3
    assert asked() == 3 + 5


def test_a_value_is_made_once_while_answers_are_remembered() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("x")
        return "value"

    with toolchain.remembering():
        assert [toolchain.remembered(("key",), make) for _ in range(3)] == ["value"] * 3
        assert toolchain.remembered(("other",), make) == "value"
    assert len(made) == 2


def test_rustc_says_its_release_and_host(tmp_path: Path) -> None:
    release, host = toolchain.rustc(toolchain.ask_rustc(tmp_path))
    assert release[0].isdigit()
    assert host.count("-") >= 2


def test_a_cargo_that_is_not_on_path_is_the_one_that_a_variable_names(tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path), "CARGO": sys.executable}
    assert toolchain.ask(["cargo", "-c", "print(1)"], tmp_path, env).answer()[:2] == (0, "1\n")
    for program, given in (("rustc", env), ("cargo", {**env, "CARGO": ""})):
        with pytest.raises(ToolchainError, match=f"{program} is not installed"):
            toolchain.ask([program], tmp_path, given)


def test_a_program_that_is_missing_or_is_no_rustc_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="no-such-program is not installed"):
        toolchain.ask(["no-such-program"], tmp_path)
    other = toolchain.ask([sys.executable, "-c", "import sys; sys.exit('not me')"], tmp_path)
    with pytest.raises(ToolchainError, match="`rustc -vV` ended with exit status 1:\nnot me"):
        toolchain.rustc(other)


def test_a_backtrace_of_rustup_is_left_out() -> None:
    said = "error: toolchain '1.9' is not installed\nhelp: run `rustup toolchain install`"
    assert toolchain.message(f"{said}\n\nStack backtrace:\n   0: main\n") == said == toolchain.message(f"{said}\n")


def test_a_cargo_that_hangs_is_named_while_it_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "cargo"
    program.write_text("#!/bin/sh\nexec sleep 0.5\n")
    program.chmod(0o755)
    monkeypatch.setattr(toolchain, "PATIENCE", 0.1)
    question = toolchain.Question(["cargo", "metadata"], tmp_path, {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    started = time.monotonic()
    assert question.answer() == (0, "", "")
    assert time.monotonic() - started < 5
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == (
        f"pyo3-features-backend: still waiting for `cargo metadata` (process {question.process.pid}); "
        "try to run it by hand"
    )
    assert len(lines) <= 2  # not a line for each moment


def test_it_waits_for_a_tool_no_more_than_15_seconds_in_silence() -> None:
    assert toolchain.PATIENCE <= 15
