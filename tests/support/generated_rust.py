"""The Rust of a generated project: each library says where its numbers came from, line by line."""

from __future__ import annotations

from support.generated_projects import FOLDERS, SCRIPTS, Crate, Layout, Reading, State, join, relative

# The paths are those of the crate in which a macro is used. What ``folder`` finds is included: rustc knows of the files
# that there were, and of no other.
MACROS = """// {again}
use proc_macro::TokenStream;
fn word(input: TokenStream) -> String {{ input.to_string().replace(['"', ' '], "") }}
fn path(input: TokenStream) -> std::path::PathBuf {{
    std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(word(input))
}}
fn literal(text: &str) -> TokenStream {{ format!("{{:?}}", text.trim()).parse().unwrap() }}
#[proc_macro] pub fn code(_: TokenStream) -> TokenStream {{ literal("{number}") }}
#[proc_macro] pub fn file(input: TokenStream) -> TokenStream {{
    literal(&std::fs::read_to_string(path(input)).unwrap())
}}
#[proc_macro] pub fn variable(input: TokenStream) -> TokenStream {{
    literal(&std::env::var(word(input)).unwrap_or("unset".to_string()))
}}
#[proc_macro] pub fn folder(input: TokenStream) -> TokenStream {{
    let mut files: Vec<_> = std::fs::read_dir(path(input)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut sum = String::from("String::new()");
    for file in files {{
        let name = file.file_name().unwrap().to_str().unwrap().to_string();
        sum += &format!("+ {{:?}} + include_str!({{:?}}).trim() + \\";\\"", name + ":", file);
    }}
    sum.parse().unwrap()
}}
"""
SCRIPT_HEAD = """// {again}
use std::env::var;
use std::fs::{read_to_string, write};
#[allow(unused)]
fn folder(path: &str) -> String {
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        format!("{}:{};", name, read_to_string(file).unwrap().trim())
    }).collect()
}
#[allow(unused)]
fn run(program: &str, words: &[&str]) {
    assert!(std::process::Command::new(program).args(words).status().unwrap().success());
}
#[allow(unused)]
fn main() {
    let out = var("OUT_DIR").unwrap();
"""


def library(layout: Layout, crate: Crate, state: State) -> str:
    """lib.rs: ``told()`` is the text that the wheel answers with."""
    head = "#![allow(warnings)]\n"
    rows = [f'"{crate.name}.code={state["code " + crate.name]}".to_string()']
    for reading in crate.readings:
        if reading.how == "module":
            head += f'#[path = "{relative(reading.path, join(crate.folder, "src"))}"] mod {reading.name};\n'
        if reading.how == "C":
            named = "".join(f"fn {reading.name}_{part}() -> i64; " for part in ("source", "header", "tool"))
            head += f'extern "C" {{ {named}}}\n'
        rows.append(f'format!("{crate.name}.{reading.name}={{}}", {_expression(crate, reading)})')
    if crate.expands:
        rows.append(f'format!("{crate.name}.macros={{}}", macros::code!())')
    if crate == layout.root and layout.level:
        level = 'if cfg!(level = "1") { 1 } else if cfg!(level = "2") { 2 } else if cfg!(level = "3") { 3 } else { 0 }'
        rows.append(f'format!("{crate.name}.level={{}}", {level})')
    if crate == layout.root and layout.linker:
        head += 'extern "C" { fn linked() -> i64; }\n'
        rows.append(f'format!("{crate.name}.linked={{}}", unsafe {{ linked() }})')
    for name in crate.used(state):
        optional = crate == layout.root and layout.crate(name).optional
        gate = f'#[cfg(feature = "with_{name}")] ' if optional else ""
        rows.append(f"{gate}{name}::told()")
    pushes = "".join(_push(row) for row in rows)
    text = f'{head}pub fn told() -> String {{\n    let mut lines = Vec::new();\n{pushes}    lines.join("\\n")\n}}\n'
    if crate in (layout.root, layout.second) and layout.delegate == "setuptools-rust":
        text += '#[no_mangle] pub extern "C" fn answer() -> *const std::os::raw::c_char {\n'
        text += "    std::ffi::CString::new(told()).unwrap().into_raw()\n}\n"
    return text + ("fn {\n" if f"broken {crate.name}" in state else "")


def _push(row: str) -> str:
    gate, _, value = row.rpartition("] ") if row.startswith("#[cfg") else ("", "", row)
    return f"    {gate + '] ' if gate else ''}lines.push({value});\n"


