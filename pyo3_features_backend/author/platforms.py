"""The platforms beside Linux, macOS and Windows for which cibuildwheel builds: Pyodide, Android and iOS.

Their Pythons are those of cibuildwheel 4.3 (``resources/build-platforms.toml``); none is free-threaded. Their platform
tags: PEP 783 (Pyodide; pyodide-build's "Platform Tags & Compatibility" has the older names), PEP 738 (Android), PEP 730
(iOS).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..facts.interpreter import running
from ..model.target import Target
from .pythons import cpython, known
from .sources.manifests import table_at


class Platform(NamedTuple):
    """A platform: its ``name`` in cibuildwheel, its ``title`` for people, and the ``minors`` of its Pythons.

    ``tags`` are the starts of the platform tags of its wheels. ``system``, ``platform`` and ``triple`` are those of one
    of its architectures; the plan is the same for all.
    """

    name: str
    title: str
    minors: range
    tags: tuple[str, ...]
    system: str
    platform: str
    triple: str
    pointer_width: int = 64


PLATFORMS = {
    "pyodide": Platform(
        name="pyodide",
        title="Pyodide",
        minors=range(12, 16),
        tags=("pyemscripten_", "pyodide_", "emscripten_"),
        system="emscripten",
        platform="emscripten-wasm32",
        triple="wasm32-unknown-emscripten",
        pointer_width=32,
    ),
    "android": Platform(
        name="android",
        title="Android",
        minors=range(13, 16),
        tags=("android_",),
        system="android",
        platform="android-24-arm64_v8a",
        triple="aarch64-linux-android",
    ),
    "ios": Platform(
        name="ios",
        title="iOS",
        minors=range(13, 16),
        tags=("ios_",),
        system="ios",
        platform="ios-13.0-arm64-iphoneos",
        triple="aarch64-apple-ios",
    ),
}


def known_on(platform: Platform, base: Target) -> list[Target]:
    """The Pythons of a platform, oldest first, none of which can be run here."""
    return [
        cpython(base, minor)._replace(
            system=platform.system,
            platform=platform.platform,
            cross_triple=platform.triple,
            pointer_width=platform.pointer_width,
        )
        for minor in platform.minors
    ]


def pythons(platform: Platform | None) -> list[Target]:
    """The known Pythons of a platform; without one, those of the platform that runs this."""
    return known_on(platform, running()) if platform else known(running())


def configured(project: Mapping[str, Any]) -> list[Platform]:
    """The platforms with a table of their own in [tool.cibuildwheel] of a pyproject.toml."""
    tables = table_at(project, "tool", "cibuildwheel")
    return [platform for name, platform in PLATFORMS.items() if name in tables]


def of_wheel(name: str) -> Platform | None:
    """The platform in the name of a wheel; None for any other, and for a name that is not a wheel's."""
    tag = name.rpartition("-")[2]
    return next((each for each in PLATFORMS.values() if tag.startswith(each.tags)), None)
