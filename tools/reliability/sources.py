"""What `check`, `migrate` and the other verbs read: sources, as they are written."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.author import checks, migrate
from pyo3_features_backend.author.checks import announced, automation
from pyo3_features_backend.author.migrate import build_system, setup_files
from pyo3_features_backend.author.sources import hardcoded, manifests, rust_sources, script_reads, setup_py
from pyo3_features_backend.errors import BackendError
from pyo3_features_backend.facts import interpreter, rust_text

from . import world


def cargo_manifest(data: bytes) -> None:
    """Cargo.toml, as crate and as the root of a workspace, with what it hard-codes."""
    root = world.project()
    failed: BackendError | None = None
    for name in ("Cargo.toml", "../Cargo.toml"):
        with world.files(root, {name: data}):
            starts = [root / "Cargo.toml"]
            for lenient in (True, False):
                try:
                    written = manifests.read_all(root, starts, lenient=lenient)
                    for manifest in written:
                        str(manifest.name)
                        rust_sources.gates(manifest)
                    hardcoded.find(root, written=written)
                    rust_sources.cache_keys(root, written)
                except BackendError as error:
                    failed = error
    if failed:
        raise failed


def pyproject(data: bytes) -> None:
    """pyproject.toml with what it hard-codes."""
    with world.files(world.project(), {"pyproject.toml": data}) as root:
        hardcoded.find(root)
        hardcoded.manifests(root)


def setup_script(data: bytes) -> None:
    """setup.py, which is parsed and never run, with the edits of migrate."""
    with world.files(world.project(), {"setup.py": data}) as root:
        setup = setup_py.load(root)
        build_system.setup_requires(setup)
        hardcoded.find(root, setup)
        setup_files.setup_py_without(setup.text, lambda literal: True)


def setup_configuration(data: bytes) -> None:
    """setup.cfg, with the edits of migrate."""
    with world.files(world.project(), {"setup.cfg": data}) as root:
        for found in hardcoded.find(root):
            if found.file == "setup.cfg" and found.line:
                setup_files.setup_cfg_without(world.text(data), found.line)


def rust(data: bytes) -> None:
    """A Rust file: its literals and blocks, and what a build script reads and announces."""
    source = rust_text.Source(world.text(data))
    for at in (0, len(source.text) // 2, len(source.text)):
        source.blocks(at)
        source.statement(at)
        source.line(at)
    folder = world.scratch() / "crate"
    folder.mkdir(exist_ok=True)
    (folder / "build.rs").write_bytes(data)
    script = script_reads.Script(folder, folder / "build.rs")
    script.silent(True)
    script.always_runs()
    for read in script.reads:
        script.announces(read)
        script.narrowed(read, True)


def announcements(data: bytes) -> None:
    """A build script in a crate, with the findings about it."""
    with world.files(world.project(), {"build.rs": data}) as root:
        list(announced.check(root, [root / "Cargo.toml"]))


def workflow(data: bytes) -> None:
    """Workflows and task files."""
    names = (".github/workflows/ci.yml", "tox.ini", "Makefile")
    with world.files(world.project(), dict.fromkeys(names, data)) as root:
        list(automation.check(root))


def cache_key(data: bytes) -> None:
    """One of uv's cache keys."""
    pattern = rust_sources.glob(world.text(data))
    for name in ("src/lib.rs", "a/" * 40 + "lib.rs", "a" * 200):
        pattern.fullmatch(name)


# A tree is a JSON of file names and their texts; these names are read.
_NAMES = ("pyproject.toml", "Cargo.toml", "Cargo.lock", "setup.py", "setup.cfg", "src/lib.rs", "build.rs", "tox.ini")


def _tree(data: bytes) -> dict[str, bytes]:
    given = world.json_or_nothing(data, dict) or {}
    texts = {name: text for name, text in given.items() if name in _NAMES and isinstance(text, str)}
    return {name: text.encode("utf-8", "surrogatepass") for name, text in texts.items()}


def check_tree(data: bytes) -> None:
    """`check` of a whole project."""
    with world.files(world.project(), _tree(data)) as root, world.answering(world.recorded()), world.quiet():
        if "setuptools" in (root / "pyproject.toml").read_text(encoding="utf-8", errors="replace"):
            return  # setup.py would run, and it is code that the input made
        for problem in checks.check(root, interpreter.running(), {}):
            str(problem)


def migrate_tree(data: bytes) -> None:
    """`migrate` of a whole project: what it would write."""
    tree = _tree(data)
    tree.pop("setup.py", None)
    with world.files(world.project(), tree) as root, world.answering(world.recorded()), world.quiet():
        if "setuptools" in (root / "pyproject.toml").read_text(encoding="utf-8", errors="replace"):
            return
        migrate.prepare(Path(root), interpreter.running())
