"""``pyo3-features migrate``: converts a maturin or setuptools-rust project to this backend."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..author.backend import requirement
from ..author.sources.automation import Call, Unread
from ..author.sources.shell_calls import FLAGS
from ..errors import NAME, ProjectError, render, say
from ..model.words import DelegateName, Severity
from .common import python_option
from .console import current, wrap

if TYPE_CHECKING:
    from ..author.migrate import Migration
    from ..author.migrate.compare import Side

DESCRIPTION = (
    "Convert a maturin or setuptools-rust project to this backend. Shows the changes as a diff, "
    "with the wheel before and after, and asks before it writes."
)
EXAMPLE = "pyo3-features migrate --diff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--diff", action="store_true", help="print the changes as a diff, and write nothing")
    how.add_argument("--yes", action="store_true", help="write the changes without asking")
    parser.add_argument("--build", action="store_true", help="first build the result in a copy and import its wheel")
    parser.add_argument("--allow-dirty", action="store_true", help="continue even if there are uncommitted changes")
    python_option(parser)
    parser.set_defaults(wrong=getattr(parser, "wrong", parser.error))


def run(options: argparse.Namespace) -> int:
    """Show the migration and, if the user agrees, write it; 1 if the answer is no."""
    from ..author.edits import write
    from ..author.migrate import prepare, try_build

    root = Path(options.directory).resolve()
    migration = prepare(root, options.python)
    if migration.changes and not (options.diff or options.allow_dirty):
        _refuse_dirty(write.uncommitted(root, migration.changes))
    _print_diff(migration)
    _print_plans(migration)
    for note in migration.notes:
        say(f"{note.place}: {note.text}")
    _print_calls(migration)
    if options.build:
        trial = try_build(migration, lambda step: say(f"migrate: {step}"))
        say(f"built {trial.wheel}; {trial.imported}")
    if not migration.changes:
        left = "; the notes above say what to change by hand" if migration.notes or migration.calls else ""
        say(f"nothing to change: the project uses this backend already{left}")
        return 0
    if options.diff:
        return 0
    return _write(migration, options)


def _write(migration: Migration, options: argparse.Namespace) -> int:
    """Write the changes if the user agrees; 1 if the answer is no."""
    from ..author.edits import write

    if not (options.yes or sys.stdin.isatty()):
        options.wrong("there is no terminal to ask in", "use --yes to write without asking, or --diff to only show it")
    if not write.in_git(migration.root):
        say("the folder is not in git: keep the diff above if you may want to undo this")
    if options.yes and not migration.then.facts:
        raise ProjectError(
            "there is no plan after the change, so a narrower wheel would go unnoticed; nothing was written",
            hint="fix the problem above, or run without --yes and decide",
        )
    if not options.yes and not _confirmed(len(migration.changes)):
        say("nothing was written")
        return 1
    write.write(migration.changes)
    say(f"wrote {', '.join(change.shown for change in migration.changes)}")
    build = [] if options.build else ["build a wheel and import it"]
    tests = "`pyo3-features probe` tests whether the code needs more than the limited API"
    probe = [tests] if migration.then.floor else []
    if build or probe:
        say(f"  next: {'; '.join(build + probe)}")
    return 0


def _refuse_dirty(names: list[str]) -> None:
    if names:
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        raise ProjectError(
            f"there are uncommitted changes: {listed}",
            hint="commit or stash them, so that `git diff` shows what migrate did; or use --allow-dirty",
        )


def _confirmed(count: int) -> bool:
    sys.stderr.write(f"Write {'this file' if count == 1 else f'these {count} files'}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _print_diff(migration: Migration) -> None:
    """Print the diff as it is, only with colours: it is for `git apply` too."""
    face = current().face(sys.stdout)
    for change in migration.changes:
        for line in change.diff():
            style = {"+": "good", "-": "bad", "@": "changed"}.get(line[0], "")
            style = "strong" if line.startswith(("--- ", "+++ ")) else style
            text = line.rstrip("\n")
            sys.stdout.write(face.styled(text, style) + line[len(text) :])
    sys.stdout.flush()


def _print_plans(migration: Migration) -> None:
    """Print the plan before and after, side by side, and what the difference means."""
    now, then = migration.now, migration.then
    facts = then.facts or now.facts
    if migration.changes and facts:
        rows = [
            ("", f"now ({migration.delegate})", f"with {NAME}"),
            ("wheel", now.wheel, then.wheel),
            ("PyO3 features", _words(now), _words(then)),
            ("because", "", facts.plan.reason),
        ]
        say(f"\n{facts.name} on {facts.target.label}, {facts.target.platform}:")
        columns = current().face(sys.stderr).columns
        for lines in wrap.table(rows, columns and columns - 2):
            for line in lines:
                say(f"  {line}")
        say("")
    for side, when in ((now, "before"), (then, "after")):
        if side.error and not (side is then and now.error and str(now.error) == str(side.error)):
            say(render(Severity.WARNING, f"no plan {when}: {side.error.message}", side.error.place, side.error.hint))
    if then.facts:
        for problem in then.facts.plan.problems:
            say(str(problem))
    if migration.narrower:
        say(
            render(
                Severity.WARNING, migration.narrower, hint='[tool.pyo3-features-backend] abi3 = "3.X" sets the floor'
            )
        )
    elif migration.changes and then.floor and not now.floor and now.facts:
        message = f"the wheel becomes a stable-ABI wheel: the code may use only the limited API of {_text(then)}"
        say(render("note", message, hint='`pyo3-features probe` tries it; abi3 = "off" keeps a wheel for each Python'))


def _print_calls(migration: Migration) -> None:
    """Print the calls of maturin that do not use the backend, and what to write instead."""
    for call in migration.calls:
        if isinstance(call, Unread):
            text = f"{call.why}: cannot tell whether it calls maturin"
            say(render(Severity.WARNING, text, call.place, call.hint, "PFB273"))
    calls = [call for call in migration.calls if isinstance(call, Call)]
    wheels = [call for call in calls if call.makes_wheels]
    develop = [call for call in calls if not call.makes_wheels]
    if develop:
        places = ", ".join(str(call.place) for call in develop)
        hint = "pip install -e . or uv sync"
        say(render("note", f"`maturin develop` does not use the backend: {places}", hint=hint, code="PFB271"))
    alone, planned = migration.then.alone().wheel, migration.then.wheel
    loses = f"and build {alone}, not the {planned} of the plan" if alone != planned else "without the backend"
    for by_hand, what in ((False, loses), (True, "and pass abi3 by hand")):
        if shown := [call for call in wheels if call.by_hand == by_hand]:
            say(render(Severity.WARNING, f"these lines call maturin directly {what}:", code="PFB270"))
            for call in shown:
                current().verbatim(f"  {call.place}: {call.text.strip()}")
                if migration.delegate == DelegateName.MATURIN:
                    _print_offer(call)
    if wheels:
        say(
            f"  help: write the + lines where {requirement('cli')} and Rust are installed (docs/args.md), or build "
            "with `python -m build` or cibuildwheel; PowerShell does not split $(...) into words: `shell: bash`"
        )


def _print_offer(call: Call) -> None:
    if call.before:
        say("  before it:")
        for line in call.before:
            current().verbatim(f"  + {line}")
        say("  in its `with:`:")
    if call.offered:
        current().verbatim(f"  + {call.offered}")
    if call.apart and (call.offered or call.apart[1:]):
        names = " and ".join([", ".join(call.apart[:-1]), call.apart[-1]] if call.apart[1:] else call.apart)
        start = f"leave out {names}, and call" if call.offered else f"{names}: call"
        say(f"    {start} maturin for each: they need other flags ({FLAGS} --python ...)")


def _words(side: Side) -> str:
    return " ".join(side.features) or "none"


def _text(side: Side) -> str:
    from ..model.version import python_text

    return python_text(side.floor) if side.floor else ""
