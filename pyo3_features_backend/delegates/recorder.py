"""Records the calls of ``cargo rustc`` that a delegate makes, so that they can be repeated without the delegate.

Only the delegate knows the arguments and the environment of its call, such as the linker arguments on macOS. So it gets
a program named cargo that writes them down, and then becomes the real cargo.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# PATH is the user's again, so that cargo and what it runs do not see this program.
_PROGRAM = """#!/bin/sh
PATH={path}
export PATH
if [ "$1" = rustc ]; then
    {python} -I -S {recorder} {calls} "$@"
fi
exec {cargo} "$@"
"""
_RECORDER = """
import json, os, sys
call = json.dumps({"arguments": sys.argv[2:], "folder": os.getcwd(), "environ": dict(os.environ)})
with open(sys.argv[1], "a", encoding="ascii") as calls:
    calls.write(call + "\\n")
"""
# Variables that the shell and Python set in the program itself.
_OWN = frozenset(["PATH", "PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE", "__CF_USER_TEXT_ENCODING", "__PYVENV_LAUNCHER__"])


class Call(NamedTuple):
    """A call of ``cargo rustc``: its arguments, the current folder, and the environment without PATH."""

    arguments: tuple[str, ...]
    folder: str
    environ: Mapping[str, str]


class Recorder(NamedTuple):
    """A recorder in ``folder``, for a build in the environment ``environ``. ``cargo`` is the path of the real cargo."""

    folder: Path
    environ: Mapping[str, str]
    cargo: str

    @property
    def program(self) -> Path:
        """The program to call as cargo."""
        return self.folder / "bin" / "cargo"

    @property
    def path(self) -> dict[str, str]:
        """A PATH on which the program is the first cargo."""
        return {"PATH": os.pathsep.join([str(self.program.parent), os.environ.get("PATH", "")])}

    def calls(self) -> list[Call]:
        """The calls so far, each once: setuptools makes some of them twice."""
        file = self.folder / "calls"
        rows = map(json.loads, file.read_text(encoding="ascii").splitlines() if file.is_file() else [])
        found = {(tuple(row["arguments"]), row["folder"]): row["environ"] for row in rows}
        return [
            Call(arguments, folder, {name: value for name, value in environ.items() if name not in _OWN})
            for (arguments, folder), environ in found.items()
        ]


@contextmanager
def recording() -> Iterator[Recorder | None]:
    """A recorder for the block; None if this system cannot run a shell script, or if another program is to be cargo."""
    cargo = shutil.which("cargo")
    if os.name != "posix" or cargo is None or os.environ.get("CARGO"):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pyo3-features-backend-") as name:
        recorder = Recorder(Path(name), dict(os.environ), cargo)
        script = recorder.folder / "record.py"
        script.write_text(_RECORDER, encoding="utf-8")
        values = {"python": sys.executable, "recorder": str(script), "calls": str(recorder.folder / "calls")}
        values.update(cargo=cargo, path=os.environ.get("PATH", ""))
        recorder.program.parent.mkdir()
        text = _PROGRAM.format(**{name: shlex.quote(value) for name, value in values.items()})
        recorder.program.write_text(text, encoding="utf-8", errors="surrogateescape")
        recorder.program.chmod(0o700)
        yield recorder if os.access(recorder.program, os.X_OK) else None  # a disk that is mounted with noexec
