"""Where a test is: tests/unit compiles nothing, and what tests share is in tests/support."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
SUPPORT = {f"support.{file.stem}" for file in (TESTS / "support").glob("*.py")} - {"support.__init__"}
MODULES = sorted(file for folder in ("unit", "builds", "corpus") for file in (TESTS / folder).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """The full names of what a file imports: "support.files.write"."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{name.name}" for name in node.names)


def taken(files: list[Path]) -> set[str]:
    """The modules of support that files import."""
    names = {".".join(name.split(".")[:2]) for file in files for name in imported(file)}
    return names & SUPPORT


def test_every_test_module_is_in_a_folder_that_says_what_it_needs() -> None:
    assert all(file.name.startswith("test_") for file in MODULES)
    beside = [file for file in TESTS.rglob("test_*.py") if file not in MODULES]
    assert beside == []
    names = [file.name for file in MODULES]
    assert len(set(names)) == len(names), "two modules have one name"


def test_no_test_of_unit_is_marked_as_one_that_compiles_or_downloads() -> None:
    marked = [
        (file.name, node.lineno)
        for file in (TESTS / "unit").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("pytest.mark.build", "pytest.mark.corpus")
    ]
    assert marked == []


@pytest.mark.parametrize(("folder", "mark"), [("builds", "build"), ("corpus", "corpus")])
def test_every_module_of_the_other_folders_has_the_mark(folder: str, mark: str) -> None:
    without = {file.name for file in (TESTS / folder).glob("*.py")}
    for file in (TESTS / folder).glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if ast.unparse(node).startswith("pytestmark = ") and f"pytest.mark.{mark}" in ast.unparse(node):
                without.discard(file.name)
    assert without == set()


def test_no_test_module_imports_another_or_conftest() -> None:
    others = {file.stem for file in MODULES} | {"conftest"}
    found = [(file.name, name) for file in MODULES for name in imported(file) if others & set(name.split("."))]
    assert found == []


def test_everything_that_is_shared_is_used_by_a_test() -> None:
    used = taken([*MODULES, TESTS / "conftest.py"])
    while more := taken([TESTS / f"{name.replace('.', '/')}.py" for name in used]) - used:
        used |= more
    assert used == SUPPORT


@pytest.mark.parametrize("name", sorted(SUPPORT))
def test_nothing_that_is_shared_is_left_over(name: str) -> None:
    """Each function, class and constant of a module of support is named somewhere else, or by another of them."""
    file = TESTS / f"{name.replace('.', '/')}.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    own = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    own |= {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    inside = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    others = [*MODULES, TESTS / "conftest.py", *(TESTS / "support").glob("*.py")]
    outside = {full.rpartition(".")[2] for other in others for full in imported(other) if full.startswith(f"{name}.")}
    assert own - inside - outside == set()
