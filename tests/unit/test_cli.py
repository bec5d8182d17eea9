"""What holds for every verb of the command: its help, ``-C``, wrong use, and a folder that holds no project."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyo3_features_backend import cli
from pyo3_features_backend.cli.common import Parser
from support.examples import ROOT
from support.terminals import rest
from support.verbs import as_user

# What a verb that does not answer without it is called with, and those that say something without a project too.
ARGUMENTS = {"new": ["hello"], "cargo": ["test"], "audit": ["--plan", __file__], "completion": ["bash"]}
NO_PROJECT = ("cache", "completion", "config", "help", "new")
NEEDED = {"init": "Cargo.toml"}  # and pyproject.toml by all others


def run(
    *words: str, cwd: Path | None = None, columns: int = 80, cache: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command with so many columns, and perhaps with a compile cache of its own."""
    own = {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(cache)} if cache else {}
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": str(columns), **own},
    )


def told(result: subprocess.CompletedProcess[str], status: int) -> str:
    """The one message of a call that failed with ``status``: our own, at the end, with a line of help."""
    assert (result.returncode, result.stdout) == (status, "")
    assert re.search(r"^error: .+\n  help: .+\n\Z", result.stderr, re.MULTILINE), result.stderr
    assert result.stderr.count("error:") == 1
    return result.stderr


def called() -> Iterator[tuple[str, str]]:
    """Each verb and each action of one, with the last lines of its help: ``("config show", "example: ...")``."""
    for verb in cli.VERBS:
        module = importlib.import_module(f"pyo3_features_backend.cli.{verb}")
        yield verb, f"example: {module.EXAMPLE}"
        parser = Parser()
        module.add_arguments(parser)
        for inner in parser._actions:
            if isinstance(inner, argparse._SubParsersAction):
                yield from ((f"{verb} {name}", action.epilog) for name, action in inner.choices.items())


@pytest.mark.parametrize(("words", "example"), list(called()))
def test_the_help_of_each_verb_and_action_says_what_it_does_with_an_example_and_has_a_folder(
    words: str, example: str
) -> None:
    assert example.startswith("example: ")
    assert f"pyo3-features {words.split()[0]}" in example
    result = run(*words.split(), "--help")
    assert result.returncode == 0, result.stderr
    usage, description, *_ = result.stdout.split("\n\n")
    assert usage.startswith(f"usage: pyo3-features {words} ")
    assert re.fullmatch(r"[A-Z].*\.", description, re.DOTALL), "the description is a sentence"
    assert re.search(r"^  -C DIR +the project's folder", result.stdout, re.MULTILINE)
    # However narrow the terminal: an example can be copied.
    assert run(*words.split(), "--help", columns=40).stdout.endswith(f"\n\n{example}\n")


def test_the_page_of_the_verbs_is_made_of_their_parsers(tmp_path: Path) -> None:
    def compare(root: Path) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, str(root / "tools" / "verbs_reference.py"), "--check"]
        return subprocess.run(words, capture_output=True, encoding="utf-8", check=False)

    result = compare(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    for file in ("tools/generated.py", "tools/verbs_reference.py", "docs/verbs.md"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    page = tmp_path / "docs" / "verbs.md"
    page.write_text(page.read_text(encoding="utf-8").replace("| `--target TRIPLE` |", "| `--tgt` |"), encoding="utf-8")
    stale = compare(tmp_path)
    assert stale.returncode == 1
    assert "-| `--tgt` | the rustc target to cross-compile for |" in stale.stdout


@pytest.mark.parametrize("verb", cli.VERBS)
def test_each_verb_tells_of_a_folder_without_a_project_or_of_none(verb: str, tmp_path: Path) -> None:
    words = [verb, "-C", str(tmp_path), *ARGUMENTS.get(verb, [])]
    result = run(*words)
    assert "Traceback" not in result.stderr
    if verb in NO_PROJECT:
        assert result.returncode == 0, result.stderr
    else:
        assert f"there is no {NEEDED.get(verb, 'pyproject.toml')} in {tmp_path}" in told(result, 1)
    words[2] = str(tmp_path / "none")
    assert f"-C {tmp_path / 'none'}: there is no such folder" in told(run(*words), 2)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("-C", "locked", "explain"), 1, "locked/pyproject.toml: Permission denied"),
        (("-C", "locked", "init"), 1, "locked/setup.py: Permission denied"),
        (("new", "locked/new"), 1, "locked/Cargo.toml: Permission denied"),
        (("-C", "locked/x", "explain"), 2, "-C locked/x: there is no such folder"),
        (("-C", "x" * 300, "explain"), 2, "xx: there is no such folder"),
    ],
)
def test_a_folder_that_cannot_be_searched_is_one_message(
    words: tuple[str, ...], status: int, message: str, tmp_path: Path
) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    command = as_user([sys.executable, "-m", "pyo3_features_backend", *words])
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == status
    # From Python 3.14 on, pathlib takes such a file for one that is not there.
    assert message in done.stderr or sys.version_info >= (3, 14)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error") == 1


def test_each_verb_is_in_the_help_with_what_it_does_and_none_is_forgotten() -> None:
    result = run("--help")
    for verb, text in cli.VERBS.items():
        assert f"{verb} {text.help}" in " ".join(result.stdout.split())
    modules = {file.stem for file in Path(cli.__file__).parent.glob("*.py")} - {"__init__", "common"}
    assert modules == set(cli.VERBS)
    assert {*ARGUMENTS, *NO_PROJECT, *NEEDED} <= modules, "a case of these tests is of no verb"


