"""Hypothesis strategies for inputs: changes of real text, and values of the wrong type at known keys.

Every input is bytes, so that it can be stored, made shorter, and given to atheris.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pyo3_features_backend.facts.toml import parse

from . import keys

_DEEP = 3000
_HUGE = 10**5000
_WHEN = datetime.datetime(2026, 2, 28, 23, 59, 59, tzinfo=datetime.timezone.utc)
# What somebody may write at any key: each type of TOML and JSON, and the values that break comparisons and paths.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**63, _HUGE, 1.5, math.nan, math.inf, -math.inf, 1e308),
    *(
        "",
        " ",
        "x",
        "\0",
        "a\0b",
        "\ufeff",
        "é",
        "\U0001f980",
        "\udc80",
        "\n",
        "a\nb",
        "..",
        "/",
        "~",
        ".",
        "*",
        "{",
        "[",
    ),
    *(
        "abi3",
        "auto",
        "3.9",
        ">=3.9",
        "3.99999999999999999999",
        ">=3." + "9" * 5000,
        "==3.*",
        "^3.9",
        "~=3",
        ">=",
        "x" * 70_000,
    ),
    *("pyo3/abi3-py39", "pyo3?/abi3", "pyo3/", "/", "dep:pyo3", "default", "true", "cp39", "0.30.1", "1" * 400 + ".0"),
    *(
        [],
        [1],
        [[]],
        [{}],
        [None],
        ["a", 1],
        ["pyo3/abi3", []],
        [{"feature": 1}],
        [{"feature": "abi3", "python-version": 3}],
    ),
    *({}, {"a": 1}, {"": {}}, {"workspace": True}, {"path": 1}, {"features": "abi3"}, {"version": []}),
    *(_WHEN, _WHEN.date(), _WHEN.time()),
)
_PIECES: tuple[bytes, ...] = (
    *(
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc3",
        b"\r",
        b"\r\n",
        b"\x0b",
        b"\x0c",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
    ),
    *(
        b'"',
        b"'",
        b'"""',
        b"'''",
        b"\\",
        b"\\ud800",
        b"\\x",
        b"\\u{110000}",
        b"\\u{}",
        b"#",
        b"//",
        b"/*",
        b"*/",
        b"=",
        b"==",
        b",",
        b".",
    ),
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b"(",
        b")",
        b"[[",
        b"]]",
        b":",
        b";",
        b"&",
        b"*",
        b"$",
        b"\n",
        b"\t",
        b" ",
        b"-",
        b"---\n",
    ),
    *(
        b"nan",
        b"inf",
        b"-inf",
        b"1e999",
        b"NaN",
        b"null",
        b"true",
        b"1979-05-27T07:32:00Z",
        b"1979-05-27",
        b"07:32:00",
        b"0x",
        b"1_0",
    ),
    *(
        b"9" * 30,
        b"9" * 5000,
        b"x" * 70_000,
        b" " * 70_000,
        b"\n" * 20_000,
        b"a." * _DEEP,
        b"[" * _DEEP,
        b"{a=" * _DEEP,
        b"(" * _DEEP,
    ),
    *(
        b'{"a":' * _DEEP,
        b"/*" * _DEEP,
        b"{" * 20_000,
        b"\\" * 20_000,
        b'"' * 20_001,
        b"-" * 5000,
        b"# " * 5000,
        b"r" + b"#" * 5000 + b'"',
    ),
    *(
        b"- uses: x/maturin-action@\n",
        b"maturin build ",
        b"rerun-if-changed=",
        b'include!("a")',
        b"mod a;",
        b'env!("CARGO_MANIFEST_DIR")',
    ),
    *(b"py_limited_api=True", b"RustExtension(", b"features=[", b"lambda: ", b"f'{", b"*a, ", b"**a"),
)


def _insert(data: bytes, at: int, which: int) -> bytes:
    return data[:at] + _PIECES[which % len(_PIECES)] + data[at:]


