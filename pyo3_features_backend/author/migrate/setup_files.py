"""Edits of setup.py and setup.cfg that remove words and change nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from ..sources import setup_py
from ..sources.setup_py import BOM, Literal


def setup_py_without(text: str, unwanted: Callable[[Literal], bool]) -> str:
    """setup.py without the literals that are ``unwanted`` and can be removed without running it."""
    mark, text = text[: text.startswith(BOM)], text.removeprefix(BOM)
    while True:  # one at a time: removing one moves the others
        setup = setup_py.parse(text)
        literal = next(
            (literal for literal in setup.literals if literal.holder is not None and unwanted(literal)), None
        )
        if literal is None:
            return mark + text
        start, end = _span(setup.tree, literal, text)
        text = _cut(text, start, end)


def _span(tree: ast.Module, literal: Literal, text: str) -> tuple[int, int]:
    """The characters to remove: a list or dictionary that would become empty goes too, with its argument."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    holder = literal.holder
    first = last = literal.entry
    if isinstance(holder, ast.Dict):
        last = holder.values[[key is first for key in holder.keys].index(True)]
    while isinstance(holder, (ast.List, ast.Tuple, ast.Dict)):
        entries = holder.values if isinstance(holder, ast.Dict) else holder.elts
        above = parents[holder]
        if len(entries) > 1:
            break
        if isinstance(above, ast.Dict):
            at = [value is holder for value in above.values].index(True)
            first, last = above.keys[at] or holder, holder
            holder = above
            continue
        if isinstance(above, ast.keyword):
            first = last = above
        break
    return _offset(text, first.lineno, first.col_offset), _end(text, last)  # type: ignore[attr-defined]


def _end(text: str, node: ast.AST) -> int:
    return _offset(text, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _offset(text: str, line: int, column: int) -> int:
    """The place of ast's line and column, which counts bytes, among the characters of ``text``."""
    lines = re.split(r"(?<=\n)", text)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def _cut(text: str, start: int, end: int) -> str:
    """``text`` without the entry from ``start`` to ``end``, its comma, and a line that is then empty."""
    comma = re.match(r"\s*,", text[end:])
    if comma:
        end += comma.end()
    else:
        before = re.search(r",\s*$", text[:start])
        start = before.start() if before else start
    line_start = text.rfind("\n", 0, start) + 1
    rest = re.match(r"[ \t]*(#[^\r\n]*)?(\r?\n|$)", text[end:])
    if rest and comma and not text[line_start:start].strip():
        return text[:line_start] + text[end + rest.end() :]
    blank = re.match(r"[ \t]*", text[end:]) if comma else None
    return text[:start] + text[end + (blank.end() if blank else 0) :]


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
