"""Write the pictures of docs/images: the matrix of the example, and terminals with what commands print.

    python tools/pictures.py [--check]

``--check`` writes nothing, and fails on a difference; the Python and the platform of the machine may be others.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from generated import ROOT, main

sys.path.insert(0, str(ROOT / "tests"))

from support.binaries import elf, wheel
from support.files import replace
from support.page_projects import LINUX, hello
from support.terminals import rest

IMAGES = ROOT / "docs" / "images"
COLUMNS = 92
# Of a character, in units of the picture; and the space around the text.
WIDTH, HEIGHT, LEFT, TOP = 7.8, 18, 14, 40
# The styles of a terminal by the parameters of SGR (pyo3_features_backend/cli/console/colour.py).
CLASSES = {"1": "b", "2": "f", "31": "r", "32": "g", "33": "y", "36": "c"}
STYLE = """
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d6dbe1; white-space: pre; }
  .b { font-weight: 700; } .f { fill: #8b949e; } .r { fill: #ff7b86; } .g { fill: #4cbf8e; } .y { fill: #e3b341; }
  .c { fill: #56c8d8; }
"""


class Terminal(NamedTuple):
    """A picture: its name, the words behind ``pyo3-features``, and what makes the folder they are called in."""

    name: str
    words: tuple[str, ...]
    prepare: Callable[[Path], Path]


def with_findings(scratch: Path) -> Path:
    """The README's project with what maintainers have in Cargo.toml, and without the cache keys for uv."""
    folder = hello(scratch)
    features = '{ version = "0.30", features = ["abi3-py310", "extension-module"] }'
    replace(folder / "Cargo.toml", 'pyo3 = "0.30"', f"pyo3 = {features}")
    manifest = folder / "pyproject.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").partition("\n[tool.uv]")[0], encoding="utf-8")
    return folder


def with_a_wrong_wheel(scratch: Path) -> Path:
    """A wheel for Python 3.9 and later that calls a function which the stable ABI has from 3.11 on."""
    (scratch / "dist").mkdir()
    module = elf(["PyList_New", "PyObject_GetBuffer"], ["PyInit_hello_pyo3"])
    wheel(scratch / "dist", f"cp39-abi3-{LINUX}", {"hello_pyo3.abi3.so": module}, project="hello_pyo3-0.1.0")
    return scratch


TERMINALS = (
    Terminal("explain", ("explain",), hello),
    Terminal("check", ("check",), with_findings),
    Terminal("audit", ("audit", "dist"), with_a_wrong_wheel),
)


def printed(words: Sequence[str], folder: Path) -> str:
    """What the command prints in a terminal, with colours."""
    ours, its = pty.openpty()
    environ = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR")}
    environ.update({"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)})
    command = [sys.executable, "-m", "pyo3_features_backend", *words]
    with subprocess.Popen(command, cwd=folder, stdin=its, stdout=its, stderr=its, env=environ):
        os.close(its)
        return rest(ours).decode().replace("\r\n", "\n")


def spans(row: str) -> Iterator[tuple[str, str]]:
    """The parts of a line with their classes; a style ends where the next sequence is."""
    start, *styled = re.split(r"\x1b\[([\d;]*)m", row)
    for style, text in zip(["", *styled[::2]], [start, *styled[1::2]]):
        if text:
            yield text, " ".join(CLASSES[each] for each in style.split(";") if each not in ("", "0"))


def picture(words: Sequence[str], output: str) -> str:
    """A terminal with a command and its output as an SVG document."""
    call = "pyo3-features " + " ".join(words)
    rows = [f"\x1b[2m$\x1b[0m {call}", *output.rstrip("\n").split("\n")]
    plain = [re.sub(r"\x1b\[[\d;]*m", "", row) for row in rows]
    width = round(max(len(row) for row in plain) * WIDTH + 2 * LEFT)
    height = TOP + len(rows) * HEIGHT + LEFT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title about">',
        f'<title id="title">{escape(call)}</title>',
        f'<desc id="about">{escape(" ".join(" ".join(plain[1:]).split()))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#161b22"/>',
        *(f'<circle cx="{18 + 18 * number}" cy="17" r="5" fill="#484f58"/>' for number in range(3)),
    ]
    for number, row in enumerate(rows):
        parts = [f'<tspan class="{name}">{escape(text)}</tspan>' if name else escape(text) for text, name in spans(row)]
        y, length = TOP + (number + 1) * HEIGHT - 5, len(plain[number]) * WIDTH
        lines.append(
            f'<text x="{LEFT}" y="{y}" xml:space="preserve" textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs">'
            + "".join(parts)
            + "</text>"
        )
    return "\n".join([*lines, "</svg>", ""])


def pictures(scratch: Path) -> Iterator[tuple[Path, str]]:
    """Each file with what belongs into it."""
    example = shutil.copytree(ROOT / "examples" / "hello", scratch / "hello", ignore=shutil.ignore_patterns("target"))
    words = [sys.executable, "-m", "pyo3_features_backend", "-C", str(example), "matrix", "--format", "svg"]
    result = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    yield IMAGES / "hello-wheels.svg", result.stdout
    for terminal in TERMINALS:
        (scratch / terminal.name).mkdir()
        output = printed(terminal.words, terminal.prepare(scratch / terminal.name))
        yield IMAGES / f"{terminal.name}.svg", picture(terminal.words, output)


def comparable(text: str) -> str:
    """A picture without the Python and the platform of the machine, and without the widths that follow from them."""
    text = re.sub(r"(target:(?:</tspan>)?) CPython 3\.\d+, [\w-]+", r"\1 PYTHON", text)
    return re.sub(r'textLength="[\d.]+"', "", text)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        raise SystemExit(main("Renew the pictures of docs/images.", lambda: pictures(Path(folder)), comparable))
