"""A hook of a delegate is called, and what it does wrong is one message that names the delegate."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from pyo3_features_backend.delegates import calls
from pyo3_features_backend.errors import DelegateError, ProjectError

HINT = "this is a bug in the installed maturin: install another release, or report it to maturin"


def failed() -> DelegateError:
    return DelegateError("maturin could not build")


def raises(error: BaseException) -> object:
    def hook() -> object:
        raise error

    return calls.call(hook, (), "maturin", failed)


def test_the_hook_gets_its_arguments_and_its_answer_is_given_back() -> None:
    module = ModuleType("maturin")
    module.build_wheel = lambda folder, settings: (folder, settings)  # type: ignore[attr-defined]
    hook = calls.found_hook(module, "maturin", "build_wheel")
    assert calls.call(hook, ("dist", None), "maturin", failed) == ("dist", None)
    with pytest.raises(DelegateError, match="maturin has no hook build_sdist") as caught:
        calls.found_hook(module, "maturin", "build_sdist")
    assert caught.value.hint == HINT


def test_an_exit_is_a_failed_build_and_an_error_of_ours_goes_on() -> None:
    with pytest.raises(DelegateError, match="maturin could not build"):
        raises(SystemExit(0))
    with pytest.raises(ProjectError, match="ours"):
        raises(ProjectError("ours"))
    with pytest.raises(KeyboardInterrupt):
        raises(KeyboardInterrupt())


def test_what_it_raises_is_named_below_its_own_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DelegateError) as caught:
        raises(KeyError("x"))
    assert caught.value.message == "maturin raised KeyError: 'x'"
    said = capsys.readouterr().err
    assert "in hook" in said and said.endswith("KeyError: 'x'\n")
    assert "in call\n" not in said


def archive(folder: Path, name: str, *members: str) -> None:
    with zipfile.ZipFile(folder / name, "w") as file:
        for member in members:
            file.writestr(member, "")


def test_a_result_is_believed_if_it_is_what_the_hook_makes(tmp_path: Path) -> None:
    archive(tmp_path, "a-1.whl", "a-1.dist-info/WHEEL")
    with tarfile.open(tmp_path / "a-1.tar.gz", "w:gz") as file:
        file.addfile(tarfile.TarInfo("x"), io.BytesIO())
    (tmp_path / "a-1.dist-info").mkdir()
    (tmp_path / "a-1.dist-info" / "METADATA").write_text("x")
    for hook, name in (
        ("build_wheel", "a-1.whl"),
        ("build_editable", "a-1.whl"),
        ("build_sdist", "a-1.tar.gz"),
        ("prepare_metadata_for_build_wheel", "a-1.dist-info"),
    ):
        assert calls.result(name, tmp_path, hook, "maturin") == name


@pytest.mark.parametrize(
    ("returned", "hook", "said"),
    [
        (None, "build_wheel", "returned None from build_wheel, not the name of a wheel"),
        ("a.tar.gz", "build_wheel", "returned 'a.tar.gz' from build_wheel, which is not the name of a wheel"),
        ("../a.whl", "build_wheel", "returned '../a.whl' from build_wheel, which is not the name of a wheel"),
        ("a\0.whl", "build_wheel", "which is not the name of a wheel"),
        ("gone.whl", "build_wheel", "says that it made gone.whl, but it made bare.dist-info, junk.tar.gz, junk.whl"),
        ("junk.whl", "build_editable", "made junk.whl, which is not a readable zip archive"),
        ("none.whl", "build_wheel", "made none.whl with no .dist-info/WHEEL"),
        ("two.whl", "build_wheel", "made two.whl with 2 .dist-info/WHEEL"),
        ("junk.tar.gz", "build_sdist", "made junk.tar.gz, which is not a tar archive"),
        ("bare.dist-info", "prepare_metadata_for_build_wheel", "made bare.dist-info without METADATA"),
    ],
)
def test_a_result_that_is_none_is_named(tmp_path: Path, returned: object, hook: str, said: str) -> None:
    for name in ("junk.whl", "junk.tar.gz"):
        (tmp_path / name).write_text("junk")
    archive(tmp_path, "none.whl", "a.py")
    archive(tmp_path, "two.whl", "a.dist-info/WHEEL", "b.dist-info/WHEEL")
    (tmp_path / "bare.dist-info").mkdir()
    with pytest.raises(DelegateError) as caught:
        calls.result(returned, tmp_path, hook, "maturin")
    assert said in caught.value.message and caught.value.message.startswith("maturin ")
    assert caught.value.hint == HINT
