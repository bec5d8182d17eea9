"""The kinds of input: the function that reads each, and the strategy that makes it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pyo3_features_backend.model.machine import VARIABLES
from pyo3_features_backend.model.settings import KEYS, TABLE

from . import found, inputs, keys, readers, records, seeds, sources, wheels, world

Reader = Callable[[bytes], None]


class Kind(NamedTuple):
    """One kind of input. ``weight`` is its share of the inputs; ``guided`` says that atheris chooses inputs too."""

    name: str
    read: Reader
    strategy: Callable[[], SearchStrategy[bytes]]
    weight: float = 1
    guided: bool = False

    @property
    def known(self) -> tuple[bytes, ...]:
        """The inputs that failed once."""
        return found.INPUTS.get(self.name, ())


def _seeded(kind: str) -> Callable[[], SearchStrategy[bytes]]:
    return lambda: inputs.changed(seeds.of(kind))


def _texts(*texts: str) -> Callable[[], SearchStrategy[bytes]]:
    return lambda: inputs.changed([text.encode() for text in texts])


def _toml(kind: str, known: tuple[keys.Path, ...]) -> Callable[[], SearchStrategy[bytes]]:
    return lambda: inputs.toml(seeds.of(kind), known)


def _pyproject_of_setuptools() -> SearchStrategy[bytes]:
    start = b'[build-system]\nrequires = ["setuptools-rust"]\n[project]\nname = "a"\nversion = "1"\n'
    extension = b'[[tool.setuptools-rust.ext-modules]]\ntarget = "a"\n'
    return inputs.toml([start + extension], [path for path in keys.PYPROJECT if path[0] != "build-system"])


def _metadata() -> SearchStrategy[bytes]:
    return inputs.json_text([world.metadata()])


def _state() -> SearchStrategy[bytes]:
    return inputs.json_text([records.a_state()])


def _files() -> SearchStrategy[bytes]:
    return inputs.json_text([records.some_files()])


def _facts() -> SearchStrategy[bytes]:
    from pyo3_features_backend.facts import _probe

    return inputs.json_text([_probe.facts()])  # type: ignore[no-untyped-call]


def _config_facts() -> SearchStrategy[bytes]:
    from pyo3_features_backend.facts import _probe

    return inputs.json_text([_probe.config_facts()])  # type: ignore[no-untyped-call]


def _build_details() -> SearchStrategy[bytes]:
    return inputs.json_text([_DETAILS, {**_DETAILS, "abi": {"flags": [], "extension_suffix": ".so"}, "suffixes": {}}])


def _config_settings() -> SearchStrategy[bytes]:
    names = [f"{prefix}{key.name}" for key in KEYS for prefix in ("", f"{TABLE}.")]
    names += ["build-args", "maturin.build-args", "--global-option", "--build-option", f"{TABLE}.", "abi-3", ""]
    pairs = st.dictionaries(st.sampled_from(names), inputs.value(), max_size=4)
    return inputs.mostly(pairs, inputs.value(), 4).map(inputs.json_bytes)


_READ = (
    [key.variable for key in KEYS]
    + [*VARIABLES, "PYO3_FEATURES_BACKEND_ABI", "MATURIN_PEP517_ARGS", "PYO3_CONFIG_FILE", "PYO3_PYTHON"]
    + ["PYO3_CROSS_LIB_DIR", "PYO3_CROSS_PYTHON_VERSION", "PYO3_CROSS_PYTHON_IMPLEMENTATION", "CARGO_BUILD_TARGET"]
    + ["_PYTHON_SYSCONFIGDATA_NAME", "PYO3_CROSS", "RUSTC_BOOTSTRAP", "CARGO_TARGET_DIR", "CARGO_HOME", "HOME", "CI"]
    + ["XDG_CACHE_HOME", "RUSTFLAGS", "CC", "CFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "SETUPTOOLS_RUST_X"]
    + [
        "PYTHONPATH",
        "TMPDIR",
        "PIP_NO_CACHE_DIR",
        "MATURIN_NO_INSTALL_RUST",
        "ARCHFLAGS",
        "LIBRARY_PATH",
        "OPENSSL_DIR",
    ]
)


def _environment() -> SearchStrategy[bytes]:
    plain = [
        "1",
        "0",
        "on",
        "off",
        "auto",
        "3.9",
        "3.14t",
        "CPython",
        "x86_64-pc-windows-msvc",
        "aarch64-unknown-linux-gnu",
    ]
    plain += [
        "universal2-apple-darwin",
        "/",
        "/dev/null",
        "/etc/passwd",
        "/nowhere",
        "relative",
        "5G",
        "1e9",
        "-1",
        "9" * 400 + "T",
    ]
    plain += [
        "--features",
        "--target",
        "'",
        '"',
        "--target x",
        "-F a,b",
        "linker=/bin/cc",
        "-C linker=clang",
        "a,b c",
        "tags import",
    ]
    texts = [value for value in inputs.VALUES if isinstance(value, str)]
    value = inputs.mostly(st.sampled_from([*plain, *texts]), st.text(max_size=12))
    return st.dictionaries(st.sampled_from(_READ), value, max_size=5).map(lambda given: json.dumps(given).encode())


def _tree() -> SearchStrategy[bytes]:
    """A few of a project's files, changed."""
    kinds = {
        "pyproject.toml": inputs.toml(seeds.of("pyproject.toml"), keys.PYPROJECT),
        "Cargo.toml": inputs.toml(seeds.of("Cargo.toml"), keys.CARGO),
        "Cargo.lock": inputs.changed(_locks()),
        "setup.py": inputs.changed(seeds.of("setup.py")),
        "setup.cfg": inputs.changed(seeds.of("setup.cfg")),
        "src/lib.rs": inputs.changed(seeds.of("rust")),
        "build.rs": inputs.changed(seeds.of("rust")),
        "tox.ini": inputs.changed(seeds.of("workflow")),
    }
    texts = {name: strategy.map(lambda data: data.decode("utf-8", "replace")) for name, strategy in kinds.items()}
    return st.fixed_dictionaries({}, optional=texts).map(lambda tree: json.dumps(tree).encode())


