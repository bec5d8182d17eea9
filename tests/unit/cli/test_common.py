"""What the verbs share: how wrong use is told, and how the help looks."""

from __future__ import annotations

import pytest

from pyo3_features_backend.cli import common


@pytest.fixture
def parser() -> common.Parser:
    parser = common.Parser(prog="pyo3-features x", epilog="example: " + "word " * 30)
    common.directory_option(parser)
    common.python_option(parser)
    common.json_option(parser)
    return parser


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--js"], "unrecognized arguments: --js"), (["--python"], "argument --python: expected one argument")],
)
def test_wrong_use_is_our_message_and_status_2(
    words: list[str], message: str, parser: common.Parser, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    assert ended.value.code == 2
    expected = f"error: {message}\n  help: see `pyo3-features x --help`\n"
    assert tuple(capsys.readouterr()) == ("", expected)


def test_an_example_is_on_one_line_however_long(parser: common.Parser) -> None:
    assert parser.format_help().rstrip().splitlines()[-1] == ("example: " + "word " * 30).rstrip()


def test_an_option_that_is_left_out_does_not_hide_the_one_before_the_verb(parser: common.Parser) -> None:
    assert "directory" not in parser.parse_args([])
    found = parser.parse_args(["-C", "x", "--python", "p", "--json"])
    assert (found.directory, found.python, found.json) == ("x", "p", True)
