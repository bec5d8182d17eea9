"""docs/what-it-touches.md names what the code reads from the environment and runs, and that it opens no connection."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pyo3_features_backend
from pyo3_features_backend.model.machine import CACHE_DIR, CACHE_SIZE
from pyo3_features_backend.rebuild import user_folder
from support.examples import ROOT

PACKAGE = Path(pyo3_features_backend.__file__).parent
PAGE = (ROOT / "docs" / "what-it-touches.md").read_text(encoding="utf-8")
TREES = {
    file.relative_to(PACKAGE).as_posix(): ast.parse(file.read_text("utf-8")) for file in sorted(PACKAGE.rglob("*.py"))
}
# What of the standard library opens connections.
NETWORK = {
    "asyncio",
    "ftplib",
    "http",
    "imaplib",
    "poplib",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "urllib",
    "xmlrpc",
}
# What starts a process, or becomes another one.
STARTS = re.compile(r"(subprocess\.\w+|os\.(system|popen|exec\w+|spawn\w+|posix_spawnp?|fork\w*|startfile))\Z")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_no_module_can_open_a_connection() -> None:
    found = {(file, name) for file, tree in TREES.items() for name in imported(tree)}
    assert {(file, name) for file, name in found if name.partition(".")[0] in NETWORK} == set()


def test_each_module_that_starts_a_process_is_named_with_what_it_starts() -> None:
    called = {
        file
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and STARTS.match(ast.unparse(node.func))
    }
    section = PAGE.partition("## Runs")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/]+\.py)`", section))
    # The shell script that records the calls of cargo is run by the delegate, and so is the delegate's own program.
    assert called == named - {"delegates/recorder.py"}


def constants(tree: ast.Module) -> dict[str, str]:
    """The names of a module that stand for a text."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def read(tree: ast.Module) -> Iterator[str]:
    """The variables that a module reads by name: ``environ[X]``, ``environ.get(X)``, ``X in environ``."""
    known = constants(tree)
    for node in ast.walk(tree):
        keys: list[ast.expr] = []
        if isinstance(node, ast.Subscript) and is_environment(node.value):
            keys = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_environment(node.func.value):
            keys = node.args[:1] if node.func.attr in ("get", "pop") else []
        elif isinstance(node, ast.Compare) and is_environment(node.comparators[0]):
            keys = [node.left]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "os.getenv":
            keys = node.args[:1]
        for key in keys:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value
            elif isinstance(key, ast.Name) and key.id in known:
                yield known[key.id]


def is_environment(node: ast.expr) -> bool:
    return ast.unparse(node) in ("os.environ", "environ", "environment", "env")


def test_each_variable_that_is_read_by_name_is_named() -> None:
    found = {name for tree in TREES.values() for name in read(tree)}
    found |= {name for name, _ in user_folder._OFF} | {CACHE_DIR}
    assert {"PYO3_PYTHON", "CARGO_HOME", "PATH", "CI"} <= found, "the search finds nothing"
    own = {name for name in {*found, CACHE_SIZE} if name.startswith("PYO3_FEATURES_BACKEND_")}
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert {name for name in own if f"`{name}`" not in settings} == set()
    assert {name for name in found - own if not re.search(rf"`{re.escape(name)}[`=]", PAGE)} == set()
