"""Inputs that failed once, by the name of their kind. Each run and the unit tests try them first."""

from __future__ import annotations

_SYSCONFIG_OF_NO_WIDTH = b"build_time_vars = {'VERSION': '3.12', 'SOABI': 'cpython-312', 'SIZEOF_VOID_P': 1e999}"

INPUTS: dict[str, tuple[bytes, ...]] = {
    # Paths that the system refuses.
    "pyproject.toml, up to the plan": (
        b"[tool.maturin]\nmanifest-path = '" + b"x" * 70_000 + b"'\n",
        b"[tool.maturin]\nmodule-name = '" + b"x" * 70_000 + b"'\n",
    ),
    # Python writes no number of so many digits.
    "requires-python": (b"<4" + b"9" * 5000, b">=3." + b"9" * 5000, b"!=3." + b"9" * 5000 + b".*"),
    # Quadratic in time: blanks could belong to two parts of an expression.
    "lines of keys in TOML": (
        b"\n[" + b" " * 70_000 + b"x",
        b"[" + b"a." * 30_000,
        b"a." * 30_000 + b"\n" + b"] " * 30_000,
    ),
    # The parser of Python has no stack left; a NUL; lines that end with a carriage return.
    "setup.py": (b"-" * 5000 + b"1", b"\0", b'RustExtension(\r\r"a",\r\rfeatures=["pyo3/abi3", "x"])'),
    "sysconfig data": (b"build_time_vars = " + b"-" * 5000 + b"1", b"\0", _SYSCONFIG_OF_NO_WIDTH),
    # Infinite numbers, and brackets without an end.
    "build-details.json": (
        b'{"language": {"version": "3.14"}, "implementation": {"name": "c", "version": {"major": Infinity, '
        b'"minor": 1}}}',
        b"[" * 100_000,
    ),
    "environment": (b'{"PYO3_FEATURES_BACKEND_CACHE_SIZE": "' + b"9" * 400 + b'T"}',),
    # Quadratic in time: a thousand reads in one script.
    "build scripts, checked": (
        b"fn main() {\n"
        + b'    std::env::var("A_B").unwrap(); std::fs::read("Cargo.lock").unwrap();\n' * 2000
        + b"}\n",
    ),
    # Quadratic in time: attributes of one item.
    "src/lib.rs, up to the plan": (b"#[pymodule]\n" * 5000,),
    # An answer without one of its facts.
    "an interpreter's configuration": (
        b'{"implementation": "cpython", "version": [3, 11], "full_version": "3.11.7", "free_threaded": false, '
        b'"debug": false, "executable": "/usr/bin/python", "suffixes": []}',
    ),
    # Features that are no list.
    "Cargo.toml, what it hard-codes": (
        b"[package]\nname = 'a'\n[dependencies]\npyo3 = { features = nan }\n",
        b"[package]\nname = 'a'\n[workspace.dependencies]\npyo3 = { features = true }\n",
    ),
    # Quadratic in time, and then in memory: each block knew all blocks around it.
    "Rust sources": (b"{" * 20_000, b'{"a":' * 30_000),
    # Quadratic in time; a recursion error of re; exponential in time.
    "uv's cache keys": (b" " * 70_000, b"{" * 3000, b"**/" * 40 + b"x", b"*" * 40 + b"x", b"a/*" * 600_000),
}
