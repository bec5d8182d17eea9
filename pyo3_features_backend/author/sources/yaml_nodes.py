"""Reads YAML files as nodes with their positions.

PyYAML, not ruamel.yaml: only its composer is needed, which keeps the place of each node, both of two equal keys, and
tags that it does not know (GitLab's ``!reference``). Nothing is constructed, so no alias is expanded and no tag runs
code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import extras

_MERGE = "tag:yaml.org,2002:merge"
_LARGEST = 1 << 20  # GitHub takes half of that; PyYAML reads about 100 kB in a second


class NotYaml(Exception):
    """A file that is not YAML, or cannot be read: ``message`` says why, ``line`` where."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.message, self.line = message, line


class Scalar(NamedTuple):
    """A text in a YAML file.

    ``keys`` are those that lead to it, the outermost first. ``source`` is what the file has, with quotes and all;
    ``start`` is its offset in the file. In a ``literal`` one (``|``) a line end separates, elsewhere it is a blank.
    """

    keys: tuple[str, ...]
    source: str
    start: int
    literal: bool


def text_of(content: bytes) -> str:
    """The bytes of a file as text. Raises :class:`NotYaml` if they are not UTF-8, or too many."""
    if len(content) > _LARGEST:
        raise NotYaml(f"larger than {_LARGEST >> 20} MiB", None)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotYaml(f"not UTF-8 text ({error.reason})", line) from None


def documents(text: str) -> list[Any]:
    """The nodes of the documents in ``text``.

    Raises :class:`NotYaml` for anything else, and :class:`BackendError` if PyYAML is missing.
    """
    yaml = extras.needed("yaml", "PyYAML", "reading workflow files")
    loader: Any = None
    try:
        loader = yaml.SafeLoader(text)  # the one in Python: libyaml's composer recurses in C
        found = []
        while loader.check_node():
            found.append(loader.get_node())
        return found
    except yaml.reader.ReaderError as error:
        raise NotYaml(f"not YAML: {error.reason}", text.count("\n", 0, error.position) + 1) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = error.problem or error.context
        raise NotYaml(f"not YAML: {why}", mark.line + 1 if mark else None) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # chr() of an escape that is not a character
        raise NotYaml(f"not YAML: {error}", loader.line + 1 if loader else None) from None
    except RecursionError:
        raise NotYaml("nested too deeply", loader.line + 1) from None


def value(mapping: Any, key: str) -> Any:
    """The node of a key; the last one counts. A merged key counts only if the mapping does not have the key itself.

    None if there is none, or ``mapping`` is not a mapping. `The merge key <https://yaml.org/type/merge.html>`_ has one
    mapping, or a list of which the first counts.
    """
    todo, seen = [mapping], set()
    while todo:
        node = todo.pop()
        if _kind(node) != "mapping" or id(node) in seen:  # it may merge itself
            continue
        seen.add(id(node))
        own = [below for name, below in node.value if _kind(name) == "scalar" and name.value == key]
        if own:
            return own[-1]
        merged = [below for name, below in node.value if getattr(name, "tag", "") == _MERGE]
        todo += reversed([each for below in merged for each in (items(below) or [below])])
    return None


def has(mapping: Any, key: str) -> bool:
    """Whether the mapping has the key itself, not by merging."""
    return _kind(mapping) == "mapping" and any(text(name) == key for name, _ in mapping.value)


def text(node: Any) -> str | None:
    """The value of a scalar; None for any other node."""
    return str(node.value) if _kind(node) == "scalar" else None


def items(node: Any) -> list[Any]:
    """The nodes of a sequence; none for any other node."""
    return list(node.value) if _kind(node) == "sequence" else []


def nodes(roots: list[Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each node once, in the order of the file, with the keys that lead to it; an alias leads nowhere new."""
    todo: list[tuple[tuple[str, ...], Any]] = [((), root) for root in reversed(roots)]
    seen: set[int] = set()
    while todo:
        keys, node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield keys, node
        if _kind(node) == "mapping":
            todo += [((*keys, text(name) or ""), below) for name, below in reversed(node.value)]
        elif _kind(node) == "sequence":
            todo += [(keys, below) for below in reversed(node.value)]


def scalars(file: str, roots: list[Any]) -> Iterator[Scalar]:
    """Each text of the documents ``roots`` of the text ``file``; keys are not among them."""
    for keys, node in nodes(roots):
        if _kind(node) == "scalar":
            start, end = node.start_mark.index, node.end_mark.index
            yield Scalar(keys=keys, source=file[start:end], start=start, literal=node.style == "|")


def scalar(value: str) -> str:
    """A text of one line as a value: in quotes where it is another one without."""
    try:
        (root,) = documents(f"key: {value}\n")
        plain = text(root.value[0][1]) == value
    except NotYaml:
        plain = False
    return value if plain else "'" + value.replace("'", "''") + "'"


def line(node: Any) -> int:
    """The line on which a node starts, from 1."""
    return int(node.start_mark.line) + 1


def _kind(node: Any) -> str:
    return str(getattr(node, "id", ""))
