"""The plan of a project without a build: what the commands show. The tree is left as it was."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stderr, suppress
from pathlib import Path
from typing import Any

from ..facts import crates
from . import gather
from ..delegates import maturin
from .gather import Facts, Start
from ..model.settings import ConfigSettings
from ..model.target import Target


def facts_of(root: Path, python: str | Target | None, config_settings: ConfigSettings | None = None) -> Facts:
    """The facts and the plan of the project in ``root`` for an interpreter: a path or command, facts, or the running.

    ``config_settings`` are what a front end would hand to the hook. The tree is left as it was.
    Raises a :class:`BackendError` for what cannot be read.
    """
    begun = gather.start(root, config_settings)
    if begun.delegate != "maturin":
        return _setuptools(begun, [python], config_settings)[0]
    with locks_as_they_were([maturin.manifest(begun.project, maturin.parse(config_settings, os.environ))]):
        return gather.for_maturin(begun.project, config_settings, python)


def facts_for(root: Path, pythons: Sequence[Target]) -> list[Facts]:
    """The same for each of ``pythons``: each command runs once, and so does setup.py."""
    begun = gather.start(root, None)
    with crates.remembering():
        if begun.delegate != "maturin":
            return _setuptools(begun, pythons, None)
        with locks_as_they_were([maturin.manifest(begun.project, maturin.parse(None, os.environ))]):
            return [gather.for_maturin(begun.project, None, python) for python in pythons]


@contextmanager
def locks_as_they_were(manifests: Iterable[Path]) -> Iterator[None]:
    """Undo what `cargo metadata` does to a Cargo.lock beside a manifest, or above it in its workspace.

    It writes one where there is none, and brings one up to date that disagrees with Cargo.toml.
    """
    folders = {folder for manifest in manifests for folder in list(manifest.parents)[:6]}
    locks = [folder / "Cargo.lock" for folder in folders]
    before = {lock: lock.read_bytes() if lock.is_file() else None for lock in locks}
    try:
        yield
    finally:
        for lock, content in before.items():
            if content is None:
                lock.unlink(missing_ok=True)
            elif lock.read_bytes() != content:
                lock.write_bytes(content)


class _Decided(BaseException):
    """Leaves setup.py as soon as the plan is known; no setup.py can take it for an error of its own."""


def _setuptools(
    begun: Start, pythons: Sequence[str | Target | None], config_settings: ConfigSettings | None
) -> list[Facts]:
    """The plans of a setuptools project: setup.py runs once, up to the decision, and writes nothing."""
    import tempfile

    from . import gather_setuptools
    from ..delegates import setuptools_rust, setuptools_session

    decided: list[Facts] = []

    def decide(distribution: setuptools_rust.Distribution, _: Any) -> setuptools_rust.Instruction:
        with locks_as_they_were(one.manifest for one in distribution.extensions):
            for python in pythons:
                # Of an optional extension that some of many Pythons cannot have, the result tells.
                with redirect_stderr(io.StringIO()) if len(pythons) > 1 else nullcontext():
                    decided.append(gather_setuptools.for_setuptools(begun, distribution, config_settings, python))
        raise _Decided

    session = setuptools_session.Session(begun.project, config_settings, decide)
    scratch = tempfile.TemporaryDirectory()
    with ExitStack() as stack, scratch as folder, suppress(_Decided):
        stack.enter_context(_in_folder(begun.project.root))
        stack.enter_context(_stdout_to_stderr())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # setuptools' own, which a build shows
        setuptools_session.hook("build_wheel", session, folder, {"quiet": "1"}, None)
    return decided


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
