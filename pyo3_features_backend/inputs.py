"""What a compile depends on and cargo does not see: as digests of content, never of times.

cargo calls a local package unchanged by the modification times of its files, and knows nothing of the C compiler, the
C library and most of the environment. :func:`context` stands for all that can change every package of a build,
:func:`package` for the files of one. Both take content only, so a file with an older time is still another file.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shlex
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .graph import Local, cargo_home

# Read by rustc, linkers, C compilers, the cc, pkg-config, cmake, bindgen and vcpkg crates, and build scripts of -sys
# crates by their usual names (each one's documentation). What a build script announces with rerun-if-env-changed cargo
# follows by itself; this list is for the many that do not.
_ENVIRONMENT = re.compile(
    r"""(RUSTFLAGS|RUSTDOCFLAGS|RUSTC\w*|RUSTUP_TOOLCHAIN|RUST_TARGET_PATH|CRATE_CC\w*
    |CARGO_(ENCODED_RUSTFLAGS|INCREMENTAL|(BUILD|PROFILE|TARGET|UNSTABLE|HOST)_\w+)
    |((HOST|TARGET)_)?(CC|CXX|AR|AS|LD|NM|RANLIB|STRIP|RC|OBJCOPY|(C|CXX|CPP|AR|LD|AS|RANLIB)FLAGS)([_-][\w.-]+)?
    |CXXSTDLIB\w*|PKG_CONFIG\w*|\w+_PKG_CONFIG|(\w+_)?PKG_CONFIG_\w+
    |\w+_(DIR|DIRS|ROOT|PREFIX|LIB|LIBS|INCLUDE|INCLUDES|PATH|STATIC|DYNAMIC|VENDORED|NO_VENDOR|NO_PKG_CONFIG|HOME)
    |\w+_(SYS|USE)_\w+|LIB|LIBPATH|INCLUDE|CPATH|LIBRARY_PATH|\w+_INCLUDE_PATH|COMPILER_PATH|GCC_EXEC_PREFIX
    |MACOSX_DEPLOYMENT_TARGET|\w+OS_DEPLOYMENT_TARGET|SDKROOT|DEVELOPER_DIR|ARCHFLAGS|ZERO_AR_DATE|SOURCE_DATE_EPOCH
    |OPENSSL_\w+|LIBCLANG\w*|LLVM\w*|BINDGEN_\w+|CMAKE\w*|VCPKG\w*|PROTOC\w*|NASM\w*|ZIG\w*|XWIN\w*|NIX_\w+FLAGS\w*
    |VCTOOLS\w+|WINDOWSSDK\w+|UCRT\w+|VS\w+COMNTOOLS|EMSDK\w*|EM_\w+|WASI_\w+|CCACHE_DISABLE)""",
    re.VERBOSE,
)
_NAMES_TOOL = re.compile(r"(((HOST|TARGET)_)?(CC|CXX|LD|AR)([_-][\w.-]+)?|CARGO_TARGET_\w+_LINKER|RUSTC\w*WRAPPER)$")
# Of these names, but of the front end, the shell or the machine's session: no compile reads them.
_NOT = re.compile(
    r"""((CARGO|RUSTUP)_HOME|(CARGO|CARGO_BUILD)_(TARGET|BUILD)_DIR|CARGO_(BUILD_JOBS|TARGET_DIR)|\w*TEMP_DIR|\w*TMP_DIR
    |(PIP|UV|TOX|XDG|VIRTUAL_ENV|CONDA|PYENV|POETRY|PDM|HATCH|NOX|PYTEST|PYTHON|SSH|GPG|DBUS|TMUX|GIT|GITHUB|RUNNER|VSCODE
    |NVM|WSL|PYPROJECT_HOOKS|PEP517|_PYPROJECT_HOOKS|MATURIN|SETUPTOOLS_RUST|PYO3|KDE|GNOME|BASH|ZSH
    |ITERM|TERM|COREPACK|SCCACHE|SSL|NODE|DOCKER|KUBE\w*|AWS|XAUTH\w*|SYSTEMD|JOURNAL|INVOCATION|VTE|FPATH|INFO|MAN|LS|MODULES?)_\w+
    |HOME|CLUTTER_\w+|DESKTOP_\w+)"""
    "$",
    re.VERBOSE,
)
# Written for readers or for Python: no compiler sees them, except by name (then they are in its own list of inputs).
_NOT_COMPILED = (".py", ".pyi", ".md", ".rst", ".ipynb")
_NEVER = (".pyc", ".so", ".pyd", ".dylib", ".whl")
# Rust targets that no wheel holds, by cargo's layout of a package, and what front ends write; what a library takes
# from there is in its list.
_OTHER_TARGETS = ("tests", "benches", "examples", "docs", "dist", "wheelhouse")
_LARGEST_TOOL = 64 << 20  # bytes; above, a tool is known by its size and time


def _file_digest(file: Path) -> str:
    """sha256 of a file's content; what is said instead where it cannot be read, or is a pipe or a device."""
    digest = hashlib.sha256()
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return "no file"
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        return f"unreadable: {error.errno}"
    return digest.hexdigest()


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``environ`` that compilers and build scripts read."""
    return {
        name: value for name, value in environ.items() if _ENVIRONMENT.fullmatch(name.upper()) and not _NOT.match(name)
    }


def configuration(start: Path) -> Iterator[Path]:
    """cargo's configuration files that count for a build in ``start`` (the Cargo book, "Hierarchical structure")."""
    todo = [
        folder / ".cargo" / name
        for folder in (start, *start.parents)
        for name in ("config.toml", "config")
        if (folder / ".cargo" / name).is_file()
    ]
    todo += [cargo_home() / name for name in ("config.toml", "config")]
    seen: set[Path] = set()
    while todo:
        file = todo.pop(0)
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        yield file
        text = file.read_text(encoding="utf-8", errors="replace")
        for listed in re.findall(r"^\s*include\s*=\s*(\[[^\]]*\]|.*)$", text, re.MULTILINE):
            todo += [file.parent / name for name in re.findall(r"[\"']([^\"']+)[\"']", listed)]


