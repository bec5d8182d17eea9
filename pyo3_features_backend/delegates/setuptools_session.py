"""Runs setup.py once, so that it follows the plan.

`setuptools.build_meta` runs setup.py, and the entry point in :mod:`.entry_point` passes the distribution to the
session. Its ``bdist_wheel`` command, which :mod:`.setuptools_commands` subclasses as setuptools-rust does, is the first
that knows all options of the user, so the plan is made there.
"""

from __future__ import annotations

import importlib
import inspect
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import BackendError, DelegateError, Place, render, say
from ..facts.arguments import replace_target_dir
from ..facts.environ import changed
from ..facts.files import remove
from ..facts.project import Project
from ..model.settings import ConfigSettings
from ..model.words import Severity
from . import calls, entry_point, setuptools_commands, setuptools_folders
from .setuptools_errors import translated
from .setuptools_rust import Distribution, Instruction, check_versions, read

if TYPE_CHECKING:
    from ..model.compile import Destination

_SETUP_PY = "setup.py"

T = TypeVar("T")


class _PlanIsEnough(BaseException):
    """Raised to leave setup.py when only the plan is needed. A BaseException, so that no setup.py handles it."""


class Session(Generic[T]):
    """One run of setup.py.

    The first command that needs the plan calls ``decide`` once, with the distribution's facts and the bdist_wheel
    command. ``decide`` returns an :class:`Instruction`, or None to leave setup.py at once, and a value that becomes
    ``result``. It may raise a :class:`BackendError` to stop the build. It is None for hooks that only write metadata,
    which need no cargo. ``failed`` makes the error for a compile that fails.
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
        self.distribution: Any = None  # the one that ``instruction`` is for: a setup.py can call setup() again
        self.refused: BackendError | None = None  # why there is no plan for an earlier one
        # The folder in which setuptools builds; None for hooks that build nothing.
        self.folder: Path | None = None
        self.result: T | None = None
        # ``decide`` replaces it by one that names the plan.
        self.failed: Callable[[], DelegateError] = lambda: DelegateError(
            "setuptools-rust could not build the extension", hint="see cargo's output above"
        )

    def enter(self, distribution: Any) -> None:
        """Subclass the distribution's commands. Called by the entry point.

        Raises :class:`DelegateError` if the project's own setup.py has changed the current folder: setuptools takes
        that for the project, and looks for packages in all of it, which may be the whole disk.
        """
        if (here := Path.cwd()) != self.project.root:
            if line := _calling_line(self.project.root / _SETUP_PY):
                raise DelegateError(
                    f"setup.py calls setup() in {here}, and setuptools looks for the project there",
                    place=Place(_SETUP_PY, line),
                    hint="change back to the folder of setup.py before setup()",
                )
            return  # another project's: a setup.py can run that of another
        if self.folder:
            setuptools_folders.install(distribution, self.folder)
        setuptools_commands.install(distribution, self)

    def limited_api(self, command: Any, given: object) -> object:
        """The value of bdist_wheel's py_limited_api; ``given`` is the user's value. The first call makes the plan."""
        if self.decide is None:
            return False
        if self.instruction is None or command.distribution is not self.distribution:
            if handled := self.refused:
                self.refused = None
                say(render(Severity.WARNING, handled.message, handled.place, handled.hint, handled.code))
            try:
                facts = read(command.distribution, self.project, given, self.config_settings)
                self.instruction, self.result = self.decide(facts, command)
            except BackendError as error:
                # As an error of setuptools-rust ends setup(), because a setup.py can then call it without Rust.
                self.refused = error
                raise SystemExit(f"error: {error.message}") from error
            if self.instruction is None:
                raise _PlanIsEnough
            self.distribution = command.distribution
            _apply(command.distribution, self.instruction)
        return given if self.instruction.limited is None else self.instruction.limited


def _calling_line(script: Path) -> int | None:
    """The line that runs in ``script``; None where a script runs that is not this one."""
    frame = inspect.currentframe()
    while frame and not (frame.f_globals.get("__name__") == "__main__" and "__file__" in frame.f_globals):
        frame = frame.f_back
    return frame.f_lineno if frame and frame.f_globals["__file__"] == str(script) else None


def _apply(distribution: Any, instruction: Instruction) -> None:
    """Write the plan into the RustExtension objects.

    With Binding.NoBinding setuptools-rust adds no features of its own. It would prefix them with ``pyo3/`` even if the
    dependency has another name. The environment that it would set for PyO3 is part of the plan.
    """
    from setuptools_rust import Binding

    for number, (extension, features) in enumerate(zip(distribution.rust_extensions or (), instruction.features)):
        if destination := instruction.destinations.get(number):
            extension.args = replace_target_dir(extension.args, destination.directory)
            extension.cargo_manifest_args = replace_target_dir(extension.cargo_manifest_args, destination.directory)
        _set_profile(extension, instruction.profile)
        if features is not None:
            if extension.binding == Binding.PyO3:
                extension.binding = Binding.NoBinding
            extension.features = (*(extension.features or ()), *features)
            if instruction.limited is not None:
                extension.py_limited_api = bool(instruction.limited)
        extension.env = _environment(extension, instruction.env, destination)
    os.environ.update(instruction.env)


def _set_profile(extension: Any, profile: str | None) -> None:
    """Make setuptools-rust compile a RustExtension with ``profile``, unless its own arguments name one."""
    if profile is None or extension.get_cargo_profile():
        return
    extension.debug = profile == "dev"
    if profile not in ("dev", "release"):
        extension.args = [*(extension.args or ()), "--profile", profile]


def _arguments(extension: Any) -> str:
    """What a RustExtension says about the call of cargo, beside the environment."""
    names = ("path", "args", "cargo_manifest_args", "features", "rustc_flags", "debug", "binding", "native")
    return repr([getattr(extension, name, None) for name in names])


def _environment(extension: Any, added: Mapping[str, str], destination: Destination | None) -> Any:
    """The environment of a RustExtension with the variables of the plan and of the place where it is compiled.

    An extension without its own environment gets that of the process at the time when cargo is called, because
    setup.py can still change it.
    """
    given, planned = extension.env, _arguments(extension)
    own = getattr(given, "env", given)
    variables = {**added, **(destination.env if destination else {})}

    class LateEnvironment(type(given)):  # type: ignore[misc]
        awaits_cargo = False  # the command has begun with this extension, and has not asked for the environment yet

        def __init__(self) -> None:
            pass  # setuptools-rust's class takes the variables as arguments here

        @property
        def env(self) -> dict[str, str]:
            if self.awaits_cargo and destination and destination.before_cargo:
                self.awaits_cargo = False
                destination.before_cargo(self.values(), variables, changed=_arguments(extension) != planned)
            return self.values()

        def cargo_failed(self) -> None:
            if destination and destination.cargo_failed:
                destination.cargo_failed()

        def values(self) -> dict[str, str]:
            return {**(own or os.environ), **variables}

        # setuptools-rust remembers what rustc has said for an environment.
        def __eq__(self, other: object) -> bool:
            return self.values() == (other.values() if isinstance(other, type(self)) else getattr(other, "env", None))

        def __hash__(self) -> int:
            return hash(tuple(sorted(self.values().items())))

    return LateEnvironment()


@contextmanager
def _active(session: Session[Any]) -> Iterator[None]:
    """Let the entry point pass distributions to ``session``, and give it a folder to build in."""
    try:
        if session.decide is not None:
            session.folder = Path(tempfile.mkdtemp(prefix="pyo3-features-backend-"))
        entry_point.active = session.enter
        with changed():  # restores the environment if setup.py changes it
            yield
    finally:
        entry_point.active = None
        if session.folder:
            # The wheel is built, so a file that cannot be removed (on Windows, one that is in use) is not an error.
            remove(session.folder)


def hook(name: str, session: Session[Any], *arguments: object) -> str:
    """Call setuptools' hook ``name``. Returns the name of what it makes, or "" if ``decide`` left setup.py.

    Raises :class:`DelegateError` if the hook fails.
    """
    check_versions()
    function = calls.found_hook(_build_meta(), "setuptools", name)
    try:
        with calls.same_folder(), _active(session), translated(session.project.root, lambda: session.failed()):
            returned = function(*arguments)
    except _PlanIsEnough:
        return ""
    made = calls.result(returned, Path(str(arguments[0])), name, "setuptools")
    if session.decide is not None and session.instruction is None:
        raise DelegateError(
            "setuptools built a wheel without this backend's plan",
            hint="is pyo3-features-backend installed where the build runs, and bdist_wheel not replaced in "
            "[tool.setuptools.cmdclass]?",
        )
    return made


def _build_meta() -> ModuleType:
    """setuptools' hooks. Raises :class:`DelegateError` if they cannot be imported."""
    try:
        return importlib.import_module("setuptools.build_meta")
    except (Exception, SystemExit) as error:
        message = f"setuptools cannot be imported: {type(error).__name__}: {error}"
        raise DelegateError(message, hint="install it again in the build environment") from None
