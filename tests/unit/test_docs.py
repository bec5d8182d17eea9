"""What the pages name exists: commands, settings, codes, variables, names of the Python API, and pages of the site."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs_site import on_page_markdown
from pyo3_features_backend.cli import VERBS, parsers
from pyo3_features_backend.decide.features import FEATURES
from pyo3_features_backend.errors import BackendError
from pyo3_features_backend.facts import toml
from pyo3_features_backend.facts.settings import read
from pyo3_features_backend.model.codes import CODES
from pyo3_features_backend.model.machine import VARIABLES
from pyo3_features_backend.model.settings import KEYS, PREFIX, TABLE
from support.examples import EXAMPLES, ROOT
from support.pages import blocks
from support.readers import LINUX
from support.readme import printed_by, project
from support.verbs import module

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
PARSER = parsers(list(VERBS))[0]
BY_NAME = {key.name: key for key in KEYS}
# Keys of other tools that are written as `key = value` in a sentence.
OF_OTHERS = {"crate-type", "requires-python", "rev", "cache-keys", "profile", "debug", "workspace", "default-features"}
OF_OTHERS |= {
    "force",
    "optional",
    "build-backend",
    "py_limited_api",
    "extension-module",
    "py",
    "key",
    "floor",
    "native",
    "abi",
    "pyo3",
}


def by_name(page: Path) -> str:
    return page.name


every_page = pytest.mark.parametrize("page", PAGES, ids=by_name)


def code_blocks(text: str) -> list[str]:
    """The blocks of a page, but no text: that may be what a call looks like in general."""
    return [block.text for block in blocks("", text) if block.language != "text"]


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^ {4}.*$", "", re.sub(r"^```\w*\n.*?^```$", "", text, flags=re.M | re.S), flags=re.M)


def code_spans(text: str) -> list[str]:
    """What is in backquotes in the sentences of a page; a span may go on in the next line."""
    return [" ".join(span.split()).replace("\\|", "|") for span in re.findall(r"`([^`]+)`", prose(text))]


def commands(text: str) -> Iterator[list[str]]:
    """The words after each `pyo3-features` in the code of a page, up to where the shell's command ends."""
    lines = [line for block in code_blocks(text) for line in block.splitlines()]
    for line in [*lines, *code_spans(text)]:
        for found in re.finditer(r"(?<![\w/#-])(?<!# )pyo3-features (?=\S)", line):
            rest = line[found.end() :]
            if end := {"(": ")", "`": "`"}.get(line[: found.start()][-1:]):
                rest = rest.partition(end)[0]
            lexer = shlex.shlex(rest, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words: list[str] = []
            for word in lexer:
                if set(word) <= set("();<>|&"):
                    break
                words.append(word)
            yield words


@every_page
def test_each_command_is_one_that_the_parsers_accept(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text(encoding="utf-8")
    in_sentences = list(commands(prose(text)))
    for words in commands(text):
        verb = next((word for word in words if not word.startswith("-")), None)
        if verb in ("VERB", None) or "--help" in words:
            assert verb in ("VERB", None, *VERBS), words
            continue
        try:
            rest = PARSER.parse_known_args(words)[1]
        except SystemExit:
            said = capsys.readouterr().err
            # A sentence may name a verb or an option without what it needs.
            assert "arguments are required" in said and words in in_sentences, f"{words}: {said}"
            continue
        assert rest == [], words


def test_commands_are_found_wherever_they_are_written() -> None:
    text = (
        "See `pyo3-features\nexplain --json`.\n\n"
        "    $ pyo3-features check -q   # a comment\n    x $(pyo3-features args) y\n"
        "    set it: `pyo3-features probe` does\n\n"
        "| `a \\| b` | `pyo3-features env --shell fish \\| source` |\n\n"
        "```console\n$ pyo3-features matrix > file\n```\n"
    )
    found = [" ".join(words) for words in commands(text)]
    assert sorted(found) == ["args", "check -q", "env --shell fish", "explain --json", "matrix", "probe"]
    assert len([None for page in PAGES for _ in commands(page.read_text(encoding="utf-8"))]) > 100


@every_page
def test_each_table_of_settings_is_one_that_a_build_accepts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in (part for each in code_blocks(text) for part in each.split("\n\n")):
        if re.search(rf"^\[+tool\.{TABLE}", block, re.M):
            try:
                table = toml.parse(block)
                read(table, block, {}, None).for_target(LINUX)
            except BackendError as error:
                pytest.fail(f"{error}\n{block}")


@every_page
def test_each_setting_in_a_sentence_exists_and_accepts_its_value(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for span in code_spans(text):
        match = re.fullmatch(r"([a-z][\w-]*) = ([\"\[{tf].*)", span)
        if match and "…" not in span and "3.X" not in span and match[1] not in OF_OTHERS:
            assert match[1] in BY_NAME, span
            value = toml.parse(span)[match[1]]
            maturins = match[1] == "features" and "{ feature" in span
            assert maturins or BY_NAME[match[1]].accepts(value), span
    for name in re.findall(r"(?<=-C )'?([a-z][\w-]*)=", text):
        assert name in BY_NAME, name


@every_page
def test_each_code_and_each_variable_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"PFB\d+", text)) <= set(CODES)
    known = {key.variable for key in KEYS} | set(VARIABLES) | {PREFIX}
    assert set(re.findall(rf"{PREFIX}[A-Z0-9_]*", text)) <= known


@every_page
def test_each_link_between_pages_works_on_the_site_too(page: Path) -> None:
    """mkdocs publishes docs/ only, and makes one hyphen of several."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert page.parent != DOCS or [link for link in inside if link.startswith("../")] == []
    assert [link for link in inside if "--" in link.partition("#")[2]] == []


def test_each_page_is_in_the_navigation_and_each_entry_is_a_page() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    entries = re.findall(r"^ *- (?:.*: )?(\S+\.md)$", text.partition("\nnav:\n")[2], re.M)
    assert sorted(entries) == sorted(page.name for page in DOCS.glob("*.md"))


def test_each_page_has_one_title() -> None:
    """Each other heading is below it: the site makes its table of contents of them."""
    for page in PAGES:
        assert len(re.findall(r"^# ", prose(page.read_text(encoding="utf-8")), re.M)) == 1, page.name


def test_each_feature_of_pyo3_has_its_row() -> None:
    rows = re.findall(r"^\| (.*?) \|", (DOCS / "pyo3-features.md").read_text(encoding="utf-8"), re.M)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    floors = sorted((name for name in FEATURES if re.fullmatch(r"abi3-py\d+", name)), key=lambda name: int(name[7:]))
    assert {floors[0], floors[-1]} <= named
    assert set(FEATURES) - set(floors) - named == set()
    assert named <= set(FEATURES)


def test_the_names_of_the_python_api_are_those_of_its_modules() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(pyo3_features_backend\.\w+)` \| (.*) \|$", text, re.M)
    assert len(rows) == 3
    for name, cell in rows:
        assert sorted(re.findall(r"`(\w+)", cell)) == sorted(importlib.import_module(name).__all__)


def test_the_keys_of_explain_are_those_that_it_prints() -> None:
    text = " ".join((DOCS / "api.md").read_text(encoding="utf-8").split())
    (listed,) = re.findall(r"an object with the keys (.*?)\. ", text)
    printed = module(["pyo3_features_backend", "-C", str(EXAMPLES / "hello"), "explain", "--json"], ROOT)
    assert re.findall(r"`(\w+)`", listed) == list(json.loads(printed.stdout))


def test_the_tutorial_is_the_project_of_the_readme_with_its_output(tmp_path: Path) -> None:
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    shown = [block.strip() for block in code_blocks(text)]
    folder = project(tmp_path / "hello")
    for name in ("Cargo.toml", "src/lib.rs"):
        assert (folder / name).read_text(encoding="utf-8").strip() in shown
    (own,) = (toml.parse(block) for block in shown if block.startswith("[build-system]"))
    assert own == toml.read(folder / "pyproject.toml", "pyproject.toml")[0]
    for line in ("pyo3-features matrix", "pyo3-features explain"):
        assert f"$ {line}\n{printed_by(line).strip()}" in shown


def test_a_bar_in_the_code_of_a_table_is_one_on_the_site() -> None:
    row = "| `--vcs git\\|none` | none \\| or `a\\|b` |"
    assert on_page_markdown(f"{row}\n`x\\|y`") == "| `--vcs git|none` | none \\| or `a|b` |\n`x\\|y`"
