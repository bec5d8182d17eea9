"""YAML as nodes: any bytes are read or refused, and each text has its keys and its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3_features_backend.author.sources import yaml_nodes
from pyo3_features_backend.author.sources.yaml_nodes import NotYaml

pytest.importorskip("yaml")

YAML = st.text(st.sampled_from("ab:- \n\t[]{}&*!|>'\"%@`#,?\\Ux0\r\x85\ufeff\u2028\x07é"), max_size=60)


@given(st.one_of(YAML, st.text(max_size=40)).map(str.encode) | st.binary(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_line_of_the_file(content: bytes) -> None:
    try:
        text = yaml_nodes.text_of(content)
        roots = yaml_nodes.documents(text)
    except NotYaml as error:
        assert error.message
        assert (
            error.line is None
            or 1 <= error.line <= len(re.split(b"\r\n|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]", content)) + 1
        )
        return
    for scalar in yaml_nodes.scalars(text, roots):
        assert text[scalar.start : scalar.start + len(scalar.source)] == scalar.source


def test_each_text_has_its_keys_its_place_and_its_source() -> None:
    text = "a: &x\n  - b: 'c'\nd: |\n  e\nf: *x\n"
    found = list(yaml_nodes.scalars(text, yaml_nodes.documents(text)))
    assert [(scalar.keys, scalar.source.rstrip(), scalar.literal) for scalar in found] == [
        (("a", "b"), "'c'", False),
        (("d",), "|\n  e", True),
    ]
    assert [scalar.start for scalar in found] == [text.index("'c'"), text.index("|")]


def test_a_node_is_asked_for_what_it_has() -> None:
    (root,) = yaml_nodes.documents("a: 1\nb: [x, y]\na: 2\n")
    last = yaml_nodes.value(root, "a")
    assert (yaml_nodes.text(last), yaml_nodes.line(last)) == ("2", 3)
    assert [yaml_nodes.text(item) for item in yaml_nodes.items(yaml_nodes.value(root, "b"))] == ["x", "y"]
    assert yaml_nodes.value(root, "c") is yaml_nodes.value(last, "a") is yaml_nodes.value(None, "a") is None
    assert (yaml_nodes.text(root), yaml_nodes.items(root), yaml_nodes.items(None)) == (None, [], [])


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [(b"a\n\xff", 2, "not UTF-8 text"), (b" " * (2**20 + 1), None, "larger than 1 MiB")],
)
def test_bytes_that_are_no_text_are_refused(content: bytes, line: int | None, words: str) -> None:
    with pytest.raises(NotYaml, match=words) as caught:
        yaml_nodes.text_of(content)
    assert caught.value.line == line
