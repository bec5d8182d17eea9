"""The map of the house in CONTRIBUTING.md is what the package looks like, and what import-linter holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pyo3_features_backend
from pyo3_features_backend.facts import toml

PACKAGE = Path(pyo3_features_backend.__file__).parent
ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_each_entry_of_the_package_is_in_the_table_and_nothing_else() -> None:
    table = PAGE.partition("| entry | contains |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    named = [name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)]
    entries = {path.name for path in Path(pyo3_features_backend.__file__).parent.iterdir()} - {
        "__pycache__",
        "py.typed",
    }
    assert sorted(named) == sorted(entries)


def test_the_layers_are_those_that_import_linter_holds() -> None:
    block = PAGE.partition("import each other:\n\n")[2].partition("\n\n`tox")[0]
    layers = [row.strip() for row in block.splitlines()]
    table, _ = toml.read(ROOT / "pyproject.toml", "pyproject.toml")
    contracts = table["tool"]["importlinter"]["contracts"]
    (held,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    assert layers == [row.replace("pyo3_features_backend.", "") for row in held]


def test_no_function_is_long_and_no_module_is() -> None:
    long = []
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if len(text.splitlines()) > 300:
            long.append(file.name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                count = len([name for name in names if name not in ("self", "cls")])
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno >= 50 or count > 5:
                    long.append(f"{file.name}: {node.name}")
    assert long == []


def test_values_of_more_than_three_fields_are_built_by_keyword() -> None:
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}
    large: dict[str, int] = {}
    for node in (node for tree in trees.values() for node in ast.walk(tree)):
        if isinstance(node, ast.ClassDef) and "NamedTuple" in map(ast.unparse, node.bases):
            large[node.name] = max(large.get(node.name, 0), sum(isinstance(row, ast.AnnAssign) for row in node.body))
    by_place = [
        f"{file.name}:{node.lineno}"
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and large.get(ast.unparse(node.func).rpartition(".")[2], 0) > 3
        and len(node.args) > 3
    ]
    assert by_place == []
