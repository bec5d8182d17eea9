"""The pictures on the pages are made of what the commands print today."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pictures import picture
from support.examples import ROOT
from support.pages import pages

PICTURES = ROOT / "tools" / "pictures.py"
LINK = re.compile(r"\]\(([^)\s]+\.svg)\)")


def test_the_pictures_are_what_the_commands_print_and_each_is_on_a_page() -> None:
    pytest.importorskip("abi3info")
    files = [path.relative_to(ROOT) for path in (ROOT / "docs" / "images").iterdir()]
    used = {link for page in pages() for link in LINK.findall((ROOT / page).read_text(encoding="utf-8"))}
    assert {path.name for path in files} == {link.rpartition("/")[2] for link in used}
    result = subprocess.run([sys.executable, PICTURES, "--check"], capture_output=True, encoding="utf-8", check=False)
    assert (result.returncode, result.stdout) == (0, ""), "python tools/pictures.py"


def test_a_picture_has_the_text_of_the_terminal_in_its_colours() -> None:
    shown = picture(["explain"], "\x1b[1;31merror:\x1b[0m a < b\n  help\x1b[0m\n")
    rows = [re.sub(r"<[^>]*>", "", row) for row in shown.splitlines() if row.startswith("<text")]
    assert rows == ["$ pyo3-features explain", "error: a &lt; b", "  help"]
    assert '<tspan class="b r">error:</tspan> a &lt; b' in shown