def _tools(environ: Mapping[str, str]) -> Iterator[str]:
    """C compilers and linkers, as digests of their programs."""
    named = {"cc", "c++", "ld"}
    for name, value in environ.items():
        if _NAMES_TOOL.match(name):
            try:
                named.update(shlex.split(value)[:2])
            except ValueError:
                named.add(value)
    for word in sorted(named):
        found = shutil.which(word, path=environ.get("PATH"))
        if not found:
            continue
        file = Path(found).resolve()
        status = file.stat()
        large = status.st_size > _LARGEST_TOOL
        yield f"{word} {(status.st_size, status.st_mtime_ns) if large else _file_digest(file)}"


def _platform() -> Iterator[str]:
    """The C library that this process runs with, by content, and the release of the system."""
    yield sys.platform
    if hasattr(os, "uname"):
        yield os.uname().machine
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        mapped = ""
    libraries = set(re.findall(r"(/\S*/(?:libc[.-]|ld-)\S*)$", mapped, re.MULTILINE))
    for library in sorted(libraries):
        yield f"{Path(library).name} {_file_digest(Path(library))}"
    if not libraries and hasattr(os, "confstr") and "CS_GNU_LIBC_VERSION" in os.confstr_names:
        yield str(os.confstr("CS_GNU_LIBC_VERSION"))
    for file in ("/etc/os-release", "/System/Library/CoreServices/SystemVersion.plist"):
        if Path(file).is_file():
            yield _file_digest(Path(file))
    if sys.platform == "darwin":
        developer = Path("/var/db/xcode_select_link")
        yield str(developer.resolve())
        yield _file_digest(developer.parent / "CommandLineTools" / "SDKs")
    if sys.platform == "win32":
        yield str(sys.getwindowsversion())


