"""Newest sdists of real projects, with only the change that the README tells a user to make.

Pinned by version and digest; downloaded when the test runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from conftest import call, pythons

pytestmark = [pytest.mark.build, pytest.mark.corpus]

ROOT = Path(__file__).parent.parent
# name, version, sha256 of the sdist, requires-python's lower bound, module to import
CORPUS = {
    "rpds-py": ("2026.9.1", "4793ef7f78268b124b73fa933440f01d258bbae01de9fa53e9080c9ab0425a12", (3, 11), "rpds"),
    "watchfiles": (
        "1.3.0",
        "99aee4a07847c06820765fd7b1b49ceac4f3f711ccb7d104655a33231de1c207",
        (3, 10),
        "watchfiles._rust_notify",
    ),
    "uuid-utils": (
        "1.2.0",
        "8a8bd1120a8bc5a6656a1c580d66a050af430b05d017da526ec0b0a06715bf70",
        (3, 10),
        "uuid_utils._uuid_utils",
    ),
}


def run(arguments: list[str], cwd: Path, **environment: str) -> str:
    result = subprocess.run(
        arguments, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def unpack(name: str, folder: Path) -> Path:
    """The project's sdist, downloaded and checked, as an unpacked tree."""
    version, digest = CORPUS[name][:2]
    return fetch(name, version, digest, folder)


def fetch(name: str, version: str, digest: str, folder: Path) -> Path:
    """The sdist of one release, downloaded and checked, as an unpacked tree."""
    folder.mkdir()
    # Taken as a file of the index: --no-deps with a source requirement runs its metadata hook, which is part of it.
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, f"{name}=={version}"]
    run([*pip, "--ignore-requires-python"], folder)
    (archive,) = folder.glob("*.tar.gz")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == digest
    with tarfile.open(archive) as sdist:
        sdist.extractall(folder)
    (tree,) = (path for path in folder.iterdir() if path.is_dir())
    return tree


def adopt(tree: Path) -> None:
    """The README's change: the two lines of [build-system], and the hard-coded features taken out."""
    pyproject, manifest = tree / "pyproject.toml", tree / "Cargo.toml"
    text = re.sub(r"(?m)^requires = \[[^]]*\]", 'requires = ["pyo3-features-backend"]', pyproject.read_text())
    text = text.replace('build-backend = "maturin"', 'build-backend = "pyo3_features_backend"')
    pyproject.write_text(re.sub(r'"pyo3/extension-module",?\s*', "", text))
    manifest.write_text(re.sub(r'"(extension-module|abi3(-py\d+)?)",?[ \t]*', "", manifest.read_text()))


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of this backend, for builds in isolation."""
    folder = tmp_path_factory.mktemp("backend")
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)], folder)
    return folder


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_pip_builds_one_abi3_wheel_that_every_supported_python_imports(
    name: str, tmp_path: Path, backend: Path
) -> None:
    _, _, lower, module = CORPUS[name]
    tree = unpack(name, tmp_path / "sdist")
    adopt(tree)
    found = pythons()
    built = []
    for version in ("3.11", "3.13"):
        if version not in found:
            continue
        out = tmp_path / f"wheel-{version}"
        links = " ".join(filter(None, [str(backend), os.environ.get("PIP_FIND_LINKS", "")]))
        said = run(
            [found[version], "-m", "pip", "wheel", "-v", "--no-deps", "-w", str(out), str(tree)],
            tmp_path,
            PIP_FIND_LINKS=links,
        )
        (wheel,) = out.glob("*.whl")
        tag = f"cp{lower[0]}{lower[1]}-abi3"
        assert f"-{tag}-" in wheel.name
        assert re.search(rf"pyo3-features-backend: {tag} for {name.replace('-', '[-_]')} \(requires-python >=\d", said)
        for other, python in found.items():
            if tuple(map(int, other.split("."))) >= lower:
                code = (
                    "import importlib.util, glob; p, = glob.glob('**/*.abi3.so', recursive=True); "
                    f"s = importlib.util.spec_from_file_location({module!r}, p); "
                    "m = importlib.util.module_from_spec(s); s.loader.exec_module(m); print(len(dir(m)) > 5)"
                )
                assert call(python, wheel, code) == "True"
        built.append(wheel)
    assert built


def test_rpds_own_tests_pass_as_they_do_on_maturins_wheel(tmp_path: Path) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("not run: rpds-py needs Python 3.11")
    outcomes = {}
    for backend in ("maturin", "pyo3_features_backend"):
        tree = unpack("rpds-py", tmp_path / backend)
        if backend != "maturin":
            adopt(tree)
        out = tmp_path / f"{backend}-wheel"
        out.mkdir()
        run([sys.executable, "-c", f"import {backend} as b; b.build_wheel({str(out)!r})"], tree)
        (wheel,) = out.glob("*.whl")
        run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(out)], out)
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "tests"],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(out)},
        )
        last = result.stdout.strip().splitlines()[-1]
        outcomes[backend] = re.sub(r" in .*", "", last)
    assert outcomes["maturin"] == outcomes["pyo3_features_backend"]
    assert re.search(r"\d\d+ passed", outcomes["maturin"])
