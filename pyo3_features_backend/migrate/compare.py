"""The plan before and after, on a copy of the project: nothing in the user's tree is touched to find out."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from .. import pyo3, survey
from ..abi import PY_LIMITED_API
from ..errors import BackendError
from ..gather import Facts
from ..manifests import Manifest
from ..project import FILE, Project
from ..target import Target
from .build_system import BACKEND
from .changes import Change

# Nothing of these is read for a plan, and they are large.
_NOT_COPIED = ("target", ".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache")


class Side(NamedTuple):
    """One side of the comparison. ``facts`` is None where the plan cannot be had, ``error`` then says why.

    ``wheel`` is its tags, ``floor`` the lowest Python of a stable-ABI wheel, ``features`` those of PyO3's that are on
    and that the backend decides.
    """

    facts: Facts | None
    error: BackendError | None = None
    wheel: str = "not known"
    floor: pyo3.Python | None = None
    features: tuple[str, ...] = ()

    def as_today(self, project: Project) -> Side:
        """What the delegate by itself makes of the same facts, where our backend does not build the project yet.

        maturin: the lowest abi3-pyXX that is on, or with a bare abi3 the building Python's version. setuptools-rust:
        bdist_wheel's py_limited_api and nothing else; it adds PyO3's features itself.
        """
        facts = self.facts
        system = project.table.get("build-system", {})
        crate = facts.crate if facts else None
        if not facts or not crate or not crate.pyo3 or system.get("build-backend") == BACKEND:
            return self
        target, on = facts.target, crate.pyo3.on
        names = sorted(name for name in on if name.startswith("abi3") or name == "extension-module")
        floors = [floor for name in on if (floor := pyo3.feature_floor(name))]
        if facts.delegate != "maturin":
            promised = [one for one in crate.promised if one.by == PY_LIMITED_API]
            floors = [floor for one in promised if (floor := pyo3.feature_floor(one.feature))]
            names = sorted({*names, *map(pyo3.abi3_feature, floors), "extension-module"})
        elif not floors and "abi3" in on:
            floors = [target.version]
        plain = target.implementation == "cpython" and not target.free_threaded and not target.debug
        floor = min(floors) if floors and plain and min(floors) <= target.version else None
        wheel = f"cp{floor[0]}{floor[1]}-abi3" if floor else "-".join(target.wheel_tag)
        return self._replace(wheel=wheel if facts.plan.wheel else facts.plan.label, floor=floor, features=_own(names))


def _own(names: Sequence[str]) -> tuple[str, ...]:
    """The feature that was asked for of those that PyO3 turns on with it: abi3-py39 brings abi3-py310 and so on."""
    floors = sorted((floor, name) for name in names if (floor := pyo3.feature_floor(name)))
    rest = [name for name in names if not pyo3.feature_floor(name) and not (name == "abi3" and floors)]
    return (*(name for _, name in floors[:1]), *rest)


class Copy:
    """A copy of a project and of the crates beside it, as a context."""

    def __init__(self, root: Path, written: Iterable[Manifest]) -> None:
        self._root = root
        self._top = Path(os.path.commonpath([root, *(one.path.parent for one in written)]))
        self._scratch = tempfile.TemporaryDirectory(prefix="pyo3-features-")
        self._folder = Path(self._scratch.name, self._top.name or "project")

    def __enter__(self) -> Copy:
        files = _listed(self._top)
        if files is None:
            shutil.copytree(self._top, self._folder, ignore=shutil.ignore_patterns(*_NOT_COPIED, "*.so", "*.pyd"))
        else:
            for name in files:
                if (self._top / name).is_file():
                    (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(self._top / name, self._folder / name)
        if not (self.root / FILE).exists():
            (self.root / FILE).write_text("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

    @property
    def root(self) -> Path:
        """The project's folder in the copy."""
        return self._folder / self._root.relative_to(self._top)

    def apply(self, changes: Iterable[Change]) -> None:
        """Write the changes into the copy."""
        for change in changes:
            target = self._folder / change.path.relative_to(self._top)
            target.write_bytes(change.after.encode())

    def plan(self, python: str | Target | None) -> Side:
        """The plan of the copy as it stands."""
        # Version control is left behind; setuptools-scm, asked for a version, would stop the build for that.
        before = os.environ.get("SETUPTOOLS_SCM_PRETEND_VERSION")
        os.environ.setdefault("SETUPTOOLS_SCM_PRETEND_VERSION", "0")
        try:
            with warnings.catch_warnings():  # setuptools' own opinions of the project, once for each plan
                warnings.simplefilter("ignore")
                facts = survey.facts_of(self.root, python)
        except BackendError as error:
            return Side(None, error)
        finally:
            if before is None:
                del os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"]
        names = [feature.rpartition("/")[2] for feature in facts.plan.features]
        on = facts.crate.pyo3.on if facts.crate and facts.crate.pyo3 else frozenset()
        names += [name for name in on if name.startswith("abi3") or name == "extension-module"]
        return Side(facts, None, facts.plan.label, facts.plan.floor, _own(list(dict.fromkeys(names))))


def _listed(top: Path) -> list[str] | None:
    """The files that git knows or does not ignore; None outside a git tree."""
    git = ["git", "-C", str(top), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(git, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    names = os.fsdecode(answer.stdout).split("\0")
    return None if answer.returncode or names == [""] else [name for name in names if name]


def narrower(now: Side, then: Side) -> str | None:
    """In words, what a wheel no longer serves; None where it serves as many Pythons or more."""
    if now.floor is None or now.floor == then.floor or then.facts is None:
        return None
    before = pyo3.python_text(now.floor)
    if then.floor is None:
        return f"the wheel was for every Python from {before} on, and will be for one ({then.wheel})"
    if then.floor > now.floor:
        after = pyo3.python_text(then.floor)
        return f"the wheel was for every Python from {before} on, and will be for those from {after} on"
    return None
