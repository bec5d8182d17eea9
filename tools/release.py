"""Builds this project's sdist and wheel and checks them as a release: ``tox -e release``.

It needs the network: for the build's requirements, for installs with the lowest and the newest dependencies, and for
the database that pip-audit asks. ``--tag`` and ``--repository`` are what the release workflow publishes, so a tag that
is not the version, or a placeholder as the address of the project, publishes nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pyo3_features_backend import __version__
from pyo3_features_backend.errors import REPOSITORY

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
EXTRAS: tuple[tuple[str, ...], ...] = ((), ("cli", "maturin", "setuptools-rust"))
# uv's names: the lower bounds of pyproject.toml with the newest of what they need in turn, and the newest of all.
LOWEST, NEWEST = "lowest-direct", "highest"

# What an installed backend has to do, with the example as the project. Modules that subclass setuptools' commands need
# setuptools, which only the extra brings.
_IMPORTS = """
import importlib, importlib.util, pkgutil, pyo3_features_backend as package
setuptools = importlib.util.find_spec("setuptools_rust") is not None
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if module.name.endswith("__main__") or (".setuptools_" in module.name and not setuptools):
        continue
    importlib.import_module(module.name)
"""


def disagreements(tag: str | None, repository: str | None) -> Iterator[str]:
    """What of a tag (``v0.1.0``) and of the repository's address is not what the sources say."""
    if tag is not None and tag != f"v{__version__}":
        yield f"the tag is {tag}, but __version__ of the package is {__version__}"
    if repository is not None and repository != REPOSITORY:
        yield f"this is {repository}, but REPOSITORY in pyo3_features_backend/errors.py is {REPOSITORY}"


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """Run a command, which has to succeed, and give what it printed. Nothing of this checkout is on its path."""
    print("$", *command, flush=True)
    environ = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    environ.update(environment)
    process = subprocess.run(command, cwd=cwd, check=True, env=environ, stdout=subprocess.PIPE, encoding="utf-8")
    print(process.stdout, end="", flush=True)
    return process.stdout


def build() -> Path:
    """The sdist, and the wheel that is built from it, in dist/; checked as files."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "build", "--outdir", DIST, ROOT)
    sdist, wheel = (next(DIST.glob(pattern)) for pattern in ("*.tar.gz", "*.whl"))
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    run("check-wheel-contents", wheel)
    return wheel


def install(wheel: Path, extras: tuple[str, ...], resolution: str, folder: Path) -> list[str]:
    """What is installed beside the wheel in a new environment, ``NAME==VERSION``, after the wheel was tried there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    into = ("uv", "pip", "install", "--quiet", "--python", python)
    run("uv", "venv", "--quiet", "--python", sys.executable, folder)
    # The dependencies come from pyproject.toml: of those that a wheel names, lowest-direct would take the newest.
    named = [word for extra in extras for word in ("--extra", extra)]
    run(*into, "--resolution", resolution, "--requirements", ROOT / "pyproject.toml", *named)
    run(*into, "--no-deps", wheel)
    run("uv", "pip", "check", "--python", python)
    run(python, "-I", "-c", _IMPORTS)
    command = python.parent / "pyo3-features"
    run(command, "--version")
    for verb in ("explain", "matrix", "check") if "cli" in extras else ("explain",):
        run(command, "-C", ROOT / "examples" / "hello", verb)
    for name in ("hello", "setuptools") if "maturin" in extras else ():
        compile_example(python, name, folder)
    frozen = run("uv", "pip", "freeze", "--quiet", "--python", python).splitlines()
    return [line for line in frozen if not line.startswith("pyo3-features-backend ")]


def compile_example(python: Path, name: str, folder: Path) -> None:
    """Build the wheel of an example with what is installed, through the hook."""
    example = shutil.copytree(ROOT / "examples" / name, folder / name, ignore=shutil.ignore_patterns("target"))
    made = folder / f"{name}-dist"
    code = f"import pyo3_features_backend as backend; backend.build_wheel({str(made)!r})"
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])
    run(python, "-I", "-c", code, cwd=example, PATH=path, CARGO_TARGET_DIR=str(folder.parent / "target"))
    (wheel,) = made.glob("*-cp39-abi3-*.whl")
    print(wheel.name)


def audit(requirements: list[str], folder: Path) -> None:
    """Fail where one of them has a known vulnerability, or cannot be looked up: pip-audit alone passes over that."""
    file = folder / "requirements.txt"
    file.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    run(sys.executable, "-m", "pip_audit", "--strict", "--no-deps", "--disable-pip", "--requirement", file)


def check(folder: Path, audited: bool) -> None:
    """Build the two files and try them; raises CalledProcessError where a step fails."""
    wheel = build()
    number = 0
    for extras in EXTRAS:
        found = {}
        for resolution in (LOWEST, NEWEST):
            found[resolution] = install(wheel, extras, resolution, folder / str(number))
            number += 1
        if found[LOWEST] == found[NEWEST]:
            raise SystemExit("the lowest dependencies are the newest ones: nothing was tried with the lowest")
    if audited:
        audit(found[NEWEST], folder)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the sdist and the wheel into dist/, and check them.")
    parser.add_argument("--tag", help="the tag that is published; it has to be that of the version")
    parser.add_argument("--repository", help="the address that publishes; it has to be that of the sources")
    parser.add_argument("--no-audit", action="store_true", help="leave pip-audit out, which asks a database")
    options = parser.parse_args()
    wrong = list(disagreements(options.tag, options.repository))
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="pyo3-features-release-") as folder:
            check(Path(folder), audited=not options.no_audit)
    except subprocess.CalledProcessError as error:
        print(error.output, end="", flush=True)
        print(f"failed with status {error.returncode}:", *error.cmd, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
