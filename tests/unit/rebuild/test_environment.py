"""Which variables and packages count for a project's own crates."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import content, environment
from support.files import put


class Compared:
    """The digests of some variables, which are equal if the engine takes the variables for the same."""

    def __init__(self, variables: Mapping[str, str], folders: Sequence[Path]) -> None:
        self.text = " ".join(environment.digests(variables, folders, content.Digests()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compared) and environment.is_same(self.text, other.text)

    __hash__ = None  # type: ignore[assignment]


def test_every_variable_counts_but_those_of_front_ends_and_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(**variables: str) -> Compared:
        return Compared(variables, [tmp_path])

    assert digest(ANYTHING="1") != digest(ANYTHING="2") != digest()
    for name in ("PWD", "VIRTUAL_ENV", "PIP_BUILD_TRACKER", "UV_INTERNAL", "TOX_ENV_NAME", "SSH_TTY", "PYTHONHASHSEED"):
        assert digest(**{name: "1"}) == digest(**{name: "2"}) == digest()
    for name in (
        "_PYENV_INSTALL_PREFIX",
        "ZELLIJ_PANE_ID",
        "GNOME_TERMINAL_SERVICE",
        "SESSION_MANAGER",
        "MEMORY_PRESSURE_WATCH",
    ):
        assert digest(**{name: "1"}) == digest(**{name: "2"}) == digest()
    file = tmp_path / "flags.txt"
    file.write_text("1")
    named = [digest(OPTIONS=f"--from={file}")]
    file.write_text("2")
    named.append(digest(OPTIONS=f"--from={file}"))
    assert named[0] != named[1]
    # The folder of the environment is another one for each build.
    before = digest(PATH=f"{sys.prefix}/bin:/opt")
    monkeypatch.setattr(sys, "prefix", "/another/environment")
    assert digest(PATH="/another/environment/bin:/opt") == before != digest(PATH="/another/environment/bin")


def test_the_packages_of_the_environment_are_known_by_name_and_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site-packages"
    (folder / "helper-1.0.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(folder), str(tmp_path)])
    digests = [environment.packages()]
    (folder / "helper-1.0.dist-info").rename(folder / "helper-2.0.dist-info")
    digests.append(environment.packages())
    for text in ("N = 1", "N = 2"):
        put(folder / "single.py", text)
        digests.append(environment.packages())
    assert len(set(digests)) == 4


def test_a_variable_that_moves_from_the_environment_to_the_python_beneath_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "python"))
    digests = [
        Compared({"SHARE": f"{folder}/share"}, [tmp_path / "project"]) for folder in (sys.prefix, sys.base_prefix)
    ]
    assert digests[0] != digests[1]


@pytest.mark.parametrize("value", ["{name}", "@{name}", "-T{name}", "-C @{name}", "a,{name};b", "{filler} {name}"])
@pytest.mark.parametrize("name", ["VERSION", "words.txt", "deep/words", "./VERSION"])
@pytest.mark.parametrize("place", ["project", "package", "absolute"])
def test_a_file_counts_that_a_value_names(tmp_path: Path, value: str, name: str, place: str) -> None:
    folders = [tmp_path / "project", tmp_path / "package"]
    for folder in folders:
        folder.mkdir()
    file = folders[place == "package"] / name
    given = str(file) if place == "absolute" else name
    text = value.format(name=given, filler="word " * 2000)
    assert list(environment.Named(folders).files(text)) == []
    put(file, "1")
    found = list(environment.Named(folders).files(text))
    assert [Path(path).resolve() for path in found] == [file.resolve()]
    before = Compared({"ANY": text}, folders)
    put(file, "2")
    assert Compared({"ANY": text}, folders) != before


def test_what_lies_beside_an_environment_is_not_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Front ends make environments in the temporary folder, where a script can have files of its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    digests: list[list[Compared]] = []
    for number in (1, 2):
        run = tmp_path / f"run{number}"
        monkeypatch.setattr(sys, "prefix", str(run / "venv"))
        found = ["site", "overlay/lib/python3.13/site-packages", "normal/lib/python3.13/site-packages", "tools"]
        monkeypatch.setattr(sys, "path", [str(run / name) for name in found])
        same = [f"{run}/{name}" for name in ("venv/bin", "overlay/bin", "normal/bin", "site")]
        others = [f"{run}/model", f"{run}/tools"]
        digests += [[Compared({"ANY": value}, [tmp_path]) for value in values] for values in (same, others)]
    first, third, second, fourth = digests
    assert first == second and [first.index(one) for one in first] == list(range(len(first)))
    assert not any(one in fourth for one in third)


def test_what_the_user_names_in_an_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without build isolation, the environment is the user's, who can have several with the same packages."""
    digests = []
    for name in ("a", "b"):
        monkeypatch.setattr(sys, "prefix", str(tmp_path / name))
        values = [f"{tmp_path}/{name}/bin:/usr/bin", f"{tmp_path}/{name}/share", f"-L{tmp_path}/{name}/lib"]
        digests.append([Compared({"ANY": value}, [tmp_path / "p"]) for value in values])
    assert [first == second for first, second in zip(*digests)] == [True, False, False]


def test_what_is_no_path_on_sys_path_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """setup.py can put anything there, and Python ignores it."""
    odd: list[object] = [tmp_path, b"/bytes", None, 7, "", "relative", "/x\0y", "/x\ud800y", str(tmp_path)]
    monkeypatch.setattr(sys, "path", odd)
    assert environment.import_paths() == ["/x\0y", "/x\ud800y", str(tmp_path)]
    assert Compared({"ANY": "1"}, [tmp_path]).text and environment.packages()


@pytest.mark.parametrize("name", ["HISTFILE", "MYSQL_HISTFILE", "PYTHON_HISTORY"])
def test_what_a_person_has_typed_does_not_count(name: str, tmp_path: Path) -> None:
    file = tmp_path / "history"
    digests = []
    for text in ("ls", "ls; cd"):
        file.write_text(text)
        digests.append(Compared({name: str(file)}, [tmp_path]))
    assert digests[0] == digests[1]


def test_the_folder_of_each_python_counts_as_one_and_one_folder_in_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system's Python is in /usr, and so is much else."""
    path = "/usr/local/bin:/usr/bin"
    pythons = ("/opt/python3.12", "/usr", "/opt/python3.13")
    fixed, own = [], []
    for python in pythons:
        monkeypatch.setattr(sys, "base_prefix", python)
        fixed.append(Compared({"PATH": path}, [tmp_path]))
        own.append(Compared({"PATH": f"{python}/bin:/sbin", "LIBRARIES": f"{python}/lib"}, [tmp_path]))
    assert fixed == [fixed[0]] * 3 and own == [own[0]] * 3
    assert Compared({"PATH": "/opt/python3.12/bin"}, [tmp_path]) != Compared({"PATH": "/usr/bin"}, [tmp_path])
    assert not environment.is_same("", fixed[0].text) and not environment.is_same("", "")
