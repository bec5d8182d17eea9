"""The program: each step of each project, one after the other; what is known from earlier runs is not done again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

from . import published, pythons, report
from .place import Failed, Place, Result, State, tried
from .projects import PROJECTS, Project
from .steps import STEPS, Job, probe
from .trials import TRIALS

# What has to have succeeded before a step is tried.
NEEDS = {
    "check": "sdist",
    "migrate": "sdist",
    "probe": "migrate",
    "explain": "migrate",
    "build": "explain",
    "import": "build",
    "audit": "build",
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


def say(where: str, step: str, result: Result) -> None:
    """The line of a step."""
    print(f"{where}  {step:<14} {result.status:<8} {result.seconds:>6.1f} s  {result.text}", flush=True)


def project(job: Job, entry: Mapping[str, Any], save: Any, where: str, options: argparse.Namespace) -> None:
    """All steps of one project."""
    steps: dict[str, Any] = entry["steps"]
    functions = {**STEPS, **({"probe": probe} if options.probe else {}), **TRIALS}
    laid = job.tree("ours").is_dir()
    for name, function in functions.items():
        if laid and steps.get(name, {}).get("status") == "ok":
            continue
        needs = NEEDS.get(name)
        if needs and steps.get(needs, {}).get("status") != "ok":
            result = Result("not run", 0.0, f"{needs} did not succeed")
        else:
            result = tried(lambda function=function: function(job))  # type: ignore[misc]
        steps[name] = result._asdict()
        say(where, name, result)
        save()


def corpus(options: argparse.Namespace) -> int:
    """The projects; the status is 1 if a step failed."""
    place, here = Place(), pythons.found()
    print(f"results and trees: {place.folder}; this backend: {place.digest}")
    print(f"interpreters: {', '.join(here)}; not here: {', '.join(set_of_missing(here)) or 'none'}", flush=True)
    state, failed = State(place, "corpus"), 0
    wanted = chosen(options.only)
    for number, one in enumerate(wanted, 1):
        where = f"[{number}/{len(wanted)}] {one.name:<18}"
        if one.not_run:
            print(f"{where}  not run: {one.not_run}", flush=True)
            continue
        entry = state.entry(one.name, f"{one.key} {' '.join(here)}", again=options.again)
        job = Job(place, one, here, entry["facts"], options.every_python)
        project(job, entry, state.save, where, options)
        failed += any(step["status"] == "failed" for step in entry["steps"].values())
    print(f"{len(wanted)} projects, {failed} with a step that failed", flush=True)
    if options.write:
        report.write_corpus(state.entries, here)
    return int(failed > 0)


def set_of_missing(here: Mapping[str, Any]) -> list[str]:
    """The interpreters that are not on this machine, by name."""
    return [label for label in pythons.KNOWN if label not in here]


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """The arguments of the program."""
    parser = argparse.ArgumentParser(
        description="Real projects with this backend. A run goes on where one was stopped."
    )
    parser.add_argument("mode", nargs="?", default="projects", choices=["projects", "published"])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this project; can be repeated")
    parser.add_argument("--probe", action="store_true", help="find the lowest floor of each, too (slow)")
    parser.add_argument("--every-python", action="store_true", help="build in each interpreter, not the smallest set")
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
        return corpus(options)
    except Failed as error:
        print(f"failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on from here{os.linesep}", file=sys.stderr)
        return 130
