"""One project in one run: its folder, the environments of the interpreters, and the wheels that were built."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from packaging.specifiers import SpecifierSet

from .place import Failed, NotRun, Place
from .projects import Project
from .pythons import Python

# The tag where a crate has no PyO3 and the delegate decides.
ANY = "the delegate's tag"


class Job(NamedTuple):
    """One project in one run; ``facts`` are kept with the results."""

    place: Place
    project: Project
    pythons: dict[str, Python]
    facts: dict[str, Any]
    under: str = "projects"

    @property
    def folder(self) -> Path:
        return self.place.folder / self.under / self.project.name

    def tree(self, name: str) -> Path:
        return self.folder / name

    def builder(self, label: str) -> Python:
        """The environment of an interpreter with this backend, its command and both delegates."""
        folder = self.place.folder / "environments" / self.place.digest / label.replace(" ", "-")
        made = self.place.environment(self.pythons[label], folder, [])
        if not (folder / "complete").exists():
            self.place.install(made, ["pyo3-features-backend[cli,maturin,setuptools-rust]", "setuptools-scm"])
            (folder / "complete").touch()
        return made

    def verb(self, label: str, *words: str, tree: str = "ours") -> tuple[int, str, str]:
        """Status, output and reason of a verb of the command, in the environment of an interpreter."""
        python = self.builder(label)
        said = self.place.run([*python.words, "-m", "pyo3_features_backend", *words], self.tree(tree))
        if "internal error" in said.err or said.status not in (0, 1):
            raise Failed(f"{words[0]}: {said.reason}")
        return said.status, said.out, said.reason

    @property
    def main(self) -> str:
        """The label of the interpreter for what is done with one only: pyenv's newest that has a promise."""
        promised = self.facts.get("promised", {})
        usable = [label for label, python in self.pythons.items() if python.builds and not python.before]
        usable = [label for label in usable if not label.endswith("t") and (not promised or label in promised)]
        if not usable:
            raise NotRun("no interpreter of this machine builds it")
        return usable[-1]

    def is_at_home(self, label: str, python: Python) -> bool:
        """Whether the interpreter ``label`` is in the same system as ``python``."""
        return self.pythons[label].before == python.before

    def wheels(self) -> dict[str, Path]:
        """The wheels that were built, each content once, by the label of the first interpreter that built it. What is
        in .dist-info is not compared: maturin's SBOM has a number and a time of its own in each wheel.
        """
        found: dict[tuple[str, frozenset[tuple[str, int]]], tuple[str, Path]] = {}
        for label in self.pythons:
            for wheel in (self.folder / "dist" / label).glob("*.whl"):
                with zipfile.ZipFile(wheel) as opened:
                    files = [file for file in opened.infolist() if ".dist-info/" not in file.filename]
                content = frozenset((file.filename, file.CRC) for file in files)
                found.setdefault((wheel.name, content), (label, wheel))
        return dict(found.values())


def allows(requires_python: str, python: Python) -> bool:
    """Whether it allows the newest patch release of an interpreter: a project can leave out the first ones."""
    return SpecifierSet(requires_python).contains(f"{python.version[0]}.{python.version[1]}.99")


def is_named(tree: Path, python: Python) -> bool:
    """Whether the project is for the implementation: its classifiers name it, or none of them
    (packaging.python.org, "Core metadata", Classifier).
    """
    files = (file for file in (tree / "pyproject.toml", tree / "setup.cfg", tree / "setup.py") if file.is_file())
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    named = {name for text in texts for name in re.findall(r":: Implementation :: (\w+)", text)}
    return not named or ("PyPy" if python.pypy else "CPython") in named
