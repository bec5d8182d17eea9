"""Cargo's and maturin's build arguments: read, and put together for our own calls of cargo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ..errors import DelegateError
from ..model.arguments import Arguments
from ..model.extension import Extension

_VALUES = {
    "-m": "--manifest-path",
    "-i": "--interpreter",
    "-b": "--bindings",
    "-F": "--features",
    "--manylinux": "--compatibility",
}
_WITH_VALUE = {
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


def parse(words: Sequence[str]) -> Arguments:
    """Build arguments by what they mean. Raises :class:`DelegateError` for an option without its value."""
    features: list[str] = []
    values: dict[str, str] = {}
    config: list[str] = []
    rest: list[str] = []
    end = words.index("--") if "--" in words else len(words)
    tail, queue = words[end:], list(words[:end])
    while queue:
        word = queue.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("--") and word[:2] in _VALUES and len(word) > 2:
            name, equals, value = word[:2], "=", word[2:].lstrip("=")
        name = _VALUES.get(name, name)
        if name not in _WITH_VALUE:
            rest.append(word)
            continue
        if not equals:
            if not queue:
                raise DelegateError(f"build argument {word} lacks its value")
            value = queue.pop(0)
        if name == "--features":
            features += [feature for feature in re.split(r"[,\s]+", value) if feature]
        elif name == "--config":
            config.append(value)
        else:
            values[name] = value
    return Arguments(tuple(features), values, tuple(config), frozenset(rest), (*rest, *tail))


def cargo_flags(extension: Extension, features: Sequence[str] | None = None) -> list[str]:
    """The flags that the delegate's cargo calls for ``extension`` carry, for ours; ``features`` in place of its own."""
    flags = [
        f"--{name}"
        for name in ("locked", "offline", "frozen", "all-features", "no-default-features")
        if f"--{name}" in extension.arguments.flags or extension.table.get(name)
    ]
    for value in _config(extension):
        flags += ["--config", value]
    chosen = extension.features if features is None else features
    return flags + (["--features", ",".join(chosen)] if chosen else [])


def _config(extension: Extension) -> list[str]:
    """Each ``--config`` of cargo: those among the arguments replace those of the table, as with maturin."""
    table = extension.table.get("config", ())
    return [str(value) for value in extension.arguments.config or (table if isinstance(table, (list, tuple)) else ())]


def locking(extension: Extension) -> list[str]:
    """The flags of :func:`cargo_flags` that turn no feature on or off."""
    features = ("--all-features", "--no-default-features")
    return [flag for flag in cargo_flags(extension, ()) if flag not in features]


def uncompared(arguments: Arguments) -> list[str]:
    """The arguments that change what is compiled, but that cargo does not compare with those of the build before."""
    return [*arguments.config, *sorted(arguments.flags & {"--zig"})]


def names_target_folder(extension: Extension, root: Path) -> bool:
    """Whether a ``--config``, by itself or in the file that it names, may say where cargo compiles."""
    for text in _config(extension):
        file = root / text
        with suppress(OSError, ValueError):
            text += file.read_text(encoding="utf-8", errors="replace")
        if "target-dir" in text or "build-dir" in text:
            return True
    return False


T = TypeVar("T")


def with_target_dir(words: T, folder: Path | None) -> T:
    """Build arguments with another ``--target-dir``, where there is one and ``folder`` is not None."""
    if folder is None or not isinstance(words, (list, tuple)):
        return words
    found = list(words)
    for at, word in enumerate(words):
        if word == "--target-dir" and at + 1 < len(words):
            found[at + 1] = str(folder)
        elif str(word).startswith("--target-dir="):
            found[at] = f"--target-dir={folder}"
    return type(words)(found)
