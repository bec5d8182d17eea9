"""What a command of setup.py changes after the build was planned, in one build and not in the next; with old times."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from support.plain_project import FILES, Project, edit, packages, with_command

pytestmark = pytest.mark.build

DEP = FILES["vendor/dep/src/lib.rs"]
READS = 'fn main() {{ println!("cargo:rerun-if-changed=build.rs"); println!("cargo:rustc-env=N={{}}", {}); }}'


class Change(NamedTuple):
    """What the command copies or runs if the file SAID is there; what SAID holds for a number; how a crate reads it."""

    code: str
    said: str
    build: str = ""  # the build script of the vendored crate, which sets N
    own: str = ""  # an expression in the project's own build script, instead of that for DEMO_DIR


CHANGES = {
    "a vendored crate": Change("shutil.copy2(SAID, 'vendor/dep/src/lib.rs')", DEP(7)),
    "cargo's configuration": Change("shutil.copy2(SAID, '.cargo/config.toml')", '[env]\nDEMO_DIR = "7"\n'),
    "a file that a variable names": Change(
        "shutil.copy2(SAID, os.environ['NAMED'])", "7", own='std::fs::read_to_string(std::env::var("NAMED").unwrap())'
    ),
    "a variable of published crates": Change(
        "os.environ.update(DEPLIB_DIR=open(SAID).read())",
        "7",
        build=READS.format('std::env::var("DEPLIB_DIR").unwrap_or("0".into())'),
    ),
    "an empty folder": Change(
        "os.mkdir('flag')",
        "",
        own='Ok::<_, std::env::VarError>(if std::path::Path::new("flag").exists() { "7" } else { "0" })',
    ),
    "the profile": Change("[setattr(e, 'args', ['--profile', 'fast']) for e in self.distribution.rust_extensions]", ""),
}


# In a source tree it counts only if the build script announces it.
CASES = [
    (what, source) for what in CHANGES for source in ("tree", "sdist") if (what, source) != ("an empty folder", "tree")
]


@pytest.mark.parametrize(("what", "source"), CASES)
def test_what_a_command_changes_counts_in_that_build_and_in_no_other(
    what: str, source: str, tmp_path: Path, cache: Path
) -> None:
    change = CHANGES[what]
    vendored = bool(change.build) or what == "a vendored crate"
    project = Project(tmp_path, "setuptools-rust", vendored=vendored)
    tree, said, named = project.tree({}), tmp_path / "said", tmp_path / "named.txt"
    setup, manifest = (tree / "setup.py").read_text(), (tree / "Cargo.toml").read_text()
    code = f"{change.code} if os.path.exists(SAID) else None".replace("SAID", repr(str(said)))
    for number in (0, 7, 0):
        folder = project.write({}) if source == "sdist" else tree
        edit(folder / "setup.py", with_command(setup, code))
        edit(named, "0")
        if not vendored:
            edit(folder / ".cargo/config.toml", '[env]\nDEMO_DIR = "0"\n')
            text = folder.joinpath("build.rs").read_text()
            if change.own:
                text = text.replace('std::env::var("DEMO_DIR")', change.own).replace(
                    "word.parse()", "word.trim().parse()"
                )
            edit(folder / "build.rs", text)
        if what == "a vendored crate":
            edit(folder / "vendor/dep/src/lib.rs", DEP(0))
        if change.build:
            edit(folder / "vendor/dep/build.rs", change.build)
            edit(folder / "vendor/dep/src/lib.rs", 'pub fn dep() -> i64 { env!("N").parse().unwrap() }')
        if what == "the profile":
            text = 'debug-assertions = true\n[lints.rust]\nunexpected_cfgs = "allow"\n'
            edit(folder / "Cargo.toml", f'{manifest}\n[profile.fast]\ninherits = "release"\n{text}')
            assertions = "0 + if cfg!(debug_assertions) { 7 } else { 0 } +"
            edit(folder / "src/lib.rs", FILES["src/lib.rs"](0).replace("0 +", assertions).replace("dep::dep()", "0"))
        if (folder / "flag").exists():
            (folder / "flag").rmdir()
        if number:
            edit(said, change.said)
        else:
            said.unlink(missing_ok=True)
        assert project.rebuild(folder, NAMED=str(named))[0] == number
    if source == "tree":
        project.rebuild(folder, NAMED=str(named))
        assert packages(project.rebuild(folder, NAMED=str(named))[1]) == []
