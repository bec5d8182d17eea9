"""Finds the target Python of a build that may not run here, in files and the environment.

:func:`choose` has the order of the sources; docs/targets.md shows it as a table.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import Place, TargetError
from ..model.target import Target
from . import config_file
from .config_format import IMPLEMENTATIONS, Config
from .interpreter import of_executable, running

# The first word in a triple decides: aarch64-linux-android, aarch64-apple-ios-sim.
_SYSTEMS = {
    "android": "android",
    "linux": "linux",
    "darwin": "darwin",
    "-ios": "ios",
    "windows": "win32",
    "emscripten": "emscripten",
    "wasi": "wasi",
}
# Without a Python of the system that says more: the lowest versions for which cibuildwheel builds.
_ANDROID, _IOS = "android-24", "ios-13.0"
_ANDROID_ABIS = {"aarch64": "arm64_v8a", "armv7": "armeabi_v7a", "i686": "x86"}
_ARCHITECTURES = {"arm64": "aarch64", "amd64": "x86_64", "i586": "i686"}


def pointer_width(triple: str) -> int:
    """The pointer width of a rustc target in bits, by its architecture (The rustc book, "Platform Support")."""
    architecture = triple.split("-")[0]
    wide = (
        "x86_64",
        "aarch64",
        "arm64",
        "powerpc64",
        "s390x",
        "riscv64",
        "loongarch64",
        "sparc64",
        "mips64",
        "universal2",
    )
    return 64 if architecture.startswith(wide) and not triple.endswith("x32") else 32


def system_of(triple: str) -> str:
    """The value of ``sys.platform`` on a rustc target."""
    return next((system for word, system in _SYSTEMS.items() if word in triple), triple.split("-")[-1])


def platform_of(triple: str, own: str) -> str:
    """The value of ``sysconfig.get_platform()`` on a rustc target.

    ``own`` is the value on this machine. It gives the version of macOS, and it is the result for systems whose platform
    name has a version, if this machine has the same system.
    """
    architecture = triple.split("-")[0]
    system = system_of(triple)
    if system == "linux":
        return "linux-" + {"i586": "i686", "armv7": "armv7l", "powerpc64le": "ppc64le"}.get(architecture, architecture)
    if system == "win32":
        return {"x86_64": "win-amd64", "aarch64": "win-arm64"}.get(architecture, "win32")
    if system == "darwin":
        version = own.split("-")[1] if own.startswith("macosx-") else "11.0"
        return f"macosx-{version}-" + {"aarch64": "arm64"}.get(architecture, architecture)
    if own.startswith(system):
        return own
    if system == "android":
        return f"{_ANDROID}-{_ANDROID_ABIS.get(architecture, architecture)}"
    if system == "ios":
        sdk = "iphonesimulator" if architecture == "x86_64" or triple.endswith("-sim") else "iphoneos"
        return f"{_IOS}-{'arm64' if architecture == 'aarch64' else architecture}-{sdk}"
    return f"{system}-{architecture}"


def _derive(
    implementation: str, version: tuple[int, int], base: Target, *, free_threaded: bool, debug: bool, **fields: Any
) -> Target:
    """A target on the platform of ``base`` for another Python, which cannot run here; ``fields`` sets other fields."""
    flags = ("t" if free_threaded else "") + ("d" if debug else "")
    made = base._replace(
        implementation=implementation,
        version=version,
        full_version=f"{version[0]}.{version[1]}",
        implementation_version=version if implementation == "cpython" else base.implementation_version,
        free_threaded=free_threaded,
        debug=debug,
        abiflags=flags,
        soabi="",
        executable=None,
        base_executable=None,
        suffixes=(".so",),
    )
    return made._replace(**fields)


def of_config(config: Config, place: Place, base: Target) -> Target:
    """The Python of a build configuration file, on the platform of ``base``.

    maturin's key ``ext_suffix`` is used if the file has it. Raises :class:`TargetError`, with ``place`` as its place.
    """
    others = dict(config.others)
    suffix = others.get("ext_suffix", "").strip()
    implementation = IMPLEMENTATIONS[config.implementation]
    soabi = suffix.strip(".").rpartition(".")[0]
    if implementation in ("pypy", "graalpy") and not soabi:
        raise TargetError(
            f"the file does not say which ABI of {config.implementation} {config.version[0]}.{config.version[1]} it is",
            place=place,
            hint="add maturin's key, such as ext_suffix=.pypy311-pp73-x86_64-linux-gnu.so",
        )
    target = _derive(
        implementation,
        config.version,
        base,
        free_threaded=config.free_threaded,
        debug=config.abi.debug,
        shared=config.shared,
        pointer_width=config.pointer_width or base.pointer_width,
        soabi=soabi,
    )
    return target._replace(suffixes=(suffix, ".abi3.so", ".so")) if suffix else target


def of_sysconfig(path: Path, base: Target) -> Target:
    """The Python of a ``_sysconfigdata_*.py``. The file is parsed, not run. Raises :class:`TargetError`."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = next(
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "build_time_vars"
        )
        data = ast.literal_eval(assigned)
        major, minor = map(int, str(data["VERSION"]).split("."))
        soabi = str(data["SOABI"])
        width = int(data.get("SIZEOF_VOID_P", base.pointer_width // 8)) * 8
    except (MemoryError, RecursionError):  # both mean that the parser's stack is full
        message = "this is not sysconfig data of a Python: it is nested too deeply"
        raise TargetError(message, place=Place(str(path)), hint="check what the file contains") from None
    except (OSError, ValueError, SyntaxError, StopIteration, KeyError, TypeError, OverflowError) as error:
        raise TargetError(
            f"this is not sysconfig data of a Python: {type(error).__name__}: {error}",
            place=Place(str(path)),
            hint="set PYO3_CROSS_LIB_DIR to the folder with _sysconfigdata_*.py of the target Python",
        ) from None
    name = "pypy" if soabi.startswith("pypy") else ("graalpy" if soabi.startswith("graalpy") else "cpython")
    suffix = str(data.get("EXT_SUFFIX") or ".so")
    return _derive(
        name,
        (major, minor),
        base,
        free_threaded=str(data.get("Py_GIL_DISABLED")) == "1",
        debug=str(data.get("Py_DEBUG")) == "1",
        shared=str(data.get("Py_ENABLE_SHARED")) == "1" or bool(data.get("PYTHONFRAMEWORK")),
        pointer_width=width,
        soabi=soabi,
        suffixes=(suffix, ".abi3.so", ".so"),
    )


def of_build_details(path: Path, base: Target) -> Target:
    """The Python of a ``build-details.json`` (PEP 739). Raises :class:`TargetError`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        language, implementation = data["language"], data["implementation"]
        major, minor = map(int, str(language["version"]).split(".")[:2])
        own = implementation.get("version", {})
        flags = {str(flag) for flag in data.get("abi", {}).get("flags", ())}
        # Python 3.14 and 3.15 write "suffixes"; the PEP has extension_suffix in "abi".
        listed = data.get("suffixes", {}).get("extensions") or [data.get("abi", {}).get("extension_suffix", ".so")]
        suffixes = tuple(map(str, listed))
        target = _derive(
            str(implementation["name"]).lower(),
            (major, minor),
            base,
            free_threaded="t" in flags,
            debug="d" in flags,
            platform=str(data.get("platform", base.platform)),
            shared="dynamic" in data.get("libpython", {}),
            soabi=suffixes[0].strip(".").rpartition(".")[0],
            suffixes=suffixes,
        )
        if isinstance(own, dict) and "major" in own:
            target = target._replace(implementation_version=(int(own["major"]), int(own["minor"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise TargetError(
            f"this is not a PEP 739 build-details.json: {type(error).__name__}: {error}",
            place=Place(str(path)),
            hint="Python 3.14 and newer have it in their standard library",
        ) from None
    return target


def of_version(version: str, implementation: str, base: Target) -> Target:
    """The Python of PYO3_CROSS_PYTHON_VERSION (``3.14``, ``3.14t``) and PYO3_CROSS_PYTHON_IMPLEMENTATION.

    Raises :class:`TargetError`.
    """
    match = re.fullmatch(r"(3)\.(\d{1,2})(t?)", version)
    if not match:
        raise TargetError(f"PYO3_CROSS_PYTHON_VERSION={version} is not a Python version", hint="such as 3.13 or 3.14t")
    if implementation not in IMPLEMENTATIONS:
        known = ", ".join(IMPLEMENTATIONS)
        raise TargetError(f"PYO3_CROSS_PYTHON_IMPLEMENTATION={implementation} is not known", hint=f"one of {known}")
    number = int(match.group(1)), int(match.group(2))
    if implementation != "CPython":
        raise TargetError(
            f"PYO3_CROSS_PYTHON_VERSION={version} does not say which ABI of {implementation} it is",
            hint="set PYO3_CROSS_LIB_DIR to the folder of its sysconfig data, or PYO3_CONFIG_FILE to a config file",
        )
    threaded = bool(match.group(3))
    return _derive("cpython", number, base, free_threaded=threaded, debug=False, by_version=True)


def sysconfig_file(folder: Path, name: str | None) -> Path | None:
    """The sysconfig data, or else the build-details.json, in or below ``folder``; None if there is neither.

    ``name`` is the module name of the sysconfig data. Raises :class:`TargetError` if there are several.
    """
    if not folder.is_dir():
        raise TargetError(f"PYO3_CROSS_LIB_DIR={folder} is not a folder", hint="set it to the target's lib folder")
    pattern = f"{name}.py" if name else "_sysconfigdata_*.py"
    files = sorted({file.resolve() for file in folder.rglob(pattern)})
    if len(files) > 1:
        names = ", ".join(str(file) for file in files)
        raise TargetError(
            f"PYO3_CROSS_LIB_DIR={folder} contains several Pythons: {names}",
            hint="select one with _PYTHON_SYSCONFIGDATA_NAME, or use a deeper folder",
        )
    return files[0] if files else next(iter(sorted(folder.rglob("build-details*.json"))), None)


def archflags_triple(archflags: str) -> str | None:
    """The rustc target of ARCHFLAGS, which cibuildwheel sets on macOS (``-arch arm64``).

    Both architectures together are maturin's universal2. None if ARCHFLAGS names no architecture that fits.
    """
    architectures = set(re.findall(r"-arch\s+(\S+)", archflags))
    if {"arm64", "x86_64"} <= architectures:
        return "universal2-apple-darwin"
    if len(architectures) == 1:
        architecture = architectures.pop()
        return f"{_ARCHITECTURES.get(architecture, architecture)}-apple-darwin"
    return None


def choose(environ: Mapping[str, str], interpreter: str | None, triple: str | None, host: str) -> Target:
    """The target Python of a build.

    The first of these sources decides: PYO3_CONFIG_FILE; if the rustc target ``triple`` is not ``host``, the sysconfig
    data in PYO3_CROSS_LIB_DIR, then PYO3_CROSS_PYTHON_VERSION; then ``interpreter``; then the running Python. Raises
    :class:`TargetError` or :class:`ConfigFileError` if the first source that is set cannot be used.
    """
    base = of_executable(interpreter) if interpreter else running()
    crosses = bool(triple) and triple != host
    if triple and crosses:
        base = base._replace(
            cross_triple=triple,
            platform=platform_of(triple, base.platform),
            system=system_of(triple),
            pointer_width=pointer_width(triple),
        )
    if config_path := environ.get("PYO3_CONFIG_FILE"):
        config = config_file.from_environment(config_path, pointer_width=base.pointer_width)
        return of_config(config, Place(config_path), base)
    if not crosses:
        return base
    if folder := environ.get("PYO3_CROSS_LIB_DIR"):
        file = sysconfig_file(Path(folder), environ.get("_PYTHON_SYSCONFIGDATA_NAME"))
        if file:
            target = of_build_details(file, base) if file.suffix == ".json" else of_sysconfig(file, base)
            return target._replace(platform=base.platform)
    if version := environ.get("PYO3_CROSS_PYTHON_VERSION"):
        return of_version(version, environ.get("PYO3_CROSS_PYTHON_IMPLEMENTATION", "CPython"), base)
    # No source names the Python: it has the version of ``base``, on the other platform.
    if base.implementation != "cpython" or base.debug:
        return base
    return base._replace(by_version=True, soabi="", suffixes=(".so",))
