"""The recorded call of cargo."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from pyo3_features_backend.delegates.recorder import recording


@pytest.mark.skipif(os.name != "posix", reason="a shell script")
def test_a_call_of_cargo_is_recorded_and_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "it's here" / "cargo"
    real.parent.mkdir()
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$PATH" "$@"\nexit 3\n')
    real.chmod(0o755)
    path = f"{real.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
    monkeypatch.setenv("PATH", path)
    monkeypatch.delenv("CARGO", raising=False)
    with recording() as recorder:
        assert recorder is not None
        environ = {**os.environ, **recorder.path, "MADE": "caf\xe9 'quoted'"}
        for words in (["metadata"], ["rustc", "--lib", "a b"], ["rustc", "--lib", "a b"]):
            result = subprocess.run(["cargo", *words], env=environ, cwd=tmp_path, capture_output=True, text=True)
            assert result.returncode == 3
            assert result.stdout.splitlines() == [path, *words]
        (call,) = recorder.calls()
    assert call.arguments == ("rustc", "--lib", "a b")
    assert call.folder == str(tmp_path.resolve())
    assert call.environ["MADE"] == environ["MADE"]
    assert "PATH" not in call.environ
    assert json.dumps(call.environ)
