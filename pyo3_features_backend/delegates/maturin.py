"""maturin as the delegate: reads and composes its arguments, and calls its PEP 517 hooks."""

from __future__ import annotations

import fnmatch
import importlib
import os
import shlex
import shutil
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import DelegateError, Place, ProjectError
from ..facts.environ import changed
from ..facts.files import is_folder
from . import calls

if TYPE_CHECKING:
    from ..facts.project import Project
    from ..model.arguments import Arguments
    from ..model.crate import Crate, Request
    from ..model.extension import Extension
    from ..model.settings import ConfigSettings
    from ..model.target import Target

OUTPUT = "see its output above"  # a hint
_STUBS = "--generate-stubs"


def version() -> str | None:
    """The installed version of maturin; None where it is not installed, as for a plan that is only shown."""
    import importlib.metadata  # takes as long as all other imports of this backend together

    try:
        return importlib.metadata.version("maturin")
    except importlib.metadata.PackageNotFoundError:
        return None


def parse(config_settings: ConfigSettings | None, environ: Mapping[str, str]) -> Arguments:
    """Parse MATURIN_PEP517_ARGS, then the config setting ``maturin.build-args`` or ``build-args``, which wins.

    Raises :class:`DelegateError` for an option without its value or an unbalanced quote.
    """
    from ..facts.arguments import parse as parse_arguments

    given: Any = (config_settings or {}).get("maturin.build-args", (config_settings or {}).get("build-args"))
    try:
        arguments = shlex.split(environ.get("MATURIN_PEP517_ARGS", ""))
        arguments += shlex.split(given) if isinstance(given, str) else list(given or ())
    except ValueError as error:
        raise DelegateError(f"the build arguments cannot be read: {error}", hint="check the quotes") from None
    return parse_arguments(arguments)


def table_features(project: Project, target: Target) -> tuple[list[Request], list[Request]]:
    """``[tool.maturin] features``: (those that apply to ``target``, the conditional ones that do not).

    Raises :class:`ProjectError` for entries that maturin would reject.
    """
    from ..model.crate import Request

    applying: list[Request] = []
    others: list[Request] = []
    python = f"{target.version[0]}.{target.version[1]}"
    for entry in project.maturin.get("features", []):
        name = entry.get("feature") if isinstance(entry, dict) else entry
        place = project.place("tool", "maturin", "features", value=name if isinstance(name, str) else None)
        if not isinstance(name, str):
            message = "features must be a list of strings or of tables with a `feature`"
            raise ProjectError(
                message, place=place, hint='such as ["serde", { feature = "abi3", python-version = ">=3.11" }]'
            )
        implementation = entry.get("python-implementation") if isinstance(entry, dict) else None
        version = entry.get("python-version") if isinstance(entry, dict) else None
        if not isinstance(implementation or "", str):
            raise ProjectError("python-implementation must be a string", place=place, hint='such as "cpython"')
        applies = (version is None or _contains(version, python, place)) and (
            (implementation or target.implementation).lower() == target.implementation
        )
        (applying if applies else others).append(Request(name, place, "[tool.maturin]"))
    return applying, others


def _contains(specifier: object, python: str, place: Place) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(str(specifier)).contains(python)
    except InvalidSpecifier:
        raise ProjectError("python-version is not a version specifier", place=place, hint='like ">=3.11"') from None


def compose(extension: Extension) -> list[str]:
    """The arguments for maturin's hook, with the features of the plan, in the spellings that maturin detects."""
    composed: list[str] = []
    arguments, features = extension.arguments, extension.features
    for name, value in arguments.values.items():
        composed += [name, value]
    for value in arguments.config:
        composed += ["--config", value]
    if features:
        composed += ["--features", ",".join(features)]
    plan = extension.plan
    if plan and plan.stubs and _STUBS not in arguments.rest:
        composed.append(_STUBS)
    return composed + list(arguments.rest)


def interpreter_name(target: Target) -> str:
    """The name of a Python that maturin must not run: python3.12, python3.14t, pypy3.11."""
    name = {"cpython": "python"}.get(target.implementation, target.implementation)
    return f"{name}{target.version[0]}.{target.version[1]}" + ("t" if target.free_threaded else "")


def manifest(project: Project, arguments: Arguments) -> Path:
    """The Cargo.toml that maturin will build: the one that is set, or the one in a layout that maturin detects."""
    given = arguments.values.get("--manifest-path") or project.maturin.get("manifest-path")
    if given:
        return (project.root / given).resolve()
    nested = project.root / "rust" / "Cargo.toml"
    if nested.is_file() and (_python_source(project) != project.root or not (project.root / "Cargo.toml").is_file()):
        return nested
    return project.root / "Cargo.toml"


