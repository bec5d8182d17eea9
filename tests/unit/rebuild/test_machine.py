"""What of the machine counts for published crates: variables, compilers and linkers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import content, machine
from support.files import put


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CFLAGS", True),
        ("CFLAGS_x86_64-unknown-linux-gnu", True),
        ("HOST_CC", True),
        ("OPENSSL_DIR", True),
        ("CARGO_PROFILE_RELEASE_LTO", True),
        ("RUSTFLAGS", True),
        ("CARGO_TARGET_DIR", False),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", True),
        ("CARGO_HOME", False),
        ("PIP_CACHE_DIR", False),
        ("KITTY_INSTALLATION_DIR", False),
        ("DIRENV_DIR", False),
        ("TERMINFO_DIRS", False),
        ("_PYENV_INSTALL_PREFIX", False),
        ("PYTHONPATH", False),
        ("ANYTHING", False),
    ],
)
def test_which_variables_published_crates_can_see(name: str, expected: bool) -> None:
    assert machine.counts(name) is expected


def test_a_linker_counts_by_content_wherever_it_is_named(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "mywrap"
    put(program, "#!/bin/sh\n")
    program.chmod(0o755)
    project = tmp_path / "project"
    put(project / "settings" / "extra.toml", '[target.x]\nlinker = "mywrap"\n')
    put(project / "relative" / "extra.toml", '[target.x]\nlinker = "tools/link"\n')
    put(project / "tools" / "link", "1")
    path = {"PATH": str(program.parent)}

    def digests() -> list[str]:
        inline = 'target.x.rustflags = ["-C", "linker=mywrap"]'
        given: list[tuple[dict[str, str], list[str]]] = [
            ({"RUSTFLAGS": "-Clinker=mywrap"}, []),
            ({"CARGO_ENCODED_RUSTFLAGS": "-C\x1flinker=mywrap"}, []),
            ({"RUSTFLAGS": f"-Clinker={program} " + "-Copt-level=3 " * 300}, []),
            ({}, ["settings/extra.toml"]),
            ({}, [inline]),
            ({}, ['target.x.linker = "mywrap"']),
            ({}, ["relative/extra.toml"]),
        ]
        return [machine.context([project], "", {**path, **more}, words, content.Digests()) for more, words in given]

    before = digests()
    assert digests() == before
    put(program, "#!/bin/sh\n# changed\n")
    put(project / "tools" / "link", "2")
    assert not set(digests()) & set(before)


def test_files_that_a_configuration_of_the_arguments_includes_count(tmp_path: Path) -> None:
    digests = []
    put(tmp_path / "one.toml", 'include = ["two.toml"]')
    for text in ("env.A = '1'", "env.A = '2'"):
        put(tmp_path / "two.toml", text)
        digests.append(machine.context([tmp_path], "", {}, ["one.toml"], content.Digests()))
    assert digests[0] != digests[1]


@pytest.mark.parametrize("how", ["-fuse-ld=mine", "-BFOLDER", "-B FOLDER", "COMPILER_PATH", "configuration"])
def test_a_linker_that_the_c_compiler_looks_for_counts_by_content(how: str, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    digests = []
    for text in ("1", "2"):
        put(tools / "ld.mine", text)
        (tools / "ld.mine").chmod(0o755)
        flag = "-Clink-arg=" + (how if how.startswith("-") else "-fuse-ld=mine").replace("FOLDER", str(tools))
        put(tmp_path / ".cargo/config.toml", f"build.rustflags = ['{flag}']" if how == "configuration" else "")
        variables = {"COMPILER_PATH": f"/nowhere:{tools}"} if how == "COMPILER_PATH" else {"RUSTFLAGS": flag}
        variables = {"PATH": "" if "FOLDER" in how else str(tools), **({} if how == "configuration" else variables)}
        digests.append(machine.context([tmp_path], "", variables, [], content.Digests()))
    assert digests[0] != digests[1]


def test_the_compiler_on_the_path_counts_by_content(tmp_path: Path) -> None:
    program = tmp_path / "rustc"
    digests = []
    for text in ("1", "2"):
        put(program, text)
        program.chmod(0o755)
        digests.append(machine.context([tmp_path], "rustc 1.0", {"PATH": str(tmp_path)}, [], content.Digests()))
    assert digests[0] != digests[1]


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_new_rustup_is_the_same_compiler(
    link: Callable[[Path, Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()

    def digest(text: str, output: str = "rustc 1.0", names: tuple[str, ...] = ("rustc",)) -> str:
        for file in folder.iterdir():
            file.unlink()
        put(folder / "rustup", text)
        (folder / "rustup").chmod(0o755)
        for name in names:
            link(folder / "rustup", folder / name)
        return machine.context([tmp_path], output, {"PATH": str(folder)}, [], content.Digests())

    monkeypatch.setenv("CARGO_HOME", str(tmp_path))
    assert digest("1") == digest("2") != digest("2", "rustc 2.0")
    # One program can stand in for all tools, whatever its name is.
    assert digest("1", names=("cc", "rustc")) != digest("2", names=("cc", "rustc"))
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "other"))
    assert digest("1") != digest("2")


@pytest.mark.parametrize("given", ["variable", "argument", "configuration"])
def test_the_processor_counts_if_the_code_is_for_it(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache in a home folder that machines share."""

    def digests() -> list[str]:
        found = []
        for flag in ("target-cpu=native", "target-cpu=x86-64"):
            text = f'build.rustflags = ["-C{flag}"]'
            put(tmp_path / ".cargo" / "config.toml", text if given == "configuration" else "")
            variables = {"RUSTFLAGS": f"-C{flag}"} if given == "variable" else {}
            words = [text] if given == "argument" else []
            found.append(machine.context([tmp_path], "", variables, words, content.Digests()))
        return found

    native, generic = digests()
    monkeypatch.setattr("platform.processor", lambda: "another one")
    native_there, generic_there = digests()
    assert generic == generic_there and native != native_there
