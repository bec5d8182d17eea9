"""What builds through both delegates share: errors of a plan, old files, and lock files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.build import steps, survey
from pyo3_features_backend.build.compiler_output import Output
from pyo3_features_backend.build.gather import Facts
from pyo3_features_backend.errors import DelegateError, PlanError
from pyo3_features_backend.model.graph import Script
from pyo3_features_backend.model.problem import Problem
from pyo3_features_backend.model.words import Abi, Severity
from support.examples import EXAMPLES

WARNING = Problem("PFB141", Severity.WARNING, "a warning")
ERROR = Problem("PFB140", Severity.ERROR, "an error", None, "do this")


@pytest.fixture(scope="module")
def facts() -> Facts:
    found = survey.facts_of(EXAMPLES / "hello", None)
    plan = found.plan._replace(abi=Abi.ABI3, floor=(3, 9), wheel=("cp39", "abi3"), features=("pyo3/abi3-py39",))
    target = found.target._replace(suffixes=(".cpython-312-x.so", ".abi3.so", ".so"))
    return found._replace(target=target, plan=plan._replace(reason="so", problems=()))


def test_the_first_error_stops_and_warnings_are_said_before(facts: Facts, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = facts._replace(plan=facts.plan._replace(problems=(WARNING, ERROR, WARNING)), warnings=(WARNING,))
    with pytest.raises(PlanError) as caught:
        steps.stop_on_errors(wrong, quiet=False)
    assert (caught.value.message, caught.value.hint, caught.value.code) == ("an error", "do this", "PFB140")
    assert capsys.readouterr().err == "pyo3-features-backend: warning[PFB141]: a warning\n" * 2
    with pytest.raises(PlanError):
        steps.stop_on_errors(wrong, quiet=True)
    steps.stop_on_errors(wrong._replace(plan=facts.plan._replace(problems=(WARNING,))), quiet=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("old", "abi", "stops"),
    [
        ("native.cpython-312-x.so", Abi.ABI3, True),
        ("native.abi3.so", Abi.ABI3, False),  # the new one replaces it
        ("native.so", Abi.ABI3, False),  # Python comes to it later
        ("other.cpython-312-x.so", Abi.ABI3, False),
        ("native.cpython-312-x.so", Abi.VERSION_SPECIFIC, False),
    ],
)
def test_an_older_file_that_python_would_import_first_is_an_error(
    old: str, abi: Abi, stops: bool, facts: Facts, tmp_path: Path
) -> None:
    (tmp_path / old).touch()
    planned = facts._replace(plan=facts.plan._replace(abi=abi))
    if stops:
        with pytest.raises(DelegateError, match="is an older build of native") as caught:
            steps.check_stale_extension(planned, tmp_path / "native")
        assert str(tmp_path / old) in str(caught.value.hint)
    else:
        steps.check_stale_extension(planned, tmp_path / "native")
    steps.check_stale_extension(planned._replace(plan=facts.plan._replace(wheel=None)), tmp_path / "native")
    steps.check_stale_extension(planned, None)


NEW = (".cpython-315-x.so", ".abi3-x.so", ".abi3.so", ".abi3t-x.so", ".abi3t.so", ".so")


@pytest.mark.parametrize(
    ("abi", "suffixes", "first"),
    [
        (Abi.ABI3, NEW, 2),
        (Abi.ABI3T, NEW, 3),
        (Abi.VERSION_SPECIFIC, NEW, 0),
        (Abi.ABI3, (".cp312-win_amd64.pyd", ".pyd"), 1),  # .pyd is the new file's own
    ],
)
def test_what_python_tries_before_the_new_file_is_stale(
    abi: Abi, suffixes: tuple[str, ...], first: int, facts: Facts, tmp_path: Path
) -> None:
    target = facts.target._replace(suffixes=suffixes, system="win32" if ".pyd" in suffixes else "linux")
    planned = facts._replace(plan=facts.plan._replace(abi=abi), target=target)
    stopped = []
    for suffix in suffixes:
        (tmp_path / f"native{suffix}").touch()
        try:
            steps.check_stale_extension(planned, tmp_path / "native")
        except DelegateError:
            stopped.append(suffix)
        (tmp_path / f"native{suffix}").unlink()
    assert stopped == list(suffixes[:first])


def test_a_failed_compile_is_blamed_on_the_floor_only_if_there_is_one_and_the_compiler_says_so(facts: Facts) -> None:
    said = Output()
    said.add(b"error[E0609]: no field `tp_name` on type `pyo3_ffi::PyTypeObject`")
    error = steps.compile_error(facts, "maturin", said)
    assert error.message == (
        "maturin could not build cp39-abi3: the code needs more than the limited API of Python 3.9 (so)"
    )
    assert "`pyo3-features probe`" in str(error.hint)
    other = Output()
    other.add(b"error[E0425]: cannot find value `x` in this scope")
    assert steps.compile_error(facts, "maturin", other).message == "maturin could not build cp39-abi3"
    own = facts.plan._replace(floor=None, wheel=("cp312", "cp312"), features=())
    error = steps.compile_error(facts._replace(plan=own), "maturin", said)
    assert (error.message, error.hint) == (
        "maturin could not build cp312-cp312",
        "see the output of maturin and cargo above",
    )
    foreign = steps.compile_error(facts._replace(plan=own._replace(wheel=None)), "x")
    assert foreign.message == "x could not build the wheel of hello-pyo3"


def test_lock_files_are_as_they_were_whatever_happens(tmp_path: Path) -> None:
    crate = tmp_path / "workspace" / "crate"
    crate.mkdir(parents=True)
    above, beside = tmp_path / "workspace" / "Cargo.lock", crate / "Cargo.lock"
    above.write_text("old")
    with pytest.raises(KeyError), steps.preserve_lock_files([crate / "Cargo.toml"]):
        above.write_text("new")
        beside.write_text("new")
        raise KeyError
    assert above.read_text() == "old"
    assert not beside.exists()
    before = above.stat().st_mtime_ns
    with steps.preserve_lock_files([crate / "Cargo.toml"]):
        pass
    assert above.stat().st_mtime_ns == before


def test_one_compile_serves_every_python_only_where_nothing_sees_which_it_is(
    facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYO3_CONFIG_FILE", raising=False)
    (extension,) = facts.extensions
    crate = extension.crate
    assert crate and crate.graph and crate.pyo3
    planned = facts._replace(extensions=(extension._replace(plan=facts.plan),))

    def kind(found: Facts) -> str:
        return steps.python_for_compile(found, programs=False)[0]

    assert kind(planned) == "abi3"
    own = facts.target.wheel_tag[1].lower()
    (tmp_path / "build.rs").write_text('fn main() { std::process::Command::new("python3"); }')
    script = Script("hello", "build-script", tmp_path / "build.rs", True)
    seeing = crate._replace(graph=crate.graph._replace(scripts=(script,)))
    assert kind(planned._replace(extensions=(extension._replace(crate=seeing, plan=facts.plan),))) == own
    assert kind(planned._replace(triple="aarch64-unknown-linux-gnu")) == own
    other = facts.plan._replace(abi=Abi.VERSION_SPECIFIC)
    assert kind(planned._replace(extensions=(extension._replace(plan=other),))) == own
    without = crate._replace(pyo3=None)
    assert kind(planned._replace(extensions=(extension._replace(crate=without),))) == "any"


def test_a_lock_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    manifests = [tmp_path / name / "Cargo.toml" for name in ("whole", "new", "loop", "folder")]
    for manifest in manifests:
        manifest.parent.mkdir()
    whole, new, loop, folder = (manifest.parent / "Cargo.lock" for manifest in manifests)
    (tmp_path / "whole.lock").write_text("as it was")
    whole.symlink_to("../whole.lock")
    new.symlink_to("../new.lock")
    loop.symlink_to("Cargo.lock")
    folder.mkdir()
    with steps.preserve_lock_files(manifests):
        whole.write_text("changed")
        new.write_text("made")
    assert (tmp_path / "whole.lock").read_text() == "as it was"
    assert not (tmp_path / "new.lock").exists()
    assert all(path.is_symlink() for path in (whole, new, loop))
    assert folder.is_dir()
