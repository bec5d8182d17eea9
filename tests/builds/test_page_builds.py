"""The commands of the pages that compile, as a reader types them, but with the packages of the tests' environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.files import write
from support.page_commands import ROWS, Compiled
from support.page_projects import hello, with_settings
from support.page_runs import run, shows
from support.pages import Command, pages, read

pytestmark = pytest.mark.build

SHELLS = {"package", "flags"}
EDITOR = "#!/bin/sh\nsed -i 's/from Rust/from new Rust/' \"$1\"\n"


def of(shell: str) -> list[Command]:
    """The commands of all blocks that are run in a shell; docs/editable.md goes on where the tutorial ends."""
    found = []
    for page in sorted(pages(), key=lambda page: page == "docs/editable.md"):
        for block in read(page):
            row = ROWS.get(page, {}).get(block.first)
            if isinstance(row, Compiled) and row.shell == shell:
                found += [command for command in block.commands() if command.line not in row.left_out]
    return found


def passed(shell: str, folder: Path, **environment: str) -> None:
    """Run the commands of a shell in a folder; each has to succeed, and to print what its page shows."""
    commands = of(shell)
    scratch = folder.parent / "scratch"
    scratch.mkdir()
    ran = run([command.line for command in commands], folder, scratch, **environment)
    for command, result in zip(commands, ran):
        assert result.status == 0, result
        assert shows(command.output, result.printed), f"{command.output}\n---\n{result.printed}"


def test_every_block_that_compiles_is_in_a_shell_of_this_module() -> None:
    assert {row.shell for rows in ROWS.values() for row in rows.values() if isinstance(row, Compiled)} == SHELLS


def test_a_package_is_built_installed_edited_and_imported(tmp_path: Path, compiled: Path) -> None:
    folder = with_settings("editable-rebuild = true")(tmp_path)
    editor = write(tmp_path, {"editor": EDITOR}) / "editor"
    editor.chmod(0o755)
    passed("package", folder, CARGO_TARGET_DIR=str(compiled), EDITOR=str(editor))


def test_maturin_and_cargo_take_the_flags(tmp_path: Path, compiled: Path) -> None:
    passed("flags", hello(tmp_path), CARGO_TARGET_DIR=str(compiled))
