"""Whether a compile can depend on the folder of an sdist, by the texts in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.model.graph import Graph, Script
from pyo3_features_backend.rebuild import folder
from pyo3_features_backend.rebuild.place import Compile
from pyo3_features_backend.rebuild.request import Build, Python
from support.files import put

MACRO = "use proc_macro::TokenStream;\n"


def is_seen(root: Path, texts: dict[str, str], script: str | None = None, macro: str | None = None) -> bool:
    for name, text in texts.items():
        put(root / name, text)
    scripts: tuple[Script, ...] = ()
    if script is not None:
        put(root / "build.rs", script)
        scripts = (Script("p", "build-script", root / "build.rs", local=True),)
    macros: tuple[Path, ...] = ()
    if macro is not None:
        put(root.parent / "published/src/lib.rs", MACRO + macro)
        macros = (root.parent / "published",)
    target = root / "target"
    graph = Graph(root / "Cargo.toml", root, target, target, (), ("p",), (), "", scripts, macros)
    call = Compile(graph, {}, (), ("release",), frozenset("p"))
    build = Build(root, "p", "on", {}, "rustc", (), Python("abi3", ""), (call,), print)
    outputs = root.parent / "release"
    outputs.mkdir(exist_ok=True)
    return folder.is_seen(build, [call], [str(root / name) for name in texts], [outputs])


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("src/lib.rs", 'const A: &str = env!("CARGO_PKG_NAME");', False),
        ("src/lib.rs", 'const A: &str = env!(\n  "CARGO_PKG_NAME"\n);', False),
        ("src/lib.rs", "fn main() { for name in std::env::args() {} }", False),
        ("src/lib.rs", '//! `env!("CARGO_MANIFEST_DIR")` is not used\nfn main() {}', False),
        ("src/lib.rs", "// CARGO_MANIFEST_DIR\n" + " " * 60_000, False),
        ("src/lib.rs", "// CARGO_MANIFEST_DIR\n" + " " * 70_000, True),  # too long to look at each word
        ("src/lib.rs", '// CARGO_MANIFEST_DIR\nconst A: &str = env!("CARGO_MANIFEST_DIR");', True),
        ("src/lib.rs", '/*\n// */ const A: &str = env!("CARGO_MANIFEST_DIR");', True),
        ("src/lib.rs", 'const A: &str = env!("CARGO_MANIFEST_DIR");', True),
        ("src/lib.rs", 'const A: &str = concat!("\n// in ", env!("CARGO_MANIFEST_DIR"));', True),
        ("src/lib.rs", 'const A: &str = concat!(r#"\n// in "#, env!("CARGO_MANIFEST_DIR"));', True),
        ("src/where.in", 'env!("CARGO_MANIFEST_DIR")', True),
        ("src/no-suffix", 'option_env!("CARGO_MANIFEST_PATH")', True),
        ("src/lib.rs", 'const A: &str = env!(concat!("CARGO_MANI", "FEST_DIR"));', True),
        ("src/lib.rs", 'const A: &str = env!("CARGO\\u{5f}MANIFEST_DIR");', True),
        ("src/lib.rs", "macro_rules! m { ($a:expr) => { option_env! { $a } } }", True),
    ],
)
def test_what_a_source_says_of_its_folder(name: str, text: str, seen: bool, tmp_path: Path) -> None:
    assert is_seen(tmp_path / "p", {name: text}) is seen


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("fn main() {}", False),
        ('fn main() { println!("{}", std::env::var("TARGET").unwrap()); }', False),
        ('fn main() { println!("{}", std::env::var("CARGO_MANIFEST_DIR").unwrap()); }', True),
        ('fn main() { println!("{:?}", std::env::current_dir()); }', True),
    ],
)
def test_what_a_build_script_sees(script: str, seen: bool, tmp_path: Path) -> None:
    assert is_seen(tmp_path / "p", {"src/lib.rs": ""}, script=script) is seen


@pytest.mark.parametrize(
    ("macro", "seen"),
    [
        ("fn a() { TokenStream::new() }", False),
        ('fn a() { std::env::var("CARGO_MANIFEST_DIR") }', True),
        ("fn a() { std::env::current_dir() }", True),
    ],
)
def test_what_a_published_macro_sees(macro: str, seen: bool, tmp_path: Path) -> None:
    assert is_seen(tmp_path / "p", {"src/lib.rs": ""}, macro=macro) is seen


def test_a_path_in_an_artefact(tmp_path: Path) -> None:
    put(tmp_path / "release/libp.so", f"\0{tmp_path}/p/src/lib.rs\0")
    assert is_seen(tmp_path / "p", {"src/lib.rs": ""})
    put(tmp_path / "release/libp.so", "\0src/lib.rs\0")
    assert not is_seen(tmp_path / "p", {"src/lib.rs": ""})
