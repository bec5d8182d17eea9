"""Every setting: its name, the values that it accepts, its default, and its text in the reference.

The checks of a build (:mod:`facts.settings`), the JSON schema (:mod:`author.schema`) and docs/settings.md are all made
from this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, Union

from ..errors import Place
from .words import DelegateName

TABLE = "pyo3-features-backend"
PREFIX = "PYO3_FEATURES_BACKEND_"


class Key(NamedTuple):
    """One key: the values that it accepts, and its text in the reference.

    ``kind`` is "string", "array" (of strings) or "boolean". A string, or each string of an array, must be one of
    ``choices`` or match the whole regular expression ``pattern``, which ``form`` describes in words. If the key has
    neither, every string is accepted. A key with ``inner`` keys also accepts a table with all of them. ``about`` is
    Markdown.
    """

    about: str
    example: object
    choices: tuple[str, ...] = ()
    pattern: str = ""
    form: str = ""
    name: str = ""
    kind: str = "string"
    overridable: bool = True
    inner: tuple[Key, ...] = ()

    @property
    def field(self) -> str:
        """The name of the field in :class:`Settings`."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.field.upper()

    @property
    def accepted(self) -> str:
        """The values that the key accepts, in words."""
        if self.kind == "boolean":
            return "true or false"
        values = [f'"{choice}"' for choice in self.choices]
        if self.pattern:
            values.append(f'{self.form} such as "{self.example}"')
        if self.inner:
            values.append(f"a table such as {self.table_example}")
        if self.kind == "array":
            *first, last = values or ["strings"]
            return "a list of " + (f"{', '.join(first)} and {last}" if first else last)
        return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)

    @property
    def table_example(self) -> str:
        """A table that the key accepts, in TOML."""
        return "{ " + ", ".join(f'{key.name} = "{key.example}"' for key in self.inner) + " }"

    def accepts(self, value: object) -> bool:
        """Whether the key accepts ``value``."""
        if self.inner and isinstance(value, dict):
            inner = {key.name: key for key in self.inner}
            return value.keys() == inner.keys() and all(inner[name].accepts(value[name]) for name in inner)
        if self.kind == "array":
            element = self._replace(kind="string")
            return isinstance(value, list) and all(element.accepts(entry) for entry in value)
        if self.kind == "boolean" or not isinstance(value, str):
            return self.kind == "boolean" and isinstance(value, bool)
        if value in self.choices or not (self.choices or self.pattern):
            return True
        return bool(self.pattern and re.fullmatch(self.pattern, value))


# These mean the same to JSON Schema (ECMA 262) as to Python.
_FLOOR = r"3\.(?:0|[1-9][0-9]?)"
_RELEASE = r"[0-9]{1,4}(?:\.[0-9]{1,4})"
_CLAUSE = rf" *(?:(?:==|!=) *{_RELEASE}*(?:\.\*)?|(?:<=|>=|<|>) *{_RELEASE}*|~= *{_RELEASE}+) *"
_MINORS = rf"{_CLAUSE}(?:,{_CLAUSE})*"


