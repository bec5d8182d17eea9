"""The results that are kept with the project: results.json, one entry a row of the tables.

A whole run takes longer than a day of one machine, so the tables are made of several runs. A row is from the last run
that tried it; it says on which day, and results.json has the digest of the sources of this backend.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("results.json")
Entries = Mapping[str, Mapping[str, Any]]


class Run(NamedTuple):
    """Where a run has worked, and of how many steps a row of its table is."""

    folder: Path
    steps: int


def keep(table: str, entries: Entries, run: Run, file: Path = FILE) -> dict[str, Mapping[str, Any]]:
    """Put the rows that a run has tried whole over the kept ones of a table; all its rows."""
    tables = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    rows: dict[str, Mapping[str, Any]] = tables.get(table, {})
    tried = {name: entry for name, entry in entries.items() if len(entry["steps"]) >= run.steps}
    # A message can have the path of a machine in it.
    clean = json.loads(json.dumps(tried, ensure_ascii=False).replace(str(run.folder), "…"))
    rows = tables[table] = {**rows, **clean}
    text = json.dumps(tables, indent=1, sort_keys=True, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")
    return rows


def days(entries: Entries) -> str:
    """When the rows were seen: a day, or the first and the last one."""
    found = sorted({str(entry["on"]) for entry in entries.values()})
    return "".join(found) if len(found) < 2 else f"{found[0]} to {found[-1]}"
