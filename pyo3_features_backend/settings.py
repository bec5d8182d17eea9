"""``[tool.pyo3-features-backend]``, config settings and environment: one model, names and defaults in one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Union

from .errors import Place, SettingsError, closest
from .target import Target
from .toml import line_of

TABLE = "pyo3-features-backend"
PREFIX = "PYO3_FEATURES_BACKEND_"
ConfigSettings = Mapping[str, Union[str, list[str]]]

_CHOICES = {
    "delegate": ("maturin", "setuptools-rust"),
    "nightly": ("off", "auto", "on"),
    "compile-cache": ("auto", "on", "off"),
}
_LISTS = ("abi3-crate-features", "features", "verify", "expect")
_KEYS = ("delegate", "abi3", "abi3t", "nightly", "compile-cache", *_LISTS)
_OF_THE_CACHE = (PREFIX + "CACHE_DIR", PREFIX + "CACHE_SIZE")  # compile_cache.py reads them
_CONDITIONS = ("implementation", "python-version", "free-threaded", "platform")
_SYSTEMS = {"darwin": "macos", "win32": "windows"}


class Settings(NamedTuple):
    """The settings of one build. ``sources`` says for each key that was given where it stands.

    A source is ("table" | "environment" | "config", place).
    """

    delegate: str | None = None
    abi3: str = "auto"
    abi3t: str = "auto"
    abi3_crate_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    nightly: str = "off"
    verify: tuple[str, ...] = ("tags",)
    expect: tuple[str, ...] = ()
    compile_cache: str = "auto"
    sources: Mapping[str, tuple[str, Place]] = {}
    near_misses: tuple[tuple[str, str], ...] = ()


def _closest(name: str, known: tuple[str, ...]) -> str:
    near = closest(name, known, 1)
    return f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(known)


def _check(key: str, value: Any, place: Place) -> Any:
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise SettingsError(f"{key} must be a list of strings", place=place, hint=f'write {key} = ["..."]')
        if key == "verify":
            for entry in value:
                if entry not in ("tags", "import"):
                    raise SettingsError(
                        f"verify cannot do {entry!r}", place=place, hint='this version knows "tags" and "import"'
                    )
        return tuple(value)
    if not isinstance(value, str):
        raise SettingsError(f"{key} must be a string", place=place, hint=f'write {key} = "..."')
    if key in _CHOICES and value not in _CHOICES[key]:
        raise SettingsError(
            f"{key} = {value!r} is not possible", place=place, hint="one of " + ", ".join(_CHOICES[key])
        )
    if key in ("abi3", "abi3t"):
        words = ("auto", "off", "current") if key == "abi3" else ("auto", "off")
        if value not in words and not re.fullmatch(r"3\.\d+", value):
            raise SettingsError(
                f"{key} = {value!r} is not possible", place=place, hint=f'{", ".join(words)}, or a floor like "3.11"'
            )
    return value


def _applies(condition: Any, target: Target, place: Place) -> bool:
    if not isinstance(condition, dict) or not condition:
        raise SettingsError("an override needs `if = { ... }`", place=place, hint="keys: " + ", ".join(_CONDITIONS))
    for name in condition:
        if name not in _CONDITIONS:
            raise SettingsError(f"unknown condition {name!r}", place=place, hint=_closest(name, _CONDITIONS))
    if "free-threaded" in condition and condition["free-threaded"] != target.free_threaded:
        return False
    if condition.get("implementation", target.implementation) != target.implementation:
        return False
    system = _SYSTEMS.get(target.system, target.system)
    if condition.get("platform", system) not in (system, target.system):
        return False
    if "python-version" in condition:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return SpecifierSet(condition["python-version"]).contains(f"{target.version[0]}.{target.version[1]}")
        except (InvalidSpecifier, TypeError, AttributeError):
            raise SettingsError("python-version is not a version specifier", place=place, hint='">=3.11"') from None
    return True


def load(
    pyproject: Mapping[str, Any],
    text: str,
    environ: Mapping[str, str],
    config_settings: ConfigSettings | None,
    target: Target,
) -> Settings:
    """Settings by precedence: config settings > environment > matching overrides > table > defaults.

    Raises :class:`SettingsError` for unknown keys and wrong types, with file and line.
    """
    values: dict[str, Any] = {}
    sources: dict[str, tuple[str, Place]] = {}
    near_misses: list[tuple[str, str]] = []

    def take(key: str, value: Any, kind: str, place: Place) -> None:
        values[key] = _check(key, value, place)
        sources[key] = (kind, place)

    def here(*path: str | int) -> Place:
        return Place("pyproject.toml", line_of(text, "tool", TABLE, *path))

    tool = pyproject.get("tool", {})
    table = tool.get(TABLE, {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"[tool.{TABLE}] must be a table", place=here())
    for key, value in table.items():
        if key == "overrides":
            continue
        if key not in _KEYS:
            raise SettingsError(f"unknown key {key!r} in [tool.{TABLE}]", place=here(key), hint=_closest(key, _KEYS))
        take(key, value, "table", here(key))
    overrides = table.get("overrides", [])
    if not isinstance(overrides, list) or not all(isinstance(entry, dict) for entry in overrides):
        raise SettingsError("overrides must be an array of tables", place=here("overrides"))
    for number, override in enumerate(overrides):
        place = here("overrides", number)
        applies = _applies(override.get("if"), target, place)
        for key, value in override.items():
            if key == "if":
                continue
            if key not in _KEYS or key == "delegate":
                raise SettingsError(f"{key!r} cannot be overridden", place=place, hint=_closest(key, _KEYS[1:]))
            _check(key, value, place)
            if applies:
                take(key, value, "table", place)

    def text_value(key: str, value: Any) -> Any:
        if key not in _LISTS:
            return value
        parts = value if isinstance(value, list) else [value]
        return [word for part in parts for word in re.split(r"[,\s]+", part) if word]

    for key in _KEYS:
        variable = PREFIX + key.upper().replace("-", "_")
        if variable in environ:
            take(key, text_value(key, environ[variable]), "environment", Place(f"${variable}"))
    for name, value in (config_settings or {}).items():
        ours = name[len(TABLE) + 1 :] if name.startswith(TABLE + ".") else name
        if ours in _KEYS:
            take(ours, text_value(ours, value), "config", Place(f"config setting {name}"))
        elif ours != name:
            raise SettingsError(f"unknown config setting {name!r}", hint=_closest(ours, _KEYS))
        elif near := closest(name, _KEYS, 1, 0.75):
            near_misses.append((f"config setting {name}", near[0]))
    for variable in environ:
        known = tuple(PREFIX + key.upper().replace("-", "_") for key in _KEYS)
        if variable.startswith(PREFIX) and variable not in (*known, *_OF_THE_CACHE):
            near_misses.append((f"${variable}", closest(variable, known, 1, 0)[0]))
    given = {key.replace("-", "_"): value for key, value in values.items()}
    return Settings(**given, sources=sources, near_misses=tuple(near_misses))
