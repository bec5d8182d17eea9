"""Build arguments of cargo and maturin: reads them, and makes the flags for this backend's own calls of cargo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ..errors import DelegateError
from ..model.arguments import Arguments
from ..model.extension import Extension

_LONG_NAMES = {
    "-m": "--manifest-path",
    "-i": "--interpreter",
    "-b": "--bindings",
    "-F": "--features",
    "--manylinux": "--compatibility",
}
_TAKE_A_VALUE = {
    "--manifest-path",
    "--interpreter",
    "--bindings",
    "--features",
    "--target",
    "--config",
    "--compatibility",
    "--profile",
    "--target-dir",
}


def parse(arguments: Sequence[str]) -> Arguments:
    """Sort build arguments by their meaning. Raises :class:`DelegateError` for an option without its value."""
    features: list[str] = []
    values: dict[str, str] = {}
    config: list[str] = []
    rest: list[str] = []
    end = arguments.index("--") if "--" in arguments else len(arguments)
    tail, queue = arguments[end:], list(arguments[:end])
    while queue:
        argument = queue.pop(0)
        name, equals, value = argument.partition("=")
        if not argument.startswith("--") and argument[:2] in _LONG_NAMES and len(argument) > 2:
            name, equals, value = argument[:2], "=", argument[2:].lstrip("=")
        name = _LONG_NAMES.get(name, name)
        if name not in _TAKE_A_VALUE:
            rest.append(argument)
            continue
        if not equals:
            if not queue:
                raise DelegateError(
                    f"build argument {argument} needs a value", hint=f"such as {argument}=VALUE, or remove it"
                )
            value = queue.pop(0)
        if name == "--features":
            features += [feature for feature in re.split(r"[,\s]+", value) if feature]
        elif name == "--config":
            config.append(value)
        else:
            values[name] = value
    return Arguments(
        features=tuple(features),
        values=values,
        config=tuple(config),
        flags=frozenset(rest),
        rest=(*rest, *tail),
    )


def cargo_flags(extension: Extension, features: Sequence[str] | None = None) -> list[str]:
    """The flags of the delegate's cargo call for ``extension``, with ``features`` instead of its own if not None."""
    flags = [
        f"--{name}"
        for name in ("locked", "offline", "frozen", "all-features", "no-default-features")
        if f"--{name}" in extension.arguments.flags or extension.table.get(name)
    ]
    for value in _config_values(extension):
        flags += ["--config", value]
    features = extension.features if features is None else features
    return flags + (["--features", ",".join(features)] if features else [])


def _config_values(extension: Extension) -> list[str]:
    """The values of cargo's ``--config``. As in maturin, those of the arguments replace those of the table."""
    table = extension.table.get("config", ())
    return [str(value) for value in extension.arguments.config or (table if isinstance(table, (list, tuple)) else ())]


def flags_without_features(extension: Extension) -> list[str]:
    """The flags of :func:`cargo_flags` that turn no feature on or off."""
    features = ("--all-features", "--no-default-features")
    return [flag for flag in cargo_flags(extension, ()) if flag not in features]


def untracked_arguments(extension: Extension) -> list[str]:
    """The arguments that change what is compiled, but that cargo does not compare with those of the last build."""
    return [*_config_values(extension), *sorted(extension.arguments.flags & {"--zig"})]


def config_sets_target_folder(extension: Extension, root: Path) -> bool:
    """Whether a ``--config`` may set cargo's target folder, in its value or in the file that it names."""
    for text in _config_values(extension):
        file = root / text
        with suppress(OSError, ValueError):
            text += file.read_text(encoding="utf-8", errors="replace")
        if "target-dir" in text or "build-dir" in text:
            return True
    return False


T = TypeVar("T")


def replace_target_dir(arguments: T, folder: Path | None) -> T:
    """Replace the value of ``--target-dir`` by ``folder``, if there is one and ``folder`` is not None."""
    if folder is None or not isinstance(arguments, (list, tuple)):
        return arguments
    replaced = list(arguments)
    for index, argument in enumerate(arguments):
        if argument == "--target-dir" and index + 1 < len(arguments):
            replaced[index + 1] = str(folder)
        elif str(argument).startswith("--target-dir="):
            replaced[index] = f"--target-dir={folder}"
    return type(arguments)(replaced)
