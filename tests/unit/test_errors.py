"""How a message looks, and what of an exception leaves a hook."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pyo3_features_backend.errors import BackendError, Place, ProjectError, Stopped, boundary, closest, refused, render


def test_a_message_has_its_place_and_a_line_of_help_where_they_are_known() -> None:
    assert render("warning", "so it is") == "pyo3-features-backend: warning: so it is"
    assert render("error", "so it is", Place("Cargo.toml"), "do this") == (
        "pyo3-features-backend: error: Cargo.toml: so it is\n  help: do this"
    )
    assert (
        str(render("warning", "so", None, "do", "PFB272")) == "pyo3-features-backend: warning[PFB272]: so\n  help: do"
    )
    error = ProjectError("so it is", place=Place("Cargo.toml", 7), hint="do this")
    assert str(error) == "pyo3-features-backend: error: Cargo.toml:7: so it is\n  help: do this"


def test_an_error_of_the_user_is_its_message_and_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    @boundary
    def hook(name: str) -> str:
        raise BackendError(f"{name} is wrong", hint="do this")

    with pytest.raises(SystemExit) as ended:
        hook("it")
    assert ended.value.code == 1
    assert ended.value.__suppress_context__
    assert tuple(capsys.readouterr()) == ("", "pyo3-features-backend: error: it is wrong\n  help: do this\n")


@pytest.mark.parametrize("raised", [Stopped, KeyboardInterrupt])
def test_an_interrupted_build_says_so_in_one_line(
    raised: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    @boundary
    def hook() -> str:
        raise raised

    with pytest.raises(SystemExit) as ended:
        hook()
    assert ended.value.code == 130  # 128 and the number of SIGINT, as shells have it
    assert capsys.readouterr().err == "pyo3-features-backend: interrupted\n"


def test_any_other_error_keeps_its_traceback_and_is_told_to_be_ours(capsys: pytest.CaptureFixture[str]) -> None:
    @boundary
    def hook() -> str:
        raise KeyError("x")

    with pytest.raises(KeyError):
        hook()
    assert "internal error; the traceback follows" in capsys.readouterr().err
    assert boundary(lambda: "result")() == "result"


def test_what_the_file_system_refuses_is_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = tmp_path / ("x" * 300)
    with pytest.raises(SystemExit) as ended:
        boundary(lambda: long.read_bytes())()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"pyo3-features-backend: error: {long}: File name too long\n  help: ")
    assert refused(PermissionError(errno.EACCES, "Permission denied", b"x")) is not None
    assert refused(OSError(errno.EACCES, "no file")) is None
    assert refused(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
    assert refused(KeyError("x")) is None


def test_the_nearest_names_come_first_and_no_more_than_asked() -> None:
    known = ["serde", "hashbrown", "seed", "macros"]
    assert closest("serd", known) == ["serde"]
    assert closest("serd", known, 3) == ["serde", "seed"]
    assert closest("xyz", known, 3) == []
