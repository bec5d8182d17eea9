"""``pyo3-features migrate``: a maturin or setuptools-rust project becomes one that uses this backend."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..author.backend import requirement
from ..author.sources.automation import Call, Unread
from ..author.sources.shell_calls import FLAGS
from ..errors import NAME, ProjectError, render, say
from ..model.words import DelegateName, Severity
from .common import python_option

if TYPE_CHECKING:
    from ..author.migrate import Migration
    from ..author.migrate.compare import Side

DESCRIPTION = (
    "Turn a maturin or setuptools-rust project into one that uses this backend: shows what would change as a diff, "
    "with the wheel before and after, and asks before it writes."
)
EXAMPLE = "pyo3-features migrate --diff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--diff", action="store_true", help="only show it; the diff alone goes to stdout")
    how.add_argument("--yes", action="store_true", help="write it without asking")
    parser.add_argument("--build", action="store_true", help="first build the result in a copy and import its wheel")
    parser.add_argument("--allow-dirty", action="store_true", help="even if there are changes that are not committed")
    python_option(parser)
    parser.set_defaults(wrong=getattr(parser, "wrong", parser.error))


def run(options: argparse.Namespace) -> int:
    """Show the migration and, if the user agrees, write it; 1 if the answer is no."""
    from ..author.migrate import prepare, try_build, write

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
        trial = try_build(migration, lambda step: say(f"{NAME}: migrate: {step}"))
        say(f"{NAME}: built {trial.wheel}; {trial.imported}")
    if not migration.changes:
        left = "; what is named above is left to you" if migration.notes or migration.calls else ""
        say(f"{NAME}: nothing to change: the project uses this backend already{left}")
        return 0
    if options.diff:
        return 0
    return _write(migration, options)


def _write(migration: Migration, options: argparse.Namespace) -> int:
    """Write the changes if the user agrees; 1 if the answer is no."""
    from ..author.migrate import write

    if not (options.yes or sys.stdin.isatty()):
        options.wrong("there is no terminal to ask in", "--yes writes without asking, --diff only shows")
    if not write.in_git(migration.root):
        say(f"{NAME}: the folder is not in git, so the diff above is the only way back")
    if options.yes and not migration.then.facts:
        raise ProjectError(
            "there is no plan after the change, so a narrower wheel would go unnoticed; nothing was written",
            hint="correct what is named above, or run without --yes and decide",
        )
    if not options.yes and not _confirmed(len(migration.changes)):
        say(f"{NAME}: nothing was written")
        return 1
    write.write(migration.changes)
    say(f"{NAME}: wrote {', '.join(change.shown for change in migration.changes)}")
    build = [] if options.build else ["build a wheel and import it"]
    probe = ["`pyo3-features probe` says whether the code keeps to the limited API"] if migration.then.floor else []
    if build or probe:
        say(f"  next: {'; '.join(build + probe)}")
    return 0


def _refuse_dirty(names: list[str]) -> None:
    if names:
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        raise ProjectError(
            f"there are changes that are not committed: {listed}",
            hint="commit or stash them, so that `git diff` shows what migrate did; or --allow-dirty",
        )


def _confirmed(count: int) -> bool:
    sys.stderr.write(f"Write {'this file' if count == 1 else f'these {count} files'}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _print_diff(migration: Migration) -> None:
    console = _console(sys.stdout)
    for change in migration.changes:
        for line in change.diff():
            if console is None:
                sys.stdout.write(line)
            else:
                colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
                colour = "bold" if line.startswith(("--- ", "+++ ")) else colour
                console.print(line, style=colour, end="", markup=False, highlight=False, soft_wrap=True)
    sys.stdout.flush()


def _console(stream: Any) -> Any:
    """rich, where it is installed and the stream is a terminal that shows colours; else None."""
    if not stream.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream)


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
        widths = [max(len(row[at]) for row in rows) + 2 for at in (0, 1)]
        for row in rows:
            say("  " + "".join(cell.ljust(width) for cell, width in zip(row, widths)) + row[2])
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
        message = f"the wheel becomes a stable-ABI wheel: the code has to keep to the limited API of {_text(then)}"
        say(render("note", message, hint='`pyo3-features probe` tries it; abi3 = "off" keeps a wheel for each Python'))


def _print_calls(migration: Migration) -> None:
    """Print the calls of maturin that go past the backend, and what to write in their place."""
    for call in migration.calls:
        if isinstance(call, Unread):
            say(render(Severity.WARNING, f"{call.why}: whether it calls maturin is not known", call.place, call.hint))
    calls = [call for call in migration.calls if isinstance(call, Call)]
    wheels = [call for call in calls if call.makes_wheels]
    develop = [call for call in calls if not call.makes_wheels]
    if develop:
        places = ", ".join(str(call.place) for call in develop)
        say(render("note", f"`maturin develop` does not ask the backend: {places}", hint="pip install -e . or uv sync"))
    alone, planned = migration.then.alone().wheel, migration.then.wheel
    loses = f"and build {alone}, not the {planned} of the plan" if alone != planned else "and not through the backend"
    for by_hand, what in ((False, loses), (True, "and pass abi3 by hand")):
        if shown := [call for call in wheels if call.by_hand == by_hand]:
            say(render(Severity.WARNING, f"these lines call maturin themselves {what}:"))
            for call in shown:
                say(f"  {call.place}: {call.text.strip()}")
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
            say(f"  + {line}")
        say("  in its `with:`:")
    if call.offered:
        say(f"  + {call.offered}")
    if call.apart and (call.offered or call.apart[1:]):
        names = " and ".join([", ".join(call.apart[:-1]), call.apart[-1]] if call.apart[1:] else call.apart)
        start = f"without {names}, in" if call.offered else f"{names}:"
        say(f"    {start} a call of its own each: their plan has other flags ({FLAGS} --python ...)")


def _words(side: Side) -> str:
    return " ".join(side.features) or "none"


def _text(side: Side) -> str:
    from ..model.version import python_text

    return python_text(side.floor) if side.floor else ""
