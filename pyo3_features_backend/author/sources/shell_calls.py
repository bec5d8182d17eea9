"""Calls of maturin in scripts: shell, make, just, ini and Python files, and the scripts in workflow files.

They are found by pattern, for no parser knows what all of these mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

FLAGS = "pyo3-features args"
# `maturin build`, `python -m maturin build`, and in Python `"maturin", "build"`.
_BETWEEN = r"""(?:["']\s*,\s*["']|(?:[ \t]|[\\`^]\r?\n)+)"""
_CALL = re.compile(
    rf"""(?<![\w.-])maturin{_BETWEEN}(?:-[\w=-]+{_BETWEEN})*(build|b|publish|develop|dev)\b(?![-\w./])"""
)
# Text for readers, and commands that take the two as names: `pip install maturin build`.
_NO_CALL = re.compile(r"^\s*(-\s+)?(name|description|summary|title)\s*[:=]|\b(echo|printf?|install|add|grep|commit)\b")
_SEPARATOR = re.compile(r"&&|\|\|?|;|(?<![\\`^])\r?\n|[\\`^]\r\n")
_WORD = r"(?:\$\{\{(?:(?!\}\}).)*\}\}|[^\s\\`^])+"  # with GitHub's expressions
_INTERPRETER = re.compile(rf"\s+(?:-i|--interpreter)(?:\s+|=)({_WORD})(?=\s+-|\s*[\\`^]?\s*$)")


class ShellCall(NamedTuple):
    """A call: ``start`` and ``end`` are its offsets in the script, up to the end of ``command`` (``build``)."""

    start: int
    end: int
    command: str


def calls(script: str) -> Iterator[ShellCall]:
    """The calls in a script, without those that use `pyo3-features args`."""
    code = without_comments(script)
    for call in _CALL.finditer(code):
        before = _SEPARATOR.split(_joined(code[: call.start()]))[-1]
        after = _SEPARATOR.split(_joined(code[call.end() :]), maxsplit=1)[0]
        if FLAGS not in after and not _NO_CALL.search(before):
            yield ShellCall(call.start(), call.end(), call.group(1))


def _joined(code: str) -> str:
    """The code with blanks for the ends of lines that go on."""
    return re.sub(r"[\\`^]\r?\n", " ", code)


def without_comments(text: str) -> str:
    """The text with blanks for comments: YAML, Python, make, just and ini files all have them after ``#``."""
    return re.sub(r"(?m)(^|(?<=\s))#.*$", lambda comment: " " * len(comment.group()), text)


def with_flags(line: str, end: int, dollar: str = "$") -> str:
    """A line with the plan's flags behind the command that ends at ``end``.

    ``dollar`` is how the script writes a dollar sign for the shell.
    """
    python, rest = one_python(line[end:])
    return f"{line[:end]} {dollar}({FLAGS}{python}){rest}"


def one_python(arguments: str) -> tuple[str, str]:
    """(the option for `pyo3-features args`, the arguments without theirs) where they name one interpreter: the verb
    prints it with the rest, and its plan is for that one. A version (``-i 3.11``) is maturin's for ``python3.11``."""
    named = list(_INTERPRETER.finditer(arguments))
    if len(named) != 1 or re.fullmatch(r"['\"]?\$\{\{(?:(?!\}\}).)*\}\}['\"]?", named[0][1]):  # it can be several
        return "", arguments
    python = named[0][1]
    python = f"python{python}" if re.fullmatch(r"3\.\d+t?", python) else python
    return f" --python {python}", arguments[: named[0].start()] + arguments[named[0].end() :]


def of_other_kind(arguments: str) -> list[str]:
    """The interpreters among several that no stable-ABI wheel of the GIL serves, and that have a plan of their own."""
    option = re.search(r"(?:^|\s)(?:-i|--interpreter)[\s=]+(.*)", arguments)
    words = re.split(r"[\s'\"]+", option[1]) if option else []
    listed = [word for word in words if word]
    end = next((at for at, word in enumerate(listed) if word.startswith("-")), len(listed))
    return [word for word in listed[:end] if re.fullmatch(r"(pypy|graalpy).*|(python)?3\.\d+t", word)]
