"""Write what is made from ``model/settings.py``: the JSON schema file, and the reference in docs/settings.md.

    python tools/settings_reference.py [--check]

In docs/settings.md only what stands between the two marks is written. ``--check`` writes nothing, and fails on a
difference.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

from generated import ROOT, main
from pyo3_features_backend.author import schema
from pyo3_features_backend.model.machine import VARIABLES
from pyo3_features_backend.model.settings import CONDITIONS, KEYS, Key, Settings

SCHEMA = ROOT / "pyo3_features_backend" / "data" / "settings.schema.json"
PAGE = ROOT / "docs" / "settings.md"
BEGIN, END = "<!-- from model/settings.py, by tools/settings_reference.py -->\n", "<!-- end of that -->\n"


def toml(value: object) -> str:
    """A string, a list of strings or a boolean as TOML, which writes them as JSON does."""
    return json.dumps(value, ensure_ascii=False)


def section(key: Key) -> str:
    """One key of the table: what it is for, what it accepts, and its three spellings."""
    default = Settings._field_defaults[key.field]
    plain = ",".join(key.example) if isinstance(key.example, list) else str(key.example)
    plain = plain.lower() if key.kind == "boolean" else plain
    spellings = [
        (f"{key.name} = {toml(key.example)}", "pyproject.toml"),
        *([(f"{key.name} = {key.table_example}", "the same, with a table")] if key.inner else []),
        (f"-C {key.name}={plain}", "a config setting"),
        *([(f"-C '{key.name}={key.table_example}'", "the same, with a table")] if key.inner else []),
        (f"{key.variable}={plain}", "the environment"),
    ]
    width = max(len(text) for text, _ in spellings)
    return "\n".join(
        [
            f"### `{key.name}`\n",
            textwrap.fill(key.about, 120, break_long_words=False, break_on_hyphens=False) + "\n",
            *(f"    {text:{width}}    # {where}" for text, where in spellings),
            "",
            f"Accepts {in_code(key.accepted)}. "
            + ("Default: see above." if default is None else f"Default: `{toml(default)}`.")
            + ("" if key.overridable else " It cannot be set in an override."),
            "",
        ]
    )


def in_code(wanted: str) -> str:
    """The values among the words as code: ``"off" or ["abi"]``."""
    return re.sub(r'(\{.*?\}|\[[^\]]*\]|"[^"]*")', r"`\1`", wanted)


def reference() -> str:
    """The generated part of the page."""
    rows = [f"| `{key.name}` | {key.about} | {in_code(key.accepted)} |" for key in CONDITIONS]
    conditions = "\n".join(["## Conditions of an override\n", "| `if` | meaning | accepts |", "|---|---|---|", *rows])
    rows = [f"| `{name}` | {about} |" for name, about in VARIABLES.items()]
    variables = "\n".join(["## Variables without a key\n", "| environment | meaning |", "|---|---|", *rows])
    return "\n".join(["## Keys\n", *map(section, KEYS), conditions, "", variables]) + "\n"


def page(before: str) -> str:
    """docs/settings.md with its generated part renewed."""
    head, _, rest = before.partition(BEGIN)
    return head + BEGIN + "\n" + reference() + "\n" + END + rest.partition(END)[2]


def files() -> list[tuple[Path, str]]:
    """Each file with what belongs into it."""
    return [(SCHEMA, schema.text(schema.schema())), (PAGE, page(PAGE.read_text(encoding="utf-8")))]


if __name__ == "__main__":
    raise SystemExit(main("Renew what is made from the model of the settings.", files))
