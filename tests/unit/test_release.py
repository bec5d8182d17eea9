"""What a release says of itself: one version, one address, and a workflow that publishes nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import release
from pyo3_features_backend import __version__
from pyo3_features_backend.errors import ISSUES_URL, REPOSITORY
from pyo3_features_backend.facts import toml
from support.examples import EXAMPLES, ROOT
from support.verbs import module

yaml = pytest.importorskip("yaml")

PROJECT: dict[str, Any] = toml.read(ROOT / "pyproject.toml", "pyproject.toml")[0]
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"


def published() -> Iterator[Path]:
    """The files that a reader, a tool or an index sees."""
    yield from (ROOT / name for name in ("pyproject.toml", ".pre-commit-hooks.yaml"))
    for folder, pattern in (("", "*.md"), ("docs", "**/*.md"), ("examples", "**/*.toml"), (".github", "**/*.yml")):
        yield from sorted((ROOT / folder).glob(pattern))
    for pattern in ("**/*.py", "**/*.json"):
        yield from sorted((ROOT / "pyo3_features_backend").glob(pattern))


def test_every_address_of_the_project_is_the_one_in_errors() -> None:
    """Also where the address is part of a longer one."""
    address = re.compile(r"https?://[\w.-]+/[\w.-]+/pyo3-features-backend(?![\w-])")
    found = {
        (path.relative_to(ROOT).as_posix(), match)
        for path in published()
        for match in address.findall(path.read_text(encoding="utf-8"))
        if not match.startswith("https://pypi.org/")
    }
    assert {place for place, match in found if match != REPOSITORY} == set()
    places = {place for place, _ in found}
    assert {"pyproject.toml", "SECURITY.md", "docs/checks.md", "pyo3_features_backend/errors.py"} <= places


def test_the_addresses_of_the_metadata_and_of_messages_are_made_from_it() -> None:
    urls = PROJECT["project"]["urls"]
    assert set(urls) == {"Homepage", "Documentation", "Changelog", "Issues"}
    assert (urls["Homepage"], urls["Issues"]) == (REPOSITORY, ISSUES_URL)
    assert all(url == REPOSITORY or url.startswith(f"{REPOSITORY}/") for url in urls.values())
    schema = json.loads((ROOT / "pyo3_features_backend" / "data" / "settings.schema.json").read_text("utf-8"))
    assert schema["$id"].startswith(f"{REPOSITORY}/")
    forms = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml").read_text("utf-8"))
    assert [link["url"] for link in forms["contact_links"]] == [f"{REPOSITORY}/security/advisories/new"]


def test_the_version_is_in_one_place() -> None:
    assert "version" not in PROJECT["project"]
    assert PROJECT["project"]["dynamic"] == ["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.M)[0] == __version__
    hook = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert re.findall(r"^ +rev: (\S+)$", hook, re.M) == [f"v{__version__}"]


def test_what_the_sdist_includes_is_there() -> None:
    included = PROJECT["tool"]["flit"]["sdist"]["include"]
    assert {"CHANGELOG.md", "SECURITY.md", "tests/", "docs/"} <= set(included)
    assert [name for name in included if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("tag", "repository", "count"),
    [
        (None, None, 0),
        (f"v{__version__}", REPOSITORY, 0),
        (__version__, REPOSITORY, 1),
        (f"v{__version__}rc1", None, 1),
        ("", "", 2),
        ("v9.9.9", f"{REPOSITORY}-fork", 2),
    ],
)
def test_another_tag_or_another_repository_publishes_nothing(
    tag: str | None, repository: str | None, count: int
) -> None:
    assert len(list(release.disagreements(tag, repository))) == count


def test_the_workflow_publishes_only_what_was_tested_and_checked() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert sorted(jobs["publish"]["needs"]) == sorted(set(jobs) - {"publish"})
    for name, job in jobs.items():
        wanted = {"contents": "read"}
        if name == "publish":
            wanted |= {"id-token": "write", "attestations": "write"}
        assert job["permissions"] == wanted, name
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert any(".ci/run" in run for run in runs)
    assert any("-e release" in run and "--tag" in run and "--repository" in run for run in runs)
    assert "--no-audit" not in text
    assert "secrets." not in text
    assert jobs["publish"]["environment"]["name"] == "pypi"


def test_each_action_is_pinned_by_commit() -> None:
    used = re.findall(r"uses: (\S+)(.*)", WORKFLOW.read_text(encoding="utf-8"))
    assert len(used) >= 7
    assert [action for action, said in used if not re.search(r"@[0-9a-f]{40}$", action) or " # v" not in said] == []


def test_the_forms_ask_for_what_the_command_prints() -> None:
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "wrong-build.yml").read_text("utf-8"))
    asked = " ".join(field["attributes"].get("description", "") for field in form["body"])
    assert all(f"pyo3-features {words}" in asked for words in ("explain --json", "check", "--version"))


def test_each_example_is_explained_and_has_a_plan() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| \[`(\w+)`\]", page, re.M)
    assert sorted(named) == sorted(path.parent.name for path in EXAMPLES.glob("*/pyproject.toml"))
    lines = re.findall(r"^\$ (.*)$", page, re.M)
    assert lines == [f"pyo3-features -C examples/{name} explain" for name in named]
    for line in lines:
        result = module(["pyo3_features_backend", *line.split()[1:]], ROOT)
        assert result.returncode == 0, result.stderr
