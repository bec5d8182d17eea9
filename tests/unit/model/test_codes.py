"""The codes of problems: each is used, has its own meaning, and is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from pyo3_features_backend import cli
from pyo3_features_backend.model.codes import CHECK, CODES
from support.examples import ROOT


def test_every_code_is_documented_once_and_every_documented_code_is_known() -> None:
    text = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    documented = re.findall(r"^### (PFB\d+): (.+) \((error|warning)\)$", text, re.MULTILINE)
    assert documented == [(code, one.title, one.severity) for code, one in CHECK.items()]
    package = Path(cli.__file__).parent.parent
    used = {
        code
        for file in package.rglob("*.py")
        if not file.name.endswith("codes.py")
        for code in re.findall(r"PFB\d{3}", file.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


def test_the_page_of_the_other_problems_is_made_of_their_codes() -> None:
    tool = ROOT / "tools" / "problems_reference.py"
    result = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    titles = [one.title for one in CODES.values()]
    assert len(titles) == len(set(titles)), "two codes mean the same"