def _sdist() -> SearchStrategy[bytes]:
    name = st.one_of(
        st.sampled_from(["a", "a/b", "b", "src/lib.rs", "..", ".", "é", "\udc80", "x" * 300]), st.text(max_size=4)
    )
    target = st.sampled_from(["", "a", "b", "..", "../..", "/", "/etc/passwd", ".", "a/b", 1, None])
    return st.dictionaries(name, target, max_size=6).map(lambda tree: json.dumps(tree).encode())


@functools.cache
def _locks() -> list[bytes]:
    return [file.read_bytes() for file in sorted((seeds.TOP / "examples").glob("*/Cargo.lock"))]


def _rustc() -> SearchStrategy[bytes]:
    return inputs.changed([world.recorded().rustc.encode(), b"release: 1.83.0-nightly\nhost: aarch64-apple-darwin\n"])


def _cargo_tree() -> SearchStrategy[bytes]:
    return inputs.changed([world.recorded().tree.encode()])


_DETAILS: dict[str, Any] = {
    "schema_version": "1.0",
    "platform": "linux-x86_64",
    "language": {"version": "3.14", "version_info": {"major": 3, "minor": 14}},
    "implementation": {"name": "cpython", "version": {"major": 3, "minor": 14}, "cache_tag": "cpython-314"},
    "abi": {"flags": ["t", "d"]},
    "suffixes": {"extensions": [".cpython-314-x86_64-linux-gnu.so", ".abi3.so", ".so"]},
    "libpython": {"dynamic": "/usr/lib/libpython3.14.so", "link_extensions": True},
}
_SYSCONFIG = (
    "build_time_vars = {'VERSION': '3.12', 'SOABI': 'cpython-312-x86_64-linux-gnu', 'EXT_SUFFIX': '.so',\n"
    " 'Py_GIL_DISABLED': 0, 'Py_DEBUG': 0, 'Py_ENABLE_SHARED': 1, 'SIZEOF_VOID_P': 8, 'PYTHONFRAMEWORK': ''}\n"
)
_FAILED = (
    "error: failed to parse manifest at `/x/Cargo.toml`\n\nCaused by:\n  no targets specified\n",
    "error: failed to select a version for `pyo3-ffi`.\npackage `pyo3 v0.22.0`\nlinks to the native library `python`",
)
_SPECIFIERS = (">=3.9", "~=3.9.2", "==3.9.*", ">=3.8,!=3.8.*,<4", "===3.9", ">3.8.0a1", "")
_ARGUMENTS = ("--features a,b --target x -- -C y", "-F'a b' --config 'a=\"b\"' --manifest-path=x -i python3", "-m")
_DEP_INFO = ("/x/libhello.so: /x/src/lib.rs /x/a\\ b.rs\n\n/x/src/lib.rs:\n", "target/release/libhello.so: src/lib.rs")
_CONFIG = (
    'include = "a.toml"\n[build]\nrustflags = ["-C", "linker=clang"]\n'
    '[target.x86_64-unknown-linux-gnu]\nlinker = "cc"\n'
)
_KEYS = ("src/**/*.rs", "{a,b}/*.[ch]", "[!a]?", "**", "pyproject.toml")

