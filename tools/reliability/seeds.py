"""Real files of each kind, to be changed: those of the examples, of the golden corpus, and the texts in the tests."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parent.parent.parent

# How to tell of which kind a text in the tests is.
_MARKS = {
    "pyproject.toml": r"^\[(project|build-system|tool\.)",
    "Cargo.toml": r"^\[(package|workspace)\]",
    "setup.py": r"\bsetup\(|RustExtension\(",
    "setup.cfg": r"^\[bdist_wheel\]",
    "rust": r"\bfn main\(\)|#\[py(module|function)\]",
    "workflow": r"^\s*- (uses|run):|\bmaturin (build|develop)\b",
    "config file": r"^(version|target_abi|implementation)=",
}


@functools.cache
def of(kind: str) -> tuple[bytes, ...]:
    """The seeds of ``kind``, a key of the table above; at least one empty one."""
    texts = [text for text in (*_examples(kind), *_corpus(kind)) if text.strip()]
    texts += [text for text in _texts() if re.search(_MARKS[kind], text, re.MULTILINE)]
    # Ordered, so that a seed number means the same text in each run.
    return (b"", *(text.encode("utf-8", "surrogatepass") for text in dict.fromkeys(texts)))


def _examples(kind: str) -> Iterator[str]:
    pattern = {"rust": "*.rs", "workflow": "tox.ini"}.get(kind, kind)
    for file in sorted(TOP.glob("examples/**/" + pattern)):
        if "target" not in file.parts:
            yield file.read_text(encoding="utf-8")
    if (TOP / pattern).is_file():
        yield (TOP / pattern).read_text(encoding="utf-8")


def _corpus(kind: str) -> Iterator[str]:
    """The old and the new text of each hunk in the migrations of the corpus."""
    for file in sorted((TOP / "tests" / "corpus" / "golden" / "migrate").glob("*.diff")):
        for part in re.split(r"^--- ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, _, rest = part.partition("\n")
            if name.split("\t")[0].endswith(kind):
                lines = [line for line in rest.splitlines() if not line.startswith(("+++", "@@"))]
                for sign in "-+":
                    yield "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", sign))


@functools.cache
def _texts() -> tuple[str, ...]:
    """All string literals of more than one line in the unit tests."""
    found = []
    for file in sorted((TOP / "tests" / "unit").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
                found.append(node.value)
    return tuple(found)