def test_without_a_verb_the_help_is_shown_as_wrong_use() -> None:
    for words in ([], ["-C", "."]):
        result = run(*words)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr == run("--help").stdout


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["exlain"], "unknown verb 'exlain'", "did you mean 'explain'?"),
        (["-C", "explain", "chek"], "unknown verb 'chek'", "did you mean"),
        (["zzz"], "unknown verb 'zzz'", "known: new, init, explain, "),
        (["explain", "--jsno"], "unknown argument: --jsno", "see `pyo3-features explain --help`"),
        (
            ["explain", "--js"],
            "unknown argument: --js",
            "see `pyo3-features explain --help`",
        ),  # not a short form of --json
        (["--verson"], "unknown argument: --verson", "see `pyo3-features --help`"),
        (["cache", "inof"], "invalid choice: 'inof'", "see `pyo3-features cache --help`"),
        (["config", "write"], "the following arguments are required: FILE", "see `pyo3-features config write --help`"),
    ],
)
def test_wrong_use_is_one_message_with_a_way_out(words: list[str], message: str, hint: str) -> None:
    result = told(run(*words), 2)
    assert message in result
    assert hint in result


def test_the_folder_may_be_named_before_the_verb_or_after_its_action(tmp_path: Path) -> None:
    for words in (["-C", str(tmp_path), "explain"], [f"-C{tmp_path}", "explain"], ["explain", "-C", str(tmp_path)]):
        assert f"there is no pyproject.toml in {tmp_path}" in told(run(*words), 1)
    for words in (["-C", "/none", "cache"], ["cache", "-C", "/none"], ["cache", "info", "-C", "/none"]):
        assert "-C /none: there is no such folder" in told(run(*words), 2)


def test_the_options_of_every_verb_may_stand_before_it_or_after_its_action(tmp_path: Path) -> None:
    words = ["-C", str(tmp_path)]
    coloured = "\x1b[1;31merror:\x1b[0m there is no pyproject.toml in"
    for called in (
        ["--color", "always", "explain"],
        ["explain", "--color=always"],
        ["-q", "-v", "explain", "--color=always"],
    ):
        assert run(*called, *words).stderr.splitlines()[0].startswith(coloured)
    assert run("cache", "--color", "always", "info", "-q", *words).returncode == 0
    assert run("--color", "always", "explain", "--jsno").stderr.startswith("\x1b[1;31merror:\x1b[0m unknown")
    assert "invalid choice: 'red'" in told(run("explain", "--color", "red"), 2)


def test_the_version_has_a_short_option() -> None:
    assert run("-V").stdout == run("--version").stdout
    assert re.fullmatch(r"pyo3-features-backend \d\S*\n", run("-V").stdout)


def test_a_pipe_gets_the_same_whatever_the_terminal(tmp_path: Path) -> None:
    wide = run("explain", "-C", str(tmp_path), columns=300)
    assert run("explain", "-C", str(tmp_path), columns=20).stderr == wide.stderr
    assert wide.stderr.count("\n") == 2


@pytest.mark.skipif(os.name != "posix", reason="it needs a pseudo-terminal")
@pytest.mark.parametrize(("columns", "colour"), [(40, "1"), (200, "")])
def test_a_terminal_gets_lines_of_its_width_in_colours(tmp_path: Path, columns: int, colour: str) -> None:
    import fcntl
    import pty
    import struct
    import termios

    (tmp_path / "pyproject.toml").write_text("[project\n")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    unset = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")
    environ = {name: value for name, value in os.environ.items() if name not in unset}
    words = [sys.executable, "-m", "pyo3_features_backend", "explain", "-C", str(tmp_path)]
    status = subprocess.run(
        words,
        stdout=theirs,
        stderr=theirs,
        check=False,
        env={**environ, "TERM": "xterm", "NO_COLOR": "" if colour else "1"},
    ).returncode
    os.close(theirs)
    text = rest(ours).decode().replace("\r\n", "\n")
    assert status == 1
    assert text.startswith("\x1b[1;31merror:\x1b[0m " if colour else "error: pyproject.toml:1: not valid TOML")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= columns
    assert (len(plain.splitlines()) > 2) == (columns == 40)


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "--json"],
        ["check", "--json"],
        ["matrix", "--json"],
        ["matrix", "--format", "json"],
        ["env", "--json"],
        ["args", "--json"],
        ["probe", "--json"],
        ["audit", "--plan", "--json", "."],
    ],
)
def test_who_asks_for_json_gets_the_error_as_an_object_too(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "x-1-py3-none-any.whl").write_text("")
    result = run(*words, cwd=tmp_path)
    assert f"error: there is no pyproject.toml in {tmp_path}\n  help: " in result.stderr
    hint = result.stderr.partition("  help: ")[2].strip()
    problem = {"code": "", "severity": "error", "message": f"there is no pyproject.toml in {tmp_path}"}
    assert json.loads(result.stdout) == {"problems": [{**problem, "file": None, "line": None, "hint": hint}]}
    assert result.returncode == 1


def test_a_verb_with_actions_has_one_that_needs_nothing(tmp_path: Path) -> None:
    # Not the user's own cache, into which other builds may write.
    own = tmp_path / "cache"
    assert run("cache", cwd=tmp_path, cache=own).stdout == run("cache", "info", cwd=tmp_path, cache=own).stdout
    assert run("config", cwd=tmp_path).stdout == run("config", "show", cwd=tmp_path).stdout
