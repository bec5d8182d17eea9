"""What build scripts read and do not announce: a table of small scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import announced
from support.build_scripts import CRATE, OTHER, findings, lines
from support.files import write

FILES = {
    "data/a.txt": "a",
    "data/b.txt": "b",
    "csrc/one.c": '#include "one.h"\n#include <stdio.h>\n',
    "csrc/one.h": "#include <deep.h>\n",
    "csrc/two.c": "",
    "include/deep.h": "",
    "src/lib.rs": "",
    "../beside/c.txt": "c",
}


CARGOS = """CARGO CARGO_MANIFEST_DIR CARGO_FEATURE_X CARGO_CFG_TARGET_OS CARGO_PKG_VERSION CARGO_ENCODED_RUSTFLAGS
    OUT_DIR TARGET HOST NUM_JOBS DEBUG OPT_LEVEL PROFILE RUSTC RUSTDOC RUSTC_WRAPPER RUSTC_LINKER DEP_PYTHON_PYO3_CONFIG
    PATH PYO3_PYTHON DOCS_RS"""


def told(root: Path) -> list[str]:
    """What the hints name, in order: "data/a.txt", "$NAME"."""
    named = [line for problem in findings(root) for line in lines(problem)]
    return [line.replace("-env-changed=", "-changed=$").partition("changed=")[2][:-3] for line in named]


# A body of main, and what the hints name.
TABLE = {
    "nothing": ("", []),
    "read, nothing announced: the package is looked at": ('fs::read("data/a.txt").unwrap();', []),
    "read, something announced": (OTHER + 'fs::read("data/a.txt").unwrap();', ["data/a.txt"]),
    "read_to_string": (OTHER + 'std::fs::read_to_string("data/a.txt").unwrap();', ["data/a.txt"]),
    "File::open": (OTHER + 'let f = std::fs::File::open("data/a.txt");', ["data/a.txt"]),
    "copy": (OTHER + 'fs::copy("data/a.txt", out.join("a")).unwrap();', ["data/a.txt"]),
    "a folder": (OTHER + 'for one in fs::read_dir("data").unwrap() {}', ["data"]),
    "announced": ('println!("cargo:rerun-if-changed=data/a.txt"); fs::read("data/a.txt");', []),
    "announced with two colons": ('println!("cargo::rerun-if-changed=data/a.txt"); fs::read("data/a.txt");', []),
    "announced by another name of it": ('println!("cargo:rerun-if-changed=./data/a.txt"); fs::read("data/a.txt");', []),
    "announced by folder": ('println!("cargo:rerun-if-changed=data"); fs::read("data/a.txt");', []),
    "announced by the package": ('println!("cargo:rerun-if-changed=."); fs::read("data/a.txt");', []),
    "a folder whose name only starts the same": (
        'println!("cargo:rerun-if-changed=dat"); fs::read("data/a.txt");',
        [],  # dat does not exist, so the script runs in each build
    ),
    "partially": (
        'println!("cargo:rerun-if-changed=data/a.txt"); fs::read("data/a.txt"); fs::read("data/b.txt");',
        ["data/b.txt"],
    ),
    "announced in a raw string": ('println!(r"cargo:rerun-if-changed=data/a.txt"); fs::read("data/a.txt");', []),
    "read in a raw string": (OTHER + 'fs::read(r#"data/a.txt"#);', ["data/a.txt"]),
    "several in one string": ('print!("cargo:rerun-if-changed=build.rs\\ncargo:rerun-if-changed=data\\n");', []),
    "two in one string, one read": (
        'print!("cargo:rerun-if-changed=build.rs\\ncargo:rerun-if-changed=data/a.txt\\n"); fs::read("data/b.txt");',
        ["data/b.txt"],
    ),
    "announced in a comment": (
        OTHER + '// println!("cargo:rerun-if-changed=data/a.txt");\nfs::read("data/a.txt");',
        ["data/a.txt"],
    ),
    "read in a comment": (OTHER + '/* /* fs::read("x") */ fs::read("data/a.txt"); */', []),
    "read in a string": (OTHER + 'let help = "fs::read(\\"data/a.txt\\")";', []),
    "announced on stderr": (
        OTHER + 'eprintln!("cargo:rerun-if-changed=data/a.txt"); fs::read("data/a.txt");',
        ["data/a.txt"],
    ),
    "a misspelt line": (
        OTHER + 'println!("cargo:rerun_if_changed=data/a.txt"); fs::read("data/b.txt");',
        ["data/b.txt"],
    ),
    "a name that cannot be seen": ('println!("cargo:rerun-if-changed={}", name); fs::read("data/a.txt");', []),
    "a name in braces": ('for f in FILES { println!("cargo:rerun-if-changed={f}"); } fs::read("data/a.txt");', []),
    "concat": ('println!(concat!("cargo:rerun-if-changed=", "data/a.txt")); fs::read("data/a.txt");', []),
    "a helper with a name": (OTHER + 'cargo_emit::rerun_if_changed!("data/a.txt"); fs::read("data/a.txt");', []),
    "a helper without": (OTHER + 'build::rerun_if_changed(&path); fs::read("data/a.txt");', []),
    "handed to something unknown": (OTHER + 'helper::watch("data/a.txt"); fs::read("data/a.txt");', []),
    "its folder handed to something unknown": (OTHER + 'helper::watch("data"); fs::read("data/a.txt");', []),
    "a function that prints cargo:": (OTHER + 'tell("rerun-if-changed=data/a.txt"); fs::read("data/a.txt");', []),
    "a path that cannot be seen": (OTHER + "fs::read(path);", []),
    "format!": (OTHER + 'fs::read(format!("{dir}/a.txt"));', []),
    "more than a literal": (OTHER + 'fs::read("data/a.txt".to_owned() + x);', []),
    "join": (OTHER + 'fs::read(Path::new("data").join("a.txt"));', ["data/a.txt"]),
    "the manifest's folder": (
        OTHER + 'fs::read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/a.txt"));',
        ["data/a.txt"],
    ),
    "concat! with the manifest's folder": (
        OTHER + 'fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/a.txt"));',
        ["data/a.txt"],
    ),
    "below OUT_DIR": (OTHER + 'fs::read(Path::new(&env::var("OUT_DIR").unwrap()).join("data/a.txt"));', []),
    "not there": (OTHER + 'fs::read("data/none.txt");', []),
    "an absolute path": (OTHER + 'fs::read("/etc/hosts");', []),
    "written by the script": (OTHER + 'fs::write("data/a.txt", "x"); fs::read("data/a.txt");', []),
    "its own file": (OTHER + 'fs::read("build.rs");', []),
    "include_str, which rustc follows": (OTHER + 'let t = include_str!("data/a.txt");', []),
    "an argument of a program": (OTHER + 'Command::new("cat").arg("data/a.txt").status();', []),
    "outside the package, nothing announced": ('fs::read("../beside/c.txt");', ["../beside/c.txt"]),
    "outside, announced": ('println!("cargo:rerun-if-changed=../beside"); fs::read("../beside/c.txt");', []),
    "outside, and one in the package that a first line would lose": (
        'fs::read("../beside/c.txt"); fs::read("data/a.txt");',
        ["../beside/c.txt", "data/a.txt"],
    ),
    "a file is announced that is not there: it runs each time": (
        'println!("cargo:rerun-if-changed=.git/HEAD"); fs::read("data/a.txt"); env::var("X");',
        [],
    ),
    "announced in a branch, read elsewhere": (
        'if x { println!("cargo:rerun-if-changed=data/b.txt"); } fs::read("data/a.txt");',
        [],
    ),
    "announced and read in the same branch": (
        'if x { println!("cargo:rerun-if-changed=data/b.txt"); fs::read("data/a.txt"); }',
        ["data/a.txt"],
    ),
    "announced in one arm, read in another": (
        'match x { 1 => println!("cargo:rerun-if-changed=data/b.txt"), _ => drop(fs::read("data/a.txt")) }',
        [],
    ),
    "announced under a cfg": ('#[cfg(unix)] println!("cargo:rerun-if-changed=build.rs"); fs::read("data/a.txt");', []),
    "a lifetime and a quote": (
        OTHER + "fn f<'a>(x: &'a str) -> char { '\"' } fs::read(\"data/a.txt\");",
        ["data/a.txt"],
    ),
    "a variable": ('std::env::var("DEMO_MODE");', ["$DEMO_MODE"]),
    "a variable, and a file that a first line would lose": (
        'env::var_os("DEMO_MODE"); fs::read("data/a.txt");',
        ["$DEMO_MODE", "data/a.txt"],
    ),
    "a variable, announced": ('println!("cargo:rerun-if-env-changed=DEMO_MODE"); env::var("DEMO_MODE");', []),
    "a variable, another announced": (
        'println!("cargo:rerun-if-env-changed=DEMO_MODES"); env::var("DEMO_MODE");',
        ["$DEMO_MODE"],
    ),
    "a variable, announced by a name that cannot be seen": (
        'println!("cargo:rerun-if-env-changed={name}"); env::var("DEMO_MODE");',
        [],
    ),
    "a variable, files that cannot be seen": (
        'println!("cargo:rerun-if-changed={name}"); env::var("DEMO_MODE");',
        ["$DEMO_MODE"],
    ),
    "a variable, twice": ('env::var("DEMO_MODE"); env::var("DEMO_MODE");', ["$DEMO_MODE"]),
    "a variable that the script sets": ('env::set_var("DEMO_MODE", "1"); env::var("DEMO_MODE");', []),
    "a variable whose name cannot be seen": ("env::var(name);", []),
    "all variables": ("for (name, value) in env::vars() {}", []),
    "a variable that rustc follows": ('option_env!("DEMO_MODE");', []),
    "variables that cargo sets": (
        " ".join(f'env::var("{name}");' for name in CARGOS.split()),
        [],
    ),
    "the compiler's variable, which cc announces": ('cc::Build::new().file(x).compile("x"); env::var("CC");', []),
    "the compiler's variable without cc": ('env::var("CC");', ["$CC"]),
    "pkg-config's": ('pkg_config::probe_library("x"); env::var("X_NO_PKG_CONFIG");', []),
    "cc: a source and its header": (
        'cc::Build::new().file("csrc/one.c").compile("x");',
        ["csrc/one.c", "csrc/one.h"],
    ),
    "cc: a folder of headers": (
        'cc::Build::new().file("csrc/one.c").include("include").compile("x");',
        ["csrc/one.c", "csrc/one.h", "include"],
    ),
    "cc: sources in a list": (
        'cc::Build::new().files(["csrc/one.c", "csrc/two.c"]).compile("x");',
        ["csrc/one.c", "csrc/one.h", "csrc/two.c"],
    ),
    "cc: in a variable": (
        'let mut build = cc::Build::new(); build.file("csrc/two.c"); build.compile("x");',
        ["csrc/two.c"],
    ),
    "cc: announced": ('println!("cargo:rerun-if-changed=csrc"); cc::Build::new().file("csrc/one.c").compile("x");', []),
    "cc: the header forgotten": (
        'println!("cargo:rerun-if-changed=csrc/one.c"); cc::Build::new().file("csrc/one.c").compile("x");',
        ["csrc/one.h"],
    ),
    "cc: told to announce no variables, so the package is looked at": (
        'cc::Build::new().file("csrc/one.c").emit_rerun_if_env_changed(false).compile("x");',
        [],
    ),
    "cc: and a file of the package read elsewhere, perhaps without cc": (
        'fs::read("data/a.txt"); if x { cc::Build::new().file("csrc/two.c").compile("x"); }',
        ["csrc/two.c"],
    ),
    "another crate's file()": (OTHER + 'other::Build::new().file("csrc/two.c").compile("x");', []),
    "cxx_build: the bridge and its source": (
        'cxx_build::bridge("src/lib.rs").file("csrc/two.c").compile("x");',
        ["src/lib.rs", "csrc/two.c"],
    ),
    "bindgen": (OTHER + 'bindgen::Builder::default().header("csrc/one.h").generate();', ["csrc/one.h"]),
    "bindgen that announces": (
        OTHER + 'bindgen::Builder::default().header("csrc/one.h").parse_callbacks(Box::new(CargoCallbacks::new()));',
        [],
    ),
    "cmake": (OTHER + 'cmake::build("csrc");', ["csrc"]),
    "pyo3_build_config announces nothing": ('pyo3_build_config::use_pyo3_cfgs(); fs::read("data/a.txt");', []),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_is_read_and_not_announced(name: str, tmp_path: Path) -> None:
    body, expected = TABLE[name]
    script = f"use std::{{env, fs}};\nfn main() {{\n{body}\n}}\n"
    root = write(tmp_path / "demo", {**FILES, "Cargo.toml": CRATE, "build.rs": script})
    assert told(root) == expected


def test_the_place_the_message_and_the_hint(tmp_path: Path) -> None:
    script = f'fn main() {{\n    {OTHER}\n    let text = std::fs::read("data/a.txt");\n}}\n'
    root = write(tmp_path / "demo", {**FILES, "Cargo.toml": CRATE, "build.rs": script})
    (problem,) = findings(root)
    assert problem.as_json() == {
        "code": "PFB280",
        "severity": "warning",
        "message": "the build script reads data/a.txt without telling cargo, which does not run it again when it "
        "changes",
        "file": "build.rs",
        "line": 3,
        "hint": 'add `println!("cargo:rerun-if-changed=data/a.txt");`',
    }
    write(root, {"build.rs": 'fn main() {\n    std::env::var("DEMO");\n}\n'})
    (problem,) = findings(root)
    assert (problem.code, str(problem.place)) == ("PFB281", "build.rs:2")
    assert "reads the variable DEMO without telling cargo" in problem.message
    assert problem.hint == (
        'add `println!("cargo:rerun-if-env-changed=DEMO");`; if these are its first such lines, cargo then watches '
        "only what they name: add one for every other file"
    )


@pytest.mark.parametrize(
    ("version", "expected"),
    [("", "cargo:r"), ('rust-version = "1.76"', "cargo:r"), ('rust-version = "1.77.0"', "cargo::r")],
)
def test_two_colons_only_where_each_supported_cargo_reads_them(version: str, expected: str, tmp_path: Path) -> None:
    script = 'fn main() { std::env::var("DEMO"); }'
    root = write(tmp_path, {"Cargo.toml": CRATE + version, "build.rs": script})
    assert f'"{expected}erun' in str(findings(root)[0].hint)


def test_the_rust_version_of_the_workspace_counts(tmp_path: Path) -> None:
    script = 'fn main() { std::env::var("DEMO"); }'
    workspace = '[workspace]\nmembers = ["one"]\n[workspace.package]\nrust-version = "1.83"\n'
    write(tmp_path, {"Cargo.toml": workspace, "one/Cargo.toml": CRATE + "rust-version.workspace = true"})
    write(tmp_path, {"one/build.rs": script})
    (problem,) = announced.check(tmp_path, [tmp_path / "one" / "Cargo.toml"])
    assert (str(problem.place), '"cargo::rerun' in str(problem.hint)) == ("one/build.rs:1", True)


def test_modules_of_a_script_count_for_reads_and_announcements(tmp_path: Path) -> None:
    main = 'mod tools;\n#[path = "other/place.rs"]\nmod named;\nfn main() { tools::all(); }\n'
    root = write(tmp_path, {**{k: v for k, v in FILES.items() if ".." not in k}, "Cargo.toml": CRATE, "build.rs": main})
    write(root, {"tools/mod.rs": "mod inner;", "other/place.rs": 'fn f() { std::env::var("FROM_NAMED"); }'})
    write(
        root,
        {"tools/inner.rs": 'fn g() {\n println!("cargo:rerun-if-changed=data/a.txt");\n fs::read("data/b.txt");\n}'},
    )
    assert [str(problem.place) for problem in findings(root)] == ["other/place.rs:1", "tools/inner.rs:3"]
    assert told(root) == ["$FROM_NAMED", "data/b.txt"]
    (root / "tools" / "inner.rs").write_text('fn g() { println!("cargo:rerun-if-env-changed=FROM_NAMED"); }')
    assert told(root) == []
    (root / "tools" / "inner.rs").unlink()  # it may announce anything
    assert told(root) == []


def test_the_script_that_the_manifest_names(tmp_path: Path) -> None:
    script = 'fn main() { std::env::var("DEMO"); }'
    root = write(tmp_path, {"Cargo.toml": CRATE, "build.rs": script, "build/main.rs": "\n" + script})
    assert [str(problem.place) for problem in findings(root)] == ["build.rs:1"]
    (root / "Cargo.toml").write_text(CRATE + 'build = "build/main.rs"\n')
    assert [str(problem.place) for problem in findings(root)] == ["build/main.rs:2"]
    (root / "Cargo.toml").write_text(CRATE + "build = false\n")
    assert findings(root) == []


def test_path_crates_are_looked_at_and_each_has_its_own_folder(tmp_path: Path) -> None:
    script = 'fn main() { println!("cargo:rerun-if-changed=build.rs"); std::fs::read("data.txt"); }'
    root = write(tmp_path / "demo", {"Cargo.toml": CRATE + '[dependencies]\ninner = { path = "../inner" }\n'})
    write(root, {"build.rs": script, "../inner/build.rs": script, "../inner/data.txt": "x"})
    write(root, {"../inner/Cargo.toml": CRATE.replace("demo", "inner")})
    assert [str(problem.place) for problem in findings(root)] == ["../inner/build.rs:1"]


def test_an_old_cc_announces_no_variables_so_the_package_is_looked_at(tmp_path: Path) -> None:
    script = 'fn main() { cc::Build::new().file("csrc/two.c").compile("x"); }'
    root = write(tmp_path / "demo", {**FILES, "Cargo.toml": CRATE, "build.rs": script})
    for version, expected in (("1.0.73", []), ("1.0.74", ["csrc/two.c"])):
        write(root, {"Cargo.lock": f'version = 3\n\n[[package]]\nname = "cc"\nversion = "{version}"\n'})
        assert told(root) == expected


def test_variables_that_a_dependency_may_announce_are_left_to_it(tmp_path: Path) -> None:
    """cryptography's build script reads OPENSSL_STATIC; openssl-sys announces it, and has ``links``."""
    script = 'fn main() { std::env::var("OPENSSL_STATIC"); std::env::var("INNER_MODE"); }'
    root = write(tmp_path, {"Cargo.toml": CRATE, "build.rs": script})
    assert told(root) == ["$OPENSSL_STATIC", "$INNER_MODE"]
    inner = CRATE.replace("demo", "inner") + 'links = "inner"\n'
    write(root, {"Cargo.toml": CRATE + '[dependencies]\nopenssl-sys = "0.9"\ninner = { path = "inner" }\n'})
    write(root, {"inner/Cargo.toml": inner, "inner/build.rs": 'fn main() { println!("cargo:root=x"); }'})
    assert told(root) == ["$INNER_MODE"]
    write(root, {"inner/build.rs": 'fn main() { println!("cargo:rerun-if-env-changed=INNER_MODE"); }'})
    assert told(root) == []


def test_many_files_of_a_folder_are_one_line(tmp_path: Path) -> None:
    names = [f"csrc/{name}.c" for name in "abcde"]
    calls = "".join(f'\n.file("{name}")' for name in names)
    script = f'fn main() {{ cc::Build::new(){calls}.compile("x"); }}'
    root = write(tmp_path, {**dict.fromkeys(names, ""), "Cargo.toml": CRATE, "build.rs": script})
    (problem,) = findings(root)
    assert "csrc/a.c, csrc/b.c, csrc/c.c and 2 more" in problem.message
    assert told(root) == ["csrc"]
    (root / "csrc" / "lib.rs").touch()  # the folder of a Rust file is not for one line
    assert told(root) == names
