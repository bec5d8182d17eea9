"""``[tool.pyo3-features-backend]``, config settings and environment, read by the rules of :mod:`model.settings`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ..errors import Place, SettingsError, closest
from ..model.settings import CONDITIONS, KEYS, PREFIX, TABLE, VARIABLES, ConfigSettings, Key, Settings
from ..model.target import Target
from ..model.words import DelegateName
from .toml import line_of

_PLATFORMS = {"darwin": "macos", "win32": "windows"}
_KINDS = {"string": (str, "a string"), "array": (list, "a list of strings"), "boolean": (bool, "true or false")}
_BY_NAME = {key.name: key for key in KEYS}
_CONDITION = {key.name: key for key in CONDITIONS}


def _did_you_mean(name: str, known: Mapping[str, Key]) -> str:
    near = closest(name, known, 1)
    return f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(known)


def _known(name: str, names: Mapping[str, Key], place: Place, what: str, where: str = "") -> Key:
    if name not in names:
        raise SettingsError(f"unknown {what} {name!r}{where}", place=place, hint=_did_you_mean(name, names))
    return names[name]


def _check(key: Key, value: Any, place: Place) -> None:
    """Raise :class:`SettingsError` where the key does not take ``value``."""
    if not key.accepts(value):
        import json

        shown = json.dumps(value, ensure_ascii=False, default=str)
        kind, words = _KINDS[key.kind]
        fault = f"= {shown} is not possible" if isinstance(value, kind) else f"must be {words}, not {shown}"
        raise SettingsError(f"{key.name} {fault}", place=place, hint=f"{key.name} accepts {key.accepted}")


def _applies(condition: Mapping[str, Any], target: Target) -> bool:
    """Whether all of a checked condition holds for a target."""
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


class _Given(NamedTuple):
    """A setting that is given somewhere; ``condition`` is that of an override."""

    key: Key
    value: Any
    kind: str
    place: Place
    condition: Mapping[str, Any] = {}


class Declared(NamedTuple):
    """All settings of a project that are given, checked, those of the highest precedence last."""

    given: tuple[_Given, ...]
    near_misses: tuple[tuple[str, str], ...] = ()

    def for_target(self, target: Target) -> Settings:
        """The settings of a build for ``target``: overrides count where their condition holds for it."""
        values: dict[str, Any] = {}
        sources: dict[str, tuple[str, Place]] = {}
        for one in self.given:
            if _applies(one.condition, target):
                values[one.key.field] = tuple(one.value) if isinstance(one.value, list) else one.value
                sources[one.key.name] = (one.kind, one.place)
        return Settings(**values, sources=sources, near_misses=self.near_misses)

    @property
    def delegate(self) -> DelegateName | None:
        """The delegate, which no override can change; None where the project does not name it."""
        found = None
        for one in self.given:
            if one.key.name == "delegate":
                found = DelegateName(one.value)
        return found


def _in_table(table: Any, here: Callable[..., Place]) -> Iterator[_Given]:
    """What [tool.pyo3-features-backend] says, the overrides last."""
    if not isinstance(table, dict):
        hint = f"write its keys below a line [tool.{TABLE}]"
        raise SettingsError(f"[tool.{TABLE}] must be a table", place=here(), hint=hint)
    for name, value in table.items():
        if name != "overrides":
            place = here(name)
            yield _Given(_known(name, _BY_NAME, place, "key", f" in [tool.{TABLE}]"), value, "table", place)

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
            yield _Given(key, value, "table", place, condition)


def _from_text(key: Key, value: Any) -> Any:
    """A value of the environment or of a config setting; lists are separated by commas or spaces."""
    if key.kind != "array":
        return value
    parts = value if isinstance(value, list) else [value]
    return [word for part in parts for word in re.split(r"[,\s]+", part) if word]


def _outside(environ: Mapping[str, str], config_settings: ConfigSettings | None) -> Iterator[_Given]:
    """What the environment and the config settings say."""
    for key in KEYS:
        if key.variable in environ:
            yield _Given(key, _from_text(key, environ[key.variable]), "environment", Place(f"${key.variable}"))
    for name, value in (config_settings or {}).items():
        ours = name[len(TABLE) + 1 :] if name.startswith(TABLE + ".") else name
        if ours in _BY_NAME:
            yield _Given(_BY_NAME[ours], _from_text(_BY_NAME[ours], value), "config", Place(f"config setting {name}"))
        elif ours != name:
            raise SettingsError(f"unknown config setting {name!r}", hint=_did_you_mean(ours, _BY_NAME))


def _near_misses(environ: Mapping[str, str], config_settings: ConfigSettings | None) -> Iterator[tuple[str, str]]:
    """Variables and config settings that nobody reads, and the name that may be meant."""
    variables = [*(key.variable for key in KEYS), *VARIABLES]
    for name in environ:
        if name.startswith(PREFIX) and name not in variables:
            yield f"${name}", closest(name, variables, 1, 0)[0]
    for name in config_settings or {}:
        if not name.startswith(TABLE + ".") and name not in _BY_NAME and (near := closest(name, _BY_NAME, 1, 0.75)):
            yield f"config setting {name}", near[0]


def read(
    pyproject: Mapping[str, Any], text: str, environ: Mapping[str, str], config_settings: ConfigSettings | None
) -> Declared:
    """Settings by precedence: config settings > environment > matching overrides > table > defaults.

    ``pyproject`` is the parsed pyproject.toml and ``text`` the same as text. Raises :class:`SettingsError` for unknown
    keys and values that are not possible, with file and line, whichever Python they are for.
    """

    def here(*path: str | int) -> Place:
        return Place("pyproject.toml", line_of(text, "tool", TABLE, *path))

    tool = pyproject.get("tool", {})
    for name in tool:
        if name != TABLE and re.sub("[-_.]+", "-", name).lower() == TABLE:  # the module is spelled with underscores
            place = Place("pyproject.toml", line_of(text, "tool", name))
            raise SettingsError(f"[tool.{name}] is not read", place=place, hint=f"the table is [tool.{TABLE}]")
    given = []
    for one in chain(_in_table(tool.get(TABLE, {}), here), _outside(environ, config_settings)):
        _check(one.key, one.value, one.place)
        given.append(one)
    return Declared(tuple(given), tuple(_near_misses(environ, config_settings)))
