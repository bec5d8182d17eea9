"""Workflows that build a wheel for the machine that they run on, and publish it: PyPI rejects its tag on Linux."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import BackendError, Place
from ...model.problem import Problem
from ..sources import shell_calls, yaml_nodes
from ..sources.yaml_nodes import NotYaml
from .codes import finding

_WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml")
_BUILD = re.compile(r"(?:python[\d.]*\s+-m\s+build|pyproject-build|uv\s+build|pip[\d.]*\s+wheel)\b([^\n;&|]*)")
_SDIST = re.compile(r"(?:^|\s)(?:--sdist|-s)(?=\s|$)")
_WHEEL = re.compile(r"(?:^|\s)(?:--wheel|-w)(?=\s|$)")
_PUBLISH = re.compile(r"\btwine\s+upload\b|\buv\s+publish\b")
_ACTION = re.compile(r"pypa/gh-action-pypi-publish@", re.IGNORECASE)
# What gives a wheel a tag that PyPI takes, or may do so.
_TAGGED = re.compile(r"auditwheel|cibuildwheel|manylinux|musllinux|maturin", re.IGNORECASE)


def check(root: Path) -> Iterator[Problem]:
    """The findings on the workflows of the project in ``root``, one for each job.

    Only a job that builds and publishes by itself is looked at: where files go from job to job is not followed.
    """
    for file in (file for pattern in _WORKFLOWS for file in sorted(root.glob(pattern)) if file.is_file()):
        try:
            roots = yaml_nodes.documents(yaml_nodes.text_of(file.read_bytes()))
        except (NotYaml, BackendError, OSError):
            continue  # PFB273 says that it was not read
        for document in roots:
            for keys, node in yaml_nodes.nodes([document]):
                if len(keys) == 2 and keys[0] == "jobs":
                    yield from _job(file.relative_to(root).as_posix(), node)


def _job(name: str, job: Any) -> Iterator[Problem]:
    steps = yaml_nodes.items(yaml_nodes.value(job, "steps"))
    runs_on = yaml_nodes.value(job, "runs-on")
    machines = [yaml_nodes.text(node) or "" for node in (runs_on, *yaml_nodes.items(runs_on))]
    if not any(machine.startswith(("ubuntu", "linux")) for machine in machines):
        return
    builds: list[Any] = []
    published = False
    for step in steps:
        run = shell_calls.without_comments(yaml_nodes.text(yaml_nodes.value(step, "run")) or "")
        uses = yaml_nodes.text(yaml_nodes.value(step, "uses")) or ""
        if _TAGGED.search(run) or _TAGGED.search(uses):
            return
        if any(_makes_wheels(match.group(1)) for match in _BUILD.finditer(run)):
            builds.append(yaml_nodes.value(step, "run"))
        published = published or bool(builds and (_PUBLISH.search(run) or _ACTION.match(uses)))
    if published:
        yield finding(
            "PFB274",
            "this job builds a wheel for the machine that it runs on, and publishes it: PyPI rejects its platform tag, "
            "such as linux_x86_64",
            Place(name, yaml_nodes.line(builds[0])),
            "build wheels with cibuildwheel or maturin-action, and only the sdist here: --sdist",
        )


def _makes_wheels(arguments: str) -> bool:
    return not _SDIST.search(arguments) or bool(_WHEEL.search(arguments))
