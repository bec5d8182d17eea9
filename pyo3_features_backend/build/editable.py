"""Adds the loader that compiles changed Rust sources to an editable wheel: :mod:`rebuild.on_import`.

The loader repeats the call of cargo that the delegate made. This module repeats it once, in the same place: then it is
certain that the loader can, and that it compiles nothing that the build has compiled.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

from ..delegates.recorder import Call, Recorder, recording
from ..errors import NAME, Place, render, say
from ..facts.arguments import flags_without_features
from ..model.compile import Destination
from ..model.extension import Extension
from ..model.graph import Graph
from ..model.words import Severity
from ..rebuild import clean, machine, on_import, place, wheel_files
from ..rebuild.on_import import cargo, check, compile
from .gather import Facts
from .steps import report

_MARGIN = 10_000_000  # ns: the time of a new file can be this much behind the clock


class Built(NamedTuple):
    """An extension module of an editable build.

    ``name`` is its dotted name, and ``stem`` its path in the source tree without the suffix. Both may be unknown for a
    module that is in the wheel.
    """

    extension: Extension
    name: str | None
    stem: Path | None
    destination: Destination


class _Impossible(Exception):
    """Why the loader cannot compile a module."""


class Rebuild:
    """The loader for one build. ``started`` is the time in ns at which the build began."""

    def __init__(self, facts: Facts, recorder: Recorder) -> None:
        self.facts, self.recorder, self.started = facts, recorder, time.time_ns() - _MARGIN

    def add(self, wheel: Path, built: Sequence[Built]) -> None:
        """Add the loader to an editable wheel; if that is impossible, only print a warning that says why."""
        calls = self.recorder.calls()
        try:
            modules = [self._module(wheel, module, _call_for(module, built, calls)) for module in built]
        except _Impossible as error:
            _warn(str(error))
            return
        package = f"_{re.sub('[-_.]+', '_', self.facts.name).lower()}_rebuild"
        files = {f"{package}/{file.name}": file.read_bytes() for file in _sources()}
        for name, module, record in modules:
            files[f"{package}/{name}.json"] = json.dumps(module, indent=1).encode()
            files[f"{package}/{name}.record"] = check.dumped(record)
        names = ", ".join(repr(name) for name, _, _ in modules)
        files[f"{package}.pth"] = f"import {package}; {package}.install({names})\n".encode()
        wheel_files.add(wheel, files)

    def _module(self, wheel: Path, built: Built, call: Call) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """(the name of a module, how to compile it, the record of its compile) for the loader."""
        graph = built.extension.crate.graph if built.extension.crate else None
        folder = built.destination.place
        if graph is None or folder is None:
            raise _Impossible("the compiled files of this build are not kept")
        target = built.destination.env["CARGO_TARGET_DIR"]
        environ = self._environ(call)
        config = environ.get("PYO3_CONFIG_FILE")
        module: dict[str, Any] = {
            "cwd": call.folder,
            "arguments": _arguments(call),
            "env": environ,
            "files": {"PYO3_CONFIG_FILE": Path(config).read_text(encoding="utf-8")} if config else {},
            "cargo": self.recorder.cargo,
            "manifest": str(graph.manifest),
            "clean": _clean(built.extension, graph, call),
            "place": str(folder),
            "target": target,
            "generation": int(Path(target).name),
            "format": place.FORMAT,
            "watched": _watched(self.facts.project.root, graph),
        }
        label = built.name or built.extension.name or self.facts.name
        try:
            artefact = cargo.run(label, module, self.recorder.cargo, target)
        except ImportError as error:
            raise _Impossible(f"the cargo call could not be repeated: {error}") from None
        name, file, in_tree = self._file(wheel, built, Path(artefact).read_bytes())
        record: dict[str, Any] = {
            "root": str(self.facts.project.root),
            "file": file,
            "whole": _whole(graph),
            "excluded": sorted({str(graph.target_directory), str(graph.build_directory), str(folder.parent)}),
            "installed": check.metadata(file) if in_tree else None,
            "at": time.time_ns(),
        }
        compile.renew(record, module, artefact, self.started)
        return name, module, record

    def _environ(self, call: Call) -> dict[str, str]:
        """The variables that the delegate or this backend added, and those that compilers read."""
        before = self.recorder.environ
        return {
            name: value for name, value in call.environ.items() if before.get(name) != value or machine.counts(name)
        }

    def _file(self, wheel: Path, built: Built, artefact: bytes) -> tuple[str, str, bool]:
        """(the name of the module, its file, whether that is in the source tree) of the file that is the artefact."""
        suffixes = sorted(self.facts.target.suffixes, key=len, reverse=True)
        with ZipFile(wheel) as packed:
            for inside in packed.namelist():
                suffix = next((suffix for suffix in suffixes if inside.endswith(suffix)), None)
                name = inside[: -len(suffix)].replace("/", ".") if suffix else ""
                if name and built.name in (None, name) and packed.read(inside) == artefact:
                    return name, inside, False
        for suffix in suffixes:
            file = Path(f"{built.stem}{suffix}")
            if built.stem and file.is_file() and file.read_bytes() == artefact:
                return str(built.name), str(file), True
        raise _Impossible(f"{self.facts.delegate} changes the library after cargo has compiled it")


@contextmanager
def recording_for(facts: Facts) -> Iterator[Rebuild | None]:
    """What an editable build needs for the loader; None if the loader is not wanted, or, with a warning, impossible."""
    if not facts.settings.editable_rebuild:
        yield None
        return
    if not any(crate.pyo3 and crate.library for crate in facts.crates):
        _warn("the project has no PyO3 extension module")
        yield None
        return
    with recording() as recorder:
        if recorder is None:
            _warn("the cargo call cannot be recorded here (this needs a POSIX system, and CARGO must not be set)")
        yield Rebuild(facts, recorder) if recorder else None


def note(facts: Facts) -> None:
    """Say of an editable install that it does not follow the Rust sources, and what does."""
    if not facts.settings.editable_rebuild and any(crate.pyo3 and crate.library for crate in facts.crates):
        report(
            "to use changed Rust sources, install again; with editable-rebuild = true in "
            f"[tool.{NAME}], or -C editable-rebuild=true, they are compiled when the extension is imported"
        )


def _warn(why: str) -> None:
    text = f"to use changed Rust sources, install again: {why}"
    say(render(Severity.WARNING, text, Place("editable-rebuild"), code="PFB181"))


def _sources() -> list[Path]:
    return sorted(Path(on_import.__file__).parent.glob("*.py"))


def _call_for(module: Built, built: Sequence[Built], calls: Sequence[Call]) -> Call:
    """The call of cargo that compiled a module: by its manifest, and for several of one manifest by their order."""
    same = [other for other in built if other.extension.manifest == module.extension.manifest]
    matching = [call for call in calls if _manifest(call) == module.extension.manifest]
    if len(same) != len(matching):
        raise _Impossible("it is not clear which cargo call compiled which module")
    return matching[same.index(module)]


def _value(arguments: Sequence[str], option: str) -> str | None:
    """The value of an option among arguments: ``--option VALUE`` or ``--option=VALUE``."""
    for number, argument in enumerate(arguments):
        if argument == option and number + 1 < len(arguments):
            return arguments[number + 1]
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def _manifest(call: Call) -> Path:
    return Path(call.folder, _value(call.arguments, "--manifest-path") or "Cargo.toml").resolve()


def _arguments(call: Call) -> list[str]:
    """The arguments of the call for the loader, which reads cargo's messages and wants no other output."""
    end = call.arguments.index("--") if "--" in call.arguments else len(call.arguments)
    kept: list[str] = []
    skip = False
    for argument in call.arguments[:end]:
        if not skip and not re.fullmatch(r"--message-format(=.*)?|--verbose|--quiet|-v+|-q", argument):
            kept.append(argument)
        skip = argument == "--message-format"
    return [*kept, "--message-format=json", *call.arguments[end:]]


