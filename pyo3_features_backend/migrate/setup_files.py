"""setup.py and setup.cfg: what can surely be taken out of them, and nothing else of their text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Union

_FEATURE = re.compile(r"(?:\w+/)?(?:abi3(?:-py\d+)?|abi3t-py\d+|extension-module)")
_ELEMENT = Union[ast.expr, ast.keyword]


class Cut(NamedTuple):
    """What goes out of setup.py: offsets in the text (in characters), and what it says."""

    start: int
    end: int
    words: str


def in_setup_py(text: str) -> list[Cut]:
    """py_limited_api and PyO3's own features in literal arguments of RustExtension and of setup's options.

    Anything that is computed stays. Raises :class:`SyntaxError`.
    """
    tree = ast.parse(text)
    lines = _starts(text)
    cuts: list[Cut] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "RustExtension":
            parts: list[_ELEMENT] = [*node.args, *node.keywords]
            for keyword in node.keywords:
                if keyword.arg == "py_limited_api" and _is_on(keyword.value):
                    cuts.append(_cut(text, lines, keyword, parts))
                elif keyword.arg == "features" and isinstance(keyword.value, ast.List):
                    gone = [one for one in keyword.value.elts if _is_feature(one)]
                    if gone and len(gone) == len(keyword.value.elts):
                        cuts.append(_cut(text, lines, keyword, parts))
                    else:
                        cuts += [_cut(text, lines, one, keyword.value.elts) for one in gone]
        elif name == "setup":
            for keyword in node.keywords:
                if keyword.arg == "options":
                    cuts += _in_options(text, lines, keyword, [*node.args, *node.keywords])
    return sorted(cuts)


def cut(text: str, cuts: Sequence[Cut]) -> str:
    """``text`` without ``cuts``."""
    for one in sorted(cuts, reverse=True):
        text = text[: one.start] + text[one.end :]
    return text


def _is_on(value: ast.expr) -> bool:
    """A literal "auto" or True: False is the author's word that an extension is not to be a stable-ABI one."""
    return isinstance(value, ast.Constant) and value.value in (True, "auto")


def _is_feature(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and "/" in value.value
        and bool(_FEATURE.fullmatch(value.value))
    )


def _in_options(text: str, lines: list[int], options: ast.keyword, among: Sequence[_ELEMENT]) -> Iterator[Cut]:
    """``options={"bdist_wheel": {"py_limited_api": "cp39"}}``, and what is empty without it."""
    outer = options.value
    if not isinstance(outer, ast.Dict):
        return
    for key, value in zip(outer.keys, outer.values):
        if not (isinstance(key, ast.Constant) and key.value == "bdist_wheel" and isinstance(value, ast.Dict)):
            continue
        for at, inner in enumerate(value.keys):
            if isinstance(inner, ast.Constant) and inner.value == "py_limited_api":
                if len(value.keys) > 1:
                    yield _cut_pair(text, lines, value, at)
                elif len(outer.keys) > 1:
                    yield _cut_pair(text, lines, outer, outer.keys.index(key))
                else:
                    yield _cut(text, lines, options, among)


def _starts(text: str) -> list[int]:
    found = [0]
    for line in text.splitlines(keepends=True):
        found.append(found[-1] + len(line))
    return found


def _offset(text: str, lines: list[int], line: int, column: int) -> int:
    """An offset in characters of ast's place, whose column is in UTF-8 bytes."""
    start = lines[line - 1]
    return start + len(text[start : lines[line]].encode("utf-8")[:column].decode("utf-8"))


def _span(text: str, lines: list[int], node: Any) -> tuple[int, int]:
    return (
        _offset(text, lines, node.lineno, node.col_offset),
        _offset(text, lines, node.end_lineno, node.end_col_offset),
    )


def _cut(text: str, lines: list[int], node: _ELEMENT, among: Sequence[_ELEMENT]) -> Cut:
    return _without(text, [_span(text, lines, one) for one in among], among.index(node))


def _cut_pair(text: str, lines: list[int], holder: ast.Dict, at: int) -> Cut:
    spans = []
    for key, value in zip(holder.keys, holder.values):
        end = _span(text, lines, value)[1]
        spans.append((_span(text, lines, key)[0] if key else end, end))
    return _without(text, spans, at)


def _without(text: str, spans: list[tuple[int, int]], at: int) -> Cut:
    """One of a comma-separated row, with the comma and the space that are its own."""
    start, end = spans[at]
    words = text[start:end]
    comma = re.compile(r"\s*,").match(text, end)
    if comma:
        end = comma.end()
    line = text.rfind("\n", 0, start) + 1
    rest = re.compile(r"[ \t]*(?:\r?\n)").match(text, end)
    if rest and not text[line:start].strip():  # on lines of its own
        return Cut(line, rest.end(), words)
    if comma:
        space = re.compile(r"[ \t]*").match(text, end)
        return Cut(start, space.end() if space else end, words)
    before = spans[at - 1][1] if at else start
    return Cut(before, end, words)


_LIMITED = re.compile(r"^py[_-]limited[_-]api\s*[=:].*(?:\r?\n|$)", re.MULTILINE)


def without_limited_api(text: str) -> str:
    """setup.cfg without ``py_limited_api`` of [bdist_wheel], and without the section if it held nothing else."""
    found = re.search(r"^\[bdist_wheel\][^\n]*\n((?:(?!\[).*(?:\n|$))*?)(?=^\[|\Z)", text, re.MULTILINE)
    if not found or not _LIMITED.search(found.group(1)):
        return text
    left = _LIMITED.sub("", found.group(1))
    if left.strip():
        return text[: found.start(1)] + left + text[found.end(1) :]
    return text[: found.start()] + text[found.end() :]
