"""The file of a workflow: whose it is, and what is lost when it is written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.ci import Tool
from pyo3_features_backend.author.ci import file as ci_file
from pyo3_features_backend.author.sources.automation import WRITTEN
from pyo3_features_backend.errors import ProjectError

BODY = "name: wheels\non: push\n"


def present(path: Path) -> ci_file.Present:
    found = ci_file.read(path, "wheels.yml")
    assert found
    return found


def test_what_was_written_is_known_again(tmp_path: Path) -> None:
    path = tmp_path / "wheels.yml"
    wanted = ci_file.marked(BODY, Tool.CIBUILDWHEEL)
    for content in (wanted, wanted.replace("\n", "\r\n")):
        path.write_bytes(content.encode())
        found = present(path)
        assert (found.tool, found.edited) == (Tool.CIBUILDWHEEL, False)
        assert ci_file.change(path, "wheels.yml", found, wanted) is None


def test_edits_stay_while_the_plan_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "wheels.yml"
    wanted = ci_file.marked(BODY, Tool.MATURIN_ACTION)
    path.write_text(wanted + "# mine\n")
    found = present(path)
    assert found.edited
    assert ci_file.change(path, "wheels.yml", found, wanted) is None
    change = ci_file.change(path, "wheels.yml", found, ci_file.marked(BODY + "jobs:\n", Tool.MATURIN_ACTION))
    assert change and "-# mine\n" in list(change.diff())


@pytest.mark.parametrize("content", ["", "name: other\n", WRITTEN + "x`; sha256: " + "0" * 64 + "\n"])
def test_a_file_of_another_origin_is_one_that_was_edited(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wheels.yml"
    path.write_text(content)
    found = present(path)
    assert (found.tool, found.edited) == (None, True)


def test_no_file_is_none_and_what_is_no_text_is_an_error(tmp_path: Path) -> None:
    assert ci_file.read(tmp_path / "wheels.yml", "wheels.yml") is None
    (tmp_path / "wheels.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProjectError, match="not UTF-8"):
        ci_file.read(tmp_path / "wheels.yml", "wheels.yml")
    with pytest.raises(ProjectError, match="cannot be read"):
        ci_file.read(tmp_path, "wheels")
