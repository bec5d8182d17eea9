"""The keys of the settings: each is a field, and the reference says the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from pyo3_features_backend.model.settings import KEYS, TABLE, Settings
from support.examples import ROOT
from support.readers import in_table, settings_of


def test_each_key_is_a_field_of_the_settings_and_its_example_is_possible() -> None:
    assert tuple(key.field for key in KEYS) == Settings._fields[: len(KEYS)]
    for key in KEYS:
        assert key.accepts(key.example), key.name
        default = Settings._field_defaults[key.field]
        assert default is None or key.accepts(list(default) if isinstance(default, tuple) else default), key.name
        text = f"{key.name} = {json.dumps(key.example)}"
        value = getattr(in_table(text), key.field)
        assert (list(value) if isinstance(value, tuple) else value) == key.example
        plain = ",".join(value) if isinstance(value, tuple) else str(value)
        assert getattr(settings_of("", {key.variable: plain}), key.field) == value
        assert getattr(settings_of("", None, {f"{TABLE}.{key.name}": plain}), key.field) == value


def _reference(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tools" / "settings_reference.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_schema_file_and_the_reference_are_those_of_the_model(tmp_path: Path) -> None:
    result = _reference(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    made = ("docs/settings.md", "pyo3_features_backend/data/settings.schema.json")
    for file in ("tools/generated.py", "tools/settings_reference.py", *made):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    assert _reference(tmp_path).returncode == 0
    page = tmp_path / "docs" / "settings.md"
    page.write_text(page.read_text(encoding="utf-8").replace("Default: `[]`", "Default: none", 1), encoding="utf-8")
    stale = _reference(tmp_path)
    assert stale.returncode == 1
    assert "-Accepts a list of strings. Default: none." in stale.stdout
