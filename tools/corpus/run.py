"""The program: each step of each project, one after the other; what is known from earlier runs is not done again."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from . import front_ends, new, published, pythons, report
from .job import Job
from .place import Failed, Place, Result, State, tried
from .projects import PROJECTS, Project
from .pythons import Python
from .steps import STEPS
from .trials import TRIALS

Steps = Mapping[str, Callable[[Job], str]]
# What has to have succeeded before a step is tried.
NEEDS = {
    "check": "sdist",
    "migrate": "sdist",
    "explain": "migrate",
    "build": "explain",
    "import": "build",
    "audit": "build",
    "probe": "explain",
    "wheels": "explain",
    "tests": "build",
    "sdist and back": "build",
    "editable": "build",
    "rebuild": "build",
}


def chosen(words: list[str]) -> list[Project]:
    """The projects of ``--only``; a name without one ends the program."""
    names = {project.name: project for project in PROJECTS}
    wanted = [word.replace("-", "_").lower() for word in words]
    if unknown := sorted(set(wanted) - set(names)):
        sys.exit(f"there is no {', '.join(unknown)} among the projects: {', '.join(names)}")
    return [project for project in PROJECTS if project.name in wanted or not wanted]


class Run(NamedTuple):
    """Where results are kept, and how the lines of the progress begin."""

    state: State
    where: str


def go(run: Run, job: Job, entry: dict[str, Any], functions: Steps, needs: Mapping[str, str]) -> bool:
    """All steps of one project; whether none failed."""
    steps: dict[str, Any] = entry["steps"]
    laid = job.tree("ours").is_dir()
    for name, function in functions.items():
        if laid and steps.get(name, {}).get("status") == "ok":
            continue
        before = needs.get(name)
        if before and steps.get(before, {}).get("status") != "ok":
            result = Result("not run", 0.0, f"{before} did not succeed")
        else:
            result = tried(functools.partial(function, job))
        steps[name] = result._asdict()
        print(f"{run.where}  {name:<14} {result.status:<8} {result.seconds:>6.1f} s  {result.text}", flush=True)
        run.state.save()
    return all(step["status"] != "failed" for step in steps.values())


def begin(name: str) -> tuple[Place, dict[str, Python], State]:
    """The folder, the interpreters and what is known; said in two lines."""
    place, here = Place(), pythons.found()
    print(f"results and trees: {place.folder}; this backend: {place.digest}")
    print(f"interpreters: {', '.join(here)}; not here: {', '.join(missing(here)) or 'none'}", flush=True)
    return place, here, State(place, name)


def corpus(options: argparse.Namespace) -> int:
    """The projects; the status is 1 if a step failed."""
    place, here, state = begin("corpus")
    wanted, failed = chosen(options.only), 0
    functions = {**STEPS, **TRIALS}
    for number, one in enumerate(wanted, 1):
        run = Run(state, f"[{number}/{len(wanted)}] {one.name:<18}")
        if one.not_run:
            print(f"{run.where}  not run: {one.not_run}", flush=True)
            continue
        entry = state.entry(one.name, f"{one.key} {' '.join(here)}", again=options.again)
        job = Job(place.having(dict(one.environ)), one, here, entry["facts"])
        failed += not go(run, job, entry, functions, NEEDS)
    print(f"{len(wanted)} projects, {failed} with a step that failed", flush=True)
    if options.write:
        report.write_corpus(state.entries, here, place.folder)
    return int(failed > 0)


def newer(options: argparse.Namespace) -> int:
    """The old sdists on the new Pythons; the status is 1 if ours failed where the plain one did not."""
    place, here, state = begin("new")
    names = [one for one in new.OLD if not options.only or {one.name, f"{one.name}=={one.version}"} & {*options.only}]
    worse = 0
    if not names:
        sys.exit(f"none of the sdists has that name: {', '.join(dict.fromkeys(one.name for one in new.OLD))}")
    for number, old in enumerate(names, 1):
        run = Run(state, f"[{number}/{len(names)}] {old.name} {old.version:<8}")
        entry = state.entry(f"{old.name} {old.version}", old.project.key, again=options.again)
        job = Job(place, old.project, here, entry["facts"], under=f"new/{old.version}")
        go(run, job, entry, new.STEPS, new.NEEDS)
        for label in new.LATER:
            plain, ours = (entry["steps"][f"{which} {label}"]["status"] for which in ("plain", "ours"))
            worse += plain == "ok" and ours == "failed"
    if options.write:
        report.write_new(state.entries, here, place.folder)
    return int(worse > 0)


def tools(options: argparse.Namespace) -> int:
    """Front ends and delegates; the status is 1 if one failed."""
    place, here, state = begin("tools")
    right = front_ends.run(place, here, state, options.only, options.again)
    if options.write:
        report.write_tools(state.entries, here, place.folder)
    return int(not right)


def tables(options: argparse.Namespace) -> int:
    """Only write what is known: nothing is run."""
    for name, write in (("corpus", report.write_corpus), ("new", report.write_new), ("tools", report.write_tools)):
        place, here, state = begin(name)
        write(state.entries, here, place.folder)
    return 0


def missing(here: Mapping[str, Any]) -> list[str]:
    """The interpreters that are not on this machine, by name."""
    return [label for label in pythons.KNOWN if label not in here]


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """The arguments of the program."""
    parser = argparse.ArgumentParser(
        description="Real projects with this backend. A run goes on where one was stopped."
    )
    parser.add_argument(
        "mode", nargs="?", default="projects", choices=["projects", "new", "tools", "tables", "published"]
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this project; can be repeated")
    parser.add_argument("--again", action="store_true", help="do not use what earlier runs have found")
    parser.add_argument("--write", action="store_true", help="put what is known into the tables of the documentation")
    return parser.parse_args(arguments)


def main() -> int:
    """The program; returns the exit status."""
    options = options_of()
    try:
        if options.mode == "published":
            published.refresh()
            return 0
        return {"projects": corpus, "new": newer, "tools": tools, "tables": tables}[options.mode](options)
    except Failed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on from here{os.linesep}", file=sys.stderr)
        return 130
