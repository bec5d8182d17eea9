"""maturin as the delegate: its arguments read and composed, its PEP 517 module called."""

from __future__ import annotations

import os
import shlex
import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import DelegateError, Place, ProjectError
from ..facts.arguments import parse as parse_words
from ..facts.environ import changed
from ..facts.project import Project
from ..model.arguments import Arguments
from ..model.crate import Crate, Request
from ..model.extension import Extension
from ..model.settings import ConfigSettings
from ..model.target import Target


def parse(config_settings: ConfigSettings | None, environ: Mapping[str, str]) -> Arguments:
    """Compose MATURIN_PEP517_ARGS and ``maturin.build-args`` (else ``build-args``); the latter wins.

    Raises :class:`DelegateError` for an option without its value or an unbalanced quote.
    """
    given: Any = (config_settings or {}).get("maturin.build-args", (config_settings or {}).get("build-args", ""))
    try:
        words = shlex.split(environ.get("MATURIN_PEP517_ARGS", ""))
        words += shlex.split(given) if isinstance(given, str) else list(given)
    except ValueError as error:
        raise DelegateError(f"the build arguments cannot be read: {error}", hint="check the quotes") from None
    return parse_words(words)


def table_features(found: Project, target: Target) -> tuple[list[Request], list[Request]]:
    """``[tool.maturin] features`` as (those that apply to ``target``, the conditional ones that do not)."""
    chosen: list[Request] = []
    others: list[Request] = []
    python = f"{target.version[0]}.{target.version[1]}"
    entries = found.maturin.get("features", [])
    for entry in entries if isinstance(entries, list) else [entries]:
        name = entry.get("feature") if isinstance(entry, dict) else entry
        place = found.place("tool", "maturin", "features", value=name if isinstance(name, str) else None)
        if not isinstance(name, str):
            raise ProjectError("features must be a list of strings or of tables with a `feature`", place=place)
        implementation = entry.get("python-implementation") if isinstance(entry, dict) else None
        version = entry.get("python-version") if isinstance(entry, dict) else None
        applies = (version is None or _contains(version, python, place)) and (
            (implementation or target.implementation).lower() == target.implementation
        )
        (chosen if applies else others).append(Request(name, place, "[tool.maturin]"))
    return chosen, others


def _contains(specifier: object, python: str, place: Place) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(str(specifier)).contains(python)
    except InvalidSpecifier:
        raise ProjectError("python-version is not a version specifier", place=place, hint='like ">=3.11"') from None


def compose(extension: Extension) -> list[str]:
    """Arguments for maturin's hook with the merged features, in the spellings that it detects."""
    words: list[str] = []
    arguments, features = extension.arguments, extension.features
    for name, value in arguments.values.items():
        words += [name, value]
    for value in arguments.config:
        words += ["--config", value]
    if features:
        words += ["--features", ",".join(features)]
    return words + list(arguments.rest)


def interpreter_name(target: Target) -> str:
    """How maturin wants a Python named that it is not to run: python3.12, python3.14t, pypy3.11."""
    name = {"cpython": "python"}.get(target.implementation, target.implementation)
    return f"{name}{target.version[0]}.{target.version[1]}" + ("t" if target.free_threaded else "")


def manifest(found: Project, arguments: Arguments) -> Path:
    """The Cargo.toml that maturin will build: given, or in the layouts that it detects."""
    given = arguments.values.get("--manifest-path") or found.maturin.get("manifest-path")
    if given:
        if not isinstance(given, str):
            place = found.place("tool", "maturin", "manifest-path")
            raise ProjectError("manifest-path must be a string", place=place, hint='such as "rust/Cargo.toml"')
        return (found.root / given).resolve()
    nested = found.root / "rust" / "Cargo.toml"
    if nested.is_file() and (_python_source(found) != found.root or not (found.root / "Cargo.toml").is_file()):
        return nested
    return found.root / "Cargo.toml"


def profile(found: Project, arguments: Arguments, *, editable: bool) -> str:
    """The cargo profile of a build (maturin: --profile, [tool.maturin] editable-profile and profile, release)."""
    table = found.maturin
    own = (table.get("editable-profile") if editable else None) or table.get("profile")
    return str(arguments.values.get("--profile") or own or "release")


def _python_source(found: Project) -> Path:
    if "python-source" in found.maturin:
        return found.root / str(found.maturin["python-source"])
    package = found.name.replace("-", "_")
    if (found.root / "rust" / "Cargo.toml").is_file() and (found.root / "src" / package).is_dir():
        return found.root / "src"
    return found.root


def extension_stem(found: Project, crate: Crate) -> Path | None:
    """Where an editable build writes the extension in the source tree, less its suffix; None if it does not."""
    module = str(found.maturin.get("module-name") or crate.module)
    source = _python_source(found)
    if "." not in module:
        module = f"{module}.{module}"
    stem = source.joinpath(*module.split("."))
    return stem if stem.parent.is_dir() else None


def hook(name: str, *args: object, env: Mapping[str, str], failed: DelegateError) -> str:
    """Call maturin's hook ``name`` with ``env`` added to the environment; raises ``failed`` if it fails."""
    try:
        import maturin
    except ImportError:
        raise DelegateError(
            "maturin is not installed",
            hint="without build isolation, install it first: python -m pip install maturin",
        ) from None
    added = {**env, "MATURIN_NO_MISSING_BUILD_BACKEND_WARNING": "1"}
    if shutil.which("maturin") is None:
        # Without build isolation, in an environment that is not activated: the program lies beside the interpreter.
        scripts = sysconfig.get_path("scripts")
        if shutil.which("maturin", path=scripts) is None:
            raise DelegateError(
                "the maturin module is installed, but there is no maturin program on PATH",
                hint="activate the environment that it is installed in",
            )
        added["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
    try:
        with changed(added):
            return str(getattr(maturin, name)(*args))
    except SystemExit:
        raise failed from None
