"""What the README says is so: its figures and its tables. Its commands are those of test_page_commands.py."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pyo3_features_backend import __version__
from pyo3_features_backend.author.backend import bounds, requirement
from pyo3_features_backend.cli import VERBS
from pyo3_features_backend.facts import toml
from pyo3_features_backend.facts.settings import read
from pyo3_features_backend.model.settings import KEYS
from support.examples import EXAMPLES, ROOT
from support.readers import LINUX
from support.readme import TEXT, blocks, commands, project
from support.verbs import module


def test_ci_runs_the_tests_as_the_readme_says() -> None:
    everything = "python -m tox"
    assert everything in {command.line for command in commands()}
    assert f'python" {everything.removeprefix("python ")}\n' in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """The README's project, with the lock file of the example, so that nothing is resolved anew."""
    folder = project(tmp_path / "hello")
    shutil.copyfile(EXAMPLES / "hello" / "Cargo.lock", folder / "Cargo.lock")
    return folder


def test_check_finds_nothing_in_the_smallest_project(hello: Path) -> None:
    result = module(["pyo3_features_backend", "check"], hello)
    assert (result.returncode, "warning" in result.stderr + result.stdout) == (0, False), result.stderr


def test_the_smallest_project_is_the_example_without_its_check_at_import(hello: Path) -> None:
    for name in ("Cargo.toml", "src/lib.rs"):
        assert (hello / name).read_text("utf-8") == (EXAMPLES / "hello" / name).read_text("utf-8")
    ours, its = (toml.read(folder / "pyproject.toml", "pyproject.toml")[0] for folder in (hello, EXAMPLES / "hello"))
    assert ours["project"] == its["project"]
    assert ours["build-system"]["build-backend"] == its["build-system"]["build-backend"]


@pytest.mark.parametrize(
    ("row", "measured"),
    [
        ("`uv build`, nothing changed", "`uv build`, sdist then wheel: rpds-py"),
        ("`uv build`, one line of Rust changed", "one line changed, `uv build`: rpds-py"),
        ("`uv build --wheel` in the source tree, nothing changed", "`uv build --wheel`, in the tree: rpds-py"),
        ("`pip wheel` of the sdist, built before", "`pip wheel` of the sdist: rpds-py"),
    ],
)
def test_the_seconds_are_those_that_were_measured(row: str, measured: str) -> None:
    speed = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    (line,) = (line for line in speed.splitlines() if line.startswith(f"| {measured} |"))
    cells = [cell.strip() for cell in line.split("|")]
    assert f"| {row} | {cells[2]} s | {cells[5]} s |" in TEXT


def test_the_diff_of_rpds_is_that_of_the_corpus() -> None:
    golden = (ROOT / "tests" / "corpus" / "golden" / "migrate" / "rpds_py.diff").read_text(encoding="utf-8")
    golden = golden.replace(">=THIS,<NEXT", bounds())
    assert "# then: cp311-abi3" in golden
    changed = [row for row in golden.splitlines() if re.match(r"[-+](?![-+])\S", row)]
    keys = changed.index("+[tool.uv]")  # the README says that it leaves them out
    assert [row for row in changed[keys:] if row.startswith("-")] == []
    (shown,) = blocks("diff")
    assert [row for row in shown.splitlines() if re.match(r"[-+](?![-+])", row)] == changed[:keys]


def test_the_settings_are_all_there_and_a_build_takes_them() -> None:
    (block,) = (block for block in blocks("toml") if block.startswith("[tool.pyo3-features-backend]"))
    table = toml.parse(block)
    own = table["tool"]["pyo3-features-backend"]
    assert [name for name in own if name != "overrides"] == [key.name for key in KEYS]
    settings = read(table, block, {}, None).for_target(LINUX)
    assert settings.expect == ("cp39-abi3",)


def test_the_verbs_are_all_there() -> None:
    section = TEXT.partition("## The command")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| \[?`(\w+)`", section, re.M)) == sorted(VERBS)


def test_the_version_and_the_bounds_are_those_of_this_release() -> None:
    assert f"Version {__version__}, an alpha" in TEXT
    assert set(re.findall(r'"(pyo3-features-backend>=[^"]*)"', TEXT)) == {requirement()}
    assert set(re.findall(r"pyo3_features_backend-(.*?)-py3-none-any", TEXT)) == {__version__}


PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md"]


@pytest.mark.parametrize("name", [*PAGES, *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))])
def test_each_link_leads_to_a_file_and_a_heading(name: str) -> None:
    page = ROOT / name
    text = re.sub(r"^    .*$", "", page.read_text(encoding="utf-8"), flags=re.M)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith(("https://", "http://")):
            path, _, anchor = link.partition("#")
            other = page.parent / path if path else page
            assert other.exists(), link
            if anchor:
                assert anchor in anchors(other), link


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def test_the_counts_of_old_sdists_are_those_of_the_table() -> None:
    page = (ROOT / "docs" / "corpus.md").read_text(encoding="utf-8")
    plain, whole, ours = re.findall(
        r"On CPython 3\.14, (\d+) of (\d+) build and import as published, and (\d+) with", page
    )[0]
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"Of {whole} sdists from 2024 and 2025, with the PyO3 that they lock, {plain} build and import on" in text
    assert f"on CPython 3.14 as published, and {ours} with this backend" in text
