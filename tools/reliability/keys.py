"""The keys that somebody may write, as paths: of this backend, PEP 621, maturin, setuptools-rust, Cargo and uv."""

from __future__ import annotations

from pyo3_features_backend.model.settings import CONDITIONS, KEYS, TABLE

Path = tuple[str, ...]

_PROJECT = (
    ("name", "version", "description", "readme", "requires-python", "license", "license-files", "authors")
    + ("maintainers", "keywords", "classifiers", "urls", "scripts", "gui-scripts", "entry-points", "dependencies")
    + ("optional-dependencies", "dynamic")
)
_MATURIN = (
    ("bindings", "features", "manifest-path", "module-name", "python-source", "python-packages", "profile")
    + ("editable-profile", "strip", "locked", "frozen", "offline", "config", "all-features", "no-default-features")
    + ("cargo-extra-args", "compatibility", "skip-auditwheel", "include", "exclude", "sdist-generator", "data")
    + ("target", "targets", "use-cross", "unstable-flags", "rustc-args")
)
_EXTENSION = (
    "target",
    "path",
    "args",
    "cargo-manifest-args",
    "features",
    "rustc-flags",
    "rust-version",
    "quiet",
    "debug",
) + ("binding", "script", "native", "optional", "py-limited-api", "env")
# A number stands for an entry of an array of tables.
PYPROJECT: tuple[Path, ...] = (
    *(("build-system", key) for key in ("requires", "build-backend", "backend-path")),
    *(("project", key) for key in _PROJECT),
    *(("tool", TABLE, key.name) for key in KEYS),
    ("tool", TABLE, "overrides"),
    ("tool", TABLE, "overrides", "0", "if"),
    *(("tool", TABLE, "overrides", "0", "if", key.name) for key in CONDITIONS),
    *(("tool", TABLE, "overrides", "0", key.name) for key in KEYS),
    *(("tool", "maturin", key) for key in _MATURIN),
    *(("tool", "maturin", "features", "0", key) for key in ("feature", "python-version", "python-implementation")),
    *(("tool", "setuptools-rust", kind) for kind in ("ext-modules", "bins")),
    *(("tool", "setuptools-rust", kind, "0", key) for kind in ("ext-modules", "bins") for key in _EXTENSION),
    ("tool", "distutils", "bdist_wheel"),
    ("tool", "distutils", "bdist_wheel", "py-limited-api"),
    ("tool", "poetry", "dependencies"),
    ("tool", "poetry", "dependencies", "python"),
    ("tool", "uv", "cache-keys"),
    ("tool", "uv", "cache-keys", "0", "file"),
    *(("tool", key) for key in (TABLE, TABLE.replace("-", "_"), "maturin", "setuptools-rust", "uv", "poetry")),
    *((key,) for key in ("project", "tool", "build-system")),
)
_DEPENDENCY = (
    ("version", "path", "git", "registry", "features", "optional", "default-features", "default_features", "package")
) + ("workspace",)
_TABLES: tuple[Path, ...] = (
    ("dependencies",),
    ("build-dependencies",),
    ("dev-dependencies",),
    ("target", "cfg(unix)", "dependencies"),
    ("workspace", "dependencies"),
)
_PACKAGE = ("name", "version", "edition", "rust-version", "build", "links", "workspace", "metadata", "autobins")
CARGO: tuple[Path, ...] = (
    *(("package", key) for key in _PACKAGE),
    *(("lib", key) for key in ("name", "path", "crate-type", "proc-macro")),
    *(("bin", "0", key) for key in ("name", "path")),
    *((*table, "pyo3") for table in _TABLES),
    *((*table, "pyo3", key) for table in _TABLES for key in _DEPENDENCY),
    *(("features", key) for key in ("default", "abi3", "extension-module")),
    *(("workspace", key) for key in ("members", "exclude", "package", "dependencies")),
    *(("profile", "release", key) for key in ("lto", "strip")),
    ("patch", "crates-io", "pyo3"),
    ("target", "cfg(unix)"),
    *((key,) for key in ("package", "lib", "bin", "dependencies", "features", "workspace", "profile", "target")),
)
CARGO_CONFIG: tuple[Path, ...] = (
    ("include",),
    ("include", "0", "path"),
    ("build", "target"),
    ("build", "target-dir"),
    ("build", "rustc"),
    ("build", "rustflags"),
    ("target", "x86_64-unknown-linux-gnu", "linker"),
    ("env", "A"),
    ("source", "crates-io", "replace-with"),
)
