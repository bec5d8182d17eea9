"""Finds where CI and task files call maturin directly, without the build backend."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import BackendError, Place
from ...facts.project import FILE
from . import shell_calls, yaml_nodes
from .shell_calls import FLAGS, ShellCall, in_one_line, with_flags
from .yaml_nodes import NotYaml

_CI = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".github/actions/**/action.yml",
    ".github/actions/**/action.yaml",
    ".forgejo/workflows/*.y*ml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".cirrus.yml",
    ".woodpecker.yml",
    "azure-pipelines.yml",
)
WRITTEN = "# Written by `pyo3-features ci --with "  # its calls have the flags of the plan
_MAKE = ("Makefile", "makefile", "GNUmakefile")
_JUST = ("justfile", "Justfile", ".justfile")
_TASKS = ("tox.ini", "noxfile.py", *_MAKE, *_JUST)
_WHEELS = ("build", "b", "publish")
_DEVELOP = ("develop", "dev")
_ACTION = re.compile(r"[\w.-]+/maturin-action(/[\w./-]*)?@", re.IGNORECASE)
_TABLE = re.compile(r"(?m)^[ \t]*\[+([^\[\]\n]+)\]+[ \t]*(?:#.*)?\r?$")
_KEY = re.compile(r"""(?m)^[ \t]*([\w.-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=""")
# The tables of the standards run nothing (the pyproject.toml specification); tools name lists of requirements so.
_REQUIREMENTS = re.compile(
    r"(?:project|build-system|dependency-groups)\b|.*\b(?:dependencies|requires|deps|packages)\b"
)
# Keys whose text is for readers, or is compared and not run.
_NOT_RUN = ("name", "description", "displayName", "title", "summary", "label", "message", "body", "if", "uses", "id")
_EXPRESSION = re.compile(shell_calls.EXPRESSION, re.DOTALL)
_STEP_OUTPUT = re.compile(r"\bsteps\.([\w-]+)\.outputs\b")


class Call(NamedTuple):
    """A call of maturin: ``command`` as it is written (``build``), ``text`` its line.

    ``offered`` is the line that gives maturin the plan; empty if none does, or if each interpreter has its own. It
    replaces ``text``; for an action it goes into ``with:``, and ``before`` is a step in front of it. ``apart`` are the
    interpreters of the call that need flags of their own, ``by_hand`` says that it passes an abi3 feature itself.
    """

    place: Place
    command: str
    text: str
    offered: str = ""
    before: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def makes_wheels(self) -> bool:
        """Whether it builds wheels; otherwise it is a `maturin develop`."""
        return self.command in _WHEELS


class Unread(NamedTuple):
    """A file that was not read, why, and what to do."""

    place: Place
    why: str
    hint: str = "correct the file"


def calls(root: Path) -> list[Call | Unread]:
    """The calls in the files of the project in ``root``, file by file and line by line; without PyYAML those of task
    files, and one :class:`Unread` for all workflow files. Those that `pyo3-features ci` wrote give maturin the plan."""
    found: list[Call | Unread] = []
    unread: dict[str, Unread] = {}
    seen: set[tuple[int, int]] = set()
    for file in _files(root):
        status = file.stat()
        if (status.st_dev, status.st_ino) in seen:  # Makefile and makefile where case does not matter
            continue
        seen.add((status.st_dev, status.st_ino))
        name = file.relative_to(root).as_posix()
        try:
            if file.suffix in (".yml", ".yaml"):
                text = yaml_nodes.text_of(file.read_bytes())
                found += [] if text.startswith(WRITTEN) else _in_workflow(name, text)
            else:
                found += _in_tasks(name, file.read_text(encoding="utf-8", errors="replace"))
        except NotYaml as error:
            found.append(Unread(Place(name, error.line), error.message))
        except OSError as error:
            found.append(Unread(Place(name), f"cannot be read: {error.strerror}"))
        except BackendError as error:  # PyYAML is missing
            unread.setdefault(error.message, Unread(Place(name), error.message, error.hint or ""))
    return [*unread.values(), *found]


def _files(root: Path) -> Iterator[Path]:
    names = [file for pattern in _CI for file in sorted(root.glob(pattern))]
    names += [root / name for name in (*_TASKS, FILE)]
    yield from (file for file in names if file.is_file())


def _in_tasks(name: str, text: str) -> Iterator[Call]:
    # make expands a single dollar itself. tox, nox and the runners of pyproject.toml start no shell.
    dollar = {**dict.fromkeys(_MAKE, "$$"), **dict.fromkeys(_JUST, "$")}.get(name)
    for call in _calls(name, text, [(0, text)], dollar):
        if name != FILE or not _is_requirement(text, call.place.line or 1):
            yield call


def _is_requirement(text: str, line: int) -> bool:
    """Whether a line of pyproject.toml is of a list of requirements: `dev = ["maturin", "build"]`."""
    until = "".join(text.splitlines(keepends=True)[:line])
    tables, keys = list(_TABLE.finditer(until)), list(_KEY.finditer(until))
    names = [tables[-1][1].strip()] if tables else []
    if keys and (not tables or keys[-1].start() > tables[-1].start()):
        names.append(keys[-1][1])
    return bool(_REQUIREMENTS.match(".".join(names)))


def _in_workflow(name: str, text: str) -> Iterator[Call]:
    roots = yaml_nodes.documents(text)
    scripts = [
        (scalar.start, scalar.source if scalar.literal else re.sub(r"[\r\n]", " ", scalar.source))
        for scalar in yaml_nodes.scalars(text, roots)
        if scalar.keys and scalar.keys[-1] not in _NOT_RUN
    ]
    found = [*_calls(name, text, scripts, "$"), *_steps(name, text, roots)]
    yield from sorted(found, key=lambda call: call.place.line or 0)


def _calls(name: str, text: str, scripts: Sequence[tuple[int, str]], dollar: str | None) -> Iterator[Call]:
    """The calls in ``scripts``, each with its offset in ``text``."""
    line_ends = [-1, *(end.start() for end in re.finditer("\n", text)), len(text)]
    for offset, script in scripts:
        group: list[ShellCall] = []
        for call in shell_calls.calls(script):
            if call.command not in (*_WHEELS, *_DEVELOP):
                continue
            call = call.moved(offset)
            if group and line_ends[bisect_left(line_ends, group[-1].stop)] < call.start:
                yield from _in_lines(name, text, line_ends, group, dollar)
                group = []
            group.append(call)
        if group:
            yield from _in_lines(name, text, line_ends, group, dollar)


def _in_lines(
    name: str, text: str, line_ends: Sequence[int], group: Sequence[ShellCall], dollar: str | None
) -> Iterator[Call]:
    """Calls of which each starts on the line where the one before it stops: one for those that build wheels, with one
    line that is offered, and one for the others."""
    now, then, done = [], [], line_ends[bisect_left(line_ends, group[0].start) - 1] + 1
    arguments = {}
    for call in group:
        before, own = in_one_line(text[done : call.end]), in_one_line(text[call.end : call.stop])
        flags = bool(dollar) and call.command in _WHEELS
        now += [before, own]
        then += [before, with_flags(own, dollar or "") if flags else own]
        arguments[call], done = own, call.stop
    rest = text[done : line_ends[bisect_left(line_ends, done)]].rstrip("\r")
    for commands in (_WHEELS, _DEVELOP):
        if not (calls := [call for call in group if call.command in commands]):
            continue
        offers = dollar and commands is _WHEELS and all(shell_calls.has_one_plan(arguments[call]) for call in calls)
        several = [own for call in calls if not shell_calls.one_python(own := arguments[call])[0] or not dollar]
        yield Call(
            place=Place(name, bisect_left(line_ends, calls[0].start)),
            command=calls[0].command,
            text="".join([*now, rest]),
            offered="".join([*then, rest]) if offers else "",
            apart=tuple(dict.fromkeys(word for own in several for word in shell_calls.of_other_kind(own))),
            by_hand=any("abi3" in arguments[call] for call in calls),
        )


def _steps(name: str, text: str, roots: list[Any]) -> Iterator[Call]:
    """The steps that use maturin-action; without a command it builds (its README, "Inputs")."""
    lines = text.splitlines()
    has_flags = FLAGS in shell_calls.without_comments(text)
    seen: set[int] = set()
    for keys, sequence in yaml_nodes.nodes(roots):
        steps = yaml_nodes.items(sequence) if keys[-1:] != ("<<",) else []  # there a list is of what is merged
        scripts = _scripts(steps)
        names = ("plan" + (f"-{number}" if number > 1 else "") for number in count(1))
        free = (identifier for identifier in names if identifier not in scripts)
        for step in steps:
            uses = yaml_nodes.value(step, "uses")
            if not _ACTION.match(yaml_nodes.text(uses) or "") or id(step) in seen:
                continue
            seen.add(id(step))
            given = yaml_nodes.value(step, "with")
            command = yaml_nodes.text(yaml_nodes.value(given, "command")) or "build"
            if command not in (*_WHEELS, *_DEVELOP) or _takes_the_plan(given, scripts, elsewhere=has_flags):
                continue
            merged = not yaml_nodes.has(step, "uses")  # what is merged stands elsewhere, and may do so for many
            at = yaml_nodes.line(step if merged else uses)
            call = Call(Place(name, at), command, lines[at - 1])
            yield _with_offer(call, step, lines, next(free)) if call.makes_wheels else call


def _scripts(steps: Sequence[Any]) -> dict[str, str]:
    """What the steps run, by their ids."""
    found: dict[str, str] = {}
    for step in steps:
        identifier = yaml_nodes.text(yaml_nodes.value(step, "id"))
        if identifier:
            found[identifier] = yaml_nodes.text(yaml_nodes.value(step, "run")) or ""
    return found


def _takes_the_plan(given: Any, scripts: Mapping[str, str], *, elsewhere: bool) -> bool:
    """Whether the arguments come from `pyo3-features args`: by the output of one of the steps with ``scripts``, or by a
    way that is not followed, where the file has it ``elsewhere``."""
    arguments = yaml_nodes.text(yaml_nodes.value(given, "args")) or ""
    for expression in _EXPRESSION.findall(arguments):
        named = _STEP_OUTPUT.findall(expression)
        if any(FLAGS in shell_calls.without_comments(scripts.get(name, "")) for name in named):
            return True
        if elsewhere and not named and re.search(r"\b(env|needs|inputs|matrix)\.", expression):
            return True
    return False


def _with_offer(call: Call, step: Any, lines: Sequence[str], identifier: str) -> Call:
    """The call with the arguments for the plan, and the step ``identifier`` before it that prints it: the action runs
    no shell."""
    first = lines[yaml_nodes.line(step) - 1]
    dash = first.find("-") if first.lstrip().startswith("-") else step.start_mark.column
    indent = " " * dash
    given = " ".join((yaml_nodes.text(yaml_nodes.value(yaml_nodes.value(step, "with"), "args")) or "").split())
    python, rest = shell_calls.one_python(f" {given}")
    apart = () if python else tuple(shell_calls.of_other_kind(given))
    call = call._replace(apart=apart, by_hand="abi3" in given)
    if not shell_calls.has_one_plan(given):
        return call
    arguments = " ".join([*rest.split(), f"${{{{ steps.{identifier}.outputs.args }}}}"])
    made = f'{indent}  run: echo "args=$({FLAGS}{python})" >> "$GITHUB_OUTPUT"'
    return call._replace(
        offered=f"{indent}    args: {yaml_nodes.scalar(arguments)}",
        before=(f"{indent}- id: {identifier}", f"{indent}  shell: bash", made),
    )