def _clean(extension: Extension, graph: Graph, call: Call) -> list[str]:
    """The arguments of `cargo clean` for the project's own crates."""
    profile = _value(call.arguments, "--profile") or ("release" if "--release" in call.arguments else "dev")
    triple = _value(call.arguments, "--target")
    own = [package.name for package in graph.local if not package.vendored]
    names = dict.fromkeys([*clean.packages(graph.workspace), *own])
    words = ["--manifest-path", str(graph.manifest), "--profile", profile, *flags_without_features(extension)]
    words += ["--target", triple] if triple else []
    return words + [word for name in names for word in ("-p", name)]


def _watched(root: Path, graph: Graph) -> list[str]:
    """The inputs that dep-info does not list: manifests, Cargo.lock, cargo's configuration, and the toolchain file."""
    starts = [root, graph.manifest.parent, graph.workspace]
    files = [package.folder / "Cargo.toml" for package in graph.local if not package.vendored]
    files += [graph.workspace / "Cargo.toml", graph.workspace / "Cargo.lock", *machine.configuration(starts)]
    names = (".cargo/config.toml", "rust-toolchain.toml", "rust-toolchain")
    files += [start / name for start in starts for name in names]
    return sorted(set(map(str, files)))


def _whole(graph: Graph) -> list[str]:
    """The folders of packages that count as a whole.

    cargo runs a build script that announces nothing after any change in its package (the Cargo book, "Change
    detection"), and dep-info does not list the files of a package that a published one depends on.
    """
    hidden = {str(package.folder) for package in graph.local if package.hidden}
    scripts = [script for script in graph.scripts if script.local and script.kind == "build-script"]
    silent = {script.package for script in scripts if not _announces(script.file)}
    return sorted(hidden | {str(package.folder) for package in graph.local if package.name in silent})


def _announces(script: Path) -> bool:
    """Whether a build script announces anything that it reads, as far as its main file says."""
    try:
        return "rerun-if" in script.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
