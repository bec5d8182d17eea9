"""The format of PyO3 build configuration files: parses a file and finds what is wrong with it.

The format is that of `InterpreterConfig` in the pyo3-build-config crate (PyO3 user guide, "Advanced config files").
The releases that support each key come from the crate's sources, 0.14.5 to 0.30.1.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import Place, closest
from ..model.problem import Problem
from ..model.version import version_tuple
from ..model.words import Severity

IMPLEMENTATIONS = {"CPython": "cpython", "PyPy": "pypy", "GraalVM": "graalpy", "RustPython": "rustpython"}
KINDS = ("gil_enabled", "free_threaded", "abi3", "abi3t")
# key -> (the first PyO3 release that reads it, the last one for which to write it)
KEYS: dict[str, tuple[str, str | None]] = {
    "implementation": ("0.14", None),
    "version": ("0.14", None),
    "shared": ("0.14", None),
    "abi3": ("0.14", "0.28"),
    "target_abi": ("0.29", None),
    "lib_name": ("0.14", None),
    "lib_dir": ("0.14", None),
    "executable": ("0.14", None),
    "pointer_width": ("0.14", None),
    "build_flags": ("0.14", None),
    "python_framework_prefix": ("0.23.4", None),
    "suppress_build_script_link_lines": ("0.14", None),
    "extra_build_script_line": ("0.14", None),
}
# maturin reads these keys from the same file. PyO3 0.18.1 and newer only warn about them.
MATURIN_KEYS = ("ext_suffix", "abiflags", "abi_tag")
UNKNOWN_KEY_IS_A_WARNING = (0, 18, 1)
_FREE_THREADED_FROM = (3, 13)


class Abi(NamedTuple):
    """An ABI as ``target_abi`` names it. ``kind`` is one of :data:`KINDS`.

    ``version`` is the lowest Python for a stable ABI, and the only one for the other kinds.
    """

    implementation: str
    kind: str
    version: tuple[int, int]
    debug: bool = False

    def __str__(self) -> str:
        text = f"{self.implementation}-{self.kind}-{self.version[0]}.{self.version[1]}"
        return text + ("-debug" if self.debug else "")


class Config(NamedTuple):
    """A build configuration; its fields have the names of the file's keys.

    ``implementation`` is a key of :data:`IMPLEMENTATIONS`, ``pointer_width`` is in bits. ``others`` has the keys that
    PyO3 does not know, such as maturin's, with their values.
    """

    version: tuple[int, int]
    abi: Abi
    implementation: str = "CPython"
    shared: bool = True
    lib_name: str | None = None
    lib_dir: str | None = None
    executable: str | None = None
    pointer_width: int | None = None
    build_flags: frozenset[str] = frozenset()
    suppress_build_script_link_lines: bool = False
    extra_build_script_lines: tuple[str, ...] = ()
    python_framework_prefix: str | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def free_threaded(self) -> bool:
        """Whether the interpreter is free-threaded."""
        return "Py_GIL_DISABLED" in self.build_flags or self.abi.kind == "free_threaded"


def check(
    data: bytes | str, name: str, *, pyo3: str | None = None, pointer_width: int | None = None
) -> tuple[Config | None, list[Problem]]:
    """Parse and check a file: (the configuration, or None if there is an error; all problems).

    ``name`` is the file's name in messages, ``pyo3`` the release that will read it, and ``pointer_width`` that of the
    target in bits.
    """
    reader = Reader(name, pyo3)
    reader.lines(data)
    config = reader.config(pointer_width)
    return (None if reader.failed else config), reader.problems


class Reader:
    """Reads one file: :meth:`lines` splits it into values, :meth:`config` turns these into a :class:`Config`."""

    def __init__(self, name: str, pyo3: str | None) -> None:
        self.name = name
        self.pyo3 = pyo3
        self.problems: list[Problem] = []
        self.values: dict[str, tuple[str, int]] = {}
        self.extra: list[str] = []
        self.others: list[tuple[str, str]] = []

    @property
    def failed(self) -> bool:
        """Whether any problem is an error."""
        return any(problem.severity == Severity.ERROR for problem in self.problems)

    def error(self, code: str, message: str, line: int | None, hint: str) -> None:
        """Add an error at ``line`` (1-based)."""
        self.problems.append(
            Problem(code=code, severity=Severity.ERROR, message=message, place=Place(self.name, line), hint=hint)
        )

    def lines(self, data: bytes | str) -> None:
        """Read the lines of ``data`` into ``values``, ``extra`` and ``others``, and check the form of each."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        if raw.startswith(b"\xef\xbb\xbf"):
            message = "the file starts with a UTF-8 byte order mark (BOM), which PyO3 reads as part of the first key"
            self.error("PFB201", message, 1, "save the file as UTF-8 without BOM")
            return
        rows = raw.split(b"\n")
        if rows[-1] == b"":
            rows.pop()
        for number, row in enumerate(rows, 1):
            try:
                text = row.decode("utf-8")
            except UnicodeDecodeError:
                self.error("PFB201", "this is not UTF-8 text", number, "write the file again")
                return
            text = text[:-1] if text.endswith("\r") else text
            if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text):
                self.error("PFB201", "there is a control character", number, "write the file again")
                return
            key, equals, value = text.partition("=")
            if not equals:
                line = "an empty line" if not text.strip() else f"{text!r} is not key=value"
                self.error("PFB202", f"{line}, which PyO3 rejects", number, "one key=value on each line")
            elif key == "extra_build_script_line":
                self.extra.append(value)
            elif key not in KEYS:
                self._unknown(key, value, number)
            elif key in self.values and self.values[key][0] != value.strip():
                first = self.values[key][1]
                self.error("PFB203", f"{key} was given another value on line {first}", number, "keep one of the two")
            else:
                self.values[key] = value.strip(), number
                self._check_release(key, number)

    def _unknown(self, key: str, value: str, number: int) -> None:
        if key not in MATURIN_KEYS:
            near = closest(key, KEYS)
            refuses = self.pyo3 is not None and version_tuple(self.pyo3) < UNKNOWN_KEY_IS_A_WARNING
            hint = f"did you mean {near[0]}?" if near else "known: " + ", ".join(KEYS)
            severity = Severity.ERROR if refuses else Severity.WARNING
            message = f"PyO3 does not know the key {key!r}"
            self.problems.append(
                Problem(code="PFB204", severity=severity, message=message, place=Place(self.name, number), hint=hint)
            )
        self.others.append((key, value))

    def _check_release(self, key: str, number: int) -> None:
        """Check that the PyO3 release reads the key."""
        if self.pyo3 is None:
            return
        first, last = KEYS[key]
        release = version_tuple(self.pyo3)
        if release < version_tuple(first):
            refuses = release < UNKNOWN_KEY_IS_A_WARNING
            message = f"PyO3 {self.pyo3} does not know {key}, which PyO3 {first} added"
            severity = Severity.ERROR if refuses or key == "target_abi" else Severity.WARNING
            self.problems.append(
                Problem(
                    code="PFB205",
                    severity=severity,
                    message=message,
                    place=Place(self.name, number),
                    hint=f"remove {key}",
                )
            )
        elif last and release[:2] > version_tuple(last)[:2]:
            message = f"{key} is deprecated since PyO3 0.29"
            self.problems.append(
                Problem(
                    code="PFB205",
                    severity=Severity.WARNING,
                    message=message,
                    place=Place(self.name, number),
                    hint="write target_abi",
                )
            )

    def _value(self, key: str, pattern: str, hint: str) -> str | None:
        """The value of ``key``, or None if it is missing or does not match ``pattern``, which is an error."""
        value, line = self.values.get(key, (None, 0))
        if value is not None and not re.fullmatch(pattern, value):
            self.error("PFB206", f"{key} = {value!r} is not valid", line, hint)
            return None
        return value

    def config(self, width: int | None) -> Config | None:
        """The configuration that the values describe; None if there is an error. ``width`` is the target's, in bits."""
        number = self._value("version", r"\d{1,2}\.\d{1,2}", "a Python version such as 3.13")
        if "version" not in self.values and not any(problem.code == "PFB201" for problem in self.problems):
            self.error("PFB207", "the key version is missing", None, "add a line such as version=3.13")
        names = "|".join(IMPLEMENTATIONS)
        implementation = self._value("implementation", names, "one of " + ", ".join(IMPLEMENTATIONS))
        shared = self._value("shared", "true|false", "true or false")
        abi3 = self._value("abi3", "true|false", "true or false")
        suppress = self._value("suppress_build_script_link_lines", "true|false", "true or false")
        bits = self._value("pointer_width", "32|64", "32 or 64, in bits")
        pattern = rf"(?:{names})-(?:{'|'.join(KINDS)})-\d{{1,2}}\.\d{{1,2}}(?:-debug)?"
        target = self._value("target_abi", pattern, "such as CPython-abi3-3.9 or CPython-free_threaded-3.14")
        if "abi3" in self.values and "target_abi" in self.values:
            self.error("PFB208", "abi3 and target_abi exclude each other", self.values["abi3"][1], "keep target_abi")
        if bits and width and int(bits) != width:
            line = self.values["pointer_width"][1]
            self.error("PFB209", f"pointer_width={bits}, but the target has {width} bits", line, "correct the line")
        if number is None or self.failed:
            return None
        major, minor = map(int, number.split("."))
        version = major, minor
        flags = frozenset(filter(None, self.values.get("build_flags", ("", 0))[0].split(",")))
        abi = self._abi(implementation or "CPython", version, flags, abi3 == "true", target)

        def text(key: str) -> str | None:
            return self.values[key][0] if key in self.values else None

        return Config(
            version=version,
            abi=abi,
            implementation=implementation or "CPython",
            shared=shared != "false",
            lib_name=text("lib_name"),
            lib_dir=text("lib_dir"),
            executable=text("executable"),
            pointer_width=int(bits) if bits else None,
            build_flags=flags | ({"Py_GIL_DISABLED"} if abi.kind == "free_threaded" else set()),
            suppress_build_script_link_lines=suppress == "true",
            extra_build_script_lines=tuple(self.extra),
            # For an interpreter without that variable (PyPy), PyO3 itself writes Python's None here.
            python_framework_prefix=None if (prefix := text("python_framework_prefix")) == "None" else prefix,
            others=tuple(self.others),
        )

    def _abi(
        self, implementation: str, version: tuple[int, int], flags: frozenset[str], abi3: bool, target: str | None
    ) -> Abi:
        """The ABI that ``target`` (the value of target_abi) names, or that the other keys describe."""
        threaded = "Py_GIL_DISABLED" in flags
        if target is None:
            # abi3=true does not change this: PyO3 0.28 and older wrote it for a free-threaded Python too.
            kind = "free_threaded" if threaded else ("abi3" if abi3 else "gil_enabled")
            if implementation == "RustPython":
                kind = "abi3t"
            abi = Abi(implementation=implementation, kind=kind, version=version, debug="Py_DEBUG" in flags)
            line = self.values.get("build_flags", ("", None))[1]
        else:
            whole, debug = target.removesuffix("-debug"), target.endswith("-debug")
            name, kind, digits = whole.split("-")
            major, minor = map(int, digits.split("."))
            abi = Abi(implementation=name, kind=kind, version=(major, minor), debug=debug or "Py_DEBUG" in flags)
            line = self.values["target_abi"][1]
            if threaded and kind in ("gil_enabled", "abi3"):
                self.error(
                    "PFB210", f"build_flags has Py_GIL_DISABLED, but target_abi is {kind}", line, "correct one of them"
                )
            if kind in ("abi3", "abi3t") and abi.version > version:
                self.error(
                    "PFB210", f"the floor of target_abi is above version {version[0]}.{version[1]}", line, "lower it"
                )
            if kind in ("gil_enabled", "free_threaded") and abi.version != version:
                self.error(
                    "PFB210", f"target_abi is not for version {version[0]}.{version[1]}", line, "correct one of them"
                )
            if name != implementation:
                self.error(
                    "PFB210",
                    f"target_abi is for {name}, but implementation is {implementation}",
                    line,
                    "correct one of them",
                )
        if abi.kind == "free_threaded" and abi.version < _FREE_THREADED_FROM:
            self.error("PFB210", "no Python below 3.13 is free-threaded", line, "correct version or build_flags")
        return abi
