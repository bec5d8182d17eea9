"""Text in lines of a terminal's width. Pure.

Lines break between words only. A word is what a reader copies as one: a path, a code, what stands in backquotes, a
``key = value``, a requirement. One that is longer than the line overflows it.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence

NO_BREAK = "\0"  # a space that is none to break at
_GAP = "  "

_KEY_AND_VALUE = r"""[\w.-]+ = (?:"[^"]*"|\[[^\[\]]*\]|\{[^{}]*\}|[^\s\[{"]\S*)\S*"""
_REQUIREMENT = r"[\w.-]+ (?:[<>]|[<>=!~]=) ?[\w.*]\S*"
_RELEASE = r"(?:CPython|PyPy|GraalPy|Python|PyO3) \d\S*"
_BRACES = r"\[?\{[^{}]*\}\S*"
_PLAIN = r"(?:`[^`]*`|[^\s`]|`(?![^`]*`))+"
# What a word is; where one of the first kinds is longer than a line, what its parts are, and so on.
_WORDS = (
    (_KEY_AND_VALUE, _REQUIREMENT, _RELEASE, _BRACES, _PLAIN),
    (_REQUIREMENT, _RELEASE, _BRACES, _PLAIN),
    (_PLAIN,),
    (r"\S+",),
)


def width(text: str) -> int:
    """How many columns the text takes: none for a combining character, two for a wide one (UAX 11)."""
    if text.isascii():
        return len(text)
    wide = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
    return wide - sum(1 for each in text if unicodedata.category(each) in ("Mn", "Me", "Cf"))


def fold(text: str, columns: int | None, hang: int = 0) -> list[str]:
    """One line as several of at most ``columns``, those after the first with ``hang`` spaces before them.

    The spaces at the beginning stay. None for ``columns``: the line as it is.
    """
    text = text.rstrip()
    if columns is None or width(text) <= columns:
        return [text.replace(NO_BREAK, " ")]
    body = text.lstrip()
    line, empty = text[: len(text) - len(body)], True
    lines = []
    for gap, word in _words(body, columns - hang):
        if not empty and width(line) + len(gap) + width(word) > columns:
            lines.append(line)
            line, empty = " " * hang, True
        line += word if empty else gap + word
        empty = False
    return [each.replace(NO_BREAK, " ") for each in [*lines, line]]


@functools.cache
def _pattern(level: int) -> re.Pattern[str]:
    """A pattern for words; compiling them all takes milliseconds, and only a terminal needs one."""
    return re.compile("|".join(_WORDS[level]))


def _words(text: str, room: int, level: int = 0) -> Iterator[tuple[str, str]]:
    """The words, each with the space before it; one with spaces that does not fit into a line is several."""
    end = 0
    for match in _pattern(level).finditer(text):
        gap, word = text[end : match.start()], match.group()
        if " " in word and width(word) > room:
            for inner, part in _words(word, room, level + 1):
                yield inner or gap, part
        else:
            yield gap, word
        end = match.end()


def table(rows: Sequence[Sequence[str]], columns: int | None) -> list[list[str]]:
    """The lines of each row, its cells in columns. Where they do not fit, the widest columns get several lines."""
    if not rows:
        return []
    widths = [max(width(cell) for cell in column) for column in zip(*rows)]
    if columns is not None:
        least = [max(width(word) for cell in column for _, word in _words(cell, sys.maxsize)) for column in zip(*rows)]
        room = columns - len(_GAP) * (len(widths) - 1)
        while sum(widths) > room:
            wide = [at for at in range(len(widths)) if widths[at] > least[at]]
            if not wide:
                break
            widths[max(wide, key=lambda at: widths[at])] -= 1
    return [_row([fold(cell, size) for cell, size in zip(row, widths)], widths, columns) for row in rows]


def _row(cells: Sequence[Sequence[str]], widths: Sequence[int], columns: int | None) -> list[str]:
    lines = []
    for at in range(max(map(len, cells))):
        parts = [cell[at] if at < len(cell) else "" for cell in cells]
        padded = [part + " " * (size - width(part)) for part, size in zip(parts, widths)]
        lines.append(_GAP.join(padded).rstrip())
    return lines
