"""What a build script reads and what it announces, as far as its text shows it.

A path counts only where it is a literal, if need be put together by ``join``, ``Path::new`` or ``concat!``. Whatever
cannot be resolved counts as an announcement: a missed read is better than a false finding.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...facts.rust_text import LITERAL, Source
from ...model.words import Word
from .rust_paths import expression, normal

# Without `cargo:` where a script has a function that prints it before each.
_DIRECTIVE = re.compile(r"^(?:cargo::?)?rerun-if-(env-)?changed(?:=(.*))?$", re.MULTILINE)
# cargo_emit, build-rs, autocfg and scripts of their own name such a helper so: rerun_if_changed, rerun_path, rerun_env.
_HELPER = re.compile(r"(?<!\bfn )\b(?!emit_)(\w*rerun\w*)\s*!?\s*\(\s*")
_FS_READ = re.compile(
    r"(?:\bfs(?:_err)?::(?:read|read_to_string|read_dir|copy|File::open)|\bFile::open"
    r"|(?<![.:\w])(?:read_to_string|read_dir))\s*\(\s*"
)
_CMAKE = re.compile(r"\bcmake::(?:build|Config::new)\s*\(\s*")
_HEADER = re.compile(r"\.header\s*\(\s*")
_CC_NEW = r"(?:(?<![\w:])(?:::)?cc::Build::new|\bcxx_build::bridges?)\s*\("
_CC_NEW_IMPORTED = r"(?:(?<![\w:])(?:(?:::)?cc::)?Build::new|\bcxx_build::bridges?)\s*\("
_CC_CALL = re.compile(r"(?P<what>\.(?:files?|includes?)|\bcxx_build::bridges?)\s*\(\s*")
_ENV_READ = re.compile(r"\benv::var(?:_os)?\s*\(\s*")
_ENV_IMPORTED = re.compile(r"\buse\s+(?:std::)?env::(?:\{[^}]*\b)?var(?:_os)?\b")
_WRITES = re.compile(r"\b(?:fs(?:_err)?::write|File::create|env::set_var|env::remove_var)\s*\(\s*")
# Calls whose literal is not an announcement: a name of a library or a macro, a program and its arguments.
_HARMLESS = re.compile(
    r"\b(?:compile|try_compile|probe|probe_library|find_package|define|flag\w*|expect|join|Command::new|args?"
    r"|contains|starts_with|ends_with|unwrap_or)\s*\(\s*"
)
_MODULE = re.compile(r"(?:#\[path\s*=\s*(\"~*\")\]\s*)?\bmod\s+(\w+)\s*;")
_INCLUDE = re.compile(r"\binclude!\s*[(\[{]\s*(\"~*\")")
_MAIN = re.compile(r"\bfn\s+main\s*\(\s*\)[^{;]*(\{)")
# Without these two the cc crate, from 1.0.74 on, prints rerun-if-env-changed for each variable that it reads, and
# cargo then looks at nothing else; for sources and headers it prints nothing (its lib.rs, Build::get_env).
_CC_SILENT = re.compile(r"\.(?:cargo_metadata|emit_rerun_if_env_changed)\s*\(\s*false|\.cargo_output\s*\(")


class ReadKind(Word):
    """What a script reads."""

    FILE = "file"
    VARIABLE = "variable"
    C_SOURCE = "C source"  # for a C compiler
    HEADERS = "headers"  # a folder where a C compiler looks for headers


class Read(NamedTuple):
    """Something that a script reads: ``name`` is a path from the package's folder, or a variable.

    ``at`` is its place in the script's text, ``statement`` the same number for everything that one statement reads.
    """

    kind: ReadKind
    name: str
    script: Path
    at: int
    statement: int


class _Announced(NamedTuple):
    name: str
    script: Path
    blocks: tuple[int, ...] | None  # None for a statement that may not run with its block


class Script:
    """A build script with its modules; ``folder`` is its package's, in which it runs (the Cargo book)."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder = folder
        self.sources: dict[Path, Source] = {}
        self.complete = True  # whether each module was found
        self._load(file, file.parent)
        main = _MAIN.search(self.sources[file].code) if file in self.sources else None
        self._main = (file, (main.start(1),)) if main else None
        self.code = "\n".join(source.code for source in self.sources.values())
        self._new = _CC_NEW_IMPORTED if re.search(r"\buse\s+(?:::)?cc::", self.code) else _CC_NEW
        self.files: list[_Announced] = []
        self.variables: list[_Announced] = []
        self.open_files = self.open_variables = not self.complete
        self._taken: set[tuple[Path, int]] = set()  # literals with a known meaning
        for path, source in self.sources.items():
            self._announcements(path, source)
        self.reads = [read for path, source in self.sources.items() for read in self._reads(path, source)]
        self._written = {name for path, source in self.sources.items() for name in self._writes(path, source)}

    def _load(self, file: Path, beside: Path) -> None:
        file = Path(os.path.normpath(file))
        if file in self.sources:
            return
        try:
            source = self.sources[file] = Source(file.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            self.complete = False
            return
        for module in _MODULE.finditer(source.code):
            named = source.literals[module.start(1)].value if module[1] else None
            places = [file.parent / named] if named else [beside / f"{module[2]}.rs", beside / module[2] / "mod.rs"]
            source_file = next((place for place in places if place.is_file()), places[0])
            # The modules of a file that is not mod.rs are in a folder of its name (the reference, "Modules").
            self._load(
                source_file,
                source_file.parent if named or source_file.name == "mod.rs" else source_file.with_suffix(""),
            )
        for included in _INCLUDE.finditer(source.code):
            self._load(file.parent / source.literals[included.start(1)].value, beside)

    # --- announcements ---

    def _announcements(self, path: Path, source: Source) -> None:
        for literal in source.literals.values():
            start = source.statement(literal.start)
            before = source.code[start : literal.start].strip()
            for env, value in _DIRECTIVE.findall(literal.value):
                self._taken.add((path, literal.start))
                if re.search(r"\beprint(?:ln)?!\s*\($", before):  # cargo reads stdout
                    continue
                plain = bool(value) and "{" not in value and "concat!" not in before
                printed = re.fullmatch(r"(?:std::)?print(?:ln)?!\s*\(", before)
                certain = printed and literal.value.startswith("cargo:")
                self._announce(env, value if plain else None, path, source.blocks(literal.start) if certain else None)
        for call in _HARMLESS.finditer(source.code):
            self._taken.update((path, at) for at in [call.end(), *(at for at, _ in self._listed(source, call.end()))])
        for call in _HELPER.finditer(source.code):
            listed = list(self._listed(source, call.end()))
            for literal_at, value in listed:
                self._taken.add((path, literal_at))
                self._announce("env" in call[1], value, path, None)
            if not listed:
                self._announce("env" in call[1], None, path, None)

    def _announce(self, env: object, value: str | None, path: Path, blocks: tuple[int, ...] | None) -> None:
        if value is None and env:
            self.open_variables = True
        elif value is None:
            self.open_files = True
        (self.variables if env else self.files).append(_Announced(value or "", path, blocks))

    def _cc(self, announces: bool) -> bool:
        """Whether it uses the cc crate, and that announces the variables it reads."""
        return announces and re.search(self._new, self.code) is not None and not _CC_SILENT.search(self.code)

    def silent(self, cc_announces: bool) -> bool:
        """Whether it announces nothing at all: cargo then looks at the whole package."""
        announced = self.files or self.variables or self.open_files or self.open_variables
        return not (announced or self._cc(cc_announces))

    def narrowed(self, read: Read, cc_announces: bool) -> bool:
        """Whether it surely announces something in each run in which it comes to ``read``: a statement of main itself
        does, or one of a block around the read. cargo then does not look at the rest of the package."""
        if read.kind in (ReadKind.C_SOURCE, ReadKind.HEADERS) and self._cc(cc_announces):
            return True
        blocks = self.sources[read.script].blocks(read.at)
        for announcement in [*self.files, *self.variables]:
            if announcement.blocks and self._main == (announcement.script, announcement.blocks):
                return True
            if (
                announcement.blocks
                and announcement.script == read.script
                and blocks[: len(announcement.blocks)] == announcement.blocks
            ):
                return True
        return False

    def always_runs(self) -> bool:
        """Whether it announces a file that is not there: cargo then runs it in each build (the Cargo book, FAQ)."""
        return any(announcement.name and not (self.folder / announcement.name).exists() for announcement in self.files)

    def announces(self, read: Read) -> bool:
        """Whether ``read`` is announced, or may be: by a computed name, or in a call that is not known here."""
        if read.kind == ReadKind.VARIABLE:
            known = {announcement.name for announcement in self.variables} | self._written | self._loose
            return self.open_variables or read.name in known
        if self.open_files or read.name in self._written:
            return True
        loose = [name for name in self._loose if not self._covers(name, ".")]  # "/" and ".." say nothing
        names = [*(announcement.name for announcement in self.files if announcement.name), *loose]
        return any(self._covers(name, read.name) for name in names)

    def _covers(self, announced: str, name: str) -> bool:
        """Whether a path is the announced one or below it: cargo scans a folder with all that is in it."""
        folder = self.folder / announced
        return not os.path.relpath(self.folder / name, folder).startswith("..")

    def announced_below(self, folder: str) -> bool:
        """Whether something in a folder is announced, and the folder is not."""
        return any(self._covers(folder, announcement.name) for announcement in self.files if announcement.name)

    @functools.cached_property
    def _loose(self) -> set[str]:
        """The literals whose use is not known."""
        return {
            literal.value
            for path, source in self.sources.items()
            for literal in source.literals.values()
            if (path, literal.start) not in self._taken and literal.value
        }

    # --- reads ---

    def _reads(self, path: Path, source: Source) -> Iterator[Read]:
        yield from self._variables(path, source)
        patterns = [_FS_READ, _CMAKE]
        if "bindgen::" in self.code and not re.search(r"CargoCallbacks|parse_callbacks", self.code):
            patterns.append(_HEADER)  # bindgen's CargoCallbacks announces headers and all that they include
        for pattern in patterns:
            for call in pattern.finditer(source.code):
                if name := self._path(path, source, call.end()):
                    yield Read(
                        kind=ReadKind.FILE,
                        name=name,
                        script=path,
                        at=call.start(),
                        statement=source.statement(call.start()),
                    )
        if re.search(r"\.(?:try_)?compile\s*\(", self.code):
            yield from self._compiled(path, source)

    def _variables(self, path: Path, source: Source) -> Iterator[Read]:
        imported = r"|(?<![.:\w])var(?:_os)?\s*\(\s*" if _ENV_IMPORTED.search(source.code) else ""
        for call in re.finditer(_ENV_READ.pattern + imported, source.code):
            literal = source.literals.get(call.end())
            if literal and re.match(r"\s*,?\s*\)", source.code[literal.end :]):
                self._taken.add((path, literal.start))
                yield Read(
                    kind=ReadKind.VARIABLE,
                    name=literal.value,
                    script=path,
                    at=call.start(),
                    statement=source.statement(call.start()),
                )

    def _compiled(self, path: Path, source: Source) -> Iterator[Read]:
        """The arguments of a ``cc::Build``; cxx_build returns one, and reads the bridge's Rust file too."""
        new = self._new
        names = re.findall(rf"\blet\s+(?:mut\s+)?(\w+)\s*(?::[^=;]+)?=\s*{new}", self.code)
        names += re.findall(r"\b(\w+)\s*:\s*&\s*mut\s+(?:cc::)?Build\b", self.code)
        for call in _CC_CALL.finditer(source.code):
            start = source.statement(call.start())
            before = source.code[start : call.start()]
            first = re.match(r"\s*(\w+)\s*(?:\.|$)", before)
            if not (re.search(new, before) or (first and first[1] in names) or call["what"][0] != "."):
                continue
            kind = ReadKind.HEADERS if "include" in call["what"] else ReadKind.C_SOURCE
            listed = [(place, normal(name)) for place, name in self._listed(source, call.end())]
            if not listed and (name := self._path(path, source, call.end())):
                listed = [(call.end(), name)]
            for place, name in listed:
                self._taken.add((path, place))
                yield Read(kind=kind, name=name, script=path, at=place, statement=start)

    def _listed(self, source: Source, at: int) -> Iterator[tuple[int, str]]:
        """The literals of an argument that is nothing else: ``"a")``, ``["a", "b"])``, ``&["a"])``; else none."""
        match = re.compile(rf"&?\s*(?:vec!)?\s*\[?\s*({LITERAL}(?:\s*,\s*{LITERAL})*)\s*,?\s*\]?\s*\)").match(
            source.code, at
        )
        if match:
            yield from (
                (literal.start(), source.literals[literal.start()].value)
                for literal in re.compile(LITERAL).finditer(source.code, *match.span(1))
            )

    def _writes(self, path: Path, source: Source) -> Iterator[str]:
        for call in _WRITES.finditer(source.code):
            name = self._path(path, source, call.end())
            literal = source.literals.get(call.end())
            yield from (text for text in (name, literal and literal.value) if text)

    def _path(self, path: Path, source: Source, at: int) -> str | None:
        """The path that an argument is, from the package's folder; None if it is more than literals."""
        value, end, used = expression(source, at)
        if value is None or not re.match(r"\s*[,)]", source.code[end:]):
            return None
        self._taken.update((path, start) for start in used)
        return normal(value)
