"""Where a test is: tests/unit follows the package and compiles nothing, and what tests share is in tests/support."""

from __future__ import annotations

import ast
import functools
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import pyo3_features_backend

PACKAGE = Path(pyo3_features_backend.__file__).parent
TESTS = Path(__file__).parent.parent
SUPPORT = {f"support.{file.stem}" for file in (TESTS / "support").glob("*.py")} - {"support.__init__"}
FILES = sorted(file for folder in ("unit", "builds", "corpus") for file in (TESTS / folder).rglob("*.py"))
CONFTESTS = [TESTS / "conftest.py", *(file for file in FILES if file.name == "conftest.py")]
MODULES = [file for file in FILES if file not in CONFTESTS]
# The tests of what no module of the package holds: the repository, and what tests share.
OF_THE_REPOSITORY = (
    "test_action.py",
    "test_docs.py",
    "test_house.py",
    "test_layout.py",
    "test_page_commands.py",
    "test_pictures.py",
    "test_readme.py",
    "test_release.py",
    "test_what_it_touches.py",
    "test_words.py",
)
# The tests of what every hook and verb does alike, whatever the input: no one module holds it.
OF_THE_WHOLE = TESTS / "unit" / "whole"

# A source without a test in unit: the module of tests/builds that holds it, and why plain values would say nothing.
WITHOUT_A_UNIT_TEST = {
    "author/probe/search.py": ("test_probe_builds.py", "it goes on by what cargo says of each floor"),
    "build/editable.py": ("test_editable_rebuild.py", "it repeats the call of cargo that a delegate has made"),
    "build/maturin_wheel.py": ("test_maturin_builds.py", "it is a build from start to end"),
    "build/setuptools.py": ("test_setuptools.py", "it is a run of setup.py from start to end"),
    "delegates/entry_point.py": ("test_setuptools.py", "setuptools calls it in every build"),
    "delegates/setuptools_commands.py": ("test_setuptools.py", "it subclasses commands of setuptools that build"),
    "delegates/setuptools_folders.py": ("test_setuptools_build_folder.py", "what is left in a folder is of a build"),
    "delegates/setuptools_session.py": ("test_setuptools_traps.py", "it is one run of a setup.py"),
    "rebuild/engine.py": ("test_reuse.py", "it chooses by folders that compiles have left"),
    "rebuild/on_import/cargo.py": ("test_editable_rebuild.py", "it runs cargo"),
    "rebuild/on_import/loader.py": ("test_editable_rebuild.py", "an import runs it"),
    "rebuild/session.py": ("test_never_stale.py", "it is held against what cargo compiles again"),
}


@functools.cache
def imported(file: Path) -> list[str]:
    """The full names of what a file imports: "support.files.write"."""
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module or ''}.{name.name}" for name in node.names]
    return names


def taken(files: list[Path]) -> set[str]:
    """The modules of support that files import."""
    names = {".".join(name.split(".")[:2]) for file in files for name in imported(file)}
    return names & SUPPORT


def test_every_test_module_is_in_a_folder_that_says_what_it_needs() -> None:
    assert all(file.name.startswith("test_") for file in MODULES)
    beside = [file for file in TESTS.rglob("test_*.py") if file not in MODULES]
    assert beside == []


def test_pytest_goes_into_every_folder(pytestconfig: pytest.Config) -> None:
    """By default it leaves out folders with some names, build among them."""
    left_out = pytestconfig.getini("norecursedirs")
    folders = {file.parent.name for file in MODULES}
    assert {(name, pattern) for name in folders for pattern in left_out if fnmatch(name, pattern)} == set()


def source_of(module: Path) -> Path:
    """What a module of tests/unit tests: probe.py, or the package probe, for test_probe.py."""
    inside = module.relative_to(TESTS / "unit")
    root = TESTS if inside.parts[0] == "support" else PACKAGE
    name = module.stem.removeprefix("test_") if inside.name != "test_pyo3_features_backend.py" else "."
    folder = root / inside.parent / name
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def has_behaviour(file: Path) -> bool:
    """Whether a source does something. Names and values do not, nor a method of an interface, nor a property that hands
    on an attribute."""
    functions = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)]
    ends = [node.body[-1] for node in functions]
    ends = [end for end in ends if not (isinstance(end, ast.Expr) and isinstance(end.value, ast.Constant))]
    return any(not re.fullmatch(r"return self[.\w]*", ast.unparse(end)) for end in ends)


def test_each_module_of_unit_has_its_source_and_each_source_its_module() -> None:
    repository = [TESTS / "unit" / name for name in OF_THE_REPOSITORY]
    modules = [file for file in MODULES if TESTS / "unit" in file.parents and file not in repository]
    of_one = [module for module in modules if OF_THE_WHOLE not in module.parents]
    assert len(of_one) < len(modules), f"{OF_THE_WHOLE} has no test"
    assert not (PACKAGE / OF_THE_WHOLE.name).exists(), "its tests would not be told from those of the whole"
    tested = {source_of(module) for module in of_one}
    assert sorted(source for source in tested if not source.is_file()) == []
    sources = {file for file in PACKAGE.rglob("*.py") if has_behaviour(file)}
    missing = {file.relative_to(PACKAGE).as_posix() for file in sources - tested}
    assert missing == set(WITHOUT_A_UNIT_TEST), "a test module is missing, or a row of the table is not needed"
    pinned = {TESTS / "builds" / name for name, _ in WITHOUT_A_UNIT_TEST.values()}
    assert sorted(file for file in pinned if not file.is_file()) == []


def test_no_module_of_unit_is_long() -> None:
    lines = {file.name: len(file.read_text("utf-8").splitlines()) for file in MODULES if TESTS / "unit" in file.parents}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_no_test_of_unit_is_marked_as_one_that_compiles_or_downloads() -> None:
    marked = [
        (file.name, node.lineno)
        for file in (TESTS / "unit").rglob("*.py")
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
    used = taken([*MODULES, *CONFTESTS])
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
    tools = (TESTS.parent / "tools").rglob("*.py")
    others = [*MODULES, *CONFTESTS, *(TESTS / "support").glob("*.py"), *tools]
    outside = {full.rpartition(".")[2] for other in others for full in imported(other) if full.startswith(f"{name}.")}
    assert own - inside - outside == set()
