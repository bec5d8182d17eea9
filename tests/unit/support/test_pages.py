"""The blocks of a page, and their commands."""

from __future__ import annotations

import pytest

from support.pages import Command, blocks, language

PAGE = """\
# Title

    $ one --option   # a comment
    its output

      more
    $ two

Words
    that go on.

```console
$ three
```

    [table]
    key = 1
"""


def test_fenced_and_indented_blocks_are_found_in_their_order() -> None:
    found = list(blocks("page.md", PAGE))
    assert [(block.line, block.language) for block in found] == [(3, "console"), (13, "console"), (16, "toml")]
    assert found[0].first == "one --option   # a comment"
    assert found[0].commands() == [
        Command("one --option   # a comment", "its output\n\n  more\n"),
        Command("two", ""),
    ]
    assert found[1].commands() == [Command("three", "")]
    assert found[2].text == "[table]\nkey = 1\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pyo3-features check\npip install x\n", "console"),
        ("A=1 B= python -m build\n", "console"),
        (". .venv/bin/activate\n", "console"),
        ("export A=1\n", "console"),
        ("docker run --rm image\n", "text"),
        ("curl https://example.org | sh -s -- --key: value\n", "text"),
        ("pip install x\nSuccessfully installed x\n", "text"),
        ("plan:\n  runs-on: ubuntu\n", "yaml"),
        ("- run: make\n", "yaml"),
        ("published: 58 wheels\n", "text"),
        ("use pyo3::prelude::*;\n", "rust"),
        ("from a import b\n", "python"),
        ('abi3 = "off"      # pyproject.toml\n-C abi3=off      # a config setting\n', "settings"),
    ],
)
def test_the_language_of_an_indented_block(text: str, expected: str) -> None:
    assert language(text) == expected
