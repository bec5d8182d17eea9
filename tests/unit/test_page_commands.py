"""Each command on the pages is run, or has a reason why not; what it prints and exits with is what the page shows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from support.examples import ROOT
from support.page_commands import ROWS, Compiled, Elsewhere, NotRun, Run, Shown
from support.page_runs import python, run, shows
from support.pages import Block, Command, blocks, pages, read
from support.pythons import needed

# Made from the parsers, as tests/unit/test_cli.py compares.
GENERATED = ("docs/verbs.md",)
BLOCKS = [
    block
    for page in pages()
    if page not in GENERATED
    for block in read(page)
    if block.language in ("console", "python", "text")
]


def every(kind: type) -> pytest.MarkDecorator:
    """A test for each block whose row is of a kind."""
    of_it = [block for block in BLOCKS if isinstance(ROWS[block.page].get(block.first), kind)]
    return pytest.mark.parametrize("block", of_it, ids=[f"{each.page}: {each.first.split('  ')[0]}" for each in of_it])


def missing(found: list[Block]) -> list[str]:
    """The blocks that have no row."""
    return [f"{block.page}:{block.line}: {block.first}" for block in found if block.first not in ROWS[block.page]]


def test_each_block_has_a_row_and_each_row_its_block() -> None:
    assert missing(BLOCKS) == [], "say in tests/support/page_commands.py how it is run, or why not"
    found = [(block.page, block.first) for block in BLOCKS]
    assert sorted(found) == sorted((page, first) for page, rows in ROWS.items() for first in rows)


def test_a_block_that_nobody_runs_is_found() -> None:
    text = "Build it:\n\n    docker run --rm image build\n\n```console\n$ pyo3-features explain\n$ rm -r x\n```\n"
    added = list(blocks("docs/args.md", text))
    assert missing(added) == ["docs/args.md:3: docker run --rm image build", "docs/args.md:6: pyo3-features explain"]


@pytest.mark.parametrize("page", ROWS)
def test_what_a_row_leaves_out_or_expects_is_in_its_block(page: str) -> None:
    lines = {block.first: [command.line for command in block.commands()] for block in BLOCKS if block.page == page}
    for first, row in ROWS[page].items():
        if isinstance(row, (Run, Compiled)):
            assert set(row.left_out) <= set(lines[first])
            assert set(lines[first]) - set(row.left_out), "nothing of it is run: that is a NotRun"
            assert all(row.left_out.values())
        if isinstance(row, Run):
            assert set(row.status) <= set(lines[first])
        assert not isinstance(row, NotRun) or row.reason


@every(Elsewhere)
def test_what_is_run_elsewhere_is_there_line_by_line(block: Block) -> None:
    row = ROWS[block.page][block.first]
    assert isinstance(row, Elsewhere)
    tree = ast.parse((ROOT / "tests" / row.module).read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert {command.line for command in block.commands()} - texts == set()


@every(Run)
def test_the_commands_do_what_the_page_says(block: Block, tmp_path: Path) -> None:
    pytest.importorskip("abi3info")
    row = ROWS[block.page][block.first]
    assert isinstance(row, Run)
    if row.python:
        needed(row.python)
    commands = [command for command in block.commands() if command.line not in row.left_out]
    if block.language == "python":
        commands = [Command(python(block.text), "")]
    (tmp_path / "scratch").mkdir()
    folder = row.prepare(tmp_path)
    ran = run([command.line for command in commands], folder, tmp_path / "scratch", PIP_DRY_RUN="1")
    for command, result in zip(commands, ran):
        assert result.status == row.status.get(command.line, 0), result
        assert shows(command.output, result.printed), f"{command.output}\n---\n{result.printed}"
    assert [file for file in row.leaves if not (folder / file).is_file()] == []


@every(Shown)
def test_what_a_page_shows_is_what_the_command_prints(block: Block, tmp_path: Path) -> None:
    row = ROWS[block.page][block.first]
    assert isinstance(row, Shown)
    (tmp_path / "scratch").mkdir()
    (result,) = run([row.by], row.prepare(tmp_path), tmp_path / "scratch")
    assert result.status == row.status, result
    assert shows(block.text, result.printed), f"{block.text}\n---\n{result.printed}"
