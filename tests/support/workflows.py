"""Workflows as values: their jobs, and the steps that a shell runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from pyo3_features_backend.author.ci import Call, Tool, Workflow
from pyo3_features_backend.author.matrix import Matrix

REQUIREMENT = "pyo3-features-backend[cli]>=0.1,<0.2"


def workflow(matrix: Matrix, tool: Tool, options: str = "", name: str = "demo", tests: str = "pytest") -> Workflow:
    """A workflow in which the abi3 wheels of a matrix are built with options of their own."""
    stable = tuple(wheel for wheel in matrix.wheels if "abi3" in wheel.abi_tag)
    others = tuple(wheel for wheel in matrix.wheels if wheel not in stable)
    return Workflow(
        name=name,
        tool=tool,
        calls=tuple(Call(group, words) for group, words in ((stable, options), (others, "")) if group),
        left_out=(),
        tests=tests,
        requirement=REQUIREMENT,
    )


def jobs(text: str) -> dict[str, Any]:
    """The jobs of a workflow."""
    found: dict[str, Any] = yaml.safe_load(text)["jobs"]
    return found


def using(job: dict[str, Any], action: str) -> list[dict[str, Any]]:
    """The steps of a job that use an action, whatever its version."""
    return [step for step in job["steps"] if step.get("uses", "").partition("@")[0] == action]


def scripts(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a job that a shell runs."""
    return [step for step in job["steps"] if "run" in step]


def bash(script: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A step as GitHub runs it with ``shell: bash``."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
