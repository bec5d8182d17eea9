"""What is fuzzed: each thing that comes from outside, as a strategy of hypothesis and what reads it.

A reader may raise a BackendError; anything else is a fault. Half of the inputs are close to good ones: keys that are
read, with values of every type, and good texts with a few bytes changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from pyo3_features_backend.author.sources import hardcoded, manifests
from pyo3_features_backend.build import requirements
from pyo3_features_backend.delegates import maturin, setuptools_rust
from pyo3_features_backend.errors import BackendError, Place
from pyo3_features_backend.facts import (
    config_file,
    crates,
    cross,
    project,
    pymodules,
    requests,
    settings,
    toolchain,
)
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.crate import Crate
from pyo3_features_backend.model.graph import Graph
from pyo3_features_backend.model.settings import KEYS, TABLE, VARIABLES
from pyo3_features_backend.rebuild import clean

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
PYPROJECT = b"""[build-system]
requires = ["pyo3-features-backend[maturin]", "maturin>=1"]
build-backend = "pyo3_features_backend"
[project]
name = "demo"
requires-python = ">=3.9,!=3.10.1"
classifiers = ["Programming Language :: Python :: 3.9"]
[tool.maturin]
features = ["a", { feature = "b", python-version = ">=3.11", python-implementation = "cpython" }]
manifest-path = "rust/Cargo.toml"
module-name = "demo._demo"
config = ["build.jobs=1"]
locked = true
[tool.pyo3-features-backend]
abi3 = "3.11"
expect = ["cp311-abi3"]
[[tool.pyo3-features-backend.overrides]]
if = { implementation = "pypy", python-version = ">=3.9" }
abi3 = "off"
[[tool.setuptools-rust.ext-modules]]
target = "demo._demo"
path = "Cargo.toml"
features = ["a"]
args = ["--locked"]
"""
CARGO_TOML = b"""[package]
name = "demo"
version = "1.0.0"
rust-version = "1.70"
[lib]
crate-type = ["cdylib"]
[features]
default = ["abi"]
abi = ["pyo3/abi3-py39"]
[dependencies]
py = { package = "pyo3", version = "0.30", features = ["abi3-py310"], optional = true }
other = { path = "../other" }
[target.'cfg(unix)'.dependencies]
pyo3 = { workspace = true }
[workspace]
members = ["a"]
exclude = ["b"]
[workspace.dependencies]
pyo3 = { version = "0.30", features = ["extension-module"] }
"""
CONFIG = b"""implementation=CPython
version=3.11
shared=true
target_abi=CPython-abi3-3.9
lib_name=python3.11
lib_dir=/usr/lib
executable=/usr/bin/python3.11
pointer_width=64
build_flags=Py_DEBUG
suppress_build_script_link_lines=false
extra_build_script_line=cargo:x
"""
DETAILS = {
    "language": {"version": "3.14"},
    "implementation": {"name": "cpython", "version": {"major": 3, "minor": 14}},
    "abi": {"flags": ["t"], "extension_suffix": ".cpython-314t.so"},
    "suffixes": {"extensions": [".cpython-314t.so"]},
    "platform": "linux-x86_64",
    "libpython": {"dynamic": "x"},
}
SYSCONFIG = b"build_time_vars = {'VERSION': '3.11', 'SOABI': 'cpython-311', 'EXT_SUFFIX': '.so', 'SIZEOF_VOID_P': 8}\n"
RUST = b'use pyo3::prelude::*;\n#[pymodule(name = "demo")]\n/* a /* b */ */ pub fn x() { r#"]"#; \'a\' }\n'
METADATA: dict[str, Any] = {
    "packages": [
        {
            "id": name,
            "name": name,
            "version": "1.0.0",
            "source": source,
            "manifest_path": "{folder}/Cargo.toml",
            "rust_version": "1.70",
            "features": {"default": ["pyo3/abi3-py39"]},
            "targets": [{"name": name, "kind": ["cdylib"], "crate_types": ["cdylib"], "src_path": "/x/src/lib.rs"}],
            "dependencies": [
                {
                    "name": "pyo3",
                    "kind": None,
                    "rename": None,
                    "optional": False,
                    "features": ["abi3-py39"],
                    "target": None,
                    "source": None,
                }
            ],
        }
        for name, source in (("demo", None), ("pyo3", "registry+x"))
    ],
    "resolve": {
        "root": "demo",
        "nodes": [
            {
                "id": "demo",
                "features": ["default"],
                "dependencies": ["pyo3"],
                "deps": [{"name": "pyo3", "pkg": "pyo3", "dep_kinds": [{"kind": None, "target": None}]}],
            },
            {"id": "pyo3", "features": ["abi3-py39"], "dependencies": [], "deps": []},
        ],
    },
    "workspace_members": ["demo"],
    "workspace_root": "{folder}",
    "target_directory": "/x/target",
    "build_directory": "/x/target",
}

_text = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "",
        "3.11",
        ">=3.9",
        "off",
        "auto",
        "abi3-py39",
        "a/b",
        "\0",
        "pypy",
        "~=3",
        "../x",
        "cp39-abi3",
        "[",
        "-i",
        "--",
        "py?/x",
    ]
)
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | _text | st.binary(max_size=8)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3), max_leaves=8
)


def _mutated(seed: bytes) -> st.SearchStrategy[bytes]:
    """A good text with up to five pieces of it replaced, removed or said twice."""
    piece = st.binary(max_size=6) | st.sampled_from(
        [
            b"",
            b'"',
            b"[",
            b"]",
            b"{",
            b"=",
            b"\n",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            b"3",
            b'"x"',
            b"[[",
            b"true",
            b"#",
            b".",
            b"-1",
        ]
    )
    edit = st.tuples(st.integers(0, len(seed)), st.integers(0, 12), piece)

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        text = seed
        for at, length, new in edits:
            text = text[:at] + new + text[at + length :]
        return text

    return st.lists(edit, min_size=1, max_size=5).map(apply)


def _toml(value: Any) -> str:
    """A value as TOML; what TOML does not have becomes a string."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value) if isinstance(value, float) or abs(value) < 2**60 else "0"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(name))} = {_toml(each)}" for name, each in value.items()) + "}"
    return json.dumps(str(value)).replace("\x7f", "")


