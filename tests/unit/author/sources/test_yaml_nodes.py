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