def _start(data: bytes, at: int, which: int) -> bytes:
    return _PIECES[which % len(_PIECES)] + data


def _delete(data: bytes, at: int, which: int) -> bytes:
    return data[:at] + data[at + which % 40 + 1 :]


def _double(data: bytes, at: int, which: int) -> bytes:
    return data[: at + which % 200] + data[at:]


def _overwrite(data: bytes, at: int, which: int) -> bytes:
    return data[:at] + bytes([which % 256]) + data[at + 1 :]


def _cut(data: bytes, at: int, which: int) -> bytes:
    return data[:at]


def _ends(data: bytes, at: int, which: int) -> bytes:
    return data.replace(b"\n", (b"\r\n", b"\r", b"\n\n", b" \\\n", b"")[which % 5])


def _token(data: bytes, at: int, which: int) -> bytes:
    """Another piece in place of a word, a number or a string."""
    tokens = list(re.finditer(rb"[\w.-]+|\"[^\"\n]*\"|'[^'\n]*'", data))
    if not tokens:
        return _start(data, at, which)
    token = tokens[at % len(tokens)]
    return data[: token.start()] + _PIECES[which % len(_PIECES)] + data[token.end() :]


def _swap_lines(data: bytes, at: int, which: int) -> bytes:
    lines = data.split(b"\n")
    one, other = at % len(lines), which % len(lines)
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _repeat_line(data: bytes, at: int, which: int) -> bytes:
    lines = data.split(b"\n")
    one = at % len(lines)
    return b"\n".join([*lines[:one], *[lines[one]] * (which % 1000 + 1), *lines[one:]])[:2_000_000]


_CHANGES: tuple[Callable[[bytes, int, int], bytes], ...] = (
    *(_insert, _insert, _token, _token, _token, _delete, _delete, _overwrite, _double, _start),
    *(_cut, _ends, _swap_lines, _repeat_line),
)
_NUMBER = st.integers(0, 65_535)


def mostly(first: SearchStrategy[Any], second: SearchStrategy[Any], parts: int = 3) -> SearchStrategy[Any]:
    """``first``, and once in ``parts + 1`` times ``second``; hypothesis' one_of would choose among their branches."""
    return st.integers(0, parts).flatmap(lambda number: second if number == parts else first)


_STEPS = st.lists(st.tuples(st.sampled_from(_CHANGES), _NUMBER, _NUMBER), max_size=5)


def changed(seeds: Sequence[bytes]) -> SearchStrategy[bytes]:
    """A text of ``seeds`` after up to five changes, and sometimes bytes out of nothing."""

    def apply(data: bytes, steps: list[tuple[Callable[[bytes, int, int], bytes], int, int]]) -> bytes:
        for change, at, which in steps:
            data = change(data, at % (len(data) + 1), which)
        return data

    any_text = st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
    return mostly(st.builds(apply, st.sampled_from(seeds), _STEPS), st.one_of(st.binary(max_size=200), any_text), 9)


def value() -> SearchStrategy[Any]:
    """Any value: one of :data:`VALUES`, or a small tree."""
    chosen = st.sampled_from(VALUES)
    leaves = st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.none())
    trees = st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
        max_leaves=6,
    )
    return mostly(chosen, trees)


def with_value(tree: Any, path: Sequence[str], new: Any) -> Any:
    """A copy of ``tree`` with ``new`` at ``path``; what is in the way is replaced."""
    if not path:
        return new
    name, rest = path[0], path[1:]
    if name.isdecimal():
        entries = list(tree) if isinstance(tree, list) else []
        number = min(int(name), len(entries))
        entries[number : number + 1] = [with_value(entries[number] if number < len(entries) else {}, rest, new)]
        return entries
    table = dict(tree) if isinstance(tree, dict) else {}
    table[name] = with_value(table.get(name), rest, new)
    return table


