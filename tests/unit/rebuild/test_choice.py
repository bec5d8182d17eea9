"""Which compiles share a place, what it is called, and what is chosen after another build was waited for."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from pyo3_features_backend.errors import Stopped
from pyo3_features_backend.model.graph import Graph
from pyo3_features_backend.rebuild import choice, engine, lock
from pyo3_features_backend.rebuild.place import Compile, read_state
from pyo3_features_backend.rebuild.request import Build, Python
from pyo3_features_backend.rebuild.session import Session
from support.files import put

Own = tuple[tuple[str, "str | None"], ...]


def compile_(workspace: Path, name: str = "p", own: Own = ()) -> Compile:
    folder = workspace / "target"
    graph = Graph(workspace / "Cargo.toml", workspace, folder, folder, (), (name,), (), "", (), ())
    return Compile(graph, {}, (), ("release",), frozenset([name]), own=own)


def build(root: Path, *compiles: Compile) -> Build:
    return Build(root, "p", "off", {"PATH": "/bin"}, "rustc", (), Python("abi3", ""), compiles, print)


def names(asked: Build) -> list[str]:
    """The names of the places, in the order of their compiles."""
    with ExitStack() as stack:
        held, _ = choice.hold(stack, asked, None)
        chosen = sorted(held, key=lambda pair: pair[0].numbers)
        assert all(place.folder == each.holder / each.name for each, place in chosen)
        return [each.name for each, _ in chosen]


def test_compiles_of_one_workspace_with_one_environment_share_a_place(tmp_path: Path) -> None:
    asked = build(tmp_path, compile_(tmp_path, "a"), compile_(tmp_path, "b"))
    (name,) = names(asked)
    assert name.startswith("abi3-") and names(asked) == [name]


def test_workspaces_of_one_project_and_projects_of_one_workspace_have_their_own(tmp_path: Path) -> None:
    shared = [names(build(tmp_path / member, compile_(tmp_path))) for member in ("a", "b")]
    several = names(build(tmp_path, compile_(tmp_path / "c"), compile_(tmp_path / "d")))
    assert len({*shared[0], *shared[1], *several}) == 4


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((("A", "1"),), (("A", "2"),), False),
        ((("A", "1"),), (("A", "1"), ("SHELL_SAYS", None)), True),  # it does not get what the shell has
        ((("A", "PROJECT/x"),), (("A", "PROJECT/y"),), False),
    ],
)
def test_what_a_call_gets_by_itself_is_part_of_the_name(first: Own, second: Own, same: bool, tmp_path: Path) -> None:
    def named(own: Own, root: Path) -> list[str]:
        given = tuple((name, value and value.replace("PROJECT", str(root))) for name, value in own)
        return names(build(root, compile_(root, own=given)))

    assert (named(first, tmp_path / "a") == named(second, tmp_path / "a")) is same
    assert named(first, tmp_path / "a") == named(first, tmp_path / "b")  # the project's folder has a constant name


def test_compiles_that_differ_in_what_they_do_not_get_have_a_place_each(tmp_path: Path) -> None:
    asked = build(tmp_path, *(compile_(tmp_path, own=own) for own in ((), (("A", None),), (("B", None),))))
    found = names(asked)
    assert len(set(found)) == 3 and names(asked) == found
    assert all(name.startswith("abi3-") for name in found)


@pytest.mark.parametrize("changed", [True, False])
def test_after_waiting_it_chooses_by_what_is_there_then(
    changed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "_WAIT", 0)
    asked = build(tmp_path, compile_(tmp_path))
    (before,) = names(asked)
    said: list[str] = []
    with ExitStack() as other:

        def report(text: str) -> None:
            said.append(text)
            if changed:
                put(tmp_path / ".cargo/config.toml", '[env]\nA = "1"\n')
            other.close()

        holder = tmp_path / "target/pyo3-features-backend"
        other.enter_context(lock.locked(holder / f"{before}.lock"))
        found = names(asked._replace(report=report))
    assert said == [f"waiting for another build in {holder}"]
    assert (found != [before]) is changed
    with lock.locked(holder / f"{before}.lock") as free:
        assert free


def test_a_target_folder_that_is_removed_while_it_is_waited_for_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "_WAIT", 0)
    asked = build(tmp_path, compile_(tmp_path))
    (before,) = names(asked)
    with ExitStack() as other:

        def report(text: str) -> None:
            shutil.rmtree(tmp_path / "target")
            other.close()

        other.enter_context(lock.locked(tmp_path / "target/pyo3-features-backend" / f"{before}.lock"))
        assert names(asked._replace(report=report)) == [before]
    assert (tmp_path / "target/pyo3-features-backend" / before / "state.json").is_file()


def test_an_interrupt_while_the_result_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the project's own crates are compiled again, as after an interrupt at any other time."""

    def finish(self: Session) -> bool:
        raise Stopped

    monkeypatch.setattr(Session, "finish", finish)
    asked = build(tmp_path, compile_(tmp_path))
    with pytest.raises(Stopped), engine.compiling(asked, engine.CacheDisk()):
        pass
    (state,) = (tmp_path / "target").glob("*/*/state.json")
    assert read_state(state.parent).ended == "badly"
