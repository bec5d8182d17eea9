"""The type of every key of pyproject.toml that this backend reads outside its own table.

They are checked once, when the file is read, so that nothing that reads a key has to check its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..errors import Place, ProjectError
from .toml import line_of

FILE = "pyproject.toml"
Path = tuple[str, ...]


class _Kind(NamedTuple):
    """A kind of TOML value: in words, an example, and whether a value is of the kind."""

    words: str
    example: str
    fits: Callable[[Any], bool]


def _all_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


_TABLE = _Kind("a table", "", lambda value: isinstance(value, dict))
_TABLES = _Kind(
    "an array of tables",
    "",
    lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
)
_STRING = _Kind("a string", '"..."', lambda value: isinstance(value, str))
_SPECIFIER = _Kind("a string", '">=3.9"', _STRING.fits)
_SWITCH = _Kind("true or false", "true", lambda value: isinstance(value, bool))
_LIST = _Kind("a list", '["..."]', lambda value: isinstance(value, list))
_STRINGS = _Kind("a list of strings", '["..."]', _all_strings)

# What maturin accepts: src/pyproject_toml.rs in its sources. What setuptools-rust accepts: its setuptools_ext.py.
_READ: dict[Path, dict[str, _Kind]] = {
    (): {"project": _TABLE, "tool": _TABLE, "build-system": _TABLE},
    ("project",): {"name": _STRING, "requires-python": _SPECIFIER, "classifiers": _STRINGS},
    ("build-system",): {"requires": _STRINGS, "build-backend": _STRING, "backend-path": _STRINGS},
    ("tool",): {"maturin": _TABLE, "setuptools-rust": _TABLE},
    ("tool", "maturin"): {
        **dict.fromkeys(("bindings", "profile", "editable-profile"), _STRING),
        **dict.fromkeys(("manifest-path", "module-name", "python-source"), _STRING),
        **dict.fromkeys(("locked", "offline", "frozen", "all-features", "no-default-features"), _SWITCH),
        "config": _STRINGS,
        "features": _LIST,
    },
    ("tool", "setuptools-rust"): {"ext-modules": _TABLES, "bins": _TABLES},
}
_EXTENSION = {"path": _STRING, **dict.fromkeys(("args", "cargo-manifest-args", "features"), _STRINGS)}


def check(table: dict[str, Any], text: str) -> None:
    """Check the parsed pyproject.toml ``table``; ``text`` is its text.

    Raises :class:`ProjectError` for a value of another type, or with a NUL, which no path and no argument can contain.
    """
    for path, name, value, kind in _values(table):
        place = Place(FILE, line_of(text, *path, name))
        if kind in (_TABLE, _TABLES) and not kind.fits(value):
            header = ".".join(part for part in (*path, name) if isinstance(part, str))
            header = f"[{header}]" if kind is _TABLE else f"[[{header}]]"
            hint = f"write its keys below a line {header}"
            raise ProjectError(f"{header} must be {kind.words}", place=place, hint=hint)
        if not kind.fits(value):
            raise ProjectError(f"{name} must be {kind.words}", place=place, hint=f"write {name} = {kind.example}")
        strings = value if isinstance(value, list) else [value]
        if any(isinstance(each, str) and "\0" in each for each in strings):
            message = f"{name} contains a NUL character, which no path and no argument can"
            raise ProjectError(message, place=place, hint="remove it")


def _values(table: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, Any, _Kind]]:
    """Each key that is given: (the path of its table, its name, its value, the kind that it must have).

    A table comes before its keys, and :func:`check` stops at the first that is not one.
    """
    for path, keys in _READ.items():
        inner: Any = table
        for part in path:
            inner = inner.get(part, {})
        yield from ((path, name, inner[name], kind) for name, kind in keys.items() if name in inner)
    for name in ("ext-modules", "bins"):
        declared = table.get("tool", {}).get("setuptools-rust", {}).get(name, [])
        for number, entry in enumerate(declared):
            place = ("tool", "setuptools-rust", name, number)
            yield from ((place, key, entry[key], kind) for key, kind in _EXTENSION.items() if key in entry)
