"""Finds out whether a compile can depend on the folder of an unpacked sdist: then it is used only in that folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..facts.rust_text import Source
from . import environment, machine, scripts
from .place import Compile
from .request import Build

# The variables in which the compiler gets the folder of a package, also if a macro or an escape makes their name.
_NAMES_FOLDER = re.compile(rb"""CARGO_MANIFEST|env\s*!\s*[({\[]\s*(?:[^"\s]|"[^"\\]*\\)""")
_SEES_FOLDER = re.compile(rb"CARGO_MANIFEST|current_dir\s*\(|env::vars")
# Each match has one of these, and they are found in a fifth of the time.
_WORDS = {_NAMES_FOLDER: (b"CARGO_MANIFEST", b"env"), _SEES_FOLDER: (b"CARGO_MANIFEST", b"current_dir", b"env::vars")}
_LEXED = 1 << 16  # bytes; the lexer takes long for a large file that is not Rust


def is_seen(build: Build, compiles: Sequence[Compile], sources: Iterable[str], outputs: Iterable[Path]) -> bool:
    """Whether the result may depend on the folder of the sdist.

    ``sources`` are the files that can be compiled, and ``outputs`` the folders with the artefacts. What runs during a
    compile can do anything with the path, if it can see it. The compiler can only give it to the code
    (CARGO_MANIFEST_DIR), or write it into the artefact. Raises :class:`OSError`.
    """
    root = build.root.resolve()
    if any(machine.sets_folders([build.root, call.graph.workspace], build.arguments) for call in compiles):
        return True
    environ = compiles[0].with_own(build.environ)
    for script in (script for call in compiles for script in call.graph.scripts if script.local):
        names = scripts.variables(script)
        if names is None or not all(_is_without_path(name, environ, {str(root), str(build.root)}) for name in names):
            return True
    paths = {os.fsencode(root), os.fsencode(build.root)}
    artefacts = (file for folder in outputs for file in folder.iterdir() if file.is_file() and file.suffix != ".d")
    if any(path in data for file in artefacts for data in [file.read_bytes()] for path in paths):
        return True
    # A source can have any name, and a published procedural macro runs in the crates that use it.
    macros = (file for call in compiles for folder in call.graph.macros for file in folder.rglob("*.rs"))
    return any(
        _has(pattern, file.read_bytes())
        for pattern, files in ((_NAMES_FOLDER, map(Path, sources)), (_SEES_FOLDER, macros))
        for file in files
        if file.is_file()
    )


def _has(pattern: re.Pattern[bytes], text: bytes) -> bool:
    """Whether ``pattern`` is anywhere but in a comment that is a line. Such a line can also be part of a literal."""
    code = ""
    for match in pattern.finditer(text) if any(word in text for word in _WORDS[pattern]) else ():
        line = text[text.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        if not line.lstrip().startswith(b"//") or b"*/" in line:
            return True
        if len(text) > _LEXED:
            return True
        code = code or Source(text.decode("latin-1")).code  # a character for each byte
        if not code[match.start()].isspace():
            return True
    return False


def _is_without_path(name: str, environ: Mapping[str, str], folders: Iterable[str]) -> bool:
    """Whether a build script in another folder than ``folders`` gets the same value of a variable."""
    if scripts.is_from_cargo(frozenset([name])) or name.startswith("CARGO_PKG_"):
        return True
    return (
        not name.upper().startswith(("CARGO", "RUSTC", "RUSTDOC"))  # cargo makes some of its configuration
        and environment.is_compared(name)
        and not any(folder in environ.get(name, "") for folder in folders)
    )