def paths(tree: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place in a tree of dictionaries and lists."""
    yield above
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, inner in pairs:
        yield from paths(inner, (*above, str(name)))


def without(tree: Any, path: Sequence[str]) -> Any:
    """A copy of ``tree`` without what is at ``path``."""
    if isinstance(tree, dict):
        kept = {name: inner for name, inner in tree.items() if name != path[0] or len(path) > 1}
        return {name: without(inner, path[1:]) if name == path[0] else inner for name, inner in kept.items()}
    if isinstance(tree, list):
        kept_list = [inner for number, inner in enumerate(tree) if str(number) != path[0] or len(path) > 1]
        return [
            without(inner, path[1:]) if str(number) == path[0] and len(path) > 1 else inner
            for number, inner in enumerate(kept_list)
        ]
    return tree


def trees(seeds: Sequence[Any], known: Sequence[keys.Path] = ()) -> SearchStrategy[Any]:
    """A tree of ``seeds`` with other values at up to four of its own places or of the ``known`` keys."""
    all_paths = [[*paths(seed)] for seed in seeds]

    def apply(which: int, steps: list[tuple[int, bool, Any]]) -> Any:
        tree = seeds[which]
        for number, remove, new in steps:
            options = known if known and number % 2 else all_paths[which]
            path = options[number // 2 % len(options)]
            tree = without(tree, path) if remove and path else with_value(tree, path, new)
        return tree

    step = st.tuples(_NUMBER, st.integers(0, 4).map(lambda number: number == 0), value())
    return st.builds(apply, st.integers(0, len(seeds) - 1), st.lists(step, min_size=1, max_size=4))


def json_bytes(tree: Any) -> bytes:
    """The JSON of a tree; dates and the like are strings in it."""
    # Python refuses to write a number of so many digits.
    return json.dumps(_replaced(tree), default=str).replace(f'"{_LONG}"', "9" * 5001).encode()


_LONG = "a number of 5,001 digits"


def _replaced(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(name): _replaced(inner) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [_replaced(inner) for inner in tree]
    return _LONG if type(tree) is int and abs(tree) >= _HUGE else tree


def toml_bytes(tree: Any) -> bytes:
    """The TOML of a tree, with a header for each table of the first three levels."""
    lines = [*_toml_table(tree, ())] if isinstance(tree, dict) else [f"value = {_toml(tree)}"]
    return "\n".join([*lines, ""]).encode("utf-8", "surrogatepass")


def _toml_key(name: object) -> str:
    text = str(name)
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else json.dumps(text)


def _toml_table(table: dict[Any, Any], above: tuple[str, ...]) -> Iterator[str]:
    deeper = {}
    for name, inner in table.items():
        listed = isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner)
        if len(above) < 3 and (isinstance(inner, dict) or listed):
            deeper[name] = inner
        elif inner is not None:
            yield f"{_toml_key(name)} = {_toml(inner)}"
    for name, inner in deeper.items():
        path = (*above, _toml_key(name))
        for entry in inner if isinstance(inner, list) else [inner]:
            yield f"[[{'.'.join(path)}]]" if isinstance(inner, list) else f"[{'.'.join(path)}]"
            yield from _toml_table(entry, path)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return "9" * 5001 if abs(value) >= 10**4000 else str(value)
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value).replace("e+", "e")
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_toml_key(name)} = {_toml(inner)}" for name, inner in value.items() if inner is not None)
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value if inner is not None) + "]"
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def toml(seeds: Sequence[bytes], known: Sequence[keys.Path]) -> SearchStrategy[bytes]:
    """TOML files: changed text, and trees with other values."""
    tables: list[Any] = [{}]
    for seed in seeds:
        try:
            tables.append(parse(seed.decode("utf-8")))
        except ValueError:
            continue  # a text of a test about what is not TOML
    made = trees(tables, known).map(toml_bytes)
    return mostly(made, changed(seeds), 2)


def json_text(seeds: Sequence[Any]) -> SearchStrategy[bytes]:
    """JSON: trees with other values, and changed text."""
    return mostly(trees(seeds).map(json_bytes), changed([json_bytes(seed) for seed in seeds]), 4)
