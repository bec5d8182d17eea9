"""Reads the settings from pyproject.toml, config settings and the environment (rules: :mod:`model.settings`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ..errors import Place, SettingsError, closest
from ..model.machine import VARIABLES
from ..model.settings import CONDITIONS, KEYS, PREFIX, TABLE, ConfigSettings, Key, Settings
from ..model.target import Target
from ..model.words import DelegateName
from .toml import line_of, parse

_PLATFORMS = {"darwin": "macos", "win32": "windows"}
_KINDS = {"string": (str, "a string"), "array": (list, "a list of strings"), "boolean": (bool, "true or false")}
_BOOLEANS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}
_BY_NAME = {key.name: key for key in KEYS}
_CONDITION = {key.name: key for key in CONDITIONS}


def _did_you_mean(name: str, known: Mapping[str, Key]) -> str:
    near = closest(name, known, 1)
    return f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(known)


def _known(name: str, names: Mapping[str, Key], place: Place, what: str, where: str = "") -> Key:
    """The key ``name``. Raises :class:`SettingsError` for an unknown one."""
    if name not in names:
        raise SettingsError(f"unknown {what} {name!r}{where}", place=place, hint=_did_you_mean(name, names))
    return names[name]


def _check(key: Key, value: Any, place: Place, inner: Mapping[str, Place] | None = None, outer: str = "") -> None:
    """Raise :class:`SettingsError` if the key does not accept ``value``; ``inner`` are the places of a table's keys."""
    if key.inner and isinstance(value, dict):
        _check_table(key, value, place, inner or {})
    elif not key.accepts(value):
        shown = _shown(value)
        kind, description = _KINDS[key.kind]
        fitting = isinstance(value, kind) and not (isinstance(value, list) and {*map(type, value)} - {str})
        description += " or a table" if key.inner else ""
        fault = f"= {shown} is not valid" if fitting else f"must be {description}, not {shown}"
        name = outer + key.name
        raise SettingsError(f"{name} {fault}", place=place, hint=f"{name} accepts {key.accepted}")


def _check_table(key: Key, table: Mapping[str, Any], place: Place, places: Mapping[str, Place]) -> None:
    """Raise :class:`SettingsError` for a table with an unknown key or an invalid value, or without a key."""
    inner = {each.name: each for each in key.inner}
    for name, value in table.items():
        here = places.get(name, place)
        _check(_known(name, inner, here, "key", f" in {key.name}"), value, here, outer=f"{key.name}.")
    for name in inner:
        if name not in table:
            hint = f"such as {key.name} = {key.table_example}"
            raise SettingsError(f"{key.name} is a table without {name!r}", place=place, hint=hint)


def _shown(value: Any) -> str:
    """A value in TOML's spelling, or in few words if it is too long, nested too deeply, or contains itself."""
    import json

    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        text = ""
    return text if text and len(text) < 200 else f"a {type(value).__name__}"


# The settings of the delegates that this backend reads: an option each, or a list of them.
_OPTIONS = ("maturin.build-args", "build-args", "--build-option", "--global-option")


def _checked(config_settings: Any) -> ConfigSettings:
    """The config settings of a front end, which PEP 517 lets be any dict. Raises :class:`SettingsError`.

    A value that only a delegate reads can be anything: pip, build and uv give strings and lists of strings, and another
    front end may give its delegate more.
    """
    if config_settings is None:
        return {}
    if not isinstance(config_settings, Mapping):
        message = f"config settings must map names to values, not be {_shown(config_settings)}"
        raise SettingsError(message, hint="a front end makes them from `-C NAME=VALUE`")
    for name in config_settings:
        if not isinstance(name, str):
            message = f"the name of a config setting must be a string, not {_shown(name)}"
            raise SettingsError(message, hint="a front end makes it from `-C NAME=VALUE`")
    for name in _OPTIONS:
        value = config_settings.get(name)
        words = [value] if isinstance(value, str) else [] if value is None else value
        place = Place(f"config setting {name}")
        if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
            message = f"must be a string or a list of strings, not {_shown(value)}"
            raise SettingsError(message, place=place, hint=f'such as -C {name}="--locked"')
        if any("\0" in word for word in words):
            raise SettingsError("contains a NUL character, which no argument can", place=place, hint="remove it")
        _check_quotes(value, place)
    return config_settings