class Settings(NamedTuple):
    """The settings of one build.

    If ``abi3`` is a table, its floor is ``abi3`` and its range ``abi3_native``, which is empty otherwise.
    ``sources`` maps each key that is given to where: ("table" | "environment" | "config", place). ``near_misses`` lists
    names that are not settings, or not this backend's table, but look like one: each as (name, what is probably meant,
    its place or None).
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
    editable_rebuild: bool = False
    editable_profile: str | None = None
    stubs: bool = False
    abi3_native: str = ""
    sources: Mapping[str, tuple[str, Place]] = {}
    near_misses: tuple[tuple[str, str, Place | None], ...] = ()


_DESCRIBED = {
    "delegate": Key(
        "The tool that compiles. Default: the extra on this backend's requirement (`pyo3-features-backend[maturin]`),"
        " else the tool that `build-system.requires` names, else the one that has a table (`[tool.maturin]`,"
        " `[tool.setuptools-rust]`), else setuptools-rust if there is a setup.py, else maturin. Naming both at one"
        " level is an error.",
        "maturin",
        choices=tuple(map(str, DelegateName)),
        overridable=False,
    ),
    "abi3": Key(
        'The stable ABI of CPython with the GIL. `"auto"`: the floor that is already declared (in the crate graph, as a'
        " conditional maturin feature, or with `py_limited_api`), else the lower bound of `requires-python`; without"
        ' either, wheels are version-specific. `"3.11"`: that floor, for code that needs the limited API of that'
        ' Python; older Pythons get a version-specific wheel. `"current"`: the version of the Python that runs the'
        ' build. `"off"`: version-specific wheels. A table with `floor` and `native`: version-specific wheels for the'
        " Pythons in the range `native` (minor versions, as in the condition `python-version`), and for all others what"
        ' `floor` gives, a version or `"auto"` (docs/matrix.md).',
        "3.11",
        choices=("auto", "off", "current"),
        pattern=_FLOOR,
        form="a floor",
        inner=(
            Key(
                "The floor of the wheel for the other Pythons.",
                "3.14",
                choices=("auto",),
                pattern=_FLOOR,
                form="a floor",
                name="floor",
            ),
            Key(
                "The Pythons that get a version-specific wheel: minor versions.",
                ">=3.10,<3.14",
                pattern=_MINORS,
                form="a version specifier",
                name="native",
            ),
        ),
    ),
    "abi3t": Key(
        "The stable ABI of free-threaded CPython. It needs Python 3.15 and PyO3 0.29.1 or newer, and makes a wheel"
        ' `cp315-abi3.abi3t`. `"auto"`: only if the crate graph asks for it. `"3.15"`: that floor. `"off"`: a'
        " version-specific wheel.",
        "3.15",
        choices=("auto", "off"),
        pattern=_FLOOR,
        form="a floor",
    ),
    "abi3_crate_features": Key(
        "The crate's own cargo features to turn on in stable-ABI builds, such as one that gates code for the limited"
        " API.",
        ["abi"],
    ),
    "features": Key(
        "PyO3 features, by PyO3's names. The resolved PyO3 must have them. Do not list `abi3` or `extension-module`:"
        " the backend decides those.",
        ["serde", "hashbrown"],
    ),
    "nightly": Key(
        'PyO3\'s `nightly` feature. `"auto"`: on if rustc is a nightly. `"on"` is an error with any other rustc.',
        "auto",
        choices=("off", "auto", "on"),
    ),
    "verify": Key(
        'What to check in each built wheel. `"tags"`: that it has the planned tags, and that its binaries are for the'
        ' Python of the tag. `"import"`: that the extension can be imported; skipped for editable builds and for a'
        ' Python that cannot run here. `"symbols"`: that Python has every symbol that the binaries need, and that they'
        " do not link libpython (docs/audit.md); the build then requires abi3info. `[]`: nothing.",
        ["tags", "import"],
        choices=("tags", "import", "symbols"),
    ),
    "expect": Key(
        "The wheel tags that builds may produce. A plan with other tags stops the build."
        ' `"native"` stands for the version-specific wheels of all Pythons in the range `native` of `abi3`.'
        " `pyo3-features matrix --write-expect` writes the list. Empty: every tag is allowed.",
        ["cp39-abi3", "cp314-cp314t"],
    ),
    "compile_cache": Key(
        "Whether to keep the compiled dependencies of an unpacked sdist for later builds, and this backend's own"
        ' bytecode. `"auto"`: yes, except in continuous integration, in a distribution\'s builds, or if pip or uv runs'
        " with its cache turned off (docs/compile-cache.md). With `off` in the variable"
        " `PYO3_FEATURES_BACKEND_COMPILE_CACHE`, bytecode that was kept before is not used, either.",
        "off",
        choices=("auto", "on", "off"),
    ),
    "editable_rebuild": Key(
        "Whether an editable install compiles changed Rust sources when its extension is imported (docs/editable.md)."
        " `PYO3_FEATURES_BACKEND_EDITABLE_REBUILD=false` also turns this off in a process that imports the extension.",
        True,
    ),
    "editable_profile": Key(
        "The cargo profile for editable installs. Default: the delegate's. With maturin, that is `editable-profile` or"
        " `profile` in `[tool.maturin]`, else `release`; with setuptools-rust, `dev` unless the extension sets"
        " `debug = false`. A `--profile` in the build arguments or in the extension's `args` takes precedence, and"
        " so does `SETUPTOOLS_RUST_CARGO_PROFILE`.",
        "dev",
        pattern="[A-Za-z_][A-Za-z0-9_-]*",
        form="the name of a profile",
    ),
    "stubs": Key(
        "Whether a wheel gets type stubs (`.pyi`) that PyO3 describes and maturin writes (docs/stubs.md). It needs PyO3"
        " 0.28 and a `#[pymodule]` that is a Rust `mod`, and not setuptools-rust.",
        True,
    ),
}


def _key(field: str, described: Key) -> Key:
    """A key with what :class:`Settings` says of it: its name, and the kind of its value."""
    kinds = {tuple: "array", bool: "boolean"}
    kind = kinds.get(type(Settings._field_defaults[field]), "string")
    return described._replace(name=field.replace("_", "-"), kind=kind)


# Every setting, in the order of :class:`Settings`; the schema and the reference are made of it.
KEYS = tuple(_key(field, described) for field, described in _DESCRIBED.items())

CONDITIONS = (
    Key(
        "`sys.implementation.name` of the Python that the wheel is for.",
        "cpython",
        choices=("cpython", "pypy", "graalpy", "rustpython"),
        name="implementation",
    ),
    Key(
        "Its version, major and minor only.",
        ">=3.11",
        pattern=_MINORS,
        form="a version specifier",
        name="python-version",
    ),
    Key("Whether it is a free-threaded build.", False, name="free-threaded", kind="boolean"),
    Key(
        "Its operating system; `darwin` and `win32` are other names of `macos` and `windows`.",
        "linux",
        choices=("linux", "macos", "windows", "android", "ios", "emscripten", "wasi", "cygwin", "freebsd", "netbsd")
        + ("openbsd", "aix", "sunos", "darwin", "win32"),
        name="platform",
    ),
)


ConfigSettings = Mapping[str, Union[str, list[str]]]
