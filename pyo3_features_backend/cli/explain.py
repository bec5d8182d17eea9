"""``pyo3-features explain``: the plan for one interpreter, and why, without building."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from .. import project
from ..build import Facts, gather, summary
from ..delegates import maturin
from ..errors import render


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
    return {
        "project": {
            "name": facts.project.name,
            "requires_python": facts.project.requires_python,
            "delegate": facts.delegate,
            "manifest": crate.manifest,
            "crate": crate.name,
        },
        "target": {
            "implementation": target.implementation,
            "version": target.full_version,
            "free_threaded": target.free_threaded,
            "platform": target.platform,
            "executable": target.executable,
        },
        "pyo3": crate.pyo3
        and {"crate": crate.pyo3.crate, "dependency": crate.pyo3.key.rstrip("?"), "version": crate.pyo3.version},
        "abi": plan.abi,
        "floor": plan.floor and f"{plan.floor[0]}.{plan.floor[1]}",
        "features": list(plan.features),
        "env": plan.env,
        "wheel": plan.wheel and {"python_tag": plan.wheel[0], "abi_tag": plan.wheel[1]},
        "reasons": [{"about": about, "text": text} for about, text in plan.reasons],
        "problems": [
            {
                "code": p.code,
                "severity": p.severity,
                "message": p.message,
                "file": p.place and p.place.file,
                "line": p.place and p.place.line,
                "hint": p.hint,
            }
            for p in plan.problems
        ],
    }


def run(options: argparse.Namespace) -> int:
    """Print the plan; 1 if it holds an error."""
    root = Path(options.directory).resolve()
    manifest = maturin.manifest(project.load(root), maturin.parse(None, os.environ))
    locks = [folder / "Cargo.lock" for folder in list(manifest.parents)[:6]]
    missing = [lock for lock in locks if not lock.exists()]
    try:
        facts = gather(root, None, options.python)
    finally:
        for lock in missing:  # `cargo metadata` writes one; explaining must leave the tree as it was
            lock.unlink(missing_ok=True)
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
