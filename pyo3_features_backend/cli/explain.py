"""``pyo3-features explain``: the plan for one interpreter, and why, without building."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..author import flags
from ..author.backend import planner_alone
from ..build.gather import Facts, summary
from ..build.survey import facts_of
from ..model.codes import UNSUPPORTED
from ..model.words import Severity
from .common import json_option, print_problems, python_option

DESCRIPTION = "Show what a build would produce, without building."
EXAMPLE = "pyo3-features explain --python python3.12 --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    python_option(parser)
    json_option(parser)


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
            {
                "name": extension.crate.name,
                "manifest": extension.crate.manifest,
                "features": list(extension.plan.features),
            }
            for extension in facts.extensions
            if extension.crate and extension.plan
        ],
        "reasons": [{"about": about, "text": text} for about, text in plan.reasons],
        "problems": [p.as_json() for p in plan.problems],
    }


def run(options: argparse.Namespace) -> int:
    """Print the plan; 1 if it contains an error."""
    facts = facts_of(Path(options.directory).resolve(), options.python)
    if options.json:
        print(json.dumps(as_json(facts), indent=2))
    elif any(problem.code == UNSUPPORTED for problem in facts.plan.problems):  # there is no plan for such a Python
        return print_problems(facts.plan.problems)
    else:
        print(summary(facts))
        print(f"  target: {facts.target.label}, {facts.target.platform}")
        print(f"  delegate: {facts.delegate}")
        for about, text in facts.plan.reasons:
            print(f"  {about}: {text}")
        if command := flags.by_hand(facts):
            print(f"  built by {planner_alone(facts.project)} itself: {command} gives it this plan")
        for name, value in facts.plan.env.items():
            print(f"  environment: {name}={value}")
        return print_problems(facts.plan.problems)
    return int(any(problem.severity == Severity.ERROR for problem in facts.plan.problems))
