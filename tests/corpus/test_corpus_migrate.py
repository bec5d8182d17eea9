"""What ``migrate`` does to real projects: each diff was read, and is kept in golden/migrate.

``PFB_GOLDEN=write`` writes those files anew, to be read again.
"""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.backend import bounds
from pyo3_features_backend.author.edits.write import write
from pyo3_features_backend.author.migrate.compare import Side
from pyo3_features_backend.author.sources.automation import Call
from pyo3_features_backend.build.survey import facts_of
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts.cross import of_version
from pyo3_features_backend.facts.interpreter import running
from support.corpus import SDISTS, SETUPTOOLS_EXAMPLES, fetch

pytest.importorskip("tomlkit")
pytestmark = pytest.mark.corpus

GOLDEN = Path(__file__).parent / "golden" / "migrate"
PYTHON = of_version("3.12", "CPython", running())


def compare(name: str, root: Path) -> None:
    """Migrate a tree twice, and hold the first time against the golden file."""
    # Which toolchains are installed is not the project's matter.
    for file in root.glob("rust-toolchain*"):
        file.unlink()
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = migrate.prepare(root, PYTHON)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    text = f"{said('now', found.now)}{said('then', found.then)}"
    text += "".join(f"# {note.place}: {note.text}\n" for note in found.notes)
    text += "".join(f"# {call.place}: {call.offered or 'no line'}\n" for call in found.calls if isinstance(call, Call))
    text += "".join(line for change in found.changes for line in change.diff())
    text = text.replace(bounds(), ">=THIS,<NEXT")  # a release of ours changes no file here
    file = GOLDEN / f"{name}.diff"
    if os.environ.get("PFB_GOLDEN") == "write":
        GOLDEN.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    assert text == file.read_bytes().decode()
    write(found.changes)
    assert migrate.prepare(root, PYTHON).changes == ()
    plan = facts_of(root, PYTHON).plan
    assert (plan.label, plan.floor) == (found.then.wheel, found.then.floor)
    assert [problem for problem in plan.problems if problem.severity == "error"] == []


def said(when: str, side: Side) -> str:
    """One side of the comparison as a line in front of the diff, where `git apply` does not look."""
    assert side.error is None
    return f"# {when}: {side.wheel}; PyO3 features: {' '.join(side.features) or 'none'}\n"


@pytest.mark.parametrize("name", sorted(set(SDISTS) - {"adblock", "setuptools_rust", "whenever"}))
def test_a_real_project_is_migrated(name: str, tmp_path: Path) -> None:
    compare(name, fetch(name, tmp_path / "sdist"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch("setuptools_rust", tmp_path_factory.mktemp("sdist") / "sdist")


@pytest.mark.parametrize("example", SETUPTOOLS_EXAMPLES)
def test_an_example_of_setuptools_rust_is_migrated(example: str, sdist: Path) -> None:
    compare(f"setuptools_rust-{example}", sdist / "examples" / example)


@pytest.mark.parametrize("name", ["adblock", "fast_geodist"])
def test_what_an_old_maturin_said_of_a_project_todays_says_too(name: str, tmp_path: Path) -> None:
    """PKG-INFO in the sdist is what the maturin of that year made of [package.metadata.maturin]."""
    root = fetch(name, tmp_path / "sdist")
    manifest = (root / "Cargo.toml").read_text()
    (root / "Cargo.toml").write_text(re.sub(r"(?m)^adblock = .*\n", "", manifest))  # it needs a crate that is yanked
    write(migrate.prepare(root, PYTHON).changes)
    code = "import pyo3_features_backend as b, sys; b.prepare_metadata_for_build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=True, capture_output=True)
    (info,) = tmp_path.glob("*.dist-info/METADATA")
    before, after = (fields(file) for file in (root / "PKG-INFO", info))
    assert before - after == set()
    # What only the later versions of the format have.
    assert {name for name, _ in after - before} <= {"license-file", "project-url"}


def fields(file: Path) -> set[tuple[str, str]]:
    """The fields of a METADATA file; maturin 0.9 to 0.11 wrote Classifiers for Classifier."""
    message = email.message_from_string(file.read_text(encoding="utf-8"))
    rows = {(name.lower().replace("classifiers", "classifier"), str(value)) for name, value in message.items()}
    body = ("description", str(message.get_payload()).strip())
    return {row for row in rows if row[0] != "metadata-version"} | {body}


def test_a_backend_of_the_projects_own_has_to_call_ours_first(tmp_path: Path) -> None:
    root = fetch("whenever", tmp_path / "sdist")
    with pytest.raises(ProjectError) as refused:
        migrate.prepare(root, PYTHON)
    assert str(refused.value.place) == "_custom_pybuild/backend.py:5"
    file = root / "_custom_pybuild" / "backend.py"
    text = file.read_text().replace("from setuptools import build_meta as", "import pyo3_features_backend as")
    file.write_text(text.replace("from setuptools.build_meta import *", "from pyo3_features_backend import *"))
    compare("whenever", root)
