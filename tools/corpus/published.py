"""The names of the wheels that the projects have published, as recorded: which tags there are for which platforms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from .index import names_on_index
from .projects import PROJECTS

FILE = Path(__file__).parent / "published.json"


def wheels_of(project: str) -> list[str]:
    """The names of the wheels of a project's pinned release; none if they are not recorded."""
    recorded = json.loads(FILE.read_text(encoding="utf-8")).get(project)
    if recorded is None:
        return []
    return [
        f"{project}-{recorded['version']}-{tag}-{platform}.whl"
        for tags, platforms in recorded["wheels"]
        for tag in tags.split()
        for platform in platforms.split()
    ]


def grouped(names: Iterable[str]) -> list[list[str]]:
    """Names of wheels as pairs of tags and platforms, separated by blanks: tags with the same platforms are one."""
    platforms: dict[str, list[str]] = {}
    for name in names:
        *_, python, abi, platform = name[: -len(".whl")].split("-")
        platforms.setdefault(f"{python}-{abi}", []).append(platform)
    tags: dict[str, list[str]] = {}
    for tag, found in sorted(platforms.items()):
        tags.setdefault(" ".join(sorted(found)), []).append(tag)
    return [[" ".join(found), where] for where, found in tags.items()]


def refresh() -> None:
    """Ask the index for the names again, for every project that is run, and write the file."""
    recorded = {}
    for project in PROJECTS:
        if project.not_run:
            continue
        release = re.compile(rf"{project.name}-{re.escape(project.version)}-.*\.whl", re.IGNORECASE)
        names = [name for name in names_on_index(project.name) if release.fullmatch(name)]
        recorded[project.name] = {"version": project.version, "wheels": grouped(names)}
        print(f"{project.name} {project.version}: {len(names)} wheels", flush=True)
    FILE.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
