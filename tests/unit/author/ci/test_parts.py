"""The parts of a workflow as YAML."""

from __future__ import annotations

import pytest
import yaml

from pyo3_features_backend.author.ci import parts


@pytest.mark.parametrize("words", ["", "yes", "3.10", "a: b", "# c", '"', "\\", "ä", "line\nline", "*x", "{a}"])
def test_a_string_stays_one(words: str) -> None:
    assert yaml.safe_load(f"key: {parts.quoted(words)}") == {"key": words}


def test_a_comment_has_one_line() -> None:
    assert parts.one_line(" a\n b\r\nc ") == "a b c"


def test_steps_are_a_list_and_each_has_what_it_needs() -> None:
    found = parts.steps(parts.checkout(), "", parts.python('"3.13"'), parts.download("wheels-*"), parts.upload("sdist"))
    steps = yaml.safe_load(found)["steps"]
    assert [step["uses"].partition("@")[0] for step in steps] == [
        f"actions/{name}" for name in ("checkout", "setup-python", "download-artifact", "upload-artifact")
    ]
    assert steps[0]["with"] == {"persist-credentials": False}
    assert steps[1]["with"]["python-version"] == "3.13"
    assert steps[3]["with"]["if-no-files-found"] == "error"


def test_empty_lines_stay_empty() -> None:
    assert parts.indented("a\n\nb\n", 2) == "  a\n\n  b\n"
