"""The command that prints the findings, and the pre-commit hook that runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from pyo3_features_backend import cli
from support.checks import with_cache_keys
from support.examples import ROOT
from support.files import replace


def test_the_command_prints_each_finding_with_its_code_a_count_and_the_status(hello: Path) -> None:
    with_cache_keys(hello)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyo3_features_backend", "check", "-C", str(hello), *words],
            capture_output=True,
            text=True,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYO3")},
        )

    clean = run()
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "no problems found\n", "")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.7"')
    said = run()
    assert (said.returncode, said.stderr) == (0, "")
    assert re.search(r"^warning\[PFB243\]: pyproject\.toml:8: .*\n  help: ", said.stdout, re.M)
    replace(hello / "pyproject.toml", "[project]", "[project")
    broken = run("--json")
    assert broken.returncode == 1
    (problem,) = json.loads(broken.stdout)["problems"]
    assert problem == {**problem, "code": "PFB220", "severity": "error", "file": "pyproject.toml", "line": 5}
    assert set(problem) == {"code", "severity", "message", "file", "line", "hint"}
    assert run().stdout.endswith("\n1 error; `pyo3-features help CODE` explains a code\n")
    quiet = run("-q").stdout
    assert quiet.startswith("error[PFB220]: ") and quiet.count("\n") == 2, "the error, its help, and no count"


def test_the_pre_commit_hook_runs_for_the_files_that_are_read() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    keys = dict(re.findall(r"^[ -] (\w+): (.+)$", text, re.MULTILINE))
    assert (keys["id"], keys["language"], keys["pass_filenames"]) == ("pyo3-features-check", "python", "false")
    program, verb = keys["entry"].split()
    scripts = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[project.scripts]")[2]
    assert scripts.lstrip().startswith(f'{program} = "pyo3_features_backend.cli:main"')
    assert verb in cli.VERBS
    pattern = re.compile(re.sub(r"(?m)^    ", "", text.partition("files: |\n")[2]))
    read = "pyproject.toml Cargo.toml rust/Cargo.toml Cargo.lock setup.py setup.cfg .cargo/config.toml .cargo/config "
    read += ".github/workflows/ci.yml .github/actions/build/action.yaml .forgejo/workflows/a.yml .gitlab-ci.yml "
    read += ".circleci/config.yml .cirrus.yml .woodpecker.yml azure-pipelines.yml tox.ini noxfile.py Makefile "
    read += "rust/build.rs makefile GNUmakefile justfile Justfile .justfile"
    for name in read.split():
        assert pattern.search(name), name
    for name in ("src/lib.rs", "README.md", "docs/pyproject.toml.md", "tests/my_setup.py", "x/.github/workflows/a.yml"):
        assert not pattern.search(name), name
