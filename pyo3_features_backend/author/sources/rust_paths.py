"""The value of a Rust expression that builds a path from literals: ``Path::new("a").join("b")``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ...facts.rust_text import LITERAL, Source


def expression(source: Source, at: int) -> tuple[str | None, int, Sequence[int]]:
    """The path at a place, where its expression ends, and its literals; None for more than a path of literals."""
    code = source.code
    start = re.compile(r"[&\s]*").match(code, at)
    at = start.end() if start else at
    value: str | None = None
    used: Sequence[int] = []
    if literal := source.literals.get(at):
        value, at, used = literal.value, literal.end, [at]
    elif wrapped := re.compile(r"(?:\w+::)*Path(?:Buf)?::(?:new|from)\s*\(").match(code, at):
        value, at, used = _inner(source, wrapped.end())
    elif own := re.compile(r"(?:\w+::)*env!\s*\(\s*(\"~*\")\s*\)").match(code, at):
        value = "." if source.literals[own.start(1)].value == "CARGO_MANIFEST_DIR" else None
        at, used = own.end(), [own.start(1)]
    elif joined := re.compile(r"concat!\s*\(\s*(?=env!)").match(code, at):
        value, at, used = expression(source, joined.end())
        tail = re.compile(rf"\s*,\s*({LITERAL})\s*,?\s*\)").match(code, at)
        value = value + source.literals[tail.start(1)].value if value is not None and tail else None
        at = tail.end() if tail else at
    while value is not None and (join := re.compile(r"\s*\.join\s*\(").match(code, at)):
        inner, at, others = _inner(source, join.end())
        value = f"{value}/{inner}" if inner is not None and not inner.startswith("/") else None
        used = [*used, *others]
    return value, at, used


def _inner(source: Source, at: int) -> tuple[str | None, int, Sequence[int]]:
    """An expression with the bracket that closes behind it."""
    value, at, used = expression(source, at)
    closed = re.compile(r"\s*,?\s*\)").match(source.code, at)
    return (value if closed else None), (closed.end() if closed else at), used


def normal(path: str) -> str:
    return os.path.normpath(path).replace(os.sep, "/")
