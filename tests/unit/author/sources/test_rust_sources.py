"""The sources of a crate: the features that gate them, and the globs that uv watches them with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.sources.manifests import read_all
from pyo3_features_backend.author.sources.rust_sources import cache_keys, gates, glob, unwatched
from support.files import add


def test_uv_builds_again_for_the_files_that_a_glob_of_ours_matches(tmp_path: Path) -> None:
    """The globs are uv's own matter, so uv is asked: it builds again when a file changes that it looks at."""
    root = tmp_path / "project"
    for name in ("src/lib.rs", "src/below/mod.rs", "crate/lib.rs", "Cargo.toml"):
        add(root / name, "")
    add(root / "back" / "backend.py", TELLING_BACKEND)
    log = tmp_path / "log"
    for pattern in ("src/*.rs", "**/*.rs", "src/**", "{src,crate}/lib.rs", "./src/**/*.rs", "src/[!l]*/*.rs", "src"):
        (root / "pyproject.toml").write_text(TELLING_PROJECT.format(pattern=pattern))
        uv(root, log)
        for file in ("src/lib.rs", "src/below/mod.rs", "crate/lib.rs", "Cargo.toml"):
            log.unlink(missing_ok=True)
            add(root / file, "// changed\n")
            uv(root, log)
            matched = bool(glob(os.path.normpath(pattern)).fullmatch(file))
            assert log.exists() == matched, (pattern, file)


TELLING_PROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["back"]

[project]
name = "p"
version = "1"
requires-python = ">=3.9"

