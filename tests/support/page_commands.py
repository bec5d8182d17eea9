"""How the commands of each page are run by a test, or why they are not: every block of them has its row.

A row is found by the first line of its block. tests/unit/test_page_commands.py runs what compiles nothing, and
tests/builds/test_page_builds.py the rest. A new block on a page is a new row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Union

from support.page_projects import (
    PLAN,
    Prepare,
    audited,
    built,
    configured,
    crate,
    empty,
    examples,
    hello,
    with_maturin,
    with_settings,
    without_cache_keys,
)


class Run(NamedTuple):
    """Run in the folder that ``prepare`` makes: what each line exits with if not 0, and the files that are there then.

    ``left_out`` has the lines that are not run, each with the reason. ``python`` is a version that has to be there.
    """

    prepare: Prepare = hello
    status: Mapping[str, int] = {}
    leaves: tuple[str, ...] = ()
    left_out: Mapping[str, str] = {}
    python: str = ""


class Shown(NamedTuple):
    """No command, but what this one prints in the folder."""

    by: str
    prepare: Prepare = hello
    status: int = 0


class Compiled(NamedTuple):
    """Run by tests/builds/test_page_builds.py, with the others of the same name in one shell."""

    shell: str
    left_out: Mapping[str, str] = {}


class Elsewhere(NamedTuple):
    """Run by another module of tests, which has each line as a string."""

    module: str


class NotRun(NamedTuple):
    """Not run by a test, for a reason."""

    reason: str


Row = Union[Run, Shown, Compiled, Elsewhere, NotRun]
README = Elsewhere("corpus/test_corpus_readme.py")
FETCHES = "an isolated build fetches what it requires from an index"
CROSS = "a cross build needs a linker for the target; tests/builds/test_aarch64.py makes one"
ROWS: dict[str, dict[str, Row]] = {
    "README.md": {
        "pyo3-features matrix": Run(),
        "python -m pip wheel --no-deps --wheel-dir dist .": README,
        "export PIP_FIND_LINKS=/path/to/checkout/dist": README,
        'python -m pip install "/path/to/checkout/dist/pyo3_features_backend-0.1.0-py3-none-any.whl[cli]"': README,
        "python -m pip install -v .": README,
        "pyo3-features explain": Run(),
        "pyo3-features migrate --diff": README,
        "python -m venv .venv": README,
        "cp39-abi3 for hello-pyo3 (requires-python >=3.9, PyO3 0.30.1); features: pyo3/abi3-py39": NotRun(
            "the output of the block before it; tests/corpus/test_corpus_readme.py compares it"
        ),
        "python -m tox": NotRun("it runs all tests, this one too; .ci/run is that line, as test_readme.py compares"),
    },
    "docs/api.md": {
        "from pyo3_features_backend import target": Run(empty),
        "pyo3-features explain --json": Run(),
    },
    "docs/args.md": {
        "maturin build --release $(pyo3-features args)": Compiled(
            "flags",
            {"maturin build --release $(pyo3-features args --target aarch64-unknown-linux-gnu)": CROSS},
        ),
    },
    "docs/audit.md": {
        "pyo3-features audit dist/*.whl": Run(
            audited,
            {
                "pyo3-features audit eclipse_zenoh-1.8.0-cp38-cp38-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": 1,
            },
        ),
        "pip install 'pyo3-features-backend[audit]'": Run(audited),
        "pyo3-features audit --plan dist": Run(built("cp311-cp311", *PLAN[1:]), {"pyo3-features audit --plan dist": 1}),
    },
    "docs/cargo.md": {
        "pyo3-features cargo test": NotRun("tests/builds/test_new_builds.py runs it in each kind of new project"),
        "mkdir -p .cargo": Run(leaves=(".cargo/config.toml",)),
    },
    "docs/checks.md": {
        "pyo3-features check                       # of the project in the current folder; -C DIR for another": Run(),
    },
    "docs/ci.md": {
        "pyo3-features ci                              # writes .github/workflows/wheels.yml": Run(
            leaves=(".github/workflows/wheels.yml",)
        ),
    },
    "docs/cibuildwheel.md": {"pyo3-features matrix --format cibuildwheel": Run()},
    "docs/console.md": {
        "warning[PFB272]: pyproject.toml: `uv sync` and `uv run` only look at pyproject.toml, setup.py and setup.cfg: "
        "…": Shown("pyo3-features check", without_cache_keys),
        "pyo3-features-backend: warning[PFB123]: Cargo.toml:8: abi3 is on in the crate graph, but …": NotRun(
            "it shows where the name of the backend stands in the messages of a build"
        ),
        "pyo3-features help PFB272       # what it means, and what to do; 272 and warning[PFB272] work, too": Run(),
    },
    "docs/distributors.md": {
        "export PYO3_FEATURES_BACKEND_ABI3=off        # version-specific, for this Python": Run(),
    },
    "docs/editable.md": {"pip install -e .              # or: uv sync": Compiled("package")},
    "docs/matrix.md": {
        "pyo3-features matrix": Run(),
        "hello-pyo3: 5 wheels for 11 Pythons (PyO3 0.30.1, requires-python >=3.9)": Shown("pyo3-features matrix"),
        'cp310-cp310         CPython 3.10   CPython 3.10          native (">=3.10,<3.14")': Shown(
            "pyo3-features matrix",
            with_settings('abi3 = { floor = "3.14", native = ">=3.10,<3.14" }', requires_python=">=3.10"),
        ),
        "cp310-abi3          CPython 3.14   CPython 3.14 to 3.15  abi3 = '3.10'; a fallback for CPython 3.10 to "
        "3.13": Shown(
            "pyo3-features matrix",
            with_settings('abi3 = { floor = "3.10", native = ">=3.10,<3.14" }', requires_python=">=3.10"),
        ),
        "pyo3-features matrix --write-expect": Run(),
        "published: 58 wheels; for the same Pythons 43 would be enough, 15 fewer; 4 more are for other Pythons": NotRun(
            "of a project that publishes 58 wheels; tests/unit/author/matrix/test_compare.py has the words"
        ),
    },
    "docs/migrate.md": {"pyo3-features migrate": Run(with_maturin)},
    "docs/new.md": {
        "pyo3-features new hello": Run(
            empty,
            left_out={"uv run pytest": f"{FETCHES}; tests/builds/test_new_builds.py builds and tests such a project"},
        ),
        "pyo3-features init --diff     # only shows what it would add": Run(crate, leaves=("pyproject.toml",)),
    },
    "docs/planner.md": {"pip install 'pyo3-features-backend[cli]'": Run(built(*PLAN))},
    "docs/probe.md": {
        "pyo3-features probe": NotRun(
            "it compiles cbor2 from PyPI at several floors; tests/builds/test_probe_builds.py probes small crates"
        ),
    },
    "docs/pyodide.md": {
        "pyo3-features matrix --platform pyodide     # or android, ios": Run(),
        "pyo3-features matrix --platform android --format cibuildwheel": Run(),
    },
    "docs/settings.md": {
        "python -m build --wheel -C abi3=off": NotRun(f"{FETCHES}; tools/corpus tries the front ends"),
        "pip install validate-pyproject pyo3-features-backend": Run(),
        "python -m pyo3_features_backend.author.schema > pyproject.schema.json": Run(leaves=("pyproject.schema.json",)),
    },
    "docs/targets.md": {
        "pyo3-features explain --target aarch64-unknown-linux-gnu --python 3.13": Run(python="3.13"),
        "implementation=CPython": Shown("cat FILE && pyo3-features config check FILE", configured),
        "export CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu": NotRun(CROSS),
    },
    "docs/tutorial.md": {
        "python -m venv .venv": Compiled("package"),
        "pip wheel --no-deps --wheel-dir wheels PATH_OF_THE_CHECKOUT": NotRun(
            "tests/corpus/test_corpus_readme.py makes the wheel of a checkout and finds it"
        ),
        "pip install 'pyo3-features-backend[cli]'": Compiled("package"),
        "pyo3-features explain": Run(),
        "pyo3-features matrix": Run(),
        "pip install .": Compiled("package"),
        "pip install maturin": Compiled(
            "package",
            {"pyo3-features probe --write": "it compiles each floor; tests/builds/test_probe_builds.py writes one"},
        ),
        "pip install -C abi3=off .": NotRun(
            "it compiles PyO3 once more; tests/builds/test_hooks_builds.py passes this setting through `build`"
        ),
    },
    "examples/README.md": {"pyo3-features -C examples/hello explain": Run(examples)},
}
