"""Edits of setup.py and setup.cfg that remove words and change nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from ..sources import setup_py
from ..sources.setup_py import BOM, Literal

_COMMA = re.compile(r"\s*,")
_BLANK = re.compile(r"[ \t]*")
_REST_OF_LINE = re.compile(r"[ \t]*(#[^\r\n]*)?(\r?\n|$)")


def setup_py_without(text: str, unwanted: Callable[[Literal], bool]) -> str:
    """setup.py without the literals that are ``unwanted`` and can be removed without running it."""
    mark, text = text[: text.startswith(BOM)], text.removeprefix(BOM)
    setup = setup_py.parse(text)
    found = [literal for literal in setup.literals if literal.holder is not None and unwanted(literal)]
    offsets = _Offsets(text)
    spans, tuples = _spans(setup.tree, found)
    edits: list[tuple[int, int | None]] = [(offsets.start(first), offsets.end(last)) for first, last in spans]
    edits += [(offsets.end(left), None) for left in tuples]
    for start, end in sorted(edits, key=lambda edit: edit[0], reverse=True):  # what is in front of it does not move
        if end is not None:
            text = _cut(text, start, end)
        elif not _COMMA.match(text, start):  # without one it would be no tuple
            text = f"{text[:start]},{text[start:]}"
    return mark + text


def _spans(tree: ast.Module, found: Sequence[Literal]) -> tuple[list[tuple[ast.AST, ast.AST]], list[ast.AST]]:
    """The (first, last) nodes of what to remove, and the only entries that are left of tuples.

    A list or dictionary that would become empty goes too, with its argument.
    """
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    pairs = [pair for node in parents if isinstance(node, ast.Dict) for pair in zip(node.keys, node.values)]
    values, keys = dict(pairs), {value: key for key, value in pairs}
    todo: dict[ast.AST, list[ast.AST]] = {}
    for literal in found:
        assert literal.holder is not None
        todo.setdefault(literal.holder, []).append(literal.entry)
    depths = {holder: _depth(holder, parents) for holder in todo}
    spans: list[tuple[ast.AST, ast.AST]] = []
    tuples: list[ast.AST] = []
    for depth in range(max(depths.values(), default=0), 0, -1):  # what becomes empty is an entry of what it is in
        for holder in [node for node, own in depths.items() if own == depth]:
            entries, above = todo[holder], parents[holder]
            count = len(holder.values if isinstance(holder, ast.Dict) else getattr(holder, "elts", ()))
            if len(entries) == count and isinstance(above, ast.Dict):
                todo.setdefault(above, []).append(keys[holder] or holder)  # type: ignore[index]
                depths[above] = depth - 1
            elif len(entries) == count and isinstance(above, ast.keyword):
                spans.append((above, above))
            else:
                spans += [(entry, values.get(entry, entry)) for entry in entries]  # type: ignore[call-overload]
                if isinstance(holder, ast.Tuple) and count - len(entries) == 1:
                    tuples += set(holder.elts).difference(entries)
    return spans, tuples


def _depth(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> int:
    depth = 0
    while node in parents:
        node, depth = parents[node], depth + 1
    return depth


class _Offsets:
    """Turns ast's lines and columns, which count bytes, into places among the characters of a text."""

    def __init__(self, text: str) -> None:
        self._lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)  # for Python, a carriage return alone ends a line too
        self._starts = [0, *accumulate(map(len, self._lines))]

    def start(self, node: ast.AST) -> int:
        """Where a node starts."""
        return self._offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Where a node ends."""
        return self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def _offset(self, line: int, column: int) -> int:
        own = self._lines[line - 1]
        return self._starts[line - 1] + (column if own.isascii() else len(own.encode()[:column].decode()))


def _cut(text: str, start: int, end: int) -> str:
    """``text`` without the entry from ``start`` to ``end``, its comma, and a line that is then empty."""
    comma = _COMMA.match(text, end)
    if comma:
        end = comma.end()
    elif (before := text[:start].rstrip()).endswith(","):
        start = len(before) - 1
    line_start = text.rfind("\n", 0, start) + 1
    rest = _REST_OF_LINE.match(text, end)
    if rest and comma and not text[line_start:start].strip():
        return text[:line_start] + text[rest.end() :]
    blank = _BLANK.match(text, end) if comma else None
    return text[:start] + text[blank.end() if blank else end :]


def setup_cfg_without(text: str, line: int) -> str:
    """setup.cfg without the option at ``line``, and without its section if nothing else is in it."""
    lines = text.splitlines(keepends=True)
    del lines[line - 1]
    start = max(at for at in range(line - 1) if lines[at].startswith("["))
    end = next((at for at in range(start + 1, len(lines)) if lines[at].startswith("[")), len(lines))
    if not "".join(lines[start + 1 : end]).strip():
        del lines[start:end]
        if not "".join(lines[start:]).strip():
            while lines and not lines[-1].strip():
                del lines[-1]
    return "".join(lines)