[tool.uv]
cache-keys = [{{ file = "{pattern}" }}]
"""


TELLING_BACKEND = """
import os, zipfile
def build_editable(folder, config=None, metadata=None):
    open(os.environ["LOG"], "w").close()
    with zipfile.ZipFile(os.path.join(folder, "p-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("p-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: p\\nVersion: 1\\n")
        wheel.writestr("p-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("p-1.dist-info/RECORD", "")
    return "p-1-py3-none-any.whl"
"""


def uv(root: Path, log: Path) -> None:
    environ = {**os.environ, "LOG": str(log), "UV_CACHE_DIR": str(root.parent / "uv")}
    environ.pop("VIRTUAL_ENV", None)
    command = [sys.executable, "-m", "uv", "sync", "-q", "--offline", "--python", sys.executable]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=environ)
    assert result.returncode == 0, result.stderr


def tree(root: Path, *names: str, **texts: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(texts.get(name.replace("/", "_").replace(".", "_"), ""))
    return root


def test_uv_watches_the_sources_and_not_what_a_build_writes(tmp_path: Path) -> None:
    names = (
        "pyproject.toml",
        "setup.py",
        "Cargo.lock",
        "build.rs",
        "src/lib.rs",
        "src/a/b.rs",
        "docs/x.md",
        "tests/t.rs",
    )
    root = tree(tmp_path, *names, "target/debug/out.rs", ".cargo/config.toml", "inner/src/lib.rs", "inner/lib.rs")
    (root / "src/lib.rs").write_text('#![doc = include_str!("../docs/x.md")] include!("a/b.rs"); include_str!("none")')
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n[dependencies]\ninner = { path = "inner" }\n')
    (root / "inner/Cargo.toml").write_text('[package]\nname = "inner"\n')
    written = read_all(root, [root / "Cargo.toml"])
    assert cache_keys(root, written) == [
        "pyproject.toml",
        "setup.py",
        "Cargo.toml",
        "build.rs",
        "src/**/*.rs",
        "docs/x.md",
        "Cargo.lock",
        ".cargo/config.toml",
        "inner/Cargo.toml",
        "inner/lib.rs",
        "inner/src/**/*.rs",
    ]


def test_files_of_one_folder_that_are_taken_in_are_one_glob(tmp_path: Path) -> None:
    root = tree(tmp_path, "src/lib.rs", "d/1.md", "d/2.md", "d/3.md", "d/4.txt")
    (root / "src/lib.rs").write_text("".join(f'include_str!("../d/{n}");' for n in ("1.md", "2.md", "3.md", "4.txt")))
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n')
    keys = cache_keys(root, read_all(root, [root / "Cargo.toml"]))
    assert keys == ["pyproject.toml", "Cargo.toml", "src/**/*.rs", "d/*.md", "d/4.txt"]
    assert unwatched(root, ["*.toml", {"file": "src/*.rs"}, {"file": "d/[12].md"}, {"git": True}], keys) == [
        "d/*.md",
        "d/4.txt",
    ]


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("src/**/*.rs", True),
        ("**/*.rs", True),
        ("*.rs", True),  # at any depth, as in .gitignore
        ("./src/*", True),
        ("s*/*.rs", False),
        ("src/{lib,a/b}.rs", True),
        ("src/lib.rs", False),
        ("src/[!a]*", True),
        ("src/[!b]*", False),
        ("src/**/b.rs", False),
    ],
)
def test_a_key_that_matches_every_source_is_enough(key: str, seen: bool, tmp_path: Path) -> None:
    tree(tmp_path, "src/lib.rs", "src/a/b.rs")
    assert unwatched(tmp_path, [{"file": key}, {"dir": "src"}], ["src/**/*.rs"]) == ([] if seen else ["src/**/*.rs"])


BACKEND = """
import pathlib, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    with open("built", "a") as file:
        file.write("x")
    with zipfile.ZipFile(pathlib.Path(folder, "t-1-py3-none-any.whl"), "w") as wheel:
        info = {"METADATA": "Metadata-Version: 2.1\\nName: t\\nVersion: 1", "RECORD": ""}
        info["WHEEL"] = "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any"
        for name, text in info.items():
            wheel.writestr("t-1.dist-info/" + name, text)
    return "t-1-py3-none-any.whl"
"""


@pytest.mark.skipif(shutil.which("uv") is None, reason="not run: there is no uv")
@pytest.mark.parametrize(
    "key", ["src/*.rs", "src/**/*.rs", "src/l?b.rs", "src/[!l]*", "{src,x}/lib.rs", "./src/lib.rs"]
)
def test_uv_builds_anew_where_the_keys_match_by_our_rules(key: str, tmp_path: Path) -> None:
    names = ("src/lib.rs", "src/target/lib.rs")
    root = tree(tmp_path / "project", *names)
    (root / "back.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'
        f'[project]\nname = "t"\nversion = "1"\n[tool.uv]\ncache-keys = [{{ file = "{key}" }}]\n'
    )

    def sync() -> int:
        uv = ["uv", "sync", "--offline", "--quiet", "--no-config", "--cache-dir", str(tmp_path / "cache")]
        uv += ["--python", sys.executable]
        environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        subprocess.run(uv, cwd=root, check=True, capture_output=True, env=environ)
        return len((root / "built").read_text())

    builds = sync()
    for name in names:
        (root / name).write_text("// changed")
        again = sync()
        assert (again > builds) == (unwatched(root, [{"file": key}], [name]) == [])
        builds = again
    assert sync() == builds


def test_a_feature_that_the_sources_or_the_build_script_ask_for_gates_code(tmp_path: Path) -> None:
    root = tree(tmp_path, "src/lib.rs", "build.rs", "target/x.rs", "tests/t.rs")
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n[features]\none = []\ntwo-b = []\nthree = []\nfour = []\n')
    (root / "src/lib.rs").write_text(
        '#[cfg(all(unix,\n    feature="one"))]\nfn f() {}\n#[cfg(feature = "other")] fn g() {}'
    )
    (root / "build.rs").write_text('std::env::var("CARGO_FEATURE_TWO_B")')
    for name in ("target/x.rs", "tests/t.rs"):
        (root / name).write_text('#[cfg(feature = "three")]')
    (crate,) = read_all(root, [root / "Cargo.toml"])
    assert gates(crate) == {"one", "two-b"}
    (crate.path.parent / "src" / "gone.rs").symlink_to("nowhere.rs")
    assert gates(crate) == {"one", "two-b"}
