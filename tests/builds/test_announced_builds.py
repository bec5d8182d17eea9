"""What is found in a build script, with cargo as the witness."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from support.build_scripts import CRATE, OTHER, findings, lines
from support.files import write

pytestmark = pytest.mark.build


SCRIPT = """use std::{{env, fs}};

fn main() {{
    {first}
    let seen = {read};
    println!("cargo:rustc-env=SEEN={{}}", seen.trim());
    env::var("OUT_DIR").unwrap();
}}
"""


def cargo(root: Path, **environment: str) -> str:
    """What the program says that was built from the crate in ``root``."""
    env = {**os.environ, "CARGO_TARGET_DIR": str(root.parent / "target"), **environment}
    ran = subprocess.run(
        ["cargo", "run", "-q", "--offline"], cwd=root, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def newer(file: Path, text: str, seconds: int) -> None:
    """Write a file with a time that is newer than all that cargo made."""
    file.write_text(text)
    then = time.time() + seconds
    os.utime(file, (then, then))


@pytest.mark.parametrize(
    ("first", "read", "file", "noticed"),
    [
        (OTHER, 'fs::read_to_string("data.txt").unwrap()', "data.txt", False),
        ("", 'fs::read_to_string("../beside.txt").unwrap()', "../beside.txt", False),
        ("", 'env::var("DEMO_MODE").unwrap()', None, False),
        ("", 'fs::read_to_string("data.txt").unwrap()', "data.txt", True),
    ],
    ids=["another file is announced", "outside the package", "a variable", "no finding: nothing is announced"],
)
def test_a_finding_is_true_and_its_hint_mends_it(
    first: str, read: str, file: str | None, noticed: bool, tmp_path: Path
) -> None:
    script = SCRIPT.format(first=first, read=read)
    root = write(tmp_path / "demo", {"Cargo.toml": CRATE, "build.rs": script})
    write(root, {"src/main.rs": 'fn main() { println!("{}", env!("SEEN")); }', **({file: "one"} if file else {})})

    def with_(text: str, seconds: int) -> str:
        if file:
            newer(root / file, text, seconds)
        return cargo(root, DEMO_MODE=text)

    assert with_("one", 0) == "one"
    assert with_("two", 5) == ("two" if noticed else "one")
    problems = findings(root)
    assert (problems == []) is noticed
    if noticed:
        return
    added = "\n    ".join(line for problem in problems for line in lines(problem))
    newer(root / "build.rs", script.replace("    let seen", f"    {added}\n    let seen"), 10)
    assert findings(root) == []
    assert with_("three", 15) == "three"
    assert with_("four", 20) == "four"
