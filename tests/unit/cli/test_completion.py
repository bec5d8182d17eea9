"""The verb that prints the scripts."""

from __future__ import annotations

from argparse import Namespace

import pytest

from pyo3_features_backend import cli
from pyo3_features_backend.cli import completion


@pytest.mark.parametrize("shell", completion.Shell)
def test_each_shell_has_a_script_with_every_verb(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert completion.run(Namespace(shell=str(shell))) == 0
    script = capsys.readouterr().out
    assert script == completion.text(shell)
    assert script.endswith("\n") and "\x1b" not in script
    assert [verb for verb in cli.VERBS if verb not in script] == []
    assert "PFB272" in script
