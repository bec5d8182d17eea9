"""What a probe found, in [tool.pyo3-features-backend]: formatting and comments of the file stay."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from .. import toml
from ..errors import BackendError, Place, ProjectError
from ..project import FILE
from ..pyo3 import python_text
from ..settings import TABLE

if TYPE_CHECKING:
    from .search import Found

Value = Union[str, list[str]]
_MARK = "pyo3-features probe: "


def changes(found: Found) -> dict[str, Value]:
    """What has to be said in the project's table so that builds are what was found; empty where they are."""
    if not found.floor and found.inconclusive:
        return {}
    table = found.facts.project.table.get("tool", {}).get(TABLE, {})
    values: dict[str, Value] = {}
    floor = python_text(found.floor) if found.floor else "off"
    present = table.get("abi3", "auto")
    if present != floor and not (present == "auto" and found.floor and found.floor == found.auto):
        values["abi3"] = floor
    if found.floor and list(found.crate_features) != table.get("abi3-crate-features", []):
        values["abi3-crate-features"] = list(found.crate_features)
    return values


def comment(found: Found) -> str:
    """Why, in one line: the highest floor below the one that was found, and what stood in the way there."""
    failed = [one for one in found.tried if one.failure]
    plain = [one for one in failed if not one.crate_features] or failed
    if not plain or not plain[-1].failure:
        return f"{_MARK}compiles and imports"
    last, failure = plain[-1], plain[-1].failure
    what = "fails" if not last.compiles else "does not import"
    where = f" at {failure.place} ({failure.subject})" if failure.place else f" ({failure.subject})"
    return f"{_MARK}{python_text(last.floor)} {what}{where}"


def write(path: Path, found: Found) -> dict[str, Value]:
    """Record the floor in the pyproject.toml at ``path``, all at once; returns what was written, nothing if it stood
    there already. Raises :class:`ProjectError`, or :class:`BackendError` where tomlkit is missing.
    """
    values = changes(found)
    if values:
        real = path.resolve()  # a link stays one
        _, before = toml.read(real, FILE)
        after = with_settings(before, values, comment(found))
        scratch = real.with_name(real.name + ".new")
        try:
            scratch.write_bytes(after.encode())
            shutil.copymode(real, scratch)
            scratch.replace(real)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise ProjectError(f"cannot be written: {error.strerror}", place=Place(FILE)) from None
    return values


def needed() -> Any:
    """tomlkit; :class:`BackendError` where it is missing."""
    try:
        return importlib.import_module("tomlkit")
    except ImportError:
        raise BackendError(
            "writing pyproject.toml needs tomlkit", hint=f"python -m pip install '{TABLE}[cli]'"
        ) from None


def with_settings(text: str, values: Mapping[str, Value], why: str) -> str:
    """The TOML ``text`` with ``values`` in our table, the first of them with the comment ``why``.

    Raises :class:`BackendError` where tomlkit is missing, and where it does not make of ``text`` what it should.
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
        item = tomlkit.item(value)
        old = table[key].trivia.comment.lstrip("# ") if key in table else ""
        if key == next(iter(values)):
            item.comment(why if not old or old.startswith(_MARK) else f"{why}; {old}")
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


def _same_but(before: str, after: str, values: Mapping[str, Value]) -> None:
    """Raise where ``after`` says anything else than ``before`` and ``values``."""
    wanted = toml.parse(before)
    wanted.setdefault("tool", {}).setdefault(TABLE, {}).update(values)
    if toml.parse(after) != wanted:
        settings = " and ".join(f"{key} = {value!r}" for key, value in values.items())
        raise ProjectError(
            f"tomlkit cannot put [tool.{TABLE}] into this file", place=Place(FILE), hint=f"set {settings} by hand"
        )
