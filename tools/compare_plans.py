"""Whether two commits decide the same: what `explain`, `matrix` and `check` print as JSON, for many projects.

    python tools/compare_plans.py COMMIT [--corpus] [FOLDER ...]

COMMIT is compared with the checkout that this script lies in, for the examples and for each FOLDER; ``--corpus`` adds
the real projects and setuptools-rust's own examples, which are downloaded. Prints each difference; 1 if there is any.
The plans are for the running Python, which needs this backend's command dependencies, maturin and setuptools-rust.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERBS = (["explain", "--json"], ["matrix", "--json"], ["check", "--json"], ["args", "--json"])


def projects(folders: list[Path], corpus: bool, scratch: Path) -> Iterator[Path]:
    """The folders of all projects to compare."""
    yield from sorted(path.parent for path in (ROOT / "examples").glob("*/pyproject.toml"))
    yield from folders
    if corpus:
        sys.path.insert(0, str(ROOT / "tests"))
        from support.corpus import SDISTS, fetch

        for name in SDISTS:
            tree = fetch(name, scratch / name)
            yield tree
            yield from sorted(path.parent for path in (tree / "examples").glob("*/pyproject.toml"))


def answer(checkout: Path, project: Path, verb: list[str]) -> list[str]:
    """The lines that a verb prints, and its exit status."""
    # From outside the project: a pyo3_features_backend in the current folder would win.
    command = [sys.executable, "-P", "-m", "pyo3_features_backend", "-C", str(project), *verb]
    if sys.version_info < (3, 11):
        command.remove("-P")
    env = {**os.environ, "PYTHONPATH": str(checkout), "SETUPTOOLS_SCM_PRETEND_VERSION": "0"}
    result = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)
    try:
        printed = json.dumps(json.loads(result.stdout), indent=1, sort_keys=True)
    except ValueError:
        printed = result.stdout
    said = result.stderr if result.returncode and not result.stdout else ""
    return [f"exit status {result.returncode}", *printed.splitlines(), *said.replace(str(checkout), "").splitlines()]


def main() -> int:
    """Compare; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--verb", action="append", help="one of them only: explain, matrix, check or args")
    parser.add_argument("--corpus", action="store_true", help="the real projects of the tests, too")
    options = parser.parse_args()
    different = count = 0
    with tempfile.TemporaryDirectory() as name:
        other = Path(name, "other")
        subprocess.run(["git", "worktree", "add", "-q", "--detach", str(other), options.commit], cwd=ROOT, check=True)
        try:
            for project in projects([folder.resolve() for folder in options.folders], options.corpus, Path(name)):
                for verb in [verb for verb in VERBS if not options.verb or verb[0] in options.verb]:
                    count += 1
                    before, after = answer(other, project, verb), answer(ROOT, project, verb)
                    if before != after:
                        different += 1
                        title = f"{project.name}: {' '.join(verb)}"
                        print(
                            "\n".join(
                                difflib.unified_diff(before, after, f"{title}, before", f"{title}, after", lineterm="")
                            )
                        )
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], cwd=ROOT, check=True)
    print(f"{count} answers compared, {different} differ")
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