def profile(project: Project, arguments: Arguments, *, editable: bool) -> str:
    """The cargo profile of a build: --profile, else [tool.maturin] editable-profile or profile, else release."""
    table = project.maturin
    own = (table.get("editable-profile") if editable else None) or table.get("profile")
    return str(arguments.values.get("--profile") or own or "release")


def _python_source(project: Project) -> Path:
    """The folder of the Python sources: the one that is set, or the one that maturin detects."""
    if "python-source" in project.maturin:
        return Path(project.root, project.maturin["python-source"])
    package = (project.name or "").replace("-", "_")
    if package and (project.root / "rust" / "Cargo.toml").is_file() and is_folder(project.root / "src" / package):
        return project.root / "src"
    return project.root


def extension_name(project: Project, crate: Crate) -> str:
    """The dotted name of the extension module in a project with Python sources."""
    module = str(project.maturin.get("module-name") or crate.module)
    return module if "." in module else f"{module}.{module}"


def packs_out_dir(project: Project) -> bool:
    """Whether an entry of ``include`` names files of a build script, which is in maturin's ``from``."""
    entries = project.maturin.get("include", ())
    return isinstance(entries, list) and any(isinstance(entry, dict) and "from" in entry for entry in entries)


def extension_stem(project: Project, crate: Crate) -> Path | None:
    """Where an editable build writes the extension in the source tree, without its suffix; None if it does not."""
    stem = _python_source(project).joinpath(*extension_name(project, crate).split("."))
    return stem if is_folder(stem.parent) else None


def own_stub(project: Project, crate: Crate) -> str | None:
    """The type stub of the extension module in the source tree that goes into a wheel: ``exclude`` does not name it."""
    stem = extension_stem(project, crate)
    for path in [stem.with_suffix(".pyi"), stem / "__init__.pyi"] if stem else []:
        name = Path(os.path.relpath(path, project.root)).as_posix()
        if path.is_file() and not any(fnmatch.fnmatch(name, pattern) for pattern in _excluded(project)):
            return name
    return None


def _excluded(project: Project) -> Iterator[str]:
    """The patterns of ``[tool.maturin] exclude`` that are for wheels."""
    for entry in project.maturin.get("exclude", ()):
        formats = entry.get("format", "wheel") if isinstance(entry, dict) else "wheel"
        if "wheel" in formats:
            yield str(entry.get("path") if isinstance(entry, dict) else entry)


def hook(name: str, *args: object, env: Mapping[str, str], failed: Callable[[], DelegateError]) -> str:
    """Call maturin's hook ``name`` with ``env`` added to the environment.

    Raises what ``failed`` makes if the hook fails, and :class:`DelegateError` if maturin is not installed.
    """
    module = load()
    function = calls.found_hook(module, "maturin", name)
    added = {**env, "MATURIN_NO_MISSING_BUILD_BACKEND_WARNING": "1"}
    if shutil.which("maturin") is None:
        # Without build isolation the environment may not be activated; the program is next to its interpreter.
        scripts = sysconfig.get_path("scripts")
        if shutil.which("maturin", path=scripts) is None:
            raise DelegateError(
                "the maturin module is installed, but there is no maturin program on PATH",
                hint="activate the environment that it is installed in",
            )
        added["PATH"] = os.pathsep.join([env.get("PATH") or os.environ.get("PATH", ""), scripts])
    with changed(added):
        returned = calls.call(function, args, "maturin", failed)
    return calls.result(returned, Path(str(args[0])), name, "maturin")


def uses_base_python(project: Project, environ: Mapping[str, str]) -> bool:
    """Whether the user has told maturin to take the base interpreter of a virtual environment."""
    return environ.get("MATURIN_PEP517_USE_BASE_PYTHON") in ("1", "true") or bool(
        project.maturin.get("use-base-python")
    )


def takes_interpreter() -> bool:
    """Whether maturin's hook takes the interpreter from its arguments; 1.13.2 and older always add the running one."""
    return hasattr(load(), "_has_interpreter_arg")


def load() -> ModuleType:
    """maturin's Python module. Raises :class:`DelegateError` if it cannot be imported."""
    try:
        return importlib.import_module("maturin")
    except ModuleNotFoundError as error:
        if error.name == "maturin":
            raise DelegateError(
                "maturin is not installed",
                hint="without build isolation, install it first: python -m pip install maturin",
            ) from None
        reason = str(error)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}"
    raise DelegateError(f"maturin cannot be imported: {reason}", hint="install it again in the build environment")
