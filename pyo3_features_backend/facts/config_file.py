"""PyO3 build configuration files: read, check, write, and resolve for an interpreter.

PyO3 writes such a file with PYO3_PRINT_CONFIG=1 and reads it from PYO3_CONFIG_FILE; :mod:`.config_format` has the
format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import BackendError
from ..model.version import version_tuple
from ..model.words import Severity
from .config_format import Abi, Config, check
from .files import read_bytes

__all__ = ["Abi", "Config", "ConfigFileError", "check", "from_environment", "parse", "read", "resolve", "text", "write"]


class ConfigFileError(BackendError):
    """A build configuration file that PyO3 would reject or misread."""


def read(path: Path, *, pointer_width: int | None = None) -> Config:
    """Read and check the file at ``path``. Raises :class:`ConfigFileError` with file and line."""
    data = read_bytes(path, str(path), ConfigFileError, what="the PyO3 configuration file")
    return parse(data, str(path), pointer_width=pointer_width)


def from_environment(value: str, *, pointer_width: int | None = None) -> Config:
    """Read the file that PYO3_CONFIG_FILE names. Raises :class:`ConfigFileError`, for a relative path too.

    PyO3 accepts only an absolute path, because cargo runs build scripts in another folder.
    """
    if not Path(value).is_absolute():
        raise ConfigFileError(
            f"PYO3_CONFIG_FILE={value} is a relative path, which PyO3 rejects",
            hint=f"PYO3_CONFIG_FILE={Path(value).absolute()}",
        )
    return read(Path(value), pointer_width=pointer_width)


def parse(data: bytes | str, name: str = "PyO3 configuration", *, pointer_width: int | None = None) -> Config:
    """Parse and check ``data``. ``pointer_width`` is that of the target in bits, or None if it is not known.

    Raises :class:`ConfigFileError` for the first error that :func:`check` finds.
    """
    config, problems = check(data, name, pointer_width=pointer_width)
    for problem in problems:
        if problem.severity == Severity.ERROR:
            raise ConfigFileError(problem.message, place=problem.place, hint=problem.hint, code=problem.code)
    assert config is not None
    return config


def text(config: Config, pyo3: str) -> str:
    """The text of a file with ``config`` for the PyO3 release ``pyo3``: the keys that it supports, in PyO3's order.

    Raises :class:`ConfigFileError` for a configuration that the release cannot express.
    """
    release = version_tuple(pyo3)
    new = release >= version_tuple("0.29")
    unsupported = {
        f"{config.abi.kind} builds": config.abi.kind == "abi3t" and not new,
        "free-threaded Pythons": config.free_threaded and release < version_tuple("0.23"),
        "GraalPy": config.implementation == "GraalVM" and release < version_tuple("0.21"),
        "RustPython": config.implementation == "RustPython" and not new,
    }
    for what, needed in unsupported.items():
        if needed:
            raise ConfigFileError(f"PyO3 {pyo3} does not support {what}", hint="choose a newer PyO3")

    def rows() -> Iterator[tuple[str, str]]:
        yield "implementation", config.implementation
        # Up to PyO3 0.28 the stable ABI has no version of its own, so the file has the floor as its version.
        version = config.version if new or config.abi.kind != "abi3" else config.abi.version
        yield "version", f"{version[0]}.{version[1]}"
        yield "shared", _bool(config.shared)
        if new:
            # Before PyO3 0.30 only build_flags says that it is a debug build.
            yield (
                "target_abi",
                str(config.abi if release >= version_tuple("0.30") else config.abi._replace(debug=False)),
            )
        else:
            yield "abi3", _bool(config.abi.kind == "abi3")
        for key in ("lib_name", "lib_dir", "executable", "pointer_width"):
            value = getattr(config, key)
            if value is not None:
                yield key, str(value)
        yield "build_flags", ",".join(sorted(config.build_flags))
        if config.python_framework_prefix is not None and release >= version_tuple("0.23.4"):
            yield "python_framework_prefix", config.python_framework_prefix
        yield "suppress_build_script_link_lines", _bool(config.suppress_build_script_link_lines)
        for line in config.extra_build_script_lines:
            yield "extra_build_script_line", line

    return "".join(f"{key}={value}\n" for key, value in rows())


def _bool(value: bool) -> str:
    return "true" if value else "false"


def write(path: Path, config: Config, pyo3: str) -> None:
    """Write ``config`` for the PyO3 release ``pyo3`` to ``path`` atomically. Raises :class:`ConfigFileError`."""
    content = text(config, pyo3)
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_bytes(content.encode())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigFileError(f"{path} cannot be written: {error.strerror}", hint="check the folder") from None


def resolve(executable: str, pyo3: str) -> Config:
    """The configuration that the PyO3 release ``pyo3`` finds by running ``executable``. Raises :class:`TargetError`."""
    from .interpreter import ask

    return from_facts(ask(executable, "--config"), pyo3)


def from_facts(facts: Mapping[str, Any], pyo3: str) -> Config:
    """The configuration for the PyO3 release ``pyo3`` from the facts of ``_probe.py --config``."""
    release = version_tuple(pyo3)
    major, minor = facts["version"]
    implementation = str(facts["platform_implementation"])
    flags = {name for name in facts["build_flags"] if name in flags_of(release)}
    if "Py_DEBUG" in flags:
        flags.add("Py_REF_DEBUG")
    if release < version_tuple("0.16") and (implementation == "PyPy" or (major, minor) >= (3, 7)):
        flags.add("WITH_THREAD")
    kind = "free_threaded" if "Py_GIL_DISABLED" in flags else "gil_enabled"
    if implementation == "RustPython":
        kind = "abi3t"
    debug = facts["debug"] and (release >= version_tuple("0.30") or "Py_DEBUG" in flags)
    abi = Abi(implementation=implementation, kind=kind, version=(major, minor), debug=debug)
    return Config(
        version=(major, minor),
        abi=abi,
        implementation=implementation,
        shared=bool(facts["link_shared"]),
        lib_name=_lib_name(facts, abi),
        lib_dir=facts["windows_lib_dir"] or facts["libdir"],
        executable=facts["executable"],
        pointer_width=facts["pointer_width"],
        build_flags=frozenset(flags),
        python_framework_prefix=facts["framework_prefix"] if release >= version_tuple("0.23.4") else None,
    )


def flags_of(release: tuple[int, ...]) -> set[str]:
    """The build flags that a PyO3 release looks up in an interpreter (``BuildFlags::ALL``)."""
    flags = {"Py_DEBUG", "Py_REF_DEBUG", "COUNT_ALLOCS"}
    if release < version_tuple("0.16"):
        flags.add("WITH_THREAD")
    if release < version_tuple("0.29"):
        flags.add("Py_TRACE_REFS")
    if release >= version_tuple("0.23"):
        flags.add("Py_GIL_DISABLED")
    return flags


def _lib_name(facts: Mapping[str, Any], abi: Abi) -> str:
    """The name of the Python library to link, without its suffix."""
    major, minor = abi.version
    flavour = "t" if abi.kind == "free_threaded" else ""
    if facts["windows_lib_dir"]:
        if abi.implementation == "PyPy":
            return f"libpypy{major}.{minor}-c"
        return f"python{major}{minor}{flavour}" + ("_d" if abi.debug else "")
    if abi.implementation == "GraalVM":
        return "python-native"
    version = facts["ld_version"] or f"{major}.{minor}{flavour}" + ("d" if abi.debug else "")
    return f"pypy{version}-c" if abi.implementation == "PyPy" else f"python{version}"
