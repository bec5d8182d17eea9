"""The command that shows, writes and checks PyO3 build configuration files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pyo3_features_backend.facts import config_file


def command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    ours = [sys.executable, "-m", "pyo3_features_backend", "config", *words]
    return subprocess.run(ours, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_command_shows_writes_and_checks(tmp_path: Path) -> None:
    shown = command("show", "--pyo3", "0.28.3", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert config_file.parse(shown.stdout).version == sys.version_info[:2]
    assert "\nabi3=false\n" in shown.stdout
    facts = json.loads(command("show", "--json", "--pyo3", "0.30.1", cwd=tmp_path).stdout)
    assert facts["config"]["version"] == list(sys.version_info[:2])
    written = command("write", "pyo3.txt", "--pyo3", "0.28.3", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "pyo3.txt").read_text() == shown.stdout
    assert command("check", "pyo3.txt", cwd=tmp_path).stdout == "pyo3.txt: no problems found\n"
    newer = command("check", "pyo3.txt", "--pyo3", "0.30.1", cwd=tmp_path)
    assert (newer.returncode, "pyo3.txt:4: abi3 is deprecated" in newer.stdout) == (0, True)
    (tmp_path / "pyo3.txt").write_text("shared=true\n")
    bad = command("check", "pyo3.txt", "--json", cwd=tmp_path)
    assert bad.returncode == 1
    assert [problem["code"] for problem in json.loads(bad.stdout)["problems"]] == ["PFB207"]
    none = command("check", "none.txt", cwd=tmp_path)
    assert none.returncode == 1
    assert "none.txt: the PyO3 configuration file cannot be read" in none.stderr
    assert "Traceback" not in none.stderr