def machine(environ: Mapping[str, str]) -> tuple[str, ...]:
    """C compilers, linkers, C library and system, as lines of digests. Reads some megabytes, so it does so once."""
    named = tuple(sorted((name, value) for name, value in environ.items() if name == "PATH" or _NAMES_TOOL.match(name)))
    return _machine(named)


@functools.lru_cache(maxsize=4)
def _machine(environ: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return (*_tools(dict(environ)), *_platform())


def context(root: Path, rustc: str, environ: Mapping[str, str], arguments: Iterable[str]) -> str:
    """A digest of everything outside the packages that can change what comes out of a compile in ``root``.

    ``rustc`` is the answer of ``rustc -vV``, ``arguments`` are those that cargo does not take into account itself.
    """
    lines = [rustc, *arguments, *machine(environ)]
    lines += [f"{name}={value}" for name, value in sorted(variables(environ).items())]
    lines += [f"{file.name} {_file_digest(file)}" for file in configuration(root)]
    return hashlib.sha256("\0".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


class Content(NamedTuple):
    """Digests of one local package: ``code`` of what can be compiled, ``whole`` of every file.

    ``newest`` is the latest modification time among its files, in ns: what cargo goes by.
    """

    code: str
    whole: str
    newest: int


def _walk(folder: Path, others: frozenset[Path]) -> Iterator[Path]:
    """The files of a package, without other packages, built things, environments and version control."""
    for current, folders, files in os.walk(folder):
        here = Path(current)
        folders[:] = sorted(
            name
            for name in folders
            if (not name.startswith(".") or name == ".cargo")
            and name not in ("__pycache__", "node_modules")
            and here / name not in others
            and not name.endswith(".egg-info")
            and not (here.name == "build" and re.fullmatch(r"(lib|temp|bdist)(\..*)?", name))
            and not (here / name / "CACHEDIR.TAG").exists()
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if not name.endswith(_NEVER))


def package(one: Local, packages: Sequence[Local], workspace: Path, environ: Mapping[str, str]) -> Content:
    """Digests of a local package, of the workspace files that govern it, and of what its build script reads."""
    # maturin writes into this folder even where the compile is told to use another.
    others = frozenset([workspace / "target", *(other.folder for other in packages if other.folder != one.folder)])
    code, whole = hashlib.sha256(), hashlib.sha256()
    newest = 0
    for file in _walk(one.folder, others):
        below = file.relative_to(one.folder)
        line = f"{below.as_posix()}\0{_file_digest(file)}\n".encode("utf-8", "surrogateescape")
        whole.update(line)
        with suppress(OSError):
            newest = max(newest, file.stat().st_mtime_ns)
        if file.suffix not in _NOT_COMPILED and below.parts[0] not in _OTHER_TARGETS:
            code.update(line)
    common = [_file_digest(workspace / "Cargo.toml")]
    if one.build_script:
        text = one.build_script.read_text(encoding="utf-8", errors="replace") if one.build_script.is_file() else ""
        names = set(re.findall(r"[\"']([A-Z][A-Z0-9_]{2,})[\"']", text)) - _GIVEN_BY_CARGO
        common += [f"{name}={environ.get(name)}" for name in sorted(names) if not _NOT.match(name)]
        if re.search(r"PYO3_PYTHON|python", text):
            common += _distributions()
    tail = "\0".join(common).encode("utf-8", "surrogateescape")
    code.update(tail)
    whole.update(tail)
    return Content(code.hexdigest(), whole.hexdigest(), newest)


# Set by cargo for each build script (the Cargo book, "Environment variables"), never from outside.
_GIVEN_BY_CARGO = frozenset(
    ["OUT_DIR", "TARGET", "HOST", "NUM_JOBS", "OPT_LEVEL", "DEBUG", "PROFILE"]
    + ["RUSTC", "RUSTDOC", "CARGO", "CARGO_MANIFEST_DIR"]
)


def _distributions() -> list[str]:
    """What is installed beside the running Python, by name and version: a build script may ask Python for it."""
    found = []
    for entry in sys.path:
        if entry.endswith(("site-packages", "dist-packages")) and Path(entry).is_dir():
            found += [file.name for file in Path(entry).iterdir() if file.name.endswith((".dist-info", ".egg-info"))]
    return sorted(found)


def times(one: Local, packages: Sequence[Local]) -> dict[str, int]:
    """The modification times of a package's files, hidden ones too: name -> ns."""
    others = {other.folder for other in packages if other.folder != one.folder}
    found = {}
    for current, folders, names in os.walk(one.folder):
        here = Path(current)
        folders[:] = [name for name in folders if here / name not in others and name not in (".git", "target")]
        for name in names:
            with suppress(OSError):
                found[(here / name).relative_to(one.folder).as_posix()] = (here / name).lstat().st_mtime_ns
    return found


def listed(one: Local, places: Sequence[Path], workspace: Path) -> tuple[tuple[str, ...], bool]:
    """(the files that rustc and the build script name as inputs, whether every file of the package is one).

    ``places`` are profile folders (``target/release``). The former come from rustc's dep-info
    files and the build script's own ``rerun-if-changed``; a script that names nothing may read anything, as with cargo.
    Names are as rustc gives them, absolute or from ``workspace``.
    """
    names: set[str] = set()
    patterns = [f"build/{one.name}-*/*.d"]
    for crate in one.crate_names:
        patterns += [f"deps/{crate}-*.d", f"deps/{crate}.d"]
    for file in (file for place in places for pattern in patterns for file in place.glob(pattern)):
        for row in file.read_text(encoding="utf-8", errors="replace").splitlines():
            _, colon, inputs = row.partition(": ")
            if colon and not row.startswith("#"):
                names.update(word.replace("\\ ", " ") for word in re.split(r"(?<!\\) ", inputs) if word)
    outputs = [file for place in places for file in place.glob(f"build/{one.name}-*/output")]
    silent = bool(one.build_script) and not outputs
    for file in outputs:
        text = file.read_text(encoding="utf-8", errors="replace")
        silent = silent or "rerun-if-" not in text
        names.update(
            str(one.folder / path) for path in re.findall(r"^cargo::?rerun-if-changed=(.*)$", text, re.MULTILINE)
        )
    return tuple(sorted({_below(workspace, name) for name in names})), silent


def _below(workspace: Path, name: str) -> str:
    """A name from ``workspace`` where it lies below: the record serves an sdist in its next folder, too."""
    try:
        return Path(name).relative_to(workspace).as_posix()
    except ValueError:
        return name


def files(names: Iterable[str], one: Local, workspace: Path) -> str:
    """A digest of the named files and of all that is in the named folders; see :func:`listed`.

    A macro may embed a folder of texts, where a new one is an input before any list names it: so the names beside
    each text count.
    """
    digest = hashlib.sha256()
    beside: set[Path] = set()
    for name in names:
        path = workspace / name
        if not path.is_dir():
            digest.update(f"{name}\0{_file_digest(path)}\n".encode("utf-8", "surrogateescape"))
            if path.suffix in _NOT_COMPILED:
                beside.add(path.parent)
            continue
        for file in _within(path):
            line = f"{name}\0{file.relative_to(path).as_posix()}\0{_file_digest(file)}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    for folder in sorted(beside):
        texts = folder.iterdir() if folder == one.folder else _within(folder)
        shown = sorted(file.name for file in texts if file.suffix in _NOT_COMPILED)
        digest.update("\0".join(shown).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _within(folder: Path) -> list[Path]:
    """The files below ``folder``, without version control and target folders."""
    found = []
    for current, folders, files in os.walk(folder):
        here = Path(current)
        folders[:] = [name for name in folders if name != ".git" and not (here / name / "CACHEDIR.TAG").exists()]
        found += [here / name for name in files]
    return sorted(found)
