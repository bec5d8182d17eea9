"""``pyo3-features explain``: the plan for one interpreter, and why, without building."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .. import gather
from ..delegates import maturin
from ..errors import render
from ..gather import Facts, Start, summary


def add_parser(verbs: Any) -> None:
    """Register the verb with argparse's subparsers."""
    parser = verbs.add_parser(
        "explain",
        help="the plan for one interpreter and why",
        description="Print what a build would make, without building.",
        epilog="example: pyo3-features explain --python python3.12 --json",
    )
    parser.add_argument("-C", dest="directory", default=".", metavar="DIR", help="the project's folder")
    parser.add_argument("--python", metavar="EXE", help="the target interpreter (default: the running one)")
    parser.add_argument("--json", action="store_true", help="print facts as JSON")
    parser.set_defaults(run=run)


def as_json(facts: Facts) -> dict[str, Any]:
    """The plan as the documented JSON object."""
    plan, crate, target = facts.plan, facts.crate, facts.target
    pyo3 = crate.pyo3 if crate else None
    return {
        "project": {
            "name": facts.name,
            "requires_python": facts.requires_python,
            "delegate": facts.delegate,
            "manifest": crate and crate.manifest,
            "crate": crate and crate.name,
        },
        "target": {
            "implementation": target.implementation,
            "version": target.full_version,
            "free_threaded": target.free_threaded,
            "platform": target.platform,
            "executable": target.executable,
        },
        "pyo3": pyo3 and {"crate": pyo3.crate, "dependency": pyo3.key.rstrip("?"), "version": pyo3.version},
        "abi": plan.abi,
        "floor": plan.floor and f"{plan.floor[0]}.{plan.floor[1]}",
        "features": list(plan.features),
        "env": plan.env,
        "wheel": plan.wheel and {"python_tag": plan.wheel[0], "abi_tag": plan.wheel[1]},
        "crates": [
            {"name": one.name, "manifest": one.manifest, "features": list(part.features)}
            for one, part in zip(facts.crates, facts.plans)
            if one and part
        ],
        "reasons": [{"about": about, "text": text} for about, text in plan.reasons],
        "problems": [p.as_json() for p in plan.problems],
    }


def facts_of(root: Path, python: str | None) -> Facts:
    """The facts and the plan of the project in ``root``; the tree is left as it was."""
    begun = gather.start(root, None)
    folders = [root]
    if begun.delegate == "maturin":
        folders = list(maturin.manifest(begun.project, maturin.parse(None, os.environ)).parents)[:6]
    missing = [folder / "Cargo.lock" for folder in folders if not (folder / "Cargo.lock").exists()]
    try:
        return (
            gather.for_maturin(begun.project, None, python)
            if begun.delegate == "maturin"
            else _setuptools(begun, python)
        )
    finally:
        for lock in missing:  # `cargo metadata` writes one; explaining must leave the tree as it was
            lock.unlink(missing_ok=True)


def run(options: argparse.Namespace) -> int:
    """Print the plan; 1 if it holds an error."""
    facts = facts_of(Path(options.directory).resolve(), options.python)
    if options.json:
        print(json.dumps(as_json(facts), indent=2))
    else:
        print(summary(facts))
        print(f"  target: {facts.target.label}, {facts.target.platform}")
        for about, text in facts.plan.reasons:
            print(f"  {about}: {text}")
        for name, value in facts.plan.env.items():
            print(f"  environment: {name}={value}")
        for problem in facts.plan.problems:
            print(render(problem.severity, f"{problem.message} [{problem.code}]", problem.place, problem.hint))
    return int(any(problem.severity == "error" for problem in facts.plan.problems))


class _Decided(BaseException):
    """Leaves setup.py as soon as the plan is known; no setup.py can take it for an error of its own."""


def _setuptools(begun: Start, python: str | None) -> Facts:
    """The plan of a setuptools project: setup.py runs once, up to the decision, and writes nothing."""
    import tempfile

    from .. import gather_setuptools
    from ..delegates import setuptools_rust, setuptools_session

    decided: list[Facts] = []

    def decide(distribution: setuptools_rust.Distribution, _: Any) -> setuptools_rust.Instruction:
        decided.append(gather_setuptools.for_setuptools(begun, distribution, None, python))
        raise _Decided

    session = setuptools_session.Session(begun.project, None, decide)
    scratch = tempfile.TemporaryDirectory()
    with _in_folder(begun.project.root), _stdout_to_stderr(), scratch as folder, suppress(_Decided):
        setuptools_session.hook("build_wheel", session, folder, {"quiet": "1"}, None)
    return decided[0]


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """What setup.py and its children print is not part of our answer."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
