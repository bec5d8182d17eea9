"""Calls of maturin in scripts: shell, make, just, ini and Python files, and the scripts in workflow files.

They are found with patterns, because no parser understands all of these files.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

FLAGS = "pyo3-features args"
# `maturin build`, `python -m maturin build`, and in Python `"maturin", "build"`.
_BETWEEN = r"""(?:["']\s*,\s*["']|["']?[ \t]+)"""
# `uvx maturin@1.9 build` and `pipx run 'maturin==1.9' build` too.
_MATURIN = r"(?<![\w.-])maturin(?:\.exe)?(?:(?:@|[=~<>!]=)[\w.*]+)?"
_CALL = re.compile(rf"""{_MATURIN}{_BETWEEN}(?:-[\w=-]+{_BETWEEN})*(build|b|publish|develop|dev)\b(?![-\w./])""")
# Text for readers, and commands that take the two as names: `pip install maturin build`.
_NO_CALL = re.compile(r"^\s*(-\s+)?(name|description|summary|title)\s*[:=]|\b(echo|printf?|install|add|grep|commit)\b")
_SEPARATOR = re.compile(r"&&|\|\|?|;|\r?\n")
# GitHub's expressions: none is in another, and what is not closed is none, so that each is read once.
EXPRESSION = r"\$\{\{(?:(?!\}\}|\$\{\{).)*\}\}"
_PATH = r"\$\((?:shell )?(?:which|command -v) [\w.-]+\)"  # in make with `shell`
_WORD = rf"(?:{EXPRESSION}|{_PATH}|(?!\$\{{\{{)[^\s\\`^])+"
_EXPRESSION = re.compile(EXPRESSION)
_REDIRECTION = re.compile(r"(?<=\s)\d*[<>]")
_OPTION = re.compile(r"(?:^|\s)(?:-i|--interpreter)[\s=]+([^\s-].*?)(?=\s-|$)")
_INTERPRETER = re.compile(rf"\s+(?:-i|--interpreter)(?:\s+|=)({_WORD})(?=\s+-|\s*[\\`^]?\s*$)")

_OTHER_KIND = re.compile(r"(pypy|graalpy)[\w.-]*|(python)?3\.\d+t")


class ShellCall(NamedTuple):
    """A call: ``start`` and ``end`` are its offsets in the script, up to the end of ``command`` (``build``), and
    ``stop`` is where its arguments end.
    """

    start: int
    end: int
    command: str
    stop: int

    def moved(self, offset: int) -> ShellCall:
        """The call in a text in which the script starts at ``offset``."""
        return self._replace(start=self.start + offset, end=self.end + offset, stop=self.stop + offset)


def calls(script: str) -> Iterator[ShellCall]:
    """The calls in a script, without those that use `pyo3-features args`."""
    code = _joined(without_comments(script))
    separators = [separator.span() for separator in _SEPARATOR.finditer(code)]
    starts, ends = [start for start, _ in separators] + [len(code)], [0] + [end for _, end in separators]
    names: dict[int, int] = {}  # where in a command it is known that the two are names
    found = list(_CALL.finditer(code))
    followers = [call.start() for call in found[1:]] + [len(code)]
    for call, follower in zip(found, followers):
        after = code[call.end() : min(starts[bisect_left(starts, call.end())], follower)]
        at = bisect_right(ends, call.start()) - 1
        if at not in names:
            name = _NO_CALL.search(code[ends[at] : starts[at]])
            names[at] = ends[at] + name.end() if name else len(code)
        if FLAGS not in after and call.start() < names[at]:
            yield ShellCall(start=call.start(), end=call.end(), command=call.group(1), stop=call.end() + _length(after))


def _joined(code: str) -> str:
    """The code with blanks for the ends of lines that go on; it keeps its length."""
    return re.sub(r"[\\`^]\r?\n", lambda end: " " * len(end.group()), code)


def _length(after: str) -> int:
    """How much of a command are arguments: not a redirection, nor what closes a quote or a bracket before the call."""
    at, depth = 0, 0
    while at < len(after):
        if expression := _EXPRESSION.match(after, at):
            at = expression.end()
            continue
        letter = after[at]
        if letter in "'\"":
            closing = after.find(letter, at + 1)
            if closing < 0:
                break
            at = closing
        depth += (letter == "(") - (letter == ")")
        if depth < 0 or _REDIRECTION.match(after, at):
            break
        at += 1
    return len(after[:at].rstrip())


def without_comments(text: str) -> str:
    """The text with blanks for comments: YAML, Python, make, just and ini files all have them after ``#``."""
    return re.sub(r"(?m)(^|(?<=\s))#.*$", lambda comment: " " * len(comment.group()), text)


def in_one_line(code: str) -> str:
    """Lines of which one goes on in the next, as one."""
    return re.sub(r"[ \t]*[\\`^]?\r?\n[ \t]*", " ", code)


def with_flags(arguments: str, dollar: str = "$") -> str:
    """The arguments of a command with the plan's flags in front; ``dollar`` is how the script writes a dollar sign for
    the shell.
    """
    python, rest = one_python(arguments)
    return f" {dollar}({FLAGS}{python}){rest}"


def one_python(arguments: str) -> tuple[str, str]:
    """(the option for `pyo3-features args`, the arguments without theirs) where they name one interpreter: the verb
    prints it with the rest, and its plan is for that one. A version (``-i 3.11``) is maturin's for ``python3.11``."""
    named = list(_INTERPRETER.finditer(arguments))
    if len(named) != 1 or len(_OPTION.findall(arguments)) > 1:
        return "", arguments
    if re.fullmatch(rf"['\"]?{EXPRESSION}['\"]?", named[0][1]):  # it can be several
        return "", arguments
    python = named[0][1]
    python = f"python{python}" if re.fullmatch(r"3\.\d+t?", python) else python
    return f" --python {python}", arguments[: named[0].start()] + arguments[named[0].end() :]


def of_other_kind(arguments: str) -> list[str]:
    """The interpreters among several that no stable-ABI wheel of the GIL serves, and that have a plan of their own."""
    return [word for word in _interpreters(arguments) if _OTHER_KIND.fullmatch(word)]


def has_one_plan(arguments: str) -> bool:
    """Whether one plan can be for the call, if not for all of its interpreters: they are not several of other kinds."""
    named = _interpreters(arguments)
    return len(named) < 2 or not all(map(_OTHER_KIND.fullmatch, named))


def _interpreters(arguments: str) -> list[str]:
    words = [word for option in _OPTION.findall(arguments) for word in re.split(r"[\s'\"]+", option) if word]
    return list(dict.fromkeys(words))
