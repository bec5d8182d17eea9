"""The tables of docs/corpus.md and docs/tools.md, between marks, from what the runs have kept."""

from __future__ import annotations

import datetime
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reliability.report import replaced

from . import front_ends, results
from .new import LATER, OLD
from .new import STEPS as NEW
from .place import TOP
from .projects import PROJECTS, Project
from .pythons import KNOWN, Python
from .steps import STEPS
from .trials import TRIALS

PAGE = TOP / "docs" / "corpus.md"
TOOLS = TOP / "docs" / "tools.md"
Entries = Mapping[str, Mapping[str, Any]]


def put(page: Path, name: str, lines: list[str]) -> None:
    """Replace one table of a page."""
    page.write_text(replaced(page.read_text(encoding="utf-8"), name, lines), encoding="utf-8")


def seen(here: Mapping[str, Python]) -> str:
    """On what the last run was, and what was missing there."""
    missing = [label for label in KNOWN if label not in here]
    return (
        f"The last run was on {datetime.date.today():%Y-%m-%d}, {sys.platform} {platform.machine()}, with Python "
        f"{', '.join(here)}. Not run, because they were not there: {', '.join(missing) or 'none'}."
    )


def about(entry: Mapping[str, Any] | None, project: Project) -> bool:
    """Whether there is a result, and of this version of the project."""
    return entry is not None and str(entry["key"]).startswith(project.key)


def _row(project: Project, entry: Mapping[str, Any]) -> str:
    facts, steps = entry["facts"], entry["steps"]
    tests = facts.get("tests", {})
    both = " / ".join(dict.fromkeys(tests.get(when, "?") for when in ("before", "after"))) if tests else ""
    tested = f"{both}, the same" if tests and tests["before"] == tests["after"] else both
    rebuild = facts.get("rebuild", {})
    notes = [project.note] if project.note else []
    notes += [f"**{name}: {step['text']}**" for name, step in steps.items() if step["status"] == "failed"]
    cells = [
        f"{project.name.replace('_', '-')} {project.version}",
        facts.get("pyo3", ""),
        facts.get("lines", ""),
        " ".join(facts.get("wheels", [])),
        str(facts["probed"] or "none") if "probed" in facts else "",
        _span(facts.get("imported on", [])),
        f"{facts['published']} / {facts['needed']}" if "needed" in facts else "",
        tested,
        f"{rebuild['plain']} / {rebuild['ours']}" if rebuild else "",
        entry["on"],
        "; ".join(notes),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _span(labels: list[str]) -> str:
    """Interpreters in few words: "3.9–3.13, 3.15"."""
    order, parts = list(KNOWN), list[list[str]]()
    for label in labels:
        near = parts and order.index(label) == order.index(parts[-1][-1]) + 1 and not label.endswith(("t", "11"))
        if near or (parts and parts[-1][-1] == "3.10" and label == "3.11"):
            parts[-1].append(label)
        else:
            parts.append([label])
    return ", ".join(part[0] if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)


def projects(entries: Entries, here: Mapping[str, Python]) -> list[str]:
    """The table of the projects."""
    known = [(one, entries[one.name]) for one in PROJECTS if about(entries.get(one.name), one)]
    whole = sum(all(step["status"] != "failed" for step in entry["steps"].values()) for _, entry in known)
    possible = sum(not one.not_run for one in PROJECTS)
    lines = [
        f"{len(known)} of {possible} projects have been run, {whole} of them without a step that failed. {seen(here)}",
        "",
        "| project | PyO3 | lines | wheel | probed | imports on | published / needed | own tests | rebuild, s | seen "
        "| notes |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(project, entry) for project, entry in known]
    reasons = [f"- {one.name.replace('_', '-')} {one.version}: {one.not_run}" for one in PROJECTS if one.not_run]
    waiting = [
        one.name.replace("_", "-") for one in PROJECTS if not one.not_run and not about(entries.get(one.name), one)
    ]
    reasons += [f"- {', '.join(waiting)}: there was no time for them"] if waiting else []
    return [*lines, "", "Not run:", "", *reasons]


def write_corpus(entries: Entries, here: Mapping[str, Python], folder: Path) -> None:
    """Put the table of the projects into docs/corpus.md."""
    put(
        PAGE, "projects", projects(results.keep("corpus", entries, results.Run(folder, len(STEPS) + len(TRIALS))), here)
    )


def _cell(step: Mapping[str, Any] | None) -> str:
    if step is None:
        return "not run"
    text = str(step["text"]).replace("|", "\\|")
    if step["status"] == "ok":
        tag, after, more = text.partition(" after ")
        return f"`{tag}`{after}{more}"
    return text if text.startswith("refused: ") else f"{step['status']}: {text}"


def new(entries: Entries, here: Mapping[str, Python]) -> list[str]:
    """The table of old sdists on new Pythons."""
    known = [(one, entries[f"{one.name} {one.version}"]) for one in OLD if f"{one.name} {one.version}" in entries]
    lines = [seen(here), ""]
    for label in LATER:
        steps = [entry["steps"] for _, entry in known]
        counts = [
            sum(one.get(f"{way} {label}", {}).get("status") == "ok" for one in steps) for way in ("plain", "ours")
        ]
        lines.append(
            f"On CPython {label}, {counts[0]} of {len(known)} build and import as published, and {counts[1]} with this "
            "backend."
        )
    lines += ["", "| sdist | published | Python | as published | with this backend | its own tests | seen |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for one, entry in known:
        for label in LATER:
            cells = [_cell(entry["steps"].get(f"{what} {label}")) for what in ("plain", "ours", "tests")]
            name = f"{one.name.replace('_', '-')} {one.version}"
            lines.append(f"| {' | '.join([name, one.month, label, *cells, entry['on']])} |")
    waiting = [f"{one.name} {one.version}" for one in OLD if f"{one.name} {one.version}" not in entries]
    return [*lines, "", f"Not run, for want of time: {', '.join(waiting)}."] if waiting else lines


def write_new(entries: Entries, here: Mapping[str, Python], folder: Path) -> None:
    """Put the table of the new Pythons into docs/corpus.md."""
    put(PAGE, "new", new(results.keep("new", entries, results.Run(folder, len(NEW))), here))


def write_tools(entries: Entries, here: Mapping[str, Python], folder: Path) -> None:
    """Put the table of the front ends into docs/tools.md."""
    rows = results.keep("tools", entries, results.Run(folder, 1))
    where = f"{sys.platform} {platform.machine()}, with Python {front_ends.LABEL}"
    put(TOOLS, "tools", [f"Seen on {results.days(rows)}, {where}.", "", *front_ends.table(rows)])