def _typed(table: dict[str, tuple[str, ...]]) -> st.SearchStrategy[bytes]:
    """Tables whose keys are read, with values of every type."""

    def write(drawn: list[tuple[str, str, Any]]) -> bytes:
        lines: dict[str, dict[str, str]] = {}
        for where, key, value in drawn:
            lines.setdefault(where, {})[key] = _toml(value)
        text = [f"[{where}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()) for where, keys in lines.items()]
        return "".join(text).encode("utf-8", "replace")

    rows = [(where, key) for where, keys in table.items() for key in keys]
    entry = st.tuples(st.sampled_from(rows), _values).map(lambda pair: (*pair[0], pair[1]))
    return st.lists(entry, min_size=1, max_size=6).map(write)


def _replaced(seed: Any) -> st.SearchStrategy[Any]:
    """A JSON value in which up to three places have another value, or are gone."""
    paths: list[tuple[Any, ...]] = []

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        paths.append(path)
        for key, each in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            walk(each, (*path, key))

    walk(seed, ())

    def apply(edits: list[tuple[tuple[Any, ...], Any, bool]]) -> Any:
        made = json.loads(json.dumps(seed))
        for path, value, remove in edits:
            here = {"": made}
            place: Any = here
            for step in ("", *path)[:-1]:
                place = (
                    place[step]
                    if isinstance(place, dict) and step in place
                    else place[step]
                    if (isinstance(place, list) and isinstance(step, int) and step < len(place))
                    else {}
                )
            last = ("", *path)[-1]
            if isinstance(place, dict):
                if remove:
                    place.pop(last, None)
                else:
                    place[last] = value
            elif isinstance(place, list) and isinstance(last, int) and last < len(place):
                place[last] = value
            made = here.get("")
        return made

    others: Any = (
        st.none()
        | st.booleans()
        | st.integers(-5, 5)
        | _text
        | st.builds(list)
        | st.builds(dict)
        | st.builds(lambda: [None])
    )
    return st.lists(st.tuples(st.sampled_from(paths), others, st.booleans()), min_size=1, max_size=3).map(apply)


class Answer(toolchain.Question):
    """The answer of a tool, without the tool."""

    def __init__(self, stdout: str, stderr: str = "", status: int = 0) -> None:
        self.command = ["cargo", "metadata"]
        self.said = status, stdout, stderr

    def answer(self) -> tuple[int, str, str]:
        return self.said

    def failure(self) -> str | None:
        return f"ended with exit status {self.said[0]}" if self.said[0] else None


def _write(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def _pyproject(folder: Path, data: bytes) -> None:
    _write(folder, "pyproject.toml", data)
    loaded = project.load(folder)
    declared = settings.read(loaded.table, loaded.text, {}, None)
    requirements.delegate_of(loaded, declared.delegate)
    declared.for_target(running())
    arguments = maturin.parse(None, {})
    maturin.table_features(loaded, running())
    maturin.profile(loaded, arguments, editable=True)
    maturin.manifest(loaded, arguments)
    if requires := loaded.requires_python:
        place = loaded.place("project", "requires-python")
        project.lower_bound(requires, place)
        project.allows(requires, (3, 11), place)
    (folder / "Cargo.toml").unlink(missing_ok=True)
    hardcoded.find(folder)


def _cargo_toml(folder: Path, data: bytes) -> None:
    _write(folder, "pyproject.toml", b"[tool.maturin]\n")
    file = _write(folder, "Cargo.toml", data)
    for manifest in manifests.read_all(folder, [file]):
        list(manifests.dependencies(manifest))
    hardcoded.find(folder)


def _cargo_lock(folder: Path, data: bytes) -> None:
    _write(folder, "Cargo.lock", data)
    clean.packages(folder)


def _metadata(folder: Path, data: Any) -> None:
    output = data if isinstance(data, str) else json.dumps(data, default=str)
    output = output.replace("{folder}", str(folder))
    manifest = _write(folder, "Cargo.toml", CARGO_TOML)
    crates.read(crates.Query(folder, manifest, triple="x86_64-unknown-linux-gnu"), Answer(output))


def _tree(folder: Path, data: str) -> None:
    crates._parse_tree(data)


def _rustc(folder: Path, data: str) -> None:
    toolchain.rustc(Answer(data))


def _config_file(folder: Path, data: bytes) -> None:
    file = _write(folder, "config.txt", data)
    config, _ = config_file.check(data, "config.txt", pyo3="0.28.3", pointer_width=64)
    if config:
        for release in ("0.15.2", "0.30.1"):
            with suppress(config_file.ConfigFileError):
                config_file.text(config, release)
    cross.choose({"PYO3_CONFIG_FILE": str(file)}, None, None, "x86_64-unknown-linux-gnu")


def _details(folder: Path, data: Any) -> None:
    file = _write(folder, "build-details.json", data if isinstance(data, bytes) else json.dumps(data).encode())
    cross.of_build_details(file, running())


def _sysconfig(folder: Path, data: bytes) -> None:
    cross.of_sysconfig(_write(folder, "_sysconfigdata_x.py", data), running())


def _config_settings(folder: Path, data: Any) -> None:
    declared = settings.read({}, "", {}, data)
    declared.for_target(running())
    maturin.parse(data, {})
    setuptools_rust._build_option(data)


def _environment(folder: Path, data: dict[str, str]) -> None:
    settings.read({}, "", data, None).for_target(running())
    maturin.parse(None, data)
    if "PYO3_CROSS_PYTHON_VERSION" in data:
        cross.choose(data, None, "aarch64-apple-darwin", "x86_64-unknown-linux-gnu")
    cross.archflags_triple(data.get("ARCHFLAGS", ""))


def _rust(folder: Path, data: bytes) -> None:
    (folder / "src").mkdir(exist_ok=True)
    _write(folder / "src", "lib.rs", data)
    manifest = _write(folder, "Cargo.toml", b"")
    graph = Graph(manifest, folder, folder, folder, (), ("demo",), (), "")
    crate = Crate("demo", "Cargo.toml", True, frozenset(), None, "demo", graph=graph)
    pymodules.read(crate, "demo", Place("Cargo.toml"), folder)
    with suppress(pymodules._Unknown):
        list(pymodules._modules(folder / "src" / "lib.rs", folder))


def _request(folder: Path, data: str) -> None:
    requests._parse(data)


class Target(NamedTuple):
    """One thing that comes from outside: what makes inputs, and what reads them."""

    inputs: st.SearchStrategy[Any]
    read: Callable[[Path, Any], None]


_KEYS = {
    "project": ("name", "requires-python", "classifiers", "dynamic"),
    "build-system": ("requires", "build-backend", "backend-path"),
    "tool": ("maturin", "setuptools-rust", TABLE, "poetry", "uv", "distutils"),
    "tool.maturin": (
        *("features", "config", "locked", "frozen", "manifest-path", "module-name", "python-source", "profile"),
        *("bindings", "all-features", "no-default-features", "editable-profile", "cargo-extra-args"),
    ),
    f"tool.{TABLE}": (*(key.name for key in KEYS), "overrides"),
    "tool.setuptools-rust": ("ext-modules", "bins"),
    "tool.distutils": ("bdist_wheel",),
}
_CARGO_KEYS = {
    "package": ("name", "version", "workspace", "build", "rust-version", "metadata"),
    "features": ("default", "abi"),
    "dependencies": ("pyo3", "pyo3-ffi", "other"),
    "target": ("x",),
    "workspace": ("members", "exclude", "dependencies", "package"),
    "lib": ("name", "crate-type"),
}
_names = st.sampled_from(
    [key.name for key in KEYS]
    + [f"{TABLE}.{key.name}" for key in KEYS]
    + ["build-args", "maturin.build-args", "--build-option", "--global-option"]
)
_environ_names = st.sampled_from(
    [key.variable for key in KEYS]
    + [*VARIABLES, "MATURIN_PEP517_ARGS", "ARCHFLAGS", "PYO3_CROSS_PYTHON_VERSION", "PYO3_CROSS_PYTHON_IMPLEMENTATION"]
)
_environ_values = st.text(st.characters(exclude_characters="\0"), max_size=20) | st.sampled_from(
    ["3.11", "3.14t", "off", "-F a", "--features", "'", "-arch arm64", "CPython", "PyPy"]
)
TARGETS = {
    "pyproject.toml": Target(_mutated(PYPROJECT) | _typed(_KEYS) | st.binary(max_size=200), _pyproject),
    "Cargo.toml": Target(_mutated(CARGO_TOML) | _typed(_CARGO_KEYS) | st.binary(max_size=200), _cargo_toml),
    "Cargo.lock": Target(
        _mutated((EXAMPLES / "hello" / "Cargo.lock").read_bytes()[:600]) | st.binary(max_size=200), _cargo_lock
    ),
    "cargo metadata": Target(_replaced(METADATA) | _values | st.text(max_size=60), _metadata),
    "cargo tree": Target(
        _mutated(b"demo v1.0.0 (/x)|a,b\npyo3 v0.30.1 (*)|x\n").map(lambda data: data.decode("utf-8", "replace"))
        | st.text(max_size=80),
        _tree,
    ),
    "rustc -vV": Target(
        _mutated(b"rustc 1.95.0\nrelease: 1.95.0\nhost: x86_64-unknown-linux-gnu\n").map(
            lambda data: data.decode("utf-8", "replace")
        )
        | st.text(max_size=80),
        _rustc,
    ),
    "build configuration file": Target(_mutated(CONFIG) | st.binary(max_size=200), _config_file),
    "build-details.json": Target(_replaced(DETAILS) | st.binary(max_size=200), _details),
    "sysconfig data": Target(_mutated(SYSCONFIG) | st.binary(max_size=200), _sysconfig),
    "config settings": Target(st.dictionaries(_names | _scalars, _values, max_size=4) | _values, _config_settings),
    "environment": Target(st.dictionaries(_environ_names, _environ_values, max_size=4), _environment),
    "Rust sources": Target(_mutated(RUST) | st.binary(max_size=200), _rust),
    "--python": Target(_text | st.from_regex(requests._REQUEST), _request),
}


def read(name: str, folder: Path, value: Any) -> bool:
    """Read one input; returns whether it was good. Raises anything but a BackendError."""
    try:
        TARGETS[name].read(folder, value)
    except BackendError as error:
        text = str(error)
        assert error.message.strip() and len(text) < 5000 and "Traceback" not in text, text
        return False
    return True
