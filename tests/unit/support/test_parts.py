"""``--parts N``: each day another part of the cases of each test that compiles."""

from __future__ import annotations

import os
import subprocess
import sys

from support.examples import ROOT

FILES = ("tests/builds/test_one_compile.py", "tests/unit/support/test_seed.py")
CHOSEN = ("tests/builds/test_warm_equals_cold.py",)


def collected(files: tuple[str, ...], parts: int, seed: int) -> set[str]:
    words = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", f"--parts={parts}", *files]
    environ = {**os.environ, "PFB_SEED": str(seed)}
    result = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False, env=environ
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return {line for line in result.stdout.splitlines() if "::" in line}


def test_two_days_have_all_cases_and_each_has_every_test() -> None:
    whole, first, second = collected(FILES, 1, 10), collected(FILES, 2, 10), collected(FILES, 2, 11)
    assert first | second == whole
    assert first < whole and second < whole
    assert functions(first) == functions(second) == functions(whole)
    others = {case for case in whole if case.startswith(FILES[1])}
    assert others and others <= first & second


def test_what_the_day_has_chosen_is_whole() -> None:
    assert collected(CHOSEN, 3, 10) == collected(CHOSEN, 1, 10)


def functions(cases: set[str]) -> set[str]:
    return {case.partition("[")[0] for case in cases}
