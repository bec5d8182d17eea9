"""Edits of TOML files that keep comments and formatting: text in, text out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Union

from ...errors import Place, ProjectError
from ...facts import toml
from ...facts.project import FILE
from ...model.settings import TABLE
from .. import extras

Value = Union[str, list[str], dict[str, str]]
_LONGEST = 100  # of a list in one line


def needed() -> Any:
    """tomlkit; :class:`BackendError` if it is missing."""
    return extras.needed("tomlkit", "tomlkit", "writing pyproject.toml")


def with_settings(text: str, values: Mapping[str, Value], why: str = "", mark: str = "") -> str:
    """The TOML ``text`` with ``values`` in the backend's table, the first of them with the comment ``why``.

    An old comment stays after it unless it begins with ``mark``. A list that is there already keeps its formatting.

    Raises :class:`BackendError` if tomlkit is missing, and where its result would say something else.
    """
    tomlkit = needed()
    document: Any = tomlkit.parse(text)
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    tool = document["tool"]
    fresh = TABLE not in tool
    if fresh:
        tool[TABLE] = tomlkit.table()
    table = tool[TABLE]
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(table.get(key), dict):
            table[key].update({name: each for name, each in value.items() if table[key].get(name) != each})
            continue
        trivia = getattr(table.get(key), "trivia", None)  # none if its keys are dotted
        old = trivia.comment.lstrip("# ") if trivia else ""
        item = tomlkit.item(value)
        if not why and isinstance(value, list) and isinstance(table.get(key), list):
            _in_place(table[key], value)
            continue
        if isinstance(value, list) and len(item.as_string()) > _LONGEST:
            item.multiline(True)
        if why and key == next(iter(values)):
            item.comment(why if not old or old.startswith(mark) else f"{why}; {old}")
        table[key] = item
    after = str(tomlkit.dumps(document))
    if fresh:
        header = re.escape(f"[tool.{TABLE}]")
        after = re.sub(rf"(?<=[^\n])\n(?={header})", "\n\n", after, count=1)
        after = re.sub(rf"({header}\n(?:[^\n\[]+\n|abi3-crate[^\n]+\n)+)(?=\[)", r"\1\n", after, count=1)
    if "\r\n" in text:
        after = re.sub(r"(?<!\r)\n", "\r\n", after)
    _same_but(text, after, values)
    return after


def _in_place(present: Any, wanted: list[str]) -> None:
    """Make a list say what is ``wanted``, by leaving out entries and by adding others at its end."""
    for number in reversed(range(len(present))):
        if present[number] not in wanted or present[number] in present[:number]:
            del present[number]
    for entry in wanted:
        if entry not in present:
            present.append(entry)


def _same_but(before: str, after: str, values: Mapping[str, Value]) -> None:
    """Raise where ``after`` is anything else than ``before`` with ``values``."""
    wanted = toml.parse(before)
    wanted.setdefault("tool", {}).setdefault(TABLE, {}).update(values)
    if toml.parse(after) != wanted:
        settings = " and ".join(f"{key} = {value!r}" for key, value in values.items())
        raise ProjectError(
            f"tomlkit cannot put [tool.{TABLE}] into this file", place=Place(FILE), hint=f"set {settings} by hand"
        )
