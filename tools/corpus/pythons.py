"""The interpreters of this machine: pyenv's, the running one, and those of tools/interpreters.sh."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

# What docs and issue trackers promise something for; one that is not there is named as not run.
KNOWN = (
    *(f"3.{minor}" for minor in range(6, 16)),
    "3.13t",
    "3.14t",
    "3.15t",
    "PyPy 3.11",
)
# Hooks run on these; the older ones import what they made.
OLDEST_TO_BUILD = (3, 9)


class Python(NamedTuple):
    """An interpreter; ``before`` are the words that make a program run where it is, such as in another Debian."""

    label: str
    program: str
    before: tuple[str, ...] = ()

    @property
    def version(self) -> tuple[int, int]:
        major, minor = re.findall(r"\d+", self.label)[:2]
        return int(major), int(minor)

    @property
    def pypy(self) -> bool:
        return self.label.startswith("PyPy")

    @property
    def free_threaded(self) -> bool:
        return self.label.endswith("t")

    @property
    def builds(self) -> bool:
        return self.version >= OLDEST_TO_BUILD

    @property
    def words(self) -> list[str]:
        """The command up to its arguments."""
        return [*self.before, self.program]

    def claimed(self, tag: str) -> bool:
        """Whether a wheel of a python tag and an ABI tag is for this interpreter (packaging.python.org, PEP 425)."""
        python, _, abi = tag.partition("-")
        own = "".join(map(str, self.version))
        if abi == "none":
            return python.startswith("py")
        if self.pypy:
            return python == f"pp{own}"
        found = re.fullmatch(r"cp(\d)(\d+)", python)
        if not found:
            return False
        since = int(found[1]), int(found[2])
        if abi in (f"cp{own}", f"cp{own}m", f"cp{own}t"):
            return self.version == since and abi.endswith("t") == self.free_threaded
        kinds = abi.split(".")
        return ("abi3t" if self.free_threaded else "abi3") in kinds and self.version >= since


def provisioned() -> Path:
    """The folder of tools/interpreters.sh."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("PFB_INTERPRETERS") or Path(cache, "pyo3-features-interpreters"))


def found() -> dict[str, Python]:
    """The interpreters by their labels, in the order of ``KNOWN``."""
    here: dict[str, Python] = {}
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    here[own] = Python(own, sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for path in sorted(pyenv.glob("3.*/bin/python")):
        label = ".".join(path.parent.parent.name.split(".")[:2])
        if re.fullmatch(r"3\.\d+", label):
            here[label] = Python(label, str(path))
    folder = provisioned()
    enter = ("sh", str(Path(__file__).resolve().parents[1] / "enter.sh"), str(folder))
    inside = getattr(os, "geteuid", lambda: 1)() == 0  # only root can mount and chroot
    for program in sorted((folder / "sid" / "usr" / "bin").glob("python3.[0-9]*")):
        label = program.name[len("python") :]
        if re.fullmatch(r"3\.\d+", label) and label not in here and inside:
            here[label] = Python(label, f"/usr/bin/{program.name}", enter)
    if inside and (folder / "sid" / "usr" / "bin" / "pypy3").exists():
        here["PyPy 3.11"] = Python("PyPy 3.11", "/usr/bin/pypy3", enter)
    for path in sorted(folder.glob("*-free-threaded/bin/python3.[0-9]*")):
        label = f"{path.name[len('python') :]}t"
        if re.fullmatch(r"3\.\d+t", label):
            here[label] = Python(label, str(path))
    return {label: here[label] for label in KNOWN if label in here}
