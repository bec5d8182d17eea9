"""Runs cargo as the install did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress

from .check import NAME, VARIABLE, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, NoReturn

_LIBRARIES = (".so", ".dylib", ".dll", ".pyd")
# Variables with which cargo compiles something else, or compiles again, if they are not those of the install.
_DROPPED = (
    ("PYO3_", "RUSTC", "RUSTFLAGS", "RUSTUP_TOOLCHAIN", "CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_")
    + ("CARGO_ENCODED_", "CARGO_INCREMENTAL", "CARGO_UNSTABLE_", "CARGO_MAKEFLAGS", "CARGO_MANIFEST_", "CARGO_PKG_")
    + ("CFLAGS", "CXXFLAGS", "LDFLAGS", "CPPFLAGS", "CC_", "CXX_", "AR_", "HOST_C", "TARGET_C", "PYTHON_SYS_")
)
_DROPPED_NAMES = ("CC", "CXX", "AR", "LD")


def find(module: dict[str, Any]) -> str:
    """cargo's path. Raises :class:`Unavailable`."""
    found = shutil.which("cargo") or shutil.which(module["cargo"])
    if not found:
        raise Unavailable("cargo is not installed any more")
    return found


def _environment(module: dict[str, Any], target: str) -> dict[str, str]:
    """cargo's environment: that of this process, with the variables that count as they were at the install."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and name not in _DROPPED_NAMES and not name.endswith("FLAGS")
    }
    environ.update({name: value.replace(module["target"], target) for name, value in module["env"].items()})
    environ[VARIABLE] = "false"  # for a build script that imports the module
    environ["PATH"] = os.pathsep.join(filter(None, [environ.get("PATH"), os.path.dirname(module["cargo"])]))
    for name, text in module["files"].items():
        path = environ[name]
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as opened:
                opened.write(text)
    python = environ.get("PYO3_PYTHON")
    if python and not shutil.which(python):  # it was in the build environment
        environ["PYO3_PYTHON"] = getattr(sys, "_base_executable", "") or sys.executable
    if folders := [path for path in environ.pop("PYTHONPATH", "").split(os.pathsep) if os.path.exists(path)]:
        environ["PYTHONPATH"] = os.pathsep.join(folders)
    return environ


def run(name: str, module: dict[str, Any], cargo: str, target: str) -> str:
    """Run cargo in the target folder ``target``; returns the artefact's path.

    Raises :class:`ImportError` for an error of cargo, and :class:`Unavailable` if it does not run at all.
    """
    arguments = [argument.replace(module["target"], target) for argument in module["arguments"]]
    words = [cargo, *arguments]
    errors: list[str] = []
    artefact = ""
    with subprocess.Popen(
        words,
        cwd=module["cwd"],
        env=_environment(module, target),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if sys.stderr else subprocess.DEVNULL,
    ) as process:
        for message in _messages(process.stdout or ()):
            if message.get("reason") == "compiler-message":
                text = message["message"].get("rendered") or ""
                _show(text)
                errors += [text] if message["message"].get("level") == "error" else []
            elif message.get("reason") == "compiler-artifact" and message.get("manifest_path") == module["manifest"]:
                made = [path for path in message["filenames"] if path.endswith(_LIBRARIES)]
                artefact = made[-1] if made and "cdylib" in message["target"]["crate_types"] else artefact
    if process.returncode or not artefact:
        if not errors:
            _probe(cargo, module, target)
        _fail(name, module, errors or [_said(words, module, target)])
    return artefact


def _messages(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """cargo's messages. Other lines, such as those of a procedural macro, are ignored."""
    for line in lines:
        with suppress(ValueError):
            message = json.loads(line)
            if isinstance(message, dict):
                yield message


def _show(text: str) -> None:
    with suppress(OSError, ValueError):
        if sys.stderr:
            sys.stderr.write(text)
            sys.stderr.flush()


def _probe(cargo: str, module: dict[str, Any], target: str) -> None:
    """Raise :class:`Unavailable` if cargo cannot even print its version: rustup's proxy without a toolchain."""
    words = [cargo, "--version"]
    result = subprocess.run(
        words, cwd=module["cwd"], env=_environment(module, target), stdin=subprocess.DEVNULL, capture_output=True
    )
    if result.returncode:
        (first, *_) = result.stderr.decode(errors="replace").strip().splitlines() or [f"status {result.returncode}"]
        raise Unavailable(f"cargo does not run: {first.rstrip('.')}")


def _said(words: list[str], module: dict[str, Any], target: str) -> str:
    """cargo's own error, if it is not the compiler's. Runs cargo again: the first run printed it to stderr only."""
    result = subprocess.run(
        words, cwd=module["cwd"], env=_environment(module, target), stdin=subprocess.DEVNULL, capture_output=True
    )
    text = result.stderr.decode(errors="replace")
    return text[max(text.find("error"), 0) :] or f"cargo ended with status {result.returncode}"


def _fail(name: str, module: dict[str, Any], errors: list[str]) -> NoReturn:
    rows = errors[0].rstrip().splitlines()
    # The message and the line of source; what follows are notes, and all is above.
    end = next((number for number, row in enumerate(rows) if row.lstrip().startswith(("= ", "help:", "note:"))), None)
    text = "\n".join(row for row in rows[:end] if row.strip() != "|")
    raise ImportError(
        f"{NAME}: {name} does not compile, so it is not imported\n{text}\n"
        f"  help: {VARIABLE}=false imports the version that was compiled before",
        name=name,
        path=module["manifest"],
    )


def clean(module: dict[str, Any], cargo: str, target: str) -> None:
    """Make cargo compile the project's own crates again; everything, if `cargo clean` fails."""
    words = [cargo, "clean", "-q", *module["clean"]]
    result = subprocess.run(words, cwd=module["cwd"], env=_environment(module, target), capture_output=True)
    if result.returncode:
        shutil.rmtree(target, ignore_errors=True)
        os.makedirs(target, mode=0o700, exist_ok=True)
