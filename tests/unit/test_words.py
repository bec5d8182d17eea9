"""Phrases that only people who work on this project would understand are not in its documentation and messages.

The list is short on purpose: each entry was in a message or a page once, and a reader stumbled over it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyo3_features_backend

PACKAGE = Path(pyo3_features_backend.__file__).parent
ROOT = Path(__file__).parent.parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]
PAGES += [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
# What writes parts of the pages.
WRITERS = sorted((ROOT / "tools").glob("*_reference.py"))
FILES = [*sorted(PACKAGE.rglob("*.py")), *WRITERS, *PAGES]

# phrase (a regular expression) -> what to write instead
BANNED = {
    r"stands? in for\b|what is set stands": "say what happens: takes precedence, replaces, is used",
    r"\bwhoever\b": "anyone who",
    r"\ba slip of\b": "a mistake, a bug",
    r"\bof ours\b|\bof theirs (?:to|which)\b": "of this backend, of the project",
    r"\bis told (?:on|that|by)\b": "prints a message, reports",
    r"\b(?:theirs|ours|yours) to \w+": "they, we, you",
    r"(?<!there )\bis no (?!longer\b|such\b|more\b|need\b)\w+": "is not a ...",
    r"\bmend(?:s|ed|ing)?\b": "fix",  # `mendable` is a key of JSON
    r"(?:delegate|maturin|\})'s own (?:wheel|messages)": "default tags; see its output above",
    r"\bnests? too deep\b": "nested too deeply",
    r"\bmake (?:it|them) flatter\b": "reduce the nesting",
    r"\bbuilding Python\b": "the Python that runs the build",
    r"\bis not possible\b": "is not valid",
    r"\bfor (?:\w+ )?nothing$": "gains nothing",
    r"\bkeeps? to the (?:limited|stable)\b": "uses only the limited API",
    r"\bgo(?:es)? past the backend\b": "does not use the backend",
    r"\bevery file is as it was\b": "no file was changed",
    r"\bwithout a word\b": "silently, without a message",
    r"\btell us\b": "report a bug",
    r"\bgiven by hand\b": "set by hand",
}


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of each string and comment of a module, with strings of several lines joined; or a whole page."""
    content = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield 1, " ".join(content.split())
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, " ".join("".join(map(str, parts)).split())
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, " ".join(node.value.split())
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def faults(file: Path) -> list[str]:
    """The banned phrases in a file, each with its line and what to write instead."""
    return [
        f"{file.name}:{line}: {found.group()!r}: {instead}"
        for line, text in texts(file)
        for pattern, instead in BANNED.items()
        for found in re.finditer(pattern, text, re.IGNORECASE)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_text_has_a_phrase_that_only_we_understand(file: Path) -> None:
    assert faults(file) == []


@pytest.mark.parametrize(
    "text",
    [
        "what is set stands in the table",
        "whoever builds can have it otherwise",
        "a slip of one of ours",
        "is told on stderr",
        "theirs to answer for",
        "that is no TOML",
        "mend that in the project",
        "the delegate's own wheel for X (no PyO3)",
    ],
)
def test_a_phrase_is_found_in_pages_strings_and_comments(text: str, tmp_path: Path) -> None:
    half = len(text) // 2
    written = {
        "page.md": text.replace(" ", "\n"),
        "message.py": f"say(\n    {text[:half]!r}\n    f{text[half:] + '{name}'!r}\n)\n",
        "docstring.py": f'def f():\n    """{text}."""\n',
        "comment.py": f"# {text}\n",
    }
    for name, content in written.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert faults(tmp_path / name), name


def test_ordinary_words_are_not_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("There is no Cargo.lock. It is no longer read. The key is `mendable`.\n", encoding="utf-8")
    assert faults(page) == []
