"""Parses the answer of ``cargo metadata``, and checks that it has the form that the rest of this folder reads.

The form is that of format version 1 (the Cargo book, "cargo metadata", "JSON format"). The answer may come from another
program if a wrapper, an alias or a broken installation is called cargo.
"""

from __future__ import annotations

import json
from typing import Any

from ..errors import CrateError

_TEXT, _MAYBE = (str,), (str, type(None))
# Only the keys that are read. A list has one entry: the form of each of its elements. A dict under "*" has any keys,
# and a key that ends in "?" may be missing.
_FORM: dict[str, Any] = {
    "packages": [
        {
            "id": _TEXT,
            "name": _TEXT,
            "version": _TEXT,
            "source": _MAYBE,
            "manifest_path": _TEXT,
            "rust_version?": _MAYBE,
            "features": {"*": [_TEXT]},
            "targets": [{"name": _TEXT, "kind": [_TEXT], "crate_types": [_TEXT], "src_path": _TEXT}],
            "dependencies": [
                {
                    "name": _TEXT,
                    "kind": _MAYBE,
                    "rename": _MAYBE,
                    "optional": (bool,),
                    "features": [_TEXT],
                    "target": _MAYBE,
                }
            ],
        }
    ],
    "resolve": {
        "root": _MAYBE,
        "nodes": [
            {
                "id": _TEXT,
                "features": [_TEXT],
                "dependencies": [_TEXT],
                "deps": [{"pkg": _TEXT, "dep_kinds": [{"kind": _MAYBE, "target": _MAYBE}]}],
            }
        ],
    },
    "workspace_members": [_TEXT],
    "workspace_root": _TEXT,
    "target_directory": _TEXT,
    "build_directory?": _MAYBE,
}


def parse(output: str) -> dict[str, Any]:
    """The table in the output of ``cargo metadata``. Raises :class:`CrateError` if it is not what cargo documents."""
    if not output.strip():
        raise _error("printed nothing")
    try:
        table = json.loads(output)
    except ValueError as error:
        raise _error(f"printed no JSON ({error})") from None
    except RecursionError:
        raise _error("printed JSON that is nested too deeply") from None
    fault = _fault(table, _FORM, "") or _dangling(table) or ("it has a NUL in it" if "\\u0000" in output else None)
    if fault:
        raise _error(f"printed JSON in an undocumented form: {fault}")
    result: dict[str, Any] = table
    return result


def _error(what: str) -> CrateError:
    hint = "`cargo metadata --format-version 1` shows it; is the cargo on PATH a wrapper, or not installed completely?"
    return CrateError(f"`cargo metadata` {what}", hint=hint)


def _fault(value: Any, form: Any, where: str) -> str | None:
    """What is not as ``form`` says, in words; None if nothing is. ``where`` is the path of ``value``."""
    if isinstance(form, tuple):
        return None if isinstance(value, form) else f"{where} is {_shown(value)}"
    if isinstance(form, list):
        if not isinstance(value, list):
            return f"{where} is {_shown(value)}"
        (inner,) = form
        if isinstance(inner, tuple):
            # By far the most common case, so it is done without a call for each element.
            return None if set(map(type, value)) <= set(inner) else f"{where} has an entry of another type"
        return next((fault for each in value if (fault := _fault(each, inner, where))), None)
    if not isinstance(value, dict):
        return f"{where or 'all of it'} is {_shown(value)}"
    if "*" in form:
        return next((fault for each in value.values() if (fault := _fault(each, form["*"], where))), None)
    for name, inner in form.items():
        key = name.rstrip("?")
        if key not in value:
            if key != name:
                continue
            return f"{where + '.' if where else ''}{key} is missing"
        if type(inner) is tuple and type(value[key]) in inner:
            continue
        if fault := _fault(value[key], inner, f"{where}.{key}" if where else key):
            return fault
    return None


def _dangling(table: dict[str, Any]) -> str | None:
    """A package id that leads nowhere, in words; None if there is none."""
    packages = {package["id"] for package in table["packages"]}
    nodes = {node["id"] for node in table["resolve"]["nodes"]}
    named = {name for node in table["resolve"]["nodes"] for name in node["dependencies"]}
    named |= {dep["pkg"] for node in table["resolve"]["nodes"] for dep in node["deps"]}
    root = table["resolve"]["root"]
    named |= {root} if root is not None else set()
    wrong = (nodes - packages) | (named - nodes) | (set(table["workspace_members"]) - packages)
    return f"the package {min(wrong)} is missing" if wrong else None


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 40 else f"{text[:37]}..."
