"""One run of setup.py with a plan of ours in it.

`setuptools.build_meta` runs setup.py, and the entry point in :mod:`.entry_point` hands us the distribution. Its
``bdist_wheel`` command (subclassed in :mod:`.setuptools_commands`, as setuptools-rust does) is the first to know all
that the user said, so that is where the decision is taken.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import DelegateError
from ..facts.arguments import replace_target_dir
from ..facts.environ import changed
from ..facts.project import Project
from ..model.settings import ConfigSettings
from . import entry_point, setuptools_commands, setuptools_folders
from .setuptools_errors import translated
from .setuptools_rust import Distribution, Instruction, check_versions, read

if TYPE_CHECKING:
    from ..model.compile import Destination

T = TypeVar("T")


class _Enough(BaseException):
    """Leaves setup.py where only the decision is wanted; no setup.py can take it for an error of its own."""


class Session(Generic[T]):
    """One run of setup.py. ``decide`` is asked once, by the first command that needs the plan; it may stop the build.

    ``decide`` takes the distribution's facts and the bdist_wheel command, and gives an :class:`Instruction` (None to
    leave setup.py at once) and its ``result``, for who runs the session. It is None for the hooks that write metadata
    only, which need no cargo. ``failed`` is the error of a compile that fails.
    """

    def __init__(
        self,
        project: Project,
        config_settings: ConfigSettings | None,
        decide: Callable[[Distribution, Any], tuple[Instruction | None, T]] | None,
    ) -> None:
        self.project = project
        self.config_settings = config_settings
        self.decide = decide
        self.instruction: Instruction | None = None
        # Where setuptools builds; None for the hooks that build nothing.
        self.folder: Path | None = None
        self.result: T | None = None
        # The decision knows better words.
        self.failed = DelegateError(
            "setuptools-rust could not build the extension", hint="cargo's own messages are above"
        )

    def enter(self, distribution: Any) -> None:
        """Put our commands over setuptools-rust's. Called by the entry point."""
        if Path.cwd() != self.project.root:
            return
        if self.folder:
            setuptools_folders.install(distribution, self.folder)
        setuptools_commands.install(distribution, self)

    def limited_api(self, command: Any, given: object) -> object:
        """What bdist_wheel gets as py_limited_api, with ``given`` the user's; decides on the first call."""
        if self.decide is None:
            return False
        if self.instruction is None:
            facts = read(command.distribution, self.project, given, self.config_settings)
            self.instruction, self.result = self.decide(facts, command)
            if self.instruction is None:
                raise _Enough
            _apply(command.distribution, self.instruction)
        return given if self.instruction.limited is None else self.instruction.limited


def _apply(distribution: Any, instruction: Instruction) -> None:
    """Write the plan into the RustExtension objects.

    As Binding.NoBinding setuptools-rust adds no features of its own, which it would spell ``pyo3/`` whatever the
    dependency is called; the environment that it would set for PyO3 is part of the plan.
    """
    from setuptools_rust import Binding

    for number, (one, features) in enumerate(zip(distribution.rust_extensions, instruction.features)):
        if destination := instruction.destinations.get(number):
            one.args = replace_target_dir(one.args, destination.directory)
            one.cargo_manifest_args = replace_target_dir(one.cargo_manifest_args, destination.directory)
        one.env = _environment(one.env, instruction.env, destination)
        if features is None:
            continue
        if one.binding == Binding.PyO3:
            one.binding = Binding.NoBinding
        one.features = (*(one.features or ()), *features)
        if instruction.limited is not None:
            one.py_limited_api = bool(instruction.limited)
    os.environ.update(instruction.env)


def _environment(given: Any, added: Mapping[str, str], destination: Destination | None) -> Any:
    """A RustExtension's environment with variables of its own: it may be compiled in a place of its own.

    Where it has none it is what setup.py has made of the environment when cargo is called.
    """
    own = getattr(given, "env", given)
    more = {**added, **(destination.env if destination else {})}

    class Later(type(given)):  # type: ignore[misc]
        def __init__(self) -> None:
            pass  # the class of setuptools-rust takes the variables here

        @property
        def env(self) -> dict[str, str]:
            found = {**(own or os.environ), **more}
            if destination:
                destination.note_environment(found, more)
            return found

    return Later()


@contextmanager
def _active(session: Session[Any]) -> Iterator[None]:
    try:
        if session.decide is not None:
            session.folder = Path(tempfile.mkdtemp(prefix="pyo3-features-backend-"))
        entry_point.active = session.enter
        with changed():  # setup.py may do to it what it likes
            yield
    finally:
        entry_point.active = None
        if session.folder:
            # A wheel that is made is not worth less for a file that cannot be removed, in use on Windows for instance.
            shutil.rmtree(session.folder, ignore_errors=True)


def hook(name: str, session: Session[Any], *arguments: object) -> str:
    """Call setuptools' hook ``name`` with the session's plan; what it makes, or "" where setup.py was left.

    Raises :class:`DelegateError` if it fails.
    """
    check_versions()
    from setuptools import build_meta

    try:
        with _active(session), translated(session.project.root, lambda: session.failed):
            made = str(getattr(build_meta, name)(*arguments))
    except _Enough:
        return ""
    if session.decide is not None and session.instruction is None:
        Path(str(arguments[0]), made).unlink(missing_ok=True)
        raise DelegateError(
            "setuptools built a wheel without asking this backend",
            hint="is pyo3-features-backend installed where the build runs, and bdist_wheel not replaced in "
            "[tool.setuptools.cmdclass]?",
        )
    return made
