"""The texts of a new project's files. ``$project``, ``$module`` and the like are filled in by :mod:`.project`.

Each has what a build, a test, a type checker, uv or an index needs, and nothing else.
"""

from __future__ import annotations

GITIGNORE = """\
/target/
/dist/
/.venv/
__pycache__/
"""
# What is left among the sources by an editable install of a package, and by setuptools.
GITIGNORE_PACKAGE = """\
*.so
*.pyd
"""
GITIGNORE_SETUPTOOLS = """\
/build/
*.egg-info/
"""

CARGO = """\
[package]
name = "$project"
version = "0.1.0"
edition = "2024"

[lib]
name = "$module"
crate-type = ["cdylib"]

[dependencies]
pyo3 = "$pyo3"
"""

LIB = """\
/// The Rust part of $project.
#[pyo3::pymodule]
mod $extension {
    use pyo3::prelude::*;

    /// Greets somebody.
    #[pyfunction]
    fn greet(name: &str) -> String {
        format!("Hello, {name}!")
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn greets() {
            assert_eq!(super::greet("Rust"), "Hello, Rust!");
        }
    }
}
"""

PYPROJECT = """\
[build-system]
requires = ["$requirement"]
build-backend = "pyo3_features_backend"

[project]
name = "$project"
$version
readme = "README.md"
requires-python = "$python"

[dependency-groups]
dev = ["mypy", "pytest"]
$layout
[tool.mypy]
strict = true
files = [$checked]
mypy_path = "$path"

[tool.uv]  # so that uv sees changed Rust sources
cache-keys = [
    { file = "pyproject.toml" },
    { file = "Cargo.toml" },
    { file = "Cargo.lock" },
    { file = "src/**/*.rs" },
]
"""
VERSION_OF_CARGO = 'dynamic = ["version"]  # that of Cargo.toml'
VERSION = 'version = "0.1.0"'

MATURIN = """
[tool.maturin]
python-source = "python"
module-name = "$module.$extension"
"""
SETUPTOOLS = """
[tool.setuptools.packages.find]
where = ["python"]

[[tool.setuptools-rust.ext-modules]]
target = "$module.$extension"
"""

MANIFEST = """\
include Cargo.*
graft src
"""

INIT = '''\
"""$project: a Python package with a part in Rust."""

from ._native import greet

__all__ = ["greet"]
'''

STUB = '''\
def greet(name: str) -> str:
    """Greets somebody."""
'''

TEST = """\
import $module


def test_it_greets() -> None:
    assert $module.greet("Rust") == "Hello, Rust!"
"""

README = """\
# $project

| command | |
|---|---|
| `uv run pytest` | builds it and tests it from Python |
| `uv run mypy` | checks the types |
| `uvx --from 'pyo3-features-backend[cli]' pyo3-features cargo test` | tests the Rust code |
| `uv build` | makes the sdist and a wheel for this platform |
| `uv publish` | uploads them to PyPI |
"""

# The module of a crate that becomes a Python package.
MODULE = """
/// What Python imports.
#[pyo3::pymodule]{renamed}
mod {item} {{
    use pyo3::prelude::*;

    /// The version of the crate.
    #[pyfunction]
    fn version() -> &'static str {{
        env!("CARGO_PKG_VERSION")
    }}
}}
"""
