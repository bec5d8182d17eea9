"""What the build scripts of the project's own crates read without telling cargo (they do not "announce" it).

The rules are cargo's (the Cargo book, "Build Scripts", "Change Detection"). Cargo runs a script that announces nothing
again when a file of its package has a newer time, but not for files outside the package or for variables. It runs a
script that prints at least one rerun-if line again for what such lines name, and for nothing else. The cc crate prints
such lines for variables and none for sources: with the cc crate alone, cargo notices no changed source.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import Place
from ...facts.files import text_of
from ...facts.toml import read as read_toml
from ...model.problem import Problem
from ..sources.compiled_files import HEADERS, included
from ..sources.manifests import Manifest, build_scripts, dependencies, read_all
from ..sources.paths import shown
from ..sources.script_reads import Read, ReadKind, Script
from .codes import finding

# cargo's own (the Cargo book, "Environment variables Cargo sets for build scripts"): cargo knows when they change. The
# same is true for RUSTFLAGS, which it removes, and for RUSTUP_*, which change the compiler's version. Cargo sets the
# search paths too ("Dynamic library paths"). PyO3's scripts, on which these depend, announce PYO3_*. DOCS_RS is set
# only on docs.rs, where nothing is compiled twice.
_CARGO = re.compile(
    r"(CARGO|DEP|RUST|RUSTC|RUSTUP|(UNSAFE_)?PYO3|DYLD)_\w+|CARGO|OUT_DIR|TARGET|HOST|NUM_JOBS|DEBUG|OPT_LEVEL|PROFILE"
    r"|RUSTC|RUSTDOC|RUSTFLAGS|PATH|LD_LIBRARY_PATH|LIBPATH|DOCS_RS"
)
# What these crates announce, or their own build scripts (then the script is compiled again with them).
_BY_CRATE = {
    "cc": r"((HOST|TARGET)_)?(CC|CXX|AR|RANLIB|NVCC|(C|CXX|CPP|AR|RANLIB|NVCC)FLAGS|CXXSTDLIB)(_\w+)?"
    r"|\w+_DEPLOYMENT_TARGET|SDKROOT|WASI_\w+|CRATE_CC_\w+",
    "cxx_build": r"((HOST|TARGET)_)?(CC|CXX|AR|(C|CXX|CPP|AR)FLAGS|CXXSTDLIB)(_\w+)?",
    "pkg_config": r"\w*PKG_CONFIG\w*|\w+_(STATIC|DYNAMIC)",
    "system_deps": r"SYSTEM_DEPS_\w+|\w*PKG_CONFIG\w*",
    "vcpkg": r"VCPKG\w*",
    "bindgen": r"BINDGEN_\w+|LIBCLANG_\w+|LLVM_CONFIG_PATH|CLANG_PATH|TARGET_\w+",
}
_CC_FIRST = (1, 0, 74)  # the first cc that announces variables (its git history, pull requests 701 and 738)
_COLONS = (1, 77)  # `cargo::` is an error below (the Cargo book, "Outputs of the Build Script")
_REST = "; if these are its first such lines, cargo then watches only what they name: add one for every other file"


class _Crate(NamedTuple):
    manifest: Manifest
    script: Script
    cc: bool  # whether its cc announces variables
    prefix: str

    @property
    def folder(self) -> Path:
        return self.manifest.path.parent


def check(root: Path, paths: Iterable[Path]) -> Iterator[Problem]:
    """The problems of the build scripts of the crates of the Cargo.toml files ``paths``."""
    for manifest in read_all(root, paths, lenient=True):
        for file in build_scripts(manifest):
            script = Script(manifest.path.parent, file)
            if not script.always_runs():
                yield from _of_script(
                    root, _Crate(manifest=manifest, script=script, cc=_cc_announces(manifest), prefix=_prefix(manifest))
                )


def _table(table: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        value = table.get(name)
        table = value if isinstance(value, Mapping) else {}
    return table


def _prefix(manifest: Manifest) -> str:
    version = _table(manifest.table, "package").get("rust-version", "")
    if isinstance(version, Mapping) and manifest.workspace:
        shared = read_toml(manifest.workspace, str(manifest.workspace))[0]
        version = _table(shared, "workspace", "package").get("rust-version", "")
    numbers = tuple(map(int, re.findall(r"\d+", str(version))[:2]))
    return "cargo::" if numbers >= _COLONS else "cargo:"


def _cc_announces(manifest: Manifest) -> bool:
    lock = (manifest.workspace or manifest.path).with_name("Cargo.lock")
    text = lock.read_text(encoding="utf-8", errors="replace") if lock.is_file() else ""
    versions = re.findall(r'^name = "cc"\nversion = "(\d+)\.(\d+)\.(\d+)', text.replace("\r\n", "\n"), re.MULTILINE)
    return all(tuple(map(int, version)) >= _CC_FIRST for version in versions)


class _Unannounced(NamedTuple):
    """What one statement of a build script reads and does not announce: files, or variables."""

    place: Place
    names: list[str]
    variables: bool


def _of_script(root: Path, crate: _Crate) -> Iterator[Problem]:
    silent = crate.script.silent(crate.cc)
    for group in _unannounced(root, crate):
        yield _finding(crate, group, silent=silent)


def _unannounced(root: Path, crate: _Crate) -> Iterator[_Unannounced]:
    """The reads without an announcement, statement by statement; each name once."""
    script = crate.script
    groups: dict[tuple[Path, int, bool], list[tuple[Read, list[str]]]] = {}
    seen: set[str] = set()
    for read in script.reads:
        variable = read.kind == ReadKind.VARIABLE
        names = _variable(crate, read) if variable else _files(crate, read)
        names = [name for name in dict.fromkeys(names) if name not in seen]
        seen.update(names)
        if names:
            groups.setdefault((read.script, read.statement, variable), []).append((read, names))
    for (file, _, variable), group in sorted(groups.items()):
        first = min(read.at for read, _ in group)
        place = Place(shown(root, file), script.sources[file].line(first))
        yield _Unannounced(place, [name for _, names in group for name in names], variable)


def _finding(crate: _Crate, group: _Unannounced, *, silent: bool) -> Problem:
    """The problem of one statement; ``silent`` says that the script announces nothing at all so far."""
    names = group.names
    if group.variables:
        subject = f"the variable{'s' * (len(names) > 1)} {_list(names)}"
        lines = [f"rerun-if-env-changed={name}" for name in names]
    else:
        subject = _list(names)
        lines = [f"rerun-if-changed={name}" for name in _folded(crate, names)]
    if silent:  # with the first line cargo stops watching the rest of the package
        files = [
            read.name for read in crate.script.reads if read.kind != ReadKind.VARIABLE and _is_file(crate, read.name)
        ]
        lines += [f"rerun-if-changed={name}" for name in _folded(crate, files)]
    lines = [f'`println!("{crate.prefix}{line}");`' for line in dict.fromkeys(lines)]
    changes = "they change" if len(names) > 1 else "it changes"
    return finding(
        "PFB281" if group.variables else "PFB280",
        f"the build script reads {subject} without telling cargo, which does not run it again when {changes}",
        group.place,
        f"add {' '.join(lines)}{_REST if silent else ''}",
    )


def _folded(crate: _Crate, names: Sequence[str]) -> list[str]:
    """The names, with a folder for more than three of its files if it contains no Rust: one line covers them all."""
    folders = [name.rpartition("/")[0] for name in names]
    whole = [
        folder
        for folder in dict.fromkeys(folders)
        if folder and folders.count(folder) > 3 and _has_no_rust(crate.folder / folder)
    ]
    folded = [next((folder for folder in whole if name.startswith(f"{folder}/")), name) for name in names]
    return list(dict.fromkeys(folded))


def _has_no_rust(folder: Path) -> bool:
    """Whether a folder can be announced as a whole: a target folder in it would make the script run in each build."""
    return folder.is_dir() and not (folder / "Cargo.toml").is_file() and next(folder.glob("*.rs"), None) is None


def _list(names: Sequence[str]) -> str:
    shown_names = list(names[:3])
    rest = len(names) - len(shown_names)
    if rest:
        return f"{', '.join(shown_names)} and {rest} more"
    return " and ".join([", ".join(shown_names[:-1]), shown_names[-1]] if len(names) > 1 else shown_names)


@functools.lru_cache(maxsize=8)  # a script can read many variables
def _known(code: str) -> tuple[str, ...]:
    """The variables, as patterns, of the crates that a script uses."""
    return tuple(pattern for name, pattern in _BY_CRATE.items() if re.search(rf"\b{name}::", code))


def _variable(crate: _Crate, read: Read) -> list[str]:
    script = crate.script
    if not re.fullmatch(r"\w+", read.name) or _CARGO.fullmatch(read.name) or script.announces(read):
        return []
    if any(re.fullmatch(pattern, read.name) for pattern in _known(script.code)) or _of_dependency(crate, read.name):
        return []
    return [read.name]


def _of_dependency(crate: _Crate, variable: str) -> bool:
    """Whether a dependency may announce a variable: by its name, as openssl-sys for OPENSSL_STATIC, or in its script.

    Where the script of a dependency with ``links`` runs again, so do those that can read its metadata; and with a build
    dependency that is compiled again the script is, too.
    """
    words = {word.upper() for word in variable.split("_")}
    for dependency in dependencies(crate.manifest):
        if dependency.section[0] == "workspace":
            continue
        if dependency.path is None:
            parts = re.split(r"[-_]", dependency.package.upper())
            if words & {*parts, *(part[3:] for part in parts if part.startswith("LIB"))} - {"", "SYS", "BUILD"}:
                return True
        elif dependency.path.is_file():
            for file in build_scripts(read_all(dependency.path.parent, [dependency.path], lenient=True)[0]):
                if variable in text_of(file):
                    return True
    return False


def _files(crate: _Crate, read: Read) -> list[str]:
    """The paths of a read that cargo does not watch, relative to the package's folder."""
    names = [read.name]
    if read.kind == ReadKind.HEADERS:
        names = [read.name] if _only_headers(crate, read.name) else []
    elif read.kind == ReadKind.C_SOURCE:
        names += _headers_of(crate, read)
    return [name for name in names if _unseen(crate, read._replace(name=name))]


