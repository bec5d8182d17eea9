"""What each start of Python loads of an editable install, and with what the loader works."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import on_import

SOURCES = sorted(Path(on_import.__file__).parent.glob("*.py"))


def test_the_start_of_python_imports_nothing_more(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import on_import; on_import.install('demo.x'); import zlib; "
        "print(sorted(set(sys.modules) - before))"
    )
    folder = str(Path(on_import.__file__).parent.parent)
    words = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {folder!r}); {code}"]
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ast.literal_eval(result.stdout) == ["on_import", "zlib"]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="this Python does not list its standard library")
def test_the_loader_imports_only_the_standard_library_and_itself_in_the_oldest_python() -> None:
    for file in SOURCES:
        tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert all(name.name.partition(".")[0] in sys.stdlib_module_names for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1 or str(node.module).partition(".")[0] in {*sys.stdlib_module_names}
