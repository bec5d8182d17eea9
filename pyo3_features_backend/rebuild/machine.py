"""Compares what cargo does not compare, and what published crates depend on too.

This is the content of compilers, linkers and the C library, cargo's configuration, and the variables that compilers and
the build scripts of published crates read. cargo itself compares variables that a build script announces with
``rerun-if-env-changed``; the lists below are for the many scripts that announce nothing. A change of any other variable
does not compile a published crate again, but it does so for the project's own crates (:mod:`.environment`).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..facts.files import is_file
from ..facts.graph import cargo_home
from . import content, environment

# Variables that rustc, linkers, C compilers, and the crates cc, pkg-config, cmake, bindgen and vcpkg read (according to
# the documentation of each), and the usual names in build scripts of -sys crates.
_NAMES = frozenset(
    ["RUSTFLAGS", "RUSTDOCFLAGS", "RUSTUP_TOOLCHAIN", "RUST_TARGET_PATH", "CARGO_ENCODED_RUSTFLAGS"]
    + ["CARGO_INCREMENTAL", "LIB", "LIBPATH", "INCLUDE", "CPATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"]
    + ["SDKROOT", "DEVELOPER_DIR", "ARCHFLAGS", "ZERO_AR_DATE", "SOURCE_DATE_EPOCH", "CCACHE_DISABLE"]
)
_PREFIXES = (
    ("RUSTC", "CRATE_CC", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_", "CARGO_UNSTABLE_", "CARGO_HOST_")
    + ("CXXSTDLIB", "PKG_CONFIG", "OPENSSL_", "LIBCLANG", "LLVM", "BINDGEN_", "CMAKE", "VCPKG", "PROTOC", "NASM")
    + ("ZIG", "XWIN", "VCTOOLS", "WINDOWSSDK", "UCRT", "EMSDK", "EM_", "WASI_")
)
_SUFFIXES = (
    "_PKG_CONFIG",
    "_DIR",
    "_DIRS",
    "_ROOT",
    "_PREFIX",
    "_LIB",
    "_LIBS",
    "_INCLUDE",
    "_INCLUDES",
    "_PATH",
    "_STATIC",
) + ("_DYNAMIC", "_VENDORED", "_NO_VENDOR", "_NO_PKG_CONFIG", "_HOME", "_DEPLOYMENT_TARGET", "COMNTOOLS", "FLAGS")
_PARTS = ("_PKG_CONFIG_", "_SYS_", "_USE_")
_PROGRAM = r"[\w.+-]+"
_LINKER = rf"linker=([^\s\x1f]*/[^\s\x1f]+|{_PROGRAM})"
_TOOLS = ("CC", "CXX", "AR", "AS", "LD", "NM", "RANLIB", "STRIP", "RC", "OBJCOPY")
# Variables that match, but belong to the shell or the login session, beside those that no crate's compile compares.
_IGNORED = frozenset(["HOME", "CARGO_HOME", "RUSTUP_HOME", "CARGO_BUILD_JOBS"])
_IGNORED_PREFIXES = (
    ("XDG_", "VIRTUAL_ENV", "CONDA_", "PYENV_", "PYTHON", "GPG_", "DBUS_", "GIT_", "GITHUB_", "RUNNER_", "NVM_", "WSL_")
    + ("MATURIN_", "SETUPTOOLS_RUST_", "PYO3_", "KDE_", "GNOME_", "BASH_", "ZSH_", "COREPACK_", "SCCACHE_", "SSL_")
    + ("NODE_", "DOCKER_", "KUBE", "AWS_", "XAUTH", "SYSTEMD_", "JOURNAL_", "INVOCATION_", "INFO", "MANPATH", "LS_")
    + ("MODULE", "CLUTTER_", "DESKTOP_")
)


def _is_tool(name: str) -> bool:
    """Whether a variable names a tool such as CC, with the prefixes and suffixes of the cc crate."""
    return name.removeprefix("HOST_").removeprefix("TARGET_").replace("-", "_").partition("_")[0] in _TOOLS


def counts(name: str) -> bool:
    """Whether the result of compiling published crates can depend on the variable ``name``."""
    if not environment.is_compared(name) or name in _IGNORED or name.startswith(_IGNORED_PREFIXES):
        return False
    if name.endswith(("TEMP_DIR", "TMP_DIR")):
        return False
    upper = name.upper()
    return (
        upper in _NAMES
        or upper.startswith(_PREFIXES)
        or upper.endswith(_SUFFIXES)
        or any(part in upper for part in _PARTS)
        or "FLAGS_" in upper.replace("-", "_")
        or _is_tool(upper)
    )


def configuration(starts: Iterable[Path]) -> Iterator[Path]:
    """cargo's configuration files for builds in the folders ``starts`` (the Cargo book, "Hierarchical structure")."""
    folders = [folder / ".cargo" for start in starts for folder in (start, *start.parents)] + [cargo_home()]
    return _with_included(folder / name for folder in dict.fromkeys(folders) for name in ("config.toml", "config"))


