"""Finds out what a build script can see, if its text shows that: the variables that it reads, and files by their names.

A build script can do anything, so the result of a compile may depend on the Python that asked for it and on the folder
of the package. Many scripts only print a few lines that depend on the target. Those are known here by what they are
made of: what needs no ``use`` (Rust's prelude does no input or output), and the few functions and macros below. A
script that has anything else in it is not known, and may see everything.
"""

from __future__ import annotations

import re

from ..facts.rust_text import Source
from ..model.graph import Script

_CFGS = "use_pyo3_cfgs|add_extension_module_link_args"  # they depend on the target and the floor alone
_NUMBER = r"[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|str|String|Vec|Option|Result"
_USE = re.compile(rf"\buse\s+(?:std::(?:env|fs)|pyo3_build_config(?:::(?:{_CFGS}))?)\s*;")
_PATH = re.compile(r"(?:\w+\s*::\s*)+\w+|(?:^|[^\w\s])\s*::\s*\w+")
_HARMLESS = re.compile(
    rf"pyo3_build_config::(?:{_CFGS})|version_check::\w+|(?:{_NUMBER})::\w+"
    r"|(?:std::)?fs::(?:write|create_dir|create_dir_all)|(?:std::)?env::VarError"
)
_READS = re.compile(r"(?:std::)?(env::var|env::var_os|fs::read|fs::read_to_string)")
_MACRO = re.compile(r"\b(\w+)\s*!\s*[(\[{]")
_MACROS = {"println", "eprintln", "print", "eprint", "format", "vec", "assert", "assert_eq", "assert_ne", "panic"}
_MACROS |= {"matches", "unreachable", "if", "while", "match", "return", "in"}  # and words before a negation
# Others can be macros, which put any code there.
_ATTRIBUTE = re.compile(
    r"#!?\[\s*(?:allow|deny|warn|expect|cfg|inline|must_use|rustfmt::skip)\b(?:\s*\([^()]*\))?\s*\]"
)
_OTHER = re.compile(r"\b(?:unsafe|extern|mod|macro_rules)\b")

# What cargo sets for a build script (the Cargo book, "Environment variables"), except for paths of the package.
_CARGO = re.compile(
    r"(?:CARGO_CFG_|CARGO_FEATURE_|DEP_)\w+|TARGET|HOST|PROFILE|OPT_LEVEL|DEBUG|NUM_JOBS|OUT_DIR|RUSTFLAGS"
)


def variables(script: Script) -> frozenset[str] | None:
    """The variables that a build script reads; None if it may see anything else but them and files of its package."""
    try:
        text = script.file.read_bytes().decode("utf-8")
    except (OSError, ValueError):
        return None
    return read(text) if script.kind == "build-script" else None


def read(text: str) -> frozenset[str] | None:
    """The same for the text of a build script."""
    source = Source(text)
    code = _ATTRIBUTE.sub(lambda attribute: " " * len(attribute[0]), source.code)
    code = _USE.sub(lambda use: " " * len(use[0]), code)
    if "#" in code or re.search(r"\buse\b", code) or _OTHER.search(code) or not {*_MACRO.findall(code)} <= _MACROS:
        return None
    # With ".." what is written shows what is there.
    if any(".." in literal.value or literal.value == "." for literal in source.literals.values()):
        return None
    names = set()
    for path in _PATH.finditer(code):
        name = re.sub(r"\s", "", path[0])
        if _HARMLESS.fullmatch(name):
            continue
        called = re.compile(r"\s*\(\s*").match(code, path.end())
        literal = source.literals.get(called.end()) if called else None
        reads = _READS.fullmatch(name)
        if not reads or not literal or not re.compile(r"\s*\)").match(code, literal.end):
            return None
        if reads[1].startswith("env"):
            names.add(literal.value)
        elif not re.fullmatch(r"\w[\w./-]*", literal.value):
            return None
    return frozenset(names)


def words(script: Script) -> set[str]:
    """The string literals in a build script. Those of a known one have the names of all files that it reads."""
    try:
        return {literal.value for literal in Source(script.file.read_text(encoding="utf-8")).literals.values()}
    except (OSError, ValueError):
        return set()


def is_from_cargo(names: frozenset[str] | None) -> bool:
    """Whether cargo sets all of these variables, to what does not depend on the package's folder or on the Python."""
    return names is not None and all(map(_CARGO.fullmatch, names))
