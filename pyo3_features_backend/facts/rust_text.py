"""A Rust file, read without a parser: its string literals, its code without them and without comments, its blocks.

Enough to see a call with a literal in it. The rules are the Rust reference's, "Comments" and "Tokens".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)
    |(?P<block>/\*)
    |(?P<raw>(?<!')\b[bc]?r(?P<hashes>\#*)"(?P<plain>.*?)"(?P=hashes))
    |(?P<string>(?:\b[bc])?"(?P<escaped>(?:\\.|[^"\\])*)")
    |(?P<char>'(?:\\x..|\\u\{[^}]*\}|\\.|[^\\'\n])')""",
    re.VERBOSE | re.DOTALL,
)
# Patterns that most files do not need are strings. The re module caches what it compiles.
_BLOCK_EDGE = r"/\*|\*/"
_ESCAPE = r"(?s)\\(?:x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f_]+)\}|(\n\s*)|(.))"
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
LITERAL = r'"~*"'  # a string literal in Source.code; Rust has no ~


class Literal(NamedTuple):
    """A string literal: where it starts and ends in the text, and its value."""

    start: int
    end: int
    value: str


class _Block(NamedTuple):
    """A block by the place of its brace, and the block around it."""

    start: int
    outer: _Block | None


class Source:
    """A Rust file. ``code`` is as long as ``text``: comments are blanks in it, a literal is ``"~~~"``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.literals: dict[int, Literal] = {}
        self.code = "".join(self._pieces())
        self._edges, self._open = self._blocks()

    def _pieces(self) -> Iterator[str]:
        at = 0
        while token := _TOKEN.search(self.text, at):
            yield self.text[at : token.start()]
            start, at = token.span()
            if token["block"]:
                at = self._end_of_comment(at)
            if token["raw"] or token["string"]:
                value = token["plain"] if token["raw"] else _unescaped(token["escaped"])
                self.literals[start] = Literal(start, at, value)
                yield '"' + "~" * (at - start - 2) + '"'
            else:
                yield re.sub(r"[^\n]", " ", self.text[start:at])
        yield self.text[at:]

    def _end_of_comment(self, at: int) -> int:
        """The end of the block comment that starts before ``at``; comments nest."""
        depth = 1
        edges = re.compile(_BLOCK_EDGE)
        while depth and (edge := edges.search(self.text, at)):
            depth += 1 if edge[0] == "/*" else -1
            at = edge.end()
        return len(self.text) if depth else at

    def _blocks(self) -> tuple[list[int], list[_Block | None]]:
        """The braces, and the innermost block that is open after each."""
        edges = [0]
        inner: _Block | None = None
        opened = [inner]
        for brace in re.finditer(r"[{}]", self.code):
            inner = _Block(brace.start(), inner) if brace[0] == "{" else inner and inner.outer
            edges.append(brace.end())
            opened.append(inner)
        return edges, opened

    def blocks(self, at: int) -> tuple[int, ...]:
        """The blocks around a place, the outermost first, each by the place of its brace."""
        found = []
        block = self._open[bisect_right(self._edges, at) - 1]
        while block:
            found.append(block.start)
            block = block.outer
        return tuple(reversed(found))

    def statement(self, at: int) -> int:
        """The start of the statement at a place."""
        return max(self.code.rfind(mark, 0, at) for mark in ";{}") + 1

    def line(self, at: int) -> int:
        """The line of a place, from 1."""
        return self.text.count("\n", 0, at) + 1


def _unescaped(text: str) -> str:
    def plain(escape: re.Match[str]) -> str:
        if code := escape[1] or escape[2]:
            number = int(code.replace("_", ""), 16)
            return chr(number) if number < 0x110000 else ""
        return "" if escape[3] else _NAMED.get(escape[4], escape[4])

    return re.sub(_ESCAPE, plain, text) if "\\" in text else text
