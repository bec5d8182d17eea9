"""The literals of a setup.py, read as syntax; the file is never run.

It is arbitrary code, so a build takes its extensions from the finalised distribution. This is for finding the line
of a declaration, and for removing it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import DelegateError, Place, ProjectError
from ...facts import arguments
from ...model.words import Word

FILE = "setup.py"
_CALLS = ("RustExtension", "StrippedRustExtension", "RustBin")
_PYO3 = re.compile(r"[\w-]+\??/(abi3t?(-py\d+)?|extension-module)")


class LiteralKind(Word):
    """What a literal in setup.py is part of."""

    FEATURE = "feature"  # the list of features of an extension
    ARGUMENT = "argument"  # the cargo arguments of an extension
    EXTENSION_LIMITED_API = "extension py_limited_api"
    WHEEL_LIMITED_API = "py_limited_api"
    OTHER = "other"  # a PyO3 feature anywhere else


BOM = "\ufeff"


class Literal(NamedTuple):
    """A word in setup.py.

    ``extension`` is the name of the extension that it belongs to; ``holder`` is the list, dictionary or call that it
    can be removed from without running setup.py, None if it cannot, and ``entry`` what is removed from it.
    """

    what: LiteralKind
    value: str
    line: int
    extension: str
    holder: ast.AST | None
    entry: ast.AST


class Extension(NamedTuple):
    """An extension: ``path`` is its Cargo.toml, None if it is computed; ``default`` says whether the crate's default
    features are on, ``all`` whether all are."""

    name: str
    path: str | None
    features: tuple[str, ...]
    default: bool
    all: bool
    program: bool


class SetupPy(NamedTuple):
    """A setup.py as syntax; empty if there is none."""

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
        tree = ast.parse(text.removeprefix(BOM))  # Python skips it
    except SyntaxError as error:
        raise ProjectError(
            f"not valid Python: {error.msg}", place=Place(FILE, error.lineno), hint="correct the line named above"
        ) from None
    except ValueError as error:  # a NUL, before Python 3.12
        raise ProjectError(f"not valid Python: {error}", place=Place(FILE), hint="save it as text") from None
    except (MemoryError, RecursionError):  # both mean that the parser's stack is full
        message = "not readable: its expressions are nested too deeply"
        raise ProjectError(message, place=Place(FILE), hint="reduce the nesting") from None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in _CALLS]
    literals = [literal for call in calls for literal in _of_extension(call)]
    seen = {id(node) for call in calls for node in ast.walk(call)}
    literals += _of_wheel(tree, seen)
    literals += [
        Literal(what=LiteralKind.OTHER, value=node.value, line=node.lineno, extension="", holder=None, entry=node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in seen
        and _PYO3.fullmatch(node.value)
    ]
    literals.sort(key=lambda literal: literal.line)
    return SetupPy(text=text, tree=tree, extensions=tuple(map(_extension, calls)), literals=tuple(literals))


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _strings(node: ast.AST | None) -> list[ast.Constant]:
    """The string literals of a literal list or tuple."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return []
    return [element for element in node.elts if isinstance(element, ast.Constant) and isinstance(element.value, str)]


def _words(node: ast.AST | None) -> list[str]:
    """The words of a literal list or tuple; what is computed is empty, so that each option keeps its value."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return []
    constants = (element.value if isinstance(element, ast.Constant) else None for element in node.elts)
    return [value if isinstance(value, str) else "" for value in constants]


def _extension(call: ast.Call) -> Extension:
    program = _name(call.func) == "RustBin"
    target = call.args[0] if call.args else _argument(call, "target")
    path = call.args[1] if len(call.args) > 1 else _argument(call, "path")
    words = [word for name in ("args", "cargo_manifest_args") for word in _words(_argument(call, name))]
    features = [str(node.value) for node in _strings(_argument(call, "features"))] + features_of(words)
    binding = _argument(call, "binding")
    return Extension(
        name=target.value if isinstance(target, ast.Constant) and isinstance(target.value, str) else "",
        path="Cargo.toml" if path is None else str(path.value) if isinstance(path, ast.Constant) else None,
        features=tuple(features),
        default="--no-default-features" not in words,
        all="--all-features" in words,
        program=program or (binding is not None and _name(binding) == "Exec"),
    )


def features_of(words: Sequence[str]) -> list[str]:
    """The features in cargo arguments; an option at the end that lacks its value counts for nothing."""
    try:
        return list(arguments.parse(words).features)
    except DelegateError:
        end = words.index("--") if "--" in words else len(words)
        return list(arguments.parse(words[: end - 1]).features)


def _of_extension(call: ast.Call) -> Iterator[Literal]:
    name = _extension(call).name
    features = _argument(call, "features")
    for node in _strings(features):
        yield Literal(
            what=LiteralKind.FEATURE,
            value=str(node.value),
            line=node.lineno,
            extension=name,
            holder=features,
            entry=node,
        )
    for key in ("args", "cargo_manifest_args"):
        argument = _argument(call, key)
        nodes: dict[str, ast.Constant] = {}
        for node in _strings(argument):
            for part in re.split(r"^-F=?|[=,\s]+", str(node.value)):
                nodes.setdefault(part, node)
        for feature in features_of(_words(argument)):
            word = nodes[feature]
            yield Literal(
                what=LiteralKind.ARGUMENT, value=feature, line=word.lineno, extension=name, holder=None, entry=word
            )
    for keyword in call.keywords:
        if keyword.arg == "py_limited_api" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
            yield Literal(
                what=LiteralKind.EXTENSION_LIMITED_API,
                value="True",
                line=keyword.value.lineno,
                extension=name,
                holder=call,
                entry=keyword,
            )


def _of_wheel(tree: ast.Module, seen: set[int]) -> Iterator[Literal]:
    """py_limited_api of bdist_wheel: in the ``options`` of setup(), in any other dictionary, as an attribute, or on the
    command line that setup.py composes."""
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
                    yield Literal(
                        what=LiteralKind.WHEEL_LIMITED_API,
                        value=_word(value),
                        line=key.lineno,
                        extension="",
                        holder=holder,
                        entry=key,
                    )
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == "py_limited_api":
                    yield Literal(
                        what=LiteralKind.WHEEL_LIMITED_API,
                        value=_word(node.value),
                        line=node.lineno,
                        extension="",
                        holder=None,
                        entry=node,
                    )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "--py-limited-api" in node.value:
            yield Literal(
                what=LiteralKind.WHEEL_LIMITED_API,
                value=node.value.partition("=")[2],
                line=node.lineno,
                extension="",
                holder=None,
                entry=node,
            )


def _items(node: ast.AST | None) -> list[tuple[ast.Constant, ast.expr]]:
    if not isinstance(node, ast.Dict):
        return []
    return [(key, value) for key, value in zip(node.keys, node.values) if isinstance(key, ast.Constant)]


def _word(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""
