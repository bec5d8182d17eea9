"""A pyproject.toml as the readers of a build see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyo3_features_backend.facts import interpreter, project, toml
from pyo3_features_backend.facts.settings import read
from pyo3_features_backend.model.settings import TABLE, Settings

LINUX = interpreter.running()._replace(implementation="cpython", version=(3, 11), free_threaded=False, system="linux")


def project_of(folder: Path, text: str) -> project.Project:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return project.load(folder)


def settings_of(text: str, environ: dict[str, str] | None = None, config: dict[str, Any] | None = None) -> Settings:
    return read(toml.parse(text), text, environ or {}, config).for_target(LINUX)


def in_table(text: str) -> Settings:
    return settings_of(f"[tool.{TABLE}]\n{text}\n")