def _expression(crate: Crate, reading: Reading) -> str:
    """Rust for the number, or for the text, that a reading gives."""
    name, how = reading.name, reading.how
    from_source = relative(reading.path, join(crate.folder, "src"))
    from_package = relative(reading.path, crate.folder)
    return {
        "include_str": f'include_str!("{from_source}").trim()',
        "include_bytes": f'String::from_utf8_lossy(include_bytes!("{from_source}")).trim()',
        "include": f'{{ let number: i64 = include!("{from_source}"); number }}',
        "module": f"{name}::NUMBER",
        "script": f'env!("SAID_{name}")',
        "script-out": f'include!(concat!(env!("OUT_DIR"), "/{name}.rs"))',
        "script-folder": f'env!("SAID_{name}")',
        "script-variable": f'env!("SAID_{name}")',
        "C": f'unsafe {{ format!("{{}},{{}},{{}}", {name}_source(), {name}_header(), {name}_tool()) }}',
        "macro-file": f"macros::file!({_words(from_package, reading.apart)})",
        "macro-folder": f"macros::folder!({_words(from_package, reading.apart)})",
        "macro-variable": f"macros::variable!({_words(reading.variable, reading.apart)})",
        "env": f'env!("{reading.variable}")',
        "option_env": f'option_env!("{reading.variable}").unwrap_or("unset")',
    }[how]


def _words(name: str, apart: bool, between: str = " ") -> str:
    """A name as Rust's literal, or as two, so that nothing can find it that only looks for names in the sources."""
    middle = len(name) // 2
    return f'"{name[:middle]}"{between}"{name[middle:]}"' if apart else f'"{name}"'


def build_script(crate: Crate, state: State) -> str:
    rows = [row for reading in crate.readings if reading.how in SCRIPTS for row in _script(crate, reading, state)]
    head = SCRIPT_HEAD.replace("{again}", str(state.get(f"again {crate.name}", 0)))
    return head + "".join(f"    {row}\n" for row in rows) + "}\n"


def _script(crate: Crate, reading: Reading, state: State) -> list[str]:
    """What the build script does for one reading, and what it announces of it."""
    name, path = reading.name, relative(reading.path, crate.folder)
    value = f"&[{_words(reading.variable or path, reading.apart, ', ')}].concat()"
    rows = {
        "script": [f'println!("cargo:rustc-env=SAID_{name}={{}}", read_to_string({value}).unwrap().trim());'],
        "script-out": [
            f'write(out.clone() + "/{name}.rs", format!("{{:?}}", read_to_string({value}).unwrap().trim())).unwrap();'
        ],
        "script-folder": [f'println!("cargo:rustc-env=SAID_{name}={{}}", folder({value}));'],
        "script-variable": [
            f'let said = var({value}).unwrap_or("unset".to_string());',
            f'println!("cargo:rustc-env=SAID_{name}={{}}", said);',
        ],
        "C": _compile(crate, reading),
    }[reading.how]
    folder = path.rpartition("/")[0] or "."
    if reading.announced == "variable":
        rows.append(f'println!("cargo:rerun-if-env-changed={reading.variable}");')
    elif reading.announced == "folder":
        rows.append(f'println!("cargo:rerun-if-changed={path if reading.how in FOLDERS else folder}");')
    elif reading.announced == "file" and reading.how in FOLDERS:
        each = f'for file in std::fs::read_dir("{path}").unwrap() {{'
        rows.append(each + ' println!("cargo:rerun-if-changed={}", file.unwrap().path().display()); }')
    elif reading.announced == "file":
        rows.append(f'println!("cargo:rerun-if-changed={path}");')
    if reading.header_announced:
        rows.append(f'println!("cargo:rerun-if-changed={relative(reading.header, crate.folder)}");')
    return rows


def _compile(crate: Crate, reading: Reading) -> list[str]:
    name = reading.name
    source = relative(reading.path, crate.folder)
    headers = relative(reading.header.rpartition("/")[0], crate.folder)
    return [
        'let cc = var("CC").unwrap_or("cc".to_string());',
        f'let object = out.clone() + "/{name}.o";',
        f'let archive = out.clone() + "/lib{name}.a";',
        f'run(&cc, &["-c", "-fPIC", "-I{headers}", "{source}", "-o", &object]);',
        "let _ = std::fs::remove_file(&archive);",
        'run("ar", &["crs", &archive, &object]);',
        f'println!("cargo:rustc-link-search=native={{}}\\ncargo:rustc-link-lib=static={name}", out);',
    ]
