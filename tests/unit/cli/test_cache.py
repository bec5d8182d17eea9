"""The command that shows and empties the compile cache."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.plain_project import environ


def test_the_command_shows_and_empties_it(tmp_path: Path, cache: Path) -> None:
    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyo3_features_backend", "cache", *words],
            capture_output=True,
            text=True,
            check=False,
            env=environ(),
        )

    assert "does not exist yet" in command("info").stdout
    assert command("clear").returncode == 0
    ours, other = cache / "targets" / "demo-abi3-0123456789abcdef", cache / "targets" / "other-abi3-0123456789abcdef"
    for folder in (ours, other):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"0" * 2048)
    state = '{"format": "pyo3-features-backend 3"}'
    (ours / "state.json").write_text(state)
    for folder in (cache, cache / "targets"):
        folder.chmod(0o700)
    for text in (None, "Signature: 8a477f597d28d172789f06886806bc55\n# cargo's\n"):
        if text:
            (cache / "CACHEDIR.TAG").write_text(text)
        refused = command("clear")
        assert (refused.returncode, "is not a compile cache" in refused.stderr) == (1, True)
    (cache / "CACHEDIR.TAG").write_text("# Made by pyo3-features-backend")
    facts = json.loads(command("info", "--json").stdout)
    assert [one["name"] for one in facts["targets"]] == [ours.name]
    assert facts["size"] == 2048 + len(state)
    assert "removed 2.0 KiB" in command("clear").stdout
    assert [ours.exists(), other.exists()] == [False, True]
    bad = subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "cache"],
        capture_output=True,
        text=True,
        check=False,
        env=environ(PYO3_FEATURES_BACKEND_CACHE_SIZE="much"),
    )
    assert (bad.returncode, "CACHE_SIZE: 'much' is not a size" in bad.stderr) == (1, True)
