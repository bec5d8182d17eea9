"""A build of the migrated project before anything is written: its environment, and what is said where it fails."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from pyo3_features_backend.author.migrate import trial
from support.files import write
from support.gated_project import PYPROJECT, command


def test_a_build_that_fails_writes_nothing_and_says_why(project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace('requires = ["', 'requires = ["gone @ file:///gone.whl", "')})
    before = (project / "pyproject.toml").read_bytes(), (project / "Cargo.toml").read_bytes()
    result = command(project, "--yes", "--build")
    assert result.returncode == 1
    assert result.stderr.count("error:") == 1
    assert "pip cannot install what the build requires" in result.stderr
    assert "nothing was written" in result.stderr
    assert ((project / "pyproject.toml").read_bytes(), (project / "Cargo.toml").read_bytes()) == before


def test_the_wheel_of_the_running_installation_is_whole(tmp_path: Path) -> None:
    path = trial._own_wheel(tmp_path)
    with zipfile.ZipFile(path) as archive:
        (record,) = [name for name in archive.namelist() if name.endswith("/RECORD")]
        rows = dict(row.split(",", 1) for row in archive.read(record).decode().splitlines())
        assert set(rows) == set(archive.namelist())
        for name, row in rows.items():
            content = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            assert row == ("," if name == record else f"sha256={digest},{len(content)}")
        assert b"Tag: py3-none-any" in archive.read(record.replace("RECORD", "WHEEL"))
        assert "pyo3_features_backend/author/migrate/trial.py" in rows
        assert not any("__pycache__" in name for name in rows)
