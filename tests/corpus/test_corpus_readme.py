"""The README's commands that install, build or need the network, as a reader types them, and its figures of rpds-py."""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.index import names_on_index
from support.corpus import SDISTS, fetch
from support.examples import ROOT
from support.readme import TEXT, printed_by, project

pytestmark = pytest.mark.corpus

# tests/unit/test_page_commands.py compares these lists with the README.
GET_IT = [
    "python -m pip wheel --no-deps --wheel-dir dist .",
    "export PIP_FIND_LINKS=/path/to/checkout/dist",
    "export UV_FIND_LINKS=/path/to/checkout/dist",
    'python -m pip install "/path/to/checkout/dist/pyo3_features_backend-0.1.0-py3-none-any.whl[cli]"',
    "python -m pip install -v .",
    "python -c \"import hello_pyo3; print(hello_pyo3.greet('you'))\"",
]
MOVE = [
    "pyo3-features migrate --diff",
    "pyo3-features migrate --build",
    "pyo3-features probe --write",
    "pyo3-features check",
]
EXAMPLE = [
    "python -m venv .venv",
    ". .venv/bin/activate",
    "python -m pip install tox",
    "python -m tox -e example",
]
_LEFT_OUT = shutil.ignore_patterns(".*", "target", "dist", "__pycache__", "*.egg-info")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "checkout", ignore=_LEFT_OUT))


def shell(lines: Sequence[str], folder: Path, python: Path | None = None, answer: str = "") -> str:
    """What a shell prints that runs the lines, each of which has to succeed. ``python`` comes first on its PATH."""
    environ = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    folders = [str(python.parent if python else Path(sys.executable).parent), environ["PATH"]]
    ours, its = pty.openpty()  # a terminal, because migrate asks in none else
    os.write(ours, answer.encode())
    result = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
        stdin=its,
        env={**environ, "PATH": os.pathsep.join(folders), "PYO3_FEATURES_BACKEND_CACHE_DIR": str(folder / ".cache")},
    )
    os.close(ours)
    os.close(its)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_a_reader_gets_the_backend_and_builds_the_smallest_project(checkout: Path, tmp_path: Path) -> None:
    hello = project(tmp_path / "hello")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    lines = [line.replace("/path/to/checkout", str(checkout)) for line in GET_IT]
    # Beside what the machine's own variable names: an index may be a folder of wheels.
    own = [f'{line}"${{PIP_FIND_LINKS:+ $PIP_FIND_LINKS}}"' if " PIP_FIND" in line else line for line in lines]
    said = shell([own[0], *own[1:4], f"cd {shlex.quote(str(hello))}", *own[4:]], checkout, python)
    assert printed_by(GET_IT[4]).strip() in said
    assert printed_by(GET_IT[5]) in said


def test_a_reader_moves_rpds_over(checkout: Path, tmp_path: Path) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("not run: rpds-py needs Python 3.11")
    tree = fetch("rpds_py", tmp_path / "sdist")
    published = tmp_path / "published.txt"
    start = f"rpds_py-{SDISTS['rpds_py'][0]}-"
    names = [name for name in names_on_index("rpds_py") if name.startswith(start) and name.endswith(".whl")]
    published.write_text("\n".join(names), encoding="utf-8")
    compared = shell([f"pyo3-features matrix --compare {published}"], tree)
    match = re.search(r"published: (\d+) wheels; \D*(\d+) ", compared)
    assert match
    assert f"| wheels of a release, for the same Pythons on all platforms | {match[1]} | {match[2]} |" in TEXT
    apart = shell(["PYO3_FEATURES_BACKEND_ABI3=off pyo3-features matrix"], tree)
    before, after = (re.search(r"^rpds-py: (\d+) wheels for", text, re.M) for text in (apart, compared))
    assert before and after
    assert f"| wheels for each platform | {before[1]} | {after[1]} |" in TEXT
    said = shell(MOVE, tree, answer="y\n")
    assert re.search(r"rpds_py-\S+-cp311-abi3-\S+\.whl; it imports", said)
    assert 'build-backend = "pyo3_features_backend"' in (tree / "pyproject.toml").read_text(encoding="utf-8")
    assert "extension-module" not in (tree / "Cargo.toml").read_text(encoding="utf-8")


def test_a_reader_tries_the_example(checkout: Path) -> None:
    said = shell(EXAMPLE, checkout)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", TEXT, re.M | re.S)
    assert all(row in said.splitlines() for row in shown.splitlines())
