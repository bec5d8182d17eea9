"""The JSON schema of ``[tool.pyo3-features-backend]``, made from :mod:`model.settings`; no build imports it.

validate-pyproject asks for it by the entry point ``validate_pyproject.tool_schema``, and ``data/settings.schema.json``
is the same. ``python -m pyo3_features_backend.author.schema`` prints one of the whole pyproject.toml, for editors.
"""

from __future__ import annotations

import json
from typing import Any

from ..errors import REPOSITORY
from ..model.settings import CONDITIONS, KEYS, TABLE, Key, Settings

DRAFT = "http://json-schema.org/draft-07/schema#"
ID = f"{REPOSITORY}/raw/main/pyo3_features_backend/data/settings.schema.json"


def schema(tool: str = TABLE) -> dict[str, Any]:
    """The JSON schema (draft 7) of the backend's table: what a build accepts, and no more."""
    del tool  # validate-pyproject passes the entry point's name
    # Without "$ref", so that it can be part of another schema.
    overridden = {key.name: _value(key) for key in KEYS if key.overridable}
    condition = {
        "description": "The Pythons that the override applies to. All conditions must hold.",
        **_object({key.name: _value(key) for key in CONDITIONS}),
        "minProperties": 1,
    }
    overrides = {
        "description": "Settings for some Pythons only. If several apply, the last one wins.",
        "type": "array",
        "items": {**_object({"if": condition, **overridden}), "required": ["if"]},
    }
    return {
        "$schema": DRAFT,
        "$id": ID,
        "title": f"[tool.{TABLE}]",
        "description": "The settings of the build backend. Every key is optional.",
        **_object({**{key.name: _value(key) for key in KEYS}, "overrides": overrides}),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _value(key: Key) -> dict[str, Any]:
    """The schema of one key's value."""
    whole: dict[str, Any] = {"description": key.about, "type": key.kind, "examples": [key.example]}
    default = Settings._field_defaults.get(key.field)
    if default is not None:
        whole["default"] = list(default) if key.kind == "array" else default
    allowed: list[dict[str, Any]] = []
    if key.choices:
        allowed.append({"enum": list(key.choices)})
    if key.pattern:
        allowed.append({"pattern": f"^(?:{key.pattern})$"})
    if key.inner:
        names = {inner.name: _value(inner) for inner in key.inner}
        table = {**_object(names), "required": list(names)}
        text = {"type": key.kind, "anyOf": allowed}  # with its type: a pattern alone accepts whatever is not a string
        return {**whole, "type": [key.kind, "object"], "anyOf": [text, table]}
    rule = {"anyOf": allowed} if len(allowed) > 1 else allowed[0] if allowed else {}
    return {**whole, "items": {"type": "string", **rule}} if key.kind == "array" else {**whole, **rule}


def of_the_file() -> dict[str, Any]:
    """The JSON schema of pyproject.toml: the public one, with the backend's table added."""
    table = {name: value for name, value in schema().items() if not name.startswith("$")}
    return {
        "$schema": DRAFT,
        "allOf": [{"$ref": "https://json.schemastore.org/pyproject.json"}],
        "properties": {"tool": {"properties": {TABLE: table}}},
    }


def text(content: dict[str, Any]) -> str:
    """A schema as the text of a file."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(of_the_file()), end="")
