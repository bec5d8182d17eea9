"""``--parts N``: each day another part of the tests that compile."""

from __future__ import annotations

import os
import subprocess
import sys

from support.examples import ROOT

FILES = ("tests/builds/test_one_compile.py", "tests/unit/support/test_seed.py")


def collected(parts: int, seed: int) -> set[str]:
    words = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", f"--parts={parts}", *FILES]
    environ = {**os.environ, "PFB_SEED": str(seed)}
    result = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False, env=environ
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return {line for line in result.stdout.splitlines() if "::" in line}


def test_two_days_have_all_tests_that_compile_and_each_day_has_the_others() -> None:
    whole, first, second = collected(1, 10), collected(2, 10), collected(2, 11)
    assert first | second == whole
    others = {name for name in whole if FILES[1] in name}
    assert first & second == others != set()
    assert others < first < whole and others < second < whole
