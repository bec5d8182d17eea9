"""What the text of a build script shows that it can see."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.model.graph import Script
from pyo3_features_backend.rebuild import scripts

KNOWN = {
    "fn main() {}": [],
    'fn main() { println!("cargo:rustc-cfg=a"); }': [],
    "use pyo3_build_config::use_pyo3_cfgs;\nfn main() { use_pyo3_cfgs(); }": [],
    """
    // why: http://example.org "; std::process::Command
    #![allow(clippy::pedantic)]
    fn main() {
        if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("macos") && !(1 == 2) {
            println!("cargo:rustc-link-arg=-Wl,-headerpad_max_install_names");
        }
    }
    """: ["CARGO_CFG_TARGET_OS"],
    """
    use std::env;
    fn main() {
        if let Some(true) = version_check::supports_feature("x") { println!("cargo:rustc-cfg=x"); }
        let n = u64::from_str_radix(&env::var( "DEP_OPENSSL_VERSION_NUMBER" ).unwrap(), 16).unwrap();
        println!("cargo:rustc-env=N={n}");
    }
    """: ["DEP_OPENSSL_VERSION_NUMBER"],
    """
    fn main() {
        let table = std::fs::read_to_string("data/table.csv").unwrap().trim().parse::<i64>().unwrap();
        let out = std::env::var("OUT_DIR").unwrap();
        std::fs::write(out + "/made.rs", format!("const MADE: i64 = {};", table)).unwrap();
    }
    """: ["OUT_DIR"],
}
UNKNOWN = [
    'fn main() { let _q = \'r: loop { break \'r"\\""; }; let d = std::env::current_dir().unwrap(); }',
    '#!/usr/bin/env -S cargo "\nfn main() { std::env::current_dir(); }',
    '#[attribute_macro::runs("x")]\nfn main() {}',
    "#[derive(some_crate::Embed)]\nstruct A;\nfn main() {}",
    "#[cfg_attr(all(), some_crate::runs)]\nfn main() {}",
    'fn main() { if std::fs::create_dir("../x").is_err() { println!("cargo:rustc-cfg=x"); } }',
    'fn main() { std::process::Command::new("pwd"); }',
    "fn main() { let _ = std::env::current_dir(); }",
    "use std::env::current_dir as env;\nfn main() { env(); }",
    "use std::*;\nfn main() {}",
    'fn main() { let _ = "x".parse::<std::path::PathBuf>().unwrap().canonicalize(); }',
    'fn main() { std::fs::read_to_string("../x").unwrap(); }',
    'fn main() { std::fs::read_to_string("/proc/self/environ").unwrap(); }',
    'fn main() { std::fs::read_to_string(format!("x")).unwrap(); }',
    'fn main() { std::env::var(concat!("A", "B")); }',
    'fn main() { let f = std::env::var; f("A"); }',
    'fn main() { std::env::var("A".repeat(2)); }',
    "fn main() { for (a, b) in std::env::vars() {} }",
    'fn main() { println!("{}", env!("CARGO_MANIFEST_DIR")); }',
    'fn main() { println!("{}", file!()); }',
    'include!("more.rs");',
    "mod more;\nfn main() { more::run(); }",
    "mod more { pub fn run() {} }\nfn main() {}",
    'extern crate cc;\nfn main() { cc::Build::new().file("a.c").compile("a"); }',
    'fn main() { cc::Build::new().file("a.c").compile("a"); }',
    'extern "C" { fn getcwd(); }\nfn main() { unsafe { getcwd() } }',
    "fn main() { ::std::env::current_dir(); }",
    "fn main() { let _ = pyo3_build_config::get(); }",
    "fn main() { <std::fs::File as std::io::Read>::read(); }",
    'fn main() { println!("http://"); std::env::current_dir(); }',
    'fn main() { println!("\\""); std::env::current_dir(); // "\n }',
    'fn main() { r#"""#; std::env::current_dir(); }',
    "fn main() { std :: env :: current_dir(); }",
    "fn main() { std/**/::/**/env::current_dir(); }",
    "macro_rules! m { () => { } }\nfn main() { m!() }",
]


@pytest.mark.parametrize("text", KNOWN)
def test_a_script_of_harmless_parts_sees_the_variables_that_it_reads(text: str, tmp_path: Path) -> None:
    file = tmp_path / "build.rs"
    file.write_text(text)
    assert scripts.variables(Script("own", "build-script", file, True)) == frozenset(KNOWN[text])
    assert scripts.variables(Script("own", "proc-macro", file, True)) is None


@pytest.mark.parametrize("text", UNKNOWN)
def test_any_other_script_may_see_everything(text: str) -> None:
    assert scripts.read(text) is None


def test_a_script_that_cannot_be_read_may_see_everything(tmp_path: Path) -> None:
    assert scripts.variables(Script("own", "build-script", tmp_path / "build.rs", True)) is None
    (tmp_path / "build.rs").write_bytes(b'// a\r "\nfn main() { std::env::current_dir(); } // "')
    assert scripts.variables(Script("own", "build-script", tmp_path / "build.rs", True)) is None
    (tmp_path / "build.rs").write_bytes(b"fn main() {} // \xff")
    assert scripts.variables(Script("own", "build-script", tmp_path / "build.rs", True)) is None


@pytest.mark.parametrize(
    ("names", "known"),
    [
        ([], True),
        (["CARGO_CFG_TARGET_OS", "OUT_DIR", "DEP_A_B"], True),
        (["CARGO_MANIFEST_DIR"], False),
        (["PYO3_PYTHON"], False),
        (["PATH"], False),
        (["CARGO_PKG_VERSION"], False),
    ],
)
def test_which_variables_are_the_same_for_every_python_and_folder(names: list[str], known: bool) -> None:
    assert scripts.is_from_cargo(frozenset(names)) is known
    assert not scripts.is_from_cargo(None)


def test_the_files_that_a_known_script_reads_are_among_its_words(tmp_path: Path) -> None:
    file = tmp_path / "build.rs"
    script = Script("p", "build-script", file, local=True)
    file.write_text('fn main() { let _ = std::fs::read("data/x.in"); let _ = std::fs::read_to_string("y"); }')
    assert scripts.variables(script) == frozenset() and scripts.words(script) == {"data/x.in", "y"}
    file.write_bytes(b"\xff")
    assert scripts.variables(script) is None and scripts.words(script) == set()