def _with_included(files: Iterable[Path]) -> Iterator[Path]:
    """Configuration files and those that they include, if they exist."""
    todo = list(files)
    seen: set[Path] = set()
    while todo:
        file = todo.pop(0)
        if file in seen or not is_file(file):
            continue
        seen.add(file)
        yield file
        included = _table(file).get("include", [])
        for entry in included if isinstance(included, list) else [included]:
            name = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(name, str):
                todo.append(file.parent / name)


def sets_folders(starts: Iterable[Path], arguments: Iterable[str]) -> bool:
    """Whether cargo's configuration may set a variable to a path relative to it: ``[env]`` with ``relative``."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in configuration(starts)]
    return any("relative" in text for text in texts) or any("env" in argument for argument in arguments)


def _table(file: Path) -> dict[str, Any]:
    """The table of a configuration file; empty if it cannot be read."""
    from ..facts.toml import parse

    try:
        return parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # cargo reports what is wrong with it


def _strings(value: Any) -> Iterator[str]:
    """All strings in a TOML value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for element in value.values() if isinstance(value, dict) else value:
            yield from _strings(element)


def _configured(starts: Iterable[Path], path: str | None, digests: content.Digests) -> Iterator[str]:
    """The digests of cargo's configuration files, and of the programs and files that they name."""
    for file in configuration(starts):
        yield from _configuration(file, path, digests)


def _configuration(file: Path, path: str | None, digests: content.Digests) -> Iterator[str]:
    yield f"configuration {digests.of(str(file))}"
    # Relative to the folder that contains .cargo (the Cargo book, "Config-relative paths").
    named = environment.Named([file.parent.parent])
    for text in dict.fromkeys(_strings(_table(file))):
        yield from _named(text, named, path, digests)


def _named(text: str, named: environment.Named, path: str | None, digests: content.Digests) -> Iterator[str]:
    """The digests of the files and programs that a value of the configuration names, also as ``linker=NAME``."""
    yield from (f"file {digests.of(name)}" for name in named.files(text))
    yield from _implied(text, path, digests)
    for name in [text] if re.fullmatch(_PROGRAM, text) else re.findall(_LINKER, text):
        if program := shutil.which(name, path=path):
            yield f"program {name} {digests.of(os.path.realpath(program))}"


def _argument(value: str, folder: Path, path: str | None, digests: content.Digests) -> Iterator[str]:
    """The digests of what an argument names: a ``--config`` is a file, or one line of such a file."""
    from ..facts.toml import parse

    file = folder / value
    try:
        if file.is_file():
            for each in _with_included([file]):
                yield from _configuration(each, path, digests)
            return
        table = parse(value)
    except (OSError, ValueError):
        return  # not a configuration; cargo reports what is wrong with it
    named = environment.Named([folder])
    for text in _strings(table):
        yield from _named(text, named, path, digests)


def _implied(text: str, path: str | None, digests: content.Digests) -> Iterator[str]:
    """What options mean that name no file: the linker of ``-fuse-ld=NAME``, the tools in ``-BFOLDER``, ``=native``."""
    yield from _native(text)
    for name in re.findall(r"-fuse-ld=([^\s\x1f,;\"']+)", text):
        for program in filter(None, (shutil.which(name, path=path), shutil.which(f"ld.{name}", path=path))):
            yield f"linker {digests.of(os.path.realpath(program))}"
    for folder in re.findall(r"-B\s*([^\s\x1f,;\"']+)", text):
        yield from _tools_in(folder, digests)


def _tools_in(folder: str, digests: content.Digests) -> Iterator[str]:
    """The linkers and assemblers in a folder in which the C compiler looks for them."""
    for file in sorted(path for pattern in ("*ld*", "*as") for path in Path(folder).glob(pattern)):
        if file.is_file():
            yield f"tool {file.name} {digests.of(os.path.realpath(file))}"


