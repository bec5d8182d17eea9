"""``pyo3-features cargo``: cargo with the features and the environment of the project's builds."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..author import cargo_environment, flags
from ..build.gather import Facts
from ..build.steps import stop_on_errors
from ..build.survey import facts_of
from ..errors import PlanError
from ..facts.environ import cargo_on_path
from .common import python_option

DESCRIPTION = "Run cargo with the features and the variables of the project's builds, changed so that tests link."
EXAMPLE = "pyo3-features cargo test -- --nocapture"

# cargo's commands that take features; those of them that link; the short names of both (`cargo --list`).
_LINK = ("test", "t", "run", "r", "bench")
_COMPILE = (*_LINK, "build", "b", "check", "c", "clippy", "doc", "d", "rustc", "rustdoc", "fix", "nextest", "tree")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb; all words from cargo's command on belong to cargo."""
    python_option(parser)
    parser.add_argument(
        "--auto-initialize",
        action="store_true",
        help="turn on PyO3's feature auto-initialize, with which a program or test starts Python",
    )
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGS", help="cargo's arguments")


def run(options: argparse.Namespace) -> int:
    """Run cargo, once for each extension crate; its exit status."""
    words = list(options.words)
    toolchain = [words.pop(0)] if words and words[0].startswith("+") else []
    command = words[0] if words else ""
    root = Path(options.directory).resolve()
    with cargo_on_path():
        if command not in _COMPILE:
            return _call(["cargo", *toolchain, *words], root, os.environ)
        facts = facts_of(root, options.python)
        stop_on_errors(facts, quiet=True)
        if command in _LINK or (command == "nextest" and "run" in words):
            cargo_environment.linkable(facts.target)
        if facts.crate is None:
            why = "no crate could be read" if facts.extensions else facts.plan.reason
            raise PlanError(why, hint="see `pyo3-features explain`")
        environ = cargo_environment.linking(root, os.environ)
        environ.update(cargo_environment.of_facts(facts, environ))
        asked = flags.feature_words(words)
        units = _chosen(
            flags.for_cargo(facts, linking=True, pyo3_features=_required_features(facts, options), asked=asked),
            words,
            root,
        )
        if not units:  # another package of the workspace, which may not use PyO3
            return _call(["cargo", *toolchain, *words], root, environ)
        for unit in units:
            manifest = [] if _values(words, "--manifest-path") else flags.manifest_path(unit, root)
            status = _call(["cargo", *toolchain, command, *manifest, *unit.flags, *words[1:]], root, environ)
            if status:
                return status
    return 0


def _required_features(facts: Facts, options: argparse.Namespace) -> list[str]:
    wanted = options.auto_initialize or "auto-initialize" in facts.settings.features
    return ["auto-initialize"] if wanted else []


def _chosen(units: Sequence[flags.Unit], words: Sequence[str], root: Path) -> list[flags.Unit]:
    """The crates that a --manifest-path or -p among cargo's words selects."""
    packages = [*_values(words, "-p"), *_values(words, "--package")]
    manifests = _values(words, "--manifest-path")
    chosen = [unit for unit in units if not packages or unit.crate.name in packages]
    return [unit for unit in chosen if not manifests or (root / manifests[0]).resolve() == unit.manifest.resolve()]


def _values(words: Sequence[str], option: str) -> list[str]:
    """The values of an option among cargo's words: ``-p NAME``, ``--package NAME`` or ``--package=NAME``."""
    separate = [words[number + 1] for number, word in enumerate(words[:-1]) if word == option]
    long = option.startswith("--")
    return separate + [word.partition("=")[2] for word in words if long and word.startswith(f"{option}=")]


def _call(words: Sequence[str], cwd: Path, environ: Mapping[str, str]) -> int:
    """cargo's exit status; 128 and the signal's number if a signal ended it, as in a shell."""
    before: dict[int, Any] = {}
    process: subprocess.Popen[bytes] | None = None

    def passed_on(number: int, _: object) -> None:
        if process:
            process.send_signal(number)

    # cargo gets the signals of a terminal too, and decides; a signal to this process alone is passed on to it.
    for name, action in (("SIGINT", signal.SIG_IGN), ("SIGTERM", passed_on), ("SIGHUP", passed_on)):
        if number := getattr(signal, name, None):
            before[number] = signal.signal(number, action)
    try:
        process = subprocess.Popen(
            words, cwd=cwd, env=dict(environ), preexec_fn=_default if os.name == "posix" else None
        )
        status = process.wait()
    finally:
        for number, action in before.items():
            signal.signal(number, action)
    return 128 - status if status < 0 else status


def _default() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
