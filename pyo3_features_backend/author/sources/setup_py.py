"""What a setup.py says in so many words, read as syntax and never run.

It is arbitrary code, so a build takes its extensions from the finalised distribution. This is for finding the line
where something is written, and for taking it out: only what is a literal is seen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import Place, ProjectError

FILE = "setup.py"
_CALLS = ("RustExtension", "StrippedRustExtension", "RustBin")
_PYO3 = re.compile(r"[\w-]+\??/(abi3t?(-py\d+)?|extension-module)")


class Literal(NamedTuple):
    """A word in setup.py. ``what`` is "feature" (in an extension's list), "argument" (cargo arguments of one),
    "py_limited_api" (the wheel's), "extension py_limited_api" or "loose" (a PyO3 feature anywhere else).

    ``extension`` is the name of the extension that it belongs to; ``holder`` is the list, dictionary or call that it
    can be taken out of without running setup.py, None where it cannot, and ``entry`` what goes out of it.
    """

    what: str
    value: str
    line: int
    extension: str
    holder: ast.AST | None
    entry: ast.AST


class Extension(NamedTuple):
    """An extension: ``path`` is its Cargo.toml, None where it is computed; ``default`` says whether the crate's default
    features are on, ``all`` whether all are."""

    name: str
    path: str | None
    features: tuple[str, ...]
    default: bool
    all: bool
    program: bool


class SetupPy(NamedTuple):
    """A setup.py as syntax; empty where there is none."""

    text: str
    tree: ast.Module
    extensions: tuple[Extension, ...]
    literals: tuple[Literal, ...]


def load(root: Path) -> SetupPy:
    """Read ``root``'s setup.py. Raises :class:`ProjectError` if it is not Python."""
    file = root / FILE
    if not file.is_file():
        return parse("")
    try:
        return parse(file.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProjectError(f"not UTF-8 text ({error.reason})", place=Place(FILE), hint="save it as UTF-8") from None


def parse(text: str) -> SetupPy:
    """The text of a setup.py. Raises :class:`ProjectError` if it is not Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise ProjectError(
            f"not valid Python: {error.msg}", place=Place(FILE, error.lineno), hint="correct the line named above"
        ) from None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in _CALLS]
    literals = [literal for call in calls for literal in _of_extension(call)]
    seen = {id(node) for call in calls for node in ast.walk(call)}
    literals += _of_wheel(tree, seen)
    literals += [
        Literal("loose", node.value, node.lineno, "", None, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in seen
        and _PYO3.fullmatch(node.value)
    ]
    literals.sort(key=lambda literal: literal.line)
    return SetupPy(text, tree, tuple(map(_extension, calls)), tuple(literals))


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def _strings(node: ast.AST | None) -> list[ast.Constant]:
    """The string literals of a literal list or tuple."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return []
    return [one for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _extension(call: ast.Call) -> Extension:
    program = _name(call.func) == "RustBin"
    target = call.args[0] if call.args else _argument(call, "target")
    path = call.args[1] if len(call.args) > 1 else _argument(call, "path")
    words = [str(one.value) for name in ("args", "cargo_manifest_args") for one in _strings(_argument(call, name))]
    features = [str(one.value) for one in _strings(_argument(call, "features"))] + features_of(words)
    binding = _argument(call, "binding")
    return Extension(
        target.value if isinstance(target, ast.Constant) and isinstance(target.value, str) else "",
        "Cargo.toml" if path is None else str(path.value) if isinstance(path, ast.Constant) else None,
        tuple(features),
        "--no-default-features" not in words,
        "--all-features" in words,
        program or (binding is not None and _name(binding) == "Exec"),
    )


def features_of(words: list[str]) -> list[str]:
    """The features in cargo arguments."""
    found: list[str] = []
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in ("--features", "-F"):
            found += re.split(r"[,\s]+", value if equals else "".join(words[at + 1 : at + 2]))
    return [feature for feature in found if feature]


def _of_extension(call: ast.Call) -> Iterator[Literal]:
    name = _extension(call).name
    features = _argument(call, "features")
    for one in _strings(features):
        yield Literal("feature", str(one.value), one.lineno, name, features, one)
    for key in ("args", "cargo_manifest_args"):
        words = _strings(_argument(call, key))
        for feature in features_of([str(one.value) for one in words]):
            holder = next(one for one in words if feature in re.split(r"[=,\s]+", str(one.value)))
            yield Literal("argument", feature, holder.lineno, name, None, holder)
    for keyword in call.keywords:
        if keyword.arg == "py_limited_api" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
            yield Literal("extension py_limited_api", "True", keyword.value.lineno, name, call, keyword)


def _of_wheel(tree: ast.Module, seen: set[int]) -> Iterator[Literal]:
    """py_limited_api of bdist_wheel: in the ``options`` of setup(), in any other dictionary, as an attribute, or on the
    command line that setup.py makes for itself."""
    setups = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "setup"]
    editable = set()
    for call in setups:
        options = _argument(call, "options")
        for _, value in _items(options):
            editable.add(id(value))
    for node in ast.walk(tree):
        if id(node) in seen:
            continue
        if isinstance(node, ast.Dict):
            for key, value in _items(node):
                if key.value in ("py_limited_api", "py-limited-api"):
                    holder = node if id(node) in editable and isinstance(value, ast.Constant) else None
                    yield Literal("py_limited_api", _word(value), key.lineno, "", holder, key)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == "py_limited_api":
                    yield Literal("py_limited_api", _word(node.value), node.lineno, "", None, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "--py-limited-api" in node.value:
            yield Literal("py_limited_api", node.value.partition("=")[2], node.lineno, "", None, node)


def _items(node: ast.AST | None) -> list[tuple[ast.Constant, ast.expr]]:
    if not isinstance(node, ast.Dict):
        return []
    return [(key, value) for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant)]


def _word(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""
