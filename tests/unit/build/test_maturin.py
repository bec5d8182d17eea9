"""Builds through maturin: what is told before anything is compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.examples import example


def test_a_missing_delegate_is_one_message(tmp_path: Path) -> None:
    code = "import sys; sys.modules['maturin'] = None; import pyo3_features_backend as b; b.build_wheel('.')"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=example("hello", tmp_path), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "maturin is not installed" in result.stderr
    assert "Traceback" not in result.stderr