def _unseen(crate: _Crate, read: Read) -> bool:
    if not _is_file(crate, read.name) or crate.script.announces(read):
        return False
    # cargo lists a package without .git; it never watches files outside unless they are announced.
    outside = read.name.split("/")[0] in ("..", ".git")
    return outside or crate.script.narrowed(read, crate.cc)


def _is_file(crate: _Crate, name: str) -> bool:
    """Whether a name is that of a source file or folder: not the system's, not made by the build, and not one that
    cargo watches anyway (rustc names the script's own files, and Cargo.toml is usually watched)."""
    parts = name.split("/")
    path = crate.folder / name
    if Path(name).is_absolute() or not re.fullmatch(r"[\w./+@, -]+", name) or parts[0] == "target" or not path.exists():
        return False
    if path.is_dir() and name.split("/")[-1] in (".", "..", ".git"):  # with a target folder: never up to date
        return False
    return path.name != "Cargo.toml" and not any(path.samefile(source) for source in crate.script.sources)


def _only_headers(crate: _Crate, name: str) -> bool:
    """Whether a folder can be announced for its headers: it contains some, and no file of it is announced."""
    folder = crate.folder / name
    if crate.script.announced_below(name) or not _has_no_rust(folder):
        return False
    return any(path.suffix in HEADERS for path in folder.rglob("*"))


def _headers_of(crate: _Crate, read: Read) -> Iterator[str]:
    """The headers of the project that a C source includes, in turn, and that no announced folder of headers covers."""
    folders = [read.name for read in crate.script.reads if read.kind == ReadKind.HEADERS]
    whole = [name for name in folders if _only_headers(crate, name)]
    todo, seen = [read.name], {read.name}
    while todo:
        name = todo.pop(0)
        file = crate.folder / name
        if file.suffix == ".rs" or not file.is_file():
            continue
        for quoted, angled in included(file):
            places = [Path(name).parent] if quoted else []
            places += map(Path, folders)
            paths = [os.path.normpath(place / (quoted or angled)) for place in places]
            header = next((path.replace(os.sep, "/") for path in paths if (crate.folder / path).is_file()), None)
            if header is None or header in seen:
                continue
            seen.add(header)
            todo.append(header)
            if not any(header.startswith(f"{name}/") for name in whole):
                yield header