KINDS: tuple[Kind, ...] = (
    Kind("pyproject.toml, up to the plan", readers.pyproject, _toml("pyproject.toml", keys.PYPROJECT), 3, guided=True),
    Kind("pyproject.toml, of setuptools-rust", readers.pyproject_of_setuptools, _pyproject_of_setuptools, 0.05),
    Kind("pyproject.toml, what it hard-codes", sources.pyproject, _toml("pyproject.toml", keys.PYPROJECT), 2),
    Kind("lines of keys in TOML", readers.toml_places, _seeded("pyproject.toml"), 1, guided=True),
    Kind("requires-python", readers.requires_python, _texts(*_SPECIFIERS), 1, guided=True),
    Kind("Cargo.toml, up to the plan", readers.cargo_manifest, _toml("Cargo.toml", keys.CARGO), 1),
    Kind("Cargo.toml, what it hard-codes", sources.cargo_manifest, _toml("Cargo.toml", keys.CARGO), 2, guided=True),
    Kind("Cargo.lock", records.lock_file, lambda: inputs.changed(_locks()), 1, guided=True),
    Kind("cargo metadata's answer", readers.metadata, _metadata, 2),
    Kind("cargo's errors", readers.metadata_failed, _texts(*_FAILED), 0.5),
    Kind("cargo tree's answer", readers.tree, _cargo_tree, 0.5),
    Kind("rustc -vV's answer", readers.rustc, _rustc, 1),
    Kind("an interpreter's answer", readers.python_facts, _facts, 0.3),
    Kind("an interpreter's configuration", readers.python_configuration, _config_facts, 0.2),
    Kind("build configuration of PyO3", readers.configuration, _seeded("config file"), 2, guided=True),
    Kind("sysconfig data", readers.sysconfig, _texts(_SYSCONFIG), 1, guided=True),
    Kind("build-details.json", readers.build_details, _build_details, 1, guided=True),
    Kind("config settings", readers.config_settings, _config_settings, 2),
    Kind("environment", readers.environment, _environment, 1),
    Kind("build arguments", readers.build_arguments, _texts(*_ARGUMENTS), 1, guided=True),
    Kind("setup.py", sources.setup_script, _seeded("setup.py"), 1, guided=True),
    Kind("setup.cfg", sources.setup_configuration, _seeded("setup.cfg"), 1, guided=True),
    Kind("Rust sources", sources.rust, _seeded("rust"), 2, guided=True),
    Kind("src/lib.rs, up to the plan", readers.rust_sources, _seeded("rust"), 1),
    Kind("build scripts, checked", sources.announcements, _seeded("rust"), 1),
    Kind("build scripts, for one Python or all", records.build_script, _seeded("rust"), 1, guided=True),
    Kind("workflows and task files", sources.workflow, _seeded("workflow"), 1, guided=True),
    Kind("uv's cache keys", sources.cache_key, _texts(*_KEYS), 1, guided=True),
    Kind("a place's record", records.state, _state, 2, guided=True),
    Kind("digests of an earlier build", records.memory, _files, 1, guided=True),
    Kind("dep-info", records.dep_info, _texts(*_DEP_INFO), 1, guided=True),
    Kind(
        "cargo's configuration",
        records.cargo_configuration,
        lambda: inputs.toml([_CONFIG.encode()], keys.CARGO_CONFIG),
        0.3,
    ),
    Kind("names in an unpacked sdist", records.unpacked, _sdist, 0.5),
    Kind("whole projects, check", sources.check_tree, _tree, 0.3),
    Kind("whole projects, migrate", sources.migrate_tree, _tree, 0.2),
)
if wheels.is_there():
    KINDS += (
        Kind("wheel files", wheels.wheel, wheels.wheels, 1, guided=True),
        Kind("binaries in wheels", wheels.binary, wheels.binaries, 1, guided=True),
    )


def chosen(text: str) -> Iterator[Kind]:
    """The kinds with ``text`` in their names."""
    return (kind for kind in KINDS if text in kind.name)