def _check_quotes(value: Any, place: Place) -> None:
    import shlex

    try:
        shlex.split(value if isinstance(value, str) else "")
    except ValueError as error:
        message = f"the build arguments cannot be read: {error}"
        raise SettingsError(message, place=place, hint="check the quotes") from None


def _applies(condition: Mapping[str, Any], target: Target) -> bool:
    """Whether every part of a checked condition is true of ``target``."""
    facts = {
        "implementation": target.implementation,
        "free-threaded": target.free_threaded,
        "platform": _PLATFORMS.get(target.system, target.system.rstrip("0123456789")),  # freebsd14
    }
    for name, value in condition.items():
        if name == "python-version":
            from packaging.specifiers import SpecifierSet

            if not SpecifierSet(value).contains(f"{target.version[0]}.{target.version[1]}"):
                return False
        elif _PLATFORMS.get(value, value) != facts[name]:
            return False
    return True


class _GivenSetting(NamedTuple):
    """A setting that is given. ``kind`` is "table", "environment" or "config"; an override has a ``condition``."""

    key: Key
    value: Any
    kind: str
    place: Place
    condition: Mapping[str, Any] = {}
    inner: Mapping[str, Place] = {}  # the places of the keys of a value that is a table

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of :class:`Settings` that it sets."""
        value, field = self.value, self.key.field
        if not self.key.inner:
            return {field: tuple(value) if isinstance(value, list) else value}
        table = value if isinstance(value, dict) else {}  # abi3: the whole value replaces the one before
        return {field: table.get("floor", value), f"{field}_native": table.get("native", "")}


class Declared(NamedTuple):
    """All settings that are given for a project, checked, those with the highest precedence last."""

    given: tuple[_GivenSetting, ...]
    near_misses: tuple[tuple[str, str, Place | None], ...] = ()

    def for_target(self, target: Target) -> Settings:
        """The settings of a build for ``target``, with the overrides whose conditions are true of it."""
        values: dict[str, Any] = {}
        sources: dict[str, tuple[str, Place]] = {}
        for setting in self.given:
            if _applies(setting.condition, target):
                values.update(setting.fields)
                sources[setting.key.name] = (setting.kind, setting.place)
        return Settings(**values, sources=sources, near_misses=self.near_misses)

    @property
    def delegate(self) -> DelegateName | None:
        """The delegate, or None if no setting names it. No override can change it."""
        delegate = None
        for setting in self.given:
            if setting.key.name == "delegate":
                delegate = DelegateName(setting.value)
        return delegate


def _from_table(table: Any, here: Callable[..., Place]) -> Iterator[_GivenSetting]:
    """The settings in [tool.pyo3-features-backend], the overrides last."""
    if not isinstance(table, dict):
        hint = f"write its keys below a line [tool.{TABLE}]"
        raise SettingsError(f"[tool.{TABLE}] must be a table", place=here(), hint=hint)
    for name, value in table.items():
        if name != "overrides":
            place = here(name)
            key = _known(name, _BY_NAME, place, "key", f" in [tool.{TABLE}]")
            inner = {each: here(name, each) for each in value} if isinstance(value, dict) else {}
            yield _GivenSetting(key=key, value=value, kind="table", place=place, inner=inner)

    overrides = table.get("overrides", [])
    if not isinstance(overrides, list) or not all(isinstance(entry, dict) for entry in overrides):
        hint = f"write [[tool.{TABLE}.overrides]] above each"
        raise SettingsError("overrides must be an array of tables", place=here("overrides"), hint=hint)
    for number, override in enumerate(overrides):
        condition = override.get("if")
        if not isinstance(condition, dict) or not condition:
            hint = 'such as if = { platform = "linux" }; conditions are ' + ", ".join(_CONDITION)
            raise SettingsError("an override needs `if = { ... }`", place=here("overrides", number, "if"), hint=hint)
        for name, value in condition.items():
            place = here("overrides", number, "if", name)
            _check(_known(name, _CONDITION, place, "condition"), value, place)
        for name, value in override.items():
            if name == "if":
                continue
            place = here("overrides", number, name)
            key = _known(name, _BY_NAME, place, "key", " in an override")
            if not key.overridable:
                hint = f"set it in [tool.{TABLE}]: it is the same for every Python"
                raise SettingsError(f"{name} cannot be overridden", place=place, hint=hint)
            yield _GivenSetting(key=key, value=value, kind="table", place=place, condition=condition)


def _from_text(key: Key, value: Any) -> Any:
    """The value of a variable or a config setting. Commas or whitespace separate the strings of a list; a table is
    written as in TOML. :func:`_check` says what is wrong with a value that is returned as it is.
    """
    if key.inner and isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            parsed = parse(f"table = {value}")
        except ValueError:
            return value
        return parsed["table"] if len(parsed) == 1 else value
    if key.kind == "boolean" and isinstance(value, str):
        return _BOOLEANS.get(value.lower(), value)
    if key.kind != "array":
        return value
    parts = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(part, str) for part in parts):
        return value
    return [word for part in parts for word in re.split(r"[,\s]+", part) if word]


def _from_outside(environ: Mapping[str, str], config_settings: ConfigSettings | None) -> Iterator[_GivenSetting]:
    """The settings in the environment and the config settings."""
    for key in KEYS:
        if key.variable in environ:
            yield _GivenSetting(
                key=key,
                value=_from_text(key, environ[key.variable]),
                kind="environment",
                place=Place(f"${key.variable}"),
            )
    for name, value in (config_settings or {}).items():
        short = name[len(TABLE) + 1 :] if name.startswith(TABLE + ".") else name
        if short in _BY_NAME:
            yield _GivenSetting(
                key=_BY_NAME[short],
                value=_from_text(_BY_NAME[short], value),
                kind="config",
                place=Place(f"config setting {name}"),
            )
        elif short != name:
            raise SettingsError(f"unknown config setting {name!r}", hint=_did_you_mean(short, _BY_NAME))


def _near_misses(
    environ: Mapping[str, str], config_settings: ConfigSettings | None
) -> Iterator[tuple[str, str, Place | None]]:
    """Variables and config settings that are not read, each with the name that is probably meant."""
    variables = [*(key.variable for key in KEYS), *VARIABLES]
    for name in environ:
        if name.startswith(PREFIX) and name not in variables:
            yield f"${name}", closest(name, variables, 1, 0)[0], None
    for name in config_settings or {}:
        if not name.startswith(TABLE + ".") and name not in _BY_NAME and (near := closest(name, _BY_NAME, 1, 0.75)):
            yield f"config setting {name}", near[0], None


def _near_tables(tool: Mapping[str, Any], text: str) -> Iterator[tuple[str, str, Place | None]]:
    """Tables of [tool] that are not read, but whose name is nearly that of this backend's table."""
    for name in tool:
        if name != TABLE and closest(re.sub("[-_.]+", "-", name).lower(), [TABLE], 1, 0.7):
            yield f"[tool.{name}]", f"[tool.{TABLE}]", Place("pyproject.toml", line_of(text, "tool", name))


def read(
    pyproject: Mapping[str, Any], text: str, environ: Mapping[str, str], config_settings: ConfigSettings | None
) -> Declared:
    """Read the settings. Precedence: config settings > environment > matching overrides > table > defaults.

    ``pyproject`` is the parsed pyproject.toml and ``text`` its text. Raises :class:`SettingsError`, with file and line,
    for an unknown key or an invalid value, even in an override that does not apply.
    """

    config_settings = _checked(config_settings)

    def here(*path: str | int) -> Place:
        return Place("pyproject.toml", line_of(text, "tool", TABLE, *path))

    tool = pyproject.get("tool", {})
    for name in tool:
        if name != TABLE and re.sub("[-_.]+", "-", name).lower() == TABLE:  # the module is spelled with underscores
            place = Place("pyproject.toml", line_of(text, "tool", name))
            raise SettingsError(f"[tool.{name}] is not read", place=place, hint=f"the table is [tool.{TABLE}]")
    given = []
    for setting in chain(_from_table(tool.get(TABLE, {}), here), _from_outside(environ, config_settings)):
        _check(setting.key, setting.value, setting.place, setting.inner)
        given.append(setting)
    return Declared(tuple(given), (*_near_misses(environ, config_settings), *_near_tables(tool, text)))
