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
from ..errors import PlanError, closest
from ..facts import toolchain
from ..facts.environ import changed
from ..model.codes import UNSUPPORTED
from ..model.words import Severity
from .common import json_option, python_option
from .console import current, print_problems

DESCRIPTION = "Show which wheel a build makes, with which features of PyO3, and why. Nothing is built."
UNIVERSAL2 = "universal2-apple-darwin"  # maturin's name for both architectures of macOS
EXAMPLE = "pyo3-features explain --python python3.12 --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    python_option(parser)
    parser.add_argument("--target", metavar="TRIPLE", help="the rustc target to cross-compile for")
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
    facts = _facts(Path(options.directory).resolve(), options.python, options.target)
    if options.json:
        print(json.dumps(as_json(facts), indent=2))
    elif any(problem.code == UNSUPPORTED for problem in facts.plan.problems):  # there is no plan for such a Python
        return print_problems(facts.plan.problems)
    else:
        _print(facts)
        return print_problems(facts.plan.problems)
    return int(any(problem.severity == Severity.ERROR for problem in facts.plan.problems))


def _print(facts: Facts) -> None:
    """Print the plan: the line of a build, and what it was decided by."""
    console = current()
    console.line(summary(facts), "strong")
    if console.quiet:
        return
    rows = [("target", f"{facts.target.label}, {facts.target.platform}"), ("delegate", str(facts.delegate))]
    rows += facts.plan.reasons
    if command := flags.by_hand(facts):
        text = f"{command} gives it this plan"
        rows.append((f"built by {planner_alone(facts.project)} itself", text))
    rows += [("environment", f"{name}={value}") for name, value in facts.plan.env.items()]
    for about, text in rows:
        console.line(f"  {about}: {text}", label=f"  {about}:", hang=4)


def _facts(root: Path, python: str | None, triple: str | None) -> Facts:
    """The facts of a build, which ``triple`` makes one for that rustc target, through either delegate.

    Raises :class:`PlanError` if rustc has no such target, or the project names another one for itself.
    """
    if triple is None:
        return facts_of(root, python)
    _refuse_unknown(root, triple)
    with changed({"CARGO_BUILD_TARGET": triple}):
        facts = facts_of(root, python)
    if facts.triple != triple:
        raise PlanError(
            f"the build is for {facts.triple}, not for {triple}",
            hint="--target in maturin's build arguments, or `target` of [build_ext], wins; remove it",
        )
    return facts


def _refuse_unknown(root: Path, triple: str) -> None:
    """Raise :class:`PlanError` for a name that rustc does not know; one of a file is a target of the user's own."""
    if triple.endswith(".json") or triple == UNIVERSAL2:
        return
    question = toolchain.ask(["rustc", "--print", "target-list"], root)
    known = question.answer()[1].split()
    if question.failure() is None and triple not in known:
        near = closest(triple, known, 3)
        raise PlanError(
            f"rustc has no target {triple}",
            hint=f"did you mean {' or '.join(near)}?" if near else "`rustc --print target-list` has all of them",
        )
