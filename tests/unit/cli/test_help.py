"""What a code means can be read wherever the command is installed."""

from __future__ import annotations

from argparse import Namespace

import pytest

from pyo3_features_backend import cli
from pyo3_features_backend.cli import help as verb
from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.model.codes import CODES


def printed(capsys: pytest.CaptureFixture[str], *topics: str) -> str:
    assert verb.run(Namespace(topics=list(topics))) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_page_with_its_title_its_text_and_who_finds_it(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    title, about, *more = printed(capsys, code).strip().split("\n\n")
    assert title == f"{code}: {CODES[code].title} ({CODES[code].severity})"
    assert len(about) > 20
    assert [text for text in (about, *more) if text.startswith("Found by ")] == [about if not more else more[-1]]
    assert "](" not in about


@pytest.mark.parametrize("topic", ["PFB272", "pfb272", "272", "[PFB272]", "warning[PFB272]:"])
def test_a_code_is_understood_as_it_stands_in_a_message(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, topic).startswith("PFB272: uv does not notice changed Rust sources (warning)\n\n")


def test_several_topics_are_apart_and_codes_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\n\nPFB273: " in printed(capsys, "PFB272", "PFB273")
    assert [row.split()[0] for row in printed(capsys, "codes").splitlines()] == list(CODES)


def test_a_verb_has_the_help_of_its_option_and_no_topic_that_of_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, "explain") == cli.parsers(["explain"])[1]["explain"].format_help()
    assert printed(capsys) == cli.parsers([])[0].format_help()


@pytest.mark.parametrize(
    ("topic", "hint"),
    [("PFB999", "did you mean PFB"), ("exlain", "did you mean explain?"), ("xyzzy", "`pyo3-features help codes`")],
)
def test_what_does_not_exist_is_told_with_what_is_near(topic: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=f"there is no help on {topic}") as caught:
        verb.run(Namespace(topics=[topic]))
    assert caught.value.hint and caught.value.hint.startswith(hint)