def _native(text: str) -> Iterator[str]:
    """The processor, if an argument asks for code for it (``target-cpu=native``, ``-march=native``)."""
    if not re.search(r"=native\b", text):
        return
    import platform

    yield f"{platform.machine()} {platform.processor()}"
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            rows = file.read(1 << 14).split("\n\n")[0].splitlines()
        yield from (row for row in rows if row.partition(":")[0].strip() in ("model name", "flags", "Features"))
    except OSError:
        return  # not Linux


def _compilers(environ: Mapping[str, str], digests: content.Digests) -> Iterator[str]:
    """The digests of the C compilers and linkers."""
    programs = {"cc", "c++", "ld", "rustc"}
    for name, value in environ.items():
        if "FLAGS" in name:
            programs.update(re.findall(_LINKER, value))
        if _is_tool(name.upper()) or name.startswith(("RUSTC", "CARGO_BUILD_RUSTC")) or name.endswith("_LINKER"):
            try:
                programs.update(shlex.split(value)[:2])
            except ValueError:
                programs.add(value)
    for program in sorted(programs):
        path = shutil.which(program, path=environ.get("PATH"))
        if path and not (program == "rustc" and _is_proxy(path)):
            yield f"program {program} {digests.of(os.path.realpath(path))}"


def _is_proxy(rustc: str) -> bool:
    """Whether rustup starts the compiler under this name: a new rustup compiles as the old one did.

    A proxy is a link to rustup in CARGO_HOME/bin (the rustup book, "Proxies"). ``rustc -vV`` says which compiler it
    starts. A program of that name elsewhere can be anything.
    """
    folder = cargo_home() / "bin"
    try:
        in_home = os.path.samefile(Path(rustc).parent, folder)
        return in_home and os.path.samefile(rustc, folder / f"rustup{Path(rustc).suffix}")
    except OSError:
        return False


def _platform(digests: content.Digests) -> Iterator[str]:
    """The digests of the C library that this process uses, and the release of the operating system."""
    yield sys.platform
    if hasattr(os, "uname"):
        yield os.uname().machine
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        mapped = ""
    libraries = {row.rpartition(" ")[2] for row in mapped.splitlines() if "/libc" in row or "/ld-" in row}
    libraries = {name for name in libraries if os.path.basename(name).startswith(("libc.", "libc-", "ld-"))}
    for library in sorted(libraries):
        yield f"{os.path.basename(library)} {digests.of(library)}"
    if not libraries and hasattr(os, "confstr") and "CS_GNU_LIBC_VERSION" in os.confstr_names:
        yield str(os.confstr("CS_GNU_LIBC_VERSION"))
    for file in ("/etc/os-release", "/System/Library/CoreServices/SystemVersion.plist"):
        yield f"{file} {digests.of(file)}"
    if sys.platform == "darwin":
        yield os.path.realpath("/var/db/xcode_select_link")
    if sys.platform == "win32":
        yield str(sys.getwindowsversion())


def context(
    starts: Iterable[Path], rustc: str, environ: Mapping[str, str], arguments: Iterable[str], digests: content.Digests
) -> str:
    """A digest of everything that can change the result of compiling a published crate.

    ``starts`` are the folders in which cargo looks for its configuration and from which relative names count, the
    project's first. ``rustc`` is the output of ``rustc -vV``.
    ``arguments`` are the build arguments that cargo does not compare itself. Files are compared by content.
    """
    folders = list(dict.fromkeys(starts))
    named = environment.Named(folders)
    lines = [rustc, *_compilers(environ, digests), *_platform(digests)]
    lines += _configured(folders, environ.get("PATH"), digests)
    variables = [(name, value) for name, value in sorted(environ.items()) if counts(name) or name == "PYO3_CONFIG_FILE"]
    for name, value in (*variables, *(("argument", argument) for argument in arguments)):
        lines.append(f"{name}={value}")
        lines += [f"{name} {digests.of(file)}" for file in named.files(value)]
        lines += _implied(value, environ.get("PATH"), digests)
        if name == "COMPILER_PATH":
            lines += (tool for folder in value.split(os.pathsep) if folder for tool in _tools_in(folder, digests))
        if name == "argument":
            lines += _argument(value, folders[0], environ.get("PATH"), digests)
    return content.text_digest(*lines)
